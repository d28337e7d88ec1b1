"""Arm: one way to train, with or without a person, the same in everything else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ... import Feedback, Journal, Samples
from . import automatic
from .beside import Beside
from .person import Person
from .trial import Trial

BORDERS = "each border"  # steps at which an epoch ends
LOSSES: Mapping[str, Any] = {"ce": None, "gce": "gce", "smooth": automatic.smoothed, "elr": None}


@dataclass(frozen=True)
class Arm:
    """How one group of runs is trained.

    `loss` is "ce", "gce", "smooth" (label smoothing), "elr" or a loss as Trainer takes it. `before` changes the
    data before training. At the optimiser steps `at` the `person` sits down, sharing their seconds evenly; at those of
    `act_at`, after them where both meet, `act(trainer, suggester)` yields edits. `groups` are the real groups that
    suggestions may use, `feedback` options of the Trainer's feedback, `journal` a session to replay. Instead
    of steps, "each border" is where each epoch ends. An `agent` decides there; a `person` then answers its cards.

    >>> Arm("labels only", at=(60, 120, 180), person=Person(seconds=240))
    """

    name: str
    loss: Any = "ce"
    rate: float = 1e-3
    batch_size: int = 64
    before: Callable[[Trial], Samples] | None = None
    at: tuple[int, ...] | str = ()
    person: Person | None = None
    act_at: tuple[int, ...] | str = ()
    act: Callable[..., Any] | None = None
    groups: tuple[str, ...] = ()
    feedback: Mapping[str, float] = field(default_factory=dict)
    journal: Journal | None = None
    agent: Beside | None = None
    validates: bool = True  # False: it has trained on the validation part, and only its test accuracy counts

    def __post_init__(self) -> None:
        if isinstance(self.loss, str) and self.loss not in LOSSES:
            raise ValueError(f"loss is {', '.join(map(repr, LOSSES))} or a function, got {self.loss!r}")
        for steps, who in ((self.at, "person"), (self.act_at, "act")):
            if bool(steps) != (getattr(self, who) is not None):
                raise ValueError(f"arm {self.name!r}: give a {who} and its steps, or neither")
            if steps == BORDERS:
                continue
            if isinstance(steps, str):
                raise ValueError(f"arm {self.name!r}: give steps, or {BORDERS!r}; got {steps!r}")
            if list(steps) != sorted(set(steps)) or any(step < 1 for step in steps):
                raise ValueError(f"arm {self.name!r}: steps rise, from 1 up; got {steps}")
        self._check_agent()
        if self.loss == "elr" and (self.visited or self.journal is not None or self.agent is not None):
            raise ValueError(
                'loss "elr" holds targets of its own, which edits do not reach; use another loss'
            )

    def _check_agent(self) -> None:
        beside = self.agent
        if beside is None:
            return
        if (beside.answers == "person") != (self.person is not None):
            raise ValueError(
                f'arm {self.name!r}: a person answers cards of Beside(answers="person"), and only those'
            )
        if self.person is not None and self.at != BORDERS:
            raise ValueError(f"arm {self.name!r}: cards are answered at={BORDERS!r}")
        if self.before is not None or self.act is not None or self.journal is not None or self.groups:
            raise ValueError(
                f"arm {self.name!r}: with an agent, nothing else changes the data: no before, act, journal, groups"
            )

    @classmethod
    def from_session(cls, folder: str | os.PathLike[str], name: str | None = None, **options: Any) -> Arm:
        """A real person's session, replayed over seeds: the same edits at the same steps, from other weights."""
        path = Path(folder) / "journal.jsonl"
        if not path.is_file():
            raise FileNotFoundError(f"{folder} holds no journal.jsonl; pass the folder of a Lab's session")
        journal = Journal.load(path)
        options = {"batch_size": journal.header.get("batch_size", 64), **options}
        return cls(name or f"session {Path(folder).name}", journal=journal, **options)

    @property
    def visits(self) -> tuple[int, ...]:
        """The steps at which something may be edited."""
        return tuple(
            sorted({step for at in (self.at, self.act_at) if not isinstance(at, str) for step in at})
        )

    @property
    def at_borders(self) -> bool:
        """Whether something may be edited wherever an epoch ends."""
        return BORDERS in (self.at, self.act_at)

    @property
    def visited(self) -> bool:
        """Whether anything may be edited at all."""
        return self.at_borders or bool(self.visits)

    @property
    def human(self) -> bool:
        """Whether a person is in it."""
        return self.person is not None or self.journal is not None

    def options(self, seed: int) -> dict[str, Any]:
        """Of a Trainer or a Lab: the same for every arm, or they could not be compared."""
        return {
            "loss": LOSSES[self.loss] if isinstance(self.loss, str) else self.loss,
            "optimizer": lambda params: torch.optim.Adam(params, lr=self.rate, fused=True),
            "batch_size": self.batch_size,
            "seed": seed,
            "threads": 1,
            "feedback": Feedback(**self.feedback),
        }

    def describe(self) -> str:
        """All that makes this arm, in words: two runs of equal words, data and seed are the same run."""
        words = []
        for key, value in vars(self).items():
            if key == "agent" and value is None:
                continue  # records of before there were any
            if isinstance(value, Journal):
                value = f"{value.header.get('samples')} with {len(value)} lines"
            elif callable(value) and not isinstance(value, Person):
                value = getattr(value, "__name__", type(value).__name__)
            words.append(f"{key}={dict(value) if isinstance(value, Mapping) else value}")
        return ", ".join(words)

    def with_(self, **changes: Any) -> Arm:
        """The same arm, but for these."""
        return replace(self, **changes)


