"""Done: what all arms share, and what came of one of them on one seed's data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from .person import Effort

LATER = ("harm", "answers", "samples")  # which records of before do not have


@dataclass(frozen=True)
class Schedule:
    """What all arms share: the network, its latent layer, how long to train and how often to look.

    `passes` and `every` count samples trained on, so that arms of different batch size see equally many.
    """

    model: Callable[[], nn.Module]
    latent: str
    passes: int
    every: int

    def describe(self) -> str:
        """In words, for the record."""
        name = getattr(self.model, "__name__", type(self.model).__name__)
        return f"{name}, latent {self.latent}, {self.passes} passes, a look every {self.every}"


@dataclass
class Run:
    """What came of it. `work` counts, per look, what was done since the last: steps by setting, suggestions, frames."""

    arm: str
    seed: int
    steps: list[int] = field(default_factory=list)
    valid: list[float] = field(default_factory=list)
    test: list[float] = field(default_factory=list)
    work: list[dict[str, int]] = field(default_factory=list)
    wrong: tuple[float, float] = (
        0.0,
        0.0,
    )  # share of wrong labels in training, at the beginning and at the end
    account: Effort = field(default_factory=Effort)
    harm: int | None = None  # right labels made wrong, and right samples left out, at the end
    answers: dict[str, int] = field(default_factory=dict)  # to an agent's cards, how often each
    samples: int | None = None  # that there were to train on

    def to_json(self) -> dict[str, Any]:
        """As a line of the record; JSON has no NaN."""
        valid = [None if math.isnan(value) else value for value in self.valid]
        return {**asdict(self), "valid": valid}

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Run:
        """What `to_json` wrote."""
        known = {key: line[key] for key in cls.__dataclass_fields__ if key in line or key not in LATER}
        known["valid"] = [math.nan if value is None else value for value in known["valid"]]
        return cls(**{**known, "account": Effort(**known["account"]), "wrong": tuple(known["wrong"])})
