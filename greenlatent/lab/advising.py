"""Advising: the panel of advice: what looking takes, a card for each piece, and what a press on one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..energy.joules import Joules
from ..run.comparison import rough
from ..run.run import Run
from ..suggestions.desk import Desk
from ..suggestions.proposal import DONE, TAKEN_BACK, Proposal
from ..widgets.widget import Widget

if TYPE_CHECKING:  # nothing of it is loaded before somebody asks
    from ..tactics.advice import Advice
    from ..tactics.advisor import Advised

EPOCHS = 20  # of a plan where nobody said how long it is
ACTS, BACK, LEFT = "acts", "taken back", "left"


class Advising:
    """What was advised last, whoever asked for it, and what came of each; on the run's thread."""

    def __init__(self, run: Run, widget: Widget, desk: Desk):
        self.run, self._widget, self._desk = run, widget, desk
        self.found: Advised | None = None
        self._states: dict[int, str] = {}
        self._cards: dict[int, Proposal] = {}
        self._note = ""

    def advise(self, steps: int | None = None, **options: Any) -> Advised:
        """Look, and tell."""
        from ..tactics.advisor import CALLED_OFF, advise

        found = advise(self.run, steps, **options)
        self._note = found.note
        if found.note != CALLED_OFF or self.found is None:
            self.found, self._states, self._cards = found, {}, {}
            self._note += " Nothing cheaper was found." * (not found)
        self._note = self._note.strip()
        self.tell()
        return found

    def ask(self) -> None:
        """What the button does: of the plan that there is, else of a usual one."""
        steps, said = self._plan()
        self.advise(steps)
        self._note = f"{said} {self._note}".strip()
        self.tell()

    def rehearse(self, card: int) -> None:
        """Try one on twins."""
        advice = self._of(card)
        advice.rehearse()
        self.tell()

    def apply(self, card: int) -> None:
        """Live advice acts; of the rest a line of code says how to begin anew with it."""
        advice = self._of(card)
        if advice.how == "live":
            (advice.undo if advice.acts else advice.apply)()
            self.heed(by="human")
        else:
            self._note = self._how(card)
            self.tell()

    def heed(self, *, by: str = "code") -> None:
        """Cards follow what acts, whoever applied it or took it back."""
        changed = False
        for card, advice in enumerate(self.found or ()):
            acted = self._states.get(card) == ACTS
            if advice.acts == acted:
                continue
            changed, self._states[card] = True, BACK if acted else ACTS
            if acted:
                self._desk.move(self._cards[card], TAKEN_BACK, decided_by=by)
            else:
                self._cards[card] = self._desk.put(self._done(advice), decided_by=by)
        if changed:
            self.tell()

    def _done(self, advice: Advice) -> Proposal:
        return Proposal(
            "advice",
            advice.ids,
            reason=str(advice),
            step=self.run.trainer.steps,
            saves=_known(advice.forecast.joules),
            state=DONE,
        )

    def open(self) -> list[tuple[int, Advice]]:
        """What nobody answered and saves joules, by its number: what an agent may propose."""
        return [
            (k, advice)
            for k, advice in enumerate(self.found or ())
            if not self._states.get(k) and advice.forecast.joules.known
        ]

    def follow(self, number: int, card: Proposal, word: str) -> str:
        """Take a person's answer to an agent's card of it: live advice acts, and of the rest a line of code is said."""
        if word == "reject":
            self.leave(number)
            return "Nothing was changed."
        advice = self._of(number)
        if advice.how == "live":
            advice.apply()
            self._states[number], self._cards[number] = ACTS, card
            self._note = f"{advice.what}: it acts from the next step on."
        else:
            self._note = self._how(number)
        self.tell()
        return self._note

    def _how(self, card: int) -> str:
        code = f"lab.advice[{card}].apply()"
        return {
            "set-up": f"For another run: gl.Lab(**{code})",
            "model": f"What answers in its place: {code}",
            "what-if": f"What would be: print({code})",
        }[self._of(card).how]

    def leave(self, card: int) -> None:
        """Show it no more."""
        self._of(card)
        self._states[card] = LEFT
        self.tell()

    def tell(self) -> None:
        """Tell the page: the price of looking, the cards that were not left, and what was looked at."""
        rows = [
            self._row(k, advice) for k, advice in enumerate(self.found or ()) if self._states.get(k) != LEFT
        ]
        left = [] if self.found is None else self.found.left
        told = {"price": self._price(), "note": self._note, "rows": rows, "left": left}
        self._widget.set_panel("advice", told)

    def _row(self, card: int, advice: Advice) -> dict[str, Any]:
        from ..tactics.advice import capital

        cost = advice.cost
        return {
            "card": card,
            "what": capital(advice.what),
            "saves": f"{advice.saving} {advice.fewer}".strip(),
            "accuracy": advice.accuracy,
            "why": f"{capital(advice.why)}.",
            "live": advice.how == "live",
            "rehearse": rough(cost) if cost.known and advice.rehearsed is None else "",
            "state": self._states.get(card, ""),
        }

    def _of(self, card: int) -> Advice:
        if self.found is None or not 0 <= card < len(self.found) or self._states.get(card) == LEFT:
            raise ValueError("this advice is shown no more: look again for what could be cheaper")
        return self.found[card]

    def _plan(self) -> tuple[int, str]:
        from ..tactics.planned import planned

        trainer = self.run.trainer
        try:
            return planned(self.run, None), ""
        except ValueError:
            epoch = -(-len(trainer.train) // (trainer.batch_size * trainer.settings.accumulate))
            steps = max(EPOCHS * epoch, 2 * trainer.steps)
            return steps, f"For {steps:,} steps in all; for another number ask by lab.advise(steps=...)."

    def _price(self) -> str:
        """What looking takes, at most, at what steps took so far."""
        from ..tactics.planned import LEAST, SHARE

        done, spent = self.run.meter.units("train"), self.run.energy.get("train", Joules.missing())
        if not done or not spent.known:
            return "Looking takes about 2 % of a plan."
        plan = spent * (self._plan()[0] / done)
        return (
            f"Looking takes about {rough(plan * SHARE)}, {rough(plan * LEAST)} at most; it changes nothing."
        )


def _known(joules: Joules) -> Joules | None:
    return joules if joules.known else None
