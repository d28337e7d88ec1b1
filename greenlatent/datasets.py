"""Small real data for notebooks and tests, without a download."""

from __future__ import annotations

import numpy as np

from .samples import Samples


def digits(noise: str | None = None, seed: int = 0, share: float = 0.3) -> Samples:
    """scikit-learn's 1,797 handwritten digits, 8 x 8 pixels; `noise="blob"` mislabels whole regions of them.

    Blobs are balls of look-alikes of one class, found in a random projection of the pixels, so that the
    mistakes hang together as an annotator's would: about `share` of all labels are wrong, and most of a ball
    gets one wrong class.
    The right labels are those of `digits()`; `origin` tells which row is which after a split.
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    if noise is None:
        given = y
    elif noise == "blob":
        given = _blobs(x, y, share, np.random.default_rng(seed))
    else:
        raise ValueError(f'noise is "blob" or None, got {noise!r}')
    return Samples(x, given, classes=[str(i) for i in range(10)], preview="image")


def _blobs(x: np.ndarray, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Wrong labels in class-conditional balls round random seeds, 90 % of each ball flipped to one class."""
    if not 0 <= share <= 0.5:
        raise ValueError(f"share is the part of wrong labels, between 0 and 0.5, got {share}")
    given, classes = y.copy(), np.unique(y)
    low = x.reshape(len(x), -1) @ rng.normal(size=(x[0].size, 8))
    while (given != y).mean() < share:
        centre = rng.integers(len(y))
        of_class = y == y[centre]
        mates = np.flatnonzero(of_class & (given == y))
        if len(mates) <= of_class.sum() / 2:  # half of a class stays right, or nobody could tell which it is
            continue
        size = int(rng.integers(15, 45))
        ball = mates[np.argsort(((low[mates] - low[centre]) ** 2).sum(1))[:size]]
        wrong = rng.choice(classes[classes != y[centre]])
        given[ball[rng.random(len(ball)) < 0.9]] = wrong
    return given
