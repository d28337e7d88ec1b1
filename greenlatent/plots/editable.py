"""Editable: points whose labels and weights edits change, and undo takes back, where there is no Lab."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..edits.kinds import Edit, Found, touched
from ..edits.mends import Draft, at_once
from ..widgets.widget import EDITED, LEFT_OUT, Widget
from .labels import codes_of
from .table import array


@dataclass(frozen=True)
class State:
    """What the edits in force have made of the points; replaced, never changed."""

    labels: np.ndarray
    weights: np.ndarray
    edits: tuple[Edit, ...] = ()
    waiting: frozenset[int] = frozenset()  # samples whose edit only new points can follow


class Editable(Widget):
    """What a Scatter and a Parallel have in common: a relabel changes `.labels`, a weight or a drop `.weights`."""

    def __init__(
        self, view: str, n: int, labels: Any, values: np.ndarray, *, preview: Any, names: Any, **options: Any
    ) -> None:
        """`n` samples; `values` are the label of each class and, last, the one that means none."""
        super().__init__(view, samples=n, **options)
        self._n, self._values = n, values
        self._labelled = len(values) > 1  # `classes` may also be what another column's values are called
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
            self.on_preview(lambda id: preview(id) if 0 <= id < self._n else None)
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

    def _grow(self, n: int) -> None:
        """More points, without labels as yet, below those that are there; what was edited can no longer be undone."""
        more = n - self._n
        state = self._state
        labels = np.concatenate([state.labels, np.full(more, -1)])
        self._n = self.sample_count = n
        self._past, self._future = [], []
        self.set_ids(np.arange(n))
        self._show(replace(state, labels=labels, weights=np.concatenate([state.weights, np.ones(more)])))

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
        if isinstance(edit, Found) and edit.name not in self.classes:
            self._add_class(edit.name)
        if at_once(edit):
            state = self._mended(state, edit)
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

    def _add_class(self, name: str) -> None:
        """A class more, whose label is its name; undo leaves it, without points."""
        kind = self._values.dtype.kind
        if not self.classes or kind not in "UOiu":
            raise ValueError(
                f"a class can be found among labels that are texts or whole numbers, not {kind!r}"
            )
        value = name if kind in "UO" else max(self._values[:-1]) + 1
        self._values = np.concatenate([self._values[:-1], np.array([value]), self._values[-1:]])
        self.classes = (*self.classes, name)

    def _mended(self, state: State, edit: Edit) -> State:
        n, none = self._n, np.zeros(self._n, bool)
        draft = Draft(state.labels.copy(), none, state.weights.copy(), np.ones(n), none.copy(), self._code)
        draft.apply([edit])
        return replace(state, labels=draft.y, weights=draft.weights)

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
        given = {"given": ("class", state.labels)} if self._labelled else {}
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
