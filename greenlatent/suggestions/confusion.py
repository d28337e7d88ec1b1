"""Confusion: how often each class is taken for each other, in training and in validation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..training.trainer import Trainer

MOST = 12  # classes in a table that one can read
LOOKED = 2000  # validation samples that one look costs at most


@dataclass(frozen=True)
class Confusion:
    """A row a label in force, a column a guess; only the classes with most mistakes, where there are many."""

    classes: tuple[str, ...]
    training: np.ndarray  # (c, c) counts, of what training saw last
    validation: np.ndarray | None  # the same of the model as it is; None without validation data


def confusion(trainer: Trainer, most: int = MOST) -> Confusion:
    """On the thread that owns the model; costs a look at the validation data."""
    n = len(trainer.classes)
    training = _table(trainer.mending.y.numpy(), trainer.seen.predicted.cpu().numpy().astype(int), n)
    validation = None
    if trainer.valid is not None and len(known := (trainer.valid.y >= 0).nonzero()[:, 0]):
        known = known[torch.linspace(0, len(known) - 1, min(LOOKED, len(known))).long()]
        _, belief = trainer.network.beliefs(trainer.valid, known)
        validation = _table(trainer.valid.y[known].numpy(), belief.argmax(1).cpu().numpy(), n)
    wrong = sum(table - np.diag(np.diag(table)) for table in (training, validation) if table is not None)
    mistakes = wrong.sum(0) + wrong.sum(1)
    kept = np.sort(np.argsort(-mistakes, kind="stable")[:most])
    at = np.ix_(kept, kept)
    return Confusion(
        tuple(trainer.classes[k] for k in kept), training[at], None if validation is None else validation[at]
    )


def _table(label: np.ndarray, guess: np.ndarray, n: int) -> np.ndarray:
    table = np.zeros((n, n), dtype=int)
    told = (label >= 0) & (label < n) & (guess >= 0) & (guess < n)
    np.add.at(table, (label[told], guess[told]), 1)
    return table
