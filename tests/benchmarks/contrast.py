"""What drags cost, what a separation does, and what skipping saves: `python -m tests.benchmarks.contrast`."""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.edits.kinds import Choice
from tests.benchmarks import judge
from tests.parts import digit_samples, net

SEEDS = range(100, 108)


def trainer(train: gl.Samples, **options: object) -> gl.Trainer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, 10))
    return gl.Trainer(model, train, latent="2", threads=1, **options)  # type: ignore[arg-type]


def half() -> gl.Samples:
    """Every other digit has no label."""
    train, _ = digit_samples()
    y = train.y.clone()
    y[1::2] = -1
    return train.take(np.arange(len(train)), y=y)


def ratio(first: gl.Trainer, second: gl.Trainer, count: object) -> float:
    """Processor time of the first for each counted sample, over that of the second, in turns; the median."""
    found = []
    for _ in range(15):
        each = []
        for t in (first, second):
            before, begun = count(t), time.thread_time()  # type: ignore[operator]
            t.step(160)
            each.append((time.thread_time() - begun) / (count(t) - before))  # type: ignore[operator]
        found.append(each[0] / each[1])
    return statistics.median(found)


def price() -> float:
    """Of a run with a contrast every 8th step, for each sample in the task loss."""
    train, runs = half(), []
    truth = digit_samples()[0].y.numpy()
    for on in (True, False):
        t = trainer(train)
        t.step(100)
        for c in range(10):
            t.journal.add(gl.Move([i for i in range(1, len(train), 2) if truth[i] == c][:3], str(c)))
        if on:
            t.journal.add(Choice(True))
        t.step(40)
        assert t.feedback.live == on
        runs.append(t)
    return ratio(*runs, lambda t: t.passes)


def skipped() -> float:
    """How many times as many labelled samples a second, half of them being without a label."""
    seen = {}
    kept, skips = trainer(half(), unlabelled="keep"), trainer(half())
    for t, share in ((kept, 0.5), (skips, 1.0)):
        t.step(100)
        seen[id(t)] = share
    return ratio(kept, skips, lambda t: t.passes * seen[id(t)])


def separated() -> tuple[float, float]:
    """Points of accuracy on clean digits that separating the most confused pair costs, and how much farther apart it
    ends, in typical distances; means over seeds."""
    train, valid = digit_samples()
    lost, farther = [], []
    for seed in SEEDS:
        found = []
        for edits in ([], [gl.Separate("3", "8")]):
            options = {"latent": "encoder", "batch_size": 32, "threads": 1, "seed": seed, "valid": valid}
            t = gl.Trainer(net(seed), train, **options)  # type: ignore[arg-type]
            t.step(300)
            for edit in edits:
                t.journal.add(edit)
            t.step(300)
            z, y = t.latents(), train.y.numpy()
            means = np.stack([z[y == c].mean(0) for c in range(10)])
            typical = np.sqrt(((z - means[y]) ** 2).sum(1).mean())
            gap = np.linalg.norm(means[3] - means[8]) / typical
            found.append((100 * t.evaluate()["accuracy"], gap))
        lost.append(found[0][0] - found[1][0])
        farther.append(found[1][1] / found[0][1])
    return statistics.mean(lost), statistics.mean(farther)


def main() -> None:
    print("\nWhat drags cost and do, one thread.")
    judge("a contrast every 8th step on MLP 64-128-16-10, a task sample", price(), 1.15, unit=" x")
    judge(
        "labelled samples a second, half without a label and skipped", skipped(), 1.8, least=True, unit=" x"
    )
    lost, farther = separated()
    judge("accuracy that a separation costs on clean digits, 8 seeds", lost, 0.3, unit=" points")
    print(f"the pair ends {farther:.2f} times as far apart")


if __name__ == "__main__":
    main()
