"""Spending: the rest of a budget, and the forecast of one more epoch."""

from __future__ import annotations

import math
from typing import Any

from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..training.trainer import Trainer


def spending(budget: Budget | None, meter: Meter, trainer: Trainer) -> dict[str, Any]:
    """As the meter's panel tells it: how much of the budget is spent, and a forecast with its interval."""
    told: dict[str, Any] = {"joules": None, "share": None, "text": ""}
    epoch = next_epoch(meter, trainer)
    if budget is not None:
        told |= {"joules": budget.joules, "share": budget.share, "text": _left(budget, meter, epoch)}
    return {"budget": told, "forecast": f"An epoch more will take about {epoch}." if epoch.known else ""}


def next_epoch(meter: Meter, trainer: Trainer) -> Joules:
    """What one epoch more will cost, from the course of the run so far; missing while too little is known."""
    steps = max(
        1, math.ceil(float(trainer.mending.weights.sum()) / trainer.batch_size / trainer.settings.accumulate)
    )
    done = meter.units("train")
    if not done or not meter.total.known:
        return Joules.missing()
    # both from the same course: what a pause takes meanwhile is no part of an epoch
    so_far, all_in_all = meter.forecast(done), meter.forecast(done + steps)
    rest = all_in_all.value - so_far.value
    if not all_in_all.known or not rest > 0:
        return Joules.missing()
    part = rest / all_in_all.value
    shared = {name: (down * part, up * part) for name, (down, up) in all_in_all.shared.items()}
    return Joules.of(rest, all_in_all.own, shared, all_in_all.badges)


def _left(budget: Budget, meter: Meter, epoch: Joules) -> str:
    parts, spent = [], budget.spent
    if budget.joules is not None:
        parts.append(f"{spent.value if spent.known else 0:.3g} of {budget.joules:.3g} J")
        if spent.known and epoch.known and spent.value < budget.joules:
            parts.append(
                f"the rest is enough for about {(budget.joules - spent.value) / epoch.value:.1f} epochs"
            )
    if budget.seconds is not None:
        parts.append(f"{budget.share:.0%} of what {budget.seconds:.3g} s allow")
    return "; ".join(parts)
