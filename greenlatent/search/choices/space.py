"""Space: what a search may choose from, as ranges and lists, and the part of it that somebody narrowed it to."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np

Values = dict[str, Any]  # one choice: a value for every name
LEVELS = 5  # of a range, where a grid is asked for


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, whole ones if both ends are; "log" draws and shows them by their logarithm."""

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def kind(self) -> str:
        """What an axis of a picture is to be."""
        return "log" if self.log else "linear"

    @property
    def fixed(self) -> bool:
        return self.low == self.high

    def holds(self, value: Any) -> bool:
        return (
            _is_number(value) and self.low <= value <= self.high and (not self.whole or value == int(value))
        )

    def draw(self, rng: np.random.Generator) -> float | int:
        return self.at(float(rng.random()))

    def at(self, share: float) -> float | int:
        """The value at a share of the way from low to high; whole numbers have equal parts of it."""
        low, high = self.low, self.high
        if self.whole:
            low, high = low - 0.5, high + 0.5
        if self.log:
            low, high = math.log(low), math.log(high)
        value = low + share * (high - low)
        value = math.exp(value) if self.log else value
        value = min(max(value, self.low), self.high)
        return min(max(round(value), int(self.low)), int(self.high)) if self.whole else value

    def levels(self) -> list[Any]:
        return list(dict.fromkeys(self.at(share) for share in np.linspace(0, 1, LEVELS)))

    def narrowed(self, to: Any) -> Range:
        """The part of it between two values."""
        low, high = _pair(self.name, to)
        inside = max(low, self.low), min(high, self.high)
        if inside[0] > inside[1]:
            raise ValueError(
                f"{self.name}={to!r} leaves nothing: the space has {self.low:g} to {self.high:g}"
            )
        if self.whole:
            inside = math.ceil(inside[0]), math.floor(inside[1])
            if inside[0] > inside[1]:
                raise ValueError(f"{self.name}={to!r} holds no whole number")
        return Range(self.name, *inside, log=self.log, whole=self.whole)

    def told(self) -> list[Any]:
        """As JSON, and as a person types it."""
        return [self.low, self.high, "log"] if self.log else [self.low, self.high]


@dataclass(frozen=True)
class Options:
    """One of a list. Numbers are ordered by size; words keep the order they are given in, which means nothing."""

    name: str
    values: tuple[Any, ...]

    @cached_property
    def ordered(self) -> bool:
        return all(_is_number(value) for value in self.values)

    @property
    def kind(self) -> str:
        return "ordered" if self.ordered else "words"

    @property
    def fixed(self) -> bool:
        return len(self.values) == 1

    def holds(self, value: Any) -> bool:
        return any(value == own and type(value) is type(own) for own in self.values) or (
            _is_number(value) and self.ordered and value in self.values
        )

    def draw(self, rng: np.random.Generator) -> Any:
        return self.values[int(rng.integers(len(self.values)))]

    def levels(self) -> list[Any]:
        return list(self.values)

    def narrowed(self, to: Any) -> Options:
        """The values of a list; of numbers, those between two given as a tuple."""
        if self.ordered and isinstance(to, tuple):
            low, high = _pair(self.name, to)
            kept = tuple(value for value in self.values if low <= value <= high)
        else:
            wanted = [to] if isinstance(to, str) or not isinstance(to, Sequence) else list(to)
            for value in wanted:
                if not self.holds(value):
                    raise ValueError(f"{self.name} has no {value!r}; it has {_listed(self.values)}")
            kept = tuple(value for value in self.values if value in wanted)
        if not kept:
            raise ValueError(f"{self.name}={to!r} leaves nothing of {_listed(self.values)}")
        return Options(self.name, kept)

    def told(self) -> dict[str, Any]:
        return {"of": list(self.values)}


Axis = Range | Options


