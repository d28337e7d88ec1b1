"""Planned: how many steps a run is to do in all, and what share of them advice may take."""

from __future__ import annotations

from ..energy.joules import Joules
from ..run.run import Run

KIND = "advise"  # of work
SHARE, LEAST = (
    0.02,
    0.10,
)  # of the plan that advice takes; where five steps a candidate are more, it is not worth it


def planned(run: Run, steps: int | None) -> int:
    """How many steps are planned in all: as said, as granted, or as a budget allows."""
    trainer, budget = run.trainer, run.budget
    if steps is not None:
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps is how many are planned in all, from 1 up, got {steps!r}")
        if steps <= trainer.steps:
            raise ValueError(
                f"steps={steps:,} is a plan that is over: {trainer.steps:,} steps were done; say how many are planned"
                " in all, those among them"
            )
        return steps
    if run.runner.left:
        return trainer.steps + run.runner.left
    if budget is not None and budget.planned is not None:
        return max(1, round(budget.planned[1]))
    done, spent = run.meter.units("train"), run.energy.get("train", Joules.missing())
    if budget is not None and budget.joules is not None and done and spent.known:
        return max(1, round(budget.joules / spent.value * done))
    raise ValueError(
        "what is saved hangs on how long training is to be, and nobody said: give the steps in all,"
        " lab.advise(steps=2_000), or set a budget"
    )
