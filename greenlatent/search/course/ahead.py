"""Ahead: who trains next, how far, and what that will cost, from what came of a search so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .aims import Aims
from .candidate import Candidate
from .course import Course
from .rungs import FACTOR, how_many, next_on, place, ranked


@dataclass(frozen=True)
class Rules:
    """How a search goes about it."""

    plan: int  # passes of a whole run
    rungs: str | None
    seed: int = 0
    price: Callable[..., float] | None = None  # joules a pass, instead of a measurement
    keep: str = "auto"  # which checkpoints stay, or "all"
    factor: int = FACTOR  # between two rungs, and what share goes on


@dataclass(frozen=True)
class Ahead:
    """Looks at a course and changes nothing of it."""

    course: Course
    rules: Rules
    aims: Aims

    def who(self) -> Candidate | None:
        """Who goes on; None is for a new candidate. First whom somebody asked for, then who has just been priced."""
        waiting = [c for c in self.course.candidates if self._waits(c)]
        for first in (lambda c: c.wanted, lambda c: c.rung < 0):
            if found := next(filter(first, waiting), None):
                return found
        if self.rules.rungs is None:
            return waiting[0] if waiting else None
        return next_on(self.course.candidates, self.aims.measured, may=self._may, factor=self.rules.factor)

    def _waits(self, candidate: Candidate) -> bool:
        return candidate.state == "paused" and candidate.passes < self.rules.plan

    def _may(self, candidate: Candidate) -> bool:
        limit = self.aims.limits.get("joules", math.inf)
        return self._waits(candidate) and candidate.spent + self.cost(candidate) <= limit

    def fallen(self) -> list[Candidate]:
        """Those that wait where others go on, at two rungs: hardly any of them ever does."""
        below: dict[int, int] = {}
        for k in range(max((c.rung for c in self.course.candidates), default=-1) + 1):
            reached = [c for c in self.course.candidates if k in c.at]
            order = ranked([c.at[k] for c in reached], self.aims.measured)
            for i in order[how_many(len(reached), self.rules.factor) :]:
                below[reached[i].n] = below.get(reached[i].n, 0) + 1
        return [c for c in self.course.candidates if self._waits(c) and below.get(c.n, 0) >= 2]

    def target(self, candidate: Candidate) -> list[tuple[int, int | None]]:
        """Passes and rung of the next looks: half-way to the next rung, which is none, and there; of all that follow
        where runs are whole."""
        plan, rung = self.rules.plan, candidate.rung + 1
        if self.rules.rungs is not None:
            dear = self.course.dearness(candidate)
            to = self._place(rung, dear)
            while to <= candidate.passes and to < plan:  # a dear one may be beyond it already
                rung += 1
                to = self._place(rung, dear)
            half = self._place(rung - 0.5, dear)
            between = [(half, None)] if rung and candidate.passes < half < to else []
            return [*between, (to, rung)]
        looks: list[tuple[int, int | None]] = []
        while not looks or looks[-1][0] < plan:
            passes = self._place(rung, 1.0)
            if passes > candidate.passes or passes >= plan:
                looks.append((passes, rung))
            rung += 1
        return looks

    def _place(self, rung: float, dearness: float) -> int:
        rules = self.rules
        return place(
            rung, plan=rules.plan, dearness=dearness, rule=rules.rungs or "passes", factor=rules.factor
        )

    def cost(self, candidate: Candidate) -> float:
        """Joules of going on to the next look, as far as they are known."""
        if candidate.price is None or candidate.passes >= self.rules.plan:
            return 0.0
        return max(0, self.target(candidate)[-1][0] - candidate.passes) * candidate.price
