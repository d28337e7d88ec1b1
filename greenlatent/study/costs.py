"""Costs: joules per unit of each kind of work, measured in turns so that a busy machine wrongs all alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import Drop, Joules, Meter, Suggester
from .person import automatic
from .person.arms import Arm
from .person.run import Bench, Plan
from .person.trial import Trial

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
        progress(f"measuring joules, {min(spent.values()) / seconds:.0%}")
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


def works(
    wanted: dict[str, Arm], trial: Trial, seed: int, plan: Plan, meter: Meter
) -> dict[str, Callable[[int], None]]:
    """What runs have counted, as something to repeat: from the work's name to an arm that does it."""
    return {name: _repeated(name, arm, trial, seed, plan, meter) for name, arm in wanted.items()}


def _repeated(
    name: str, arm: Arm, trial: Trial, seed: int, plan: Plan, meter: Meter
) -> Callable[[int], None]:
    if name.startswith("step"):
        return _steps(name, arm, trial, seed, plan, meter)
    once = _once(name, arm, trial, seed, plan, meter)

    def work(n: int) -> None:
        for _ in range(n):
            once()

    return work


def _steps(name: str, arm: Arm, trial: Trial, seed: int, plan: Plan, meter: Meter) -> Callable[[int], None]:
    bench = Bench(arm, trial, seed, plan, meter=meter)
    live = name.endswith("+feedback")
    if live:
        bench.advance(bench.last_visit)
    bench.trainer.statistics = "+seen" in name

    def work(n: int) -> None:
        if live and not bench.trainer.feedback.live:
            bench.trainer.reset()  # every edit of the session pulls again
        bench.train(n)

    return work


def _once(name: str, arm: Arm, trial: Trial, seed: int, plan: Plan, meter: Meter) -> Callable[[], Any]:
    kind = name.split()[0]
    before, act = arm.before, arm.act
    if kind == "prepare" and before is not None:
        return lambda: before(trial)
    bench = Bench(arm, trial, seed, plan, meter=meter)
    if kind == "evaluate":
        return lambda: bench.accuracy(trial.valid)
    bench.train(arm.visits[0] if arm.visits else 1)
    if kind == "view":
        return bench.frame
    if name == "suggest by review" or act is automatic.revise:
        rows = range(0, len(trial.train), 10)  # where nothing is suspected, there would be nothing to look at
        for edit in (*automatic.drop(bench.trainer, bench.suggester), Drop(tuple(rows))):
            bench.trainer.journal.add(edit, by="machine")
        bench.train(1)
    if name == "suggest by review":
        return lambda: bench.sheets(20)
    if kind == "suggest":
        return lambda: bench.suggest(20)
    assert act is not None
    return lambda: list(act(bench.trainer, Suggester(bench.trainer, groups=arm.groups)))


def start_seconds() -> float:
    """Processor seconds until a fresh Python has loaded what a run needs."""
    before = os.times()
    path = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([sys.executable, "-c", START], check=True, env={**os.environ, "PYTHONPATH": path})
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)
