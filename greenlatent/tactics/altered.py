"""Altered: what would be otherwise in a run, as a value: a twin steps it, a Set-up holds it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..edits.kinds import Found
from ..run.setup import Setup
from ..training.trainer import Trainer


@dataclass(frozen=True)
class Altered:
    """What differs from the run as it is; what is not named stays.

    `options` are a Trainer's; `schedule(steps)` gives those that hang on how many steps there will be. `share` is how
    much of the plan's samples it trains on. `model` makes another of a copy with the first weights; `rows` chooses
    among training samples, `inputs` changes those of training, validation and new data alike.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    schedule: Callable[[int], Mapping[str, Any]] | None = None
    share: float = 1.0
    model: Callable[[nn.Module], nn.Module] | None = None
    rows: Callable[[Samples], Samples] | None = None
    inputs: Callable[[Samples], Samples] | None = None
    put: Mapping[str, float] = field(default_factory=dict)  # settings of a journal

    def steps(self, trainer: Trainer, steps: int) -> int:
        """How many steps it does where the run does so many."""
        settings = trainer.settings
        passes = steps * settings.batch_size * settings.accumulate * self.share
        mine = {"batch_size": settings.batch_size, "accumulate": settings.accumulate, **self.options}
        return max(1, math.ceil(passes / (mine["batch_size"] * mine["accumulate"]) - 1e-9))

    def given(self, trainer: Trainer, steps: int) -> dict[str, Any]:
        """All options of a Trainer of it, where the run does so many steps."""
        due = {} if self.schedule is None else self.schedule(self.steps(trainer, steps))
        given = {**trainer.settings.keywords(), **self.options, **due}
        if isinstance(given["optimizer"], torch.optim.Optimizer):  # it holds the weights of this run
            given["optimizer"] = anew(given["optimizer"])
        if given["scheduler"] is not None and not callable(given["scheduler"]):
            raise ValueError(
                "a scheduler that was given as an instance steps the optimizer of this run alone: pass"
                " scheduler=lambda optimizer: ... and ask again"
            )
        return given

    def data(self, trainer: Trainer, *, mended: bool = False) -> tuple[Samples, Samples | None]:
        """Training and validation samples of it; `mended` as people left them, where no class was found."""
        train, valid = trainer.train, trainer.valid
        active = trainer.journal.active
        if mended and active and not any(isinstance(event.edit, Found) for event in active):
            train = trainer.journal.mended(train)
        if self.rows is not None:
            train = self.rows(train)
        if self.inputs is not None:
            train, valid = self.inputs(train), None if valid is None else self.inputs(valid)
        return train, valid

    def made(self, trainer: Trainer, *, fresh: bool) -> nn.Module:
        """A copy of the model, with the first weights or those of now, altered; on the thread that owns the model."""
        now = not fresh and self.model is None
        model = trainer.network.copied(trainer.model.state_dict() if now else trainer.initial)
        if self.model is None:
            return model
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(trainer.seed)
            return self.model(model)

    def twin(
        self, trainer: Trainer, steps: int, *, fresh: bool = True, statistics: bool = False, **more: Any
    ) -> Trainer:
        """A trainer of it at its beginning, sharing nothing but data that are as they were: no edits, no meter."""
        if why := no_twin(trainer):
            raise ValueError(f"a twin with a change cannot be made, as {why}")
        train, valid = self.data(trainer)
        given = {"statistics": statistics, **self.given(trainer, steps), **more}
        twin = Trainer(self.made(trainer, fresh=fresh), train, valid=valid, **given)
        for name, value in self.put.items():
            twin.journal.put(name, value)
        return twin

    def setup(self, trainer: Trainer, steps: int, reason: str) -> Setup:
        """The arguments of a Lab of it, from the first weights, with one reason for all that differs; its data are as
        the edits in force left them."""
        train, valid = self.data(trainer, mended=True)
        due = {} if self.schedule is None else self.schedule(self.steps(trainer, steps))
        named = [*self.options, *due]
        options = self.given(trainer, steps)
        given = {name: value for name, value in options.items() if value is not None or name in named}
        given |= {"model": self.made(trainer, fresh=True), "train": train}
        given |= {} if valid is None else {"valid": valid}
        given |= {} if trainer.ranks == 1 else {"ranks": trainer.ranks}
        named += ["model"] if self.model is not None else []
        named += ["train"] if self.rows is not None or self.inputs is not None else []
        named += ["steps"] if (many := self.steps(trainer, steps)) != steps else []
        why = dict.fromkeys(named, reason)
        return Setup(given, why=why, by="advice", steps=many, inputs=self.inputs)


def no_twin(trainer: Trainer) -> str:
    """Why no twin of a run can be made, and what to give instead; empty where one can."""
    optimizer, scheduler = trainer.settings.optimizer, trainer.settings.scheduler
    if scheduler is not None and not callable(scheduler):
        return (
            "the scheduler was given as an instance, which steps the optimizer of this run alone: give"
            " scheduler=lambda optimizer: ... and optimizer=lambda params: ..."
        )
    if not isinstance(optimizer, torch.optim.Optimizer):
        return ""
    given = f"the {type(optimizer).__name__} was given as an instance"
    instead = "give optimizer=lambda params: ..."
    if several_groups(optimizer):
        return f"{given} whose groups have options of their own: {instead}"
    stepped = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if any(p.requires_grad and id(p) not in stepped for p in trainer.model.parameters()):
        return f"{given} that trains a part of the model alone: {instead}"
    try:
        anew(optimizer)([nn.Parameter(torch.zeros(1))])
    except Exception as error:  # somebody's own kind, which keeps what it was made with to itself
        return f"{given} that cannot be made anew ({error}): {instead}"
    return ""


def anew(optimizer: torch.optim.Optimizer) -> Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]:
    """Makes another of its kind for other parameters, with the options that it was made with."""
    if several_groups(optimizer):
        raise ValueError(
            f"this {type(optimizer).__name__} was given as an instance whose groups have options of their own, which"
            " other weights have no groups for: pass optimizer=lambda params: ... and ask again"
        )
    options = options_of(optimizer)
    return lambda params: type(optimizer)(params, **options)  # type: ignore[call-arg]


def several_groups(optimizer: torch.optim.Optimizer) -> bool:
    """Whether some parameters were given options that others have not."""
    own = [{k: v for k, v in group.items() if k in optimizer.defaults} for group in optimizer.param_groups]
    return any(each != own[0] for each in own)


def options_of(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """What it was made with, of what its kind takes: AdamW's defaults name an option that only Adam takes."""
    taken = inspect.signature(type(optimizer)).parameters
    return {name: value for name, value in optimizer.defaults.items() if name in taken}


SAME = Altered()  # as it is: the null that everything is priced against
