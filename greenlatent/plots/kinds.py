"""Kinds of axes: numbers by their logarithm, and choices of a list, as places on an axis and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

Interval = tuple[float, float]
NAMED = 0.4  # of the way to the next name: how far a band reaches beside one


@dataclass(frozen=True)
class Kind:
    """What the places along one axis stand for.

    >>> Kind.of("rate", (1e-4, 1e-1, "log")).places([1e-3])
    array([-3.])
    """

    log: bool = False
    names: tuple[Any, ...] = ()  # the values at 0, 1, 2 and so on
    span: Interval | None = None  # what the axis shows at least, in places

    @classmethod
    def of(cls, axis: str, given: Any) -> Kind:
        """`"log"`; a range such as `(1e-4, 1e-1, "log")` or `(0, 1)`, which the axis shows all of; or a list."""
        if given == "log":
            return cls(log=True)
        if isinstance(given, tuple) and len(given) in (2, 3) and given[2:] in ((), ("log",)):
            log = len(given) == 3
            low, high = (_number(axis, end) for end in given[:2])
            if not low < high or (log and low <= 0):
                raise ValueError(f"kinds[{axis!r}]={given!r} is no range{' of a logarithm' if log else ''}")
            return cls(log, span=(math.log10(low), math.log10(high)) if log else (low, high))
        if isinstance(given, list) and given:
            if any(value in given[:k] for k, value in enumerate(given)):
                raise ValueError(f"kinds[{axis!r}] names a value twice: {given!r:.80}")
            return cls(names=tuple(given), span=(0.0, max(len(given) - 1.0, 1.0)))
        raise ValueError(
            f'kinds[{axis!r}]={given!r:.60}; give "log", a range such as (0, 1) or (1e-4, 1e-1, "log"), or a list of'
            " its values"
        )

    def places(self, values: Any) -> np.ndarray:
        """Where values lie on the axis, NaN for a missing one and for what no logarithm reaches."""
        if self.names:
            return np.array([self._place(value) for value in values], float)
        numbers = np.array([math.nan if value is None else value for value in values], float)
        if not self.log:
            return numbers
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(numbers > 0, np.log10(numbers), math.nan)

    def _place(self, value: Any) -> float:
        if value is None or value != value:
            return math.nan
        if value not in self.names:
            raise ValueError(f"{value!r} is none of the values {list(self.names)!r:.80} of its axis")
        return float(self.names.index(value))

    def within(self, intervals: Sequence[Interval]) -> Any:
        """The values that lie in brushes: those of a list, or the two ends, from the lowest brush to the highest."""
        if self.names:
            return [
                name for k, name in enumerate(self.names) if any(low <= k <= high for low, high in intervals)
            ]
        low, high = min(low for low, _ in intervals), max(high for _, high in intervals)
        return (10**low, 10**high) if self.log else (low, high)

    def intervals(self, to: Any) -> list[Interval]:
        """A range of values, or some of a list, as intervals of places."""
        if self.names and isinstance(to, tuple):
            to = [name for name in self.names if to[0] <= name <= to[1]]
        if self.names:
            places = sorted(self.places(to if isinstance(to, list) else [to]))
            runs: list[Interval] = []
            for place in places:
                if runs and place - runs[-1][1] < 1:
                    runs[-1] = runs[-1][0], place + NAMED
                else:
                    runs.append((place - NAMED, place + NAMED))
            return runs
        low, high = self.places(to[:2])
        return [(float(low), float(high))]

    def told(self, bands: Sequence[Interval], offer: str) -> dict[str, Any]:
        """As js/PROTOCOL.md has it."""
        return {
            "log": self.log,
            "names": [str(name) for name in self.names],
            "span": self.span,
            "bands": list(bands),
            "offer": offer,
        }


PLAIN = Kind()


def kinds_of(given: Mapping[str, Any] | None, axes: Sequence[str]) -> list[Kind]:
    """The kind of each axis; numbers at even distances where none is given."""
    for name in given or {}:
        if name not in axes:
            raise ValueError(f"kinds names {name!r}, which is no axis; there are {', '.join(axes)}")
    return [Kind.of(name, given[name]) if given and name in given else PLAIN for name in axes]


def _number(axis: str, value: Any) -> float:
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"kinds[{axis!r}] ends at {value!r}; the ends of a range are numbers")
    return float(value)
