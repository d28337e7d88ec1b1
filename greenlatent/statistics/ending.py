"""Ending: whether a course of looks at a run brings no more, by a window that grows with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEWEST = 12  # looks
GAIN = 0.001  # of accuracy, by which the last quarter must be above the one before


def ended(looks: Sequence[float], gain: float = GAIN) -> bool:
    """Whether the mean of the last quarter of the looks is not above that of the quarter before by `gain`; they are
    evenly spaced in samples. Too few are no end.

    >>> ended([0.1, 0.5, 0.7, 0.8] + 12 * [0.9])
    True
    """
    n = len(looks)
    if n < FEWEST:
        return False
    x, quarter = np.asarray(looks, dtype=float), n // 4
    return bool(x[-quarter:].mean() <= x[-2 * quarter : -quarter].mean() + gain)
