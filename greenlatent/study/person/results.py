"""Results: runs and costs as joules to an accuracy, a ledger with everything charged, and what may be claimed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...statistics.paired import Difference, Saving
from ..costs import Cost
from .decisions import table
from .done import Run

SMOOTH = 3  # looks over which accuracies are averaged
LINES = {
    "step": "train",
    "prepare": "prepare",
    "act": "suggest",
}  # what a unit of work is called in the ledger
BESIDE = ("evaluate", "waiting", "screen")  # all else is training-side
STRICTER = 0.005  # half a point less than the target, against whoever is fastest there


@dataclass(frozen=True)
class Prices:
    """What a person's time costs beside training: watts of the screen and of the machine at rest; money if given."""

    screen_watts: float = 20.0
    idle_watts: float = 0.7
    hourly_rate: float | None = None
    tariff: float | None = None  # money for a kilowatt-hour

    @property
    def watts(self) -> float:
        """While the person thinks."""
        return self.screen_watts + self.idle_watts


@dataclass(frozen=True)
class Line:
    """One arm against the best arm without a person."""

    arm: str
    human: bool
    saving: Saving  # joules to the best arm's own best validation accuracy
    strict: Saving  # to half a point less, against the fastest arm without a person in each seed
    early: Difference  # test accuracy where validation was best, less the other's
    final: Difference  # at the end
    accuracy: tuple[float, float]  # the two, themselves
    joules: float  # training-side, of the whole run
    seconds: float  # of the person
    net: float  # joules saved on the way to the target, less those of the person and the screen


