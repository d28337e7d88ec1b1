"""Run: an arm on one seed's data, its accuracies at fixed steps, and a count of all work done."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ... import PCA, Review, Samples, Suggester, Trainer
from . import automatic
from .advised import AgentBench
from .arms import BORDERS, Arm
from .done import Run, Schedule
from .person import Effort, Screen
from .trial import Trial, harmful

__all__ = ["Bench", "Run", "Schedule", "run"]


class Bench:
    """An arm at work on one trial: steps, visits and looks, each counted by what it costs."""

    def __init__(self, arm: Arm, trial: Trial, seed: int, plan: Schedule, *, meter: Any = None):
        self.arm, self.trial, self.plan = arm, trial, plan
        self.work: Counter[str] = Counter()
        self.account = Effort()
        self.rng = np.random.default_rng([seed, 2])  # the person's luck, the same in every arm
        if arm.person is not None:
            self.eyes = trial.eyes(error=arm.person.error, unsure=arm.person.unsure, rng=self.rng)
        train = trial.train
        if arm.before is not None:
            train = arm.before(trial)
            self.work[f"prepare {arm.before.__name__}"] += 1
        with torch.random.fork_rng(devices=[]):
            torch.random.default_generator.manual_seed(seed)
            model = plan.model()
        self.trainer = Trainer(
            model,
            train,
            latent=plan.latent,
            **arm.options(seed),
            meter=meter,
            statistics=arm.human or arm.visited,
        )
        self._step: Callable[[int], Any] = (
            automatic.early_learning(self.trainer, arm.rate) if arm.loss == "elr" else self.trainer.step
        )
        self.suggester = Suggester(self.trainer, groups=arm.groups) if arm.visited else None
        self.review = Review(self.trainer) if arm.visited else None
        self._picture = PCA()
        self._left = 0.0 if arm.person is None else arm.person.seconds
        self._schedule = [] if arm.journal is None else arm.journal.schedule()
        # after this step nothing more comes from outside
        self.last_visit = max(self._visits(), default=0) if not arm.at_borders else plan.passes
        if arm.at_borders:
            self.trainer.at_epoch(lambda: self._meet(border=True))
        if arm.journal is not None and arm.journal.header.get("samples") != train.fingerprint:
            raise ValueError(
                f"arm {arm.name!r} replays a session about data {arm.journal.header.get('samples')}, this trial has"
                f" {train.fingerprint}: pass data that are the same for every seed"
            )

    @property
    def setting(self) -> str:
        """What a step costs now depends on this: the loss, the batch, and what rides along."""
        loss = self.arm.loss if isinstance(self.arm.loss, str) else self.arm.loss.__name__
        watched = "+seen" if self.trainer.statistics else ""
        return f"{loss}/{self.arm.batch_size}{watched}{'+feedback' if self.trainer.feedback.live else ''}"

    def advance(self, steps: int) -> None:
        """Train so many steps; visits that fall due happen on the way."""
        stop = self.trainer.steps + steps
        while self.trainer.steps < stop:
            self._replay()
            now = self.trainer.steps
            due = min([step for step in self._visits() if step > now], default=stop)
            count = min(stop, due) - now
            self.train(count)
            self.work[f"step {self.setting}"] += count
            self._meet()

    def train(self, steps: int) -> None:
        """Steps alone: nobody visits."""
        self._step(steps)

    def look(self) -> tuple[float, float]:
        """Accuracy on the validation and the test part."""
        self.work["evaluate"] += 1
        valid = self.accuracy(self.trial.valid) if self.arm.validates else math.nan
        return valid, self.accuracy(self.trial.test)

    def accuracy(self, part: Samples) -> float:
        """The share of right guesses, in a look that leaves no trace."""
        # in single precision, as the records of the first release have it: a tie stays one
        return float(np.float32(self.trainer.evaluate(part=part)["accuracy"]))

    def frame(self) -> np.ndarray:
        """An exact picture of all training samples (n, 2)."""
        self.work["view"] += 1
        with self.trainer.doing("view"):
            z = torch.as_tensor(self.trainer.latents())
            self._picture.fit(z)
            return self._picture.transform(z).numpy()

    def suggest(self, n: int) -> list[Any]:
        """The n groups most worth a question."""
        assert self.suggester is not None
        self.work[f"suggest by {' and '.join(self.arm.groups) or 'doubt'}"] += 1
        return self.suggester.suggest(n)

    def sheets(self, n: int) -> list[Any]:
        """The n sheets most worth a look at what was left out."""
        assert self.review is not None
        self.work["suggest by review"] += 1
        return self.review.sheets(n)

    def wrong(self) -> float:
        """The share of wrong labels among those that are trained on; an arm's further samples do not count."""
        n, mending = len(self.trial.train), self.trainer.mending
        return self.trial.wrong(mending.y[:n], torch.as_tensor(mending.weights[:n] > 0))

    def harm(self) -> int:
        """Right labels made wrong, and right samples left out."""
        mending = self.trainer.mending
        return harmful(self.trial, mending.y, torch.as_tensor(mending.weights))

    def close(self) -> None:
        """Let go of the model."""
        self.trainer.close()

    def _visits(self) -> list[int]:
        return [*self.arm.visits, *(step for step, _ in self._schedule)]

    def _replay(self) -> None:
        """What a session that is replayed did before the next step."""
        if self._schedule and self._schedule[0][0] <= self.trainer.steps:
            self.work["view"] += 1  # there was a picture before the person edited
        while self._schedule and self._schedule[0][0] <= self.trainer.steps:
            _, event = self._schedule.pop(0)
            if event.do in ("reset", "resume"):
                raise ValueError(
                    f"the session of arm {self.arm.name!r} was reset or resumed; it cannot be replayed"
                )
            self.trainer.journal.repeat(event)
            self.account.seconds += event.seconds or 0.0
            self.account.edits += event.edit is not None and event.by != "machine"

    def _meet(self, *, border: bool = False) -> None:
        """Whoever is due at this step: a session's person, a simulated one, and what acts after them."""
        trainer, arm = self.trainer, self.arm
        if not border:
            self._replay()

        def due(at: Any) -> bool:
            return border if at == BORDERS else not border and trainer.steps in at

        if due(arm.at) and arm.person is not None and self._left > 0:
            self._sit_down(arm.person)
        if due(arm.act_at) and arm.act is not None:
            self.work[f"act {arm.act.__name__}"] += 1
            for edit in arm.act(trainer, self.suggester):
                trainer.journal.add(edit, by="machine")
        if trainer.steps >= self.last_visit:
            trainer.statistics = False  # nobody will ask any more

    def _sit_down(self, person: Any) -> None:
        trainer = self.trainer
        if self.arm.at == BORDERS:
            epoch = -(-len(trainer.train) // trainer.batch_size)
            later = 1 + max(0, self.plan.passes // trainer.batch_size - trainer.steps) // epoch
        else:
            later = sum(step >= trainer.steps for step in self.arm.at)
        share = self._left / later
        assert self.suggester is not None
        screen = Screen(
            trainer.steps,
            self.frame(),
            trainer.mending.y.numpy().copy(),
            trainer.seen.confidence.cpu().numpy().copy(),
            trainer.train.classes,
            {name: trainer.train.groups[name] for name in self.arm.groups},
            self.suggest,
            self.suggester.answer,
            self.sheets,
        )
        self.account.at.append(trainer.steps)
        asked, edits = self.account.questions, self.account.edits
        for gesture in person.session(screen, self.eyes, share, self.rng):
            self._left -= gesture.seconds
            self.account.note(gesture)
            for k, edit in enumerate(gesture.edits):
                seconds = None if k else gesture.seconds
                trainer.journal.add(edit, by="simulated", seconds=seconds, frame=trainer.steps)
        idle = self.account.questions - asked if self.account.edits == edits else 0
        if person.patience is not None and idle >= person.patience:
            self._left = 0.0  # nothing to mend here: they do not come back


def run(arm: Arm, trial: Trial, seed: int, plan: Schedule) -> Run:
    """Train an arm to the end of the plan and look at fixed steps. The same seed gives the same run."""
    if arm.agent is not None:
        advised = AgentBench(arm, trial, seed, plan)
        try:
            return advised.train()
        finally:
            advised.close()
    bench = Bench(arm, trial, seed, plan)
    done = Run(arm.name, seed, samples=len(trial.train))
    begin = bench.wrong()
    each = max(1, round(plan.every / arm.batch_size))
    try:
        while bench.trainer.steps * arm.batch_size < plan.passes:
            bench.advance(each)
            valid, test = bench.look()
            done.steps.append(bench.trainer.steps)
            done.valid.append(valid)
            done.test.append(test)
            done.work.append(dict(bench.work))
            bench.work.clear()
        done.wrong = begin, bench.wrong()
        done.harm = bench.harm()
        done.account = bench.account
    finally:
        bench.close()
    return done
