"""Comparison: a run with a person beside the same run without, and what is said of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..energy.joules import Joules, Ratio
from ..energy.names import called, count
from .seeds import OverSeeds

CLOSE = 0.005  # accuracies nearer than this are called equal: half a point
EQUAL = 0.005  # ratios nearer to 1 than this
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
    of a paced run begins cold and costs a multiple of one at full speed, which is no cost of the edits. A time to an
    accuracy lies between two looks; the ends of a ratio are those of both looks. `former` is what training took in the
    run that the mending was done in, where this one began again with all of it.
    """

    with_you: tuple[Point, ...]
    without: tuple[tuple[Point, ...], ...]  # a curve per seed
    beside: dict[str, Joules]
    edits: int
    fed: Ratio = NOTHING
    former: Joules | None = None
    solved: tuple[float, float] | None = (
        None  # accuracies of the read-outs, solved with the person and without
    )
    repeated: tuple[tuple[Point, ...], ...] = ()  # the run with the edits once more, a curve per further seed

    @property
    def accuracy(self) -> tuple[float, float]:
        """Final accuracy with the person, and without: the mean over the seeds."""
        mine, theirs = [
            [curve[-1].accuracy for curve in curves]
            for curves in ((self.with_you, *self.repeated), self.without)
        ]
        return sum(mine) / len(mine), sum(theirs) / len(theirs)

    @property
    def over_seeds(self) -> OverSeeds | None:
        """Accuracy and joules with intervals over paired seeds; None of one seed."""
        if not self.repeated:
            return None
        return OverSeeds.of((self.with_you, *self.repeated), self.without, self.fed.value)

    @property
    def joules(self) -> tuple[Joules, Joules]:
        """What training took with the person, feedback included, and without: the mean over the seeds; as measured."""
        ends = [curve[-1].joules for curve in self.without]
        return self.with_you[-1].joules, sum(ends[1:], ends[0]) / len(ends)

    @property
    def ratio(self) -> Ratio:
        """Joules of the whole run with the person over those of the whole run without."""
        steps = self.with_you[-1].step / self.without[0][-1].step
        return self._at_one_price(Ratio(steps, steps, steps))

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
        return None if ends is None else (ends[1][1].accuracy, self._at_one_price(_over(*ends, of="step")))

    @property
    def samples_to_target(self) -> tuple[float, Ratio] | None:
        """The same in samples trained on, which no machine changes."""
        ends = self._at_target
        return None if ends is None else (ends[1][1].accuracy, _over(*ends, of="passes"))

    @property
    def passes_to_target(self) -> tuple[float, float] | None:
        """`samples_to_target` without its ends."""
        found = self.samples_to_target
        return None if found is None else (found[0], found[1].value)

    @property
    def saved(self) -> tuple[Joules, bool]:
        """Joules to that accuracy at the control's price, and whether the person's run takes that much less, not more;
        missing where it never got there, or nothing was read."""
        ends, found = self._at_target, self.to_target
        if ends is None or found is None or not (math.isfinite(found[1].value) and ends[1][1].joules.known):
            return Joules.missing(), True
        return ends[1][1].joules * abs(1 - found[1].value), found[1].value <= 1

    @property
    def _unread(self) -> int:
        """Steps before the first reading: the run goes on from a checkpoint."""
        return max((p.step for p in self.with_you if not p.joules.known), default=0)

    @property
    def _at_target(self) -> tuple[tuple[Point, Point], tuple[Point, Point]] | None:
        """The looks between which the best accuracy without the person was first reached, with the person and
        without."""
        curve = max(self.without, key=lambda curve: max(p.accuracy for p in curve))
        best = max(point.accuracy for point in curve)
        mine, theirs = _between(self.with_you, best), _between(curve, best)
        return None if mine is None or theirs is None else (mine, theirs)

    def _at_one_price(self, steps: Ratio) -> Ratio:
        if not all(joules.known for joules in self.joules):
            return Ratio(math.nan, math.nan, math.nan)
        return Ratio(
            steps.value * (1 + self.fed.value),
            steps.low * (1 + self.fed.low),
            steps.high * (1 + self.fed.high),
        )

    @property
    def sentence(self) -> str:
        """What the edits bought, in one sentence."""
        if not self.edits:
            return "There are no edits in force, so there is nothing to compare yet."
        yours = f"With your {count(self.edits, 'edit')}"
        end = f"it ends {self._gained}"
        found = self.samples_to_target
        if found is None:
            best = max(p.accuracy for curve in self.without for p in curve)
            return f"{yours} the best accuracy without them ({_percent(best)}) was not reached, and {end}: no benefit."
        saved, less = self.saved
        joules = f" and about {rough(saved)} {'less' if less else 'more'}" if saved.known else ""
        benefit = (
            "" if found[1].value < 1 or self._points > CLOSE else ": no benefit, as it was mended too late"
        )
        if self._points < -CLOSE:
            benefit = ": no benefit at the end"
        takes = f"{_in_words(found[1])} of the samples{joules}"
        if abs(1 - found[1].value) < EQUAL:
            takes = "as many samples"
        return f"{yours} the same accuracy takes {takes}; {end}{benefit}."

    @property
    def lines(self) -> list[str]:
        """Points gained; samples and joules to the same accuracy; what the run with you paid beside training."""
        (mine, theirs), found = self.accuracy, self.samples_to_target
        lines = [f"At the end: {_percent(mine)} with you, {_percent(theirs)} without, {self._gained}."]
        if found is None:
            lines.append("The best accuracy without you was not reached.")
        else:
            saved, less = self.saved
            joules = f", {saved} {'less' if less else 'more'}" if saved.known else ", joules unknown"
            lines.append(f"To reach {_percent(found[0])}: {_in_words(found[1])} of the samples{joules}.")
        if (over := self.over_seeds) is not None:
            lines.append(over.line)
        if self.solved is not None:
            mine_solved, theirs_solved = map(_percent, self.solved)
            lines.append(
                f"Solved at the end, without more training: {mine_solved} with you, {theirs_solved} without."
            )
        beside = [f"{called(kind)} {rough(joules)}" for kind, joules in self.beside.items()]
        if self.former is not None and self.former.known:
            beside.append(f"the run before {rough(self.former)}")
        if beside:
            lines.append(f"Beside training, your run alone took: {', '.join(beside)}.")
        return lines

    @property
    def more(self) -> list[str]:
        """The readings behind it."""
        spent, control = self.joules
        since = f" since step {self._unread}, where this meter began" if spent.known and self._unread else ""
        runs = f" (the mean of {len(self.without)} seeds)" if len(self.without) > 1 else ""
        lines = [
            f"Training took {spent} with you{since}, {control} without{runs}.",
            f"Joules of the whole run, with you over without, a step at one price: {_in_words(self.ratio, 'x')}.",
        ]
        if self.dearer > SLOWER:
            lines.append(
                f"A step of your run took {self.dearer:.1f} times the joules of one without you: at a pace, or in small"
                " pieces, each begins cold."
            )
        lines += [f"{called(kind).capitalize()}: {joules}." for kind, joules in self.beside.items()]
        lines.append("Both runs were looked at the same steps; an accuracy is reached between two looks.")
        return lines

    def __str__(self) -> str:
        return "\n".join([self.sentence, *self.lines] if self.edits else [self.sentence])

    @property
    def _points(self) -> float:
        mine, theirs = self.accuracy
        return mine - theirs

    @property
    def _gained(self) -> str:
        points = 100 * abs(self._points)
        if points < 0.05:
            return "as high"
        return f"{points:.1f} points {'higher' if self._points > 0 else 'lower'}"


def _between(curve: Sequence[Point], accuracy: float) -> tuple[Point, Point] | None:
    """The last look before the accuracy was reached, and the first at which it was."""
    before = Point(0, 0, math.nan, Joules.missing())
    for point in curve:
        if point.accuracy >= accuracy:
            return before, point
        before = point
    return None


def _over(mine: tuple[Point, Point], theirs: tuple[Point, Point], *, of: str) -> Ratio:
    """Work to an accuracy over work to it, each known to lie between two looks."""
    (my_last, my_first), (their_last, their_first) = (
        [getattr(point, of) for point in each] for each in (mine, theirs)
    )
    high = my_first / their_last if their_last else math.inf
    return Ratio(my_first / their_first, my_last / their_first, high)


def _in_words(ratio: Ratio, times: str = "") -> str:
    if not math.isfinite(ratio.value):
        return "unknown, for a reading is missing"
    ends = f"{ratio.low:.2f}-{ratio.high:.2f}" if math.isfinite(ratio.high) else f"{ratio.low:.2f} or more"
    return f"{times}{ratio.value:.2f} ({ends})"


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def rough(joules: Joules) -> str:
    """The value alone, in two or three digits."""
    return str(joules).split(" (")[0]
