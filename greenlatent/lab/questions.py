"""Questions: one card at a time, a suggestion or a sheet to sort, and the edits that its answer makes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..edits.kinds import Affirm, Edit, Relabel
from ..edits.words import count
from ..run.run import Run
from ..suggestions.outcome import Outcome
from ..suggestions.review import Review, Revision, Sheet
from ..suggestions.suggester import TRUSTED_FROM, Suggestion
from ..widgets.widget import Widget

OUTCOMES_TOLD = 3  # accepted suggestions whose outcome it tells
HOW = (
    "Show all selects them and shows what they look like. Click away the right or the wrong ones, whichever are fewer,"
    " then say what is left."
)


class Questions:
    """Each card has a number, so that no second press answers the next one.

    All but `asked` on the run's thread. `shown` are the samples that can be seen and selected: sheets hold no others.
    """

    def __init__(self, run: Run, widget: Widget, shown: np.ndarray):
        self.run, self.widget, self.trainer, self._shown = run, widget, run.trainer, shown
        self.changed: Callable[[], object] = lambda: None  # told when another question is asked
        self._card = 0
        self._asked: Suggestion | Sheet | None = None
        self._since = 0.0
        self._note = self._queue = ""
        self._answered = 0
        self._skipped: set[int] = set()  # on sheets that were set aside
        self._led: list[Outcome] = []  # what accepted suggestions led to, the newest first
        self._told_led: list[str] = []
        self.trainer.at_reset.append(self._begin)

    def asked(self, card: int | None) -> tuple[int, ...]:
        """The samples that this card asks about, if it is the one that is shown."""
        return () if self._asked is None or card != self._card else self._asked.ids

    # -- suggestions -----------------------------------------------------------------------------------------

    def suggest(self) -> Suggestion | None:
        """Show the group that most deserves a look now, and return it."""
        suggester = self.run.suggester
        found = suggester.suggest(len(self.trainer.train))
        note = "" if found else f"Nothing stands out at step {self._step}. Train on, and ask again."
        if suggester.dry:
            note = "The last answers repaired nothing: your time may be better spent elsewhere."
        self._queue = self._queue_of(found)
        self._ask(found[0] if found else None, note)
        return found[0] if found else None

    def _queue_of(self, found: list[Suggestion]) -> str:
        """How many cards there are, so that their end can be seen; only those that can be trusted count."""
        left = [s for s in found if s.trusted]
        if not left:
            return ""
        doubted = len({i for s in left for i in s.ids})
        return (
            f"Card {self._answered + 1} of about {self._answered + len(left)} · {doubted:,} labels in doubt"
        )

    def accept(self, card: int, label: str | None = None) -> None:
        """Relabel what is suggested, so or by another label that was chosen."""
        suggestion = self._asked
        if not isinstance(suggestion, Suggestion) or card != self._card:
            return  # it was answered already, by another press or in another page
        label = suggestion.proposed if label is None else label
        (line,) = self._add([Relabel(suggestion.ids, label)], suggestion.step)
        outcome = Outcome(self.trainer, line, suggestion.ids, label, self.run.accuracy)
        self._led = [outcome, *self._led][:OUTCOMES_TOLD]
        self.run.suggester.answer(suggestion, label == suggestion.proposed)
        self._answered += 1
        self.suggest()

    def reject(self, card: int) -> None:
        """The labels are right; a sheet is set aside, and its samples are not asked about again."""
        question = self._asked
        if question is None or card != self._card:
            return
        if isinstance(question, Suggestion):
            self.run.suggester.answer(question, False)
            self._answered += 1
            self.suggest()
        else:
            self._skipped.update(question.ids)
            self.review()

    def skip(self, card: int) -> None:
        """Ask about others first; it comes back when they are answered."""
        if isinstance(self._asked, Suggestion) and card == self._card:
            self.run.suggester.set_aside(self._asked)
            self.suggest()

    # -- what was left out -----------------------------------------------------------------------------------

    def revise(self) -> Revision:
        """Have the machine leave out what can be trusted to be wrong, and take back what it guesses as labelled."""
        review, trainer = Review(self.trainer), self.trainer
        with trainer.doing("suggest"):
            found = self.run.suggester.suggest(len(trainer.train), most=len(trainer.train))
            early = trainer.steps < TRUSTED_FROM or (bool(found) and not any(s.trusted for s in found))
            trusted = (i for s in found if s.trusted for i in s.ids)
            done = Revision((), ()) if early else review.carry_out(trusted)
        if done.astray or done.cleared:
            note = (
                f"The machine left out {count(len(done.astray), 'sample')} and took back {len(done.cleared):,}."
                " Undo takes that back, an edit at a time."
            )
        elif early:
            why = (
                "validation data bear out no doubt"
                if self.run.suggester.ready
                else "it is too early to trust one"
            )
            note = f"Nothing was left out: at step {self._step} {why}. Train on."
        else:
            note = f"Nothing to leave out or to take back at step {self._step}. Train on, and try again."
        self._ask(None, note)
        return done

    def sheets(self, n: int) -> list[Sheet]:
        """The sheets that are most worth sorting, best first, of all samples, shown or not."""
        with self.trainer.doing("suggest"):
            return Review(self.trainer).sheets(n)

    def review(self, note: str = "") -> None:
        """Show the sheet that is most worth sorting now."""
        review = Review(self.trainer)
        with self.trainer.doing("suggest"):
            found = review.sheets(1, among=np.setdiff1d(self._shown, [*self._skipped]))
        if not found:
            note += " " * bool(note) + (
                f"Nothing that was left out is in question at step {self._step}. Train on, and try again."
                if review.left_out.any()
                else "Nothing is left out yet. Leave out all suspects first."
            )
        self._ask(found[0] if found else None, note)

    def sort(self, card: int, marked: set[int], right: bool) -> None:
        """What is marked of the sheet has a right label, or a wrong one, and the rest the opposite."""
        sheet = self._asked
        if not isinstance(sheet, Sheet) or card != self._card:
            return
        if not marked:
            self._note = "None of these samples is selected. Press Show all (V) first."
            return self._tell()
        edits = sheet.sort(marked if right == sheet.left_out else set(sheet.ids) - marked)
        self._add(edits, sheet.step)
        affirmed = sum(len(edit.ids) for edit in edits if isinstance(edit, Affirm))
        self.review(f"{count(affirmed, 'sample')} affirmed, {len(sheet.ids) - affirmed} left out.")

    # -- telling ---------------------------------------------------------------------------------------------

    def look_back(self) -> None:
        """Some steps after a suggestion was accepted: what it led to."""
        for outcome in self._led:
            outcome.judge(self.trainer, self.run.accuracy)
        if self._leading() != self._told_led:
            self._tell()

    def _leading(self) -> list[str]:
        """In words, of those that are in force: what was taken back leads nowhere."""
        if not self._led:
            return []
        in_force = {event.n for event in self.trainer.journal.active}
        return [outcome.text for outcome in self._led if outcome.line in in_force]

    def _begin(self) -> None:
        """From step 0 on it is another run, of which nothing was asked yet."""
        self._skipped.clear()
        self._answered = 0
        if self._asked is not None or self._note or self._led:
            self._led = []
            self._ask(None, "")

    def _add(self, edits: Sequence[Edit], frame: int) -> list[int]:
        """Write down an answer, the time that it took shared among its edits; returns their lines."""
        others = [event.t for event in self.trainer.journal if event.edit is not None and event.by == "human"]
        since = time.time() - max(others, default=0.0)  # other edits meanwhile have their own seconds
        taken = min(time.perf_counter() - self._since, max(0.0, since))
        seconds = round(taken / len(edits), 1)
        add = self.trainer.journal.add
        return [add(edit, by="human", seconds=seconds, frame=frame) for edit in edits]

    def _ask(self, question: Suggestion | Sheet | None, note: str) -> None:
        self._card += 1
        self._asked, self._note, self._since = question, note, time.perf_counter()
        self._tell()
        self.changed()

    def _tell(self) -> None:
        self._told_led = self._leading()
        content: dict[str, Any] = {"card": None, "note": self._note, "led": self._told_led}
        asked, shown = self._asked, self.asked(self._card)
        typical: tuple[tuple[int, ...], ...] = ((), ())
        if asked is not None:
            content |= {"card": self._card, "n": len(shown), "question": "", "given": "", "proposed": ""}
            content |= {"evidence": "", "queue": ""}
        if isinstance(asked, Sheet):
            content |= {"question": asked.question, "reason": HOW, "trusted": True}
        elif asked is not None:
            shown = (asked.medoid, *(i for i in shown if i != asked.medoid))
            content |= {"given": asked.given, "proposed": asked.proposed}
            content |= {"reason": asked.reason, "trusted": asked.trusted}
            content |= {"evidence": asked.evidence, "queue": self._queue}
            typical = asked.typical
        buffers = (np.asarray(ids, "<u4").tobytes() for ids in (shown, *typical))
        self.widget.set_panel("suggestion", content, *buffers)

    @property
    def _step(self) -> str:
        return f"{self.trainer.steps:,}"
