"""Nearest: which of many points lie closest to one, and which one of several lies in their middle."""

from __future__ import annotations

import numpy as np

LOOKED_AT = 1000  # of the several, at most


def nearest(points: np.ndarray, row: int, k: int) -> np.ndarray:
    """A row of the points (n, d) and those closest to it, k in all, the closest first; none without a place."""
    apart = np.square(points - points[row]).sum(1)
    apart[row] = -1.0
    near = np.argsort(apart, kind="stable")[:k]
    return near[~np.isnan(apart[near])]


def middle(points: np.ndarray) -> int:
    """The row of the points (m, d) around which half of them lie closest; of many, some are looked at.

    The one nearest to their mean would lie between two clusters where the points are of both.
    """
    some = np.linspace(0, len(points) - 1, min(len(points), LOOKED_AT)).astype(int)
    looked = points[some].astype(float)
    squares = np.square(looked).sum(1)
    apart = squares[:, None] + squares - 2 * looked @ looked.T
    half = np.partition(apart, len(some) // 2, axis=1)[:, len(some) // 2]
    return int(some[np.where(np.isnan(half), np.inf, half).argmin()])
