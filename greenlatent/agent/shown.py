"""Shown: the cards of an agent: which deserve one, when one is shown, and what an answer does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..edits.kinds import Drop, Edit, Relabel, Weigh
from ..energy.joules import Joules
from ..energy.names import count
from ..run.run import Run
from ..suggestions.desk import Desk
from ..suggestions.proposal import ACCEPTED, CHANGED, EXPIRED, REJECTED, SHOWN, Proposal, proposed
from ..suggestions.review import SHEET, Sheet
from ..suggestions.suggester import Suggestion
from . import cards, rules
from .limits import AGENT
from .words import name

LASTS = 3  # epochs that a card waits, and that no other comes after one was rejected
REJECTS = 3  # in a row, after which none comes until somebody asks
AGAIN = 0.5  # of a card's samples were in one that was rejected: it does not come back


class Shown:
    """The part of an agent that shows cards and carries out their answers."""

    def __init__(self, run: Run, desk: Desk):
        self.run, self.trainer, self.desk = run, run.trainer, desk
        # whether somebody sees the run, which the level "act" waits for
        self.watched: Callable[[], bool] = lambda: False
        self.told: Callable[[], object] = lambda: None  # something about it changed between two looks
        # what advice nobody answered, by its number, and what takes an answer to a card of it, and says what came of it
        self.advised: Callable[[], Sequence[tuple[int, Any]]] = tuple
        self.follow: Callable[[int, Proposal, str], str] = lambda number, card, word: ""
        self.note = ""  # what it said last
        self.saved = Joules(0.0, 0.0, 0.0, {"forecast": 1.0})  # not spent, by forecasts that were accepted
        self._level = "off"
        self._locked = rules.locked(run.trainer.train)  # why nothing can be left out, if so
        self._rejected: list[tuple[str, frozenset[int]]] = []
        self._begin()

    def _begin(self) -> None:
        self._spared = 0  # steps of plans that were ended
        self._held: object = None  # the comparison that this was held against last
        self.guard = False  # whether so much stood out that it may act; it stays open until a reset
        self._revisions, self._due, self._epoch, self._looks = 0, 0, -1, 0
        self._plateau = rules.Plateau()
        self._quiet, self._rejects = -1, 0  # until which epoch, and how often in a row
        self._shown: dict[str, float] = {}  # cards, and the epoch in which each was put down
        self._pruned = False
        self._advised: set[str] = set()  # what it proposed by itself
        self._numbers: dict[str, int] = {}  # of advice, by what its card says

    @property
    def _classes(self) -> bool:
        return not self._locked

    @property
    def _acts(self) -> bool:
        """Whether it may leave out and take back by itself now."""
        return self._classes and (self._level == "alone" or (self._level == "act" and self.watched()))

    @property
    def _validated(self) -> bool:
        valid = self.trainer.valid
        return valid is not None and self._classes and bool((valid.y >= 0).any())

    def _stop_card(self, state: str = SHOWN) -> Proposal:
        what = (
            "accuracy"
            if self._validated
            else "what training itself has seen, as there are no validation data"
        )
        return cards.stop(self.run, self._plateau, what, state=state)

    def _end_training(self, card: Proposal) -> None:
        self.saved = cards.added(self.saved, card.saves)
        self._spared += self.run.runner.left or 0
        self.desk.stopped(card, self.run.runner.left or 0)
        if card.kind == "budget" and card.weight and self.run.budget is not None:
            self.run.budget.raise_to(joules=card.weight)
        self.run.pause(wait=False)
        self._plateau = rules.Plateau()

    @property
    def pending(self) -> list[Proposal]:
        """Its cards that wait for an answer."""
        return [card for card in self.desk.open if card.id in self._shown]

    def _word(self, word: str) -> None:
        if word == "pause" and not self.trainer.closed and self._may_offer:
            with self.trainer.doing(AGENT):
                self._offer()

    @property
    def _may_offer(self) -> bool:
        """At most one card, and none while somebody is busy with something else."""
        quiet = self._rejects >= REJECTS or self._epoch < self._quiet
        return not (quiet or self.desk.busy or self.desk.open) and self._level != "off"

    def _offer(self) -> None:
        if not self._may_offer:
            return
        if found := self._candidates(asked=False):
            self._put(found[0])
        elif told := [card for card in self._advice() if card.reason not in self._advised]:
            self._advised.add(told[0].reason)  # by itself it says so once
            self._put(told[0])

    def _advice(self) -> list[Proposal]:
        """Cards of what `lab.advise` found, the best first; it looks for none by itself."""
        self._numbers = {}
        found = []
        for number, what in self.advised():
            card = cards.advised(self.run, what)
            self._numbers[card.reason] = number
            found.append(card)
        return found

    def _candidates(self, *, asked: bool = True) -> list[Proposal]:
        """What deserves a card, the best first; unless somebody asked, only what the guard lets stand out."""
        found: list[Proposal] = []
        if self._plateau.reached:
            found.append(self._stop_card())
        if self._classes and (asked or (self.guard and not self._acts)):
            trusted = [s for s in self.run.suggester.suggest(SHEET) if s.trusted]
            found += [proposed(suggestion) for suggestion in trusted]
            if ids := self.run.suggester.suspects(SHEET // 3):
                asks = f"{len(ids)} single labels look most wrong: which of them are?"
                sheet = Sheet(tuple(ids), None, False, len(ids) / 2, self.trainer.steps, asks)
                card = proposed(sheet)
                found.append(replace(card, reason=f"{card.reason} {self._guarded()}".strip()))
        if (asked or not self._pruned) and not self.guard and self.trainer.epoch >= rules.PRUNE_FROM:
            self._pruned = True
            found += [card for card in (cards.prune(self.run),) if card is not None]
        return [card for card in found if not self._is_rejected(card)]

    def _guarded(self) -> str:
        return "" if self.guard or not self._classes else str(rules.look(self.trainer))

    def _is_rejected(self, card: Proposal) -> bool:
        ids = set(card.ids)
        return any(
            kind == card.kind and ids and len(ids & before) >= AGAIN * len(ids)
            for kind, before in self._rejected
        )

    def _put(self, card: Proposal) -> Proposal:
        put = self.desk.put(card, self._answer)
        self._shown[put.id] = self.trainer.epoch
        return put

    def _expire(self) -> None:
        """Cards end after three epochs, and when they are about something that is no more."""
        for card in self.pending:
            if self._epoch - self._shown[card.id] >= LASTS:
                self.desk.move(card, EXPIRED, why=f"{LASTS} epochs have passed")
            elif isinstance(card.about, Suggestion):
                still = self._still(card, self.desk.standing(card))
                if still < len(card.ids) / 2:
                    self.desk.move(
                        card, EXPIRED, why=f"{still} of {len(card.ids)} are unedited and still guessed so"
                    )

    def _still(self, card: Proposal, left: Sequence[int]) -> int:
        """How many of these samples are guessed as the card's suggestion says."""
        if not isinstance(card.about, Suggestion):
            return len(left)
        predicted = self.trainer.seen.predicted[list(left)].cpu().numpy()
        return int((predicted == self.trainer.class_index(card.about.proposed)).sum())

    def _answer(
        self,
        proposal: Proposal,
        word: str,
        *,
        by: str,
        seconds: float | None = None,
        label: str | None = None,
        out: bool = False,
        some: frozenset[int] | None = None,
    ) -> str:
        """Carry out an answer to a card."""
        card = self.desk.now(proposal)
        if card.kind == "advice":
            said = self.follow(self._numbers[card.reason], card, word)
            self.desk.move(card, REJECTED if word == "reject" else ACCEPTED, decided_by=by, seconds=seconds)
            return said
        if word == "reject":
            self.desk.move(card, REJECTED, decided_by=by, seconds=seconds)
            return "Nothing was changed."
        if label is not None and label not in self.trainer.classes:
            known = ", ".join(map(name, self.trainer.classes[:10]))
            raise ValueError(f"label={label!r} is no class; give one of {known}")
        if label is not None and card.kind not in ("relabel", "sort", "drop"):
            raise ValueError(f"a card to {card.kind} takes no label; accept it without one")
        if some is not None and (strange := some - set(card.ids)):
            raise ValueError(f"sample {min(strange)} is not on this card; name some of its {len(card.ids)}")
        if not card.ids:
            self.desk.move(card, ACCEPTED, decided_by=by, seconds=seconds)
            if card.kind in ("stop", "budget"):
                self._end_training(card)
                return f"Training ends after step {self.trainer.steps:,}."
            return ""
        out = out and card.kind in ("relabel", "sort", "drop")
        state = CHANGED if out or label not in (None, card.label) or some is not None else ACCEPTED

        def edits(left: Proposal) -> list[Edit]:
            if some is not None:
                if isinstance(card.about, Sheet):
                    return replace(card.about, ids=left.ids).sort(some & set(left.ids))
                left = replace(left, ids=tuple(i for i in left.ids if i in some))
            return [Drop(left.ids) if out else _edit(left, label or left.label)] if left.ids else []

        lines, gone = self.desk.count(card, state, edits, by=by, seconds=seconds)
        if card.kind == "prune":
            self.saved = cards.added(self.saved, card.saves)
        fell = f" {count(gone, 'sample')} fell away, edited since." if gone else ""
        about = len(card.ids) - gone if some is None else len(some)
        at = f"line {lines[0]} of the journal" if lines else "which changes nothing"
        return f"{count(about, 'sample')}, {at}.{fell}"

    def _hear_answer(self, proposal: Proposal) -> None:
        """A card of ours changed its state, whoever did it."""
        if proposal.id not in self._shown:
            return
        if proposal.state in (ACCEPTED, CHANGED):
            self._rejects = 0
        elif proposal.state == REJECTED:
            self._rejects += 1
            self._quiet = self.trainer.epoch + LASTS
            self._rejected.append((proposal.kind, frozenset(proposal.ids)))
        if isinstance(proposal.about, Suggestion) and proposal.state in (ACCEPTED, CHANGED, REJECTED):
            self.run.suggester.answer(proposal.about, proposal.state == ACCEPTED)


def _edit(card: Proposal, label: str | None) -> Edit:
    """What an accepted card does to its samples; of a sheet, all look wrong."""
    if card.kind in ("weigh", "prune"):
        return Weigh(card.ids, float(card.weight or 0.0))
    return Drop(card.ids) if label is None else Relabel(card.ids, label)
