"""Suspects: single samples whose label looks wrong, by the net's own doubt and by what lies beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

NEIGHBOURS = 15
CROWD = 4000  # neighbours are looked for among so many of a label at most
ROWS = 1024  # distances are computed for so many samples at a time
BESIDE = 0.5  # what neighbours count beside doubt: a group of mistakes has neighbours of its own kind


def suspicion(
    doubt: np.ndarray, certainty: np.ndarray, differs: np.ndarray, beside: np.ndarray
) -> np.ndarray:
    """How much each label looks wrong, all (n,): doubt in it times certainty of another guess, and half of the share of
    neighbours that are labelled otherwise."""
    return np.where(differs, doubt * certainty, 0.0) + BESIDE * beside


def otherwise(
    latents: torch.Tensor, given: np.ndarray, rows: np.ndarray, goes_on: Callable[[], object] = lambda: None
) -> np.ndarray:
    """Of the nearest neighbours of each of these rows, among these rows, the share with another label: (n,), 0
    elsewhere. `latents` (n, d), `given` (n,) labels."""
    share = np.zeros(len(given))
    crowd = np.concatenate(
        [_spread(rows[given[rows] == label]) for label in np.unique(given[rows])] or [rows]
    )
    k = min(NEIGHBOURS, len(crowd) - 1)
    if k < 1:
        return share
    z = (latents - latents[rows].mean(0)) / latents[rows].std(0).clamp(min=1e-6)
    others, labels = z[crowd], given[crowd]
    for begin in range(0, len(rows), ROWS):
        goes_on()
        some = rows[begin : begin + ROWS]
        apart = torch.cdist(z[some], others).cpu().numpy()
        apart[some[:, None] == crowd[None]] = np.inf  # nobody is their own neighbour
        near = np.argpartition(apart, k - 1, axis=1)[:, :k]
        share[some] = (labels[near] != given[some, None]).mean(1)
    return share


def _spread(ids: np.ndarray) -> np.ndarray:
    return ids if len(ids) <= CROWD else ids[np.linspace(0, len(ids) - 1, CROWD).astype(int)]
