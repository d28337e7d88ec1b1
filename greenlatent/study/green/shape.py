"""Shape: how much of the training data is left, in rows, features and right labels; and a test part that stays."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from ...datasets import noise as noises

NUMBERS = ("float64", "float32", "float16", "uint8")
TEST = 0.3  # of all rows, whatever is left of the others
FEWEST = 4  # rows a class, of which a test part can still have one


@dataclass(frozen=True)
class Shape:
    """What is left of the training data: shares of its rows and features, wrong labels, and how numbers are kept.

    >>> Shape(rows=0.1).take(X, y, seed=0).X.shape
    (322, 57)
    """

    rows: float = 1.0
    features: float = 1.0
    wrong: float = 0.0
    noise: str = "symmetric"
    numbers: str = "float64"

    def __post_init__(self) -> None:
        for name in ("rows", "features"):
            share = getattr(self, name)
            if not (isinstance(share, Real) and not isinstance(share, bool) and 0 < float(share) <= 1):
                raise ValueError(f"{name}={share!r}; give a share above 0, at most 1")
            object.__setattr__(self, name, round(float(share), 9))  # linspace's 0.30000000000000004 is 0.3
        if not (isinstance(self.wrong, Real) and 0 <= float(self.wrong) < 1):
            raise ValueError(f"wrong={self.wrong!r}; give the share of wrong labels, from 0 to below 1")
        if self.noise not in ("symmetric", "pair", "blob"):
            raise ValueError(f'noise={self.noise!r}; give "symmetric", "pair" or "blob"')
        if self.numbers not in NUMBERS:
            raise ValueError(f"numbers={self.numbers!r}; give {', '.join(map(repr, NUMBERS))}")

    def take(self, X: Any, y: Any, seed: int) -> Taken:
        """What of a training part an algorithm gets. Scaling and choice of features know no other row than these."""
        y = np.asarray(y)
        rows = stratified(y, self.rows, seed)
        kept, labels = X[rows], y[rows].copy()
        low, span = _range(kept)
        kept = _scaled(kept, low, span)
        columns = np.arange(kept.shape[1])
        if self.features < 1:
            columns = telling(kept, labels, max(1, round(self.features * kept.shape[1])))
            kept = kept[:, columns]
        if self.wrong:
            labels = _mislabelled(kept, labels, self.noise, self.wrong, seed)
        return Taken(_as(kept, self.numbers), labels, rows, columns, low, span, self.numbers)

    def __str__(self) -> str:
        parts = [
            f"{share:.0%} of the {name}"
            for name, share in (("rows", self.rows), ("features", self.features))
            if share < 1
        ]
        if self.wrong:
            parts.append(f"{self.wrong:.0%} of the labels wrong ({self.noise})")
        if self.numbers != "float64":
            parts.append(self.numbers)
        return ", ".join(parts) or "all of the data"


@dataclass(frozen=True)
class Taken:
    """What an algorithm gets, and how other rows are brought into the same form."""

    X: Any
    y: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    low: Any
    span: Any
    numbers: str

    def apply(self, X: Any) -> Any:
        """Other rows, scaled as these were: beyond their range they are cut off."""
        return _as(_scaled(X, self.low, self.span)[:, self.columns], self.numbers)


@dataclass(frozen=True)
class Split:
    """A training and a test part, and how many test rows have a copy in training."""

    train: np.ndarray
    test: np.ndarray
    copies: int


def split(X: Any, y: Any, seed: int, by: Any = None) -> Split:
    """One test part of 30 % a seed, the same for every shape: stratified, or whole groups of `by`."""
    y = np.asarray(y)
    check(X, y)
    rng = np.random.default_rng(seed)
    if by is None:
        test = _strata(y, TEST, rng)
    else:
        groups = np.asarray(by)
        if len(groups) != len(y):
            raise ValueError(f"by names {len(groups)} groups for {len(y)} rows; pass one a row")
        names = rng.permutation(np.unique(groups))
        if len(names) < 2:
            raise ValueError("by names one group alone, and a test part takes whole ones; leave it out")
        sizes = np.cumsum([(groups == name).sum() for name in names])
        count = max(1, int(np.searchsorted(sizes, TEST * len(y))))
        test = np.flatnonzero(np.isin(groups, names[:count]))
    train = np.setdiff1d(np.arange(len(y)), test)
    return Split(train, test, copies(X, train, test))


def copies(X: Any, train: np.ndarray, test: np.ndarray) -> int:
    """How many test rows are the same as a training row: on those, to remember is enough."""
    known = {_key(X, i) for i in train}
    return sum(_key(X, i) in known for i in test)


def check(X: Any, y: np.ndarray) -> None:
    """Refuse what cannot be split, before hours are spent on it."""
    if len(X.shape) != 2 or len(y.shape) != 1:
        raise ValueError(
            f"X is of shape {X.shape} and y of {y.shape}; X is a table of rows and features, y a label a row"
        )
    if X.shape[0] != len(y):
        raise ValueError(f"X has {X.shape[0]} rows and y {len(y)} labels; pass one label a row")
    values = X.data if hasattr(X, "tocsr") else X
    if not np.isfinite(np.asarray(values, dtype=float)).all():
        raise ValueError("X has gaps (NaN or infinite); fill them, or leave those rows out")
    if any(label is None or label != label for label in y.tolist()):
        raise ValueError("y has rows without a label (None or NaN); leave those rows out")
    names, counts = np.unique(y, return_counts=True)
    if len(names) < 2:
        raise ValueError("y has one class, so there is nothing to tell apart")
    if counts.min() < FEWEST:
        rare = names[counts.argmin()].item()
        raise ValueError(
            f"class {rare!r} has {counts.min()} rows, and {FEWEST} are the fewest; merge it or leave it out"
        )


def stratified(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Rows by chance, such that each class keeps its share within one row."""
    if share >= 1:
        return np.arange(len(y))
    return _strata(y, share, np.random.default_rng((seed, 7)))


