"""Naming: what came of each edit that names something, in a line, and the samples that it changed besides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..training.solving.solved import Named, Solved
from ..training.trainer import Trainer

LINES = 5  # that are told, of the newest edits


class NamedCard(NamedTuple):
    """A line of the journal, what came of it, and the others whose guess is another than the model's."""

    n: int
    text: str
    changed: tuple[int, ...]


def cards(trainer: Trainer, solved: Solved) -> list[NamedCard]:
    """Of the edits that name something, the newest first; none for regression."""
    named = solved.named
    if named is None:
        return []
    newest = np.unique(named.line)[::-1][:LINES]
    return [_card(trainer, solved, named, int(line)) for line in newest]


def _card(trainer: Trainer, solved: Solved, named: Named, line: int) -> NamedCard:
    own = named.line == line
    ids = named.ids[own]
    names = sorted({solved.classes[k] for k in named.label[own]})
    what = f"{len(ids):,} {'is' if len(ids) == 1 else 'are'} {' or '.join(repr(name) for name in names[:3])}"
    right = f"told right {int(named.before[own].sum()):,} before, {int(named.now[own].sum()):,} now"
    others, where = _others(trainer, ids)
    changed = np.intersect1d(solved.changed, others)
    rest = f"; {len(changed):,} of the {len(others):,} others{where} changed" if len(others) else ""
    return NamedCard(line, f"{what}: {right}{rest}", tuple(changed.tolist()))


def _others(trainer: Trainer, ids: np.ndarray) -> tuple[np.ndarray, str]:
    """Whom they belong with: the smallest recording or other group that holds them all, else everybody."""
    train = trainer.train
    found, where = np.arange(len(train)), ""
    for name, values in train.groups.items():
        column = np.asarray(values)
        inside = np.flatnonzero(column == column[ids[0]])
        if len(ids) < len(inside) < len(found) and np.isin(ids, inside).all():
            found, where = inside, f" of this {name}"
    return np.setdiff1d(found, ids), where
