"""Focus: training that meets one group more often until that group is told right, and no longer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..data.samples import Samples
from ..edits.kinds import Weigh
from ..energy.budget import Budget
from ..energy.joules import Joules
from ..suggestions.groups import CLASS, groups
from ..training.evaluate import ROWS
from ..training.trainer import Trainer
from .comparison import rough
from .run import Run

LOOKS = 4  # an epoch
EPOCHS = 10  # without a budget it ends after as many steps as the run had, and at least these
PATIENCE = (
    8  # looks below the floor in a row, two epochs: meeting a group more often begins with a swing; and looks
)
# that a fall has to be made good in
FEWEST = 5  # validation samples by which a group can be judged


@dataclass(frozen=True)
class Focused:
    """What came of it: accuracies of the group, of all others and of both, before and after; `end` says why it ended:
    "there already", "reached", "floor", "budget", "steps" or "paused"."""

    name: str
    value: str
    until: float
    group: tuple[float, float]
    others: tuple[float, float]
    overall: tuple[float, float]
    lowest: float  # overall, of all looks
    steps: int
    joules: Joules
    end: str

    def __str__(self) -> str:
        what = f"{self.name} {self.value!r}"
        if self.end == "there already":
            return f"{what} is told right in {self.group[0]:.1%} of cases already: nothing was done."
        why = {
            "reached": f"reached {self.until:.0%}",
            "floor": f"stopped, as the overall accuracy fell from {self.overall[0]:.1%} to {self.lowest:.1%}, and is"
            f" {self.overall[1]:.1%} now,",
            "budget": "stopped, as its budget is spent",
            "steps": f"stopped without reaching {self.until:.0%}",
            "paused": "was paused",
        }[self.end]
        cost = f", {rough(self.joules)}" if self.joules.known else ""
        return (
            f"{what} {why} after {self.steps:,} steps{cost}: {_course(self.group)}; the others"
            f" {_course(self.others)}. It counts as before again."
        )


def focus(
    run: Run,
    name: str | None,
    value: Any,
    *,
    until: float,
    weight: float,
    floor: float,
    budget: Budget | None,
    by: str = "code",
    progress: Callable[[float], bool | None] | None = None,
) -> Focused:
    """Train with the group met `weight` times an epoch until its validation accuracy is `until` with the overall
    accuracy above the floor, until that is below it at several looks in a row, or until the budget ends; then it is met
    as before, and after a fall trained on until that is made good. On the thread that owns the model."""
    trainer = run.trainer
    _check(run, until, weight, floor, budget)
    if name is None:
        name, value = _worst(trainer)
    value = str(value)
    inside = _members(trainer, trainer.valid, name, value)
    ids = np.flatnonzero(_members(trainer, trainer.train, name, value) & (trainer.mending.weights > 0))
    if not len(ids) or inside.sum() < FEWEST:
        raise ValueError(
            f"{name} {value!r} has {len(ids):,} samples to train on and {int(inside.sum())} to validate; a focus takes"
            f" one and {FEWEST}: choose another group, or split the data by another column"
        )
    begun, since = trainer.steps, run.meter.stamp()
    told = progress or (lambda share: None)
    first = last = _judged(trainer, inside)
    lowest = first[2]

    def done(end: str) -> Focused:
        group, others, overall = zip(first, last, strict=True)
        spent = run.meter.spent(since)
        return Focused(name, value, until, group, others, overall, lowest, trainer.steps - begun, spent, end)

    if first[0] >= until:
        return done("there already")
    if budget is not None:
        budget.start(run.meter)
    line = run.journal.add(Weigh(tuple(ids.tolist()), weight), by=by)
    try:
        most = math.inf if budget is not None else max(begun, EPOCHS * _epoch(trainer))
        look = max(1, math.ceil(_epoch(trainer) / LOOKS))
        end, below = "", 0
        while not end:
            end = _train(run, look, budget)
            last = _judged(trainer, inside)
            lowest = min(lowest, last[2])
            below = below + 1 if last[2] < first[2] - floor else 0
            goes_on = told(_share(first[0], last[0], until)) is not False
            end = _end(last[0] >= until, below, trainer.steps - begun >= most, goes_on) or end
    finally:
        if any(event.n == line for event in run.journal.active):  # somebody may have taken it back already
            run.journal.mute(line, by=by)
    if end == "floor":
        last = _made_good(run, lambda: _train(run, look, budget), inside, first[2] - floor, last)
    return done(end)


def _made_good(
    run: Run, train: Callable[[], str], inside: np.ndarray, least: float, last: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Train on as before until the overall accuracy is above the floor again, as many looks at most."""
    for _ in range(PATIENCE):
        if last[2] >= least or train():
            break
        last = _judged(run.trainer, inside)
    return last


