"""Actions: what can be done to rows and columns; each is a name with numbers, so it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .profile import copies
from .read import Cells

NAMES = {
    "half the rows": "every class halved",
    "best features": "those that tell classes apart",
    "no copies": "each row once",
    "no gaps": "gaps filled with the middle of their column",
    "float32": "half the bytes of each number",
    "one row a group": "the first of each",
    "keep": "rows by hand",
    "drop": "rows by hand",
    "add": "rows that were dropped, by hand",
}
Done = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Left:
    """Rows and columns that are left, by their places in what was read."""

    rows: np.ndarray
    columns: np.ndarray
    filled: bool = False
    half: bool = False
    """Numbers of 32 bits."""


def chosen(rows: Cells, done: Done) -> Left:
    """What is left of rows after actions, one after another."""
    left = Left(np.arange(rows.count), np.arange(rows.x.shape[1]))
    for name, how in done:
        left = _one(rows, left, name, how)
    return left


def taken(rows: Cells, left: Left) -> Cells:
    """The rows themselves; those that were read stay as they are."""
    x = rows.x[np.ix_(left.rows, left.columns)]
    if left.filled and np.isnan(x).any():
        middle = np.array([_middle(column) for column in rows.x[:, left.columns].T])
        x = np.where(np.isnan(x), middle, x)
    y = None if rows.y is None else rows.y[left.rows]
    groups = {name: values[left.rows] for name, values in rows.groups.items()}
    names = tuple(rows.columns[k] for k in left.columns)
    shape = rows.shape if len(left.columns) == rows.x.shape[1] else (len(left.columns),)
    share = x.size / max(rows.x.size, 1) / (2 if left.half else 1)
    more: dict[str, Any] = {"x": x, "y": y, "columns": names, "groups": groups, "shape": shape}
    return replace(rows, **more, bytes=round(rows.bytes * share))


def _middle(column: np.ndarray) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0


def _one(rows: Cells, left: Left, name: str, how: Any) -> Left:
    if name == "half the rows":
        return replace(left, rows=_halved(rows, left.rows))
    if name == "best features":
        return replace(left, columns=left.columns[np.sort(_best(rows, left, int(how)))])
    if name == "no copies":
        return replace(left, rows=left.rows[~copies(rows.x[np.ix_(left.rows, left.columns)])])
    if name == "no gaps":
        return replace(left, filled=True)
    if name == "float32":
        return replace(left, half=True)
    if name == "one row a group":
        values = next(iter(rows.groups.values()))[left.rows]
        _, first = np.unique(values, return_index=True)
        return replace(left, rows=left.rows[np.sort(first)])
    ids = np.asarray(how, dtype=np.int64)
    if name == "keep":
        return replace(left, rows=left.rows[np.isin(left.rows, ids)])
    if name == "drop":
        return replace(left, rows=left.rows[~np.isin(left.rows, ids)])
    if name == "add":
        return replace(left, rows=np.union1d(left.rows, ids))
    raise ValueError(f"{name!r} is no action; there are {', '.join(NAMES)}")


def checked(rows: Cells, left: Left, name: str, how: Any) -> Any:
    """What an action is given, as it is kept; or an error that says what it takes."""
    if name not in NAMES:
        raise ValueError(f"{name!r} is no action; there are {', '.join(NAMES)}")
    if name in ("keep", "drop", "add"):
        ids = sorted({int(each) for each in np.atleast_1d(np.asarray(how if how is not None else []))})
        if not ids or ids[0] < 0 or ids[-1] >= rows.count:
            raise ValueError(f"{name} takes rows from 0 to {rows.count - 1}, such as [3, 4]")
        how = ids
    elif name == "best features":
        if rows.y is None:
            raise ValueError("which features are best nobody can tell without labels")
        if isinstance(how, bool) or not isinstance(how, int) or not 0 < how <= len(left.columns):
            raise ValueError(f"best features takes how many, from 1 to {len(left.columns)}")
    elif name == "one row a group" and not rows.groups:
        raise ValueError("there are no groups; name their column: plan.data.use(path, group='subject')")
    else:
        how = None
    if not len(_one(rows, left, name, how).rows):
        raise ValueError(f"{name} would leave no row")
    return how


def _halved(rows: Cells, ids: np.ndarray) -> np.ndarray:
    """Every second row of each class, in a random order that is always the same."""
    mixed = np.random.default_rng(0).permutation(ids)
    if rows.y is None:
        return np.sort(mixed[: (len(ids) + 1) // 2])
    labels = rows.y[mixed].astype(str)
    kept = []
    for name in np.unique(labels):
        mine = mixed[labels == name]
        kept.append(mine[: (len(mine) + 1) // 2])
    return np.sort(np.concatenate(kept))


def _best(rows: Cells, left: Left, many: int) -> np.ndarray:
    """Places of columns by how far class means lie apart, over how far rows do."""
    x = np.nan_to_num(rows.x[np.ix_(left.rows, left.columns)])
    labels = np.asarray(rows.y, dtype=object)[left.rows].astype(str)
    names, place = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), x.shape[1]))
    np.add.at(sums, place, x)
    counts = np.bincount(place)[:, None]
    between = (counts * (sums / counts - x.mean(0)) ** 2).sum(0)
    within = ((x - (sums / counts)[place]) ** 2).sum(0)
    return np.argsort(-between / np.where(within > 0, within, np.inf), kind="stable")[:many]
