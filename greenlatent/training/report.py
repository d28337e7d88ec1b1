"""Report: losses, seconds and joules of some steps, read from the device only when asked for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Protocol

import torch


class Reported(Protocol):
    """Whose means are reported."""

    task_losses: Mean
    feedback_losses: Mean

    def forget_losses(self) -> None: ...


@dataclass(frozen=True)
class StepReport:
    """What a call of `step` did. Losses are means over its steps and stay on the device until read."""

    step: int
    steps: int
    seconds: float
    _task: torch.Tensor | None = field(default=None, repr=False)
    _feedback: torch.Tensor | None = field(default=None, repr=False)
    _spent: Callable[[], Any] | None = field(default=None, repr=False)

    @cached_property
    def energy(self) -> Any:
        """Joules of these steps; None without a meter. Worked out when it is first read."""
        return None if self._spent is None else self._spent()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "energy": self.energy, "_spent": None}  # a copy takes the joules, not the meter

    @property
    def task_loss(self) -> float:
        """Mean loss on the labels in force; NaN if no step was done."""
        return math.nan if self._task is None else float(self._task)

    @property
    def feedback_loss(self) -> float:
        """Mean loss of the edits over the steps that carried feedback, 0 if none did."""
        return 0.0 if self._feedback is None else float(self._feedback)

    @property
    def loss(self) -> float:
        """Task and feedback together."""
        return self.task_loss + self.feedback_loss

    def __repr__(self) -> str:
        parts = [f"step {self.step}", f"loss {self.loss:.4g}"]
        if self._feedback is not None:
            parts.append(f"of it feedback {self.feedback_loss:.3g}")
        if self.energy is not None:
            parts.append(str(self.energy))
        return f"StepReport({', '.join(parts)})"


def reporting(step: Reported, meter: Any, now: Callable[[], int]) -> Callable[[], StepReport]:
    """Begins the means anew; what it returns makes the report of the steps since."""
    step.forget_losses()
    first, begun = now(), time.perf_counter()
    stamp = meter.stamp() if meter is not None else None

    def report() -> StepReport:
        until = meter.stamp() if meter is not None else None
        return StepReport(
            now(),
            now() - first,
            time.perf_counter() - begun,
            step.task_losses.value(),
            step.feedback_losses.value(),
            partial(joules_of, meter, stamp, until),
        )

    return report


def joules_of(meter: Any, since: Any, until: Any, kinds: tuple[str, ...] = ("train", "feedback")) -> Any:
    """What kinds of work between two stamps of a meter took together, by default training; None without any."""
    if meter is None:
        return None
    lines = meter.ledger(since, until)
    parts = [lines[kind] for kind in kinds if kind in lines]
    return sum(parts[1:], parts[0]) if parts else None


class Mean:
    """A running mean of device scalars that costs a list append per step and never synchronises."""

    def __init__(self) -> None:
        self._last: list[torch.Tensor] = []
        self._sum: torch.Tensor | None = None
        self._count = 0

    def add(self, value: torch.Tensor) -> None:
        self._last.append(value)
        if len(self._last) >= 128:
            total = torch.stack(self._last[:64]).sum()
            self._sum = total if self._sum is None else self._sum + total
            self._count += 64
            del self._last[:64]

    def last(self, n: int) -> list[torch.Tensor]:
        """The newest n."""
        return self._last[-n:]

    def amend(self, values: list[torch.Tensor]) -> None:
        """Other values in place of the newest."""
        self._last[-len(values) :] = values

    def __len__(self) -> int:
        return self._count + len(self._last)

    def cut(self, length: int) -> None:
        """Leave out what came after so many, if that is the newest 64 at most."""
        del self._last[max(0, length - self._count) :]

    def recent(self) -> torch.Tensor | None:
        return torch.stack(self._last[-64:]).mean() if self._last else None

    def value(self) -> torch.Tensor | None:
        if not self._last:
            return None
        total = torch.stack(self._last).sum()
        return (total if self._sum is None else self._sum + total) / (self._count + len(self._last))
