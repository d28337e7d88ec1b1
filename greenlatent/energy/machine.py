"""The machine we run on: who it is, what share of it is ours, what this process holds."""

import os
import sys
import time
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """A name for this machine that says nothing about it, the same every time."""
    import hashlib
    import platform

    told = [platform.node(), platform.machine(), str(os.cpu_count())]
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        try:
            told.append(Path(path).read_text().strip())
            break
        except OSError:
            continue
    return hashlib.blake2s("/".join(told).encode(), digest_size=6).hexdigest()


def cpus() -> float:
    """The logical processors we may use: all, less what affinity or a container's quota takes away."""
    count = float(os.cpu_count() or 1)
    if hasattr(os, "sched_getaffinity"):
        count = float(len(os.sched_getaffinity(0)))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, int(quota) / int(period))
    except (OSError, ValueError):
        pass
    return count


def resident_gigabytes() -> float | None:
    """The memory this process holds; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") * 1e-9
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def peak_bytes() -> float | None:
    """The most memory that this process has held; None where the system does not say."""
    try:  # a process that another started counts what that one held, but here
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024.0 * int(line.split()[1])
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:  # as on Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)


def children_seconds() -> float:
    """Processor time of processes we started: those that ended, and those that run if Linux lists them."""
    spent = os.times()
    total, parents = spent.children_user + spent.children_system, [os.getpid()]
    try:
        ticks = os.sysconf("SC_CLK_TCK")
        while parents:
            parent = parents.pop()
            for task in os.listdir(f"/proc/{parent}/task"):
                for child in Path(f"/proc/{parent}/task/{task}/children").read_text().split():
                    told = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                    # its own, and its ended children's
                    total += sum(int(told[i]) for i in (11, 12, 13, 14)) / ticks
                    parents.append(int(child))
    except (OSError, ValueError, IndexError, AttributeError):
        pass  # a process has just ended, or the system keeps no such list
    return total


class Load:
    """How busy the processors are, and how much of that is others' work: neither ours nor our children's."""

    def __init__(self) -> None:
        self._last = self._read()

    def foreign(self) -> float:
        """The share of others in the processor time since the last call; 0 where the system does not say."""
        now, last = self._read(), self._last
        self._last = now
        if now is None or last is None or now[0] <= last[0]:
            return 0.0
        return min(max(1 - (now[1] - last[1]) / (now[0] - last[0]), 0.0), 1.0)

    @staticmethod
    def _read() -> tuple[float, float] | None:
        try:
            with open("/proc/stat", encoding="ascii") as file:
                user, nice, system, _idle, _wait, irq, soft, *_ = map(int, file.readline().split()[1:])
            ours = time.process_time() + children_seconds()
            return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK"), ours
        except (OSError, ValueError, AttributeError):
            return None
