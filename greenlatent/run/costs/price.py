"""Price: what a point of accuracy costs a run, and what is done when that is more than it may."""

from __future__ import annotations

from collections.abc import Callable

from ...energy.budget import Budget
from ...energy.names import plain
from ...training.evaluate import accuracy
from ...training.optimizers import check_slows
from ...training.trainer import Trainer

RATE = 0.3  # of itself, to which a learning rate is lowered
TENTH = 0.1  # of what was granted, before which nothing is done: a slow start is no waste
LOOKS = 10  # where nothing says how much is granted, looks before which nothing is done
OFTEN = 0.1  # of what a point may cost is spent between two looks, at least


class PointPrice:
    """Looks at the validation data at the ends of epochs, while a budget says what a point may cost. `left` tells how
    many steps are granted still, None without an end."""

    def __init__(self, trainer: Trainer, left: Callable[[], int | None]):
        self._trainer, self._left = trainer, left
        self._budget: Budget | None = None
        trainer.at_reset.append(self._begin_again)
        self._deaf: Callable[[], None] = _nothing

    def watch(self, budget: Budget | None) -> None:
        """From now on keep to this one; without a price nothing is looked at."""
        self._deaf()
        self._deaf, self._budget = _nothing, budget
        self._begun, self._looks, self._spent = self._trainer.steps, 0, 0.0
        if budget is not None and judged(self._trainer):  # a price may be set while it runs
            self._deaf = self._trainer.at_epoch(self._border)

    def _begin_again(self) -> None:
        if self._budget is not None:
            self._budget.begin_again()
            self.watch(self._budget)

    def _border(self) -> None:
        budget = self._budget
        if budget is None or budget.point is None or budget.overpriced:
            return
        spent = budget.spent
        if not spent.known or spent.value - self._spent < OFTEN * budget.point:
            return
        self._spent, self._looks, trainer = spent.value, self._looks + 1, self._trainer
        assert trainer.valid is not None
        with trainer.doing("evaluate"):
            found = accuracy(trainer.network, trainer.valid)
        if budget.saw(found, spent.value) and self._early_no_more(budget):
            self._act(budget, spent.value)

    def _early_no_more(self, budget: Budget) -> bool:
        """Whether a tenth of what was granted is done."""
        left, done = self._left(), self._trainer.steps - self._begun
        if left is not None:
            return done >= TENTH * (done + left)
        if budget.joules is not None or budget.seconds is not None:
            return budget.share >= TENTH
        return self._looks >= LOOKS

    def _act(self, budget: Budget, spent: float) -> None:
        trainer = self._trainer
        if budget.lowered < budget.slow and not trainer.foreign:  # a loop outside has an optimizer of its own
            trainer.journal.slow(RATE, by="budget")
            budget.lower(spent)
        else:
            budget.overprice(spent)


def check_price(budget: Budget | None, trainer: Trainer) -> None:
    """Raise where this is no budget, or asks for what this run cannot do."""
    if budget is None:
        return
    if not isinstance(budget, Budget):
        raise TypeError(f"budget={budget!r} is none; give gl.Budget(joules=...) or gl.Budget(seconds=...)")
    if budget.point is not None and budget.slow:
        check_slows(trainer.stepper.optimizer, trainer.stepper.scheduler)


def judged(trainer: Trainer) -> bool:
    """Whether there is a validation accuracy to price."""
    valid = trainer.valid
    return valid is not None and bool(valid.classes) and not valid.unlabelled


def price_in_words(budget: Budget, trainer: Trainer) -> str:
    """What a point may cost, and what happens when it costs more."""
    said = f"A point of accuracy may cost {plain(budget.point or 0)} J"
    if not judged(trainer):
        return f"{said}: without validation data and classes nothing is done."
    left = 0 if trainer.foreign else budget.slow - budget.lowered
    done = f" It was lowered {_times(budget.lowered)}." if budget.lowered else ""
    then = (
        f"the learning rate is lowered to {RATE:g} of itself, {_times(left)} at most, and then training pauses."
        if left
        else "training pauses."
    )
    return f"{said}; {budget.penalty:.0%} of it were spent since the last. At 100 % {then}{done}"


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def _nothing() -> None:
    """Nobody listens."""
