"""Labels: what people hold as labels, as class indices or floats: texts, categories, gaps, one-hot rows, several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

UNLABELLED = -1
WAYS = (
    "pass one label per sample (class indices, texts or floats), one-hot rows, or, for several labels a sample,"
    ' rows of 0 and 1 with label="..." for the one that the picture shows'
)


@dataclass(frozen=True)
class Several:
    """Several labels a sample: all of them go into the loss, one at a time is shown and edited."""

    table: torch.Tensor  # (n, l) 1 where a label applies, 0 where not, NaN where nobody knows
    names: tuple[str, ...]
    shown: int  # the column that is shown

    def take(self, ids: torch.Tensor, y: torch.Tensor | None) -> Several:
        """These rows; `y` is what stands in the shown column from now on."""
        table = self.table[ids].clone()
        if y is not None:
            table[:, self.shown] = torch.where(y < 0, torch.nan, y.float())
        return Several(table, self.names, self.shown)


@dataclass(frozen=True)
class Labels:
    """One label a sample (n,), whole numbers for classes and floats for regression, and the names of the classes."""

    y: torch.Tensor
    classes: Sequence[str] | None
    several: Several | None = None


def read_labels(
    y: Any, n: int, *, classes: Sequence[str] | None = None, label: str | int | None = None
) -> Labels:
    """Labels as they come; `y=None` for none at all. What cannot be read is refused with what can."""
    if y is None:
        return Labels(torch.full((n,), UNLABELLED, dtype=torch.int64), classes)
    categorical = getattr(y, "cat", y)  # a Series of categories keeps them there
    if hasattr(categorical, "codes") and hasattr(categorical, "categories"):
        return _categories(categorical, classes)
    array = _array(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2:
        return _rows(array, classes, label)
    if array.ndim != 1:
        raise ValueError(f"y has shape {array.shape}; {WAYS}")
    if label is not None:
        raise ValueError(
            f"label={label!r} names one of several labels a sample, but y holds one per sample already"
        )
    return _column(array, classes)


def _array(y: Any) -> np.ndarray:
    if isinstance(y, torch.Tensor):
        return y.detach().cpu().numpy()
    if hasattr(y, "isna") and getattr(getattr(y, "dtype", None), "kind", "") in "iub":
        return np.asarray(y, dtype=object)  # pandas' integers with gaps would become floats
    try:
        array = np.asarray(y)
        if array.dtype.kind in "US" and not isinstance(y, np.ndarray):
            array = np.array(y, dtype=object)  # numpy writes the gap in ["cat", nan] as the text "nan"
    except ValueError as error:
        raise ValueError(f"y holds rows of different lengths; {WAYS}") from error
    return array


def _column(array: np.ndarray, classes: Sequence[str] | None) -> Labels:
    """One label a sample."""
    kind = array.dtype.kind
    if kind in "iub":
        return Labels(torch.as_tensor(array.astype(np.int64)), classes)
    if kind == "f":
        known = array[~np.isnan(array)]
        if (
            classes is not None and (known == np.floor(known)).all()
        ):  # a table with gaps turns integers into floats
            return Labels(torch.as_tensor(np.nan_to_num(array, nan=UNLABELLED).astype(np.int64)), classes)
        return Labels(torch.as_tensor(array.astype(np.float32)), classes)
    if kind in "US":
        return _texts([str(v) or None for v in array], classes)
    if kind == "O":
        values = [None if _gap(v) else v for v in array]
        known = [v for v in values if v is not None]
        if all(isinstance(v, str) for v in known):
            return _texts(values, classes)
        if all(isinstance(v, Integral | np.bool_) for v in known):
            whole = [UNLABELLED if v is None else int(v) for v in values]
            return Labels(torch.tensor(whole, dtype=torch.int64), classes)
        if all(isinstance(v, Real) for v in known):
            return _column(np.array([np.nan if v is None else float(v) for v in values]), classes)
        kinds = ", ".join(sorted({type(v).__name__ for v in known}))
        raise TypeError(f"y holds {kinds}; {WAYS}")
    raise TypeError(f"y holds {array.dtype}; {WAYS}")


def _gap(value: Any) -> bool:
    """None, NaN and pandas' NA, which is no answer to whether it is itself; an empty text."""
    return value is None or value == "" if isinstance(value, str) else value is None or _unequal(value)


def _unequal(value: Any) -> bool:
    different = value != value
    return not isinstance(different, bool | np.bool_) or bool(different)


def _texts(values: Sequence[Any], classes: Sequence[str] | None) -> Labels:
    names = sorted({v for v in values if v is not None}) if classes is None else [str(c) for c in classes]
    index = {name: k for k, name in enumerate(names)}
    for row, value in enumerate(values):
        if value is not None and value not in index:
            raise ValueError(
                f"row {row} of y is {value!r}, which is none of the classes {', '.join(names)}; name it in classes=,"
                " or pass None for no label"
            )
    whole = [UNLABELLED if v is None else index[v] for v in values]
    return Labels(torch.tensor(whole, dtype=torch.int64), names)


def _categories(categorical: Any, classes: Sequence[str] | None) -> Labels:
    """pandas categories in their own order; -1 is a gap there, too."""
    names = [str(c) for c in categorical.categories]
    codes = np.asarray(categorical.codes).astype(np.int64)
    if classes is None:
        return Labels(torch.as_tensor(codes.copy()), names)
    return _texts([None if c < 0 else names[c] for c in codes], classes)


def _rows(array: np.ndarray, classes: Sequence[str] | None, label: str | int | None) -> Labels:
    """A row of 0 and 1 a sample: one-hot, or several labels."""
    try:
        table = np.array(array, dtype=np.float32)  # None becomes NaN
    except (TypeError, ValueError) as error:
        raise TypeError(f"y has shape {array.shape} and holds {array.dtype}; {WAYS}") from error
    odd = ~(np.isnan(table) | (table == 0) | (table == 1))
    if odd.any():
        raise ValueError(
            f"y has shape {array.shape} and holds {table[odd][0]:g}, which is neither 0 nor 1; {WAYS};"
            " of probabilities pass y.argmax(1)"
        )
    names = tuple(str(k) for k in range(table.shape[1])) if classes is None else tuple(map(str, classes))
    if len(names) != table.shape[1]:
        raise ValueError(f"y has {table.shape[1]} columns, but classes names {len(names)}")
    empty, ones = np.isnan(table).all(1), np.nan_to_num(table).sum(1)
    if label is None and ((ones == 1) | empty).all():
        return Labels(torch.as_tensor(np.where(empty, UNLABELLED, np.nan_to_num(table).argmax(1))), names)
    if label is None:
        row = int(np.flatnonzero((ones != 1) & ~empty)[0])
        raise ValueError(
            f"row {row} of y marks {int(ones[row])} labels, so samples have several; name the one that the picture"
            f" shows and edits are about, label= one of {', '.join(names)}: all of them go into the loss"
        )
    shown = label if isinstance(label, int) else names.index(label) if label in names else -1
    if not 0 <= shown < len(names):
        raise ValueError(f"there is no label {label!r}; the labels are {', '.join(names)}")
    column = table[:, shown]
    y = torch.as_tensor(np.where(np.isnan(column), UNLABELLED, column).astype(np.int64))
    return Labels(y, (f"not {names[shown]}", names[shown]), Several(torch.as_tensor(table), names, shown))
