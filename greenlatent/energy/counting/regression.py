"""The rows of the regression, as sums: joules between two changes of a count, beside the seconds of each
kind.

When a change is seen is uncertain by a poll or two, and what one row has too much the next has too little.
How far that goes is not known beforehand, so each row is kept in several strengths of it (MEMORIES): itself
plus a share of the row before, which undoes a moving average. 0 leaves it alone; near 1 is a regression of
running sums on running sums. How long a count lags behind the work is not known either, so all of that is
kept for several delays. A variant is a delay with a memory.
"""

import math
from dataclasses import dataclass

import numpy as np

MEMORIES = (0.0, 0.8, 0.97)


@dataclass(frozen=True)
class Rows:
    """Sums over rows, for V variants and K kinds. Column 0 is the start: what the first row had too much, or
    too little, runs on through all that remember it."""

    count: float
    square: np.ndarray  # (V,) sum of y^2
    xx: np.ndarray  # (V, 1 + K, 1 + K)
    xy: np.ndarray  # (V, 1 + K)

    def since(self, before: "Rows") -> "Rows":
        width = self.xy.shape[-1]
        return Rows(
            self.count - before.count,
            self.square - before.square,
            self.xx - wide(before.xx, width, 2),
            self.xy - wide(before.xy, width),
        )

    def only(self, variants: list[int]) -> "Rows":
        return Rows(self.count, self.square[variants], self.xx[variants], self.xy[variants])

    def fit(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """X'X (V, K, K), X'y (V, K) and y'y (V,) with the start taken out."""
        start = np.maximum(self.xx[:, 0, 0], 1e-12)
        along, beside = self.xx[:, 0, 1:], self.xy[:, 0]
        xx = self.xx[:, 1:, 1:] - along[:, :, None] * along[:, None, :] / start[:, None, None]
        return xx, self.xy[:, 1:] - along * (beside / start)[:, None], self.square - beside**2 / start

    def unexplained(self) -> np.ndarray:
        """(L, len(MEMORIES)) what the best watts leave of the squares."""
        xx, xy, square = self.fit()
        explained = np.einsum("vi,vij,vj->v", xy, np.linalg.pinv(xx, rcond=1e-9, hermitian=True), xy)
        return np.maximum(square - explained, 1e-9 * self.square).reshape(-1, len(MEMORIES))

    def best(self) -> tuple[int, int, list[int]]:
        """The delay, and the variant of it, by which the seconds explain the joules best; and the variants
        that explain them so nearly as well that one cannot tell."""
        left = self.unexplained()
        lag = int(np.argmin(left.min(1)))
        # On steady work all delays are alike, and among many one fits best by chance.
        chance = (4 + 2 * math.log(len(left))) / max(self.count, 1)
        if left[lag].min() > min(0.9, math.exp(-chance)) * left[0].min():
            lag = 0
        near = np.flatnonzero(left.ravel() < left[lag].min() * math.exp(chance))
        return lag, lag * len(MEMORIES) + int(np.argmin(left[lag])), [int(v) for v in near]


class RowSums:
    """The sums as they grow."""

    def __init__(self, lags: int):
        variants = lags * len(MEMORIES)
        self.count = 0
        self._memory = np.tile(MEMORIES, lags)
        self._xx, self._xy = np.zeros((variants, 1, 1)), np.zeros((variants, 1))
        self._x, self._y, self._square = np.zeros((variants, 1)), np.zeros(variants), np.zeros(variants)
        self._begun = False

    def add(self, joules: float, x: np.ndarray) -> None:
        """One row; `x` is (L, K), the seconds of each kind for each delay."""
        self._widen(1 + x.shape[-1])
        start = np.full((len(x), 1), 0.0 if self._begun else 1.0)
        self._begun = True
        self._x = self._x * self._memory[:, None] + np.repeat(np.hstack([start, x]), len(MEMORIES), axis=0)
        self._y = self._y * self._memory + joules
        self.count += 1
        self._square += self._y * self._y
        self._xx += self._x[:, :, None] * self._x[:, None, :]
        self._xy += self._y[:, None] * self._x

    def forget(self) -> None:
        """The next row is the first of its kind: it does not remember those before."""
        self._x, self._y, self._begun = self._x * 0, self._y * 0, False

    def keep(self, lag: int) -> None:
        """Only this delay from now on."""
        kept = variants([lag])
        self._memory, self._square = self._memory[kept], self._square[kept]
        self._xx, self._xy, self._x, self._y = self._xx[kept], self._xy[kept], self._x[kept], self._y[kept]

    def copy(self, width: int) -> Rows:
        self._widen(1 + width)
        return Rows(self.count, self._square.copy(), self._xx.copy(), self._xy.copy())

    def _widen(self, width: int) -> None:
        self._xx, self._xy, self._x = wide(self._xx, width, 2), wide(self._xy, width), wide(self._x, width)


def variants(lags: list[int]) -> list[int]:
    return [lag * len(MEMORIES) + m for lag in lags for m in range(len(MEMORIES))]


def wide(values: np.ndarray, width: int, axes: int = 1) -> np.ndarray:
    """The same values with room for kinds that came later; the last `axes` axes are kinds."""
    more = width - values.shape[-1]
    return np.pad(values, [(0, 0)] * (values.ndim - axes) + [(0, more)] * axes) if more > 0 else values
