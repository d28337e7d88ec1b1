"""Simulating: a search over recorded learning curves, so that ways of searching are compared in seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .choices.propose import Proposer
from .choices.space import Space
from .course import aims, rungs
from .course.candidate import Candidate, Rating
from .course.stopping import Rise

FIXED = ("steps", "passes", "valid", "loss", "test", "step", "look", "count")  # what is no axis of a table
WATTS = 3.5  # joules of a processor second: seconds are all that a table holds
SCALE = 1e4  # of accuracies kept as whole numbers


@dataclass(frozen=True)
class Curves:
    """Learning curves of many choices: what each was worth after so many passes, and what a step and a look took."""

    axes: dict[str, np.ndarray]  # a value for every choice
    passes: np.ndarray  # (choices, looks)
    valid: np.ndarray
    loss: np.ndarray
    test: np.ndarray
    price: np.ndarray  # joules a pass
    look: np.ndarray  # joules a look
    count: np.ndarray  # looks that there were
    rows: dict[tuple[Any, ...], int] = field(default_factory=dict)

    @classmethod
    def load(cls, curves: str | Path | Mapping[str, Any]) -> Curves:
        """From a file that `search.curves` wrote, or arrays of the same names."""
        if not isinstance(curves, Mapping):
            with np.load(curves, allow_pickle=False) as kept:
                curves = {name: kept[name] for name in kept.files}
        missing = [name for name in FIXED if name not in curves]
        if missing:
            raise ValueError(
                f"these curves lack {', '.join(missing)}; search.curves(path) writes all that is needed"
            )
        axes = {name: np.asarray(values) for name, values in curves.items() if name not in FIXED}
        if not axes:
            raise ValueError("these curves name no axis: nothing was varied")
        steps, passes = (np.asarray(curves[name], dtype=float) for name in ("steps", "passes"))
        valid, test = (_accuracy(curves[name]) for name in ("valid", "test"))
        price = np.asarray(curves["step"], dtype=float) * WATTS * steps[:, 0] / passes[:, 0]
        keys = zip(*(values.tolist() for values in axes.values()), strict=True)
        return cls(
            axes,
            passes.astype(int),
            valid,
            np.asarray(curves["loss"], dtype=float),
            test,
            price,
            np.asarray(curves["look"], dtype=float) * WATTS,
            np.asarray(curves["count"], dtype=int),
            {key: i for i, key in enumerate(keys)},
        )

    @property
    def plan(self) -> int:
        return int(self.passes.max())

    @property
    def space(self) -> Space:
        return Space({name: list(dict.fromkeys(values.tolist())) for name, values in self.axes.items()})

    @property
    def whole_run(self) -> float:
        """Joules of a whole run of the median choice."""
        last = self.count - 1
        passes = self.passes[np.arange(len(last)), last]
        return float(np.median(passes * self.price + self.count * self.look))


@dataclass(frozen=True)
class Simulation:
    """What a simulated search came to."""

    joules: float
    best: float
    """Validation accuracy of the best look."""
    test: float
    """Test accuracy there."""
    front: list[Rating]
    candidates: list[Candidate]
    course: list[tuple[float, float]]
    """Joules at which the best so far rose, and to what."""

    def to_target(self, accuracy: float) -> float:
        """Joules until a look was at least as good as this; infinite where none was."""
        return next((joules for joules, best in self.course if best >= accuracy), math.inf)


def simulate(
    curves: str | Path | Mapping[str, Any] | Curves,
    *,
    sampler: Any = "tpe",
    rungs: str | None = "mean",
    factor: int = rungs.FACTOR,
    pause: bool = True,
    budget: float,
    want: Sequence[str] = ("accuracy",),
    point: float | None = None,
    seed: int = 0,
) -> Simulation:
    """A search over recorded curves, by the code of a live one; `budget` is in whole runs of the median choice, and so
    is `point`, what a point of accuracy may cost.

    `rungs=None` trains every candidate to the end of the plan; without `pause` whoever goes on begins again.
    """
    table = curves if isinstance(curves, Curves) else Curves.load(curves)
    run = _Run(
        table, Proposer(table.space, sampler, seed, aims=len(want)), aims.Aims(want), rungs, factor, pause
    )
    run.until(budget * table.whole_run, math.inf if point is None else point * table.whole_run)
    return run.outcome()


class _Run:
    """A search with one worker whose slices are looked up."""

    def __init__(
        self, table: Curves, proposer: Proposer, wanted: aims.Aims, rule: str | None, factor: int, pause: bool
    ):
        self.table, self.proposer, self.aims, self.rule, self.factor, self.pause = (
            table,
            proposer,
            wanted,
            rule,
            factor,
            pause,
        )
        self.candidates: list[Candidate] = []
        self.joules, self.test = 0.0, math.nan
        self.best: Rating | None = None
        self.rise = Rise()
        self.course: list[tuple[float, float]] = []

    def until(self, budget: float, point: float) -> None:
        while self.joules < budget and not self.dear(point):
            going = self.next_on()
            if going is None:
                values = self.proposer.ask(
                    len(self.candidates), self.proposer.space, self.candidates, self.aims.measured
                )
                if values is None:
                    return
                going = Candidate(len(self.candidates), values)
                self.candidates.append(going)
                going.price = float(self.table.price[self.row(going)])
            self.slice(going, budget)

    def dear(self, point: float) -> bool:
        """Whether the next point has become too dear."""
        second = sum(c.rung >= 1 for c in self.candidates)
        return point < math.inf and bool(self.rise.over(self.joules, point, second))

    def next_on(self) -> Candidate | None:
        if self.rule is None:
            return None
        may = lambda c: c.state == "paused" and c.passes < self.end(c)  # noqa: E731
        return rungs.next_on(self.candidates, self.aims.measured, may=may, factor=self.factor)

    def row(self, candidate: Candidate) -> int:
        return self.table.rows[tuple(candidate.values.values())]

    def end(self, candidate: Candidate) -> int:
        row = self.row(candidate)
        return int(self.table.passes[row, self.table.count[row] - 1])

    def slice(self, candidate: Candidate, budget: float) -> None:
        """Rating up what training to the next rung shows, and what it costs."""
        table, row, end = self.table, self.row(candidate), self.end(candidate)
        rung, to = candidate.rung + 1, end
        if self.rule is not None:
            median = float(np.median([c.price for c in self.candidates]))
            dear = float(table.price[row]) / median
            to = rungs.place(rung, plan=table.plan, dearness=dear, rule=self.rule, factor=self.factor)
        begun = candidate.passes if self.pause else 0
        looks = [k for k in range(table.count[row]) if begun < table.passes[row, k]]
        last = next((k for k in looks if table.passes[row, k] >= min(to, end)), looks[-1])
        before = candidate.passes
        for k in looks[: looks.index(last) + 1]:
            passes = int(table.passes[row, k])
            spent = (passes - begun) * table.price[row] + table.look[row]
            begun = passes
            self.joules += spent
            candidate.spent += spent
            if self.joules > budget:
                candidate.state = "stopped"
                return
            if passes > before:
                self.look(candidate, row, k, rung if k == last else None)
        if candidate.passes >= end:
            candidate.state = "done"

    def look(self, candidate: Candidate, row: int, k: int, rung: int | None) -> None:
        table = self.table
        look = Rating(
            int(table.passes[row, k]),
            float(table.valid[row, k]),
            float(table.loss[row, k]),
            candidate.spent,
            latency=float(table.look[row]) / WATTS,  # of all that is looked at: in proportion to one sample's
        )
        candidate.passes = look.passes
        candidate.see(look, rung)
        self.rise.see(self.joules, look.accuracy)
        if self.best is None or (look.accuracy, -look.loss) > (self.best.accuracy, -self.best.loss):
            if self.best is None or look.accuracy > self.best.accuracy:
                self.course.append((self.joules, look.accuracy))
            self.best, self.test = look, float(table.test[row, k])

    def outcome(self) -> Simulation:
        front = self.aims.front(self.candidates)
        best = math.nan if self.best is None else self.best.accuracy
        return Simulation(
            self.joules, best, self.test, [look for _, look in front], self.candidates, self.course
        )


def _accuracy(kept: Any) -> np.ndarray:
    kept = np.asarray(kept)
    return kept / SCALE if kept.dtype.kind in "ui" else kept.astype(float)
