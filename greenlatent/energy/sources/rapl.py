"""RAPL: the processor's own energy counters, read through Linux' powercap."""

import os
import re
import time
from pathlib import Path

from .channel import Channel, Odometer, Reading, Unavailable

POWERCAP = "/sys/class/powercap"
MOST_WATTS = 1000.0  # of a package whose power limit is not told
ASLEEP = 1e9  # ns that the machine slept between two readings from which on they do not belong together
RESTARTED = (
    "the counter started again at 0, as when its module is loaded anew or the machine sleeps; that is a gap"
)
SLEPT = "the machine slept; that is a gap"


class Rapl:
    """The packages and memory of this machine.

    Cores and graphics are inside the package and psys is around it, so neither is counted; a package that
    shows up twice (through mmio, or mirrored by each die) is counted once.
    """

    name = "RAPL"

    def __init__(self, root: str | os.PathLike = POWERCAP):
        self.root = Path(root)

    def open(self) -> list[Channel]:
        zones = sorted(self.root.glob("intel-rapl:*")) + sorted(self.root.glob("intel-rapl-mmio:*"))
        named: dict[str, Path] = {}
        refused = []
        for zone in zones:
            try:
                name = (zone / "name").read_text().strip()
                parent = zone.name.rsplit(":", 1)[0]
                key = (
                    name if name.startswith(("package", "psys")) else f"{parent.replace('-mmio', '')}/{name}"
                )
                if re.match(r"package|dram|psys", name) and key not in named:
                    os.close(os.open(zone / "energy_uj", os.O_RDONLY))
                    named[key] = zone
            except PermissionError:
                refused.append(zone / "energy_uj")
            except (OSError, ValueError):  # gone, or a name that is no text
                continue
        if refused and not named:
            raise Unavailable(_grant(refused))
        packages = {key: zone for key, zone in named.items() if key.startswith("package")}
        memory = {key: zone for key, zone in named.items() if key.endswith("/dram")}
        around = {key: zone for key, zone in named.items() if key == "psys"} if not packages else {}
        chosen = [*(around or packages | memory).items()]
        if not chosen:
            raise Unavailable(
                f"no energy counters in {self.root}; virtual machines and containers rarely show them"
            )
        channels = _without_mirrors([Zone(zone, key) for key, zone in chosen])
        if refused:
            channels[0].remark(_grant(refused))
        return [*channels]


class Zone(Channel):
    """One counter, its descriptor kept open: a reading is one pread of half a microsecond."""

    continuous = True

    def __init__(self, path: Path, key: str):
        part = "dram" if key.endswith("/dram") else "cpu"
        super().__init__(key.rsplit("/", 1)[-1] if part != "dram" else f"dram of {key.split('/')[0]}", part)
        self.descriptor = os.open(path / "energy_uj", os.O_RDONLY)
        try:
            self.odometer = Odometer(int((path / "max_energy_range_uj").read_text()))
        except (OSError, ValueError):
            self.odometer = Odometer(None)
            self.remark("max_energy_range_uj cannot be read: a wrap of the counter will be a gap")
        self.most_watts = _limit(path)
        self._last: tuple[int, int] | None = (
            None  # when it was read, and how long the machine had slept by then
        )

    def raw(self) -> int:
        return int(os.pread(self.descriptor, 32, 0))

    def poll(self, now: int) -> list[Reading]:
        raw, asleep = self.raw(), slept()
        before, self._last = self._last or (now, asleep), (now, asleep)
        count = self.odometer.add(raw, self.most_watts * (now - before[0]) * 1e-3)  # W x ns = 1e-3 uJ
        if asleep - before[1] > ASLEEP:
            self.remark(SLEPT)
            return [(now, None)]
        if count is None and self.odometer.span is not None:
            self.remark(RESTARTED)
        return [(now, None if count is None else count * 1e-6)]

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def slept() -> int:
    """Nanoseconds that this machine has slept since it was started."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    awake = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - awake


def _limit(zone: Path) -> float:
    """The highest power limit of a zone in watts: the counter cannot run faster."""
    limits = []
    for path in zone.glob("constraint_*_power_limit_uw"):
        try:
            limits.append(int(path.read_text()) * 1e-6)
        except (OSError, ValueError):
            continue
    return max(limits, default=0.0) or MOST_WATTS


def _without_mirrors(zones: list[Zone]) -> list[Zone]:
    """Dies of one socket may all show the counter of the socket: one that always lies between two readings of
    another is the same counter."""
    kept: list[Zone] = []
    for zone in zones:
        socket = zone.name.split("-die")[0]
        twins = [other for other in kept if "-die" in zone.name and other.name.split("-die")[0] == socket]
        if any(_same(zone, twin) for twin in twins):
            zone.close()
        else:
            kept.append(zone)
    return kept


def _same(one: Zone, other: Zone) -> bool:
    try:
        for _ in range(5):
            before, middle, after = other.raw(), one.raw(), other.raw()
            if not before <= middle <= after:
                return False
    except (OSError, ValueError):
        return False
    return True


def _grant(paths: list[Path]) -> str:
    root = paths[0].parent.parent
    return (
        "the energy counters may be read by root only. Until the next boot:\n"
        f"  sudo chmod a+r {' '.join(str(path) for path in paths)}\n"
        "For good:\n"
        f"  echo 'm {root}/intel-rapl*/energy_uj 0444 - - -' | sudo tee /etc/tmpfiles.d/rapl.conf\n"
        "  sudo systemd-tmpfiles --create"
    )
