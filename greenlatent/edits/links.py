"""Links: what samples that are said to be alike are to each other: one name for both sides, or a kind without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .kinds import Edit, Link, touched

UNLABELLED = -1  # the index of no class


def named_by(link: Link, y: Any) -> tuple[int, list[int]] | None:
    """The class of the side that has one, half of it or more, and the samples of the other, which has none, that get
    its name; None where both sides have a class, or neither."""
    a, b = _class_of(link.a, y), _class_of(link.b, y)
    if (a is None) == (b is None):
        return None
    label, others = (a, link.b) if b is None else (b, link.a)
    ids = [i for i in others if y[i] == UNLABELLED]
    return (label, ids) if label is not None and ids else None


def check_one_name(link: Edit, y: Any, classes: Sequence[str]) -> None:
    """Refuse a link of samples alike whose sides have two names: one is wrong, and a link cannot say which."""
    if not (isinstance(link, Link) and link.alike):
        return
    a, b = _class_of(link.a, y), _class_of(link.b, y)
    if a is not None and b is not None and a != b:
        raise ValueError(
            f"the first side is {classes[a]} and the second {classes[b]}: relabel the one that is wrong,"
            " and they are alike"
        )


def nameless(edits: Iterable[Edit], y: Any) -> list[list[int]]:
    """Samples that links make one kind without a name, a list for each kind in the order of their first links; kinds
    that a link has in common are one."""
    groups: list[list[int]] = []
    for edit in edits:
        if not (isinstance(edit, Link) and edit.alike):
            continue
        if _class_of(edit.a, y) is not None or _class_of(edit.b, y) is not None:
            continue
        ids = [i for i in touched(edit) if y[i] == UNLABELLED]
        joined = [group for group in groups if not set(group).isdisjoint(ids)]
        merged = list(dict.fromkeys([*(i for group in joined for i in group), *ids]))
        if joined:
            groups[groups.index(joined[0])] = merged
            groups = [group for group in groups if not any(group is other for other in joined[1:])]
        elif merged:
            groups.append(merged)
    return groups


def _class_of(ids: Iterable[int], y: Any) -> int | None:
    """The class of half of these samples or more; the commoner, and of two the first, where there are two such."""
    labels = np.asarray(y[list(ids)])
    if labels.dtype.kind != "i":
        return None
    values, counts = np.unique(labels[labels != UNLABELLED], return_counts=True)
    most = counts.argmax() if len(counts) else 0
    return int(values[most]) if len(counts) and counts[most] * 2 >= len(labels) else None
