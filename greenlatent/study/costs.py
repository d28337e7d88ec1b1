"""Costs: joules per unit of each kind of work, measured in turns so that a busy machine wrongs all alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import Joules, Meter

TURN = 0.25  # seconds that each kind of work gets before it is the next one's turn
START = "import greenlatent as gl; gl.Trainer, gl.Suggester, gl.PCA"


@dataclass(frozen=True)
class Cost:
    """Joules of one unit of work, by kind, with the ends of the meter's interval and how it knows."""

    joules: dict[str, float]  # kind -> joules a unit
    low: float
    high: float
    badges: tuple[str, ...]
    units: int
    seconds: float

    def part(self, kind: str, parts: int) -> Cost:
        """A unit of it cut into so many, as joules of another kind."""
        whole = {kind: sum(self.joules.values()) / parts}
        return Cost(whole, self.low / parts, self.high / parts, self.badges, self.units * parts, self.seconds)

    def to_json(self) -> dict[str, Any]:
        """As part of a line of the record."""
        return {**vars(self), "badges": list(self.badges)}

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Cost:
        """What `to_json` wrote."""
        return cls(**{**line, "badges": tuple(line["badges"])})


def measure(
    works: dict[str, Callable[[int], None]], meter: Meter, *, seconds: float, progress: Callable[[str], None]
) -> dict[str, Cost]:
    """Let every work run for at least so many seconds, in turns; `works[name](n)` does n units of it."""
    turns = {name: 1 for name in works}
    spent = dict.fromkeys(works, 0.0)
    units = dict.fromkeys(works, 0)
    parts: dict[str, dict[str, Joules]] = {name: {} for name in works}
    for work in works.values():
        work(1)  # what torch loads late, and what is cached
    while min(spent.values(), default=seconds) < seconds:
        for name, work in works.items():
            n, stamp, begin = turns[name], meter.stamp(), time.perf_counter()
            with meter.doing("train" if name.startswith("step") else name.split()[0]):
                work(n)
            took = time.perf_counter() - begin
            for kind, joules in meter.ledger(since=stamp).items():
                if kind not in ("meter", "other"):
                    parts[name][kind] = parts[name][kind] + joules if kind in parts[name] else joules
            spent[name] += took
            units[name] += n
            turns[name] = (
                max(1, round(n * TURN / max(took, 1e-4))) if took < TURN / 2 or took > 2 * TURN else n
            )
        progress(f"measuring joules, {min(1.0, min(spent.values()) / seconds):.0%}")
    return {name: _cost(parts[name], units[name], spent[name]) for name in works}


def _cost(parts: dict[str, Joules], units: int, seconds: float) -> Cost:
    whole = sum(parts.values(), start=Joules(0.0, 0.0, 0.0)) / units
    return Cost(
        {kind: joules.value / units for kind, joules in parts.items()},
        whole.low,
        whole.high,
        tuple(badge for badge, share in whole.badges.items() if share > 0.005),
        units,
        seconds,
    )


def start_seconds() -> float:
    """Processor seconds until a fresh Python has loaded what a run needs."""
    before = os.times()
    path = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([sys.executable, "-c", START], check=True, env={**os.environ, "PYTHONPATH": path})
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)
