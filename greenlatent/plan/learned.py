"""Learned: what was planned beside what was measured, and a Lab that brings its measurements home."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..energy.joules import Joules, Ratio
from ..energy.meter import Meter
from .costs.experience import Past
from .estimate import Estimate
from .facts.amount import Amount
from .models.workload import Workload


@dataclass(frozen=True)
class Lesson:
    """One run: the plan of it, scaled to the steps that were done, and what it took."""

    name: str
    steps: float
    planned: Joules
    joules: Joules
    planned_processor_seconds: Amount
    processor_seconds: float
    seconds: float
    score: float | None = None

    @property
    def line(self) -> dict[str, Any]:
        """As a line of a plan's book holds it: numbers, their intervals, and what their errors share."""
        told = {
            name: [each.value, each.low, each.high, dict(each.badges), dict(each.shared)]
            if each.known
            else None
            for name, each in (("planned", self.planned), ("joules", self.joules))
        }
        within = self.planned_processor_seconds
        return told | {
            "name": self.name,
            "steps": self.steps,
            "planned_processor_seconds": [within.value, within.low, within.high],
            "processor_seconds": self.processor_seconds,
            "seconds": self.seconds,
            "score": self.score,
        }

    @classmethod
    def read(cls, line: Any) -> Lesson:
        """From such a line; ValueError if it is none."""
        try:
            told = dict(line)
            name = told.pop("name")
            for each in ("planned", "joules"):
                told[each] = _joules(told[each])
            value, low, high = told["planned_processor_seconds"]
            told["planned_processor_seconds"] = Amount(value, low, high, "s")
            numbers = [told[each] for each in ("steps", "processor_seconds", "seconds")]
            if not all(math.isfinite(number) and number >= 0 for number in numbers):
                raise ValueError("a lesson of no time")
            return cls(name=str(name), **told)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise ValueError("this line is no lesson") from error

    @property
    def ratio(self) -> float:
        """Measured over planned, in processor seconds: joules also tell what others did beside it."""
        return self.processor_seconds / self.planned_processor_seconds.value

    @property
    def inside(self) -> bool:
        """Whether it lies inside the interval."""
        ends = self.planned_processor_seconds
        return ends.low <= self.processor_seconds <= ends.high

    @property
    def joules_ratio(self) -> Ratio:
        """Measured over planned joules."""
        return self.joules / self.planned

    def __str__(self) -> str:
        where = "inside" if self.inside else "outside"
        joules = (
            f", x{self.joules_ratio.value:.2f} in joules" if self.joules.known and self.planned.known else ""
        )
        return (
            f"{self.name}: planned {self.planned}, measured {self.joules}: x{self.ratio:.2f} in processor seconds"
            f"{joules}; {where}"
        )


def _joules(line: Any) -> Joules:
    if line is None:
        return Joules.missing()
    value, low, high, badges, shared = line
    return Joules(value, low, high, dict(badges), {name: (down, up) for name, (down, up) in shared.items()})


def lesson(plan: Estimate, steps: float, past: Past, joules: Joules) -> Lesson:
    """A run beside its plan, both of so many steps."""
    share = steps / plan.workload.steps if plan.workload.steps else 1.0
    return Lesson(
        plan.name,
        steps,
        plan.training * share,
        joules,
        plan.processor_seconds.times(share),
        past.processor_seconds,
        past.seconds,
        past.score,
    )


def past_of(
    work: Workload,
    terms: Any,
    meter: Meter,
    steps: float,
    *,
    score: float | None,
    since: Any = None,
    kind: str = "train",
    run: str = "",
) -> tuple[Past, Joules]:
    """What a meter counted of a kind of work, as a run to learn from."""
    joules = meter.ledger(since).get(kind, Joules.missing())
    measured = {"joules": joules.value, "low": joules.low, "high": joules.high} if joules.known else {}
    past = Past.of(
        work.times(steps),
        terms,
        processor_seconds=meter.processor_seconds_of(kind, since),
        seconds=meter.seconds_of(kind, since),
        badges=dict(joules.badges),
        score=score,
        run=run,
        **measured,
    )
    return past, joules


class Follow:
    """Follows a Lab: each pause renews the lesson of its run, its end settles it. One started again is another run."""

    def __init__(self, lab: Any, plan: Estimate, heard: Callable[[Past, Joules], None]):
        self._lab, self._plan, self._heard = lab, plan, heard
        self._runs = 0
        self._begin()
        lab.trainer.at_reset.append(self._begin)
        lab.run.listen(self._hear)

    def _begin(self) -> None:
        self._runs += 1
        self._from = self._told = self._lab.trainer.steps
        self._since = self._lab.meter.stamp()

    def _hear(self, word: str) -> None:
        """On the run's thread. A run that did no step since says nothing new."""
        lab = self._lab
        if word not in ("pause", "closed") or lab.trainer.steps <= self._told:
            return
        self._told = lab.trainer.steps
        past, joules = past_of(
            self._plan.workload,
            self._plan.terms,
            lab.meter,
            float(lab.trainer.steps - self._from),
            score=_finite(lab.accuracy),
            since=self._since,
            run=f"{lab.meter.id}-{self._runs}",
        )
        self._heard(past, joules)


def _finite(score: float | None) -> float | None:
    return score if score is not None and math.isfinite(score) else None
