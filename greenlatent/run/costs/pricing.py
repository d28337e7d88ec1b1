"""Pricing: whether a step of this model is cheaper in joules with more than one thread."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace

import torch

from ...model.threads import allowed_threads
from ...training.trainer import Trainer

LONG = 5.0  # seconds that a run must be forecast to take for a price to be asked at all
TURN = 0.1  # seconds that each number of threads is tried for
WORTH = (
    0.9  # of the joules with one thread: what is not cheaper by more than that is not worth the other cores
)


def choose_threads(trainer: Trainer, steps: int | None) -> None:
    """Before the first step of a long run that was given no number of threads: try 1, 2, 4 ... on a twin, and keep
    what takes fewest joules a step. The header tells it, so that a replay repeats it; on the thread that trains.

    A run without an end counts as one epoch. Nothing is tried where a number was given, as by a header.
    """
    most, settings, journal = allowed_threads(), trainer.settings, trainer.journal
    if settings.fixed or trainer.steps or len(journal) or most == 1 or trainer.device.type != "cpu":
        return
    trainer.settings = settings = replace(settings, fixed=True)  # asked once
    count = steps or math.ceil(len(trainer.train) / (trainer.batch_size * settings.accumulate))
    if trainer.meter is None or not settings.renewable:
        return
    twin = trainer.twin()
    try:
        with trainer.meter.doing("prepare"):
            twin.step()  # the first of all is no measure
            begun = time.perf_counter()
            twin.step()
            if (time.perf_counter() - begun) * count < LONG:
                return
            prices = {threads: _price(twin, trainer, threads) for k in range(9) if (threads := 2**k) <= most}
    finally:
        twin.close()
        torch.set_num_threads(settings.threads)
    chosen = cheapest(prices)
    if chosen != settings.threads:
        torch.set_num_threads(chosen)
        trainer.settings = replace(settings, threads=chosen)
        with journal.lock:
            journal.header = {**journal.header, "threads": chosen}


def cheapest(prices: Mapping[int, float]) -> int:
    """The number of threads with the lowest price, if it is worth more than one; one where a price is missing."""
    best = min((threads for threads in prices if prices[threads] > 0), key=prices.__getitem__, default=1)
    return best if prices.get(best, math.nan) < WORTH * prices.get(1, 0.0) else 1


def _price(twin: Trainer, trainer: Trainer, threads: int) -> float:
    """Joules of a step with so many threads: of our own part, where others load the machine."""
    torch.set_num_threads(threads)
    twin.step()
    begun, before, meter = time.perf_counter(), twin.steps, trainer.meter
    since = meter.stamp()
    while time.perf_counter() - begun < TURN:
        twin.step()
    until = meter.stamp()
    own, spent = meter.own(since, until), meter.spent(since, until)
    return float((own if own.known else spent).value) / (twin.steps - before)
