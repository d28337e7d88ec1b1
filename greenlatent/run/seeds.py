"""Seeds: a comparison repeated over several, each run with the edits beside the one without of the same seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..statistics.paired import Difference, Saving, bca

Curve = Sequence[Any]  # of a comparison's points


@dataclass(frozen=True)
class OverSeeds:
    """What the edits bought over paired seeds: accuracy at the end, and joules to the best accuracy without them, as
    the samples that it takes at one price, with the feedback on top. A run that never got there counts in whole."""

    accuracy: Difference
    joules: Saving
    mine: tuple[float, float, float]  # accuracy at the end with the edits: mean, and its 95 % interval
    theirs: tuple[float, float, float]

    @classmethod
    def of(cls, mine: Sequence[Curve], theirs: Sequence[Curve], fed: float) -> OverSeeds:
        """Of the curves with and without, in the order of their seeds."""
        ends = [[curve[-1].accuracy for curve in curves] for curves in (mine, theirs)]
        best = [max(point.accuracy for point in curve) for curve in theirs]
        reached = [_to(curve, aim) * (1 + fed) for curve, aim in zip(mine, best, strict=True)]
        whole = [curve[-1].passes * (1 + fed) for curve in mine]
        control = [_to(curve, aim) for curve, aim in zip(theirs, best, strict=True)]
        gained = Difference.of([a - b for a, b in zip(*ends, strict=True)])
        return cls(gained, Saving.of(reached, whole, control), *(_mean(values) for values in ends))

    @property
    def line(self) -> str:
        """Both with their intervals, and how many seeds they are from."""
        n, joules = self.accuracy.n, self.joules
        few = "" if n >= 6 else ", too few for a claim by a sign-flip test"
        never = "" if joules.reached == n else f", {n - joules.reached} of {n} never there"
        mine, theirs = (
            f"{100 * value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
            for value, low, high in (self.mine, self.theirs)
        )
        return (
            f"Over {n} seeds{few}: {mine} with you, {theirs} without, {self.accuracy.points()} points;"
            f" joules to the best without you x{joules.value:.2f} [{joules.low:.2f}, {joules.high:.2f}]{never}."
        )


def _to(curve: Curve, accuracy: float) -> float:
    return float(next((point.passes for point in curve if point.accuracy >= accuracy), math.inf))


def _mean(values: Sequence[float]) -> tuple[float, float, float]:
    return (sum(values) / len(values), *bca(values))
