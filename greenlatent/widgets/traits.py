"""Traits: selections, brushes and arrangements of axes, checked as they are set."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import traitlets


class Ids(traitlets.TraitType[np.ndarray, Any]):
    """A read-only uint32 array of sample ids; observers hear of it when the ids differ."""

    default_value = np.zeros(0, "<u4")
    info_text = "a list of sample ids, whole numbers from 0"

    def validate(self, obj: Any, value: Any) -> np.ndarray:
        array = np.asarray(value)
        if array.ndim == 1 and array.dtype.kind == "b":  # as in frame[frame.age > 60]
            if obj.sample_count not in (None, len(array)):
                raise ValueError(
                    f"a mask of {len(array)} for {obj.sample_count} samples; pass one value each, or ids"
                )
            array = np.flatnonzero(array)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise TypeError(f"a selection takes ids, whole numbers from 0, or a mask; got {value!r:.60}")
        if array.size and not 0 <= array.min() <= array.max() < 2**32:
            raise ValueError(f"a selection takes ids from 0; got {array.min()} to {array.max()}")
        if array.dtype != "<u4" or array.flags.writeable:
            array = array.astype("<u4")
            array.flags.writeable = False
        return array

    def set(self, obj: Any, value: Any) -> None:
        new: Any = self._validate(obj, value)
        old = obj._trait_values.get(self.name, self.default_value)
        if not np.array_equal(old, new):
            obj._trait_values[self.name] = new
            obj._notify_trait(self.name, old, new)


class Brushes(traitlets.TraitType[dict[int, Any], Any]):
    """Intervals of values by axis index: `{3: [(-1.0, 0.5)]}`. The page sends it, and may be sent it."""

    default_value: dict[int, Any] = {}  # noqa: RUF012
    info_text = "intervals by axis index, as {3: [(-1.0, 0.5)]}"

    def validate(self, obj: Any, value: Any) -> dict[int, tuple[tuple[float, float], ...]]:
        try:
            brushes = {
                int(axis): tuple((min(float(a), float(b)), max(float(a), float(b))) for a, b in intervals)
                for axis, intervals in value.items()
            }
        except (AttributeError, TypeError, ValueError):
            self.error(obj, value)
        ends = [end for intervals in brushes.values() for interval in intervals for end in interval]
        if not all(map(math.isfinite, ends)) or any(axis < 0 for axis in brushes):
            self.error(obj, value)
        return {axis: intervals for axis, intervals in sorted(brushes.items()) if intervals}


class Arrangement(traitlets.TraitType[dict[str, Any], Any]):
    """How axes stand, by their indices: `{"order": [2, 0, 1], "hidden": [0], "flipped": [], "quantile": []}`."""

    default_value: dict[str, Any] = {}  # noqa: RUF012
    info_text = 'lists of axes, as {"order": [2, 0, 1], "hidden": [0], "flipped": [], "quantile": []}'

    def validate(self, obj: Any, value: Any) -> dict[str, list[int]]:
        try:
            lists = {name: [operator.index(axis) for axis in axes] for name, axes in value.items()}
        except (AttributeError, TypeError):
            self.error(obj, value)
        known = {"order", "hidden", "flipped", "quantile"}
        if not lists.keys() <= known or any(axis < 0 for axes in lists.values() for axis in axes):
            self.error(obj, value)
        return lists


def brushes_to_json(value: dict[int, Any], _: Any) -> dict[str, Any]:
    """Brushes as the page takes them: JSON has no numbers for keys."""
    return {str(axis): [list(interval) for interval in intervals] for axis, intervals in value.items()}
