"""Inputs: held in 8 or 16 bits and read as 32, where they are most of what memory holds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch

from ...data.inputs import TensorRows, memory_bytes
from ...data.samples import Samples
from ..altered import Altered
from ..offer import BESIDE, Asked, Offer

HALF = 0.5  # of the memory that this process holds, from which on inputs are worth making smaller
STEPS = 255  # that a byte tells apart


class SmallRows(TensorRows):
    """Inputs in a smaller kind of number, which become floats batch by batch: `start + size * held`."""

    def __init__(self, held: torch.Tensor, size: float = 1.0, start: float = 0.0):
        self.held, self.size, self.start = held, size, start

    @property
    def x(self) -> torch.Tensor:  # type: ignore[override]
        """All of them as floats, made anew each time."""
        return self._floats(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def train(self, ids: torch.Tensor) -> torch.Tensor:
        return self._floats(self.held.index_select(0, ids))

    view = train

    def take(self, ids: np.ndarray) -> SmallRows:
        return SmallRows(self.held[torch.as_tensor(ids)], self.size, self.start)

    @property
    def bytes(self) -> int:
        return self.held.numel() * self.held.element_size()

    def _floats(self, held: torch.Tensor) -> torch.Tensor:
        x = held.float()
        return x if (self.size, self.start) == (1.0, 0.0) else x.mul_(self.size).add_(self.start)


def small(samples: Samples, bits: int | None = None) -> Samples:
    """The same samples with inputs of so many bits: 8 where each is one of 256 evenly spaced numbers, else 16."""
    if bits not in (None, 8, 16):
        raise ValueError(f"bits is 8 or 16, got {bits!r}")
    if samples.lazy:
        raise TypeError("a Dataset holds no inputs; keep its items first: samples.kept()")
    x = samples.x
    low, high = float(x.min()), float(x.max())
    size = (high - low) / STEPS or 1.0
    whole = ((x - low) / size).round()
    if bits is None:
        bits = 8 if torch.allclose(whole * size + low, x, rtol=1e-5, atol=1e-6 * max(1.0, abs(high))) else 16
    if bits == 8:
        rows = SmallRows(whole.to(torch.uint8), size, low)
    elif max(-low, high) > torch.finfo(torch.float16).max:
        raise ValueError(f"inputs up to {max(-low, high):g} are beyond what 16 bits hold")
    else:
        rows = SmallRows(x.half())
    part = samples.take(np.arange(len(samples)))
    part.rows = rows
    return part


def smaller_inputs(asked: Asked) -> Offer | str:
    """Inputs in bytes, or in half precision: no joules, but memory."""
    trainer = asked.run.trainer
    train = trainer.train
    if train.lazy:
        return "a Dataset holds no inputs in memory"
    if isinstance(train.rows, SmallRows):
        return "the inputs are held in few bits already"
    if not train.x.is_floating_point():
        return "the inputs are no floats"
    many = sum(each.x.numel() * 4 for each in (train, trainer.valid) if each is not None and not each.lazy)
    share = many / (resident() or memory_bytes())
    said = f"inputs take {many / 1e6:.3g} MB, {share:.0%} of what this process holds"
    return Offer(
        "T4",
        "inputs in 8 bits, or in 16 where these are too few",
        f"{said}: a quarter or half of that; no joules were saved on our data",
        altered=Altered(inputs=small),
        known=BESIDE,
        accuracy="the same in 8 bits, which are taken where they hold each input; on our data -0.2 to +0.0 points",
        left="" if share > HALF else f"no joules, but memory: {said}",
    )


def resident() -> float:
    """Bytes of memory that this process holds; 0 where nobody tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * float(os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
