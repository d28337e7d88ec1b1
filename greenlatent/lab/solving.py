"""Solving: the read-out beside a run, solved when something is named, and what the page is told of it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..picture.picture import Picture
from ..run.comparison import rough
from ..run.run import Run
from ..training.solving.readout import names_something
from ..training.solving.solved import Solved
from ..widgets.widget import EDITED, TOLD, Widget
from .naming import NamedCard, cards


class Solving:
    """Solves at once after an edit that names something, while somebody watches: paused, or where the watching budget
    allows it. All on the run's thread."""

    def __init__(self, run: Run, widget: Widget, picture: Picture):
        self.run, self.trainer, self._widget, self._picture = run, run.trainer, widget, picture
        self.guesses: np.ndarray | None = None  # (n,) of the shown samples, once something was solved
        self.cards: list[NamedCard] = []  # of what was solved last
        self.point: tuple[int, float] | None = None  # samples trained on, and the accuracy that was solved
        self._named: tuple[int, ...] = ()  # the lines that name something, as they were solved last
        self.trainer.at_reset.append(self._forget)

    @property
    def _naming(self) -> tuple[int, ...]:
        return tuple(event.n for event in self.trainer.journal.active if names_something(event))

    @property
    def waits(self) -> bool:
        """Whether somebody watches, and something was named, or taken back, since it was solved last."""
        return self._widget.watched and self._naming != self._named

    def follow(self) -> bool:
        """After an edit or between two steps: solve if that is wanted and there is time; whether it was done."""
        if not self.waits or (self.run.runner.running and not self._picture.affordable()):
            return False
        begun = time.perf_counter()
        try:
            if self._naming:
                self.solve()
            else:
                self._forget()
        except ValueError as error:  # as where all that is named is of one class
            self._named = self._naming
            self._tell({"text": "", "note": str(error)})
        if self.run.runner.running:
            self._picture.charge(time.perf_counter() - begun)
        return True

    def solve(self) -> Solved:
        """Solve now, and tell the page."""
        named = self._naming
        solved = self.trainer.solve()
        self._named = named
        if solved.classes:
            self.guesses = self.trainer.readout.guesses(self._picture.shown)
        if solved.accuracy is not None:
            self.point = self.trainer.passes, solved.accuracy.value
        self.cards = cards(self.trainer, solved)
        lines = [{"n": card.n, "text": card.text, "changed": len(card.changed)} for card in self.cards]
        self._tell(in_words(solved) | {"lines": lines})
        return solved

    def changed(self, line: int | None) -> list[int]:
        """Samples whose guess is another than the model's: of those that belong with a line's, or all."""
        solved = self.trainer.readout.last
        if line is None:
            return [] if solved is None else list(solved.changed)
        return next((list(card.changed) for card in self.cards if card.n == line), [])

    def mark(self, state: np.ndarray) -> np.ndarray:
        """(n,) the state of the shown samples: what is named is edited until it is told as named."""
        solved = self.trainer.readout.last
        if solved is None or solved.named is None:
            return state
        named, state = solved.named, state.copy()
        still = np.isin(named.line, self._naming)  # it is solved anew only while somebody watches
        state[np.isin(self._picture.shown, named.ids[still & ~named.now])] |= EDITED
        state[np.isin(self._picture.shown, named.ids[still & named.now])] |= TOLD
        return state

    def _tell(self, told: dict[str, Any]) -> None:
        self._widget.set_panel(
            "solved", {"text": "", "short": "", "note": "", "changed": 0, "lines": []} | told
        )

    def _forget(self) -> None:
        """Nothing is named any more, or it is another run."""
        self._named, self.point, self.cards = (), None, []
        if self.guesses is not None:
            self.guesses = np.full(len(self.guesses), -1)
        self.trainer.readout.forget()
        self._tell({})


def in_words(solved: Solved) -> dict[str, Any]:
    """What the page says of it: `text` for the energy panel, `short` beside the accuracy, a `note`, what changed."""
    energy = solved.energy
    joules = f" ({rough(energy)})" if energy is not None and energy.known else ""
    told: dict[str, Any] = {"changed": len(solved.changed)}
    if not solved.classes:
        if solved.loss is None:
            return told | {"text": f"solved{joules}"}
        return told | {"text": f"solved: loss {solved.loss:.3g}{joules} | trained: {solved.loss_before:.3g}"}
    if solved.accuracy is None or solved.before is None:
        told |= {"text": f"solved{joules}; without validation data nobody knows how well"}
    else:
        now, was = (f"{100 * judged.value:.1f} %" for judged in (solved.accuracy, solved.before))
        told |= {"text": f"solved {now}{joules} | trained {was}", "short": f"solved {now}"}
    right, of = solved.told, ""
    if solved.accuracy is not None:
        known = f" of the {solved.known} known classes" if len(solved.classes) > solved.known else ""
        of = f" Judged by {solved.accuracy.n:,} validation samples{known}."
    named = f"Of {right.of:,} named, told right: {right.before:,} by the model, {right.now:,} solved."
    return told | {"note": named + of}
