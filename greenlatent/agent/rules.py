"""Rules: whether enough stands out to act, when to revise, when training has come to its end; pure, of arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..data.samples import Samples
from ..training.trainer import Trainer

# The guard: docs/agent.md has the tables behind these four.
FROM_STEP = 65  # before, a net doubts what it has not learned yet
SURE = 0.05  # of what is trained on must be surely another class
OF_DISAGREEMENT = (
    0.28  # and of all that the net guesses otherwise: on right labels few of its errors are sure
)
LEARNED = 0.60  # of what is trained on must be guessed as labelled, or surely otherwise

LOOKS = 5  # borders in a row at which the guard looks; then at every sixth
EVERY = 3  # epochs from one evaluation, and from one revision, to the next: a net must first forget
REVISIONS = 5  # at most: a sixth brought a fifth of a point, for a tenth of the cost
PATIENCE, GAIN, SMOOTH = (
    12,
    0.2,
    3,
)  # epochs without a gain of so many points, of the mean of so many evaluations
EASY, EASY_WEIGHT, PRUNE_FROM = (
    0.5,
    0.25,
    5,
)  # share that is easiest, how often it is met then, from which epoch


@dataclass(frozen=True)
class Look:
    """What the guard sees at a step: shares of what is trained on, and which samples are surely another class."""

    step: int
    trained: int
    agreement: float  # guessed as labelled
    sure: np.ndarray  # (k,) ids
    of_disagreement: float  # share of what is guessed otherwise that is sure

    @property
    def share(self) -> float:
        """Of what is trained on, what is surely another class."""
        return len(self.sure) / max(1, self.trained)

    @property
    def opens(self) -> bool:
        """Whether so much stands out that something may be left out by itself."""
        return (
            self.step >= FROM_STEP
            and self.share >= SURE
            and self.of_disagreement >= OF_DISAGREEMENT
            and self.agreement + self.share >= LEARNED
        )

    def __str__(self) -> str:
        """In a sentence, with the numbers."""
        if not self.trained:
            return f"At step {self.step:,} training has seen nothing yet that has a label."
        seen = (
            f"At step {self.step:,} the model guesses {self.agreement:.0%} of {self.trained:,} samples as labelled;"
            f" {len(self.sure):,} ({self.share:.1%}) are surely another class, {self.of_disagreement:.0%} of all"
            " that it guesses otherwise"
        )
        if self.opens:
            return f"{seen}: enough to act on."
        return f"{seen}. Too little stands out to act: that takes {SURE:.0%} and {OF_DISAGREEMENT:.0%}."


def locked(train: Samples) -> str:
    """Why nothing can be left out of these data by rules; "" where it can."""
    if train.regression or train.unlabelled:
        return "wrong labels are what is left out, and these samples have no classes"
    known = len(np.unique(train.y[train.y >= 0].numpy()))
    if known < 2:
        return f"{known} class among {len(train):,} samples: nothing tells a wrong label from a right one"
    return ""


def opens(trainer: Trainer) -> bool:
    """Whether the guard opens now. Where less is guessed otherwise than would have to be sure, it looks no further."""
    if trainer.steps < FROM_STEP:
        return False
    ids, given, guess = _guessed(trainer)
    return int((given != guess).sum()) >= SURE * len(ids) and look(trainer).opens


def _guessed(trainer: Trainer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is trained on and was seen, (k,) ids, with its label in force and its guess."""
    mending, guess = trainer.mending, trainer.seen.predicted.cpu().numpy()
    given = mending.y.numpy()
    on = (mending.weights > 0) & ~mending.masked.numpy() & (given >= 0) & (guess >= 0)
    ids = np.flatnonzero(on)
    return ids, given[ids], guess[ids].astype(np.int64)


def look(trainer: Trainer) -> Look:
    """What training itself has seen, against the labels in force: no pass."""
    seen = trainer.seen
    ids, given, guess = _guessed(trainer)
    differs = guess != given
    if not differs.any():
        return Look(trainer.steps, len(ids), 1.0 if len(ids) else 0.0, ids[:0], 0.0)
    confidence = np.nan_to_num(seen.confidence.cpu().numpy()[ids])
    certainty = np.nan_to_num(seen.certainty.cpu().numpy()[ids])
    size = max(int(given.max()), int(guess.max())) + 1
    count = np.bincount(given, minlength=size)
    usual = np.bincount(given, confidence, minlength=size) / np.maximum(count, 1)
    usual[count == 0] = math.inf  # a class that nobody is labelled has no usual belief
    sure = differs & (certainty >= usual[guess])
    return Look(
        trainer.steps, len(ids), float(1 - differs.mean()), ids[sure], float(sure.sum() / differs.sum())
    )


def easiest(trainer: Trainer) -> tuple[int, ...]:
    """Half of what is trained on that is guessed right with the highest belief."""
    seen, mending = trainer.seen, trainer.mending
    on = (mending.weights > 0) & ~mending.masked.numpy()
    if trainer.train.regression or trainer.train.unlabelled:
        worth = -seen.loss.cpu().numpy()
        right = on & np.isfinite(worth)
    else:
        worth = seen.confidence.cpu().numpy()
        right = on & (seen.predicted.cpu().numpy() == mending.y.numpy()) & np.isfinite(worth)
    ids = np.flatnonzero(right)
    return tuple(np.sort(ids[np.argsort(-worth[ids], kind="stable")][: int(EASY * on.sum())]).tolist())


class Plateau:
    """Whether training has stopped gaining: of the mean of the last three evaluations, in points."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.best = -math.inf
        self.since = 0  # evaluations without a gain

    def take(self, value: float) -> None:
        """The value at a border at which it is asked for, in points."""
        self.values.append(value)
        if len(self.values) < SMOOTH:
            return
        mean = sum(self.values[-SMOOTH:]) / SMOOTH
        if mean > self.best + GAIN:
            self.best, self.since = mean, 0
        else:
            self.since += 1

    @property
    def reached(self) -> bool:
        """Whether so many epochs brought no gain, or the values are numbers no more."""
        return self.since * EVERY >= PATIENCE

    @property
    def gained(self) -> float:
        """What the last epochs brought, as many as it waits for a gain, in points."""
        back = min(len(self.values), PATIENCE // EVERY + 1)
        return self.values[-1] - self.values[-back] if self.values else 0.0
