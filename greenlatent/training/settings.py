"""Settings: how a run trains, checked; what a journal's header tells of it, and the keywords it is made from again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..data.samples import Samples
from ..model.network import PRECISIONS
from .task_loss import Loss

# What a header tells, by the names of a header; a constructor calls the layer `latent`.
_TOLD = ("seed", "batch_size", "accumulate", "layer", "threads", "precision", "workers")


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
    scheduler: Any
    call: Callable[[nn.Module, torch.Tensor], Any] | None
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
        return cls(
            threads=1 if threads is None else threads,
            fixed=threads is not None,
            device=torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu")),
            **given,
        )

    def told(self) -> dict[str, Any]:
        """What a header tells of them."""
        return {name: getattr(self, name) for name in _TOLD}

    @staticmethod
    def of_header(header: Mapping[str, Any]) -> dict[str, Any]:
        """A constructor's keywords for what a header tells."""
        return {("latent" if name == "layer" else name): header[name] for name in _TOLD if name in header}

    def keywords(self) -> dict[str, Any]:
        """A constructor's keywords for all of them."""
        given = ("device", "loss", "optimizer", "scheduler", "call")
        return {**self.of_header(self.told()), **{name: getattr(self, name) for name in given}}

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
