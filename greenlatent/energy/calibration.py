"""Calibration: the wall's joules for those of the counters, from a handful of runs beside a plug."""

import json
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .arguments import number, whole
from .intervals import student
from .joules import Joules
from .machine import cpus, machine

log = logging.getLogger("greenlatent.energy")

SETTLE = 3.0  # seconds of each load before it counts: plugs tell the mean of the last one or two
WORST = 0.5  # an error beyond which a calibration says less than what it calibrates


class _Run(NamedTuple):
    """One run read twice: by what the meter counts, and by the plug."""

    counted: float  # joules
    wall: float  # joules
    seconds: float


@dataclass(frozen=True)
class Calibration:
    """wall = gain * counted + watts * seconds, with the error that it left on the runs it was learned
    from."""

    gain: float
    watts: float
    residual: float  # 95 % half-width, as a share of the wall's joules, with the plug's own error
    runs: int
    plug: str = "plug"
    sources: tuple[str, ...] = ()
    machine: str = ""

    def __post_init__(self) -> None:
        number("gain", self.gain, "the wall's joules for one that is counted", above=0)
        number("watts", self.watts, "what the wall gives on top, in watts", least=0)
        whole("runs", self.runs, "how many runs it was learned from", least=2)
        if number("residual", self.residual, "the error as a share of the wall's joules", least=0) > WORST:
            raise ValueError(
                f"the plug and what is counted differ by {self.residual:.0%} beyond any gain and offset; is it this "
                "machine's plug, was all quiet beside the runs, does the work load what is counted? More runs may help"
            )

    @classmethod
    def fit(
        cls,
        runs: Sequence[_Run],
        *,
        plug: str = "plug",
        sources: Sequence[str] = (),
        error: float = 0.02,
    ) -> "Calibration":
        """From at least three runs, of as different loads as there are; `error` is how far the plug itself may
        be off, the same way in all of them.

        Where the runs differ too little in power to tell a gain from an offset, the gain is what the ratio
        says and there is no offset.
        """
        error = number("error", error, "the relative error of the plug, such as 0.02", least=0, below=1)
        try:
            runs = [_Run(*run) for run in runs]
        except TypeError:
            raise TypeError(
                f"runs={runs!r}; give (counted joules, joules at the wall, seconds) of each"
            ) from None
        if len(runs) < 3:
            raise ValueError(
                f"{len(runs)} runs to calibrate with; give at least 3, better 5, of different loads"
            )
        for name in _Run._fields:
            for run in runs:
                number(name, getattr(run, name), "runs of positive, finite joules and seconds", above=0)
        counted, wall, seconds = np.array(runs).T
        # Divided by the seconds, so that a long run weighs no more than a short one: plug steps are in
        # joules, but what differs from run to run is the machine, not the plug.
        columns = np.stack([counted / wall, seconds / wall], 1)
        scale = np.linalg.norm(columns, axis=0)
        told_apart = np.linalg.cond(columns / scale) <= 30 * math.sqrt(len(runs))
        gain, watts = (
            np.linalg.lstsq(columns, np.ones(len(runs)), rcond=None)[0] if told_apart else (0.0, -1.0)
        )
        if gain <= 0 or watts < 0:
            gain, watts = float(np.median(wall / counted)), 0.0
        errors = (gain * counted + watts * seconds) / wall - 1
        freedom = max(len(runs) - (2 if watts else 1), 1)
        residual = math.hypot(student(freedom) * math.sqrt(float(errors @ errors) / freedom), error)
        return cls(float(gain), float(watts), residual, len(runs), plug, tuple(sources), machine())

    def apply(self, joules: Joules, seconds: float) -> Joules:
        """A reading of `seconds`, as the wall would give it. Its own error stays; the sensors' errors make
        room for those of the calibration."""
        value = self.gain * joules.value + self.watts * max(seconds, 0.0)
        down, up = joules.own
        shared = {f"calibration@{self.machine}": (self.residual * value, self.residual * value)}
        own, more = (down * self.gain, up * self.gain), {"coverage": joules.coverage, "merged": joules.merged}
        return Joules.of(value, own, shared, {"calibrated": 1.0}, **more)

    def save(self, folder: Path | None = None) -> Path:
        """Keep it for this machine; meters with the same sources find it."""
        path = (folder or home()) / f"calibration-{self.machine}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        known = _read(path)
        known["+".join(self.sources)] = asdict(self)
        draft = path.with_suffix(".tmp")
        draft.write_text(json.dumps(known, indent=1))
        os.replace(draft, path)
        return path

    @classmethod
    def find(cls, sources: Sequence[str], folder: Path | None = None) -> "Calibration | None":
        """The one saved for this machine and these sources, if there is one."""
        told = _read((folder or home()) / f"calibration-{machine()}.json").get("+".join(sources))
        if not isinstance(told, dict):
            return None
        try:
            return cls(**{**told, "sources": tuple(told["sources"])})
        except (TypeError, KeyError, ValueError) as error:
            log.warning("the calibration that is saved for this machine is left aside: %s", error)
            return None


def load(level: float, seconds: float) -> None:
    """Keep a share of the processors busy: the work of a calibration run where nobody gives other work."""
    end = time.monotonic() + seconds
    matrix = np.ones((256, 256))

    def work() -> None:
        while time.monotonic() < end:
            matrix @ matrix

    threads = [threading.Thread(target=work, daemon=True) for _ in range(round(level * cpus()))]
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, end - time.monotonic()))
    for thread in threads:
        thread.join()


def calibrate(meter, wall, runs: int, seconds: float, work: Callable[[float, float], None]) -> Calibration:
    """Read a meter as it counts, and the wall, beside each other over `runs` loads from rest to full."""
    runs = whole("runs", runs, "at least 3 loads, better 5: fewer cannot tell how wrong they are", least=3)
    seconds = number("seconds", seconds, "how long each load takes", above=0)
    if not callable(work):
        raise TypeError(f"work={work!r} cannot be called; give a function of (level, seconds)")
    if wall.sources and not wall.on_the_wall:
        raise ValueError(
            f"{wall.sources[0]} reads a part of the machine; calibrate beside a plug that reads all"
        )
    taken = []
    for i in range(runs):
        work(i / (runs - 1), min(SETTLE, seconds))
        begin = meter.stamp(), wall.stamp()
        work(i / (runs - 1), seconds)
        end = meter.stamp(), wall.stamp()
        counted, drawn = meter.spent(begin[0], end[0]), wall.spent(begin[1], end[1]) / wall.pue
        if not (counted.known and drawn.known and drawn.coverage > 0.9):
            reasons = "; ".join([*meter.notes, *wall.notes]) or "no reading"
            raise ValueError(f"run {i + 1} could not be read by both ({reasons})")
        taken.append(_Run(counted.value, drawn.value, meter.span_seconds(begin[0], end[0])))
    error = wall.error
    return Calibration.fit(taken, plug=wall.sources[0], sources=meter.sources, error=error)


def home() -> Path:
    """Where calibrations are kept."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "greenlatent"


def _read(path: Path) -> dict:
    try:
        told = json.loads(path.read_text())
        return told if isinstance(told, dict) else {}
    except (OSError, ValueError):
        return {}
