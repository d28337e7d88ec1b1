"""Labels: class names, whole numbers or booleans in any container, as indices into classes and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def _kind(labels: Any) -> Any:
    """Labels as texts with None for none, or as whole numbers with -1 for none, or as booleans."""
    if labels is None:
        return None
    given = np.asarray(labels)
    if given.dtype.kind == "O":
        known = [None if v is None or v != v else v for v in given.ravel().tolist()]
        kinds = {type(v) for v in known if v is not None}
        if kinds == {int}:
            known = [-1 if v is None else v for v in known]
        elif kinds != {bool} or None in known:
            known = [v if v is None else str(v) for v in known]
        return np.array(known, object if None in known or str in map(type, known) else None).reshape(
            given.shape
        )
    if given.dtype.kind in "mM":
        return np.where(np.isnat(given), np.array(None), given.astype(str))
    if given.dtype.kind == "S":
        return given.astype(str)
    if given.dtype.kind == "f" and (np.isnan(given) | (given == np.floor(given))).all():
        return np.nan_to_num(given, nan=-1).astype(int)  # how pandas keeps whole numbers with gaps
    return given


def classes_of(
    labels: Any, classes: Sequence[str] | None, predicted: Any = None
) -> tuple[list[str], np.ndarray]:
    """Class names, and the label value of each class with the value for no label at the end (index -1)."""
    if isinstance(classes, str):
        raise TypeError(f"classes takes a list of names, got the text {classes!r:.40}")
    given_as = {"labels": _kind(labels), "predicted": _kind(predicted)}
    sources = {name: each for name, each in given_as.items() if each is not None}
    for name, given in sources.items():
        if given.dtype.kind not in "UOiub" and given.size:
            raise TypeError(f"{name} takes class names or whole numbers, got {given.dtype}")
        if given.dtype.kind in "iu" and given.size and given.min() < -1:
            raise ValueError(f"{name} holds {given.min()}; whole numbers count from 0, and -1 means no label")
    given = np.concatenate([each.ravel() for each in sources.values()] or [np.zeros(0, int)])
    if given.dtype.kind in "UO":
        names = list(classes) if classes is not None else sorted({str(v) for v in given if v is not None})
        return names, np.array([*names, None], object)
    if classes is not None:
        return list(classes), np.array([*range(len(classes)), -1])
    if given.dtype.kind == "b":
        return ["False", "True"], np.array([False, True, None], object)
    values = [int(v) for v in np.unique(given) if v != -1]
    return [str(v) for v in values], np.array([*values, -1])


def codes_of(labels: Any, values: np.ndarray, rows: int, name: str) -> np.ndarray:
    """Indices into classes, -1 for none."""
    if labels is None:
        return np.full(rows, -1)
    given = _kind(labels)
    if given.shape != (rows,):
        raise ValueError(f"{name} has shape {given.shape} for {rows} points; pass one label per point")
    index = {value: code for code, value in enumerate(values[:-1].tolist())}
    index |= {None: -1, -1: -1}
    try:
        return np.array([index[v] for v in given.tolist()], int).reshape(rows)
    except KeyError as error:
        raise ValueError(
            f"{name} holds {error.args[0]!r}, which is none of the classes {list(index)[:-2]!r:.80}"
        ) from None
