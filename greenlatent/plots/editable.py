"""Edited: samples with labels and weights that edits change, and undo takes back, where there is no Lab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..edits.kinds import Affirm, Drop, Edit, Relabel, Weigh, touched
from ..widgets.widget import EDITED, LEFT_OUT, Widget
from .table import array


@dataclass(frozen=True)
class State:
    """What the edits in force have made of the points; replaced, never changed."""

    labels: np.ndarray
    weights: np.ndarray
    edits: tuple[Edit, ...] = ()
    waiting: frozenset[int] = frozenset()  # samples whose edit only new points can follow


class Edited(Widget):
    """What a Scatter and a Parallel have in common: a relabel changes `.labels`, a weight or a drop `.weights`."""

    def __init__(
        self, view: str, n: int, labels: Any, values: np.ndarray, *, preview: Any, names: Any, **options: Any
    ) -> None:
        """`n` samples; `values` are the label of each class and, last, the one that means none."""
        super().__init__(view, samples=n, **options)
        self._n, self._values = n, values
        self._state = State(codes_of(labels, values, n, "labels"), np.ones(n))
        self._past: list[State] = []  # before each edit, and those that undo took back
        self._future: list[State] = []
        self._listener: Callable[..., int | None] | None = None
        self.set_ids(np.arange(n))
        super().on_edit(self._edit)
        self.on_command(self._command)
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
        if names is not None:
            self.on_name(lambda id: str(names[id]) if 0 <= id < n else "")

    @property
    def labels(self) -> np.ndarray:
        """One label per point, in the kind they were given in."""
        return self._values[self._state.labels]

    @labels.setter
    def labels(self, labels: Any) -> None:
        codes = codes_of(array(labels), self._values, self._n, "labels")
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

    def _moved(self) -> None:
        """The samples have new places: what waited for them waits no more."""
        if self._state.waiting:
            self._show(replace(self._state, waiting=frozenset()))

    def _edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int | None:
        """One edit at a time: the widget holds its lock here."""
        ids = np.asarray(touched(edit), int)
        if ids.size and ids.max() >= self._n:
            raise ValueError(f"there is no point {ids.max()}; ids run from 0 to {self._n - 1}")
        state = replace(self._state, edits=(*self._state.edits, edit))
        if isinstance(edit, Relabel):
            labels = state.labels.copy()
            labels[ids] = self._code(edit.label)
            state = replace(state, labels=labels)
        elif isinstance(edit, Weigh | Drop):
            weights = state.weights.copy()
            weights[ids] = edit.weight if isinstance(edit, Weigh) else 0.0
            state = replace(state, weights=weights)
        elif isinstance(edit, Affirm):
            weights = state.weights.copy()
            weights[ids[weights[ids] == 0]] = 1.0
            state = replace(state, weights=weights)
        elif self._listener is None:
            raise ValueError(
                f"this {type(self).__name__} has no model that could follow a {type(edit).__name__}; "
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
            raise ValueError(
                f"a {type(self).__name__} does not know the command {do!r}; it knows {', '.join(commands)}"
            )
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


def classes_of(
    labels: Any, classes: Sequence[str] | None, predicted: Any = None
) -> tuple[list[str], np.ndarray]:
    """Class names, and the label value of each class with the value for no label at the end (index -1)."""
    if isinstance(classes, str):
        raise TypeError(f"classes takes a list of names, got the text {classes!r:.40}")
    given_as = {"labels": _kind(labels), "predicted": _kind(predicted)}
    sources = {name: each for name, each in given_as.items() if each is not None}
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


def codes_of(labels: Any, values: np.ndarray, rows: int, name: str) -> np.ndarray:
    """Indices into classes, -1 for none."""
    if labels is None:
        return np.full(rows, -1)
    given = _kind(labels)
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
