"""Amount: a number with its 95 % interval and unit, for all that is not joules; and joules within factors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...energy.joules import Joules, Origin
from ...energy.names import plain

_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


@dataclass(frozen=True)
class Amount:
    """Seconds, bytes, grams or answers.

    >>> print(Amount(12.0, 8.0, 18.0, "s"))
    12 s (8-18)
    """

    value: float
    low: float
    high: float
    unit: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high:
            raise ValueError(
                f"value {self.value}, low {self.low}, high {self.high}: give 0 <= low <= value <= high"
            )

    @classmethod
    def within(cls, value: float, factor: float, unit: str) -> Amount:
        """A value, give or take a factor."""
        return cls(value, value / factor, value * factor, unit)

    def times(self, factor: float) -> Amount:
        return Amount(self.value * factor, self.low * factor, self.high * factor, self.unit)

    def __str__(self) -> str:
        scale, unit = 1.0, self.unit
        if unit == "B":
            scale, unit = next(((size, name) for size, name in _BYTES if self.value >= size), (1.0, "B"))
        value, low, high = (plain(number / scale) for number in (self.value, self.low, self.high))
        return f"{value} {unit} ({low}-{high})".replace("  ", " ")


def widened(value: float, low: float, high: float, factor: float) -> tuple[float, float]:
    """The ends of an interval once one more error, a factor either way, has joined it; added in quadrature of logs."""
    down = math.hypot(math.log(value / low), math.log(factor)) if low > 0 else math.inf
    up = math.hypot(math.log(high / value), math.log(factor))
    return value * math.exp(-down), value * math.exp(up)


def within(value: float, factors: Mapping[str, tuple[float, float]], where: str) -> Joules:
    """Joules of an estimate whose errors are factors down and up, each shared with whoever else has one of its name.

    Factors are added in quadrature of logs, so that an interval of a factor of 5 does not reach 0; each then has its
    part of the distance to either end, and what two estimates share cancels in their ratio.
    """
    down, up = (math.hypot(*(math.log(each[side]) for each in factors.values())) for side in (0, 1))
    low, high = value * math.exp(-down), value * math.exp(up)
    parts = {name: (value * (1 - 1 / d), value * (u - 1)) for name, (d, u) in factors.items()}
    whole = [math.hypot(*(each[side] for each in parts.values())) for side in (0, 1)]
    scale = [
        reach / all_of if all_of else 0.0
        for reach, all_of in zip((value - low, high - value), whole, strict=True)
    ]
    shared = {name: (d * scale[0], u * scale[1]) for name, (d, u) in parts.items()}
    return Joules.of(value, 0.0, shared, {"estimate": 1.0}, origin=Origin(where, "plan", 0.0, 0.0))
