"""Cards: what would save joules, as proposals that say how much, of which plan, and what it may cost in points."""

from __future__ import annotations

import math
from typing import Any

from ..energy.joules import Joules, total
from ..run.comparison import Comparison
from ..run.costs.spending import next_epoch, steps_more
from ..run.run import Run
from ..suggestions.proposal import Proposal
from .rules import EASY_WEIGHT, PATIENCE, Plateau, easiest

# Points that such a step has cost or brought on digits: docs/agent.md has the table.
STOP_COST = "On clean labels such stops have cost 0 to 2 points, and on wrong ones gained some."
PRUNE_COST = (
    "On clean labels that has cost 0.5 points (-0.4 to 1.0), about what leaving out any half costs: it is training"
    " less."
)


def forecast(joules: Joules) -> Joules:
    """As what has not happened: its interval stays, its badge says so."""
    if not joules.known:
        return joules
    return Joules(joules.value, joules.low, joules.high, {"forecast": 1.0})


def stop(run: Run, plateau: Plateau, what: str, *, state: str = "shown") -> Proposal:
    """End training after this step; where it runs against a budget alone, lower that to what is spent."""
    trainer, left, budget = run.trainer, run.runner.left, run.budget
    brought = f"The last {PATIENCE} epochs brought {max(0.0, plateau.gained):.1f} points of {what}."
    saves, plan, kind, weight = None, "", "stop", None
    if left:
        saves = forecast(steps_more(run.meter, trainer, left))
        plan = f" {left:,} steps of your {trainer.steps + left:,} are left: about {saves} not spent."
    elif left is None and budget is not None and budget.joules is not None and budget.spent.known:
        kind, weight = "budget", budget.spent.value
        rest = max(0.0, budget.joules - weight)
        saves = Joules(rest, 0.0, rest, {"forecast": 1.0})
        plan = (
            f" {rest:.3g} J of your budget of {budget.joules:.3g} J are left: so much at most is not spent."
        )
    elif left is None:
        epoch = next_epoch(run.meter, trainer)
        plan = f" There is no plan to save from; an epoch more takes about {epoch}." if epoch.known else ""
    reason = f"{brought}{plan} {STOP_COST}"
    return Proposal(kind, weight=weight, reason=reason, step=trainer.steps, saves=saves, state=state)


def prune(run: Run) -> Proposal | None:
    """Meet the easiest half a quarter as often; None where too little is left to save, or nothing is easy."""
    trainer, left = run.trainer, run.runner.left
    ids = easiest(trainer)
    weights = trainer.mending.weights
    epoch = math.ceil(float(weights.sum()) / trainer.batch_size / trainer.settings.accumulate)
    if len(ids) < 2 or not left or left < 10 * epoch:
        return None
    spared = float((weights[list(ids)] * (1 - EASY_WEIGHT)).sum()) / max(1.0, float(weights.sum()))
    saves = forecast(steps_more(run.meter, trainer, left * spared))
    reason = (
        f"{len(ids):,} samples are guessed right with the highest belief. Met a quarter as often, an epoch takes"
        f" {spared:.0%} fewer steps: of the {left / epoch:.0f} epochs left of your plan, about {saves} not spent"
        f" if training ends after as many epochs. {PRUNE_COST}"
    )
    return Proposal("prune", ids, weight=EASY_WEIGHT, reason=reason, step=trainer.steps, saves=saves)


def advised(run: Run, what: Any) -> Proposal:
    """What `lab.advise` found, as a card; accepting one that is not live does nothing but say how it is had."""
    saved = what.forecast.joules
    then = (
        "" if what.how == "live" else f" Nothing of this run changes: accepting says how a {what.how} is had."
    )
    reason = f"{what}{then}"
    return Proposal("advice", reason=reason, step=run.trainer.steps, saves=saved if saved.known else None)


def held_against(saved: Joules, spared: int, found: Comparison) -> tuple[str, dict[str, float]]:
    """What was forecast as not spent, beside so many steps at a control run's price, and how accurate both are."""
    steps, took = found.without[0][-1].step, found.joules[1]
    mine, theirs = found.accuracy
    numbers = {"accuracy": mine, "control_accuracy": theirs, "steps_not_done": float(spared)}
    told = "its joules cannot be read"
    if took.known and steps:
        price = took * (spared / steps)
        numbers |= {"joules": price.value, "joules_low": price.low, "joules_high": price.high}
        told = f"at its joules a step the {spared:,} steps not done are {price}"
    forecasts = f"; by forecast, {saved}" if saved.known else ""
    points = f"Accuracy {mine:.1%} instead of {theirs:.1%}, over as many steps."
    said = f"Held against the control run: {told}{forecasts}. {points}"
    return said, numbers


def added(saved: Joules, more: Joules | None) -> Joules:
    """What was not spent so far, with one forecast more; errors add up, as forecasts of one run err alike."""
    if more is None or not more.known:
        return saved
    whole = total((saved, more))
    return Joules(whole.value, saved.low + more.low, saved.high + more.high, {"forecast": 1.0})