def _strata(y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """So many of each class, by largest remainders: the sum is right, and each class within one of its share."""
    names, counts = np.unique(y, return_counts=True)
    exact = share * counts
    take = np.floor(exact).astype(int)
    missing = round(share * len(y)) - take.sum()
    take[np.argsort(take - exact, kind="stable")[: max(0, missing)]] += 1
    take = np.maximum(take, 1)
    rows = [rng.permutation(np.flatnonzero(y == name))[:n] for name, n in zip(names, take, strict=True)]
    return np.sort(np.concatenate(rows))


def telling(X: Any, y: np.ndarray, k: int) -> np.ndarray:
    """The k columns that tell most of the classes by chi-square, in their own order."""
    from sklearn.feature_selection import SelectKBest, chi2

    return np.sort(SelectKBest(chi2, k=k).fit(X, y).get_support(indices=True))


def _range(X: Any) -> tuple[Any, Any]:
    if hasattr(X, "tocsr"):  # zeros stay zeros
        most = np.asarray(abs(X).max(axis=0).todense()).ravel()
        return None, np.where(most > 0, most, 1.0)
    low = X.min(axis=0)
    span = X.max(axis=0) - low
    return low, np.where(span > 0, span, 1.0)


def _scaled(X: Any, low: Any, span: Any) -> Any:
    if low is None:
        if X.min() < 0:
            raise ValueError(
                "X is sparse and has negative values, which no chi-square takes; shift or square them"
            )
        scaled = X.multiply(1.0 / span).tocsr()
        scaled.data = np.minimum(scaled.data, 1.0)
        return scaled
    return np.clip((X - low) / span, 0.0, 1.0)


def _as(X: Any, numbers: str) -> Any:
    sparse = hasattr(X, "tocsr")
    if sparse and numbers == "float16":
        raise ValueError("there are no sparse rows of float16; give float32, or X.toarray()")
    if numbers == "uint8":
        return (X * 255).rint().astype(np.uint8) if sparse else (X * 255).round().astype(np.uint8)
    return X.astype(numbers)


def _mislabelled(X: Any, y: np.ndarray, noise: str, share: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng((seed, 11))
    names, codes = np.unique(y, return_inverse=True)
    if noise == "blob":
        dense = np.asarray(X.todense()) if hasattr(X, "todense") else X
        return names[noises.blob(dense, codes, share, rng)]
    return names[getattr(noises, noise)(codes, share, rng)]


def _key(X: Any, i: int) -> bytes:
    row = X[i]
    if hasattr(row, "tocsr"):
        row = row.tocsr()  # a row of a sparse array is one of coordinates
        return row.indices.tobytes() + row.data.tobytes()
    return np.ascontiguousarray(row).tobytes()
