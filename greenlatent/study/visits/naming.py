"""What a person names of a visit: crowds as they lie in the latent space, or single samples in the same seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import greenlatent as gl

from .starts import Start

CROWD = 20  # samples of a crowd, nearest in the latent space
SLIPS = 0.05  # of those that do not belong in a crowd are named with it, and of single names are others
LASSO, OUT, SINGLE = (
    8.0,
    1.0,
    4.0,
)  # seconds: to name a crowd, to take one sample out of it, to name a single one

Names = list[tuple[list[int], str]]


def crowds(start: Start, run: Any, count: int, rng: np.random.Generator) -> tuple[Names, float]:
    """Crowds named by what most of them are, what is of another class taken out, and the seconds that it took."""
    z, truth = run.latents(start.new), start.truth[start.new]
    middles = [rng.choice(np.flatnonzero(truth == c)) for c in np.unique(truth)]
    while len(middles) < count:
        middles.append(rng.integers(len(z)))
    told, seconds = [], 0.0
    for i in middles[: max(count, len(np.unique(truth)))]:
        near = np.argsort(((z - z[i]) ** 2).sum(1), kind="stable")[:CROWD]
        name = int(np.bincount(truth[near]).argmax())
        # the others are taken out, most of them
        named = (truth[near] == name) | (rng.random(len(near)) < SLIPS)
        told.append((start.new[near[named]].tolist(), start.classes[name]))
        seconds += LASSO + OUT * float((~named).sum())
    return told, seconds


def singles(start: Start, seconds: float, rng: np.random.Generator) -> Names:
    """Any samples, each named by itself, as many as so many seconds allow."""
    ids = rng.permutation(start.new)[: int(seconds / SINGLE)]
    said = start.truth[ids].copy()
    slipped = rng.random(len(ids)) < SLIPS
    said[slipped] = rng.choice(np.unique(start.truth[start.new]), slipped.sum())
    return [(ids[said == c].tolist(), start.classes[c]) for c in np.unique(said)]


def tell(run: Any, start: Start, names: Sequence[tuple[list[int], str]], *, drags: bool = False) -> None:
    """Say so to a trainer; a name that it has not is one that was found."""
    for ids, name in names:
        known = name in start.train.classes
        said = gl.Move(ids, name) if drags else gl.Relabel(ids, name)
        run.journal.add(said if known else gl.Found(ids, name), by="human")
