"""Rehearsal: two twins from the first weights, with a change and without, epoch by epoch in turns; and the verdict.

The run itself is the twin without where it has come far enough and nobody has edited anything: then one twin goes as
far as the run has come, beside a few steps by which the cost of the run's is known.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from numbers import Real

import numpy as np
import torch

from ..data.samples import Samples
from ..energy.joules import Joules, Ratio
from ..energy.names import count, plain
from ..run.run import Run
from ..training.trainer import Trainer
from .altered import SAME, Altered
from .judging import Points, in_words, paired, verdict
from .planned import KIND as ADVISE
from .price import Turns, clock, ratio, uncollected

KIND = "rehearse"  # of work
CHUNKS = 8  # turns of each at least, where epochs are few
DISTURBED = 2  # times what turns say: a run that took more so far met what a rehearsal will not
PACE = 1 / 8  # of the steps without, that tell what the run's own cost
SAME_RUN = ("resume", "reset")  # what a journal may hold of a run that is still what a twin of it would be


@dataclass(frozen=True)
class Tryout:
    """What a rehearsal found: joules with a change over without, points of accuracy (shares, with their interval) where
    there are answers to judge by, the verdict in words, and what it took."""

    ratio: Ratio
    points: Points | None
    accuracy: tuple[float, float] | None  # with the change, and without
    verdict: str
    joules: Joules
    steps: int  # of the twin without, in each seed
    plan: int  # steps
    seeds: int
    by: str | None = None
    own: bool = False  # whether the run itself was the twin without

    @property
    def over(self) -> str:
        """How much of the plan the verdict rests on."""
        share = plain(float(f"{100 * self.steps / self.plan:.2g}"))
        seeds = f", by {count(self.seeds, 'seed')}" if self.seeds > 1 else ""
        return f"{share}% of the plan ({self.steps:,} of {self.plan:,} steps{seeds})"

    def __str__(self) -> str:
        said = "" if self.points is None else f", {100 * self.points[0]:+.1f} points"
        return f"{self.verdict}: {in_words(self.ratio)}{said}, over {self.over}, for {self.joules}"


@dataclass(frozen=True)
class TwinJoules:
    """What a twin of the run as it is takes: until its first step is done, and for each that follows."""

    begin: float
    step: float

    @classmethod
    def of_turns(cls, turns: Turns, usual: float) -> TwinJoules:
        """As prices were asked, where a step of the run took `usual` joules so far."""
        watts = 1.0  # on a card turns count joules
        if turns.trainer.device.type == "cpu":
            meter = turns.run.meter
            lines = {kind: line for kind, line in meter.ledger().items() if kind in ("train", ADVISE)}
            watts = sum(line.value for line in lines.values()) / sum(map(meter.processor_seconds_of, lines))
        return cls(turns.beginning * watts, between(turns.step * watts, usual))

    def of(self, steps: float, seeds: int) -> Joules:
        """What a rehearsal takes that comes to so many steps of the run, as a forecast; each seed takes two twins."""
        both = steps * self.step + 2 * seeds * self.begin
        return Joules(both, 0.7 * both, 1.4 * both, {"forecast": 1.0})


def between(quiet: float, usual: float) -> float:
    """What a step of a rehearsal takes. The lower quartile of a few turns is what one costs while nobody disturbs it,
    and what the run took so far includes its dear first steps and all that disturbed it: a rehearsal lies between."""
    so_far = min(usual, DISTURBED * quiet) if math.isfinite(usual) else quiet
    return math.sqrt(quiet * so_far)


def due(trainer: Trainer, share: float, steps: int, seeds: int, ratio: float) -> tuple[int, float, bool]:
    """How many steps a rehearsal is over, what it takes in steps of the run where a step with the change takes `ratio`
    of one, and whether the run itself is the twin without."""
    over = max(1, round(share * steps))
    both = seeds * over * (1 + ratio)
    alone = trainer.steps * (ratio + PACE)
    plain = all(event.do in SAME_RUN for event in trainer.journal) and not trainer.foreign
    if seeds == 1 and plain and trainer.ranks == 1 and over <= trainer.steps and alone < both:
        return trainer.steps, alone, True
    return over, both, False


class SideBySide:
    """A rehearsal of one change to a run whose plan has so many steps; on the thread that owns the model."""

    def __init__(self, run: Run, change: Altered, steps: int, *, margin: float, ratio: float | None = None):
        self.run, self.change, self.steps, self.margin = run, change, steps, margin
        self._ratio = change.share if ratio is None else ratio  # that is forecast

    def done(
        self, share: float, seeds: int, by: str | None, progress: Callable[[float], bool | None] | None
    ) -> Tryout | None:
        """What it found; None where it was called off."""
        run, trainer = self.run, self.run.trainer
        if isinstance(share, bool) or not isinstance(share, Real) or not 0 < share <= 1:
            raise ValueError(f"share is that of the plan's steps, above 0 and at most 1, got {share!r}")
        if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
            raise ValueError(f"seeds counts from 1, got {seeds!r}")
        valid = trainer.valid
        if by is not None and (valid is None or not isinstance(by, str) or by not in valid.groups):
            known = "none" if valid is None else ", ".join(valid.groups) or "none"
            raise ValueError(f"there is no group {by!r} in the validation part; groups: {known}")
        steps, _, own = due(trainer, share, self.steps, seeds, self._ratio)
        if steps < min(CHUNKS, self.steps):
            raise ValueError(
                f"share={share:g} of {self.steps:,} steps is {steps}, which tell nothing: give"
                f" {CHUNKS / self.steps:.2g} or more"
            )
        threads = torch.get_num_threads()
        mine: list[float] = []
        theirs: list[float] = []
        answers: list[tuple[np.ndarray, np.ndarray]] = []
        begun = run.meter.stamp()
        try:
            with trainer.doing(KIND), uncollected(), run.progress.doing("Rehearsing") as going:

                def told(part: float) -> bool:
                    gc.collect(
                        1
                    )  # of this turn's own; to look through all that is loaded takes as long as many
                    trainer.network.goes_on()
                    mood = progress is None or progress(part) is not False
                    return going(part) and mood

                for k in range(seeds):
                    pair = self._beside if own else partial(self._pair, k)
                    seen = pair(steps, mine, theirs, lambda part, k=k: told((k + part) / seeds))  # type: ignore[misc]
                    if seen is None:
                        return None
                    answers.append(seen)
        finally:
            torch.set_num_threads(threads)
        spent = run.meter.ledger(since=begun).get(KIND, Joules.missing())
        found = ratio(mine, theirs, 1.0)
        whole = sum(mine) / sum(theirs)  # of all that was done, and not of a usual turn
        found = Ratio(whole, whole * found.low / found.value, whole * found.high / found.value)
        points, settled = self._points(answers, by)
        rights = [
            np.mean([pair[side].mean() for pair in answers]) if answers[0][0].size else math.nan
            for side in (0, 1)
        ]
        accuracy = None if points is None else (float(rights[0]), float(rights[1]))
        said = verdict(found, points, self.margin, settled=settled)
        return Tryout(found, points, accuracy, said, spent, steps, self.steps, seeds, by, own)

    def _pair(
        self, k: int, steps: int, mine: list[float], theirs: list[float], told: Callable[[float], bool]
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """One seed: costs of turns of both go into the lists; which answers were right at the end, with and without."""
        trainer = self.run.trainer
        twins: list[Trainer] = []
        try:
            for change in (SAME, self.change):
                twins.append(change.twin(trainer, steps, seed=trainer.seed + k))
            ends = [change.steps(trainer, steps) for change in (SAME, self.change)]
            turns = self._turns(steps, min(ends))
            for turn in range(turns):
                for twin, end, costs in zip(twins, ends, (theirs, mine), strict=True):
                    costs.append(self._cost(twin, round(end * (turn + 1) / turns) - twin.steps))
                if not told((turn + 1) / turns):
                    return None
            with_it, without = right(twins[1]), right(twins[0])
            return with_it, without
        finally:
            for twin in twins:
                twin.close()

    def _beside(
        self, steps: int, mine: list[float], theirs: list[float], told: Callable[[float], bool]
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """The same with the run, which has done so many steps, as the twin without: it answers as it is, and what its
        steps cost is that of a few of another twin, in the same turns."""
        trainer = self.run.trainer
        twins: list[Trainer] = []
        try:
            pace = SAME.twin(trainer, steps, fresh=False, statistics=False)
            twins.append(pace)
            twins.append(twin := self.change.twin(trainer, steps))
            end = self.change.steps(trainer, steps)
            turns = self._turns(steps, end)
            pace.step()  # the first of all is dear
            for turn in range(turns):
                few = max(1, round(PACE * steps / turns))
                theirs.append(self._cost(pace, few) * steps / turns / few)
                mine.append(self._cost(twin, round(end * (turn + 1) / turns) - twin.steps))
                if not told((turn + 1) / turns):
                    return None
            return right(twin), right(trainer)
        finally:
            for each in twins:
                each.close()

    def _turns(self, steps: int, most: int) -> int:
        """Epochs are turns, where there are many."""
        trainer = self.run.trainer
        epoch = max(1, math.ceil(len(trainer.train) / trainer.batch_size / trainer.settings.accumulate))
        return min(most, max(CHUNKS, steps // epoch))

    def _cost(self, twin: Trainer, count: int) -> float:
        torch.set_num_threads(twin.settings.threads)
        cost = clock(self.run, twin)
        twin.step(count)
        return max(cost(), 1e-9)

    def _points(
        self, answers: list[tuple[np.ndarray, np.ndarray]], by: str | None
    ) -> tuple[Points | None, bool]:
        """Points of accuracy, paired by item, or by group, over all seeds; and whether there is enough to settle it."""
        if not answers[0][0].size:
            return None, False
        differences = np.mean([a - b for a, b in answers], 0)
        groups = None
        if by is not None and self.run.trainer.valid is not None:
            groups = self.run.trainer.valid.groups[by][known(self.run.trainer.valid)]
        return paired(differences, groups)


def known(part: Samples) -> np.ndarray:
    """Which samples of a part have a class to judge by."""
    return (part.y >= 0).numpy() if part.classes else np.zeros(len(part), bool)


def right(trainer: Trainer) -> np.ndarray:
    """Which answers to the validation part are right, 0 or 1 for each with a label; none without such a part."""
    valid = trainer.valid
    if valid is None or not known(valid).any():
        return np.zeros(0)
    network = trainer.network
    found = []
    with network.looking():
        for ids in torch.arange(len(valid)).split(1024):
            output = network.forward(valid.view(ids))
            output = output if network.read is None else network.read(output)
            found.append((output.argmax(1).cpu() == valid.y[ids]).numpy())
    return np.concatenate(found)[known(valid)].astype(float)
