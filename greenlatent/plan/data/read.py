"""Read: rows of numbers with labels and groups, from Samples, arrays, frames, CSV, JSON or NPZ; never a pickle."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

LABELS = ("label", "target", "class", "y")  # names of a column of labels, if none is told
GAPS = ("", "na", "nan", "null", "none", "?")
LARGEST = 2**30  # bytes of a file


@dataclass(frozen=True)
class Cells:
    """x holds a row each, with NaN for a gap; y texts or numbers, with None for no label, or is None."""

    x: np.ndarray
    y: np.ndarray | None
    columns: tuple[str, ...]
    kind: str = "table"
    shape: tuple[int, ...] = ()
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    bytes: int = 0

    @property
    def count(self) -> int:
        return len(self.x)


def read(source: Any, label: str | None = None, group: str | None = None) -> Cells:
    """Rows of whatever was given; what cannot be read raises and says what can."""
    if isinstance(source, str | Path):
        return _file(Path(source), label, group)
    if hasattr(source, "origin") and hasattr(source, "classes") and hasattr(source, "view"):
        return _samples(source)
    if hasattr(source, "columns") and hasattr(source, "to_numpy"):
        named = {str(name): np.asarray(source[name], dtype=object) for name in source.columns}
        return _columns(named, label, group, int(source.memory_usage(index=False).sum()))
    if isinstance(source, tuple) and len(source) == 2:
        return _arrays(*source)
    raise TypeError(
        f"data.use({type(source).__name__}); give Samples, (x, y), a data frame, or a path to CSV, JSON or NPZ"
    )


def _samples(samples: Any) -> Cells:
    ids = np.arange(len(samples))
    import torch

    x = samples.view(torch.as_tensor(ids)).numpy().astype(np.float64).reshape(len(ids), -1)
    given = samples.y.numpy()
    y: np.ndarray | None = None
    if not samples.unlabelled:
        told = [
            None if (value != value or (not samples.regression and value < 0)) else value
            for value in given.tolist()
        ]
        names = samples.classes
        y = np.array([None if v is None else names[v] if names else v for v in told], dtype=object)
    preview = samples.preview if isinstance(getattr(samples, "preview", None), str) else None
    shape = tuple(samples.shape)
    kind = preview or ("table" if len(shape) == 1 else "signal" if len(shape) == 2 else "image")
    columns = tuple(f"column {k}" for k in range(x.shape[1]))
    return Cells(x, y, columns, kind, shape, dict(samples.groups), x.nbytes // 2)


def _arrays(x: Any, y: Any) -> Cells:
    x = np.asarray(x, dtype=np.float64)
    if x.ndim < 2 or not len(x):
        raise ValueError(f"x has shape {x.shape}; give rows of one number or more")
    labels = None if y is None else np.asarray(y, dtype=object)
    if labels is not None and len(labels) != len(x):
        raise ValueError(f"y has {len(labels)} entries for {len(x)} rows; give one label a row")
    flat = x.reshape(len(x), -1)
    kind = "table" if x.ndim == 2 else "signal" if x.ndim == 3 else "image"
    return Cells(
        flat,
        _gaps(labels),
        tuple(f"column {k}" for k in range(flat.shape[1])),
        kind,
        x.shape[1:],
        {},
        x.nbytes,
    )


def _gaps(labels: np.ndarray | None) -> np.ndarray | None:
    if labels is None:
        return None
    none = [
        v is None or v != v or (isinstance(v, str) and v.strip().casefold() in GAPS) for v in labels.tolist()
    ]
    return np.array([None if gap else v for gap, v in zip(none, labels.tolist(), strict=True)], dtype=object)


def _file(path: Path, label: str | None, group: str | None) -> Cells:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path.name!r}; give a path to CSV, JSON or NPZ")
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(
            f"{path.name} is larger than 1 GB; plan with numbers: plan.data.set(rows=, features=)"
        )
    ending = path.suffix.casefold()
    if ending == ".csv":
        return _columns(_csv(path), label, group, size)
    if ending == ".json":
        return _columns(_json(path), label, group, size)
    if ending == ".npz":
        with np.load(path, allow_pickle=False) as archive:
            if "x" not in archive:
                raise ValueError(
                    f"{path.name} holds {', '.join(archive.files)}; it needs x, and y if there is one"
                )
            return _arrays(archive["x"], archive.get("y", None))
    raise ValueError(f"{path.name} is none of .csv, .json, .npz")


def _csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        names = next(lines, [])
        rows = [row for row in lines if row]
    if not names or not rows:
        raise ValueError(f"{path.name} has no rows under its first line of names")
    if len(set(names)) < len(names):
        raise ValueError(f"{path.name} names a column twice")
    wrong = next((k for k, row in enumerate(rows, 2) if len(row) != len(names)), None)
    if wrong is not None:
        raise ValueError(f"line {wrong} of {path.name} has not {len(names)} cells, as its first line has")
    cells = np.array(rows, dtype=object)
    return {name: cells[:, k] for k, name in enumerate(names)}


def _json(path: Path) -> dict[str, np.ndarray]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is no JSON that can be read: {str(error)[:100]}") from error
    if isinstance(told, Mapping):
        told = [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]
    if not isinstance(told, Sequence) or not told or not all(isinstance(row, Mapping) for row in told):
        raise ValueError(f"{path.name} is no list of rows, each with names and values")
    names = list(dict.fromkeys(name for row in told for name in row))
    return {name: np.array([row.get(name) for row in told] + [None], dtype=object)[:-1] for name in names}


def _columns(named: Mapping[str, np.ndarray], label: str | None, group: str | None, size: int) -> Cells:
    for what, name in (("label", label), ("group", group)):
        if name is not None and name not in named:
            raise ValueError(f"{what}={name!r} is no column; there are {', '.join(list(named)[:20])}")
    if label is None:
        label = next((name for name in named if name.casefold() in LABELS), None)
    numbers, names = [], []
    for name, values in named.items():
        if name not in (label, group):
            numbers.append(_numbers(values))
            names.append(name)
    if not numbers:
        raise ValueError("there is no column beside labels and groups")
    x = np.stack(numbers, 1)
    y = None if label is None else _gaps(np.asarray(named[label], dtype=object))
    groups = {} if group is None else {group: np.asarray(named[group], dtype=object).astype(str)}
    return Cells(x, y, tuple(names), "table", (x.shape[1],), groups, size)


def _numbers(values: np.ndarray) -> np.ndarray:
    """A column as numbers; one of words gets a number for each word."""
    try:
        found = values.astype(np.float64)
    except (ValueError, TypeError):
        told = [_number(value) for value in values.tolist()]
        if any(isinstance(value, str) for value in told):
            order = {word: k for k, word in enumerate(sorted({str(v) for v in told if v is not None}))}
            told = [None if value is None else float(order[str(value)]) for value in told]
        found = np.array([math.nan if value is None else value for value in told], dtype=np.float64)
    found[np.isinf(found)] = math.nan
    return found


def _number(value: Any) -> float | str | None:
    if value is None or (isinstance(value, str) and value.strip().casefold() in GAPS):
        return None
    try:
        return float(value)
    except (ValueError, TypeError):
        return str(value)
