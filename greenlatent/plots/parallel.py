"""Parallel: many dimensions as axes side by side, brushed, ranked and dragged, alone on any array or data frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..edits.kinds import Edit, Shift
from ..statistics.relevance import Relevance, f_ratio, mutual_information
from .editable import Editable
from .labels import classes_of, codes_of
from .table import array

STATISTICS = {"f_ratio": f_ratio, "mutual_information": mutual_information}


class Parallel(Editable):
    """Samples as lines over axes: every dimension in sight, none projected away.

    Drag along an axis to brush an interval, on the title to put the axis elsewhere, on a class's mark to ask that
    training moves the class along that axis: a `Shift` for the callback of `on_edit`. Relabels, weights and drops
    change `.labels` and `.weights`, and undo takes them back.

    >>> parallel = Parallel(values, labels=["calm", "busy", "calm"])    # values (3, axes)
    >>> parallel.values = values + 1                                    # the lines glide
    >>> parallel.brushes = {0: [(-1.0, 0.5)]}                           # intervals by axis
    >>> parallel.selection                                              # ids: rows within the brushes
    >>> parallel.relevance("mutual_information").order                  # axes, best first
    """

    kind = "parallel"

    def __init__(
        self,
        values: Any,
        *,
        labels: Any = None,
        classes: Sequence[str] | None = None,
        axes: Sequence[str] | None = None,
        predicted: Any = None,
        groups: dict[str, Any] | None = None,
        names: Any = None,
        preview: Any = None,
        space: str = "latent",
        link: str | None = None,
        editable: bool = True,
        height: int = 460,
        title: str = "",
    ) -> None:
        """`values` (n, axes), NaN for a missing one, or a pandas DataFrame; then `labels` may name a column, and `axes`
        those to show (default: all with numbers).

        `axes`: what they are called; `space`: "latent", or "input" when the axes are features that a person may
        rank; `groups`: what belongs together, `{"recording": values}`; `preview`, `names`: as in a Scatter.
        """
        if space not in ("latent", "input"):
            raise ValueError(f'space is "latent" or "input", got {space!r}')
        values, labels, axes = _read(values, labels, axes)
        labels = array(labels)
        class_names, codes = classes_of(labels, classes)
        super().__init__(
            self.kind,
            len(values),
            labels,
            codes,
            classes=class_names,
            preview=preview,
            names=names,
            link=link,
            editable=editable,
            height=height,
            title=title,
        )
        self._shown, self._step = values, 0
        self.axes = tuple(axes)
        columns: dict[str, tuple[str, Any]] = {}
        if class_names:
            columns["given"] = "class", self._state.labels
        if predicted is not None:
            columns["predicted"] = "class", codes_of(array(predicted), codes, len(values), "predicted")
        columns |= {name: ("group", array(each)) for name, each in (groups or {}).items()}
        self.set_columns(columns)
        scored = len(class_names) > 1
        self.set_axes(self.axes, space=space, statistics=list(STATISTICS) if scored else [])
        self.publish(values, step=0, space="axes")
        self._statistic = "f_ratio"
        if scored:
            self._score()

    @property
    def values(self) -> np.ndarray:
        """(n, axes); set it and the lines glide to their new places."""
        return self._shown

    @values.setter
    def values(self, values: Any) -> None:
        values = _matrix(values)
        if values.shape != self._shown.shape:
            raise ValueError(
                f"values has shape {values.shape} where {self._shown.shape} is shown; "
                "a Parallel keeps its samples and axes, so make a new one for others"
            )
        self._shown = values
        self._step += 1
        self.publish(values, step=self._step, space="axes")
        self._moved()
        if len(self.classes) > 1:
            self._score()

    @property
    def order(self) -> tuple[int, ...]:
        """The axes as they stand from left to right, hidden ones left out."""
        kept, n = self.arrangement, len(self.axes)
        order = [k for k in dict.fromkeys(kept.get("order", [])) if k < n]
        order += sorted(set(range(n)) - set(order))
        return tuple(k for k in order if k not in kept.get("hidden", []))

    def relevance(self, statistic: str = "f_ratio") -> Relevance:
        """How much each axis tells of the labels: "f_ratio" or "mutual_information"."""
        if statistic not in STATISTICS:
            raise ValueError(f"there is no statistic {statistic!r} here; there are {', '.join(STATISTICS)}")
        return STATISTICS[statistic](self._shown, self._state.labels)

    def _score(self) -> None:
        found = self.relevance(self._statistic)
        self.set_scores(found.statistic, found.text, found.scores, step=self._step)

    def _edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int | None:
        line = super()._edit(along(edit, len(self.axes)), seconds=seconds, frame=frame)
        if len(self.classes) > 1:
            self._score()
        return line

    def _command(self, do: str, statistic: str | None = None) -> None:
        if do != "relevance":
            super()._command(do)
            return
        self.relevance(statistic or "f_ratio")  # raises for one that there is not
        self._statistic = statistic or "f_ratio"
        self._score()


def along(edit: Edit, dims: int, shown: Sequence[int] | None = None) -> Edit:
    """A Shift along an axis of the picture as one along a vector: that keeps its meaning whatever is shown."""
    if not isinstance(edit, Shift) or not isinstance(edit.axis, int):
        return edit
    shown = range(dims) if shown is None else shown
    if edit.axis >= len(shown):
        raise ValueError(f"there is no axis {edit.axis}; axes run from 0 to {len(shown) - 1}")
    vector = [0.0] * dims
    vector[shown[edit.axis]] = 1.0
    return replace(edit, axis=tuple(vector))


def _read(values: Any, labels: Any, axes: Any) -> tuple[np.ndarray, Any, list[str]]:
    """Values (n, axes), labels, and a name for each axis."""
    if hasattr(values, "columns") and hasattr(values, "iloc"):
        frame = values
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()][0]
            raise ValueError(f"two columns of the data frame are called {twice!r}; rename one of them")
        if isinstance(axes, str):
            raise TypeError(f"axes takes a list of names, got the text {axes!r:.40}")
        if isinstance(labels, str):
            if labels not in frame.columns:
                raise ValueError(
                    f"labels={labels!r} is no column; there are {', '.join(map(str, frame.columns))}"
                )
            labels, taken = frame[labels], labels
        else:
            taken = None
        if axes is None:
            axes = [c for c in frame.columns if c != taken and frame[c].dtype.kind in "fiu"]
        elif missing := [c for c in axes if c not in frame.columns]:
            raise ValueError(f"axes names {missing[0]!r}, which is no column of the data frame")
        if words := [c for c in axes if frame[c].dtype.kind not in "fiu"]:
            raise ValueError(
                f"column {words[0]!r} holds {frame[words[0]].dtype}, not numbers; leave it out of axes"
            )
        return _matrix(frame[list(axes)].to_numpy(dtype=float, na_value=np.nan)), labels, list(map(str, axes))
    matrix = _matrix(values)
    if isinstance(axes, str):
        raise TypeError(f"axes takes a list of names, got the text {axes!r:.40}")
    found = [f"z{k + 1}" for k in range(matrix.shape[1])] if axes is None else [str(name) for name in axes]
    if len(found) != matrix.shape[1]:
        raise ValueError(f"axes has {len(found)} names for {matrix.shape[1]} axes; pass one name per axis")
    return matrix, labels, found


def _matrix(values: Any) -> np.ndarray:
    given = np.asarray(array(values))
    if given.dtype.kind not in "fiu" or given.ndim != 2 or given.shape[1] < 1:
        raise ValueError(
            f"values must be numbers of shape (n, axes), got {given.dtype} of shape {given.shape}; "
            "pass one row per sample and one column per axis"
        )
    return given
