"""Trial: data drawn for one seed, and the eyes through which alone anybody sees what is really there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ... import Samples

UNSURE = -1
CONFUSED = (0.6, 0.3, 0.1)  # how often a mistake falls on the nearest class, the next, and the one after


class Eyes:
    """What each sample looks like to one person: drawn once from the truth, which is then forgotten.

    `error` is the share of samples that are taken for another class, mostly one that looks alike; `unsure` the
    share about which the person says "don't know" (-1). Nothing in here or behind it holds a true label: whoever
    asks gets this person's view of the samples they look at, and the same one when they look again.
    """

    def __init__(
        self, x: np.ndarray, truth: np.ndarray, *, error: float, unsure: float, rng: np.random.Generator
    ):
        if not (0 <= error <= 1 and 0 <= unsure <= 1):
            raise ValueError(f"error and unsure are shares between 0 and 1, got {error} and {unsure}")
        classes = int(truth.max()) + 1
        flat = x.reshape(len(x), -1)
        centres = np.stack(
            [flat[truth == c].mean(0) if (truth == c).any() else flat[0] for c in range(classes)]
        )
        apart = ((centres[:, None] - centres[None]) ** 2).sum(2)
        np.fill_diagonal(apart, np.inf)
        near = np.argsort(apart, axis=1)[:, : min(len(CONFUSED), classes - 1)]  # (classes, 3)
        weight = np.array(CONFUSED[: near.shape[1]])
        self._near, self._weight, self._error, self._rng = near, weight / weight.sum(), error, rng
        self._looks = truth.copy()
        slips = np.flatnonzero(rng.random(len(truth)) < error)
        self._looks[slips] = [self._mistaken(int(truth[i])) for i in slips]
        self._looks[rng.random(len(truth)) < unsure] = UNSURE

    def look(self, ids: Any) -> np.ndarray:
        """What these samples are to this person (k,): a class, or -1 for "don't know"."""
        return self._looks[np.asarray(ids, dtype=np.int64)]

    def slip(self, label: int) -> int:
        """The label that the hand gives when the head means this one: now and then one that looks alike."""
        return self._mistaken(label) if self._rng.random() < self._error else label

    def _mistaken(self, label: int) -> int:
        return int(self._rng.choice(self._near[label], p=self._weight))


@dataclass(frozen=True)
class Trial:
    """One seed's data: labels as given to train on, right ones to validate and to test."""

    train: Samples
    valid: Samples
    test: Samples
    eyes: Callable[..., Eyes]  # (error, unsure, rng) -> the eyes of a person
    wrong: Callable[
        ..., float
    ]  # (labels, among=all): the share of wrong ones; for the record, no arm is handed it


@dataclass(frozen=True)
class Data:
    """What to draw trials from: a function `load(noise, seed)` such as `gl.datasets.digits`, and how to split it.

    `valid` and `test` count samples, or groups where `by` names one; `train` cuts the training part. Noise
    and split both depend on the seed.

    >>> Data(gl.datasets.digits, "blob", train=1000, valid=350, test=447)(seed=0)
    """

    load: Callable[..., Samples]
    noise: str | None
    valid: int
    test: int
    train: int | None = None
    by: str | None = None
    share: float = 0.3

    def __call__(self, seed: int) -> Trial:
        given = self.load(self.noise, seed=seed, share=self.share)
        clean = self.load(None)
        parts = self._parts(given, np.random.default_rng([seed, 1]))
        if self.train is not None:
            parts[2] = parts[2][: self.train]
        valid, test, train = (np.sort(part) for part in parts)
        return make(given.take(train), clean.take(train).y, clean.take(valid), clean.take(test))

    def describe(self) -> str:
        """In words, for the record."""
        name = getattr(self.load, "__name__", None) or getattr(self.load, "func", self.load).__name__
        sizes = f"{self.train or 'the rest'}/{self.valid}/{self.test}"
        return f"{name}, noise {self.noise} {self.share:g}, {sizes} by {self.by or 'sample'}"

    def _parts(self, samples: Samples, rng: np.random.Generator) -> list[np.ndarray]:
        """Rows to validate, to test and to train on, in random order."""
        if self.by is None:
            order = rng.permutation(len(samples))
            return np.split(order, [self.valid, self.valid + self.test])
        values = samples.groups[self.by]
        who = rng.permutation(np.unique(values))
        cut = np.split(who, [self.valid, self.valid + self.test])
        return [rng.permutation(np.flatnonzero(np.isin(values, some))) for some in cut]


def make(train: Samples, truth: Any, valid: Samples, test: Samples) -> Trial:
    """A trial of one's own data: `truth` are the right labels of `train`, which nobody but its eyes will see."""
    right = torch.as_tensor(np.asarray(truth))
    if len(right) != len(train):
        raise ValueError(f"truth has {len(right)} labels for {len(train)} samples; pass one per sample")
    x = train.view(torch.arange(len(train))).numpy()

    def eyes(*, error: float, unsure: float, rng: np.random.Generator) -> Eyes:
        return Eyes(x, right.numpy(), error=error, unsure=unsure, rng=rng)

    def wrong(labels: torch.Tensor, among: Any = slice(None)) -> float:
        return float((labels != right)[among].float().mean())

    return Trial(train, valid, test, eyes, wrong)


def harmful(trial: Trial, y: torch.Tensor, weights: torch.Tensor) -> int:
    """How many labels that were right are wrong now, or are left out; an arm's further samples do not count."""
    given = trial.train.y.cpu()
    y, weights = y.cpu()[: len(given)], weights.cpu()[: len(given)]
    touched = (weights == 0) | (y != given)  # whose label was right before is worse off now
    count = int(touched.sum())
    return round(count * (1 - trial.wrong(given, touched))) if count else 0
