"""Mends: how each kind of edit alters labels, masks, weights and features, on plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .kinds import (
    Affirm,
    Drop,
    Edit,
    Link,
    Move,
    Near,
    RankFeatures,
    Relabel,
    Separate,
    Shift,
    Weigh,
    touched,
)

UNLABELLED = -1  # the index of no class


@dataclass
class Draft:
    """Arrays that edits are being applied to; they are changed in place."""

    y: np.ndarray  # (n,) class indices, or numbers in regression
    masked: np.ndarray  # (n,) bool: the label does not count in the task loss
    weights: np.ndarray  # (n,) how often an epoch meets a sample
    kept: np.ndarray  # (n,) the same, had nothing been left out: what comes back if it is
    label: Callable[
        [Any], Any
    ]  # an edit's label -> what stands in y for it; raises where there is no such class
    features: np.ndarray | None = None  # (f,) 1 for input features kept, 0 for the others; None: all

    def apply(self, edits: Iterable[Edit]) -> None:
        """In order: a later one about the same sample wins."""
        for edit in edits:
            MENDS[type(edit)](self, edit, list(touched(edit)))


def destination(move: Move, y: Any, label: Callable[[Any], Any]) -> int | None:
    """The class that a move goes to: the one named, or that of most neighbours at the drop; None if none.

    y (n,) holds class indices, or numbers: among those there is no majority.
    """
    if isinstance(move.to, str):
        return label(move.to)
    if isinstance(move.to, Near):
        labels = np.asarray(y[list(move.to.ids)])
        labels = labels[labels != UNLABELLED]
        if len(labels) and labels.dtype.kind == "i":
            values, counts = np.unique(labels, return_counts=True)
            if int(counts.max()) * 2 > len(labels):
                return int(values[counts.argmax()])
    return None


def _relabel(draft: Draft, edit: Relabel, ids: list[int]) -> None:
    draft.y[ids] = draft.label(edit.label)
    draft.masked[ids] = False


def _move(draft: Draft, edit: Move, ids: list[int]) -> None:
    goal = destination(edit, draft.y, draft.label)
    if goal is not None:
        # left in the task loss, the old label would pull against the move and make things worse
        draft.masked[ids] = draft.y[ids] != goal


def _weigh(draft: Draft, edit: Weigh, ids: list[int]) -> None:
    draft.weights[ids] = edit.weight
    if edit.weight:
        draft.kept[ids] = edit.weight


def _drop(draft: Draft, edit: Drop, ids: list[int]) -> None:
    draft.weights[ids] = 0.0


def _affirm(draft: Draft, edit: Affirm, ids: list[int]) -> None:
    draft.masked[ids] = False
    back = [i for i in ids if draft.weights[i] == 0]
    draft.weights[back] = draft.kept[back]


def _rank(draft: Draft, edit: RankFeatures, ids: list[int]) -> None:
    draft.features = np.zeros(len(edit.order), np.float32)
    draft.features[list(edit.order[: edit.keep])] = 1.0


def _nothing(draft: Draft, edit: Edit, ids: list[int]) -> None:
    """Its pull on latents is all it does."""


MENDS: dict[type, Callable[[Draft, Any, list[int]], None]] = {
    Relabel: _relabel,
    Move: _move,
    Separate: _nothing,
    Shift: _nothing,
    Link: _nothing,
    Weigh: _weigh,
    Drop: _drop,
    Affirm: _affirm,
    RankFeatures: _rank,
}
RELATIONS = (Move, Separate, Shift, Link)  # the edits whose only signal is the feedback
AT_ONCE = (Relabel, Weigh, Drop, Affirm)  # those that labels and weights follow alone, without a model
