"""Agent: looks at a run at the border between two epochs, proposes, and acts as far as its level and limits allow."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..edits.kinds import Drop
from ..energy.joules import Joules
from ..energy.names import count
from ..run.run import Run
from ..run.session import PROPOSALS
from ..suggestions.desk import Desk
from ..suggestions.proposal import DONE, TAKEN_BACK, Proposal
from . import cards, rules
from .deciding import Deciding
from .limits import AGENT, Limits, checked
from .record import Proposals
from .words import advice, explained

LEVELS = ("off", "explain", "suggest", "act", "alone")


class Agent(Deciding):
    """Beside a run, made by `lab.agent()`. At the level "suggest" it shows cards, "act" leaves out and takes back by
    itself while somebody watches, "alone" also ends training; it renames nothing by itself, at any level.

    >>> agent = lab.agent("alone")
    >>> lab.step(2500)
    >>> print(agent.note, agent.saved)
    >>> agent.undo()
    """

    def __init__(
        self,
        run: Run,
        desk: Desk | None = None,
        *,
        level: str = "suggest",
        limits: Limits | None = None,
        llm: Any = None,
    ):
        if run.trainer.closed:
            raise RuntimeError("this run is closed: load its session, and give that one an agent")
        super().__init__(run, desk or Desk(run.trainer))
        self.selected: Callable[[], Any] = tuple  # the samples that `explain` is about, where none are named
        self._limits = checked(Limits() if limits is None else limits)
        folder = None if run.session is None else run.session.folder
        begun = None if folder is None else folder / PROPOSALS
        self.record = Proposals(self._place, self._record_failed, begun)
        self._lines: dict[str, list[int]] = {}  # of the journal, by what was done
        self._deaf: list[Callable[[], object]] = []
        self.desk.accuracy = lambda: run.accuracy
        self.desk.listen(self._hear)
        self.trainer.at_reset.append(self._reset)
        run.listen(self._heard)
        self.trainer.at_close.append(self.cancel)
        self.set_level(level)
        self.llm = llm

    @property
    def level(self) -> str:
        """What it may do: "off", "explain", "suggest", "act" or "alone"; may be set."""
        return self._level

    @level.setter
    def level(self, level: str) -> None:
        self.set_level(level)

    def set_level(self, level: str, *, by: str = "code") -> None:
        """The same, with who says so."""
        if level not in LEVELS:
            raise ValueError(f"level={level!r} is none; there are {', '.join(LEVELS)}")
        if why := self.levels[level]:
            raise ValueError(f"the level {level} is locked: {why}")
        if self.trainer.closed:
            raise RuntimeError("this run is closed, and its agent is off; load its session to go on")
        if level != self._level:
            self.run.runner.call(lambda: self._change(level, by, f"The level is {level} now."))

    @property
    def levels(self) -> dict[str, str]:
        """Each level, with why it is locked, or ""."""
        model = "" if self._table is None else self._table.locked
        locks = {"act": self._locked or model, "alone": model}
        return {level: locks.get(level, "") for level in LEVELS}

    @property
    def limits(self) -> Limits:
        """What it may use; may be set."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        self._limits = checked(limits)

    def suspects(self, n: int = 40) -> list[int]:
        """The n single samples whose label looks most wrong, the worst first."""
        return self.run.suggester.suspects(n)

    def explain(self, ids: Any = None) -> str:
        """These samples, or those that are selected, in the rules' words; without any, the run as a whole."""
        given = self.selected() if ids is None else ids
        chosen = Drop(tuple(given)).ids if len(given) else ()
        if chosen and max(chosen) >= len(self.trainer.train):
            raise ValueError(
                f"there is no sample {max(chosen)}; they count from 0 to {len(self.trainer.train) - 1}"
            )
        self._check_classes()

        def work() -> str:
            look = rules.look(self.trainer)
            if chosen:
                return explained(self.trainer, look, chosen)
            return " ".join([str(look), *advice(look, self._plateau)])

        return self._call(work)

    def suggest(self, n: int = 1) -> list[Proposal]:
        """Up to n cards, now, whatever was rejected in a row before; none where nothing deserves one."""
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise ValueError(f"suggest takes a number of cards from 1 up, got {n!r}")
        if self._level in ("off", "explain"):
            raise ValueError(
                f"the level is {self._level}, which shows no cards; set agent.level = 'suggest' first"
            )
        self._quiet, self._rejects = -1, 0

        def work() -> list[Proposal]:
            found = [*self._candidates(), *self._advice()][:n]
            if not found:
                self.note = (
                    f"Nothing deserves a card at step {self.trainer.steps:,}. {self._guarded()}".strip()
                )
            return [self._put(card) for card in found]

        return self._call(work)

    def accept(
        self, proposal: Proposal, label: str | None = None, *, ids: Any = None, out: bool = False
    ) -> str:
        """Do it, with another label or about some of its samples where they are given: of a sheet, those whose labels
        are wrong; or leave the samples `out` instead. What came of it, in words."""
        some = None if ids is None else frozenset(Drop(tuple(ids)).ids)
        return self._call(
            lambda: self._answer(proposal, "accept", label=label, out=out, some=some, by="code")
        )

    def reject(self, proposal: Proposal) -> str:
        """Do nothing of it; the like does not come back about the same samples."""
        return self._call(lambda: self._answer(proposal, "reject", by="code"))

    def host(self, proposal: Proposal) -> Proposal:
        """Put a card of somebody else's beside its own, at any level; it does not expire by itself."""

        def work() -> Proposal:
            put = self.desk.put(proposal, self._answer)
            self._shown[put.id] = math.inf
            return put

        return self._call(work)

    def serve(self, port: int = 0) -> Any:
        """Let assistants beside Jupyter look at this run and propose, over MCP: prints as the lines to paste. On this
        machine only, with a token, until the run is closed.

        >>> print(agent.serve())
        """
        from .mcp import Serving

        if self.trainer.closed:
            raise RuntimeError("this run is closed, and its agent is off; load its session to go on")
        return Serving(self, port)

    def undo(self, *, by: str = "code") -> int:
        """Take back all that it did by itself: every edit of its own in force is muted, newest first; how many. Edits
        of people stay, and weights are not rewound."""

        def work() -> int:
            with self.run.journal.lock:
                waiting = [event.n for event in reversed(self.run.journal.active) if event.by == AGENT]
                total = len(waiting)
                while waiting:
                    refused: list[int] = []
                    for line in waiting:
                        try:  # one may leave nothing to train on that another, muted after it, puts back
                            self.run.change(self.run.journal.mute, n=line, by=by)
                        except ValueError:
                            refused.append(line)
                    if len(refused) == len(waiting):
                        raise ValueError(
                            "without its edits nothing would be left to train on: first put others back"
                        )
                    waiting = refused
            self._note_taken_back(by)
            if total:
                self.note = f"{count(total, 'edit')} of the agent taken back; the weights stay as they are."
            return total

        return self.run.runner.call(work)

    def _heard(self, word: str) -> None:
        """An edit of its own may have been muted, or undone, one by one; or a control run came, to hold a saving
        against."""
        found = self.run.comparison
        if word == "evaluation" and found is not None and found is not self._held and self._spared:
            self._held = found
            said, numbers = cards.held_against(self.saved, self._spared, found)
            self.note = said
            note = Proposal("note", reason=said, step=self.trainer.steps, state=DONE)
            self.desk.put(note, decided_by=AGENT, numbers=numbers)
        if word == "edit" and self._lines:
            self._note_taken_back(list(self.run.journal)[-1].by)

    def _note_taken_back(self, by: str) -> None:
        active = {event.n for event in self.run.journal.active}
        for ident, lines in list(self._lines.items()):
            card = self.desk.now(Proposal("note", id=ident))
            if card.state == DONE and not active & set(lines):
                self.desk.move(card, TAKEN_BACK, lines=lines, decided_by=by)

    def _hear(self, proposal: Proposal, about: dict[str, Any]) -> None:
        """A proposal came, or changed its state, whoever made it."""
        self.record.note(proposal, about, step=self.trainer.steps)
        if "outcome" not in about:
            self._hear_answer(proposal)

    def _reset(self) -> None:
        """From step 0 on it is another run, which nobody has allowed anything in yet."""
        self._begin()
        if self._level != "off":
            self._change("off", "reset", "The run began anew, so the level is off.")

    def _record_failed(self, error: Exception) -> None:
        self.run.fail("Training goes on, but the record of proposals could not be written", error)

    def _place(self) -> Path | None:
        """The record's file; its session is begun where there is none yet."""
        session, journal = self.run.session, self.run.journal
        if session is None:
            return None
        if session.folder is None:
            journal.begin()
        journal.make_sure()
        return None if session.folder is None else session.folder / PROPOSALS

    def _call(self, work: Callable[[], Any]) -> Any:
        if self.trainer.closed:
            raise RuntimeError("this run is closed, and its agent with it; load its session to go on")

        def marked() -> Any:
            with self.trainer.doing(AGENT):
                return work()

        return self.run.runner.call(marked)

    def _check_classes(self) -> None:
        if not self._classes:
            raise ValueError(f"the agent has nothing to say of single samples here: {self.levels['act']}")

    def __repr__(self) -> str:
        train = self.run.energy.get("train", Joules.missing())
        part = f", {self.cost.value / train.value:.1%} of training" if self.cost.known and train.known else ""
        return (
            f"Agent({self._level}, {count(len(self.pending), 'card')} open, its looks took {self.cost}{part})"
        )
