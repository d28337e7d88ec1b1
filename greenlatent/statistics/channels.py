"""Channels: which sensor channel tells which classes apart, and which classes overlap all the same."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

BINS = 16
ABOVE = 0.95  # of what permuted labels give that a score must exceed
NEIGHBOURS = 12
CROWD = 4000  # samples that overlaps are counted among at most
ROWS = 1024


@dataclass(frozen=True)
class ChannelTable:
    """How much each channel tells of each pair of classes. `print` shows the channels, the best first."""

    channels: tuple[str, ...]
    classes: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    bits: np.ndarray  # (channels, pairs) mutual information, of 1 at most where both are as frequent
    f_ratio: np.ndarray  # (channels, pairs) between the two classes against within them
    null: np.ndarray  # (pairs,) the bits that no channel exceeds for 19 of 20 permutations of the labels

    @property
    def tells(self) -> np.ndarray:
        """(channels, pairs) whether a channel tells more than permuted labels do."""
        return self.bits > self.null

    @property
    def order(self) -> np.ndarray:
        """Channels by what they tell, over all pairs; the best first."""
        return np.argsort(-self.bits.mean(1), kind="stable")

    @property
    def by_class(self) -> np.ndarray:
        """(channels, classes) bits that tell a class from each other one, in the mean; what permuted labels give, too,
        counts as none. NaN where a class has no samples."""
        bits = np.where(self.tells, self.bits, 0.0)
        inside = np.array([[k in pair for k in range(len(self.classes))] for pair in self.pairs], float)
        with np.errstate(invalid="ignore"):
            return bits @ inside / inside.sum(0)

    def of(self, a: str, b: str) -> list[str]:
        """The channels that tell two classes apart, the best first."""
        for name in (a, b):
            if name not in self.classes:
                raise ValueError(f"there is no class {name!r}; the classes are {', '.join(self.classes)}")
        if a == b:
            raise ValueError(f"two classes are told apart, got {a!r} twice")
        pair = self.pairs.index(tuple(sorted((self.classes.index(a), self.classes.index(b)))))  # type: ignore[arg-type]
        best = np.argsort(-self.bits[:, pair], kind="stable")
        return [self.channels[k] for k in best if self.tells[k, pair]]

    def to_frame(self) -> Any:
        """A pandas DataFrame: a row a channel, a column a pair, in bits."""
        import pandas

        names = [f"{self.classes[a]} | {self.classes[b]}" for a, b in self.pairs]
        return pandas.DataFrame(self.bits, index=list(self.channels), columns=names)

    def __str__(self) -> str:
        bits, tells = self.bits.mean(1), self.tells.sum(1)
        return "\n".join(
            f"{bits[k]:.2f} bits a pair, tells {tells[k]} of {len(self.pairs)} apart: {self.channels[k]}"
            for k in self.order
        )


@dataclass(frozen=True)
class Overlap:
    """How far classes overlap, two by two: 0 is apart, 1 is chance. `print` shows the pairs, the worst first."""

    classes: tuple[str, ...]
    table: np.ndarray  # (classes, classes), NaN where there is too little of one

    @property
    def pairs(self) -> list[tuple[str, str, float]]:
        """Those that overlap, the worst first."""
        found = [(a, b, float(self.table[a, b])) for a, b in combinations(range(len(self.classes)), 2)]
        found = sorted((pair for pair in found if pair[2] > 0), key=lambda pair: -pair[2])
        return [(self.classes[a], self.classes[b], share) for a, b, share in found]

    def __str__(self) -> str:
        lines = [f"{a} and {b} overlap {share:.0%}" for a, b, share in self.pairs if round(share, 2)]
        return "\n".join(lines) or "no two classes overlap"


def channels(train: Any, *, permutations: int = 50, seed: int = 0) -> ChannelTable:
    """Which channel of Samples tells which classes apart: bits and F-ratio by pair, against permuted labels.

    A channel of a signal or an image counts by its mean, deviation and roughness, whichever tells most; of flat data
    each feature is a channel. Unlike a model, it looks at one channel at a time.

    >>> print(gl.relevance.channels(gl.datasets.motions()))
    """
    if not isinstance(permutations, int) or permutations < 1:
        raise ValueError(f"permutations is a number from 1 up, got {permutations!r}")
    train.check_classes("channels are told apart by")
    y = np.asarray(train.y)
    values = described(_inputs(train))[y >= 0]  # (n, channels, properties)
    y = y[y >= 0]
    classes = tuple(train.classes)
    pairs = tuple(combinations(np.unique(y).tolist(), 2))
    if not pairs:
        raise ValueError("channels tell classes apart, and there are labels of one class or none")
    codes, rng = _codes(values), np.random.default_rng(seed)
    bits = _bits(codes, y, pairs, len(classes))
    chance = np.stack([_bits(codes, rng.permutation(y), pairs, len(classes)) for _ in range(permutations)])
    names = train.features if train.features and len(train.features) == len(bits) else None
    one = "feature" if values.shape[2] == 1 else "channel"
    return ChannelTable(
        tuple(names or (f"{one} {k + 1}" for k in range(len(bits)))),
        *(classes, pairs, bits, _f_ratios(values, y, pairs), np.quantile(chance.max(1), ABOVE, axis=0)),
    )


def overlap(values: Any, labels: Any = None, *, classes: Any = None) -> Overlap:
    """How far classes overlap, by the 12 nearest neighbours of each sample, itself left out.

    `values` are Samples, whose inputs count, or (n, d) such as latents, with n `labels`. Of each two classes it is the
    share of their samples that lie among the other one, either class half, times two.

    >>> print(gl.relevance.overlap(train))                                        # of the inputs
    >>> print(gl.relevance.overlap(trainer.seen.latents, train.y, classes=train.classes))
    """
    if hasattr(values, "check_classes"):
        values.check_classes("an overlap needs")
        labels, classes = values.y, values.classes
        x = described(_inputs(values)).reshape(len(values), -1)
    else:
        x = np.asarray(values, float)
    y = np.asarray(labels)
    if x.ndim != 2 or y.shape != (len(x),) or y.dtype.kind not in "iu":
        raise ValueError(
            f"overlap takes values (n, d) and n class indices, got {x.shape} and {y.dtype} {y.shape}"
        )
    names = tuple(str(k) for k in range(y.max(initial=-1) + 1)) if classes is None else tuple(classes)
    x, y = x[y >= 0], y[y >= 0]
    if len(x) > CROWD:
        some = np.linspace(0, len(x) - 1, CROWD).astype(int)
        x, y = x[some], y[some]
    votes = _votes((x - x.mean(0)) / np.maximum(x.std(0), 1e-12), y, len(names)) if len(x) > 1 else None
    table = np.full((len(names), len(names)), np.nan)
    for a, b in combinations(np.unique(y).tolist(), 2):
        wrong = [_lost(votes[y == own], own, other) for own, other in ((a, b), (b, a))]  # type: ignore[index]
        table[a, b] = table[b, a] = min(1.0, sum(wrong))
    np.fill_diagonal(table, 0.0)
    return Overlap(names, table)


def described(x: np.ndarray) -> np.ndarray:
    """(n, channels, properties): a flat feature as it is; a channel by its mean, deviation and roughness."""
    if x.ndim < 3:
        return x.reshape(len(x), -1, 1)
    flat = x.reshape(*x.shape[:2], -1)
    rough = abs(np.diff(x, axis=-1)).reshape(*x.shape[:2], -1)
    return np.stack([flat.mean(2), flat.std(2), rough.mean(2) if rough.size else flat.mean(2)], 2)


def _inputs(train: Any) -> np.ndarray:
    return np.asarray(train.view(train.y.new_tensor(range(len(train)))), float)


def _codes(values: np.ndarray) -> np.ndarray:
    """(n, channels, properties) which of 16 stretches, of as many samples each, a value is in."""
    codes = np.empty(values.shape, int)
    for at in np.ndindex(values.shape[1:]):
        column = values[(slice(None), *at)]
        edges = np.unique(np.quantile(column, np.arange(1, BINS) / BINS))
        codes[(slice(None), *at)] = np.searchsorted(edges, column, side="right")
    return codes


def _bits(codes: np.ndarray, y: np.ndarray, pairs: Any, classes: int) -> np.ndarray:
    """(channels, pairs) mutual information of the property that tells most, less what chance gives."""
    left, right = np.array(pairs).T
    found = np.zeros((codes.shape[1], len(pairs)))
    for channel, each in np.ndindex(codes.shape[1:]):
        joint = np.bincount(codes[:, channel, each] * classes + y, minlength=BINS * classes)
        joint = joint.reshape(-1, classes).astype(float)
        both = np.stack([joint[:, left], joint[:, right]])  # (2, bins, pairs)
        n = both.sum((0, 1))
        p = both / n
        apart = p.sum(0, keepdims=True) * p.sum(1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = np.where(p > 0, p * np.log2(p / apart), 0.0).sum((0, 1))
        used = (both.sum(0) > 0).sum(0)
        found[channel] = np.maximum(found[channel], bits - (used - 1) / (2 * n * np.log(2)))
    return found


def _f_ratios(values: np.ndarray, y: np.ndarray, pairs: Any) -> np.ndarray:
    """(channels, pairs) of a one-way analysis of two classes; infinite where they do not vary within."""
    found = np.zeros((values.shape[1], len(pairs)))
    for k, (a, b) in enumerate(pairs):
        one, two = values[y == a], values[y == b]
        size = len(one) + len(two)
        within = (one.var(0) * len(one) + two.var(0) * len(two)) / max(1, size - 2)
        between = (one.mean(0) - two.mean(0)) ** 2 * len(one) * len(two) / size
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, k] = np.nan_to_num(between / within, nan=0.0, posinf=np.inf).max(1)
    return found


def _votes(x: np.ndarray, y: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes) how many of the nearest others are of each class."""
    k, square = min(NEIGHBOURS, len(x) - 1), (x**2).sum(1)
    votes = np.zeros((len(x), classes))
    for begin in range(0, len(x), ROWS):
        rows = np.arange(begin, min(begin + ROWS, len(x)))
        apart = square[rows, None] + square - 2 * x[rows] @ x.T
        apart[np.arange(len(rows)), rows] = np.inf
        near = y[np.argpartition(apart, k - 1, axis=1)[:, :k]]
        np.add.at(votes, (np.repeat(rows, k), near.ravel()), 1)
    return votes


def _lost(votes: np.ndarray, own: int, other: int) -> float:
    """The share of samples with more neighbours of the other class than of their own; as many count half."""
    mine, theirs = votes[:, own], votes[:, other]
    return float(((theirs > mine) + 0.5 * ((theirs == mine) & (mine > 0))).mean())
