"""The nets of a visit: made, trained, and asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from torch import nn

import greenlatent as gl

LATENT = "2"  # of both nets
START = 400  # steps that a net has trained before it meets something
Net = Callable[
    [Sequence[int], int], nn.Module
]  # the shape of a sample, outputs -> a net whose latent is LATENT


def mlp(shape: Sequence[int], outputs: int) -> nn.Module:
    """Numbers in a row, to 16, to the classes."""
    return nn.Sequential(
        nn.Linear(prod(shape), 128), nn.ReLU(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, outputs)
    )


def cnn(shape: Sequence[int], outputs: int) -> nn.Module:
    """Pictures (1, side, side), by two convolutions and 64 numbers, to the classes."""
    side = shape[-1] // 4
    see = nn.Sequential(
        nn.Conv2d(shape[0], 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
    return nn.Sequential(
        see, nn.Flatten(), nn.Linear(16 * side * side, 64), nn.ReLU(), nn.Linear(64, outputs)
    )


def made(net: Net, data: gl.Samples, outputs: int, seed: int) -> nn.Module:
    """A net for these samples; the same seed makes the same, and no other chance is used."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return net(data.x.shape[1:], outputs)


def trainer(model: nn.Module, train: gl.Samples, seed: int, **options: Any) -> Any:
    """One thread, so that processor seconds are comparable."""
    return gl.Trainer(model, train, latent=LATENT, seed=seed, threads=1, **options)


def learn(model: nn.Module, train: gl.Samples, seed: int) -> None:
    """Train it as far as it is when a visit begins."""
    run = trainer(model, train, seed)
    run.step(START)
    run.close()


def guesses(model: nn.Module, part: gl.Samples) -> np.ndarray:
    """(n,) what the model says of this part; its mode stays as it was."""
    was = model.training
    model.eval()
    with torch.no_grad():
        found = model(part.x).argmax(1).numpy()
    model.train(was)
    return found


def right(guess: np.ndarray, part: gl.Samples, names: Sequence[str]) -> float:
    """In per cent; guesses are places in `names`, which need not be in the order of the part's classes."""
    names = list(names)
    index = np.array([names.index(name) if name in names else -1 for name in part.classes])
    return float(100 * (guess == index[part.y.numpy()]).mean())


def accuracy(run: Any, part: gl.Samples) -> float:
    """Of a trainer's model as it is, in per cent."""
    return right(guesses(run.model, part), part, run.classes)
