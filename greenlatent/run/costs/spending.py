"""Spending: the rest of a budget and of a plan, and the forecast of what is still to come."""

from __future__ import annotations

import math
from typing import Any

from ...energy.budget import Budget
from ...energy.forecast import DRIFT
from ...energy.joules import Joules
from ...energy.meter import Meter
from ...energy.names import plain
from ...training.trainer import Trainer
from .price import price_in_words

OF_A_STEP = ("train", "feedback", "view")  # kinds of work that come again with every step


class Budgeted:
    """The part of a runner that keeps to a budget."""

    trainer: Trainer
    budget: Budget | None = None  # what training may spend; asked after every step
    spent = ""  # why the budget stopped training, while it is spent

    def allow(self, budget: Budget | None) -> None:
        """Spend no more than this, counted from now; None: whatever it takes."""
        if budget is not None and self.trainer.meter is not None:
            budget.start(self.trainer.meter)
        self.budget, self.spent = budget, ""

    def _exhausted(self) -> bool:
        """Whether the budget is spent."""
        if self.budget is None or self.trainer.meter is None:
            return False
        self.spent = self.budget.reached(self.trainer.meter) or ""
        return bool(self.spent)

    def _check_budget(self) -> None:
        if self._exhausted():
            raise RuntimeError(
                f"{self.spent}: raise the budget with budget.raise_to({_named(self.budget)}=...), or take it"
                " away, to go on"
            )


def _named(budget: Budget | None) -> str:
    """The limit that ended training."""
    return "point" if budget is not None and budget.overpriced else "joules"


def spending(budget: Budget | None, meter: Meter, trainer: Trainer) -> dict[str, Any]:
    """As the meter's panel tells it: how much of the budget is spent, and a forecast with its interval."""
    told: dict[str, Any] = {"joules": None, "share": None, "text": ""}
    epoch = next_epoch(meter, trainer)
    if budget is not None:
        told |= {"joules": budget.joules, "share": budget.share, "text": _left(budget, meter, epoch)}
        if budget.point is not None:
            told["point"] = {
                "joules": budget.point,
                "share": budget.penalty,
                "text": price_in_words(budget, trainer),
            }
    forecast = f"An epoch more will take about {epoch}." if epoch.known else ""
    return {"budget": told, "forecast": " ".join(part for part in (_course(budget, meter), forecast) if part)}


def _course(budget: Budget | None, meter: Meter) -> str:
    """What was planned beside what the planned steps will come to at this pace: "planned 41 J, on course for 44 J"."""
    if budget is None or budget.planned is None:
        return ""
    (planned, steps), done = budget.planned, meter.units("train")
    said, spent = f"Planned {plain(planned.value)} J", meter.ledger().get("train", Joules.missing())
    # training alone, as it was planned: picture and evaluations have lines of their own
    return (
        f"{said}, on course for {plain(spent.value / done * steps)} J."
        if done and spent.known
        else f"{said}."
    )


def next_epoch(meter: Meter, trainer: Trainer) -> Joules:
    """What one epoch more will cost at this pace: what a step took so far in training, feedback and picture, with how
    far that wanders; missing while nothing is known. Waiting is no part of it."""
    return steps_more(meter, trainer, max(1, _steps(trainer, float(trainer.mending.weights.sum()))))


def steps_more(meter: Meter, trainer: Trainer, steps: float) -> Joules:
    """The same of so many steps."""
    done, lines = meter.units("train"), meter.ledger()
    parts = [lines[kind] for kind in OF_A_STEP if kind in lines and lines[kind].known]
    if not done or "train" not in lines or not lines["train"].known:
        return Joules.missing()
    rest = sum(parts[1:], parts[0]) * (steps / done)
    drift = 1.96 * DRIFT * math.sqrt(steps / done) * rest.value
    down, up = (math.hypot(own, drift) for own in rest.own)
    return Joules.of(rest.value, (min(down, rest.value), up), rest.shared, rest.badges)


def steps_of(epochs: int, trainer: Trainer, *, ended: bool) -> int:
    """Steps until so many epochs have ended, with the edits in force; `ended` where one of them just has."""
    rest = _steps(trainer, len(trainer.stepper.sampler.ahead()))
    whole = _steps(trainer, float(trainer.mending.weights.sum()))
    return rest + (epochs - (rest > 0 or ended)) * whole


def _steps(trainer: Trainer, samples: float) -> int:
    return math.ceil(samples / trainer.batch_size / trainer.settings.accumulate)


def _left(budget: Budget, meter: Meter, epoch: Joules) -> str:
    parts, spent = [], budget.spent
    if budget.joules is not None:
        parts.append(f"{plain(spent.value if spent.known else 0)} of {plain(budget.joules)} J")
        if spent.known and epoch.known and spent.value < budget.joules:
            parts.append(
                f"the rest is enough for about {(budget.joules - spent.value) / epoch.value:.1f} epochs"
            )
        if budget.waited.known:
            parts.append(f"waiting for you took {plain(budget.waited.value)} J more, which no budget counts")
    if budget.seconds is not None:
        parts.append(f"{budget.share:.0%} of what {plain(budget.seconds)} s allow")
    return "; ".join(parts)