class Results:
    """The runs of a comparison, each read against `target`: the arm without a person that sets it, or an accuracy."""

    def __init__(
        self,
        runs: Sequence[Run],
        costs: dict[str, Cost],
        *,
        human: dict[str, bool],
        target: str | float,
        margin: float = 0.01,
        prices: Prices | None = None,
        start: float = math.nan,
    ):
        self.runs = {(run.arm, run.seed): run for run in runs}
        self.costs, self.human, self.target, self.margin = costs, human, target, margin
        self.prices, self.start = prices or Prices(), start
        self.arms = list(human)
        self.seeds = sorted({run.seed for run in runs})
        rivals = [arm for arm in self.arms if not human[arm]]
        if isinstance(target, str) and target not in rivals:
            raise ValueError(
                f"target is an accuracy or an arm without a person ({', '.join(rivals)}), got {target!r}"
            )
        self.best = target if isinstance(target, str) else rivals[0]

    # -- one run

    def curve(self, arm: str, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Training-side joules up to each look, smoothed validation and test accuracy there; from the third look on."""
        run = self.runs[arm, seed]
        spent = np.cumsum([sum(self._joules(work, side=True).values()) for work in run.work])
        window = np.ones(SMOOTH) / SMOOTH
        valid, test = (np.convolve(values, window, "valid") for values in (run.valid, run.test))
        return spent[SMOOTH - 1 :], valid, test

    def aim(self, seed: int) -> float:
        """The accuracy to reach with this seed."""
        if not isinstance(self.target, str):
            return self.target
        return float(self.curve(self.target, seed)[1].max())

    def to_reach(self, arm: str, seed: int, accuracy: float) -> float:
        """Training-side joules until the smoothed validation accuracy first gets there; infinite if it never does."""
        spent, valid, _ = self.curve(arm, seed)
        there = np.flatnonzero(valid >= accuracy - 1e-9)
        return float(spent[there[0]]) if len(there) else math.inf

    def tested(self, arm: str, seed: int) -> tuple[float, float]:
        """Test accuracy where validation was best, and at the end."""
        _, valid, test = self.curve(arm, seed)
        return float(test[-1] if np.isnan(valid).all() else test[valid.argmax()]), float(test[-1])

    def ledger(self, arm: str) -> dict[str, float]:
        """Mean joules of the whole run by kind, everything charged."""
        lines: dict[str, float] = {}
        for seed in self.seeds:
            run = self.runs[arm, seed]
            for work in run.work:
                for kind, joules in self._joules(work, side=False).items():
                    lines[kind] = lines.get(kind, 0.0) + joules / len(self.seeds)
        seconds = self.seconds(arm)
        if seconds:
            lines["waiting"] = self.prices.idle_watts * seconds
            lines["screen"] = self.prices.screen_watts * seconds
        return lines

    def seconds(self, arm: str) -> float:
        """Of the person: the mean over the seeds."""
        return float(np.mean([self.runs[arm, seed].account.seconds for seed in self.seeds]))

    def seconds_per_thousand(self, arm: str) -> float:
        """Of the person, for each 1,000 samples that there were to train on; NaN in records that do not tell them."""
        runs = [self.runs[arm, seed] for seed in self.seeds]
        shares = [1000 * run.account.seconds / run.samples if run.samples else math.nan for run in runs]
        return float(np.mean(shares))

    def _joules(self, work: dict[str, int], *, side: bool) -> dict[str, float]:
        lines: dict[str, float] = {}
        for name, count in work.items():
            what = name.split()[0]
            if side and what in BESIDE:
                continue
            for kind, joules in self.costs[name].joules.items():
                line = LINES.get(what, what) if kind != "feedback" else kind
                lines[line] = lines.get(line, 0.0) + count * joules
        return lines

    # -- arms against each other

    def saving(self, arm: str, other: str | None = None) -> Saving:
        """Joules to the target over those of `other` (by default the arm that sets it)."""
        other = other or self.best
        aims = [self.aim(seed) for seed in self.seeds]
        return self._saving(
            arm, aims, [self.to_reach(other, s, t) for s, t in zip(self.seeds, aims, strict=True)]
        )

    def strict(self, arm: str) -> Saving:
        """Joules to half a point less, over those of whichever arm without a person is fastest there, seed by seed."""
        aims = [self.aim(seed) - STRICTER for seed in self.seeds]
        rivals = [rival for rival in self.arms if not self.human[rival]]
        fastest = [
            min(self.to_reach(rival, seed, aim) for rival in rivals)
            for seed, aim in zip(self.seeds, aims, strict=True)
        ]
        return self._saving(arm, aims, fastest)

    def _saving(self, arm: str, aims: list[float], theirs: list[float]) -> Saving:
        mine = [self.to_reach(arm, seed, aim) for seed, aim in zip(self.seeds, aims, strict=True)]
        return Saving.of(mine, [float(self.curve(arm, seed)[0][-1]) for seed in self.seeds], theirs)

    def gain(self, arm: str, other: str | None = None, *, final: bool = False) -> Difference:
        """Test accuracy less that of `other`: where validation was best, or at the end."""
        other = other or self.best
        at = 1 if final else 0
        return Difference.of(
            [self.tested(arm, seed)[at] - self.tested(other, seed)[at] for seed in self.seeds]
        )

    def within(self, arm: str, joules: float) -> Difference:
        """Test accuracy less that of the arm that sets the target, where each may spend so many training-side joules:
        where validation was best till then."""

        def best(name: str, seed: int) -> float:
            spent, valid, test = self.curve(name, seed)
            there = np.flatnonzero(spent <= joules)
            if not len(there):
                raise ValueError(f"{joules:g} J are spent before the first look of {name}; give more")
            return float(test[there[valid[there].argmax()]])

        return Difference.of([best(arm, seed) - best(self.best, seed) for seed in self.seeds])

    def decisions(self, joules: float | None = None) -> str:
        """All arms, in Markdown, with what was decided of an agent's cards: harmful edits, cards, the share accepted
        and seconds for each; with a budget of `joules` for all, what they reach within it, too."""
        return table(self, joules)

    def lines(self) -> list[Line]:
        """A line for each arm."""
        found = []
        for arm in self.arms:
            tested = np.mean([self.tested(arm, seed) for seed in self.seeds], axis=0)
            saving, seconds = self.saving(arm), self.seconds(arm)
            side = sum(joules for kind, joules in self.ledger(arm).items() if kind not in BESIDE)
            base = np.mean([self.to_reach(self.best, seed, self.aim(seed)) for seed in self.seeds])
            found.append(
                Line(
                    arm,
                    self.human[arm],
                    saving,
                    self.strict(arm),
                    self.gain(arm),
                    self.gain(arm, final=True),
                    (float(tested[0]), float(tested[1])),
                    side,
                    seconds,
                    float(base * (1 - saving.value) - self.prices.watts * seconds),
                )
            )
        return found

    def pays_after(self, arm: str) -> float:
        """How many trainings like the best arm's must be saved a part of before a session's joules are back."""
        saving = self.saving(arm)
        base = float(np.mean([self.to_reach(self.best, seed, self.aim(seed)) for seed in self.seeds]))
        saved = base * (1 - saving.value)
        return self.prices.watts * self.seconds(arm) / saved if saving.claimed and saved > 0 else math.inf

    def pays_from(self, arm: str) -> float:
        """Joules that a single training without the person must cost for one session to pay: P t / saved share."""
        saving = self.saving(arm)
        return self.prices.watts * self.seconds(arm) / (1 - saving.value) if saving.claimed else math.inf

    def money(self, arm: str) -> float | None:
        """What a session costs at the hourly rate, less what its saved joules are worth; None without prices."""
        if self.prices.hourly_rate is None or self.prices.tariff is None:
            return None
        line = next(line for line in self.lines() if line.arm == arm)
        return line.seconds / 3600 * self.prices.hourly_rate - line.net / 3.6e6 * self.prices.tariff

    def verdict(self, arm: str) -> str:
        """What may be said of an arm: a saving or a gain only where interval and test agree."""
        saving, gain = self.saving(arm), self.gain(arm)
        words = []
        if saving.claimed:
            words.append(f"reaches the target at {saving} of the joules")
        elif saving.low > 1 and saving.p < 0.05:
            words.append(f"needs more joules for it, {saving}")
        else:
            words.append(f"no saving shown, {saving}")
        if gain.more:
            words.append(f"{gain.points()} points more test accuracy")
        elif gain.less:
            words.append(f"{gain.points()} points of test accuracy: worse")
        elif gain.above(-self.margin):
            words.append(f"not inferior by {100 * self.margin:g} points, {gain.points()}")
        else:
            words.append(f"accuracy not settled, {gain.points()}")
        seconds = self.seconds_per_thousand(arm)
        if math.isfinite(seconds):
            words.append(f"{seconds:.0f} s of the person for 1,000 samples")
        return f"{arm}: " + "; ".join(words) + "."

    # -- to read

    def table(self) -> str:
        """All arms, in Markdown."""
        rows = [
            "| arm | joules to target | strict | test, points more | at the end | test | J | person s | net J |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for line in self.lines():
            name = f"**{line.arm}**" if line.arm == self.best else line.arm
            net = "-" if math.isnan(line.net) else f"{line.net:.0f}"
            rows.append(
                f"| {name} | {line.saving} | {line.strict} | {line.early.points()} | {line.final.points()} |"
                f" {100 * line.accuracy[0]:.1f} / {100 * line.accuracy[1]:.1f} | {line.joules:.2f} |"
                f" {line.seconds:.0f} | {net} |"
            )
        return "\n".join(rows)

    def __str__(self) -> str:
        people = [arm for arm in self.arms if self.human[arm]]
        return "\n\n".join(
            [self.table(), *(self.verdict(arm) for arm in people)]
        )  # paragraphs in Markdown, too

    def to_frame(self) -> Any:
        """A pandas table, a row for each arm and seed."""
        import pandas

        rows = []
        for (arm, seed), run in self.runs.items():
            early, final = self.tested(arm, seed)
            rows.append(
                {
                    "arm": arm,
                    "seed": seed,
                    "human": self.human[arm],
                    "target": self.aim(seed),
                    "joules_to_target": self.to_reach(arm, seed, self.aim(seed)),
                    "joules": float(self.curve(arm, seed)[0][-1]),
                    "test": early,
                    "final": final,
                    "wrong_before": run.wrong[0],
                    "wrong_after": run.wrong[1],
                    "person_seconds": run.account.seconds,
                    "samples": run.samples,
                    "questions": run.account.questions,
                    "edits": run.account.edits,
                    "harmful_edits": run.harm,
                    **{f"cards_{word}": count for word, count in run.answers.items()},
                }
            )
        return pandas.DataFrame(rows)

    def plot(self, arms: Sequence[str] | None = None) -> Any:
        """Validation accuracy over training-side joules, the mean of the seeds, as a matplotlib figure."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.subplots()
        for arm in arms or [arm for arm in self.arms if self.human[arm] or arm == self.best]:
            curves = [self.curve(arm, seed) for seed in self.seeds]
            spent, valid = (np.mean([curve[k] for curve in curves], axis=0) for k in (0, 1))
            axes.plot(spent, 100 * valid, label=arm, linestyle="-" if self.human[arm] else "--")
        target = 100 * float(np.mean([self.aim(seed) for seed in self.seeds]))
        axes.axhline(target, color="0.6", linewidth=0.8, label="target")
        axes.set_xlabel("training-side joules (train, feedback, suggestions, picture)")
        axes.set_ylabel("validation accuracy, %")
        axes.legend(frameon=False)
        return figure
