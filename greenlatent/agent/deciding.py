"""Deciding: what an agent does at the border between two epochs, from what training has seen, never from the time."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..edits.kinds import Drop
from ..energy.joules import Joules
from ..energy.names import count
from ..suggestions.proposal import DONE, EXPIRED, Proposal
from ..suggestions.review import Review, Revision
from ..training.evaluate import accuracy
from . import rules
from .limits import AGENT, Limits, reached, spending
from .seated import Seated

log = logging.getLogger(__name__)


class Deciding(Seated):
    """The part of an agent that looks at each border, and acts as far as its level and limits allow."""

    _limits: Limits
    _lines: dict[str, list[int]]  # of the journal, by what was done
    _deaf: list[Callable[[], object]]

    def _border(self) -> None:
        try:
            with self.trainer.doing(AGENT):
                self._decide()
        except Exception as error:
            log.warning("the agent could not decide", exc_info=True)
            self.run.fail("The agent could not decide; training goes on", error)

    def _decide(self) -> None:
        if why := spending(self._limits, self.cost, self._next_look, self._seconds) if self._priced else "":
            return self._fall(why)
        self._epoch = self.trainer.epoch
        self._expire()
        self.desk.look_back()
        if not self.guard and self._classes and self._looks_now:
            self._looks += 1
            self.guard = rules.opens(self.trainer)
            self._due = self._epoch
        if (
            self._acts
            and self._revision_left
            and self._epoch >= self._due
            and self._lets(self._revision_card(), self._put_off)
        ):
            self._revise()
        if (
            self._epoch % rules.EVERY == 0
        ):  # more often, it would cost more and tell nothing that decides otherwise
            self._plateau.take(self._value())
        over = self._plateau.reached and not (self._acts and self._revision_left)
        if over and self._level == "alone" and not self.trainer.foreign:
            if self._lets(self._stop_card(), self._go_on):
                self._stop()
            return
        self._offer()

    @property
    def _looks_now(self) -> bool:
        """At each border while mistakes show best, then at every sixth: on right labels a look is for nothing."""
        often = self._looks < rules.LOOKS or self._epoch % (2 * rules.EVERY) == 0
        return often and self.trainer.steps >= rules.FROM_STEP

    @property
    def _revision_left(self) -> bool:
        return self.guard and self._revisions < rules.REVISIONS

    def _revision_card(self) -> Proposal:
        """What a revision would be, as a model is told of it."""
        ids = () if self._table is None else tuple(self.run.suggester.trusted())
        return Proposal(
            "drop", ids, reason=f"{count(len(ids), 'sample')} may be labelled wrong.", step=self.trainer.steps
        )

    def _put_off(self) -> None:
        self._due = self._epoch + rules.EVERY

    def _go_on(self) -> None:
        self._plateau = rules.Plateau()

    def _revise(self) -> None:
        """What can be trusted to be wrong is left out, and what the net guesses as labelled by now is taken back."""
        trainer, suggester = self.trainer, self.run.suggester
        before = len(self.run.journal)
        refused: list[str] = []

        def allowed(revision: Revision) -> bool:
            edits = Review(trainer).edits(revision)
            ids = {i for edit in edits for i in getattr(edit, "ids", ())}
            cost = (
                (self.cost, self._next_look, self._seconds) if self._priced else (Joules.missing(), 0.0, 0.0)
            )
            named: dict[str, Any] = {"spent": cost[0], "next_look": cost[1], "seconds": cost[2]}
            why = reached(
                self._limits, self.run.journal, len(trainer.train), edits=len(edits), ids=ids, **named
            )
            refused.extend([why] * bool(why))
            return not why

        done = Review(trainer).carry_out(suggester.trusted(), by=AGENT, allowed=allowed)
        if refused:
            return self._fall(refused[0])
        self._revisions += 1
        self._due = self._epoch + rules.EVERY
        events = [e for e in list(self.run.journal)[before:] if e.by == AGENT and e.edit is not None]
        for event in events:
            edit = event.edit
            out = isinstance(edit, Drop)
            ids = tuple(getattr(edit, "ids", ()))
            reason = count(len(ids), "sample") + (" left out, as labelled wrong." if out else " taken back.")
            card = Proposal("drop" if out else "weigh", ids, reason=reason, step=trainer.steps, state=DONE)
            card = replace(card, weight=None if out else getattr(edit, "weight", None))
            self._lines[self.desk.put(card, lines=[event.n], decided_by=AGENT).id] = [event.n]
        if events:
            spare = count(len(done.astray), "sample")
            self.note = f"By itself it left out {spare} and took back {len(done.cleared):,}."

    def _value(self) -> float:
        """How good the run is at this border, in points: accuracy on validation data, else what training has seen."""
        trainer = self.trainer
        if self._validated and trainer.valid is not None:
            return 100 * accuracy(trainer.network, trainer.valid)
        loss, on = trainer.seen.loss.cpu().numpy(), trainer.mending.weights > 0
        if self._classes:
            on[rules.look(trainer).sure] = False
        seen = loss[on & np.isfinite(loss)]
        mean = float(seen.mean()) if len(seen) else math.inf
        return 100 * math.exp(-mean) if self._classes else -100 * math.log(max(mean, 1e-12))

    def _stop(self) -> None:
        card = self.desk.put(self._stop_card(DONE), decided_by=AGENT)
        self._end_training(card)
        self.note = f"Training was ended after step {self.trainer.steps:,}. {card.reason}"

    def _fall(self, why: str) -> None:
        """At a limit it only suggests; raising one is a person's act."""
        self.note = f"It acts no more: {why}. Raise agent.limits, and set the level again."
        self._change("explain" if why.startswith("what it spends") else "suggest", AGENT, self.note)

    def _change(self, level: str, by: str, why: str) -> None:
        self._level = level
        self.desk.put(Proposal("note", reason=why, step=self.trainer.steps, state=DONE), decided_by=by)
        for end in self._deaf:
            end()
        self._deaf = []
        if self._table is not None and level in ("off", "explain"):
            self._table.cancel()
            self._waits, self._chosen = False, None
        if level in ("suggest", "act", "alone"):  # else not one look
            self._deaf = [self.trainer.at_epoch(self._border), self.run.listen(self._word)]
            if self._table is not None:
                self._table.meet(self._preview)
        else:
            for card in self.pending:
                self.desk.move(card, EXPIRED, why=f"the level is {level}")

    @property
    def _priced(self) -> bool:
        return self._limits.joules is not None or self._limits.seconds is not None

    @property
    def _next_look(self) -> float:
        """Joules that one look more could take at most, as far as the looks so far tell."""
        done, cost = self.run.meter.units(AGENT), self.cost
        return 2 * cost.high / done if done and cost.known else 0.0

    @property
    def _seconds(self) -> float:
        return self.run.meter.seconds_of(AGENT)

    @property
    def cost(self) -> Joules:
        """Joules of its looks so far; they count in the ledger, and in the budget of the run."""
        return self.run.energy.get(AGENT, Joules.missing())
