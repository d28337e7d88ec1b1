"""Strata: rows chosen at random so that every class keeps its share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def strata(y: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many rows, in order; of every class the same share, and one at least where there is room."""
    n = len(y)
    if n <= most:
        return np.arange(n)
    parts = [rows[: max(1, round(len(rows) * most / n))] for rows in _shuffled(y, seed)]
    return np.sort(np.concatenate(parts)[:most])


def split(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Which rows (n,) go to the one side of a split: so large a share of every class."""
    out = np.zeros(len(y), dtype=bool)
    for rows in _shuffled(y, seed):
        out[rows[: round(share * len(rows))]] = True
    return out


def _shuffled(y: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """The rows of each class, in random order."""
    rng = np.random.default_rng(seed)
    for value in np.unique(y):
        yield rng.permutation(np.flatnonzero(y == value))
