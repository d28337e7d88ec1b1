"""Parallel: many dimensions as axes side by side, brushed, ranked and dragged, alone on any array or data frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..edits.kinds import Edit, Shift
from ..statistics.relevance import Relevance, f_ratio, mutual_information
from .editable import Editable
from .kinds import PLAIN, Interval, kinds_of
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
        kinds: Mapping[str, Any] | None = None,
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

        `axes`: what they are called; `kinds`: by axis `"log"`, a range that it shows all of such as
        `(1e-4, 1e-1, "log")`, or the list of its values, numbers or words, in their order; `space`: "latent", or
        "input" when the axes are features that a person may rank; `groups`: what belongs together,
        `{"recording": values}`; `preview`, `names`: as in a Scatter.
        """
        if space not in ("latent", "input"):
            raise ValueError(f'space is "latent" or "input", got {space!r}')
        values, labels, axes = _read(values, labels, axes, kinds or {})
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
        self.axes = tuple(axes)
        self._kinds = kinds_of(kinds, self.axes)
        self._bands: dict[str, Any] = {}
        self._offer: tuple[str, Callable[[dict[str, Any]], object], Sequence[str]] | None = None
        self._space, self._step = space, 0
        self._shown, self._places = values, self._placed(values)
        if class_names:
            self.set_columns({"given": ("class", self._state.labels)})
        if predicted is not None:
            found = codes_of(array(predicted), codes, len(values), "predicted")
            self.set_columns({"predicted": ("class", found)})
        self.set_columns({name: ("group", array(each)) for name, each in (groups or {}).items()})
        self._scored, self._grows = len(class_names) > 1, predicted is None and not groups
        self._statistic = "f_ratio"
        self._tell_axes()
        self.publish(self._places, step=0, space="axes")

    @property
    def values(self) -> np.ndarray:
        """(n, axes); set it and the lines glide to their new places."""
        return self._shown

    @values.setter
    def values(self, values: Any) -> None:
        values = _matrix(values, any(kind != PLAIN for kind in self._kinds))
        if values.shape != self._shown.shape:
            raise ValueError(
                f"values has shape {values.shape} where {self._shown.shape} is shown; "
                "a Parallel keeps its samples and axes, so make a new one for others"
            )
        self._shown, self._places = values, self._placed(values)
        self._step += 1
        self.publish(self._places, step=self._step, space="axes")
        self._moved()
        if self._scored:
            self._score()

    def grow(self, values: Any, columns: Mapping[str, tuple[str, Any]] | None = None) -> None:
        """All values with more rows below those that are there; brushes, arrangement and selection stay. `columns` as
        in `set_columns` come with them.

        >>> parallel.grow(np.vstack([parallel.values, more]))
        """
        values = _matrix(values, any(kind != PLAIN for kind in self._kinds))
        if values.shape[1] != len(self.axes) or len(values) < len(self._shown):
            raise ValueError(
                f"values has shape {values.shape} where {self._shown.shape} is shown; grow takes all rows, old and new"
            )
        if not self._grows:
            raise ValueError("a Parallel with predicted or groups cannot grow; make a new one")
        places = self._placed(values)
        if len(values) > len(self._shown):
            self._grow(len(values))
        self.set_columns(columns or {})
        self._shown, self._places = values, places
        self._step += 1
        self.publish(places, step=self._step, space="axes")
        if self._scored:
            self._score()

    @property
    def ranges(self) -> dict[str, Any]:
        """What is brushed, by the names of axes, as values: `{"rate": (0.001, 0.01), "width": [16, 32]}`."""
        return self._ranges(self.brushes)

    @property
    def bands(self) -> dict[str, Any]:
        """Ranges that are marked beside their axes, by name, as values; set it, and they are drawn."""
        return dict(self._bands)

    @bands.setter
    def bands(self, bands: Mapping[str, Any]) -> None:
        before, self._bands = self._bands, dict(bands)
        try:
            self._tell_axes()
        except (KeyError, ValueError, TypeError, IndexError) as error:
            self._bands = before
            raise ValueError(f"bands={dict(bands)!r:.120} does not fit the axes: {error}") from None

    def offer(
        self, text: str, callback: Callable[[dict[str, Any]], object], axes: Sequence[str] | None = None
    ) -> None:
        """A button beside a brush on these axes (default: all), also by Enter: `callback(ranges)` is given what is
        brushed on them."""
        self._offer = text, callback, tuple(self.axes if axes is None else axes)
        self._tell_axes()

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
        return STATISTICS[statistic](self._places, self._state.labels)

    def _placed(self, values: np.ndarray) -> np.ndarray:
        """Values as places along their axes."""
        if values.dtype.kind != "O" and not any(kind.log or kind.names for kind in self._kinds):
            return values
        columns = [kind.places(values[:, k].tolist()) for k, kind in enumerate(self._kinds)]
        return np.stack(columns, axis=1) if len(values) else np.zeros(values.shape)

    def _ranges(self, brushes: Mapping[int, Sequence[Interval]]) -> dict[str, Any]:
        return {
            self.axes[axis]: self._kinds[axis].within(intervals)
            for axis, intervals in brushes.items()
            if axis < len(self.axes)
        }

    def _tell_axes(self) -> None:
        for name in self._bands:
            if name not in self.axes:
                raise ValueError(f"there is no axis {name!r}")
        text, _, offering = self._offer or ("", None, ())
        kinds = [
            kind.told(
                kind.intervals(self._bands[name]) if name in self._bands else [],
                text if name in offering else "",
            )
            for name, kind in zip(self.axes, self._kinds, strict=True)
        ]
        self.set_axes(
            self.axes,
            space=self._space,
            statistics=list(STATISTICS) if self._scored else [],
            kinds=[kind if any(kind.values()) else None for kind in kinds],
        )
        if self._scored:
            self._score()

    def _score(self) -> None:
        found = self.relevance(self._statistic)
        self.set_scores(found.statistic, found.text, found.scores, step=self._step)

    def _edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int | None:
        line = super()._edit(along(edit, len(self.axes)), seconds=seconds, frame=frame)
        if self._scored:
            self._score()
        return line

    def _command(self, do: str, statistic: str | None = None, brushes: Any = None) -> None:
        if do == "brush" and self._offer is not None:
            self.brushes = brushes  # checked as any; they may come before the trait that the page sends later
            _, callback, axes = self._offer
            callback({name: to for name, to in self.ranges.items() if name in axes})
            return
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


