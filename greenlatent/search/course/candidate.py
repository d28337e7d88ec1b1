"""Candidate: one choice of hyperparameters, how far it was trained and what was seen of it on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ...energy.names import plain
from ..choices.space import Values

# What a candidate may be: drawn, measured or trained right now; between two rungs; at the end of the plan; ended by
# somebody, by an error, or by a limit that it breaks.
STATES = ("running", "paused", "done", "stopped", "failed", "limited")

LEAST_SECONDS, UNKNOWN_SECONDS = 0.05, 1.0


@dataclass(frozen=True)
class Rating:
    """What a candidate was worth after so many passes, and what it had cost by then."""

    passes: int
    accuracy: float  # NaN for regression
    loss: float
    joules: float
    latency: float = math.nan  # seconds for a sample, one at a time
    size: int = 0  # parameters

    def told(self) -> dict[str, Any]:
        """As JSON, without what was not measured."""
        return {name: value for name, value in vars(self).items() if value == value}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Rating:
        return cls(**{"accuracy": math.nan, "loss": math.nan, **told})


@dataclass
class Candidate:
    """Changed by the events of a record and nothing else."""

    n: int
    values: Values
    by: str = "search"
    price: float | None = None  # joules a pass
    state: str = "paused"
    why: str = ""  # it ended
    passes: int = 0
    rung: int = -1  # the highest that it reached
    at: dict[int, Rating] = field(default_factory=dict)  # the best look up to each rung
    looks: list[Rating] = field(default_factory=list)
    spent: float = 0.0  # joules
    seconds: float = 0.0  # of a processor
    reserved: float = 0.0  # joules of the slice that runs
    heading: int = 0  # passes that it trains to now
    lost: int = 0  # slices in a row that nothing came of
    measured: dict[str, Any] = field(default_factory=dict)  # its latency and size
    wanted: bool = False  # somebody asked for its next rung

    def __repr__(self) -> str:
        values = ", ".join(f"{name} {_value(value)}" for name, value in self.values.items())
        seen = self.look
        right = "not looked at yet"
        if seen is not None:  # regression has no accuracy
            right = f"loss {seen.loss:.3g}" if math.isnan(seen.accuracy) else f"accuracy {seen.accuracy:.1%}"
        why = f", {self.why}" if self.why else ""
        passes = f"{self.passes:,} passes over samples"
        return (
            f"Candidate {self.n} ({values}): {right} after {passes}, {plain(self.spent)} J, {self.state}{why}"
        )

    @property
    def look(self) -> Rating | None:
        """The best so far, by accuracy, ties and regression by loss: early stopping would keep its weights."""
        return min(self.looks, key=_worse, default=None)

    @property
    def accuracy(self) -> float:
        return math.nan if self.look is None else self.look.accuracy

    @property
    def alive(self) -> bool:
        return self.state in ("running", "paused")

    def expected(self, passes: int) -> float:
        """Processor seconds that so many passes more will take; a second, where nothing is known of it."""
        return LEAST_SECONDS + passes * self.seconds / self.passes if self.passes else UNKNOWN_SECONDS

    def see(self, look: Rating, rung: int | None = None) -> None:
        """Note a look, and that a rung was reached by it."""
        self.looks.append(look)
        if rung is not None:
            best = self.look
            assert best is not None
            for k in range(self.rung + 1, rung + 1):
                self.at[k] = best
            self.rung = rung


def _worse(look: Rating) -> tuple[float, float]:
    return (-look.accuracy if look.accuracy == look.accuracy else 0.0, look.loss)


def _value(value: Any) -> str:
    return plain(value) if isinstance(value, float) else str(value)
