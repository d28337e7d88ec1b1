"""FixRow: one contradiction with a button for each fix, made once, then filled: new widgets take longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ..conflicts.conflict import FIXES
from ..parts.changes import Change


class FixRow:
    """`heard(do)` does what a button says."""

    def __init__(self, heard: Callable[[Callable[[], Any]], Any]) -> None:
        self._heard = heard
        self._fixes: Sequence[Change] = ()
        self._words, self._box = widgets.HTML(), widgets.Box()
        self._box.add_class("gl-row")
        self._buttons: list[Any] = []

    def show(self, words: str, fixes: Sequence[Change]) -> list[Any]:
        """What is to be shown of it."""
        self._fixes = fixes[:FIXES]
        if self._words.value != words:
            self._words.value = words
        while len(self._buttons) < len(self._fixes):
            self._buttons.append(self._made(len(self._buttons)))
        for button, fix in zip(self._buttons, self._fixes, strict=False):
            button.description = button.tooltip = fix.words
        self._box.children = self._buttons[: len(self._fixes)]
        return [self._words, self._box]

    def _made(self, place: int) -> Any:
        made = widgets.Button(layout=widgets.Layout(width="auto"))
        made.on_click(lambda _: place < len(self._fixes) and self._heard(self._fixes[place].apply))
        return made
