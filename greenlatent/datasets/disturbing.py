"""Disturbances for studies: a sensor that sits otherwise, noise, dead channels, a late start, wrong labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..data.samples import Samples
from .noise import checked, symmetric

KINDS = ("rotate", "noise", "dropout", "shift", "label")


def disturb(samples: Samples, kind: str = "noise", severity: float = 0.5, seed: int = 0) -> Samples:
    """The same samples, each disturbed in one way, by 0 (not at all) to 1.

    "rotate": the sensor sits otherwise, all channels in threes turned by severity x 180 degrees about one axis;
    "noise": a deviation of severity times that of each channel; "dropout": each channel of each sample is dead with
    that probability; "shift": each signal starts elsewhere, by up to that share of its length, and what leaves at its
    end comes in at its beginning; "label": that share of labels is any other one, up to 0.5.

    >>> worn_otherwise = disturb(gl.datasets.watch(), kind="rotate", severity=0.25, seed=0)
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {', '.join(map(repr, KINDS))}, got {kind!r}")
    if isinstance(severity, bool) or not isinstance(severity, int | float) or not 0 <= severity <= 1:
        raise ValueError(f"severity is a number from 0 (not at all) to 1, got {severity!r}")
    checked(None, (), min(severity, 0.5), seed)
    rng = np.random.default_rng(seed)
    every = np.arange(len(samples))
    if kind == "label":
        samples.check_classes("wrong labels need")
        y, known = samples.y.numpy().copy(), samples.y.numpy() >= 0
        if severity > 0.5:
            raise ValueError(f"of labels 0.5 at most can be made wrong, got severity={severity}")
        if len(samples.classes) > 1:
            y[known] = symmetric(y[known], severity, rng)
        return samples.take(every, y=torch.from_numpy(y))
    x = _CHANGES[kind](samples.view(torch.from_numpy(every)).float().numpy(), float(severity), rng)
    changed = Samples(
        x.astype(np.float32),
        samples.y,
        classes=None if samples.regression else samples.classes or None,
        groups=samples.groups,
        features=samples.features,
        weights=samples.weights,
        preview=None if callable(samples.preview) else samples.preview,
        names=samples.names,
    )
    changed.origin = samples.origin
    return changed


def _rotate(x: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Rodrigues' formula, the same turn for every triple of channels."""
    if x.ndim != 3 or x.shape[1] % 3:
        raise ValueError(f"a turn takes signals with channels in threes, got samples of shape {x.shape[1:]}")
    a = rng.normal(size=3)
    a /= np.linalg.norm(a)
    cross = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    angle = np.pi * severity
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    triples = x.reshape(len(x), -1, 3, x.shape[2])
    return np.einsum("ij,nkjt->nkit", turn, triples).reshape(x.shape)


def _noise(x: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    return x + severity * _deviation(x) * rng.normal(size=x.shape)


def _dropout(x: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    dead = rng.random(x.shape[:2]) < severity
    return np.where(dead.reshape(*dead.shape, *[1] * (x.ndim - 2)), 0.0, x)


def _shift(x: np.ndarray, severity: float, rng: np.random.Generator) -> np.ndarray:
    length = x.shape[-1]
    by = np.round(rng.uniform(-severity, severity, len(x)) * length).astype(int)
    at = (np.arange(length) - by[:, None]) % length
    return np.take_along_axis(x, at.reshape(len(x), *[1] * (x.ndim - 2), length), axis=-1)


def _deviation(x: np.ndarray) -> np.ndarray:
    """Of each channel, over samples and places; of flat features over all of them, as single ones may be constant."""
    if x.ndim < 3:
        return x.std(keepdims=True)
    return x.std(axis=(0, *range(2, x.ndim)), keepdims=True)


_CHANGES: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "rotate": _rotate,
    "noise": _noise,
    "dropout": _dropout,
    "shift": _shift,
}
