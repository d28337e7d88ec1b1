"""Decisions: what it brought to answer an agent's cards, and what it broke, with intervals; what shows nothing, too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...statistics.paired import bca
from .done import Run


@dataclass(frozen=True)
class Average:
    """A mean over seeds with its 95 % interval; NaN where there is nothing to average."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float] | np.ndarray) -> Average:
        """Of those that are known."""
        x = np.asarray(values, dtype=float)
        x = x[np.isfinite(x)]
        return cls(float(x.mean()), *bca(x)) if len(x) else cls(math.nan, math.nan, math.nan)

    def told(self, form: str = ".1f", times: float = 1.0) -> str:
        """With its interval, or "-"."""
        if math.isnan(self.value):
            return "-"
        value, low, high = (format(times * x, form) for x in (self.value, self.low, self.high))
        return value if math.isnan(self.low) else f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Decided:
    """One arm: harmful edits, cards answered, the share accepted (with another label, too), seconds for each."""

    harm: Average
    cards: Average
    accepted: Average
    seconds: Average

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Decided:
        """Of the runs of one arm."""
        cards = [sum(run.answers.values()) for run in runs]
        said_yes = [run.answers.get("accepted", 0) + run.answers.get("changed", 0) for run in runs]
        pairs = list(zip(runs, cards, said_yes, strict=True))
        return cls(
            Average.of([math.nan if run.harm is None else run.harm for run in runs]),
            Average.of(cards),
            Average.of([yes / n if n else math.nan for _, n, yes in pairs]),
            Average.of(
                [run.account.seconds / n if n and run.account.seconds else math.nan for run, n, _ in pairs]
            ),
        )


def table(results: Any, joules: float | None) -> str:
    """All arms of a comparison, in Markdown; `joules` is a budget that each may spend, training-side."""
    head = "| arm | joules to target | joules of the whole plan | test, points more at the end |"
    if joules is not None:
        head += f" within {joules:.3g} J |"
    rows = [
        f"{head} harmful edits | cards | accepted | s a decision |",
        "|---" * (9 if joules is not None else 8) + "|",
    ]
    for arm in results.arms:
        runs = [results.runs[arm, seed] for seed in results.seeds]
        found = Decided.of(runs)
        gain = results.gain(arm, final=True).points()
        ends = [
            results.curve(arm, seed)[0][-1] / results.curve(results.best, seed)[0][-1]
            for seed in results.seeds
        ]
        budget = f" {results.within(arm, joules).points()} |" if joules is not None else ""
        rows.append(
            f"| {arm} | {results.saving(arm)} | {Average.of(ends).told('.2f')} | {gain} |"
            f"{budget} {found.harm.told()} | {found.cards.told()} | {found.accepted.told('.0f', 100)} % |"
            f" {found.seconds.told()} |".replace("- %", "-")
        )
    return "\n".join(rows)
