"""Solved: guesses in closed form from what people named; a value to ask, to keep in a file, to take home."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ...files import whole_or_nothing
from ...model.network import as_evaluated
from ...model.reads import Reads

FORMAT = 1
Features = Callable[[torch.Tensor], torch.Tensor]  # inputs (k, ..) -> what the layers read (k, d)


class Judged(NamedTuple):
    """So many right of so many."""

    right: int
    n: int

    @property
    def value(self) -> float:
        return self.right / self.n

    def __str__(self) -> str:
        return f"{self.value:.1%} of {self.n:,}"


class Told(NamedTuple):
    """Of the samples that people named: right by the model as it is, right now by halves, of how many.

    By halves: solved from the even ones of each edit and asked about the odd ones, then the other way round.
    """

    before: int
    now: int
    of: int


class Named(NamedTuple):
    """Of each sample that a person named: the line that says so last, the class, and whether it is told as named."""

    ids: np.ndarray  # (n,)
    line: np.ndarray  # (n,)
    label: np.ndarray  # (n,)
    before: np.ndarray  # (n,) by the model as it is
    now: np.ndarray  # (n,) by halves, as in `Told`

    @property
    def told(self) -> Told:
        return Told(int(self.before.sum()), int(self.now.sum()), len(self.ids))


class Weights(NamedTuple):
    """Scores are `((features - mean) / deviation, 1) @ matrix`."""

    mean: torch.Tensor  # (d,)
    deviation: torch.Tensor  # (d,)
    matrix: torch.Tensor  # (d + 1, c)

    def standard(self, features: torch.Tensor) -> torch.Tensor:
        """(k, d + 1) the features as they were when it was solved, and a 1."""
        one = features.new_ones(len(features), 1)
        return torch.cat([(features - self.mean) / self.deviation, one], 1)

    def scores(self, features: torch.Tensor) -> torch.Tensor:
        scaled = self.matrix[:-1] / self.deviation[:, None]  # (d, c): no standardised copy of many rows
        return features @ scaled + (self.matrix[-1] - self.mean @ scaled)


@dataclass(frozen=True)
class Solved:
    """The model's features and a read-out that was solved for them, not trained. It changes nothing of the model.

    >>> solved = trainer.solve()
    >>> solved.accuracy, solved.told
    """

    classes: tuple[str, ...]
    accuracy: Judged | None
    """Right of the validation part now, and `before` by the model; None without one, or for regression."""
    before: Judged | None
    changed: tuple[int, ...]
    """Training samples, of those looked at, whose guess is another than the model's."""
    step: int
    known: int = 0
    """How many of the classes are the data's own; validation data hold no others."""
    loss: float | None = None
    """Mean squared error on the validation part now, for regression; `loss_before` by the model."""
    loss_before: float | None = None
    weights: Weights = field(repr=False, default=None)  # type: ignore[assignment]
    reads: Reads = field(repr=False, default=None)  # type: ignore[assignment]
    features: Features = field(repr=False, default=None)  # type: ignore[assignment]
    measure: Callable[[], Any] = field(repr=False, default=lambda: None)
    telling: Callable[[], Told | Named] = field(repr=False, default=lambda: Told(0, 0, 0))

    @property
    def told(self) -> Told:
        """Of the named samples, how many are told as named; worked out when it is first asked for."""
        return self._said if isinstance(self._said, Told) else self._said.told

    @property
    def named(self) -> Named | None:
        """The same of each; None for regression, and of one that was loaded."""
        return None if isinstance(self._said, Told) else self._said

    @cached_property
    def _said(self) -> Told | Named:
        return self.telling()

    @property
    def energy(self) -> Any:
        """What solving took, as `Joules`; None without a meter."""
        return self.measure()

    def scores(self, x: Any) -> np.ndarray:
        """(k, c) how far each class is meant; for regression (k, 1) values."""
        x = torch.as_tensor(x if isinstance(x, torch.Tensor) else np.asarray(x, dtype=np.float32))
        return self.weights.scores(self.features(x)).cpu().numpy()

    def predict(self, x: Any) -> np.ndarray:
        """(k,) class indices; for regression values."""
        scores = self.scores(x)
        return scores.argmax(1).astype(np.int64) if self.classes else scores[:, 0]

    def __str__(self) -> str:
        if not self.classes:
            return f"Solved at step {self.step:,}: loss {self.loss} instead of {self.loss_before}"
        valid = "no validation data" if self.accuracy is None else f"{self.accuracy} instead of {self.before}"
        if self.accuracy is not None and len(self.classes) > self.known:
            valid += f", of the {self.known} known classes"
        return "\n".join(
            (
                f"Solved at step {self.step:,}: {valid}",
                f"of {self.told.of:,} named samples {self.told.before:,} were told right, now {self.told.now:,}",
                f"{len(self.changed):,} guesses are other ones; {self.energy or 'not measured'}",
            )
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as tensors and text, for `Solved.load` with the same model."""
        plain = {
            "format": FORMAT,
            "classes": list(self.classes),
            "step": self.step,
            "known": self.known,
            "layers": self.reads.shapes,
            "accuracy": self.accuracy,
            "before": self.before,
            "told": self.told,
            "loss": self.loss,
            "loss_before": self.loss_before,
        }
        with whole_or_nothing(path) as part:
            torch.save({"tensors": dict(self.weights._asdict()), "plain": json.dumps(plain)}, part)

    @classmethod
    def load(cls, path: str | os.PathLike[str], model: nn.Module) -> Solved:
        """What `save` wrote, on the model that it was solved for, with the weights of now."""
        data = torch.load(path, map_location="cpu", weights_only=True)
        plain = json.loads(data["plain"])
        if plain.get("format") != FORMAT:
            raise ValueError(f"{path} is of format {plain.get('format')!r}; this version reads {FORMAT}")
        reads = Reads(model, plain["layers"])
        for name, shape in plain["layers"].items():
            if reads.shapes[name] != shape:
                raise ValueError(
                    f"{path} is of another model: layer {name!r} has weights {tuple(shape)} there and"
                    f" {tuple(reads.shapes[name])} here"
                )
        accuracy, before = (Judged(*plain[k]) if plain[k] else None for k in ("accuracy", "before"))
        return cls(
            tuple(plain["classes"]),
            accuracy,
            before,
            (),
            plain["step"],
            plain["known"],
            plain["loss"],
            plain["loss_before"],
            weights=Weights(**data["tensors"]),
            reads=reads,
            features=partial(_features, model, reads),
            telling=partial(Told, *plain["told"]),
        )

    def module(self, model: nn.Module) -> nn.Module:
        """The model's features and this read-out as one module, to take home."""
        return ReadOut(model, self.reads.layers, self.weights)


class ReadOut(nn.Module):
    """A model's features, then a solved read-out in place of its head."""

    mean: torch.Tensor
    deviation: torch.Tensor
    matrix: torch.Tensor

    def __init__(self, model: nn.Module, layers: tuple[str, ...], weights: Weights):
        super().__init__()
        self.model, self.layers = model, layers
        for name, tensor in weights._asdict().items():
            self.register_buffer(name, tensor.clone())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights = Weights(self.mean, self.deviation, self.matrix)
        return weights.scores(_features(self.model, Reads(self.model, self.layers), x)).float()


def _features(model: nn.Module, reads: Reads, x: torch.Tensor) -> torch.Tensor:
    """What the layers read of these inputs."""
    with as_evaluated(model):
        return reads.features(lambda: model(x))
