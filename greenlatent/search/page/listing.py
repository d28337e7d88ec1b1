"""Listing: the candidates, best first, each with its buttons: Stop, Further, Open in a Lab."""

from __future__ import annotations

from collections.abc import Callable, Collection
from html import escape

import ipywidgets

from ...energy.names import count
from .shown import CandidateRow, SearchShown

AT_ONCE = 6  # candidates; more are shown when somebody asks


class Listing:
    """A row of widgets for each candidate that was ever in sight: a button is always about the one that it names."""

    def __init__(
        self,
        cost: Callable[[int], str],
        stop: Callable[[int], object],
        further: Callable[[int], object],
        lab: Callable[[int], object],
    ):
        self._cost, self._acts = cost, (stop, further, lab)
        self._lines: dict[int, _Line] = {}
        self._most = AT_ONCE
        self._layout = ipywidgets.Layout(width="auto")
        self._last: tuple[SearchShown, Collection[int]] | None = None
        self.head = ipywidgets.HTML()
        self.rows = ipywidgets.VBox()
        self.more = ipywidgets.Button(layout=ipywidgets.Layout(width="auto"))  # its own: it hides
        self.more.on_click(lambda _: self._show_more())
        self.element = ipywidgets.VBox([self.head, self.rows, self.more])
        self.element.add_class("greenlatent-search-list")

    def show(self, now: SearchShown, selected: Collection[int]) -> None:
        """The best, or the best of those that are selected."""
        self._last = now, selected
        rows = [row for row in now.rows if not selected or row.n in selected]
        seen = rows[: self._most]
        lines = [self._line(row) for row in seen]
        for row, line in zip(seen, lines, strict=True):
            line.show(row, self._cost(row.n) if row.alive else "")
        children = tuple(line.element for line in lines)
        if children != self.rows.children:
            self.rows.children = children
        left = len(rows) - len(seen)
        self.more.layout.display = "" if left else "none"
        self.more.description = f"Show {min(left, AT_ONCE)} more of {len(rows)}"
        head = f"{count(len(now.rows), 'candidate')}, best first"
        if selected:
            head = f"{len(rows)} of {len(now.rows)} candidates, those that are selected, best first"
        self.head.value = f"<h4>{head if now.rows else 'No candidate yet'}</h4>"

    def _show_more(self) -> None:
        self._most += AT_ONCE
        if self._last is not None:
            self.show(*self._last)

    def _line(self, row: CandidateRow) -> _Line:
        if row.n not in self._lines:
            self._lines[row.n] = _Line(row.n, self._acts, self._layout)
        return self._lines[row.n]


class _Line:
    def __init__(self, n: int, acts: tuple[Callable[[int], object], ...], layout: ipywidgets.Layout):
        self._text = ipywidgets.HTML()
        self._stop, self._further, self._lab = (
            ipywidgets.Button(description=text, tooltip=f"{why} candidate {n}", layout=layout)
            for text, why in (
                (f"Stop {n}", "Train no more of"),
                (f"Further {n}", "Let go on to its next rung before all others:"),
                (f"Open {n} in a Lab", "Pause the search, and go on by hand from"),
            )
        )
        self._n = n
        for button, act in zip((self._stop, self._further, self._lab), acts, strict=True):
            button.on_click(lambda _, act=act: act(n))
        buttons = ipywidgets.Box([self._stop, self._further, self._lab])
        buttons.add_class("greenlatent-search-buttons")
        self.element = ipywidgets.Box([self._text, buttons])
        self.element.add_class("greenlatent-search-row")

    def show(self, row: CandidateRow, cost: str) -> None:
        fault = f"<br><small>{escape(row.fault)}</small>" if row.fault else ""
        self._text.value = (
            f"<span>{row.n}</span><b>{escape(row.measure)}</b><span>{escape(row.joules)}</span>"
            f"<span>{escape(row.state)}</span><small>{escape(row.values)}</small>{fault}"
        )
        self._stop.disabled = not row.alive
        self._further.disabled = not row.alive or not cost
        self._further.description = f"Further {self._n}{f', {cost}' if cost else ''}"
        self._lab.disabled = not row.looked


def as_text(now: SearchShown) -> str:
    """The list as a saved notebook keeps it."""
    lines = [f"greenlatent: {count(len(now.rows), 'candidate')}, best first. {now.bar}"]
    lines += [
        f"{row.n:4}  {row.measure:>13}  {row.joules:>9}  {row.state:16}  {row.values}"
        for row in now.rows[:20]
    ]
    return "\n".join(lines)
