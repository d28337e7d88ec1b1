"""Advised: a run with an agent beside it, in one go, looked at where an epoch ends; its own cost as part of a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import greenlatent as gl

from .arms import Arm
from .beside import Answering, Beside
from .done import Run, Schedule
from .trial import Trial, harmful

OWN = ("agent", "suggest", "feedback")  # kinds of work that only such a run has
PARTS = 1000  # of a step, in which its own cost is counted


class AgentBench:
    """One run. The Lab of it is shown to nobody, and pictures that it makes are not counted."""

    def __init__(self, arm: Arm, trial: Trial, seed: int, plan: Schedule):
        assert arm.agent is not None
        self.arm, self.trial, self.plan, self.beside = arm, trial, plan, arm.agent
        self.rng = np.random.default_rng([seed, 2])
        person = arm.person
        eyes = None if person is None else trial.eyes(error=person.error, unsure=person.unsure, rng=self.rng)
        self.answering = Answering(self.beside, person, eyes, self.rng)
        with torch.random.fork_rng(devices=[]):
            torch.random.default_generator.manual_seed(seed)
            model = plan.model()
        self.lab = gl.Lab(
            model,
            trial.train,
            valid=trial.valid,
            latent=plan.latent,
            **arm.options(seed),
            session=False,
            film=False,
        )
        self.done = Run(arm.name, seed, samples=len(trial.train))
        self.each = max(1, round(plan.every / arm.batch_size))
        self.looks = -(-plan.passes // (self.each * arm.batch_size))
        self._own: list[float] = []  # joules of its own, up to each look
        self._asks = False  # it pauses for an answer of its model

    def train(self) -> Run:
        """The whole plan, or as much of it as the agent or whoever answers lets be done."""
        lab, done, total = self.lab, self.done, self.looks * self.each
        start = self._standing()
        done.wrong = (self.trial.wrong(start[0], start[1] > 0), 0.0)
        self.agent = lab.agent(
            self.beside.level if self.beside.llm is None else "suggest", limits=self.beside.limits
        )
        if self.beside.llm is not None:
            self._seat(self.beside)
        lab.trainer.at_epoch(self._border)
        while lab.trainer.steps < total:
            self._asks = False
            lab.step(total - lab.trainer.steps)
            if not self._asks:
                break
            self.agent.wait()
        self._look(until=self.looks)
        y, weights = self._standing()
        done.wrong = (done.wrong[0], self.trial.wrong(y, weights > 0))
        done.harm = harmful(self.trial, y, weights)
        done.account, done.answers = self.answering.account, dict(self.answering.answers)
        self._charge()
        return done

    def _seat(self, beside: Beside) -> None:
        """The model is met before the first step, so that what it may do is the same in each run."""
        self.agent.llm = beside.llm
        self.agent.wait()
        sent = self.agent.payload
        if sent is not None and sent.held:
            raise ValueError(
                f"{sent.host} is not on this machine, and a study asks no such model: nobody would see what is sent;"
                " give the address of a server here"
            )
        if not self.agent.levels[beside.level]:
            self.agent.level = beside.level

    def _border(self) -> None:
        lab = self.lab
        self._look(until=lab.trainer.steps // self.each)
        for card in self.agent.pending:
            if self.answering.answers_to(card):
                y, _ = self._standing()
                for edit in self.answering.answer(self.agent, card, y.numpy(), lab.trainer.classes):
                    lab.journal.add(edit, by="simulated")
        if self.agent.standing["asking"]:
            self._asks = True
            lab.runner.pause(wait=False)

    def _look(self, *, until: int) -> None:
        """How it stands, for each look of the plan that is due by now."""
        done, trainer = self.done, self.lab.trainer
        if len(done.steps) >= until:
            return
        steps = trainer.steps - (done.steps[-1] if done.steps else 0)
        valid, test = (
            float(np.float32(trainer.evaluate(part=part)["accuracy"]))
            for part in (self.trial.valid, self.trial.test)
        )
        ledger = self.lab.meter.ledger()
        own = sum(ledger[kind].value for kind in OWN if kind in ledger and ledger[kind].known)
        while len(done.steps) < until:  # one that ended early stands so for the rest of the plan
            done.steps.append(trainer.steps)
            done.valid.append(valid)
            done.test.append(test)
            done.work.append({f"step {self._setting}": steps, "evaluate": 1} if steps else {})
            self._own.append(own)
            steps = 0

    @property
    def _setting(self) -> str:
        loss = self.arm.loss if isinstance(self.arm.loss, str) else self.arm.loss.__name__
        return f"{loss}/{self.arm.batch_size}+seen"

    def _charge(self) -> None:
        """What it cost beside training, in parts of a step of the same run: a busy machine wrongs both alike."""
        trained = self.lab.meter.ledger().get("train")
        if trained is None or not trained.known or trained.value <= 0:
            raise ValueError("the joules of this run cannot be read, so nobody can say what its agent cost")
        step = trained.value / self.lab.trainer.steps
        before = 0
        for work, own in zip(self.done.work, self._own, strict=True):
            parts = round(PARTS * own / step)
            if parts > before:
                work[f"agent {self._setting}"] = parts - before
            before = max(before, parts)

    def _standing(self) -> tuple[Any, Any]:
        """Labels and weights that are in force."""
        mending = self.lab.trainer.upcoming
        return mending.y.clone(), torch.as_tensor(mending.weights).clone()

    def close(self) -> None:
        """Let go of the model."""
        self.lab.close()
