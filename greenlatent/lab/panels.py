"""The dashboard's panels: the meter, the journal, groups and the comparison, as the page is told them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..edits.journal import Event, Journal
from ..edits.kinds import (
    Affirm,
    Drop,
    Edit,
    Link,
    Move,
    Near,
    RankFeatures,
    Relabel,
    Separate,
    Shift,
    Weigh,
    touched,
)
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..plots.energy_meter import Gauge
from ..run.comparison import Comparison
from ..run.runner import Runner
from ..run.spending import next_epoch, spending
from ..suggestions.groups import groups
from ..widgets.widget import Widget
from .questions import Questions

ROWS = 50  # edits that the page lists, the newest
WORST = 6  # groups that it lists
EVERY = 0.2  # seconds between two words about how far a comparison is
FOCAL = 2  # how often an epoch meets a sample that matters more


class Panels:
    """Tells a widget what stands below its picture, and takes the commands of what stands there.

    `changed` is called when an edit was added; `compare(progress)` runs the control; `setup()` tells the choices;
    `shown` are the samples that are in the picture.
    """

    def __init__(
        self,
        widget: Widget,
        runner: Runner,
        meter: Meter,
        *,
        changed: Callable[[], None],
        compare: Callable[[Callable[[float], bool]], Comparison | None],
        accuracy: Callable[[], float | None],
        setup: Callable[[], dict[str, Any]],
        shown: np.ndarray,
    ):
        self.widget, self.runner, self.meter = widget, runner, meter
        self.journal = runner.trainer.journal
        self.questions = Questions(widget, runner, changed=changed, accuracy=accuracy, shown=shown)
        ask = self.questions
        self.commands: dict[str, Callable[..., Any]] = {
            "suggest": lambda: self._post(ask.suggest),
            "accept": lambda card, label=None: self._post(lambda: ask.accept(card, label)),
            "reject": lambda card: self._post(lambda: ask.reject(card)),
            "revise": lambda: self._post(ask.revise),
            "review": lambda: self._post(ask.review),
            "sort": self._sort,
            "select": self.select,
            "compare": lambda: self._post(self._compare),
        }
        self._gauge = Gauge(meter, widget)
        self._control, self._setup = compare, setup
        self._journal = -1  # the version of the journal that the page was told
        self._cancelled = False

    def tell(self) -> None:
        """On the runner's thread, now and then, and at every pause."""
        with self.runner.trainer.doing("view"):
            self._gauge.tell(
                now=not self.runner.running,
                more=lambda: spending(self.runner.budget, self.meter, self.runner.trainer),
            )
            if self._journal != self.journal.version:
                self._journal = self.journal.version
                found = rows(self.journal, self.runner.trainer.train.classes)
                self.widget.set_panel("journal", {"rows": found[:ROWS], "more": max(0, len(found) - ROWS)})

        self.widget.set_panel("setup", self._setup())
        self.questions.look_back()
        if not self.runner.running:
            with self.runner.trainer.doing("suggest"):
                self.widget.set_panel("groups", {"rows": self._groups()})

    def _groups(self) -> list[dict[str, Any]]:
        """The worst groups, and what it would take to see them twice or not at all."""
        trainer = self.runner.trainer
        found = groups(trainer, WORST)
        epoch = next_epoch(self.meter, trainer) if found else Joules.missing()
        each = epoch.value / max(1.0, float(trainer.mending.weights.sum()))

        def cost(passes: float) -> str:
            joules = f", about {abs(passes * each):.2g} J" if epoch.known else ""
            return f"{abs(passes):.0f} samples {'more' if passes > 0 else 'fewer'} an epoch{joules}"

        return [
            {
                "name": group.name,
                "value": group.value,
                "n": len(group.ids),
                "loss": group.loss,
                "weight": group.weight,
                "costs": {str(w): cost(group.passes(w)) for w in (FOCAL, 0, 1)},
            }
            for group in found
        ]

    def select(self, line: int | None = None, card: int | None = None) -> None:
        """Select the samples of a line of the journal, or those that are asked about."""
        if line is not None:
            edit = next((event.edit for event in self.journal if event.n == line), None)
            self.widget.selection = [] if edit is None else list(touched(edit))
        elif ids := self.questions.asked(card):
            self.widget.selection = list(ids)

    def _sort(self, card: int, right: bool) -> None:
        # at once: a long step may pass before it is looked at, and what is selected then is of another question
        marked = set(self.questions.asked(card)) & set(self.widget.selection.tolist())
        if marked:
            self.widget.selection = []
        self._post(lambda: self.questions.sort(card, marked, right))

    def _compare(self) -> None:
        self._cancelled, told = False, 0.0

        def progress(share: float) -> bool:
            nonlocal told
            if time.perf_counter() - told > EVERY:
                told = time.perf_counter()
                self.widget.set_panel("comparison", {"share": share, "text": ""})
            return not self._cancelled

        self.widget.set_panel("comparison", {"share": 0.0, "text": ""})
        text = ""
        try:
            text = str(self._control(progress) or "Cancelled.")
        finally:
            self.widget.set_panel("comparison", {"share": None, "text": text})

    def cancel(self) -> None:
        """Call off the comparison that runs, from any thread."""
        self._cancelled = True

    def _post(self, work: Callable[[], object]) -> None:
        """Have the runner's thread do it; what goes wrong is for the page."""

        def run() -> None:
            try:
                work()
            except (ValueError, TypeError, RuntimeError) as error:
                self.widget.show_error(str(error))

        self.runner.post(run)


