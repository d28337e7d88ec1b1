"""Ahead: who trains next, how far, and what that will cost, from what came of a search so far."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from .aims import Aims
from .candidate import Candidate
from .course import Course
from .rungs import FACTOR, next_on, place, ranked


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
        """Those that wait and are not of the best third at two rungs: hardly any of them goes on."""
        below: dict[int, int] = {}
        for k in range(max((c.rung for c in self.course.candidates), default=-1) + 1):
            reached = [c for c in self.course.candidates if k in c.at]
            order = ranked([c.at[k] for c in reached], self.aims.measured)
            for i in order[len(reached) // self.rules.factor :]:
                below[reached[i].n] = below.get(reached[i].n, 0) + 1
        return [c for c in self.course.candidates if self._waits(c) and below.get(c.n, 0) >= 2]

    def target(self, candidate: Candidate) -> list[tuple[int, int]]:
        """Passes and rung of the next look; of all that follow where runs are whole."""
        plan, rule = self.rules.plan, self.rules.rungs
        dear = 1.0 if rule is None else self.course.dearness(candidate)
        looks: list[tuple[int, int]] = []
        rung = candidate.rung
        while not looks or (rule is None and looks[-1][0] < plan):
            rung += 1
            passes = place(rung, plan=plan, dearness=dear, rule=rule or "passes", factor=self.rules.factor)
            if passes > candidate.passes or passes >= plan:
                looks.append((passes, rung))
        return looks

    def cost(self, candidate: Candidate) -> float:
        """Joules of going on to the next look, as far as they are known."""
        if candidate.price is None or candidate.passes >= self.rules.plan:
            return 0.0
        return max(0, self.target(candidate)[-1][0] - candidate.passes) * candidate.price
