"""Statistics of groups that are not paired: the tests of a course, Cliff's delta, Holm's correction, medians."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .paired import RESAMPLES, Difference


@dataclass(frozen=True)
class Tested:
    """A test, what came out, its p after Holm's correction over all of them, and what it can say at all."""

    name: str
    about: str
    value: float
    p: float
    says: str

    def __str__(self) -> str:
        p = "" if math.isnan(self.p) else f", p {self.p:.2g}"
        return f"{self.name}, {self.about}: {self.value:.3g}{p} ({self.says})"


def cliff(a: Sequence[float] | np.ndarray, b: Sequence[float] | np.ndarray) -> float:
    """Cliff's delta: how much more often a value of b lies above one of a than below; 1 where all do."""
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return float(np.sign(y[None] - x[:, None]).mean())


def holm(ps: Sequence[float]) -> list[float]:
    """p-values after Holm's correction (1979) for how many there are."""
    order = np.argsort(ps)
    found, most = [1.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(ps) - rank) * ps[i]))
        found[i] = most
    return found


def of_medians(a: Sequence[float], b: Sequence[float], *, seed: int = 0) -> Difference:
    """The difference of two medians with a bootstrap interval over both groups, and the p of Mann and Whitney."""
    from scipy.stats import mannwhitneyu

    x, y, rng = np.asarray(a, dtype=float), np.asarray(b, dtype=float), np.random.default_rng(seed)
    if not len(x) or not len(y):
        raise ValueError("a group is empty, so there is nothing to compare")
    drawn = [np.median(part[rng.integers(0, len(part), (RESAMPLES, len(part)))], axis=1) for part in (x, y)]
    low, high = np.quantile(drawn[1] - drawn[0], [0.025, 0.975])
    p = float(mannwhitneyu(x, y).pvalue)
    return Difference(float(np.median(y) - np.median(x)), float(low), float(high), p, min(len(x), len(y)))


def slope_interval(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a slope by least squares."""
    from scipy.stats import linregress, t

    found = linregress(x, y)
    reach = float(t.ppf(0.975, len(x) - 2)) * found.stderr
    return float(found.slope - reach), float(found.slope + reach)


def tests(groups: Mapping[str, Mapping[float, Sequence[float]]]) -> list[Tested]:
    """Of each name and its groups by level: Shapiro a group, Kruskal over all, Wilcoxon and Cliff of the two ends."""
    from scipy.stats import kruskal, shapiro, wilcoxon

    found: list[Tested] = []
    for name, levels in groups.items():
        parts = {
            level: np.asarray(values, dtype=float) for level, values in levels.items() if len(values) >= 3
        }
        if len(parts) < 2:
            continue
        ps = [float(shapiro(part).pvalue) for part in parts.values() if np.ptp(part) > 0]
        rejected = float(np.mean([p < 0.05 for p in ps])) if ps else math.nan
        few = min(map(len, parts.values()))
        says = (
            "with so few repeats it rejects hardly anything"
            if few < 15 and not rejected > 0
            else "rejected groups are not normal"
        )
        found.append(
            Tested("Shapiro", f"{name}: share of groups rejected", rejected, min(ps, default=1.0), says)
        )
        value, p = kruskal(*parts.values())
        found.append(
            Tested(
                "Kruskal", f"{name}: any level differs", float(value), float(p), "not which, nor by how much"
            )
        )
        low, high = parts[min(parts)], parts[max(parts)]
        n = min(len(low), len(high))
        if n >= 3 and np.any(low[:n] != high[:n]):
            value, p = wilcoxon(low[:n], high[:n])
            says = f"with {n} pairs p cannot go below {2 / 2**n:.2g}"
            found.append(
                Tested("Wilcoxon", f"{name}: {min(parts):.0%} against all", float(value), float(p), says)
            )
        delta = cliff(high, low)
        says = (
            "the levels do not overlap, so it says nothing of size"
            if abs(delta) == 1
            else "how often, not by how much"
        )
        found.append(Tested("Cliff", f"{name}: {min(parts):.0%} against all", delta, math.nan, says))
    tested = [i for i, each in enumerate(found) if not math.isnan(each.p)]
    for i, p in zip(tested, holm([found[i].p for i in tested]), strict=True):
        found[i] = Tested(found[i].name, found[i].about, found[i].value, p, found[i].says)
    return found
