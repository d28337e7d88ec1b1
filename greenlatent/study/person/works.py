"""Works: every kind of work that a run counts, as something to repeat while its joules are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import Drop, Meter, Suggester
from . import automatic
from .arms import Arm
from .done import Schedule
from .run import Bench
from .trial import Trial


def works(
    wanted: dict[str, Arm], trial: Trial, seed: int, plan: Schedule, meter: Meter
) -> dict[str, Callable[[int], None]]:
    """What runs have counted, as something to repeat: from the work's name to an arm that does it."""
    return {name: _repeated(name, arm, trial, seed, plan, meter) for name, arm in wanted.items()}


def _repeated(
    name: str, arm: Arm, trial: Trial, seed: int, plan: Schedule, meter: Meter
) -> Callable[[int], None]:
    if name.startswith("step"):
        return _steps(name, arm, trial, seed, plan, meter)
    once = _once(name, arm, trial, seed, plan, meter)

    def work(n: int) -> None:
        for _ in range(n):
            once()

    return work


def _steps(
    name: str, arm: Arm, trial: Trial, seed: int, plan: Schedule, meter: Meter
) -> Callable[[int], None]:
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


def _once(name: str, arm: Arm, trial: Trial, seed: int, plan: Schedule, meter: Meter) -> Callable[[], Any]:
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
