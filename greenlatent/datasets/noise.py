"""Wrong labels as data really have them: whose mistakes they are, and which of them hang together.

Every kind takes the true labels y (n,) and returns the given ones. None looks at a latent space, and none groups
samples by a clustering of the inputs: what later looks for the mistakes must not share its geometry with them.
"""

from __future__ import annotations

from numbers import Integral

import numpy as np

ANNOTATORS = 12
RENAMED = 0.7  # share of the classes that a confused annotator calls by another's name
KINDS = ("symmetric", "pair", "blob", "annotator", "recording")


def checked(noise: str | None, kinds: tuple[str, ...], share: float, seed: int) -> None:
    """Raise unless this kind of noise exists here, the share can be reached and the seed is one."""
    if noise is not None and noise not in kinds:
        raise ValueError(f"noise is {', '.join(map(repr, kinds))} or None, got {noise!r}")
    if not 0 <= share <= 0.5:
        raise ValueError(f"share is the part of wrong labels, between 0 and 0.5, got {share}")
    if not isinstance(seed, Integral) or isinstance(seed, bool):
        raise TypeError(f"seed is a whole number from 0 up, such as a student number, got {seed!r}")
    if seed < 0:
        raise ValueError(f"seed is a whole number from 0 up, got {seed}")


def symmetric(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Any sample may carry any other label."""
    classes = int(y.max()) + 1
    wrong = rng.permutation(len(y)) < round(share * len(y))
    return np.where(wrong, (y + rng.integers(1, classes, len(y))) % classes, y)


def pair(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Each class is taken for the next one, and for no other."""
    wrong = rng.permutation(len(y)) < round(share * len(y))
    return np.where(wrong, (y + 1) % (int(y.max()) + 1), y)


def blob(x: np.ndarray, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Balls of look-alikes of one class in a random projection of x (n, d), 90 % of each flipped to one class."""
    given, classes = y.copy(), np.unique(y)
    low = x.reshape(len(x), -1) @ rng.normal(size=(x[0].size, 8))
    while (given != y).mean() < share:
        centre = rng.integers(len(y))
        of_class = y == y[centre]
        mates = np.flatnonzero(of_class & (given == y))
        if len(mates) <= of_class.sum() / 2:  # half of a class stays right, or nobody could tell which it is
            continue
        size = int(rng.integers(15, 45))
        ball = mates[np.argsort(((low[mates] - low[centre]) ** 2).sum(1))[:size]]
        wrong = rng.choice(classes[classes != y[centre]])
        given[ball[rng.random(len(ball)) < 0.9]] = wrong
    return given


def annotator(
    order: np.ndarray, y: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Twelve annotators label a stretch each of `order` (n,), and some of them mix up names throughout.

    Returns the given labels and who gave each. An annotator who is confused calls most classes by one other's name,
    until the share of wrong labels is reached.
    """
    who = np.empty(len(y), dtype=np.int64)
    for number, stretch in enumerate(np.array_split(np.argsort(order, kind="stable"), ANNOTATORS)):
        who[stretch] = number
    given, classes = y.copy(), int(y.max()) + 1
    for number in rng.permutation(ANNOTATORS):
        mixed = rng.permutation(classes)[: max(2, round(RENAMED * classes))]
        for name, other in zip(mixed, np.roll(mixed, 1), strict=True):
            if (given != y).mean() >= share:
                return given, who
            given[(who == number) & (y == name)] = other
    return given, who


def recording(of: np.ndarray, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Whole recordings, `of` (n,), carry one wrong label each."""
    given, classes = y.copy(), int(y.max()) + 1
    for number in rng.permutation(np.unique(of)):
        if (given != y).mean() >= share:
            break
        inside = of == number
        given[inside] = (y[inside] + rng.integers(1, classes)) % classes
    return given