def without_person(
    at: tuple[int, ...] = (60, 120, 180), often: tuple[int, ...] = (60, 100, 140, 180, 240, 320)
) -> list[Arm]:
    """Everything that needs nobody: what a person has to be better than. What takes back does so `often`."""
    return [
        Arm("control"),
        Arm("label smoothing", loss="smooth"),
        Arm("GCE", loss="gce"),
        Arm("ELR", loss="elr"),
        Arm("kNN vote", before=automatic.neighbours_vote),
        Arm("kNN vote, GCE", loss="gce", before=automatic.neighbours_vote),
        Arm("automatic drop", act_at=at, act=automatic.drop),
        Arm("automatic relabel", act_at=at, act=automatic.relabel),
        Arm("label smoothing, automatic drop", loss="smooth", act_at=at, act=automatic.drop),
        Arm("label smoothing, automatic relabel", loss="smooth", act_at=at, act=automatic.relabel),
        Arm("label smoothing, drop and take back", loss="smooth", act_at=often, act=automatic.revise),
        Arm("GCE, drop and take back", loss="gce", act_at=often, act=automatic.revise),
        Arm("GCE, confident learning", loss="gce", act_at=at[1:2] or at, act=automatic.confident),
        Arm("validation set as well", before=automatic.with_validation, validates=False),
        Arm("loss only, no person", act_at=at[:1], act=automatic.affirm, feedback={"contrast": 0.2}),
    ]


def with_person(
    person: Person | None = None, at: tuple[int, ...] = (60, 120, 180), **options: Any
) -> list[Arm]:
    """A person's ways: random clicks, labels only, labels with feedback, feedback without labels."""
    person = person or Person()
    return [
        Arm("random clicks", at=at, person=replace(person, how="random"), **options),
        Arm("labels only", at=at, person=person, **options),
        Arm("labels and feedback", at=at, person=person, feedback={"contrast": 0.2}, **options),
        Arm("feedback without labels", at=at, person=replace(person, how="groups", drag=True), **options),
    ]


def with_agent(
    llm: Any = None, *, person: Person | None = None, limits: Any = None, **options: Any
) -> list[Arm]:
    """An agent's ways beside no agent at all: its rules alone, its cards answered by a simulated person, or by chance,
    and with a model at the table where `llm` is one on this machine. All else is the same.

    >>> study.compare(study.with_agent(), data, range(10), "no agent", model=net, latent="0", passes=40_000, every=1024)
    """
    person = person or Person()
    options = {"loss": "smooth", "rate": 3e-3, **options}
    cards = Beside("suggest", "person", limits=limits)
    arms = [
        Arm("no agent", **options),
        Arm("rules alone", agent=Beside("alone", limits=limits), **options),
        Arm("rules, a simulated person answers", agent=cards, at=BORDERS, person=person, **options),
        Arm("rules, chance answers", agent=Beside("suggest", "chance", limits=limits), **options),
    ]
    if llm is not None:
        beside = replace(cards, llm=llm)
        name = "a model chooses, a simulated person answers"
        arms.append(Arm(name, agent=beside, at=BORDERS, person=person, **options))
    return arms
