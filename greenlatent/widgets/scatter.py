"""Scatter: the live, editable picture of points, alone on any array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..edits import Edit, Relabel
from .widget import Widget


class Scatter(Widget):
    """Points that can be looked at, selected, dragged and relabelled in a notebook.

    A relabel changes `.labels`, and undo takes it back; every edit goes to the callback of `on_edit`, which may
    refuse it by raising.

    >>> scatter = Scatter(points, labels=["calm", "busy", "calm"])    # points (3, 2)
    >>> scatter.points = points + 1                                   # they glide
    >>> scatter.selection                                             # ids: rows of points
    """

    def __init__(
        self,
        points: Any,
        *,
        labels: Any = None,
        classes: Sequence[str] | None = None,
        predicted: Any = None,
        confidence: Any = None,
        preview: Any = None,
        link: str | None = None,
        editable: bool = True,
        height: int = 420,
        title: str = "",
    ) -> None:
        """`labels` and `predicted`: class names, or whole numbers with -1 for none; `confidence`: numbers from
        0 to 1; `preview`: a function of a row that gives an image or a signal as an array, PNG bytes or a text,
        or a list of them, one per point."""
        points = _plane(points)
        names, values = _classes(labels, classes)
        super().__init__("scatter", classes=names, link=link, editable=editable, height=height, title=title)
        self._values = values
        self._step = 0
        self._points = points
        self._labels = _codes(labels, values, len(points), "labels")
        self._past: list[np.ndarray] = []  # the labels before each relabel, and those that undo took back
        self._future: list[np.ndarray] = []
        self._listener: Callable[..., int | None] | None = None
        self.set_ids(np.arange(len(points)))
        columns: dict[str, tuple[str, Any]] = {"given": ("class", self._labels)}
        if predicted is not None:
            columns["predicted"] = "class", _codes(predicted, values, len(points), "predicted")
        if confidence is not None:
            columns["confidence"] = "number", confidence
        self.set_columns(columns)
        self.publish(points, step=0)
        super().on_edit(self._edit)
        self.on_command(self._command)
        if preview is not None and not callable(preview):
            if len(preview) != len(points):
                raise ValueError(f"preview has {len(preview)} entries for {len(points)} points")
            preview = preview.__getitem__
        if preview is not None:
            self.on_preview(lambda id: preview(id) if 0 <= id < len(self._points) else None)

    @property
    def points(self) -> np.ndarray:
        """(n, 2); set it and the points glide to their new places."""
        return self._points

    @points.setter
    def points(self, points: Any) -> None:
        points = _plane(points)
        if len(points) != len(self._points):
            raise ValueError(
                f"points has {len(points)} rows for {len(self._points)} labels; "
                "a Scatter keeps its samples, so make a new one for others"
            )
        self._points = points
        self._step += 1
        self.publish(points, step=self._step)

    @property
    def labels(self) -> np.ndarray:
        """One label per point, in the kind they were given in."""
        return self._values[self._labels]

    @labels.setter
    def labels(self, labels: Any) -> None:
        codes = _codes(labels, self._values, len(self._points), "labels")
        self._past, self._future = [], []
        self._show_labels(codes)

    def undo(self) -> None:
        """Take the newest relabel back."""
        self._swap(self._past, self._future, "undo")

    def redo(self) -> None:
        """Do again what undo took back."""
        self._swap(self._future, self._past, "redo")

    def on_edit(self, callback: Callable[..., int | None] | None) -> None:
        """`callback(edit, *, seconds, frame)` hears every edit, and refuses it by raising a ValueError."""
        self._listener = callback

    def _edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int | None:
        """One edit at a time: the widget holds its lock here."""
        if not isinstance(edit, Relabel):
            if self._listener is None:
                raise ValueError(
                    f"this Scatter has no model that could follow a {type(edit).__name__}; "
                    "pass a function to .on_edit, or use gl.Lab"
                )
            return self._listener(edit, seconds=seconds, frame=frame)
        ids = np.asarray(edit.ids)
        if ids.max() >= len(self._points):
            raise ValueError(f"there is no point {ids.max()}; ids run from 0 to {len(self._points) - 1}")
        code = self._code(edit.label)
        line = self._listener(edit, seconds=seconds, frame=frame) if self._listener else None
        labels = self._labels.copy()
        labels[ids] = code
        self._past.append(self._labels)
        self._future = []
        self._show_labels(labels)
        return line

    def _command(self, do: str) -> None:
        commands = {"undo": self.undo, "redo": self.redo}
        if do not in commands:
            raise ValueError(f"a Scatter does not know the command {do!r}; it knows {', '.join(commands)}")
        commands[do]()

    def _swap(self, source: list[np.ndarray], target: list[np.ndarray], name: str) -> None:
        if not source:
            raise ValueError(f"there is nothing to {name}")
        target.append(self._labels)
        self._show_labels(source.pop())

    def _show_labels(self, labels: np.ndarray) -> None:
        """No flag is set: a label obeys at once, so the page's own mark on edited points may go."""
        self._labels = labels
        flags = np.zeros(len(labels), np.uint8)
        self.set_columns({"given": ("class", labels), "state": ("flags", flags)})

    def _code(self, label: Any) -> int:
        if isinstance(label, str) and label in self.classes:
            return self.classes.index(label)
        if type(label) is int and 0 <= label < len(self.classes):
            return label
        raise ValueError(f"there is no class {label!r}; classes are {', '.join(self.classes) or 'none'}")


def _plane(points: Any) -> np.ndarray:
    array = np.asarray(points)
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(
            f"points must be numbers of shape (n, 2), got {array.dtype} of shape {array.shape}; "
            "project more dimensions first, for example with sklearn's PCA(2)"
        )
    return array


def _classes(labels: Any, classes: Sequence[str] | None) -> tuple[list[str], np.ndarray]:
    """Class names, and the label value of each class with the value for no label at the end (index -1)."""
    if isinstance(classes, str):
        raise TypeError(f"classes takes a list of names, got the text {classes!r:.40}")
    array = np.asarray([] if labels is None else labels)
    if array.dtype.kind in "USO":
        names = list(classes) if classes is not None else sorted({str(v) for v in array if v is not None})
        return names, np.array([*names, None], object)
    if array.dtype.kind not in "iub" and array.size:
        raise TypeError(f"labels takes class names or whole numbers, got {array.dtype}")
    if classes is not None:
        return list(classes), np.array([*range(len(classes)), -1])
    values = [int(v) for v in np.unique(array) if v != -1]
    return [str(v) for v in values], np.array([*values, -1])


def _codes(labels: Any, values: np.ndarray, rows: int, name: str) -> np.ndarray:
    """Indices into classes, -1 for none."""
    if labels is None:
        return np.full(rows, -1)
    array = np.asarray(labels)
    if array.shape != (rows,):
        raise ValueError(f"{name} has shape {array.shape} for {rows} points; pass one label per point")
    index = {value: code for code, value in enumerate(values[:-1].tolist())}
    index |= {None: -1, -1: -1}
    try:
        return np.array([index[v] for v in array.tolist()], int).reshape(rows)
    except KeyError as error:
        raise ValueError(
            f"{name} holds {error.args[0]!r}, which is none of the classes {list(index)[:-2]!r:.80}"
        ) from None
