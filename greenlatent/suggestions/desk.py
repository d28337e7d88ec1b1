"""Desk: every proposal of a run from its first word to its outcome, and the moment at which one comes to count."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..edits.kinds import Edit, Relabel, touched
from ..training.trainer import Trainer
from .outcome import Outcome, Stopped
from .proposal import AFTER, EXPIRED, SHOWN, Proposal

log = logging.getLogger(__name__)
KEPT = 20  # outcomes
LEAST = 0.5  # of its samples must nobody have edited since: else it is about something that is no more

Heard = Callable[[Proposal, dict[str, Any]], object]


class Desk:
    """Where proposals lie, whoever made them. All on the thread that owns the model, but for what only reads.

    >>> card = desk.put(proposed(suggestion))
    >>> desk.count(card, "accepted", lambda card: [Relabel(card.ids, card.label)], by="human")
    """

    def __init__(self, trainer: Trainer):
        self.trainer, self.journal = trainer, trainer.journal
        self.busy = False  # a hand is on the plot, or a card has the focus: nobody wants another
        self._name = os.urandom(3).hex()  # two desks never give the same id
        self._now: dict[str, Proposal] = {}
        self._lines: dict[str, int] = {}  # of the journal, when each was put down
        self._answers: dict[str, Callable[..., object]] = {}
        self._listeners: list[Heard] = []
        self.accuracy: Callable[[], float | None] = lambda: None  # as it was evaluated last
        self.outcomes: list[tuple[Proposal, Outcome | Stopped]] = []  # of what was accepted, the newest first
        trainer.at_reset.append(self._reset)

    def put(self, proposal: Proposal, answer: Callable[..., object] | None = None, **about: Any) -> Proposal:
        """Put one down, in the state that it has. `answer(proposal, word, **how)` is who carries it out, where that
        takes more than edits."""
        proposal = replace(proposal, id=f"{self._name}-{len(self._now) + 1}")
        self._now[proposal.id], self._lines[proposal.id] = proposal, len(self.journal)
        if answer is not None:
            self._answers[proposal.id] = answer
        self._tell(proposal, about)
        return proposal

    def now(self, proposal: Proposal) -> Proposal:
        """It as it is now."""
        if not isinstance(proposal, Proposal):
            raise TypeError(f"give a proposal, such as agent.pending[0], got {proposal!r}")
        if proposal.id not in self._now:
            raise ValueError(
                "this proposal was not made in this run; answer one of agent.pending, or ask agent.suggest()"
            )
        return self._now[proposal.id]

    def answer(self, proposal: Proposal) -> Callable[..., object] | None:
        """Who carries it out, if not whoever shows it."""
        return self._answers.get(proposal.id)

    @property
    def open(self) -> list[Proposal]:
        """Those that wait for an answer, the oldest first."""
        return [proposal for proposal in self._now.values() if proposal.state == SHOWN]

    def move(self, proposal: Proposal, state: str, **about: Any) -> Proposal:
        """Into another state; raises where it cannot come after the one that it is in."""
        before = self.now(proposal)
        _check_follows(before, state)
        after = self._now[before.id] = replace(proposal, state=state)
        self._tell(after, about)
        return after

    def remark(self, proposal: Proposal, remark: str, said_by: str) -> None:
        """A model's words about one that waits for an answer; where it was answered meanwhile, they are dropped."""
        before = self.now(proposal)
        if before.state == SHOWN:
            after = self._now[before.id] = replace(before, remark=remark, said_by=said_by)
            self._tell(after, {"remarked": True})

    def standing(self, proposal: Proposal) -> tuple[int, ...]:
        """Those of its samples that nobody has edited since it was put down."""
        line = self._lines[proposal.id]
        edited = {
            i for event in self.journal.active if event.n > line and event.edit for i in touched(event.edit)
        }
        return tuple(i for i in proposal.ids if i not in edited)

    def count(
        self,
        proposal: Proposal,
        state: str,
        edits: Callable[[Proposal], Sequence[Edit]],
        *,
        by: str,
        seconds: float | None = None,
        **about: Any,
    ) -> tuple[list[int], int]:
        """Let it count, if it still can: its samples are looked at again where nobody can edit in between.

        Returns the lines of the journal, and how many samples fell away because others edited them. Where more than
        half did, nothing is written, it expires, and that raises.
        """
        with self.journal.lock:
            before = self.now(proposal)
            _check_follows(before, state)
            left = replace(before, label=proposal.label, ids=self.standing(before))
            gone = len(before.ids) - len(left.ids)
            if before.ids and len(left.ids) < LEAST * len(before.ids):
                self.move(
                    before, EXPIRED, why=f"{gone} of its {len(before.ids)} samples were edited meanwhile"
                )
                raise ValueError(
                    f"{gone} of the {len(before.ids)} samples were edited since this was proposed, so it expired; ask"
                    " again"
                )
            made = edits(left)
            taken = None if seconds is None or not made else round(seconds / len(made), 1)
            lines: list[int] = []
            try:
                for edit in made:
                    lines.append(self.journal.add(edit, by=by, seconds=taken, frame=before.step))
            except BaseException:  # all of an answer, or nothing
                for line in lines:
                    self.journal.mute(line, by=by)
                raise
            after = self.move(left, state, lines=lines, gone=gone, decided_by=by, seconds=seconds, **about)
            found: list[tuple[Proposal, Outcome | Stopped]] = [
                (after, Outcome(self.trainer, line, edit.ids, edit.label, self.accuracy()))
                for line, edit in zip(lines, made, strict=True)
                if isinstance(edit, Relabel) and isinstance(edit.label, str)
            ]
            self.outcomes = [*found, *self.outcomes][:KEPT]
        return lines, gone

    def stopped(self, proposal: Proposal, left: int) -> None:
        """Training ends for it, with so many steps left: should it go on all the same, that tells what they took."""
        if left:
            outcome = Stopped(self.trainer, left, proposal.saves, self.accuracy())
            self.outcomes = [(proposal, outcome), *self.outcomes][:KEPT]

    def look_back(self) -> None:
        """What accepted proposals led to, an epoch later, is told of them, too."""
        for proposal, outcome in self.outcomes:
            if not outcome.numbers:
                outcome.judge(self.trainer, self.accuracy())
                if outcome.numbers:
                    self._tell(self._now[proposal.id], {"outcome": outcome.numbers})

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Call back with each proposal that came or changed its state; what is returned ends that."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard) if heard in self._listeners else None

    def _reset(self) -> None:
        """From step 0 on it is another run, which no proposal is about."""
        self.outcomes = []
        for proposal in self.open:
            self.move(proposal, EXPIRED, why="the run began anew")

    def _tell(self, proposal: Proposal, about: dict[str, Any]) -> None:
        for heard in list(self._listeners):
            try:
                heard(proposal, about)
            except Exception:
                log.exception("who was to hear of a proposal failed; training goes on")


def _check_follows(before: Proposal, state: str) -> None:
    if state not in AFTER[before.state]:
        was = "waits for an answer" if before.state == SHOWN else f"is {before.state} already"
        raise ValueError(
            f"this proposal {was}, so it cannot become {state}; agent.pending has those that wait"
        )
