"""Read: rows of numbers with labels and groups, from Samples, arrays, frames, CSV, JSON or NPZ; never a pickle."""

from __future__ import annotations

import csv
import json
import logging
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger(__name__)

LABELS = ("label", "target", "class", "y")  # names of a column of labels, if none is told
GAPS = ("", "na", "nan", "null", "none", "?")
SEPARATORS = ";\t|"  # other than the comma
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

    x = _finite(samples.view(torch.as_tensor(ids)).numpy().astype(np.float64).reshape(len(ids), -1))
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
    x = _floats(x)
    if x.ndim < 2 or not len(x):
        raise ValueError(f"x has shape {x.shape}; give rows of one number or more")
    labels = None if y is None else np.asarray(y, dtype=object)
    if labels is not None and len(labels) != len(x):
        raise ValueError(f"y has {len(labels)} entries for {len(x)} rows; give one label a row")
    flat = _finite(x.reshape(len(x), -1))
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


def _floats(x: Any) -> np.ndarray:
    try:
        found = np.asarray(x)
        if not np.iscomplexobj(found):
            return found.astype(np.float64)
        what = "complex numbers; give their real parts, or parts and absolute values as columns of their own"
    except (ValueError, TypeError) as error:
        what = (
            f"what are no numbers ({str(error)[:80]}); give rows of equal length, or a data frame with words"
        )
    raise ValueError(f"x holds {what}")


def _finite(x: np.ndarray) -> np.ndarray:
    """Infinities are gaps; x itself is not changed."""
    far = np.isinf(x)
    if count := int(far.sum()):
        log.warning(
            "%s infinite, and counted as gaps", f"{count:,} numbers are" if count > 1 else "1 number is"
        )
        return np.where(far, np.nan, x)
    return x


def _gaps(labels: np.ndarray | None) -> np.ndarray | None:
    if labels is None:
        return None
    none = [
        v is None or v != v or (isinstance(v, str) and v.strip().casefold() in GAPS) for v in labels.tolist()
    ]
    return np.array([None if gap else v for gap, v in zip(none, labels.tolist(), strict=True)], dtype=object)


def _file(path: Path, label: str | None, group: str | None) -> Cells:
    if path.is_dir():
        raise IsADirectoryError(f"{path.name} is a folder; give a file in it: CSV, JSON or NPZ")
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
        return _arrays(*_npz(path))
    raise ValueError(f"{path.name} is none of .csv, .json, .npz")


def _npz(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    told: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
        if "x" in names:
            with np.load(path, allow_pickle=False) as arrays:
                told = {name: arrays[name] for name in ("x", "y") if name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise ValueError(
            f"{path.name} is broken, or no NPZ: {error}; write it again with np.savez(...)"
        ) from error
    except ValueError as error:  # an array of objects is a pickle
        raise ValueError(
            f"{path.name} holds Python objects, which are never opened; save x as numbers and y as numbers or "
            f"texts, such as np.savez(path, x=x.astype(float), y=y.astype(str)) ({str(error)[:80]})"
        ) from error
    if not told:
        raise ValueError(
            f"{path.name} holds {', '.join(names) or 'nothing'}; it needs x, and y if there is one"
        )
    return told["x"], told.get("y")


def _csv(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            names = next(lines, [])
            rows = [row for row in lines if row]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} is not UTF-8 (byte {error.object[error.start]:#x}); save it as UTF-8, or read it yourself: "
            'plan.data.use(pandas.read_csv(path, encoding="latin-1"))'
        ) from error
    except csv.Error as error:
        raise ValueError(f"{path.name} is no CSV that can be read: {error}") from error
    between = next((mark for mark in SEPARATORS if len(names) == 1 and mark in names[0]), None)
    if between is not None:
        raise ValueError(
            f"the separator of {path.name} looks like {between!r}; save it with commas, or read it yourself: "
            f"plan.data.use(pandas.read_csv(path, sep={between!r}))"
        )
    if not names or not rows:
        raise ValueError(f"{path.name} has no rows under its first line of names")
    if len(set(names)) < len(names):
        raise ValueError(f"{path.name} names a column twice")
    wrong = next((k for k, row in enumerate(rows, 2) if len(row) != len(names)), None)
    if wrong is not None:
        wanted = "1 cell" if len(names) == 1 else f"{len(names)} cells"
        raise ValueError(f"line {wrong} of {path.name} has not {wanted}, as its first line has")
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
    x = _finite(np.stack(numbers, 1))
    y = None if label is None else _gaps(np.asarray(named[label], dtype=object))
    groups = {} if group is None else {group: np.asarray(named[group], dtype=object).astype(str)}
    return Cells(x, y, tuple(names), "table", (x.shape[1],), groups, size)


def _numbers(values: np.ndarray) -> np.ndarray:
    """A column as numbers; one of words gets a number for each word."""
    try:
        found = values.astype(np.float64)
    except (ValueError, TypeError):
        told = [_number(value) for value in values.tolist()]
        if any(isinstance(value, complex) for value in values.tolist()):
            raise ValueError(
                "a column holds complex numbers; give their real parts, or parts as columns"
            ) from None
        if any(isinstance(value, str) for value in told):
            order = {word: k for k, word in enumerate(sorted({str(v) for v in told if v is not None}))}
            told = [None if value is None else float(order[str(value)]) for value in told]
        found = np.array([math.nan if value is None else value for value in told], dtype=np.float64)
    return found


def _number(value: Any) -> float | str | None:
    if value is None or (isinstance(value, str) and value.strip().casefold() in GAPS):
        return None
    try:
        return float(value)
    except (ValueError, TypeError):
        return str(value)
