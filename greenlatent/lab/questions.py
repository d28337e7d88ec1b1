"""Questions: one card at a time, whoever proposes what is on it, and the edits that its answer makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..edits.kinds import Affirm, Relabel
from ..energy.names import count
from ..run.run import Run
from ..suggestions.crowds import Crowds
from ..suggestions.desk import Desk
from ..suggestions.diagnosis import Doctor
from ..suggestions.proposal import ACCEPTED, CHANGED, EXPIRED, REJECTED, SHOWN, Proposal, proposed
from ..suggestions.review import Review, Revision, Sheet
from ..suggestions.suggester import TRUSTED_FROM, Suggestion
from ..suggestions.unnamed import Unnamed
from ..widgets.widget import Widget

OUTCOMES_TOLD = 3  # accepted suggestions whose outcome it tells


class Questions:
    """Shows proposals, and nothing else. Each card has a number, so that no second press answers the next one.

    All but `asked` on the run's thread. `shown` are the samples that can be seen and selected: sheets hold no others.
    """

    def __init__(self, run: Run, widget: Widget, shown: np.ndarray):
        self.run, self.widget, self.trainer, self._shown = run, widget, run.trainer, shown
        self.desk = Desk(
            run.trainer
        )  # where all proposals of the run lie; those made elsewhere are shown, too
        self.changed: Callable[[], object] = lambda: None  # told when another question is asked
        self.unnamed = Unnamed(Crowds(run.trainer))
        self.doctor = Doctor(run.trainer)
        self._diagnosis = ""  # of the samples of the card
        self._card = 0
        self._asked: Proposal | None = None
        self._since = 0.0
        self._note = self._queue = self._fell = ""
        self._answering = False  # what is heard of the desk meanwhile is our own doing
        self._answered = 0
        self._skipped: set[int] = set()  # on sheets that were set aside
        self._told_led: list[str] = []
        self.trainer.at_reset.append(self._begin)
        self.desk.accuracy = lambda: self.run.accuracy
        self.desk.listen(self._hear)

    def asked(self, card: int | None) -> tuple[int, ...]:
        """The samples that this card asks about, if it is the one that is shown."""
        return () if self._asked is None or card != self._card else self._asked.ids

    # -- suggestions -----------------------------------------------------------------------------------------

    def suggest(self, *, pick: bool = False) -> Suggestion | None:
        """Show the group that most deserves a look now, and return it; with none to trust, `pick` a sample to name."""
        suggester = self.run.suggester
        self.unnamed.leave()
        found = suggester.suggest(len(self.trainer.train))
        note = "" if found else f"Nothing stands out at step {self._step}. Train on, and ask again."
        if suggester.dry:
            note = "The last answers repaired nothing: your time may be better spent elsewhere."
        if pick and not any(s.trusted for s in found) and (picked := self._name_next()):
            found, note = [], picked
        self._queue = self._queue_of(found)
        self._ask(proposed(found[0]) if found else self._waiting(), note)
        return found[0] if found else None

    def _name_next(self) -> str:
        """Where samples have no label: one that stands for a crowd of them is selected, to be named by a key."""
        picked, note = self.unnamed.ask(self._shown)
        if picked is not None:
            self.widget.selection = [picked]
        return note

    def go_on(self) -> None:
        """An edit was made: where it names the sample that was asked about, the next one is."""
        if self.unnamed.answered:
            self._note = self._name_next() or "Every sample has a label now."
            self._tell()

    def spread(self) -> int:
        """Labels for those without one, from their neighbours, as one edit of the machine's; returns its line."""
        edit = self.unnamed.crowds.spread()
        self.unnamed.begin()
        line = self.trainer.journal.add(edit, by="machine")
        got = f"{count(len(edit.ids), 'sample')} got the label of those around them"
        self._note = f"{got}: undo takes that back whole."
        self._tell()
        return line

    def _queue_of(self, found: list[Suggestion]) -> str:
        """How many cards there are, so that their end can be seen; only those that can be trusted count."""
        left = [s for s in found if s.trusted]
        if not left:
            return ""
        doubted = len({i for s in left for i in s.ids})
        return f"Card {self._answered + 1} of about {self._answered + len(left)} · {count(doubted, 'label')} in doubt"

    def set_busy(self, busy: bool) -> None:
        """Whether somebody has a hand on the plot or is at a card: no other comes meanwhile. From any thread."""
        self.desk.busy = bool(busy)

    def accept(self, card: int, label: str | None = None, out: bool = False) -> None:
        """Do what is proposed, so or with another label that was chosen; or leave these samples `out`."""
        asked = self._asked
        if asked is None or card != self._card:
            return  # it was answered already, by another press or in another page
        if (answer := self.desk.answer(asked)) is not None:
            return self._pass_on(answer, "accept", label=label, out=bool(out))
        suggestion = asked.about
        if not isinstance(suggestion, Suggestion):
            return  # a sheet is sorted
        label = suggestion.proposed if label is None else label
        state = ACCEPTED if label == suggestion.proposed else CHANGED
        if self._count(asked, state, lambda p: [Relabel(p.ids, label)]) is None:
            return
        self.run.suggester.answer(suggestion, label == suggestion.proposed)
        self._answered += 1
        self.suggest()

    def reject(self, card: int) -> None:
        """The labels are right; a sheet is set aside, and its samples are not asked about again."""
        asked = self._asked
        if asked is None or card != self._card:
            return
        if (answer := self.desk.answer(asked)) is not None:
            return self._pass_on(answer, "reject")
        self._answering = True
        self.desk.move(asked, REJECTED, decided_by="human", seconds=self._seconds())
        self._answering = False
        if isinstance(asked.about, Suggestion):
            self.run.suggester.answer(asked.about, False)
            self._answered += 1
            self.suggest()
        else:
            self._skipped.update(asked.ids)
            self.review()

    def skip(self, card: int) -> None:
        """Ask about others first; it comes back when they are answered."""
        if self._asked is None or card != self._card or not isinstance(self._asked.about, Suggestion):
            return
        self.run.suggester.set_aside(self._asked.about)
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
        self.unnamed.leave()
        review = Review(self.trainer)
        with self.trainer.doing("suggest"):
            found = review.sheets(1, among=np.setdiff1d(self._shown, [*self._skipped]))
        if not found:
            note += " " * bool(note) + (
                f"Nothing that was left out is in question at step {self._step}. Train on, and try again."
                if review.left_out.any()
                else "Nothing is left out yet. Leave out all suspects first."
            )
        self._ask(proposed(found[0]) if found else None, note)

    def sort(self, card: int, marked: set[int], right: bool) -> None:
        """What is marked of the sheet has a right label, or a wrong one, and the rest the opposite."""
        asked = self._asked
        if asked is None or card != self._card or not isinstance(asked.about, Sheet):
            return
        if not marked:
            self._note = "None of these samples is selected. Press Show all (V) first."
            return self._tell()
        sheet = asked.about
        chosen = marked if right == sheet.left_out else set(sheet.ids) - marked
        found: list[Affirm] = []

        def edits(left: Proposal) -> list[Any]:
            made = replace(sheet, ids=left.ids).sort(chosen & set(left.ids))
            found.extend(edit for edit in made if isinstance(edit, Affirm))
            return made

        if (said := self._count(asked, ACCEPTED, edits)) is None:
            return
        affirmed = sum(len(edit.ids) for edit in found)
        note = f"{count(affirmed, 'sample')} affirmed, {len(said[1]) - affirmed} left out."
        if self.desk.answer(asked) is None:
            self.review(note)
        else:
            self._ask(self._waiting(), note)

    # -- telling ---------------------------------------------------------------------------------------------

    def look_back(self) -> None:
        """Some steps after a suggestion was accepted: what it led to; and what to hold later beliefs against."""
        self.desk.look_back()
        self.doctor.remember()
        if self._leading() != self._told_led:
            self._tell()

    def _leading(self) -> list[str]:
        """In words, of those that are in force: what was taken back leads nowhere."""
        led = [outcome for _, outcome in self.desk.outcomes[:OUTCOMES_TOLD]]
        if not led:
            return []
        in_force = {event.n for event in self.trainer.journal.active}
        return [outcome.text for outcome in led if outcome.line in in_force]

    def _begin(self) -> None:
        """From step 0 on it is another run, of which nothing was asked yet."""
        self._skipped.clear()
        self.unnamed.begin()
        self._answered = 0
        if self._asked is not None or self._note or self._told_led:
            self._ask(None, "")

    def _count(
        self, asked: Proposal, state: str, edits: Callable[[Proposal], list[Any]]
    ) -> tuple[list[int], tuple[int, ...]] | None:
        """Write down an answer, the time that it took shared among its edits; returns their lines and the samples
        that it still is about, or None where it came too late."""
        self._answering = True
        left = self.desk.standing(asked)
        try:
            lines, gone = self.desk.count(asked, state, edits, by="human", seconds=self._seconds())
        except ValueError as error:
            if self.desk.now(asked).state == SHOWN:
                raise
            self._ask(self._waiting(), str(error))
            return None
        finally:
            self._answering = False
        if gone:
            self._fell = f"{count(gone, 'sample')} fell away: edited since this was asked."
        return lines, left

    def _pass_on(self, answer: Callable[..., object], word: str, **more: Any) -> None:
        """To whoever made the proposal and carries it out."""
        note, self._answering = "", True
        try:
            note = str(answer(self._asked, word, by="human", seconds=self._seconds(), **more) or "")
        finally:
            self._answering = False
        self._ask(self._waiting(), note)

    def _seconds(self) -> float:
        """That this card has been looked at; other edits meanwhile have their own."""
        others = [event.t for event in self.trainer.journal if event.edit is not None and event.by == "human"]
        since = time.time() - max(others, default=0.0)
        return min(time.perf_counter() - self._since, max(0.0, since))

    def _waiting(self) -> Proposal | None:
        """The next of those that were proposed from elsewhere."""
        return next((p for p in self.desk.open if self.desk.answer(p) is not None), None)

    def _hear(self, proposal: Proposal, about: dict[str, Any]) -> None:
        """One from elsewhere is shown where nothing else is asked; what was answered elsewhere is asked no more."""
        if self._answering:
            return
        if "remarked" in about:
            if self._asked is not None and proposal.id == self._asked.id:
                self._asked = proposal
                self._tell()
        elif proposal.state == SHOWN:
            if self._asked is None and self.desk.answer(proposal) is not None:
                self._ask(proposal, "")
        elif self._asked is not None and proposal.id == self._asked.id:
            self._ask(self._waiting(), about.get("why", ""))

    def _ask(self, question: Proposal | None, note: str) -> None:
        self._card += 1
        former, self._asked = self._asked, None
        if former is not None and self.desk.answer(former) is None and self.desk.now(former).state == SHOWN:
            self.desk.move(former, EXPIRED, why="another was asked for")
        if question is not None and not question.id:
            self._answering = True
            question = self.desk.put(question)
            self._answering = False
        note = " ".join(part for part in (self._fell, note) if part)
        about = question is not None and isinstance(question.about, Suggestion)
        self._diagnosis = self.doctor.unasked(question.ids) if question and about else ""
        self._asked, self._note, self._since, self._fell = question, note, time.perf_counter(), ""
        self._tell()
        self.changed()

    def _tell(self) -> None:
        self._told_led = self._leading()
        content: dict[str, Any] = {"card": None, "note": self._note, "led": self._told_led}
        content["spread"] = self.unnamed.spreads
        asked, shown = self._asked, self.asked(self._card)
        typical: tuple[tuple[int, ...], ...] = ((), ())
        if asked is not None:
            saves = None if asked.saves is None else str(asked.saves)
            content |= {
                "card": self._card,
                "n": len(shown),
                "question": asked.question,
                "given": "",
                "proposed": "",
            }
            content |= {"reason": asked.reason, "trusted": True, "evidence": "", "queue": ""}
            content |= {"kind": asked.kind, "by": asked.by, "remark": asked.remark, "saves": saves}
            content |= {"said_by": asked.said_by}
            suggestion = asked.about
            unasked = self.desk.answer(asked) is not None
            content["unasked"] = unasked
            if unasked:
                who = {"rules": "the agent, by its rules", "agent": "the agent"}.get(asked.by, asked.by)
                content["queue"] = f"Proposed by {who}, at step {asked.step:,}"
            if isinstance(suggestion, Suggestion):
                shown = (suggestion.medoid, *(i for i in shown if i != suggestion.medoid))
                content |= {"given": suggestion.given, "proposed": suggestion.proposed}
                content |= {
                    "trusted": suggestion.trusted,
                    "evidence": suggestion.evidence,
                    "diagnosis": self._diagnosis,
                    "queue": content["queue"] if unasked else self._queue,
                }
                typical = suggestion.typical
        buffers = (np.asarray(ids, "<u4").tobytes() for ids in (shown, *typical))
        self.widget.set_panel("suggestion", content, *buffers)

    @property
    def _step(self) -> str:
        return f"{self.trainer.steps:,}"