def rows(journal: Journal, classes: Sequence[str]) -> list[dict[str, Any]]:
    """The edits of a journal in words, the newest first, each with its state."""
    edits: list[tuple[Event, Edit]] = []
    undone: set[int | None] = set()
    muted: set[int | None] = set()
    for event in journal:
        if event.edit is not None:
            edits.append((event, event.edit))
        elif event.do in ("undo", "redo"):
            (undone.add if event.do == "undo" else undone.discard)(event.of)
        elif event.do in ("mute", "unmute"):
            (muted.add if event.do == "mute" else muted.discard)(event.of)
    return [
        {
            "n": event.n,
            "text": in_words(edit, classes),
            "by": event.by,
            "step": event.step,
            "state": "undone" if event.n in undone else "muted" if event.n in muted else "in force",
            "samples": len(touched(edit)),
        }
        for event, edit in reversed(edits)
    ]


def in_words(edit: Edit, classes: Sequence[str]) -> str:
    """What a person did, as one would tell it: "4 samples relabelled 7"."""
    if isinstance(edit, Relabel):
        index = isinstance(edit.label, int) and 0 <= edit.label < len(classes)
        return f"{_samples(edit.ids)} relabelled {classes[int(edit.label)] if index else edit.label}"
    if isinstance(edit, Move):
        if isinstance(edit.to, str):
            return f"{_samples(edit.ids)} pulled to {edit.to}"
        where = f"near {_samples(edit.to.ids)}" if isinstance(edit.to, Near) else "to a place in the picture"
        return f"{_samples(edit.ids)} pulled {where}"
    if isinstance(edit, Weigh):
        return (
            f"{_samples(edit.ids)} count {edit.weight:g} times"
            if edit.weight
            else f"{_samples(edit.ids)} left out"
        )
    if isinstance(edit, Drop):
        return f"{_samples(edit.ids)} left out"
    if isinstance(edit, Affirm):
        return f"{_samples(edit.ids)} affirmed as labelled"
    if isinstance(edit, Link):
        return f"{_samples(edit.a)} and {_samples(edit.b)} kept {'together' if edit.alike else 'apart'}"
    if isinstance(edit, Separate):
        a, b = (side if isinstance(side, str) else _samples(side) for side in (edit.a, edit.b))
        return f"{a} and {b} pushed apart"
    if isinstance(edit, Shift):
        against = "" if edit.against is None else f" against {edit.against}"
        return f"{edit.label} shifted by {edit.amount:g}{against}"
    assert isinstance(edit, RankFeatures)
    return f"{edit.keep} of {len(edit.order)} features kept"


def _samples(ids: Sequence[int]) -> str:
    return f"{len(ids)} sample{'' if len(ids) == 1 else 's'}"
