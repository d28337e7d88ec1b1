"""Seated: a model at the agent's table, who chooses among what the rules propose, remarks, or holds back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..edits.kinds import touched
from ..energy.names import count
from ..suggestions.proposal import DONE, Proposal
from ..suggestions.suggester import Suggestion
from .asking.digest import HANDLES, Digest, digest
from .asking.drawing import draw
from .asking.likeness import likenesses
from .limits import Limits, used
from .shown import LASTS, Shown


class Seated(Shown):
    """The part of an agent that has a model beside it. It never adds to what the rules propose, and no step waits."""

    _limits: Limits
    _table: Any = None  # once there is a model
    _spent: Any = None  # what models were used for, whichever it was
    _change: Callable[[str, str, str], None]

    def _begin(self) -> None:
        super()._begin()
        self._waits = False  # a model was asked which card it shall be
        self._chosen: tuple[Proposal, int] | None = None  # a card to come, and the line that it was chosen at
        self._let: set[str] = set()  # what it let the rules do
        if self._table is not None:
            self._table.cancel()

    @property
    def llm(self) -> Any:
        """The model at the table, `gl.Llm(...)`, or None; may be set. Set again, it is tried again."""
        return None if self._table is None else self._table.llm

    @llm.setter
    def llm(self, llm: Any) -> None:
        if llm is None and self._table is None:
            return
        from .asking.llm import Llm
        from .asking.seat import Seat
        from .asking.spent import Spent

        if llm is not None and not isinstance(llm, Llm):
            raise TypeError(f'llm={llm!r} is no model; give gl.Llm("http://127.0.0.1:8080/v1"), or None')
        if self.trainer.closed:
            raise RuntimeError("this run is closed, and its agent is off; load its session to go on")
        self._spent = self._spent or Spent()

        def work() -> None:
            if self._table is not None:
                self._table.cancel()
            self._waits, self._chosen, self._let = False, None, set()
            self._table = None
            if llm is None:
                self.note = "No model is at the table; the rules go on."
            else:
                self._table = Seat(llm, self.run, lambda: self._limits, self._spent, self._hear_table)
                self._hear_table("")
                if self._level not in ("off", "explain"):  # else not one joule
                    self._table.meet(self._preview)

        self.run.runner.call(work)

    @property
    def payload(self) -> Any:
        """What was sent to the model last, or what is held until `allow()`: host, text and picture; None before."""
        return None if self._table is None else self._table.payload

    def allow(self) -> None:
        """Send what is held: its host may be asked from now on, until this session ends."""
        if self._table is None:
            raise ValueError("there is no model to be sent anything: set agent.llm first")
        self._table.allow()
        self.run.runner.call(lambda: self._table.meet(self._preview))

    @property
    def standing(self) -> dict[str, Any]:
        """As a page tells it: whose model, what it was used for, what was sent to it, and whether it is asked now."""
        seat, limits = self._table, self._limits
        if seat is None:
            return {"model": "", "used": "", "asking": False, "sent": None, "picture": b""}
        used = f"{seat.name} made {self._spent.calls:,} of {limits.calls:,} calls."
        sent = seat.payload
        told = None if sent is None else {"host": sent.host, "text": sent.text, "held": sent.held}
        picture = b"" if sent is None else sent.picture
        return {
            "model": seat.name,
            "used": used,
            "asking": seat.thread.busy,
            "sent": told,
            "picture": picture,
        }

    def look(self) -> Digest:
        """The run as it stands, as a model would be told: text, `numbers` and a `picture`. It changes nothing, and
        takes no pass but a look at validation data."""
        return self._call(lambda: self._digest(None))

    def cancel(self) -> None:
        """Call off a question to the model; the rules go on, and it is asked no more before the next epoch."""
        if self._table is not None:
            self._table.cancel()
            self._quiet = max(self._quiet, self._epoch + 1)  # or the pause that follows would ask once more
            self._waits = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no question to the model is on its way; False if one took longer than so many seconds."""
        while (table := self._table) is not None:
            if not table.thread.wait(timeout):
                return False
            self.run.runner.call(lambda: None)  # an answer is taken there, and may lead to another question
            if not table.thread.busy:
                break
        return True

    _call: Callable[[Callable[[], Any]], Any]

    def _preview(self) -> Any:
        """What a host that is not this machine would be sent, before anything is."""
        from .asking.seat import Payload

        told = self._digest(None)
        # the picture, too: it goes along once the model proved that it sees, and nobody is asked again then
        return Payload(self._table.llm.address.host, str(told), told.picture)

    def _digest(self, found: Sequence[Suggestion] | None) -> Digest:
        if found is None:
            found = self.run.suggester.suggest(HANDLES) if self._classes else []
        limits, (edits, _) = self._limits, used(self.run.journal)
        left = [count(max(0, limits.edits - edits), "edit")]
        if self._spent is not None:
            left += [count(max(0, limits.calls - self._spent.calls), "call")]
        trainer = self.trainer

        def picture() -> bytes:
            given = trainer.mending.y.numpy() if trainer.train.classes else None
            shown = self.llm is not None and self.llm.previews
            looks = likenesses(trainer.train, told.singles) if shown else ()
            return draw(trainer.seen.latents, given, [one.ids for one in found or ()], looks)

        told = digest(self.run, found, left, lambda: self.run.runner.call(picture))
        return told

    # -- cards -----------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        table = self._table
        if table is None:
            return super()._offer()
        if self._waits or not self._may_offer:
            return
        if self._chosen is not None:
            (card, line), self._chosen = self._chosen, None
            if self._stands(card, line):
                self._put(card)
                return
        if found := self._candidates(asked=False):
            self._ask(found)

    def _ask(self, found: list[Proposal]) -> None:
        """Have the model choose one; where it may not, or cannot be asked, the rules do."""
        table, offer = self._table, None
        table.meet(self._preview)
        if table.state == "ready":
            offer = self._offered(found)
            self._waits = table.ask(
                offer, lambda answer: self._take(offer, answer), picture=self._seen(offer.digest)
            )
        if not self._waits:
            card = self._put(found[0])
            if offer is not None:
                table.remark(
                    offer, lambda answer: self._say(card, answer.remark), picture=self._seen(offer.digest)
                )

    def _offered(self, found: list[Proposal]) -> Any:
        from .asking.offer import Choices

        groups = [card.about for card in found if isinstance(card.about, Suggestion)]
        return Choices(self._digest(groups), tuple(found), len(self.run.journal))

    def _seen(self, told: Digest) -> bytes:
        """The picture, for a model that proved that it sees."""
        powers = self._table.powers
        return told.picture if powers is not None and powers.image else b""

    def _take(self, offer: Any, answer: Any) -> None:
        """On the run's thread: the card that the model chose, or the rules' own where it did not answer."""
        self._waits = False
        if self._level in ("off", "explain") or self.trainer.closed:
            return
        name, choice = self._table.name, answer.choice
        card = offer.cards[0] if choice is None else offer.pick(choice)
        if card is None:
            self._quiet = self.trainer.epoch + LASTS
            self._hold(name, choice.reason)
            return
        if choice is not None:
            card = replace(card, remark=choice.reason, said_by=name, by=f"rules, chosen by {name}")
        self._chosen = (card, offer.line)
        self._offer()

    def _say(self, card: Proposal, remark: str) -> None:
        if remark:
            self.desk.remark(card, remark, self._table.name)

    def _hold(self, name: str, reason: str) -> None:
        said = f"{name} holds back what the rules propose."
        note = Proposal("note", reason=said, remark=reason, said_by=name, step=self.trainer.steps, state=DONE)
        self.desk.put(note, decided_by=name)
        self.note = f"{said} It says, not checked: “{reason}”" if reason else said

    def _stands(self, card: Proposal, line: int) -> bool:
        """Whether most of what a card is about is as it was when it was offered."""
        since = [event.edit for event in self.run.journal.active if event.n > line and event.edit]
        gone = {i for edit in since for i in touched(edit)}
        left = [i for i in card.ids if i not in gone]
        if len(left) < len(card.ids) / 2:
            return False
        return not (isinstance(card.about, Suggestion) and self._still(card, left) < len(card.ids) / 2)

    # -- what it does by itself -----------------------------------------------------------------------------------

    def _lets(self, card: Proposal, held: Callable[[], None]) -> bool:
        """Whether the rules may do this now, with a model at the table: it may hold that back, never begin it."""
        table, kind = self._table, card.kind
        if table is None or table.state == "gone":
            return True
        if kind in self._let:
            self._let.discard(kind)
            return True
        if self._waits:
            return False
        offer = self._offered([card])

        def take(answer: Any) -> None:
            self._waits = False
            choice = answer.choice
            if choice is None or (choice.action != "ask" and offer.pick(choice) is not None):
                self._let.add(kind)
            else:
                held()
                self._hold(table.name, choice.reason)

        self._waits = table.ask(offer, take, picture=self._seen(offer.digest))
        return False

    def _hear_table(self, said: str) -> None:
        """Something happened at the table: a level that its model may not have falls."""
        if said:
            self._waits, self.note = False, said
        table = self._table
        if table is not None and self._level in ("act", "alone") and (why := table.locked):
            self._change("suggest", "agent", f"It only suggests now: {why}.")
            self.note = f"It only suggests now: {why}. {said}".strip()
        self.told()
