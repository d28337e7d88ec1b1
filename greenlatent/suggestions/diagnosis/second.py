"""A second look: what neighbours and a linear model make of the inputs, each sample judged by the others."""

from __future__ import annotations

import numpy as np
import torch

from .inputs import Looks, standard

RIDGE = 1e-2
SHARE = 0.6  # of a sample's vote that its neighbours have; the rest is the linear model's


def votes(inputs: Looks, given: np.ndarray, classes: int, beside: np.ndarray | None = None) -> np.ndarray:
    """(n, classes) what the others say of each sample; rows sum to 1, or are 0 where nobody has a label.

    `beside` are the counts of `neighbours` where they are known.
    """
    if beside is None:
        beside = neighbours(inputs, given, classes)
    total = beside.sum(1, keepdims=True)
    beside = np.divide(beside, total, out=np.zeros_like(beside), where=total > 0)
    return np.where(total > 0, SHARE * beside + (1 - SHARE) * linear(inputs.z, given, classes), 0.0)


def neighbours(inputs: Looks, given: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes) how many of the nearest are labelled so."""
    labels = given[inputs.near]
    n = len(given)
    bins = np.where(labels < 0, 0, labels + 1) + np.arange(n)[:, None] * (classes + 1)  # none comes first
    return np.bincount(bins.ravel(), minlength=n * (classes + 1)).reshape(n, -1)[:, 1:].astype(float)


def linear(z: torch.Tensor, given: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes) what a ridge regression on the classes says of each sample without itself: h is its leverage, and
    (f - h y) / (1 - h) what it would say had it not been there."""
    known = torch.from_numpy(given >= 0)
    x = torch.cat([standard(z), torch.ones(len(z), 1)], 1)
    y = torch.zeros(len(x), classes)
    y[known, torch.from_numpy(given)[known].long()] = 1
    mine = x * known[:, None]
    inverse = torch.linalg.inv(mine.T @ mine + RIDGE * len(x) * torch.eye(x.shape[1]))
    fit = x @ (inverse @ (mine.T @ y))
    leverage = ((x @ inverse) * x).sum(1, keepdim=True) * known[:, None]
    left_out = ((fit - leverage * y) / (1 - leverage).clamp(min=1e-3)).clamp(0, 1)
    return (left_out / left_out.sum(1, keepdim=True).clamp(min=1e-6)).numpy()


def overlaps(vote: np.ndarray, given: np.ndarray) -> np.ndarray:
    """(classes, classes) how far two classes overlap: the share of samples of both for which the others name the wrong
    one of the two, twice: 0 is apart, 1 is what chance gives. Either class counts half."""
    classes = vote.shape[1]
    wrong = np.zeros((classes, classes))
    for a in range(classes):
        rows = vote[given == a]
        if len(rows):
            own = rows[:, [a]]
            wrong[a] = ((rows > own) + 0.5 * ((rows == own) & (own > 0))).mean(0)
    found = np.minimum(1.0, wrong + wrong.T)
    np.fill_diagonal(found, 0.0)
    return found
