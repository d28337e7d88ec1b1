"""Priorities: which groups training does worst on, and what it would cost to see them more often or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..training.trainer import Trainer

CLASS = "class"  # the group that everybody has
LEAST = 3  # samples in a group worth a line


@dataclass(frozen=True)
class Group:
    """Samples that belong together, and how training does on them.

    `loss` is the mean of what training saw of each sample last; `weight` how often an epoch meets one of them.
    """

    name: str
    value: str
    ids: tuple[int, ...]
    loss: float
    weight: float

    def passes(self, weight: float) -> float:
        """Samples that an epoch would meet more (or fewer) if the group had this weight."""
        return len(self.ids) * (weight - self.weight)


def groups(trainer: Trainer, most: int | None = None) -> list[Group]:
    """All groups that training has seen, the worst by mean loss first; classes are groups by their label in force."""
    loss = trainer.seen.loss.cpu().numpy()
    weights, train = trainer.mending.weights, trainer.train
    columns = {name: np.asarray(values).astype(str) for name, values in train.groups.items()}
    if not train.regression:
        columns[CLASS] = np.array([*trainer.classes, ""])[trainer.mending.y.numpy()]
    found = []
    for name, values in columns.items():
        for value in np.unique(values):
            ids = np.flatnonzero(values == value)
            seen = loss[ids][np.isfinite(loss[ids])]
            if value and len(ids) >= LEAST and len(seen):
                mean = float(seen.mean())
                found.append(Group(name, str(value), tuple(ids.tolist()), mean, float(weights[ids].mean())))
    found.sort(key=lambda group: -group.loss)
    return found[:most]
