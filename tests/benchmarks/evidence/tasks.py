"""Tasks: a net and its data under one seed, and what training and asking it come to."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import greenlatent as gl
from tests.benchmarks.tactics import DIGITS, MNIST, WATCH, Net

NETS: dict[str, Net] = {each.name: each for each in (DIGITS, MNIST, WATCH)}
RATE, BATCH = 1e-3, 64


@dataclass
class Done:
    """What a way of training came to: processor seconds, accuracy on the test part, seconds of an answer; and over
    what it is told, where that is not the plain run."""

    seconds: float | None = None
    accuracy: float | None = None
    answer: float | None = None
    over: Done | None = None


class Task:
    """A net and its data under one seed."""

    def __init__(self, net: Net, seed: int):
        self.net, self.seed = net, seed
        self.train, self.valid, self.test = net.data(seed)

    def model(self, make: Callable[[], nn.Module] | None = None) -> nn.Module:
        """A fresh one, the same for a seed."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            return (make or self.net.make)()

    def trainer(self, model: nn.Module | None = None, train: Any = None, **options: Any) -> gl.Trainer:
        """A trainer as in the plain run, but for what is given."""
        given = {"latent": self.net.latent, "lr": RATE, "batch_size": BATCH, "seed": self.seed, "threads": 1}
        valid = self.valid if train is None or train.shape == self.valid.shape else None
        given |= {"valid": valid, "statistics": False, **options}
        return gl.Trainer(model or self.model(), self.train if train is None else train, **given)

    def run(self, trainer: gl.Trainer, epochs: int | None = None, test: Any = None) -> Done:
        """So many epochs of it, or all, and how it answers then."""
        begun = time.thread_time()
        trainer.step(epochs=self.net.epochs if epochs is None else epochs)
        return self.asked(trainer, time.thread_time() - begun, test)

    def asked(self, trainer: gl.Trainer, seconds: float, test: Any = None) -> Done:
        """What it came to, and the trainer is closed."""
        part = self.test if test is None else test
        right = trainer.evaluate(part=part)["accuracy"]
        answer = answering(lambda: trainer.network.forward(part.x), trainer.model) / len(part)
        trainer.close()
        return Done(seconds, right, answer)

    @cached_property
    def looped(self) -> Done:
        """The plain run as a loop of a few lines, which ways that need one are told over."""
        model = self.model()
        return self.told(model, loop(self, model))

    def told(self, model: nn.Module, seconds: float) -> Done:
        """What a model comes to that a loop trained."""
        model.eval()
        with torch.no_grad():
            right = float((model(self.test.x).argmax(1) == self.test.y).float().mean())
        return Done(seconds, right, answering(lambda: model(self.test.x), model) / len(self.test))


def plain(task: Task) -> Done:
    """The run that all is told over."""
    return task.run(task.trainer())


def answering(ask: Callable[[], Any], model: nn.Module | None = None) -> float:
    """Seconds of a pass, the lower quartile of some."""
    if model is not None:
        model.eval()
    took = []
    with torch.no_grad():
        for _ in range(8):
            begun = time.thread_time()
            ask()
            took.append(time.thread_time() - begun)
    return float(np.quantile(took[1:], 0.25))


Loss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # output, y, ids


def loop(
    task: Task,
    model: nn.Module,
    epochs: int | None = None,
    loss: Loss = lambda output, y, ids: F.cross_entropy(output, y),
    after: Callable[[int], object] = lambda epoch: None,
) -> float:
    """Seconds of a loop of one's own: the same batches, rate and optimizer."""
    x, y = task.train.x, task.train.y
    order = torch.Generator().manual_seed(task.seed)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=RATE, fused=True)
    model.train()
    begun = time.thread_time()
    for epoch in range(task.net.epochs if epochs is None else epochs):
        for ids in torch.randperm(len(x), generator=order).split(BATCH):
            optimizer.zero_grad()
            loss(model(x[ids]), y[ids], ids).backward()
            optimizer.step()
        after(epoch)
    return time.thread_time() - begun


def kept_on(trainer: gl.Trainer) -> nn.Module:
    """A copy of what was trained so far, to go on with; the trainer is closed."""
    trainer.close()
    return copy.deepcopy(trainer.model)
