"""Beside: an agent that an arm has, and who answers its cards: nobody, chance, or a simulated person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ... import Drop, Relabel
from .person import Effort, Person, Screen
from .trial import Eyes

ANSWERS = ("nobody", "chance", "person")


@dataclass(frozen=True)
class Beside:
    """An agent at this level, with these limits, and a model at its table where `llm` is one. `answers` says who
    answers its cards: "nobody", "chance", or the arm's "person".
    """

    level: str = "suggest"
    answers: str = "nobody"
    llm: Any = None
    limits: Any = None

    def __post_init__(self) -> None:
        if self.answers not in ANSWERS:
            raise ValueError(f"answers is one of {', '.join(ANSWERS)}; got {self.answers!r}")


class Answering:
    """Who answers cards, one at a time, and what that took."""

    def __init__(self, who: Beside, person: Person | None, eyes: Eyes | None, rng: np.random.Generator):
        self.who, self.person, self.eyes, self.rng = who, person, eyes, rng
        self.account = Effort()
        self.answers = {"accepted": 0, "changed": 0, "rejected": 0}

    def answer(self, agent: Any, card: Any, given: np.ndarray, classes: tuple[str, ...]) -> list[Any]:
        """Answer it; returns edits about samples that are neither what they were labelled nor what was proposed."""
        if self.who.answers == "chance":
            said = self.rng.random() < 0.5
            self._count(agent, card, "accepted" if said else "rejected")
            return []
        person, eyes = self.person, self.eyes
        assert person is not None and eyes is not None
        if not card.ids or card.kind not in ("relabel", "sort"):
            self.account.questions += 1  # read, and answered by a key
            self.account.seconds += person.verify_seconds
            self._count(agent, card, "accepted" if card.kind in ("stop", "budget") else "rejected")
            return []
        sheet, left = card.kind == "sort", person.seconds - self.account.seconds
        screen = _screen(card, given, classes, sheet=sheet)
        how = replace(person, how="review" if sheet else "groups", drag=False)
        edits: list[Any] = []
        for gesture in how.session(screen, eyes, left, self.rng):
            self.account.note(gesture)
            edits += gesture.edits
        named = [edit for edit in edits if isinstance(edit, Relabel)]
        out = [edit for edit in edits if isinstance(edit, Drop)]
        if named:
            self._count(agent, card, "changed", label=named[0].label, ids=named[0].ids)
            return out
        if out:
            self._count(agent, card, "changed", ids=out[0].ids, out=not sheet)
        else:
            self._count(agent, card, "rejected")
        return []

    def answers_to(self, card: Any) -> bool:
        """Whether this card is answered; whose seconds are spent has none for samples, and still ends training."""
        if self.who.answers != "person" or self.person is None:
            return self.who.answers == "chance"
        return not card.ids or self.person.seconds - self.account.seconds >= self.person.lasso_seconds

    def _count(self, agent: Any, card: Any, state: str, **how: Any) -> None:
        if state == "rejected":
            agent.reject(card)
        elif how.get("label") == card.label and set(how.get("ids", ())) == set(card.ids):
            state = "accepted"
            agent.accept(card)
        else:
            agent.accept(card, **how)
        self.answers[state] += 1


def _screen(card: Any, given: np.ndarray, classes: tuple[str, ...], *, sheet: bool) -> Screen:
    """What the page shows of one card."""
    once = [card.about]

    def pop(n: int) -> list[Any]:
        return [once.pop()] if once else []

    def nothing(n: int) -> list[Any]:
        return []

    return Screen(
        card.step,
        np.empty((0, 2)),
        given,
        np.empty(0),
        classes,
        {},
        nothing if sheet else pop,
        lambda about, said: None,
        pop if sheet else nothing,
    )
