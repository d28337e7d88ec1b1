"""Notes: what people write of a plan, a candidate or a case, with a rating if they like; and the newest versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from . import said


class Notes:
    """`heard(do)` does what its button says."""

    def __init__(self, plan: Any, heard: Callable[[Callable[[], Any]], Any]) -> None:
        self._plan, self._heard = plan, heard
        auto = widgets.Layout(width="auto")
        self.words = widgets.Text(placeholder="in your words", description="Note", layout=auto)
        self.about = widgets.Dropdown(options=["plan"], description="About", layout=auto)
        ratings = [("none", None), *((f"{k} of 5", k) for k in range(1, 6))]
        self.rating = widgets.Dropdown(options=ratings, description="Rating", layout=auto)
        self.button = widgets.Button(description="Write the note", disabled=True, layout=auto)
        self.told = widgets.HTML()
        fields = widgets.Box([self.words, self.about, self.rating])
        fields.add_class("gl-fields")
        for each in fields.children:
            each.add_class("gl-field")
        self.words.observe(self._typed, names="value")
        self.button.on_click(lambda _: self._heard(self._write))
        row = widgets.Box([self.button])
        row.add_class("gl-row")
        self.box = widgets.VBox([fields, row, self.told])

    def refresh(self, candidates: list[str]) -> None:
        """Show what stands."""
        about = ["plan", *candidates, *(case.id for case in self._plan.cases())]
        if list(self.about.options) != about:
            chosen = self.about.value
            self.about.options = about
            self.about.value = chosen if chosen in about else "plan"
        text = said.notes(self._plan.notes, self._plan.versions)
        if self.told.value != text:
            self.told.value = text

    def _typed(self, _: Any) -> None:
        self.button.disabled = not self.words.value.strip()

    def _write(self) -> None:
        self._plan.note(self.words.value, self.about.value, rating=self.rating.value)
        self.words.value, self.rating.value = "", None
