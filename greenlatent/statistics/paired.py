"""Statistics of paired seeds: a bootstrap interval and a sign-flip test, and what may be claimed from the two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np

RESAMPLES = 9999
EXACT = 14  # up to so many pairs all sign flips are tried, beyond that a random part of them
_NORMAL = NormalDist()


def bca(
    values: Sequence[float] | np.ndarray, *, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Bias-corrected, accelerated bootstrap interval of the mean (Efron 1987), as scipy.stats.bootstrap's BCa."""
    x = np.asarray(values, dtype=float)
    if len(x) < 2 or not np.isfinite(x).all():
        return math.nan, math.nan
    if np.ptp(x) <= 1e-12 * np.abs(x).max():  # the same but for rounding
        return float(x[0]), float(x[0])
    rng = np.random.default_rng(seed)
    means = x[rng.integers(0, len(x), (RESAMPLES, len(x)))].mean(1)
    below = ((means < x.mean()).mean() + (means <= x.mean()).mean()) / 2
    bias = _NORMAL.inv_cdf(min(max(below, 1e-6), 1 - 1e-6))
    without = (x.sum() - x) / (len(x) - 1)  # the jackknife
    pull = without.mean() - without
    pull = pull / np.abs(pull).max()  # else the cubes of small numbers vanish
    acceleration = (pull**3).sum() / (6 * (pull**2).sum() ** 1.5)
    tail = (1 - confidence) / 2

    def level(p: float) -> float:
        z = bias + _NORMAL.inv_cdf(p)
        return _NORMAL.cdf(bias + z / (1 - acceleration * z))

    low, high = np.quantile(means, [level(tail), level(1 - tail)])
    return float(low), float(high)


def sign_flip(values: Sequence[float] | np.ndarray, *, seed: int = 0) -> float:
    """How likely a mean at least this far from 0 is if every difference could as well have the other sign."""
    x = np.asarray(values, dtype=float)
    if not len(x) or not np.isfinite(x).all():
        return math.nan
    if len(x) <= EXACT:
        signs = np.array(list(product((1.0, -1.0), repeat=len(x))))
    else:
        rng = np.random.default_rng(seed)
        signs = np.concatenate([np.ones((1, len(x))), rng.choice((1.0, -1.0), (RESAMPLES, len(x)))])
    means = np.abs(signs @ x)
    return float((means >= abs(x.sum()) - 1e-9 * np.abs(x).sum()).mean())


@dataclass(frozen=True)
class Difference:
    """A mean over paired seeds with its 95 % interval and the p of the sign-flip test against none."""

    value: float
    low: float
    high: float
    p: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float] | np.ndarray) -> Difference:
        """Of the differences themselves, one a seed."""
        x = np.asarray(values, dtype=float)
        low, high = bca(x)
        return cls(float(x.mean()) if len(x) else math.nan, low, high, sign_flip(x), len(x))

    @property
    def less(self) -> bool:
        """Whether it may be claimed to lie below 0: interval and test agree."""
        return self.high < 0 and self.p < 0.05

    @property
    def more(self) -> bool:
        """Whether it may be claimed to lie above 0: interval and test agree."""
        return self.low > 0 and self.p < 0.05

    def above(self, floor: float) -> bool:
        """Whether it lies above a margin of non-inferiority, such as -0.01."""
        return self.low > floor

    def points(self) -> str:
        """As points of accuracy."""
        return f"{100 * self.value:+.1f} [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"


@dataclass(frozen=True)
class Saving:
    """Joules over joules to the same accuracy, paired by seed: the geometric mean, its interval, its test.

    `reached` of `n` runs got there. One that did not counts as the worst ratio of all, and at least as what its whole
    run cost: it is never left out.
    """

    value: float
    low: float
    high: float
    p: float
    reached: int
    n: int

    @classmethod
    def of(cls, mine: Sequence[float], floors: Sequence[float], theirs: Sequence[float]) -> Saving:
        """From the joules at the target (infinite where it was not reached), those of the whole run, the others'."""
        a, whole, b = (np.asarray(values, dtype=float) for values in (mine, floors, theirs))
        reached = np.isfinite(a)
        count = int(reached.sum())
        if not len(a) or not np.isfinite(b).all():
            return cls(math.nan, math.nan, math.nan, math.nan, count, len(a))
        logs = np.log(np.where(reached, a, whole) / b)
        found = Difference.of(np.where(reached, logs, max(np.abs(logs).max(), 0.0)))
        low, high = math.exp(found.low), math.exp(found.high)
        return cls(math.exp(found.value), low, high, found.p, count, len(a))

    @property
    def claimed(self) -> bool:
        """Whether a saving may be claimed: interval and test agree."""
        return self.high < 1 and self.p < 0.05

    def __str__(self) -> str:
        missing = "" if self.reached == self.n else f", {self.reached} of {self.n}"
        return (
            "-" if math.isnan(self.value) else f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]{missing}"
        )
