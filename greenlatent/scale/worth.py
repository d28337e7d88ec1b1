"""Worth: what a step takes alone and over ranks, measured before training begins and told in one sentence."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..energy.joules import Joules
from ..training import checkpoint
from ..training.checkpoint import Kept
from ..training.trainer import Trainer

STEPS, WARM = 20, 3  # that are measured, and done before that
MOST_SECONDS = 2.0  # for each of both: of a slow net fewer steps must do


@dataclass(frozen=True)
class Pace:
    """Of some steps: seconds of each, and joules of all; None without a meter."""

    seconds: tuple[float, ...]
    joules: Joules
    samples: int  # of a step

    @property
    def step(self) -> float:
        """Seconds of a step, the median."""
        return float(np.median(self.seconds))

    @property
    def interval(self) -> tuple[float, float]:
        """Of the median, at 95 %."""
        if len(self.seconds) < 2:
            return 0.0, math.inf
        of_mean = 1.96 * float(np.std(self.seconds, ddof=1)) / math.sqrt(len(self.seconds))
        off = of_mean * math.sqrt(
            math.pi / 2
        )  # by which the median of a normal sample varies more than its mean
        return max(0.0, self.step - off), self.step + off

    def __str__(self) -> str:
        low, high = (self.samples / end if end else math.inf for end in reversed(self.interval))
        between = f"{low:,.0f}-{high:,.0f}" if math.isfinite(high) else f"{low:,.0f} or more"
        rate = f"{self.samples / self.step:,.0f} samples a second ({between})"
        return f"{rate}, {self.joules / (self.samples * len(self.seconds))} a sample"


@dataclass(frozen=True)
class Worth:
    """Both, side by side."""

    ranks: int
    over: Pace
    alone: Pace

    @property
    def faster(self) -> bool:
        """Whether the steps over ranks take less time."""
        return self.over.step < self.alone.step

    def __str__(self) -> str:
        verdict = "worth it here" if self.faster else "not worth it here"
        return (
            f"{self.ranks} ranks: {_ms(self.over.step)} a step, one process {_ms(self.alone.step)}: {verdict}"
            f" ({self.over}; alone {self.alone})"
        )


def weigh(trainer: Trainer, ranks: int) -> Worth:
    """Some steps of a twin alone and some over the ranks; then all is as it was, and they are booked as preparing."""
    meter, stepper = trainer.meter, trainer.stepper
    tensors, plain = checkpoint.apart(*trainer.state())
    before = Kept({name: tensor.clone() for name, tensor in tensors.items()}, plain)
    mark, trainer.mark = trainer.mark, lambda kind: None
    rests = not meter.running
    meter.start()
    samples = trainer.batch_size * trainer.settings.accumulate
    try:
        with meter.doing("prepare"):
            twin = trainer.twin()
            try:
                alone = _pace(twin.advance, meter, samples)
            finally:
                twin.close()
            over = _pace(trainer.advance, meter, samples)
    finally:
        trainer.mark = mark
        if rests:
            meter.stop()
    trainer.edits.start(stepper.sampler, stepper.seen)
    trainer.restore(before, resumes=False)
    stepper.forget_losses()
    return Worth(ranks, over, alone)


def _pace(step: Callable[[], Any], meter: Any, samples: int) -> Pace:
    for _ in range(WARM):
        step()
    seconds: list[float] = []
    since, begun = meter.stamp(), time.perf_counter()
    while len(seconds) < STEPS and (len(seconds) < 2 or time.perf_counter() - begun < MOST_SECONDS):
        at = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - at)
    return Pace(tuple(seconds), meter.spent(since, meter.stamp()), samples)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2g} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
