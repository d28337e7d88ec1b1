"""Utilisation: how much of the processors, and of a card, a kind of work kept busy."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .counting.sums import Second, Sums
from .names import called

LITTLE = (
    0.3  # below which most of what making the hardware emitted goes to time in which nothing useful is done
)


@dataclass(frozen=True)
class Utilisation:
    """Shares of the time that a kind of work took; NaN where it took none, or where there is no card."""

    kind: str
    processors: float  # our own processor time over that of the processors that we may use
    of: float  # how many these are
    card: float  # NVML's utilisation rate: the share of its time in which any kernel ran
    seconds: float
    little: float  # seconds of them in which the card, or without one the processors, were busy for less than 30 %

    def __str__(self) -> str:
        if not self.seconds:
            return f"{called(self.kind)}: no time was metered for it"
        parts = [f"{self.processors:.0%} of {self.of:g} processors"]
        if not math.isnan(self.card):
            parts.append(f"{self.card:.0%} of the time of the card")
        told = f"{called(self.kind)}: {' and '.join(parts)} in {self.seconds:.{0 if self.seconds >= 10 else 1}f} s"
        if self.little >= 0.5:
            told += (
                f"; below {LITTLE:.0%} for {self.little:.0f} s: what making the hardware emitted is shared by fewer"
                " useful steps"
            )
        return told


def utilisation(kind: str, course: Sequence[Second], now: Sums, cpus: float) -> Utilisation:
    """From the course of a run, a second at a time, and its end."""
    if not isinstance(kind, str) or not kind:
        raise TypeError(f"kind={kind!r} is no kind of work; give its name, such as 'train'")
    last = course[-1].busy if course else math.nan
    points = [(0.0, 0.0, math.nan)]
    points += [(p.seconds.get(kind, 0.0), p.cpu.get(kind, 0.0), p.busy) for p in course]
    points.append((now.seconds_of(kind), now.processor_seconds_of(kind), last))
    seconds = little = carded = rated = 0.0
    for (before, cpu_before, _), (after, cpu_after, busy) in itertools.pairwise(points):
        took, cpu = after - before, cpu_after - cpu_before
        if took <= 0:
            continue
        seconds += took
        if not math.isnan(busy):
            carded, rated = carded + took, rated + took * busy
        if (cpu / took / cpus if math.isnan(busy) else busy) < LITTLE:
            little += took
    share = points[-1][1] / seconds / cpus if seconds else math.nan
    return Utilisation(kind, share, cpus, rated / carded if carded else math.nan, seconds, little)
