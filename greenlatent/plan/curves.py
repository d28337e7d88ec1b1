"""Curves: what accuracy all rows would give, from that on a few shares of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .facts.amount import Amount

SLOPE, WEIGHT = 0.25, 3.0  # error falls as rows ** -0.25 unless the shares say otherwise; worth three of them
POINT = 0.01


@dataclass(frozen=True)
class Score:
    """How a learner did on a share."""

    rows: int
    accuracy: float
    f1: float
    asked: int
    """How many rows it was asked about."""


def extrapolated(points: Sequence[tuple[int, float]], whole: int, asked: int) -> Amount:
    """The score on `whole` rows from (rows, score) on fewer.

    The slope of the error in the logs is shrunk: a power law with a floor, fitted freely, is wild from an eighth of
    the rows. The interval is half of the step beyond the last point, sampling, and a point more.
    """
    rows = np.log([n for n, _ in points])
    least = 0.5 / asked
    errors = np.log([min(max(1 - score, least), 1.0) for _, score in points])
    n = len(points)
    away = rows - rows.mean()
    spread = float(away @ away)
    slope = -float(away @ (errors - errors.mean())) / spread if n > 1 and spread > 0 else SLOPE
    slope = max(0.0, (n * slope + WEIGHT * SLOPE) / (n + WEIGHT)) if n > 1 else SLOPE
    last, score = points[-1]
    error = min(max(1 - score, least), 1.0) * (whole / last) ** -slope
    value = 1 - error
    half = 0.5 * abs(value - score) + 2 * math.sqrt(max(value * (1 - value), 0.0) / asked) + POINT
    return Amount(value, max(0.0, value - half), min(1.0, value + half), "")


def f1(truth: np.ndarray, guess: np.ndarray) -> float:
    """The mean over classes of the harmonic mean of precision and recall."""
    found = []
    for value in np.unique(truth):
        hit = float(((truth == value) & (guess == value)).sum())
        either = float((truth == value).sum() + (guess == value).sum())
        found.append(2 * hit / either if either else 0.0)
    return float(np.mean(found)) if found else 0.0
