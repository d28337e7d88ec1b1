"""Control: the same training without the person, and what the person's edits bought against it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ..energy.joules import Joules, Ratio
from ..training.trainer import Trainer

CLOSE = 0.005  # accuracies nearer than this are called equal: half a point
SLOWER = 1.2  # times the control's joules a step from which on it is said that the run's steps were dearer
NOTHING = Ratio(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Point:
    """Where a run stood: how many samples it had been trained on, how well it did, what it had cost so far."""

    step: int
    passes: int
    accuracy: float
    joules: Joules


@dataclass(frozen=True)
class Comparison:
    """A run with a person beside the same run without, from the same initial weights over as many samples.

    `beside` are the joules that only the person's run pays: picture, suggestions, waiting and so on. `fed` is what
    feedback took in that run for each joule of training. Ratios count steps at one price, and feedback on top: a step
    of a paced run begins cold and costs a multiple of one at full speed, which is no cost of the edits.
    """

    with_you: tuple[Point, ...]
    without: tuple[tuple[Point, ...], ...]  # a curve per seed
    beside: dict[str, Joules]
    edits: int
    fed: Ratio = NOTHING

    @property
    def accuracy(self) -> tuple[float, float]:
        """Final accuracy with the person, and without: the mean over the seeds."""
        return self.with_you[-1].accuracy, sum(c[-1].accuracy for c in self.without) / len(self.without)

    @property
    def joules(self) -> tuple[Joules, Joules]:
        """What training took with the person, feedback included, and without: the mean over the seeds; as measured."""
        ends = [curve[-1].joules for curve in self.without]
        return self.with_you[-1].joules, sum(ends[1:], ends[0]) / len(ends)

    @property
    def ratio(self) -> Ratio:
        """Joules of the whole run with the person over those of the whole run without."""
        return self._at_one_price(self.with_you[-1], self.without[0][-1])

    @property
    def dearer(self) -> float:
        """Joules of a step with the person, without the feedback, over those of a step without, as measured."""
        measured, counted = Ratio.of(*self.joules), self.ratio
        end = self.with_you[-1].step
        return measured.value / counted.value * end / max(1, end - self._unread)

    @property
    def to_target(self) -> tuple[float, Ratio] | None:
        """The best accuracy of the run without, and the joules to first reach it with the person over those without.

        None where the person's run never reached it.
        """
        ends = self._at_target
        return None if ends is None else (ends[1].accuracy, self._at_one_price(*ends))

    @property
    def passes_to_target(self) -> tuple[float, float] | None:
        """The same in samples trained on, which no machine changes."""
        ends = self._at_target
        return None if ends is None else (ends[1].accuracy, ends[0].passes / ends[1].passes)

    @property
    def _unread(self) -> int:
        """Steps before the first reading: the run goes on from a checkpoint."""
        return 0 if self.with_you[0].joules.known else self.with_you[0].step

    @property
    def _at_target(self) -> tuple[Point, Point] | None:
        """Where the best accuracy without the person was first reached, with the person and without."""
        curve = max(self.without, key=lambda curve: max(p.accuracy for p in curve))
        theirs = max(curve, key=lambda p: p.accuracy)
        mine = _first(self.with_you, theirs.accuracy)
        return None if mine is None else (mine, theirs)

    def _at_one_price(self, mine: Point, theirs: Point) -> Ratio:
        if not (self.with_you[-1].joules.known and theirs.joules.known):
            return Ratio.of(mine.joules, theirs.joules)
        steps = mine.step / theirs.step
        return Ratio(*(steps * (1 + fed) for fed in (self.fed.value, self.fed.low, self.fed.high)))

    def __str__(self) -> str:
        (mine, theirs), (spent, control) = self.accuracy, self.joules
        runs = "the same run without you" + (f" ({len(self.without)} seeds)" if len(self.without) > 1 else "")
        since = f" since step {self._unread}, where this meter began" if spent.known and self._unread else ""
        lines = [
            f"With you: {mine:.1%} with {spent} of training{since}."
            f" {runs[0].upper()}{runs[1:]}: {theirs:.1%} with {control}.",
            f"Joules of the whole run, with you over without, a step at one price: {_in_words(self.ratio)}.",
            self._verdict(mine - theirs),
        ]
        if self.dearer > SLOWER:
            lines.append(
                f"A step of your run took {self.dearer:.1f} times the joules of one without you: at a pace, or in small"
                " pieces, each begins cold."
            )
        if self.beside:
            extra = ", ".join(f"{kind} {joules}" for kind, joules in self.beside.items())
            lines.append(f"Paid by your run alone, and not in the joules above: {extra}.")
        return "\n".join(lines)

    def _verdict(self, gained: float) -> str:
        if not self.edits:
            return "There are no edits in force, so there is nothing to compare yet."
        points = f"{100 * abs(gained):.1f} points"
        if gained < -CLOSE:
            return f"Your edits cost {points} of accuracy: no benefit."
        reached = self.to_target
        if reached is None:
            return "Your run has not reached the best accuracy of the run without you: no benefit so far."
        target, ratio = reached
        way = f"the best accuracy without you ({target:.1%}) was reached at {_in_words(ratio)} of its joules"
        if gained > CLOSE:
            return f"Your edits bought {points} of accuracy; {way}."
        if ratio.high < 1:
            return f"Your edits bought no accuracy, but {way}."
        return f"No benefit: the same accuracy, and {way}."


def control(
    trainer: Trainer,
    curve: Sequence[Point],
    *,
    seeds: int = 1,
    beside: dict[str, Joules] | None = None,
    progress: Callable[[float], bool | None] | None = None,
) -> Comparison | None:
    """Train a copy without edits over as many samples as this trainer was, and compare.

    To be called on the thread that owns the model. `curve` is how the run went so far. The control is looked at after
    as many samples as the run was: what is looked at more often is seen at its best. Its work is metered as "control".
    The first seed is that of the run. `progress(share)` hears how far it is after each step and cancels by returning
    False: then there is no comparison.
    """
    if seeds < 1:
        raise ValueError(f"seeds counts from 1, got {seeds}")
    if not trainer.passes:
        raise ValueError("there is nothing to compare yet: train some steps first")
    if not curve:
        raise ValueError(
            "there is no accuracy to compare by: that takes classes, and validation data with labels (valid=)"
        )
    looks = sorted({*(p.passes for p in curve if p.passes < trainer.passes), trainer.passes})
    without = []
    for k in range(seeds):

        def told(share: float, done: int = k) -> bool:
            trainer.network.goes_on()
            return progress is None or progress((done + share) / seeds) is not False

        twin = trainer.twin(seed=trainer.seed + k)
        twin.network.goes_on = trainer.network.goes_on
        try:
            points = _run(twin, trainer.meter, looks, told)
        finally:
            twin.close()
        if points is None:
            return None
        without.append(tuple(points))
    return Comparison(
        tuple(curve), tuple(without), dict(beside or {}), len(trainer.journal.active), _fed(trainer)
    )


def _fed(trainer: Trainer) -> Ratio:
    lines = {} if trainer.meter is None else trainer.meter.ledger()
    if "feedback" not in lines or not lines["train"].known:
        return NOTHING
    return lines["feedback"] / lines["train"]


def _run(
    twin: Trainer, meter: Any, looks: Sequence[int], told: Callable[[float], bool]
) -> list[Point] | None:
    """The twin's curve, looked at after so many samples each; None when it was cancelled."""
    spent = Joules.missing()
    points: list[Point] = []
    for due in looks:
        stamp = None if meter is None else meter.stamp()
        with nullcontext() if meter is None else meter.doing("control"):
            while twin.passes < due:
                twin.step()
                if not told(min(1.0, twin.passes / looks[-1])):
                    return None
        if meter is not None:
            part = meter.ledger(since=stamp).get("control", Joules.missing())
            spent = part if not points else spent + part
        points.append(Point(twin.steps, twin.passes, twin.evaluate().get("accuracy", math.nan), spent))
    return points


def _first(curve: Sequence[Point], accuracy: float) -> Point | None:
    return next((point for point in curve if point.accuracy >= accuracy), None)


def _in_words(ratio: Ratio) -> str:
    return str(ratio) if math.isfinite(ratio.value) else "unknown, for a reading is missing"
