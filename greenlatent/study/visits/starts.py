"""Starts: what a trained net knew, and what it meets: classes that were not there, or somebody new at the sensor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import greenlatent as gl

from . import nets


@dataclass(frozen=True)
class Start:
    """A net that was trained, and what it meets: `train` holds old rows with labels and new rows without."""

    model: nn.Module
    train: gl.Samples
    truth: np.ndarray  # (n,) the right classes of all rows of train
    new: np.ndarray  # ids of the rows without a label
    classes: tuple[str, ...]  # all of them, found ones last
    valid: gl.Samples  # of what is new, with right labels
    test: gl.Samples
    old: gl.Samples  # of what was there before


def new_class(data: gl.Samples, seed: int, net: nets.Net = nets.mlp, held: int = 2) -> Start:
    """Data of which a net knew all classes but `held`; the head has room for the others."""
    rng, count = np.random.default_rng(seed), len(data.classes)
    order = [*np.setdiff1d(np.arange(count), out := rng.choice(count, held, replace=False)), *out]
    y = np.argsort(order)[data.y.numpy()]
    names = tuple(data.classes[c] for c in order)
    truth = gl.Samples(data.x, y, classes=names)
    train, rest = truth.split(0.5, seed=seed)
    valid, test = rest.split(0.5, seed=seed)
    known = count - held
    given = torch.where(train.y < known, train.y, -1)
    old = test.take(np.flatnonzero(test.y < known))
    seen = gl.Samples(train.x, given, classes=names[:known])
    model = nets.made(net, seen, known, seed)
    nets.learn(model, seen, seed)
    head = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)][-1]
    gl.widen(model, head, held)
    return Start(model, seen, train.y.numpy(), np.flatnonzero(given < 0), names, valid, test, old)


def new_wearer(data: gl.Samples, seed: int, turn: Callable[[np.ndarray], np.ndarray]) -> Start:
    """The sensor of all people but one, on that one; their signals (n, 6, t) are turned before."""
    people = data.groups["subject"]
    who = np.unique(people)[seed % len(np.unique(people))]
    signals = data.x.numpy().copy()
    mine = people == who
    signals[mine] = turn(signals[mine])
    x, y = standard(summary(signals), ~mine), data.y.numpy()
    rng = np.random.default_rng(seed)
    ids = np.flatnonzero(mine)
    first = first_halves(data.groups["recording"][ids])
    pool, check = ids[first], ids[~first]
    others = rng.permutation(np.flatnonzero(~mine))
    kept, apart = others[: -len(others) // 5], others[-len(others) // 5 :]
    rows = np.r_[kept, pool]
    given = np.r_[y[kept], np.full(len(pool), -1)]
    train = gl.Samples(x[rows], given, classes=data.classes)
    model = nets.made(nets.mlp, train, len(data.classes), seed)
    nets.learn(model, gl.Samples(x[kept], y[kept], classes=data.classes), seed)

    def part(ids: np.ndarray) -> gl.Samples:
        return gl.Samples(x[ids], y[ids], classes=data.classes)

    new = np.arange(len(kept), len(rows))
    return Start(model, train, y[rows], new, data.classes, part(check[::2]), part(check[1::2]), part(apart))


def first_halves(recording: np.ndarray) -> np.ndarray:
    """Which windows, in order, lie in the first half of their recording: each exercise is in both halves."""
    first = np.zeros(len(recording), bool)
    for each in np.unique(recording):
        rows = np.flatnonzero(recording == each)
        first[rows[: len(rows) // 2]] = True
    return first


def turned(degrees: float) -> Callable[[np.ndarray], np.ndarray]:
    """The watch turned about the arm: the first two axes of acceleration and of rotation change places."""
    a = np.deg2rad(degrees)
    matrix = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])

    def turn(signals: np.ndarray) -> np.ndarray:
        out = signals.copy()
        for at in (0, 3):
            out[:, at : at + 2] = np.einsum("ij,njt->nit", matrix, signals[:, at : at + 2])
        return out

    return turn


def standard(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n, d) by the mean and deviation of the rows that a net knew."""
    return ((x - x[known].mean(0)) / (x[known].std(0) + 1e-6)).astype(np.float32)


def summary(signals: np.ndarray) -> np.ndarray:
    """(n, channels, t) -> (n, 8 numbers a channel)."""
    quarters = [np.quantile(signals, q, axis=2) for q in (0, 0.25, 0.5, 0.75, 1)]
    change = np.abs(np.diff(signals, axis=2)).mean(2)
    return np.concatenate([signals.mean(2), signals.std(2), *quarters, change], 1)
