"""Evaluations: accuracy and joules at each evaluation of a run, within a share of its time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from ..energy.joules import Joules
from ..energy.meter import Meter
from ..training.trainer import Trainer
from .comparison import Point
from .progress import Cancelled

EVALUATION_SHARE = 0.005  # of the time that training runs may go into the accuracy shown beside it
EVALUATION_SECONDS = 0.5  # at least between two of them while it runs, however cheap they are


class Evaluations:
    """Evaluates when it is time, and remembers what it found.

    >>> evaluations = Evaluations(trainer, meter)
    >>> evaluations.evaluate(running=False)
    >>> evaluations.accuracy
    """

    def __init__(self, trainer: Trainer, meter: Meter):
        self.trainer, self.meter = trainer, meter
        self.points: list[Point] = []
        # as of the last evaluation; None for regression and without labels
        self.accuracy: float | None = None
        self.cost = 0.0  # seconds of the last evaluation
        self._begun = meter.stamp()
        self._step, self._at = -1, 0.0

    def evaluate(
        self, *, running: bool, now: bool = False, progress: Callable[[float], bool] | None = None
    ) -> bool:
        """At every pause, and in between as often as its share allows; `progress` may cancel it by False.

        Returns whether it found anything new.
        """
        trainer, begun = self.trainer, time.perf_counter()
        if self._step == trainer.steps:
            return False
        since = begun - self._at
        if running and not now and (since < EVALUATION_SECONDS or since * EVALUATION_SHARE < self.cost):
            return False
        step, self._step = self._step, trainer.steps
        try:
            # over ranks each looks at its share, and nobody can count them
            counting = self._counting(progress) if trainer.ranks == 1 else None
            found = trainer.evaluate(change=counting).get("accuracy", math.nan)
            self.accuracy = found if math.isfinite(found) else None
        except Cancelled:
            if now:
                self._step = step
                raise
            return False  # until there is another step
        self._at = time.perf_counter()
        self.cost = self._at - begun
        if self.accuracy is not None:
            self.points.append(Point(trainer.steps, trainer.passes, self.accuracy, self._spent()))
        return True

    def _counting(
        self, progress: Callable[[float], bool] | None
    ) -> Callable[[torch.Tensor], torch.Tensor] | None:
        """What an evaluation does to its inputs, part by part: nothing but count them."""
        part = self.trainer.train if self.trainer.valid is None else self.trainer.valid
        done = 0

        def count(x: torch.Tensor) -> torch.Tensor:
            nonlocal done
            if progress is not None and not progress(done / len(part)):
                raise Cancelled("the evaluation was cancelled")
            done += len(x)
            return x

        return None if progress is None else count

    def _spent(self) -> Joules:
        lines = self.meter.ledger(since=self._begun)
        spent = [lines[kind] for kind in ("train", "feedback") if kind in lines]
        return sum(spent[1:], spent[0]) if spent else Joules.missing()
