"""Mends: how each kind of edit alters labels, masks, weights and features, on plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .kinds import (
    Affirm,
    Choice,
    Drop,
    Edit,
    Found,
    Link,
    Move,
    Near,
    Pulled,
    RankFeatures,
    Rate,
    Relabel,
    Separate,
    Shift,
    Spread,
    Weigh,
    touched,
    weight_of,
)
from .links import UNLABELLED, named_by


@dataclass
class Draft:
    """Arrays that edits are being applied to; they are changed in place."""

    y: np.ndarray  # (n,) class indices, or numbers in regression
    masked: np.ndarray  # (n,) bool: the label does not count in the task loss
    weights: np.ndarray  # (n,) how often an epoch meets a sample
    kept: np.ndarray  # (n,) the same, had nothing been left out: what comes back if it is
    dragged: np.ndarray  # (n,) bool: had no label, and was dragged to where there is one
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
    if isinstance(edit.to, str):
        _name(draft, draft.label(edit.to), ids)
    else:
        _pull(draft, edit, ids)


def _name(draft: Draft, label: int, ids: list[int]) -> None:
    draft.dragged[ids] |= draft.y[ids] == UNLABELLED
    draft.y[ids] = label
    draft.masked[ids] = False


def _link(draft: Draft, edit: Link, ids: list[int]) -> None:
    found = named_by(edit, draft.y) if edit.alike else None
    if found is not None:
        _name(draft, *found)


def _pull(draft: Draft, edit: Move, ids: list[int]) -> None:
    goal = destination(edit, draft.y, draft.label)
    if goal is not None:
        # left in the task loss, the old label would pull against the move and make things worse
        draft.masked[ids] = draft.y[ids] != goal


def _weigh(draft: Draft, edit: Weigh, ids: list[int]) -> None:
    _count(draft, edit.weight, ids)


def _rate(draft: Draft, edit: Rate, ids: list[int]) -> None:
    """Of one rater; `rating.edits_of` makes a weight of several first, as it knows who they are."""
    _count(draft, weight_of(edit.stars), ids)


def _count(draft: Draft, weight: float, ids: list[int]) -> None:
    draft.weights[ids] = weight
    if weight:
        draft.kept[ids] = weight


def _drop(draft: Draft, edit: Drop, ids: list[int]) -> None:
    draft.weights[ids] = 0.0


def _affirm(draft: Draft, edit: Affirm, ids: list[int]) -> None:
    draft.masked[ids] = False
    back = [i for i in ids if draft.weights[i] == 0]
    draft.weights[back] = draft.kept[back]


def _found(draft: Draft, edit: Found, ids: list[int]) -> None:
    draft.y[ids] = draft.label(edit.name)
    draft.masked[ids] = False


def _spread(draft: Draft, edit: Spread, ids: list[int]) -> None:
    draft.y[ids] = [draft.label(label) for label in edit.labels]


def _rank(draft: Draft, edit: RankFeatures, ids: list[int]) -> None:
    draft.features = np.zeros(len(edit.order), np.float32)
    draft.features[list(edit.order[: edit.keep])] = 1.0


def _nothing(draft: Draft, edit: Edit, ids: list[int]) -> None:
    """Its pull on latents is all it does."""


MENDS: dict[type, Callable[[Draft, Any, list[int]], None]] = {
    Relabel: _relabel,
    Move: _move,
    Pulled: _pull,
    Choice: _nothing,
    Separate: _nothing,
    Shift: _nothing,
    Link: _link,
    Weigh: _weigh,
    Rate: _rate,
    Drop: _drop,
    Affirm: _affirm,
    Found: _found,
    Spread: _spread,
    RankFeatures: _rank,
}
RELATIONS = (Move, Pulled, Separate, Shift, Link)  # the edits that may pull on latents


def pulls(edit: Edit, *, named: bool) -> bool:
    """Whether a pull on latents is what an edit asks for. Where samples have classes (`named`), a move to one means
    its name, and so does a link of samples alike."""
    if isinstance(edit, Link):
        return not (edit.alike and named)
    if isinstance(edit, Move) and not isinstance(edit, Pulled):
        return not isinstance(edit.to, str)
    return isinstance(edit, RELATIONS)


AT_ONCE = (
    Relabel,
    Weigh,
    Rate,
    Drop,
    Affirm,
    Found,
    Spread,
)  # those that labels and weights follow alone, without a model


def at_once(edit: Edit) -> bool:
    """Whether labels and weights follow an edit alone, without a model."""
    return isinstance(edit, AT_ONCE) or (isinstance(edit, Move) and not pulls(edit, named=True))
