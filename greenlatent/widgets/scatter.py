"""Scatter: the live, editable picture of points, alone on any array or data frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..edits import Drop, Edit, Relabel, Weigh, touched
from .table import Table, array, plane, read
from .widget import EDITED, LEFT_OUT, Widget


@dataclass(frozen=True)
class State:
    """What the edits in force have made of the points; replaced, never changed."""

    labels: np.ndarray
    weights: np.ndarray
    edits: tuple[Edit, ...] = ()
    waiting: frozenset[int] = frozenset()  # samples whose edit only new points can follow


class Scatter(Widget):
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
        table.labels, table.predicted = _kind(table.labels), _kind(table.predicted)
        class_names, values = _classes(table, classes)
        shown = _columns(table, values, n)
        if colour is not None and colour not in shown and colour != "given":
            raise ValueError(f"colour={colour!r} is no column here; there are {', '.join(shown) or 'none'}")
        super().__init__(
            "scatter",
            classes=class_names,
            colour=colour or ("given" if "given" in shown else next(iter(shown), "given")),
            samples=n,
            link=link,
            editable=editable,
            height=height,
            title=title,
        )
        self._table = table
        self._values = values
        self._step = 0
        self._state = State(_codes(table.labels, values, n, "labels"), np.ones(n))
        self._past: list[State] = []  # before each edit, and those that undo took back
        self._future: list[State] = []
        self._listener: Callable[..., int | None] | None = None
        self.set_ids(np.arange(n))
        self.set_columns(shown)
        self.publish(table.points, step=0)
        super().on_edit(self._edit)
        self.on_command(self._command)
        preview = table.preview
        if preview is not None and not callable(preview):
            preview = preview.to_numpy() if hasattr(preview, "to_numpy") else preview
            if isinstance(preview, str) or len(preview) != n:
                entries = "is a text" if isinstance(preview, str) else f"has {len(preview)} entries"
                raise ValueError(
                    f"preview {entries} for {n} points; pass one look each, or a function of a row"
                )
            preview = preview.__getitem__
        if preview is not None:
            self.on_preview(lambda id: preview(id) if 0 <= id < n else None)
        if table.names is not None:
            own = table.names
            self.on_name(lambda id: str(own[id]) if 0 <= id < n else "")

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
        if self._state.waiting:
            self._show(replace(self._state, waiting=frozenset()))

    @property
    def labels(self) -> np.ndarray:
        """One label per point, in the kind they were given in."""
        return self._values[self._state.labels]

    @labels.setter
    def labels(self, labels: Any) -> None:
        codes = _codes(_kind(array(labels)), self._values, len(self.points), "labels")
        self._past, self._future = [], []
        self._show(replace(self._state, labels=codes, edits=()))

    @property
    def weights(self) -> np.ndarray:
        """How much each point counts: 1 unless it was weighed, 0 for one that was dropped."""
        return self._state.weights.copy()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits in force, oldest first."""
        return self._state.edits

    def undo(self) -> None:
        """Take the newest edit back."""
        self._swap(self._past, self._future, "undo")

    def redo(self) -> None:
        """Do again what undo took back."""
        self._swap(self._future, self._past, "redo")

    def on_edit(self, callback: Callable[..., int | None] | None) -> None:
        """`callback(edit, *, seconds, frame)` hears every edit, and refuses it by raising a ValueError.

        What only a model can follow, such as a Move, is refused unless there is a callback. What was undone is no
        longer in `.edits`.
        """
        self._listener = callback

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

    def _edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int | None:
        """One edit at a time: the widget holds its lock here."""
        ids = np.asarray(touched(edit), int)
        if ids.size and ids.max() >= len(self.points):
            raise ValueError(f"there is no point {ids.max()}; ids run from 0 to {len(self.points) - 1}")
        state = replace(self._state, edits=(*self._state.edits, edit))
        if isinstance(edit, Relabel):
            labels = state.labels.copy()
            labels[ids] = self._code(edit.label)
            state = replace(state, labels=labels)
        elif isinstance(edit, Weigh | Drop):
            weights = state.weights.copy()
            weights[ids] = edit.weight if isinstance(edit, Weigh) else 0.0
            state = replace(state, weights=weights)
        elif self._listener is None:
            raise ValueError(
                f"this Scatter has no model that could follow a {type(edit).__name__}; "
                "pass a function to .on_edit, or use gl.Lab"
            )
        else:
            state = replace(state, waiting=state.waiting | set(ids.tolist()))
        line = self._listener(edit, seconds=seconds, frame=frame) if self._listener else None
        self._past.append(self._state)
        self._future = []
        self._show(state)
        return line

    def _command(self, do: str) -> None:
        commands = {"undo": self.undo, "redo": self.redo}
        if do not in commands:
            raise ValueError(f"a Scatter does not know the command {do!r}; it knows {', '.join(commands)}")
        commands[do]()

    def _swap(self, source: list[State], target: list[State], name: str) -> None:
        if not source:
            raise ValueError(f"there is nothing to {name}")
        target.append(self._state)
        self._show(source.pop())

    def _show(self, state: State) -> None:
        """A label or a weight obeys at once, so only what waits for new points stays marked as edited."""
        self._state = state
        flags = np.where(state.weights == 0, LEFT_OUT, 0).astype(np.uint8)
        flags[list(state.waiting)] |= EDITED
        given = {"given": ("class", state.labels)} if self.classes else {}
        self.set_columns({**given, "state": ("flags", flags)})
        self.set_status(
            {"undo": bool(self._past), "redo": bool(self._future), "edits": len(state.edits)},
        )

    def _code(self, label: Any) -> int:
        if isinstance(label, str) and label in self.classes:
            return self.classes.index(label)
        if type(label) is int and 0 <= label < len(self.classes):
            return label
        raise ValueError(f"there is no class {label!r}; classes are {', '.join(self.classes) or 'none'}")


def _columns(table: Table, values: np.ndarray, n: int) -> dict[str, tuple[str, Any]]:
    """What the page is sent of each point."""
    columns: dict[str, tuple[str, Any]] = {}
    if len(values) > 1 and (table.labels is not None or table.predicted is None):
        columns["given"] = "class", _codes(table.labels, values, n, "labels")
    if table.predicted is not None:
        columns["predicted"] = "class", _codes(table.predicted, values, n, "predicted")
    if table.confidence is not None:
        columns["confidence"] = "number", table.confidence
    columns |= {name: ("group", each) for name, each in table.groups.items()}
    for name, each in table.columns.items():
        columns[name] = ("number" if each.dtype.kind in "fiu" else "text"), each
    return columns


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


def _classes(table: Table, classes: Sequence[str] | None) -> tuple[list[str], np.ndarray]:
    """Class names, and the label value of each class with the value for no label at the end (index -1)."""
    if isinstance(classes, str):
        raise TypeError(f"classes takes a list of names, got the text {classes!r:.40}")
    sources = {name: each for name in ("labels", "predicted") if (each := getattr(table, name)) is not None}
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


def _codes(labels: Any, values: np.ndarray, rows: int, name: str) -> np.ndarray:
    """Indices into classes, -1 for none."""
    if labels is None:
        return np.full(rows, -1)
    given = np.asarray(labels)
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