class Space:
    """The axes of a search, by name.

    >>> space = Space({"rate": (1e-4, 1e-1, "log"), "width": [8, 16, 32], "depth": 2})
    >>> space.narrowed({"width": (8, 16)})["width"].values
    (8, 16)
    """

    def __init__(self, given: Mapping[str, Any]):
        if not isinstance(given, Mapping):
            raise TypeError(
                f"space={given!r}; give a dict, such as {{'rate': (1e-4, 1e-1, 'log'), 'width': [8, 16]}}"
            )
        self.axes: dict[str, Axis] = {
            name: axis if isinstance(axis, Range | Options) else _axis(name, axis)
            for name, axis in given.items()
        }
        if all(axis.fixed for axis in self.axes.values()):
            raise ValueError(
                "this space has one choice, so there is nothing to search; give a range or a list"
            )

    def __getitem__(self, name: str) -> Axis:
        return self.axes[name]

    def fit(self, make: Callable[..., Any]) -> None:
        """Refuse a function that does not take these names, or wants others."""
        try:
            parameters = inspect.signature(make).parameters
        except (TypeError, ValueError):
            return  # something built in, which tells nothing
        takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        named = {
            name: p for name, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        }
        strange = [name for name in self.axes if name not in named]
        if strange and not takes_all:
            raise ValueError(
                f"make takes no {_listed(strange)}: it takes {_listed(named) or 'nothing'}; rename one of"
                " the two"
            )
        missing = [name for name, p in named.items() if p.default is p.empty and name not in self.axes]
        if missing:
            raise ValueError(
                f"make needs {_listed(missing)}, which space does not name; add it, or give it a default"
            )

    def check(self, values: Mapping[str, Any]) -> Values:
        """One choice in full: what is fixed need not be named."""
        whole = {name: axis.levels()[0] for name, axis in self.axes.items() if axis.fixed} | dict(values)
        for name in whole:
            if name not in self.axes:
                raise ValueError(f"space has no {name!r}; it has {_listed(self.axes)}")
        for name, axis in self.axes.items():
            if name not in whole:
                raise ValueError(f"{name} is missing; give a value for each of {_listed(self.axes)}")
            if not axis.holds(whole[name]):
                raise ValueError(f"{name}={whole[name]!r} is not in the space, which has {_words(axis)}")
        return {name: whole[name] for name in self.axes}

    def narrowed(self, to: Mapping[str, Any]) -> Space:
        """The part of it that these ranges and lists leave."""
        for name in to:
            if name not in self.axes:
                raise ValueError(f"space has no {name!r}; it has {_listed(self.axes)}")
        return Space._of(
            {name: axis.narrowed(to[name]) if name in to else axis for name, axis in self.axes.items()}
        )

    def draw(self, rng: np.random.Generator) -> Values:
        return {name: axis.draw(rng) for name, axis in self.axes.items()}

    def holds(self, values: Mapping[str, Any]) -> bool:
        return all(axis.holds(values[name]) for name, axis in self.axes.items())

    @property
    def size(self) -> float:
        """How many choices there are; infinite where one is continuous."""
        return math.prod(
            len(a.values)
            if isinstance(a, Options)
            else 1
            if a.fixed
            else a.high - a.low + 1
            if a.whole
            else math.inf
            for a in self.axes.values()
        )

    def __str__(self) -> str:
        return "; ".join(f"{name}: {_words(axis)}" for name, axis in self.axes.items())

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {name: axis.told() for name, axis in self.axes.items()}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Space:
        """What `told` told."""
        return cls._of(
            {name: _axis(name, a["of"] if isinstance(a, dict) else tuple(a)) for name, a in told.items()}
        )

    @classmethod
    def _of(cls, axes: dict[str, Axis]) -> Space:
        space = cls.__new__(cls)  # a narrowed space may have one choice left
        space.axes = axes
        return space


def _axis(name: str, given: Any) -> Axis:
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"space names what make takes, so {name!r} cannot be one of its arguments")
    if isinstance(given, tuple):
        return _range(name, given)
    values = given if isinstance(given, list) else [given]
    if not values:
        raise ValueError(f"{name}=[] has nothing to choose from")
    for value in values:
        if not (value is None or isinstance(value, str | bool) or _is_number(value)):
            raise TypeError(
                f"{name} lists {value!r}; a choice is a number, a word or None: let make turn a word into what it means"
            )
    if len(set(map(repr, values))) < len(values):
        raise ValueError(f"{name}={values!r} names a value twice")
    values = [_plain(value) for value in values]
    return Options(name, tuple(sorted(values) if all(map(_is_number, values)) else values))


def _range(name: str, given: tuple[Any, ...]) -> Range:
    log = given[2:] == ("log",)
    if not (len(given) == 2 or log) or not all(map(_is_number, given[:2])):
        raise ValueError(
            f"{name}={given!r} is no range; give (low, high), (low, high, 'log') or a list of choices"
        )
    low, high = map(_plain, given[:2])
    if not low <= high:
        raise ValueError(f"{name} goes from {low:g} to {high:g}, upside down; give ({high:g}, {low:g})")
    if log and low <= 0:
        raise ValueError(f"{name} is a log range from {low:g}, and no logarithm reaches that; begin above 0")
    return Range(name, low, high, log=log, whole=isinstance(low, int) and isinstance(high, int))


def _pair(name: str, to: Any) -> tuple[float, float]:
    if not (
        isinstance(to, Sequence) and len(to) >= 2 and _is_number(to[0]) and _is_number(to[1])
    ) or isinstance(to, str):
        raise ValueError(f"{name}={to!r} is no range; give (low, high)")
    if to[0] > to[1]:
        raise ValueError(f"{name} goes from {to[0]:g} to {to[1]:g}, upside down; give ({to[1]:g}, {to[0]:g})")
    return to[0], to[1]


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's, which JSON can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _listed(names: Any) -> str:
    return ", ".join(map(str, names))


def _words(axis: Axis) -> str:
    if isinstance(axis, Options):
        return _listed(axis.values)
    scale = " by its logarithm" if axis.log else ""
    return f"{'whole numbers ' if axis.whole else ''}{axis.low:g} to {axis.high:g}{scale}"
