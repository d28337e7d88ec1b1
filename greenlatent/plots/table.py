"""Table: labels, groups and numbers of each point, read from arrays, tensors or a data frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Table:
    """Points (n, 2) and what goes with each; `frame` is the data frame that they came from, if any."""

    points: np.ndarray
    labels: Any = None
    predicted: Any = None
    confidence: np.ndarray | None = None
    groups: dict[str, np.ndarray] = field(default_factory=dict)
    columns: dict[str, np.ndarray] = field(default_factory=dict)
    names: Sequence[Any] | None = None
    preview: Any = None
    frame: Any = None
    label: str = "label"  # the column of the labels


MOST_NAMES = 10_000  # values beyond which a column of texts that nobody asked for is more of a name
# columns that the page knows, and that have arguments here
OWN = ("given", "predicted", "confidence", "state")


def read(
    points: Any,
    *,
    x: str | None = None,
    y: str | None = None,
    labels: Any = None,
    predicted: Any = None,
    confidence: Any = None,
    groups: Any = None,
    columns: Any = None,
    names: Any = None,
    preview: Any = None,
) -> Table:
    """In a data frame every argument may name a column; columns that nothing else names go along if they can."""
    if not _is_frame(points):
        if x is not None or y is not None:
            raise TypeError("x and y name columns of a data frame; points is none, so leave them out")
        table = Table(plane(points), array(labels), array(predicted), array(confidence), names=names)
        table.preview = preview
        if groups is not None:
            table.groups = _by_name(groups, "groups", {"group": groups})
        if columns is not None:
            table.columns = _by_name(columns, "columns", None)
        return _checked(table)
    frame = points
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise ValueError(
            f"the data frame has the column {twice!r} more than once; rename or drop one of them"
        )
    if (x is None) != (y is None):
        raise TypeError("name both x and y, or neither: then columns x and y, or the first two with numbers")
    x, y = (x, y) if x is not None and y is not None else _axes(frame)
    taken = {x, y}

    def column(value: Any, name: str) -> Any:
        if not isinstance(value, str):
            return array(value)
        if value not in frame.columns:
            raise ValueError(f"{name}={value!r} is no column; the columns are {_list(frame.columns)}")
        taken.add(value)
        return _values(frame[value])

    for axis, name in ((x, "x"), (y, "y")):
        column(axis, name)
    table = Table(
        plane(np.stack([_numbers(frame[c], c) for c in (x, y)], 1)),
        column(labels, "labels"),
        column(predicted, "predicted"),
        column(confidence, "confidence"),
        frame=frame,
        label=labels if isinstance(labels, str) else "label",
    )
    if isinstance(groups, str):
        groups = [groups]
    if isinstance(groups, Sequence) and all(isinstance(name, str) for name in groups):
        table.groups = {name: column(name, "groups") for name in groups}
    elif groups is not None:
        table.groups = _by_name(groups, "groups", {"group": groups})
    table.names = column(names, "names")
    table.preview = column(preview, "preview") if isinstance(preview, str) else preview
    if table.names is None and type(frame.index).__name__ != "RangeIndex":
        table.names = frame.index.tolist()
    if columns is None:
        others = {c: _values(frame[c]) for c in frame.columns if c not in taken}
        table.columns = {_free(str(c), OWN): values for c, values in others.items() if _tells_apart(values)}
    elif isinstance(columns, Sequence) and not isinstance(columns, str):
        if missing := [c for c in columns if c not in frame.columns]:
            raise ValueError(f"columns holds {missing[0]!r}, which is none; they are {_list(frame.columns)}")
        table.columns = {_free(str(c), OWN): _values(frame[c]) for c in columns}
    else:
        table.columns = _by_name(columns, "columns", None)
    return _checked(table)


def plane(points: Any) -> np.ndarray:
    """Positions (n, 2)."""
    given = array(points)
    if given is None:
        raise TypeError("points is None; pass numbers of shape (n, 2) or a data frame")
    if given.size == 0 and given.ndim <= 2:
        return np.zeros((0, 2))
    if given.dtype.kind not in "fiu" or given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(
            f"points must be numbers of shape (n, 2), got {given.dtype} of shape {given.shape}; "
            "project more dimensions first, for example with sklearn's PCA(2)"
        )
    return given


def array(values: Any) -> Any:
    """An array of its own, from a tensor with gradients or on another device as well; None stays None."""
    if values is None:
        return None
    if isinstance(values, np.ma.MaskedArray):
        gap = np.nan if values.dtype.kind in "fiu" else None
        return np.where(np.ma.getmaskarray(values), np.array(gap), values.data)
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    if hasattr(values, "to_numpy"):
        return _values(values) if getattr(values, "ndim", 2) == 1 else values.to_numpy()
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(
            "the rows have different lengths; pass a table of numbers, one row per point"
        ) from None


def _checked(table: Table) -> Table:
    n = len(table.points)
    if table.names is not None and len(table.names) != n:
        raise ValueError(f"names has {len(table.names)} entries for {n} points; pass one name per point")
    for what, named in (("groups", table.groups), ("columns", table.columns)):
        for name, values in named.items():
            if values.shape != (n,):
                raise ValueError(
                    f"{what}[{name!r}] has shape {values.shape} for {n} points; pass one value each"
                )
            if name in OWN:
                raise ValueError(f"{what} holds {name!r}, which has a meaning of its own here; rename it")
    if both := set(table.groups) & set(table.columns):
        raise ValueError(f"{sorted(both)[0]!r} is in groups and in columns; name it once")
    if table.confidence is not None:
        confidence = table.confidence
        if confidence.shape != (n,):
            raise ValueError(
                f"confidence has shape {confidence.shape} for {n} points; pass one number per point"
            )
        if confidence.dtype.kind not in "fiub":
            raise TypeError(f"confidence takes numbers from 0 to 1, got {confidence.dtype}")
        if n and (np.nanmin(confidence, initial=0) < 0 or np.nanmax(confidence, initial=1) > 1):
            low, high = np.nanmin(confidence), np.nanmax(confidence)
            raise ValueError(f"confidence runs from {low:g} to {high:g}; it is a probability, from 0 to 1")
    return table


def _by_name(values: Any, what: str, otherwise: dict[str, Any] | None) -> dict[str, np.ndarray]:
    if _is_frame(values):
        return {str(name): _values(values[name]) for name in values.columns}
    if isinstance(values, Mapping):
        return {str(name): array(each) for name, each in values.items()}
    if otherwise is None or isinstance(values, str):
        raise TypeError(f"{what} takes a dict of name: values or a data frame, got {type(values).__name__}")
    return {name: array(each) for name, each in otherwise.items()}


def _axes(frame: Any) -> tuple[Any, Any]:
    if {"x", "y"} <= set(frame.columns):
        return "x", "y"
    numeric = [c for c in frame.columns if getattr(frame[c].dtype, "kind", "O") in "fiu"]
    if len(numeric) < 2:
        raise ValueError(f"a picture needs two columns of numbers; the columns are {_list(frame.columns)}")
    return numeric[0], numeric[1]


def _numbers(series: Any, name: Any) -> np.ndarray:
    try:
        return series.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise TypeError(
            f"column {name!r} places the points and must hold numbers, got {series.dtype}"
        ) from None


def _values(series: Any) -> np.ndarray:
    """A column as numpy has it: numbers, booleans, or objects with None for what is missing."""
    kind = getattr(series.dtype, "kind", "O")
    if kind in "fiub" and isinstance(series.dtype, np.dtype):
        return series.to_numpy()
    if kind in "fiub":  # pandas' own types, which know gaps
        return series.to_numpy(dtype=float, na_value=np.nan) if series.isna().any() else series.to_numpy(kind)
    values = series.astype(object)
    return values.where(~series.isna(), None).to_numpy()


def _tells_apart(values: np.ndarray) -> bool:
    """Whether a column says something of many points: numbers, or texts that repeat, but no ids and no lists."""
    if values.dtype.kind in "fiu":
        return True
    if values.dtype.kind == "O" and any(isinstance(v, list | dict | set | np.ndarray) for v in values[:100]):
        return False
    return len(set(map(str, values.tolist()))) <= MOST_NAMES


def _free(name: str, taken: Collection[str]) -> str:
    return f"{name} (column)" if name in taken else name


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "iloc")


def _list(names: Any) -> str:
    text = ", ".join(map(str, names))
    return text if len(text) < 200 else text[:200] + " …"
