"""The machine we run on: who it is, what share of it is ours, what this process holds."""

import hashlib
import os
import platform
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """A name for this machine that says nothing about it, the same every time."""
    told = [platform.node(), platform.machine(), str(os.cpu_count())]
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        try:
            told.append(Path(path).read_text().strip())
            break
        except OSError:
            continue
    return hashlib.blake2s("/".join(told).encode(), digest_size=6).hexdigest()


def cpus() -> float:
    """The logical processors we may use: all of them, less what affinity or a container's quota takes away."""
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
