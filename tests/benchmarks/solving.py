"""What solving costs, and what it brings at once: `python -m tests.benchmarks.solving`."""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from tests.benchmarks import judge
from tests.parts import digit_samples


def milliseconds(trainer: gl.Trainer, *, kept: bool) -> float:
    """Of processor time, the median of a solve; sums that are kept are those of weights that stayed."""
    taken = []
    for _ in range(30):
        if not kept:
            with torch.no_grad():
                next(trainer.model.parameters()).add_(0.0)
        begun = time.thread_time()
        trainer.solve()
        taken.append((time.thread_time() - begun) * 1e3)
    return statistics.median(taken)


def mlp() -> gl.Trainer:
    """64-128-64-10 with 1,024 old and 200 named rows."""
    train, _ = digit_samples()
    train = train.take(np.arange(1224))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    trainer = gl.Trainer(model, train, latent="2", threads=1)
    trainer.step(60)
    for c in range(10):
        trainer.journal.add(gl.Relabel(np.arange(20 * c, 20 * c + 20), str(c)), by="human")
    return trainer


def wide() -> gl.Trainer:
    """Two layers of 1,024 numbers, cut to 512 in all."""
    rng = np.random.default_rng(0)
    y = np.arange(1224) % 10
    x = (rng.normal(size=(10, 64))[y] + rng.normal(size=(1224, 64))).astype(np.float32)
    model = nn.Sequential(
        nn.Linear(64, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)
    )
    trainer = gl.Trainer(model, gl.Samples(x, y), latent="2", threads=1)
    trainer.journal.add(gl.Relabel(np.arange(0, 200), 3), by="human")
    return trainer


def main() -> None:
    print("\nWhat a solve takes of the processor.")
    small = mlp()
    judge(
        "solve on MLP 64-128-64-10, 1,024 old and 200 named rows",
        milliseconds(small, kept=False),
        8,
        unit=" ms",
    )
    judge("the same with sums kept", milliseconds(small, kept=True), 2, unit=" ms")
    judge("two layers cut to 512 numbers", milliseconds(wide(), kept=False), 60, unit=" ms")


if __name__ == "__main__":
    main()
