"""A small problem that the study's tests share: clusters of which a corner carries a wrong label."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from greenlatent import Samples
from greenlatent.study import Trial, make


def net() -> nn.Module:
    """Four numbers to a 6-d latent, "0", to three classes."""
    return nn.Sequential(
        nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6)), nn.ReLU(), nn.Linear(6, 3)
    )


def trial(seed: int = 0, n: int = 360) -> Trial:
    """Three clusters; one side of the first is labelled as the second. A third is training data."""
    rng = np.random.default_rng(7)  # the same data for every seed, so that a session can be replayed
    y = np.arange(n) % 3
    centres = np.array([[3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]])
    x = (centres[y] + rng.normal(size=(n, 4))).astype(np.float32)
    names = ["red", "green", "blue"]
    given = np.where((y == 0) & (x[:, 3] > 0), 1, y)
    part = np.arange(n) // (n // 3)
    groups = {"corner": (x[:, 3] > 0).astype(int)}
    train, valid, test = (part == k for k in range(3))
    return make(
        Samples(x[train], given[train], classes=names, groups={"corner": groups["corner"][train]}),
        y[train],
        Samples(x[valid], y[valid], classes=names),
        Samples(x[test], y[test], classes=names),
    )


PLAN: dict[str, Any] = {"model": net, "latent": "0", "passes": 1600, "every": 160}


def quiet(share: float, text: str) -> None:
    """Progress that nobody reads."""
