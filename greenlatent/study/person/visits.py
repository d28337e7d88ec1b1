"""Visits: a trained net meets something new, and a person names crowds of it; solved, and trained on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

import greenlatent as gl

CROWD = 20  # samples of a crowd, nearest in the latent space
SLIPS = 0.05  # of those that do not belong in a crowd are named with it all the same
LOOKS = (4, 8, 16, *range(32, 385, 32))  # steps after which training on is looked at
NEVER = 1.5  # times the last step, where training on never gets as far as what was solved
HALF = 100.0  # the most that a named sample may be weighed


@dataclass(frozen=True)
class Visit:
    """A net that was trained, and what it meets: `train` holds old rows with labels and new rows without."""

    model: nn.Module
    latent: str
    train: gl.Samples
    truth: np.ndarray  # (n,) the right classes of all rows of train
    new: np.ndarray  # ids of the rows without a label
    classes: tuple[str, ...]  # all of them, found ones last
    valid: gl.Samples  # of what is new, with right labels
    test: gl.Samples
    old: gl.Samples  # of what was there before


@dataclass(frozen=True)
class Met:
    """How a visit ended: accuracies in per cent, and processor seconds of solving over those of training on."""

    as_it_is: float
    solved: float
    trained: float
    equal: float  # training on for as many processor seconds as solving took
    old: tuple[float, float]  # of what was there before: as it is, and solved
    joules: float
    reached: bool


def meet(visit: Visit, crowds: int, seed: int) -> Met:
    """Name so many crowds, one in twenty wrongly; solve, and train on beside it."""
    rng = np.random.default_rng(seed)
    trainer = _trainer(visit, seed)
    names = _names(visit, trainer, crowds, rng)
    before = _accuracy(trainer, visit.test)
    was = _accuracy(trainer, visit.old)
    _tell(trainer, visit, names)
    trainer.solve()  # hooks are found once
    begun = time.thread_time()
    with torch.no_grad():
        next(trainer.model.parameters()).add_(0.0)  # as after a step: nothing is kept
    solved = trainer.solve()
    took = time.thread_time() - begun
    found = {part: _right(solved.predict(data.x), data, solved.classes) for part, data in _parts(visit)}
    trainer.close()
    looks = _trained_on(visit, names, seed)
    best = max(looks, key=lambda look: look[1])
    there = next((seconds for seconds, valid, _ in looks if valid >= found["valid"]), None)
    equal = max((look for look in looks if look[0] <= took), key=lambda look: look[0], default=(0, 0, before))
    seconds = NEVER * looks[-1][0] if there is None else there
    old = (was, found["old"])
    return Met(before, found["test"], best[2], equal[2], old, took / max(seconds, 1e-9), there is not None)


def new_class(seed: int, held: int = 2) -> Visit:
    """Digits of which a net knew eight; the head has room for the others."""
    data = gl.datasets.digits()
    rng = np.random.default_rng(seed)
    order = [*np.setdiff1d(np.arange(10), out := rng.choice(10, held, replace=False)), *out]
    y = np.argsort(order)[data.y.numpy()]
    names = tuple(data.classes[c] for c in order)
    truth = gl.Samples(data.x, y, classes=names)
    train, rest = truth.split(0.5, seed=seed)
    valid, test = rest.split(0.5, seed=seed)
    known = 10 - held
    given = torch.where(train.y < known, train.y, -1)
    old = test.take(np.flatnonzero(test.y < known))
    seen = gl.Samples(train.x, given, classes=names[:known])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, known)
        )
    _learn(model, seen, "2", seed)
    gl.widen(model, "4", held)
    return Visit(model, "2", seen, train.y.numpy(), np.flatnonzero(given < 0), names, valid, test, old)


def new_wearer(seed: int, turn: Callable[[np.ndarray], np.ndarray]) -> Visit:
    """The watch of ten people, on an eleventh arm: one of the ten, whose signals (n, 6, t) are turned before."""
    data = gl.datasets.watch()
    people = data.groups["subject"]
    who = np.unique(people)[seed % len(np.unique(people))]
    signals = data.x.numpy().copy()
    mine = people == who
    signals[mine] = turn(signals[mine])
    x, y = _summary(signals), data.y.numpy()
    middle, spread = x[~mine].mean(0), x[~mine].std(0) + 1e-6
    x = ((x - middle) / spread).astype(np.float32)
    rng = np.random.default_rng(seed)
    ids = np.flatnonzero(mine)
    recording = data.groups["recording"]
    first = _first_halves(recording[ids])
    pool, check = ids[first], ids[~first]
    others = rng.permutation(np.flatnonzero(~mine))
    kept, apart = others[: -len(others) // 5], others[-len(others) // 5 :]
    rows = np.r_[kept, pool]
    given = np.r_[y[kept], np.full(len(pool), -1)]
    train = gl.Samples(x[rows], given, classes=data.classes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(48, 128), nn.ReLU(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, 7))
    _learn(model, gl.Samples(x[kept], y[kept], classes=data.classes), "2", seed)

    def part(ids: np.ndarray) -> gl.Samples:
        return gl.Samples(x[ids], y[ids], classes=data.classes)

    new = np.arange(len(kept), len(rows))
    return Visit(
        model, "2", train, y[rows], new, data.classes, part(check[::2]), part(check[1::2]), part(apart)
    )


def _first_halves(recording: np.ndarray) -> np.ndarray:
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


def second_instrument(
    seed: int, change: Callable[[torch.Tensor], torch.Tensor], drags: int = 30, steps: int = 800
) -> dict[str, float]:
    """Digits of one instrument with names, and of another, whose pictures are changed, without: single points of it are
    dragged onto the named crowds. Accuracy on the second instrument, in per cent, by what the drags do."""
    data = gl.datasets.digits()
    first, second = data.split(0.5, seed=seed)
    pool, test = second.split(0.5, seed=seed)
    rng = np.random.default_rng(seed)
    chosen = len(first) + rng.choice(len(pool), drags, replace=False)
    truth = np.r_[first.y.numpy(), pool.y.numpy()]
    given = np.r_[first.y.numpy(), np.full(len(pool), -1)]
    train = gl.Samples(torch.cat([first.x, change(pool.x)]), given, classes=data.classes)
    asked = gl.Samples(change(test.x), test.y, classes=data.classes)
    found = {}
    for arm, contrast in (("relabel", "off"), ("move", "off"), ("contrast", 1.0), ("chosen", "chosen")):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = nn.Sequential(
                nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 16), nn.ReLU(), nn.Linear(16, 10)
            )
        feedback = gl.Feedback(contrast=contrast)
        trainer = gl.Trainer(model, train, latent="2", seed=seed, threads=1, feedback=feedback)
        for c in np.unique(truth[chosen]):
            ids, name = chosen[truth[chosen] == c], data.classes[c]
            trainer.journal.add(gl.Relabel(ids, name) if arm == "relabel" else gl.Move(ids, name), by="human")
        trainer.journal.add(gl.Weigh(chosen, min(HALF, len(first) / drags)))
        if arm == "chosen":
            trainer.step(1)
            trainer.choose_contrast(steps // 2)
        trainer.step(steps - trainer.steps)
        found[arm] = _accuracy(trainer, asked)
        trainer.close()
    return found


def _learn(model: nn.Module, train: gl.Samples, latent: str, seed: int) -> None:
    trainer = gl.Trainer(model, train, latent=latent, seed=seed, threads=1)
    trainer.step(400)
    trainer.close()


def _trainer(visit: Visit, seed: int) -> Any:
    return gl.Trainer(visit.model, visit.train, latent=visit.latent, seed=seed, threads=1, warm=True)


def _names(visit: Visit, trainer: Any, crowds: int, rng: np.random.Generator) -> list[tuple[list[int], str]]:
    """Crowds as they lie in the latent space, named by what most of them are; what is of another class is taken out."""
    z, truth = trainer.latents(visit.new), visit.truth[visit.new]
    middles = [rng.choice(np.flatnonzero(truth == c)) for c in np.unique(truth)]
    while len(middles) < crowds:
        middles.append(rng.integers(len(z)))
    told = []
    for i in middles[: max(crowds, len(np.unique(truth)))]:
        near = np.argsort(((z - z[i]) ** 2).sum(1), kind="stable")[:CROWD]
        name = int(np.bincount(truth[near]).argmax())
        named = (truth[near] == name) | (
            rng.random(len(near)) < SLIPS
        )  # the others are taken out, most of them
        told.append((visit.new[near[named]].tolist(), visit.classes[name]))
    return told


def _tell(trainer: Any, visit: Visit, names: Sequence[tuple[list[int], str]]) -> None:
    for ids, name in names:
        known = name in visit.train.classes
        trainer.journal.add(gl.Relabel(ids, name) if known else gl.Found(ids, name), by="human")


def _trained_on(
    visit: Visit, names: Sequence[tuple[list[int], str]], seed: int
) -> list[tuple[float, float, float]]:
    """Processor seconds so far, accuracy on valid and on test, at each look; half of what is met is what was named."""
    start = {name: value.clone() for name, value in visit.model.state_dict().items()}
    trainer = _trainer(visit, seed)
    _tell(trainer, visit, names)
    ids = sorted({i for some, _ in names for i in some})
    often = min(HALF, (len(visit.truth) - len(visit.new)) / len(ids))
    trainer.journal.add(gl.Weigh(ids, often))
    looks, seconds = [], 0.0
    for steps in LOOKS:
        begun = time.thread_time()
        trainer.step(steps - trainer.steps)
        seconds += time.thread_time() - begun
        told = [_accuracy(trainer, part) for part in (visit.valid, visit.test)]
        looks.append((seconds, told[0], told[1]))
    trainer.close()
    visit.model.load_state_dict(start)
    return looks


def _parts(visit: Visit) -> tuple[tuple[str, gl.Samples], ...]:
    return ("valid", visit.valid), ("test", visit.test), ("old", visit.old)


def _accuracy(trainer: Any, part: gl.Samples) -> float:
    """Of the model as it is, in per cent."""
    trainer.model.eval()
    with torch.no_grad():
        guess = trainer.model(part.x).argmax(1).numpy()
    trainer.model.train()
    return _right(guess, part, trainer.classes)


def _right(guess: np.ndarray, part: gl.Samples, names: Sequence[str]) -> float:
    """In per cent; guesses are places in `names`, which need not be in the order of the part's classes."""
    names = list(names)
    index = np.array([names.index(name) if name in names else -1 for name in part.classes])
    return float(100 * (guess == index[part.y.numpy()]).mean())


def _summary(signals: np.ndarray) -> np.ndarray:
    """(n, channels, t) -> (n, 8 numbers a channel)."""
    quarters = [np.quantile(signals, q, axis=2) for q in (0, 0.25, 0.5, 0.75, 1)]
    change = np.abs(np.diff(signals, axis=2)).mean(2)
    return np.concatenate([signals.mean(2), signals.std(2), *quarters, change], 1)