def _end(there: bool, below: int, late: bool, goes_on: bool) -> str:
    """Why it ends after a look, "" if it does not; `below` counts the looks below the floor in a row."""
    if there and not below:
        return "reached"
    if below >= PATIENCE:
        return "floor"
    return "steps" if late else "" if goes_on else "paused"


def _train(run: Run, steps: int, budget: Budget | None) -> str:
    """So many steps more; why it ended before, if it did."""
    wanted = run.trainer.steps + steps
    while run.trainer.steps < wanted:
        at = run.trainer.steps
        run.runner.step(steps if budget is None else 1)  # a budget is kept to within a step
        if run.runner.spent or (budget is not None and budget.reached(run.meter)):
            return "budget"
        if run.trainer.steps < (wanted if budget is None else at + 1):
            return "paused"
    return ""


def _check(run: Run, until: float, weight: float, floor: float, budget: Budget | None) -> None:
    trainer, valid = run.trainer, run.trainer.valid
    if run.runner.running:
        raise RuntimeError("training is running: pause() first, then focus")
    for what, number, low, high in (
        ("until", until, 0, 1),
        ("weight", weight, 1, 100),
        ("floor", floor, 0, 1),
    ):
        good = isinstance(number, int | float) and not isinstance(number, bool) and low < number <= high
        if not good:
            raise ValueError(f"{what} is a number above {low}, at most {high}, got {number!r}")
    if budget is not None and (not isinstance(budget, Budget) or budget.joules is budget.seconds is None):
        raise TypeError(
            f"budget={budget!r} is no limit; give gl.Budget(joules=...) or gl.Budget(seconds=...)"
        )
    if trainer.foreign:
        raise ValueError(
            "the steps of this run are those of a loop outside; weigh the group there: lab.prioritise(...)"
        )
    if valid is None or not valid.classes or not bool((valid.y >= 0).any()):
        raise ValueError("a focus goes by validation accuracy: pass valid= with classes and labels")
    if not trainer.steps:
        raise ValueError("there is nothing to focus on before the first step: train an epoch first")


def _members(trainer: Trainer, part: Samples | None, name: str, value: str) -> np.ndarray:
    """Which samples of a part are in the group, (n,) bool."""
    assert part is not None
    if name in part.groups:
        return np.asarray(part.groups[name]).astype(str) == value
    if name != CLASS:
        where = "validation data" if part is trainer.valid else "data"
        raise ValueError(f"the {where} have no group {name!r}; groups: {', '.join([*part.groups, CLASS])}")
    y = trainer.mending.y if part is trainer.train else part.y
    return y.numpy() == trainer.class_index(value)


def _worst(trainer: Trainer) -> tuple[str, str]:
    """The group that training does worst on, of those that the validation data know well enough to judge it."""
    valid = trainer.valid
    for group in groups(trainer):
        known = group.name in valid.groups if valid is not None and group.name != CLASS else True
        if known and _members(trainer, valid, group.name, group.value).sum() >= FEWEST:
            return group.name, group.value
    raise ValueError(
        "no group is in the validation data often enough to be judged; name one, as in lab.focus('class', '8')"
    )


def _judged(trainer: Trainer, inside: np.ndarray) -> tuple[float, float, float]:
    """Validation accuracy of the group, of the others, and of both; NaN where nothing is."""
    network, valid = trainer.network, trainer.valid
    assert valid is not None
    right = []
    with trainer.doing("evaluate"), network.looking():
        for ids in torch.arange(len(valid)).split(ROWS):
            network.goes_on()
            output = network.forward(valid.view(ids))
            output = output if network.read is None else network.read(output)
            right.append((output.argmax(1) == valid.y[ids].to(network.device)).cpu())
    told, known = torch.cat(right).numpy(), valid.y.numpy() >= 0

    def share(chosen: np.ndarray) -> float:
        return float(told[chosen].mean()) if chosen.any() else math.nan

    return share(known & inside), share(known & ~inside), share(known)


def _epoch(trainer: Trainer) -> int:
    """Steps of an epoch, as things are."""
    weights = float(trainer.mending.weights.sum())
    return max(1, math.ceil(weights / trainer.batch_size / trainer.settings.accumulate))


def _share(begun: float, now: float, until: float) -> float:
    return min(1.0, max(0.0, (now - begun) / max(1e-9, until - begun)))


def _course(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.1%} to {pair[1]:.1%}"
