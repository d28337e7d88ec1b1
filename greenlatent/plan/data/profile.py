"""Profile: what rows hold, counted exactly up to 5 million cells, and by a sample that is named beyond."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...energy.names import count
from .read import Cells

CELLS = 5_000_000
FAR = 6.0  # robust z from which a number is an outlier
ROBUST = 1.4826  # of a normal distribution, its deviation over the median of distances from the median
NEAR, ASKED = 5, 800  # neighbours that a label is held against, and rows of which it is asked


@dataclass(frozen=True)
class Profile:
    """Counts of rows and cells. `sampled` is the rows that were looked at, where not all were."""

    rows: int
    features: int
    missing: int
    duplicates: int
    outliers: int
    constant: tuple[str, ...]
    classes: Mapping[str, int]
    labelled: float
    groups: int | None
    doubtful: int
    """Labels unlike those of all five nearest rows, among `asked`."""
    asked: int
    sampled: int | None = None

    def __str__(self) -> str:
        parts = [
            f"{count(self.rows, 'row')} of {self.features:,}",
            count(self.missing, "gap"),
            count(self.duplicates, "copy"),
            count(self.outliers, "outlier"),
            f"{len(self.constant)} constant columns",
        ]
        if self.classes:
            parts.append(
                f"{len(self.classes)} classes of {min(self.classes.values()):,}-{max(self.classes.values()):,}"
            )
        if self.groups is not None:
            parts.append(count(self.groups, "group"))
        if self.asked:
            parts.append(f"{self.doubtful} of {self.asked} labels in doubt")
        if self.sampled is not None:
            parts.append(f"counted on {self.sampled:,} rows, drawn at random, and scaled")
        return ", ".join(parts)


def profile(rows: Cells, seed: int = 0) -> Profile:
    """What rows hold."""
    x, y, total = rows.x, rows.y, rows.count
    sampled = None
    rng = np.random.default_rng(seed)
    if x.size > CELLS:
        sampled = max(1, CELLS // x.shape[1])
        x = x[np.sort(rng.choice(total, sampled, replace=False))]
    scale = total / len(x)
    gaps = np.isnan(x)
    missing = int(gaps.sum())
    constant, outliers = _columns(x, gaps if missing else None, rows.columns)
    classes: dict[str, int] = {}
    labelled = 0.0
    doubtful = asked = 0
    if y is not None:
        told = y[y != None]  # noqa: E711  an array of objects, compared one by one
        labelled = len(told) / max(len(y), 1)
        classes = {str(name): count for name, count in Counter(told.tolist()).items()}
        if 1 < len(classes) <= max(20, total // 20):
            doubtful, asked = _doubtful(rows, rng)
        elif any(isinstance(value, float) and value != int(value) for value in told[:100].tolist()):
            classes = {}
    groups = None
    if rows.groups:
        groups = len(np.unique(next(iter(rows.groups.values()))))
    return Profile(
        total,
        rows.x.shape[1],
        round(missing * scale),
        round(copies(x).sum() * scale),
        round(outliers * scale),
        constant,
        classes,
        labelled,
        groups,
        doubtful,
        asked,
        sampled,
    )


def _columns(x: np.ndarray, gaps: np.ndarray | None, names: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Constant columns by name, and how many numbers lie far out."""
    constant, far = [], 0
    turned = np.ascontiguousarray(x.T)
    for k, column in enumerate(turned):
        values = column if gaps is None else column[~gaps[:, k]]
        if not len(values) or values.min() == values.max():
            constant.append(names[k])
            continue
        middle = np.median(values)
        away = np.abs(values - middle)
        spread = ROBUST * np.median(away)
        if spread > 0:
            far += int((away > FAR * spread).sum())
    return tuple(constant), far


def copies(x: np.ndarray) -> np.ndarray:
    """Whether each row is a copy of an earlier one, gaps included; a hash finds rows that may be equal, and they are
    compared."""
    bits = np.ascontiguousarray(x + 0.0).view(np.uint64)  # -0.0 is 0.0
    odd = np.random.default_rng(7).integers(0, 2**63, x.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    with np.errstate(over="ignore"):
        hashed = ((bits ^ (bits >> np.uint64(29))) * odd).sum(1, dtype=np.uint64)
    order = np.argsort(hashed, kind="stable")
    same = np.flatnonzero(hashed[order][1:] == hashed[order][:-1])
    found = np.zeros(len(x), bool)
    begun: dict[int, list[int]] = {}
    for k in same:  # few: rows of one hash, in their order
        first, second = int(order[k]), int(order[k + 1])
        group = begun.setdefault(int(hashed[first]), [first])
        if any(np.array_equal(x[each], x[second], equal_nan=True) for each in group):
            found[second] = True
        else:
            group.append(second)
    return found


def _doubtful(rows: Cells, rng: np.random.Generator) -> tuple[int, int]:
    """Of a sample, the labels that none of the nearest rows has."""
    assert rows.y is not None
    there = np.flatnonzero(rows.y != None)  # noqa: E711
    chosen = np.sort(rng.choice(there, min(ASKED, len(there)), replace=False))
    if len(chosen) <= NEAR:
        return 0, 0
    x = np.nan_to_num(rows.x[chosen])
    spread = x.std(0)
    x = (x - x.mean(0)) / np.where(spread > 0, spread, 1.0)
    squares = (x * x).sum(1)
    away = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(away, np.inf)
    nearest = np.argpartition(away, NEAR, 1)[:, :NEAR]
    _, labels = np.unique(rows.y[chosen].astype(str), return_inverse=True)
    return int((labels[nearest] != labels[:, None]).all(1).sum()), len(chosen)
