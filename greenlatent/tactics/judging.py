"""Judging: points of accuracy from paired answers, by item or by group, and what may be said of a rehearsal."""

from __future__ import annotations

import math

import numpy as np

from ..energy.joules import Ratio

RESAMPLES = 4000
NEAR = 0.95  # of the joules: what is nearer to all of them is not worth a word
LITTLE = 0.001  # of the joules: what is less is told as that
GROUPS = 5  # that accuracy must be judged by, to be settled
KEPT, LOWER, OPEN = "saves, accuracy kept", "saves, accuracy lower", "saves, accuracy not settled"
NULL, DEARER, UNKNOWN = "no saving shown", "dearer", "saves, accuracy not known"

Points = tuple[float, float, float]  # shares: value, and its interval


def in_words(ratio: Ratio) -> str:
    """A ratio as people write one: digits of what is hardly there are no knowledge."""
    return "less than a thousandth" if ratio.high < LITTLE else str(ratio)


def paired(
    differences: np.ndarray, groups: np.ndarray | None = None, *, seed: int = 0
) -> tuple[Points | None, bool]:
    """Right answers with a change less those without, per item (n,), as a mean with the bootstrap's interval; whole
    groups are drawn where there are some. And whether these are enough to settle anything."""
    if not len(differences):
        return None, False
    rng = np.random.default_rng(seed)
    value = float(differences.mean())
    if groups is None:
        values, counts = np.unique(differences, return_counts=True)
        drawn = rng.multinomial(
            len(differences), counts / len(differences), RESAMPLES
        )  # as drawing items would
        means = drawn @ values / len(differences)
        enough = True
    else:
        _, at = np.unique(groups, return_inverse=True)
        sums, sizes = np.bincount(at, differences), np.bincount(at)
        chosen = rng.integers(0, len(sizes), (RESAMPLES, len(sizes)))
        means = sums[chosen].sum(1) / sizes[chosen].sum(1)
        enough = len(sizes) >= GROUPS
    low, high = np.quantile(means, (0.025, 0.975))
    return (value, float(min(low, value)), float(max(high, value))), enough


def verdict(ratio: Ratio, points: Points | None, margin: float, *, settled: bool = True) -> str:
    """What may be said: a saving where the interval of joules lies below 1, accuracy kept where that of points lies
    above minus the margin."""
    if not math.isfinite(ratio.value) or ratio.low <= 1 <= ratio.high or NEAR < ratio.value < 1 / NEAR:
        return NULL
    if ratio.low > 1:
        return DEARER
    if points is None:
        return UNKNOWN
    if not settled:
        return OPEN
    if points[1] > -margin:
        return KEPT
    return LOWER if points[2] < 0 else OPEN
