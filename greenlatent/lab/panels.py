"""The dashboard's panels: the meter, the journal, groups and the comparison, as the page is told them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..edits.kinds import touched
from ..edits.words import rows
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
