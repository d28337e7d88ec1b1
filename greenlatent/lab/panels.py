"""Panels: meter, journal, groups and comparison below the picture, as messages to the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..edits.kinds import touched
from ..edits.words import rows
from ..energy.joules import Joules
from ..energy.names import count
from ..plots.energy_meter import Gauge
from ..run.comparison import Comparison, rough
from ..run.costs.past import EarlierRun, past_runs
from ..run.costs.spending import next_epoch, spending
from ..run.progress import PROGRESS_SECONDS
from ..run.run import Run
from ..run.session import HOME
from ..run.twins import price
from ..statistics.channels import channels
from ..suggestions.confusion import confusion
from ..suggestions.finding import find, words
from ..suggestions.groups import groups
from ..training.trainer import Trainer
from ..widgets.widget import Widget
from .advising import Advising
from .questions import Questions
from .steering import Steering

DEEDS = 20  # edits by an agent that the page lists, the newest
ROWS = 50  # edits that the page lists, the newest
WORST_GROUPS = 6  # that it lists
MOST_CHANNELS = 12  # channels, and classes, in a table that one can read
PERMUTED = 20  # times that labels are, for a table on the page
FOCAL = 2  # how often an epoch meets a sample that matters more


class Panels:
    """Tells a widget what stands below its picture; `shown` are the samples that are in the picture."""

    def __init__(self, run: Run, widget: Widget, shown: np.ndarray):
        self.run, self.widget, self.journal = run, widget, run.journal
        self.questions, self.steering = Questions(run, widget, shown), Steering(run, widget)
        self.advising = Advising(run, widget, self.questions.desk)
        self.agent: Any = None  # once somebody asked for one
        self.changed: Callable[[int | None], list[int]] = lambda line: []  # by what was solved
        self._shown = shown
        if self._of_channels(run.trainer):
            widget.set_panel("channels", {"channels": [], "classes": [], "bits": []})
        self._gauge = Gauge(run.meter, widget)
        self._confused = (-1, -1)  # the step and version of the journal that confusions were told of
        self._journal = -1  # the version of the journal that the page was told
        self._cancelled = False
        home = HOME if run.session is None or run.session.folder is None else run.session.folder.parent
        own = None if run.session is None else run.session.folder
        self._past = past_runs(home, run.trainer.train.fingerprint, own) if run.session is not None else []
        self.laid: list[EarlierRun] = []  # earlier runs whose curves lie over this one's
        self._compared: dict[str, Any] = {}  # as the page was told it
        self._note = ""  # what is said in place of a comparison

    def tell(self) -> None:
        """On the run's thread, now and then, and at every pause."""
        run, trainer = self.run, self.run.trainer
        with trainer.doing("view"):
            self.read_meter(now=not run.runner.running)
            if self._journal != self.journal.version:
                self._journal = self.journal.version
                found = rows(self.journal, trainer.classes)
                self.widget.set_panel("journal", {"rows": found[:ROWS], "more": max(0, len(found) - ROWS)})
        self.tell_agent()
        self.questions.look_back()
        if not run.runner.running:
            with trainer.doing("suggest"):
                self.widget.set_panel("groups", {"rows": self._groups(), "words": words(trainer)})
                self._tell_confusion()
            self.advising.tell()
            if self._compared.get("share") is None:
                self._tell_comparison(None)

    def tell_agent(self) -> None:
        """Its level and which are locked, what it cost and may save, and what it did by itself."""
        agent = self.agent
        if agent is None:
            return self.widget.set_panel(
                "agent",
                {
                    "level": "",
                    "locked": {},
                    "note": "",
                    "price": "",
                    "did": [],
                    "sent": None,
                    "asking": False,
                },
            )
        did = [row for row in rows(self.journal, self.run.trainer.classes) if row["by"] == "agent"]
        for row in did:  # of what it left out itself
            row["text"] = row["text"].replace("count as usual", "taken back into training")
        cost, saved = agent.cost, agent.saved
        standing = agent.standing
        price = [standing["used"]] if standing["model"] else []
        if cost.known:
            trained = self.run.energy.get("train", Joules.missing())
            beside = f"; training {trained}" if standing["model"] and trained.known else ""
            own = (
                f"Looks and answers cost {cost}" if standing["model"] else f"Its own looks cost {rough(cost)}"
            )
            price.append(f"{own} so far{beside}.")
        price += (
            [f"What it ended or left out may save {rough(saved)}."] if saved.known and saved.value else []
        )
        told = {
            "level": agent.level,
            "locked": {level: why for level, why in agent.levels.items() if why},
            "note": agent.note,
            "price": " ".join(price),
            "did": did[:DEEDS],
            "sent": standing["sent"],
            "asking": standing["asking"],
        }
        self.widget.set_panel("agent", told, standing["picture"])

    def read_meter(self, *, now: bool = False) -> None:
        """From any thread: what the meter says, at most once a second unless it must be `now`."""
        run = self.run
        self._gauge.tell(now=now, more=lambda: spending(run.budget, run.meter, run.trainer))

    def _groups(self) -> list[dict[str, Any]]:
        """The worst groups, and what it would take to see them twice or not at all."""
        trainer = self.run.trainer
        found = groups(trainer, WORST_GROUPS)
        epoch = next_epoch(self.run.meter, trainer) if found else Joules.missing()
        samples = max(1.0, float(trainer.mending.weights.sum()))

        def cost(passes: float) -> str:
            joules = f", about {rough(epoch * (abs(passes) / samples))}" if epoch.known else ""
            return (
                f"{count(round(abs(passes)), 'sample')} {'more' if passes > 0 else 'fewer'} an epoch{joules}"
            )

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

    def _tell_confusion(self) -> None:
        """Which classes are taken for which; once a step, as it costs a look at the validation data."""
        trainer = self.run.trainer
        told = (trainer.steps, self.journal.version)
        if not trainer.classes or trainer.train.unlabelled or told == self._confused:
            return
        self._confused = told
        found = confusion(trainer)
        tables = [found.training, *([] if found.validation is None else [found.validation])]
        content = {"classes": found.classes, "tables": [table.tolist() for table in tables]}
        self.widget.set_panel("confusion", content)

    @staticmethod
    def _of_channels(trainer: Trainer) -> bool:
        train = trainer.train
        return len(train.shape) > 1 and train.shape[0] > 1 and bool(trainer.classes) and not train.unlabelled

    def tell_channels(self) -> None:
        """On the run's thread: which channel tells of which class, the best of them."""
        train = self.run.trainer.train
        if not self._of_channels(self.run.trainer):
            raise ValueError(
                f"channels are told apart in signals with two and more, and these inputs are {train.shape}"
            )
        with self.run.trainer.doing("relevance"):
            found = channels(train, permutations=PERMUTED)
        best = found.order[:MOST_CHANNELS]
        bits = np.nan_to_num(found.by_class[best, :MOST_CHANNELS])
        told = {"channels": [found.channels[k] for k in best], "classes": list(found.classes[:MOST_CHANNELS])}
        self.widget.set_panel("channels", {**told, "bits": bits.round(3).tolist()})

    def find(self, text: str) -> np.ndarray:
        """On the run's thread: select what these words ask for, and say how many there are."""
        with self.run.trainer.doing("suggest"):
            found = find(self.run.trainer, text)
        self.widget.selection = found
        seen = int(np.isin(found, self._shown).sum())
        note = f"{count(len(found), 'sample')} found and selected."
        if seen < len(found):
            note += f" {seen:,} of them are in the picture."
        self.widget.set_panel("found", {"text": text, "note": note})
        return found

    def select(self, line: int | None = None, card: int | None = None, changed: bool = False) -> None:
        """Select the samples of a line of the journal, those that are asked about, or those that were solved to be of
        another class than the model's guess: all, or the line's."""
        if changed:
            self.widget.selection = self.changed(line)
        elif line is not None:
            edit = next((event.edit for event in self.journal if event.n == line), None)
            self.widget.selection = [] if edit is None else list(touched(edit))
        elif ids := self.questions.asked(card):
            self.widget.selection = list(ids)

    def take_marked(self, card: int) -> set[int]:
        """What is selected of the sheet of this card, which then is selected no more."""
        marked = set(self.questions.asked(card)) & set(self.widget.selection.tolist())
        if marked:
            self.widget.selection = []
        return marked

    def compare(self) -> None:
        """On the run's thread: compare, and tell how far it is and what came out."""
        self._work(self.run.compare)

    def again(self) -> None:
        """On the run's thread: start again with what was mended, then compare."""
        self._work(self.run.again)

    def _work(self, work: Callable[..., Comparison | None]) -> None:
        self._cancelled, told = False, 0.0

        def progress(share: float) -> bool:
            nonlocal told
            if time.perf_counter() - told > PROGRESS_SECONDS:
                told = time.perf_counter()
                self._tell_comparison(share)
            return not self._cancelled

        self._note = ""
        self._tell_comparison(0.0)
        try:
            self._note = "" if work(progress=progress) else "Cancelled."
        finally:
            self._tell_comparison(None)

    def _tell_comparison(self, share: float | None) -> None:
        """How far it is; else what was found last, if it is about the run as it stands, and what another would cost."""
        run, note = self.run, self._note
        found = run.comparison if share is None else None
        if found is not None and found.with_you[-1].step != run.trainer.steps:
            found = None
        told = {
            "share": share,
            "text": note if found is None or note else found.sentence,
            "lines": found.lines if found is not None and found.edits and not note else [],
            "more": found.more if found is not None and found.edits and not note else [],
            "runs": [{"name": p.name, "text": p.text, "laid": p in self.laid} for p in self._past],
            "price": price(run.trainer, run.evaluations.points, run.meter) if share is None else "",
        }
        if told != self._compared:
            self._compared = told
            self.widget.set_panel("comparison", told)

    def lay(self, name: str, over: bool) -> None:
        """Lay the curve of an earlier run over this one's, or take it away."""
        chosen = {past.name for past in self.laid} - {name} | ({name} if over else set())
        self.laid = [past for past in self._past if past.name in chosen]
        self._tell_comparison(None)

    def cancel(self) -> None:
        """Call off the comparison that runs, from any thread."""
        self._cancelled = True
        if self.agent is not None:
            self.agent.cancel()
