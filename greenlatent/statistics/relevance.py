"""Relevance: how much an axis tells of the classes, or a model makes of an input feature; always with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .channels import ChannelTable, Overlap, channels, overlap

__all__ = [
    "ChannelTable",
    "Overlap",
    "Relevance",
    "channels",
    "f_ratio",
    "mutual_information",
    "overlap",
    "permutation",
]
BINS = 16
HUGE = 1e30  # beyond, a value counts as missing: its square would overflow


@dataclass(frozen=True)
class Relevance:
    """A score for each axis (d,), NaN where there is none to give, and what it means in words."""

    statistic: str
    scores: np.ndarray
    text: str

    @property
    def order(self) -> np.ndarray:
        """Axes by falling score, those without one last."""
        return np.argsort(-np.nan_to_num(self.scores, nan=-np.inf, posinf=np.finfo(float).max), kind="stable")


def f_ratio(values: Any, labels: Any) -> Relevance:
    """The F-ratio of a one-way analysis of variance along each axis; labels below 0 do not count.

    F = (sum_c n_c (m_c - m)^2 / (c - 1)) / (sum_c sum_i (x_i - m_c)^2 / (n - c)). A constant axis has none.

    >>> f_ratio([[0.0, 3.0], [0.2, 1.0], [1.0, 2.0], [1.2, 2.5]], [0, 0, 1, 1]).order[0]
    0
    """
    x, y = _labelled(values, labels)
    order = np.argsort(y, kind="stable")
    classes, starts = np.unique(y[order], return_index=True)
    x = x[order]
    there = np.isfinite(x)
    x = np.where(there, x, 0.0)
    x -= np.where(there, x.sum(0) / np.maximum(there.sum(0), 1), 0.0)  # small numbers cancel less
    scores = np.full(x.shape[1], np.nan)
    if len(classes) > 1:
        counts = np.add.reduceat(there, starts, axis=0, dtype=float)  # (c, d)
        sums = np.add.reduceat(x, starts, axis=0)
        means = sums / np.maximum(counts, 1)
        within = (np.square(x) * there).sum(0) - (counts * means**2).sum(0)
        n, groups = counts.sum(0), (counts > 0).sum(0)
        between = (counts * means**2).sum(0) - n * (sums.sum(0) / np.maximum(n, 1)) ** 2
        size = np.square(x).sum(0)
        within, between = (np.where(v > 1e-12 * size, v, 0.0) for v in (within, between))
        good = (groups > 1) & (n > groups) & (within + between > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (between / (groups - 1)) / (within / (n - groups))
        scores[good] = ratio[good]
    return Relevance(
        "f_ratio",
        scores,
        "How far the class means lie apart, against the spread within the classes: 1 is what chance gives, and the "
        "larger the better this axis alone tells the classes apart.",
    )


def mutual_information(values: Any, labels: Any, bins: int = BINS) -> Relevance:
    """Bits that an axis, cut into `bins` stretches of as many samples each, tells about the class.

    Less what chance would tell, (b - 1)(c - 1) / (2 n ln 2) for b stretches and c classes (Miller and Madow).
    """
    x, y = _labelled(values, labels)
    scores = np.full(x.shape[1], np.nan)
    for d, column in enumerate(x.T):
        known = np.isfinite(column)
        if not known.any():
            continue
        ranks = np.searchsorted(
            np.unique(np.quantile(column[known], np.arange(1, bins) / bins)), column[known]
        )
        scores[d] = _bits(ranks, y[known])
    return Relevance(
        "mutual_information",
        scores,
        f"Bits that the value on this axis, cut into {bins} stretches, tells about the class, less what chance "
        "would tell. It also sees classes that lie on both sides of another.",
    )


def permutation(
    loss: Callable[[Callable[[Any], Any] | None], float], features: int, repeats: int = 5, seed: int = 0
) -> Relevance:
    """How much a loss rises when the values of one feature are shuffled among the samples.

    `loss(change)` is the loss with `change(x)` applied to the inputs, `loss(None)` the loss as it is. Costs
    `1 + features * repeats` of them. x is (b, features, ...), an array or a tensor.
    """
    if features < 1 or repeats < 1:
        raise ValueError(f"permutation takes at least 1 feature and 1 repeat, got {features} and {repeats}")
    rng = np.random.default_rng(seed)
    whole = loss(None)

    def shuffled(feature: int) -> float:
        def change(x: Any) -> Any:
            x = x.clone() if hasattr(x, "clone") else np.array(x)
            part = x[:, feature] if x.ndim > 1 else x
            part[:] = part[rng.permutation(len(x))]
            return x

        return loss(change)

    scores = [np.mean([shuffled(k) for _ in range(repeats)]) - whole for k in range(features)]
    return Relevance(
        "permutation",
        np.array(scores, float),
        f"How much the loss on the validation data rises when this feature's values are shuffled among the samples "
        f"(mean of {repeats}). Near 0: the model makes nothing of it.",
    )


def _labelled(values: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(values, float), np.asarray(labels)
    if x.ndim != 2 or y.shape != (len(x),):
        raise ValueError(f"relevance takes values (n, d) and n labels, got {x.shape} and {y.shape}")
    if y.dtype.kind not in "iub":
        raise TypeError(f"relevance takes labels that are class indices, got {y.dtype}")
    some = y >= 0
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(x[some]) < HUGE, x[some], np.nan), y[some]


def _bits(a: np.ndarray, b: np.ndarray) -> float:
    """Mutual information of two codings (n,), corrected for chance, never below 0."""
    a, b = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    rows, columns = a.max() + 1, b.max() + 1
    joint = np.bincount(a * columns + b, minlength=rows * columns).reshape(rows, columns) / len(a)
    apart = joint.sum(1, keepdims=True) * joint.sum(0)
    some = joint > 0
    bits = float((joint[some] * np.log2(joint[some] / apart[some])).sum())
    return max(0.0, bits - (rows - 1) * (columns - 1) / (2 * len(a) * np.log(2)))