def _read(values: Any, labels: Any, axes: Any, kinds: Mapping[str, Any]) -> tuple[np.ndarray, Any, list[str]]:
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
            axes = [c for c in frame.columns if c != taken and (frame[c].dtype.kind in "fiu" or c in kinds)]
        elif missing := [c for c in axes if c not in frame.columns]:
            raise ValueError(f"axes names {missing[0]!r}, which is no column of the data frame")
        if words := [c for c in axes if frame[c].dtype.kind not in "fiu" and c not in kinds]:
            raise ValueError(
                f"column {words[0]!r} holds {frame[words[0]].dtype}, not numbers; leave it out of axes, or list its"
                " values in kinds"
            )
        plain = all(frame[c].dtype.kind in "fiu" for c in axes)
        kept = frame[list(axes)].to_numpy(dtype=float if plain else object, na_value=np.nan)
        return _matrix(kept, not plain), labels, list(map(str, axes))
    matrix = _matrix(values, bool(kinds))
    if isinstance(axes, str):
        raise TypeError(f"axes takes a list of names, got the text {axes!r:.40}")
    found = [f"z{k + 1}" for k in range(matrix.shape[1])] if axes is None else [str(name) for name in axes]
    if len(found) != matrix.shape[1]:
        raise ValueError(f"axes has {len(found)} names for {matrix.shape[1]} axes; pass one name per axis")
    return matrix, labels, found


def _matrix(values: Any, words: bool = False) -> np.ndarray:
    """Rows and columns of numbers; `words` where an axis may hold any values of its list."""
    given = np.asarray(array(values))
    if words and given.dtype.kind in "UbO":
        given = given.astype(object)
    if given.dtype.kind not in ("fiuO" if words else "fiu") or given.ndim != 2 or given.shape[1] < 1:
        raise ValueError(
            f"values must be numbers of shape (n, axes), got {given.dtype} of shape {given.shape}; "
            "pass one row per sample and one column per axis"
        )
    return given
