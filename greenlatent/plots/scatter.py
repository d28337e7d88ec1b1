"""Scatter: the live, editable picture of points, alone on any array or data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..statistics.nearest import middle, nearest
from ..widgets.widget import Tell
from .editable import Editable
from .labels import classes_of, codes_of
from .table import Table, plane, read


class Scatter(Editable):
    """Points that can be looked at, selected, dragged, relabelled and weighed in a notebook.

    A relabel changes `.labels`, a weight or a drop `.weights`, and undo takes them back; every edit goes to the
    callback of `on_edit`, which may refuse it by raising.

    >>> scatter = Scatter(points, labels=["calm", "busy", "calm"])    # points (3, 2)
    >>> scatter.points = points + 1                                   # they glide
    >>> scatter.selection                                             # ids: rows of points
    >>> Scatter(frame, x="pc1", y="pc2", labels="activity", groups="recording").to_frame()
    """

    def __init__(
        self,
        points: Any,
        *,
        x: str | None = None,
        y: str | None = None,
        labels: Any = None,
        classes: Sequence[str] | None = None,
        predicted: Any = None,
        confidence: Any = None,
        groups: Any = None,
        columns: Any = None,
        names: Any = None,
        preview: Any = None,
        colour: str | None = None,
        link: str | None = None,
        editable: bool = True,
        height: int = 420,
        title: str = "",
    ) -> None:
        """`points` (n, 2), or a pandas DataFrame in which `x` and `y` name the columns that place the points.

        `labels` and `predicted`: class names, or whole numbers with -1 for none; `confidence`: numbers from
        0 to 1; `groups`: what belongs together, `{"recording": values}`; `columns`: anything else to colour by,
        `{"age": values}`; `names`: a name per point; `preview`: a function of a row that gives an image or a signal
        as an array, PNG bytes or a text, or a list of them; `colour`: the column that colours the picture first.
        In a DataFrame each of them may name a column, and columns that nothing names can be coloured by as well.
        """
        table = read(
            points,
            x=x,
            y=y,
            labels=labels,
            predicted=predicted,
            confidence=confidence,
            groups=groups,
            columns=columns,
            names=names,
            preview=preview,
        )
        n = len(table.points)
        class_names, values = classes_of(table.labels, classes, table.predicted)
        shown = _columns(table, values, n)
        if colour is not None and colour not in shown and colour != "given":
            raise ValueError(f"colour={colour!r} is no column here; there are {', '.join(shown) or 'none'}")
        super().__init__(
            "scatter",
            n,
            table.labels,
            values,
            classes=class_names,
            preview=table.preview,
            names=table.names,
            colour=colour or ("given" if "given" in shown else next(iter(shown), "given")),
            link=link,
            editable=editable,
            height=height,
            title=title,
        )
        self._table = table
        self._step = 0
        self.on_crowd(self._tell_crowd)
        self.set_columns(shown)
        self._grows = set(shown) <= {"given"}
        self.publish(table.points, step=0)

    @property
    def points(self) -> np.ndarray:
        """(n, 2); set it and the points glide to their new places."""
        return self._table.points

    @points.setter
    def points(self, points: Any) -> None:
        points = plane(points)
        if len(points) != len(self.points):
            raise ValueError(
                f"points has {len(points)} rows for {len(self.points)} labels; "
                "a Scatter keeps its samples, so make a new one for others"
            )
        self._table.points = points
        self._step += 1
        self.publish(points, step=self._step)
        self._moved()

    def grow(self, points: Any, columns: Mapping[str, tuple[str, Any]] | None = None) -> None:
        """All points with more below those that are there; what was selected stays so. `columns` as in `set_columns`
        come with them.

        >>> scatter.grow(np.vstack([scatter.points, more]))
        """
        points = plane(points)
        if len(points) < len(self.points):
            raise ValueError(
                f"points has {len(points)} rows where {len(self.points)} are shown; grow takes all, old and new"
            )
        if self._table.frame is not None or not self._grows:
            raise ValueError(
                "a Scatter of a DataFrame, or with columns besides labels, cannot grow; make a new one"
            )
        if len(points) > len(self.points):
            self._grow(len(points))
        self.set_columns(columns or {})
        self._table.points = points
        self._step += 1
        self.publish(points, step=self._step)

    def _tell_crowd(self, ids: np.ndarray, k: int, tell: Tell) -> None:
        """Its two axes are all that it knows of: a Lab knows more."""
        ids = ids[ids < len(self.points)]
        if not len(ids):
            raise ValueError(f"a crowd lies around points from 0 to {len(self.points) - 1}")
        tell(nearest(self.points, int(ids[middle(self.points[ids])]), k))

    def to_frame(self, *, selected: bool = False) -> Any:
        """A pandas DataFrame: the data with the labels and weights of now, and what is selected; or only that."""
        try:
            import pandas
        except ImportError:
            raise ImportError("to_frame makes a pandas DataFrame: pip install pandas") from None
        table = self._table
        if table.frame is not None:
            frame = table.frame.copy()
        else:
            frame = pandas.DataFrame(self.points, columns=["x", "y"])
            frame = frame.assign(**table.groups, **table.columns)
        if self.classes:
            frame[table.label] = pandas.Series(self.labels, index=frame.index).infer_objects()
        chosen = np.zeros(len(frame), bool)
        chosen[self.selection] = True
        for name, values in (("weight", self.weights), ("selected", chosen)):
            frame = frame.assign(**{f"{name} (edits)" if name in frame.columns else name: values})
        return frame[chosen] if selected else frame


def _columns(table: Table, values: np.ndarray, n: int) -> dict[str, tuple[str, Any]]:
    """What the page is sent of each point."""
    columns: dict[str, tuple[str, Any]] = {}
    if len(values) > 1 and (table.labels is not None or table.predicted is None):
        columns["given"] = "class", codes_of(table.labels, values, n, "labels")
    if table.predicted is not None:
        columns["predicted"] = "class", codes_of(table.predicted, values, n, "predicted")
    if table.confidence is not None:
        columns["confidence"] = "number", table.confidence
    columns |= {name: ("group", each) for name, each in table.groups.items()}
    for name, each in table.columns.items():
        columns[name] = ("number" if each.dtype.kind in "fiu" else "text"), each
    return columns
