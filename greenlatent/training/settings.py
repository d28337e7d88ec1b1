"""Settings: how a run trains, checked; what a journal's header tells of it, and the keywords it is made from again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..model.network import PRECISIONS
from .task_loss import Loss

# What a header tells, by the names of a header; a constructor calls the layer `latent`.
_TOLD = ("seed", "batch_size", "accumulate", "layer", "threads", "precision", "workers", "unlabelled")
_TOLD_IF_GIVEN = {
    "lr": None,
    "scheduler_every": "epoch",
    "order": "shuffled",
    "advised": None,
}  # and what they are otherwise


@dataclass(frozen=True)
class Settings:
    """What a trainer was asked for."""

    layer: str
    seed: int
    batch_size: int
    accumulate: int
    threads: int
    precision: str
    workers: int
    device: torch.device
    loss: Loss | str | None
    optimizer: torch.optim.Optimizer | Callable[[Any], torch.optim.Optimizer] | None
    lr: float | None
    scheduler: Any
    scheduler_every: str
    call: Callable[[nn.Module, torch.Tensor], Any] | None
    order: str = "shuffled"  # or by "priority": the first epoch by falling weight
    unlabelled: str = "skip"  # whether samples without a label in force are met
    advised: Mapping[str, str] | None = None  # which of them somebody advised, by name: "advice" or "agent"
    fixed: bool = True  # whether the number of threads was given, and is not to be priced

    @classmethod
    def checked(
        cls,
        train: Samples,
        valid: Samples | None,
        *,
        threads: int | None,
        device: str | torch.device | None,
        warm: bool,
        **given: Any,
    ) -> Settings:
        """The settings, or an error that says which of them cannot be, and what would work."""
        batch_size, accumulate, workers = given["batch_size"], given["accumulate"], given["workers"]
        if batch_size < 1 or accumulate < 1:
            raise ValueError(f"batch_size and accumulate count from 1, got {batch_size} and {accumulate}")
        if given["precision"] not in PRECISIONS:
            raise ValueError(f'precision is "fp32", "bf16" or "fp16", got {given["precision"]!r}')
        if not isinstance(train, Samples) or not (valid is None or isinstance(valid, Samples)):
            raise TypeError(
                "train and valid take Samples: arrays become Samples(x, y), a Dataset Samples.from_dataset(ds)"
            )
        if not len(train):
            raise ValueError("train is empty")
        if workers < 0 or (workers and not train.lazy):
            raise ValueError(
                f"workers read a Dataset's items, got workers={workers}"
                + (" for data in memory: leave it out" if workers > 0 else "; it counts from 0")
            )
        optimizer = given["optimizer"]
        if isinstance(optimizer, torch.optim.Optimizer) and optimizer.state and not warm:
            raise ValueError(
                "this optimizer has trained before; pass warm=True to go on with it, or a fresh one"
            )
        _check_rate(given["lr"], optimizer)
        if given["scheduler_every"] not in ("epoch", "step"):
            raise ValueError(f'scheduler_every is "epoch" or "step", got {given["scheduler_every"]!r}')
        if given["order"] not in ("shuffled", "priority"):
            raise ValueError(f'order is "shuffled" or "priority", got {given["order"]!r}')
        if given["unlabelled"] not in ("skip", "keep"):
            raise ValueError(f'unlabelled is "skip" or "keep", got {given["unlabelled"]!r}')
        return cls(
            threads=1 if threads is None else threads,
            fixed=threads is not None,
            device=_device(device),
            **given,
        )

    def told(self) -> dict[str, Any]:
        """What a header tells of them."""
        more = {
            name: getattr(self, name)
            for name, usual in _TOLD_IF_GIVEN.items()
            if getattr(self, name) != usual
        }
        return {name: getattr(self, name) for name in _TOLD} | more

    @staticmethod
    def of_header(header: Mapping[str, Any]) -> dict[str, Any]:
        """A constructor's keywords for what a header tells."""
        names = (name for name in (*_TOLD, *_TOLD_IF_GIVEN) if name in header)
        told = {("latent" if name == "layer" else name): header[name] for name in names}
        return {"unlabelled": "keep"} | told  # which version 0.1 did, and did not tell

    def keywords(self) -> dict[str, Any]:
        """A constructor's keywords for all of them."""
        given = ("device", "loss", "optimizer", "scheduler", "call")
        return {**self.of_header(self.told()), **{name: getattr(self, name) for name in given}}

    def put(self, put: Mapping[str, float]) -> Settings:
        """These settings with what was put in mid-run, which the process keeps to from now on."""
        threads = int(put.get("threads", self.threads))
        if threads == self.threads:
            return self
        torch.set_num_threads(threads)
        return replace(self, threads=threads, fixed=True)

    @property
    def renewable(self) -> bool:
        """Whether optimizer and scheduler can be made anew."""
        return not isinstance(self.optimizer, torch.optim.Optimizer) and (
            self.scheduler is None or callable(self.scheduler)
        )

    def check_renewable(self, what: str) -> None:
        """Refuse what starts anew where only an instance of an optimizer or scheduler was given."""
        if not self.renewable:
            raise ValueError(
                f"{what} needs a fresh optimizer: pass optimizer=lambda params: ... (and the scheduler so), not an"
                " instance"
            )


@dataclass
class Count:
    """How long somebody wants to train: so many steps, or until so many epochs have ended; one step by default."""

    steps: int | None = None
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.steps is not None and self.epochs is not None:
            raise ValueError(
                f"give a number of steps or epochs=, not both, got {self.steps} and {self.epochs}"
            )
        if self.epochs is not None and not (isinstance(self.epochs, Integral) and self.epochs >= 1):
            raise ValueError(f"epochs is a number of epochs from 1 up, got {self.epochs!r}")
        if self.steps is not None and not (isinstance(self.steps, Integral) and self.steps >= 0):
            raise ValueError(f"step takes a number of steps from 0 up, got {self.steps!r}")
        if self.steps is None and self.epochs is None:
            self.steps = 1

    @property
    def on(self) -> bool:
        """Whether there is more to do."""
        return bool(self.steps or self.epochs)

    def more(self, epoch_done: bool) -> bool:
        """Whether there is more to do after the step that is being done."""
        return (self.steps or 0) > 1 or (self.epochs or 0) > epoch_done

    def stepped(self, epoch_done: bool) -> None:
        """A step was done."""
        if self.steps is not None:
            self.steps -= 1
        elif self.epochs is not None and epoch_done:
            self.epochs -= 1


def _check_rate(lr: float | None, optimizer: Any) -> None:
    if lr is None:
        return
    if isinstance(lr, bool) or not (isinstance(lr, Real) and math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr is a learning rate above 0, such as 0.001, got {lr!r}")
    if isinstance(optimizer, torch.optim.Optimizer):
        raise ValueError(
            "lr is for an optimizer that is made here, and this one has its rate: set it there, or pass"
            " its class, as optimizer=torch.optim.SGD, lr=0.1"
        )


def _device(asked: str | torch.device | None) -> torch.device:
    """The device, if it is there."""
    device = torch.device(asked or ("cuda" if torch.cuda.is_available() else "cpu"))
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device.type, True):
        why = "this torch was built without it" if not _built(device.type) else "this process sees none"
        raise ValueError(
            f"device={str(device)!r}: there is no such device here ({why}); leave device= out to train on what there"
            ' is, or pass device="cpu"'
        )
    return device


def _built(kind: str) -> bool:
    return torch.backends.cuda.is_built() if kind == "cuda" else torch.backends.mps.is_built()
