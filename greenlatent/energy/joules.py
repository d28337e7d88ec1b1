"""Joules with an interval and a provenance: a number that says how sure it is, and how it knows."""

import itertools
import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import NamedTuple

_PREFIXES = (
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "u"),
    (1e-9, "n"),
)


class Origin(NamedTuple):
    """Which meter on which machine took a reading, and when (seconds since 1970)."""

    machine: str
    meter: str
    start: float
    stop: float


@dataclass(frozen=True)
class Joules:
    """An amount of energy with its 95 % interval.

    `badges` are shares of the value by how it is known (`{"counter": .93, "model": .07}`); `shared` maps each
    source of error that other readings share (watts per vCPU, a sensor's calibration) to how far it may push
    this value down and up. What `low` and `high` have beyond that is the reading's own error. A sum adds
    shared errors in step and own errors in quadrature; in the ratio of two readings the shared part cancels.

    A reading that does not exist is `Joules.missing()`, whose value is NaN: never 0.

    >>> print(Joules(3.42, 3.1, 3.8, {"counter": 1.0}))
    3.42 J (3.1-3.8, counter)
    """

    value: float
    low: float
    high: float
    badges: Mapping[str, float] = field(default_factory=dict, hash=False)
    shared: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    coverage: float = 1.0
    """The share of the time for which there was a reading; less than 1 where a source was gone."""
    merged: tuple[str, ...] = ()
    """The kinds that no counter can tell from this one: the line was split by time, as its interval says."""
    origin: Origin | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.coverage <= 1:
            raise ValueError(
                f"coverage {self.coverage}; give the share of the time with a reading, from 0 to 1"
            )
        if all(math.isnan(number) for number in (self.value, self.low, self.high)):
            return
        if not 0 <= self.low <= self.value <= self.high < math.inf:
            raise ValueError(
                f"value {self.value}, low {self.low}, high {self.high} are no reading; "
                "give finite joules, 0 <= low <= value <= high, or Joules.missing()"
            )

    @classmethod
    def missing(cls, origin: Origin | None = None) -> "Joules":
        """A reading that nobody took."""
        return cls(math.nan, math.nan, math.nan, {}, coverage=0.0, origin=origin)

    @classmethod
    def of(
        cls,
        value: float,
        own: float | tuple[float, float] = 0.0,
        shared: Mapping[str, tuple[float, float]] | None = None,
        badges: Mapping[str, float] | None = None,
        **more,
    ) -> "Joules":
        """From a value, its own error (how far down, how far up) and the errors it shares with others."""
        down, up = own if isinstance(own, tuple) else (own, own)
        shared = dict(shared or {})
        low = value - math.hypot(down, *(d for d, _ in shared.values()))
        high = value + math.hypot(up, *(u for _, u in shared.values()))
        return cls(value, min(max(low, 0.0), value), max(high, value), dict(badges or {}), shared, **more)

    @property
    def known(self) -> bool:
        return not math.isnan(self.value)

    @property
    def own(self) -> tuple[float, float]:
        """How far the reading's own error reaches down and up, without what it shares with other readings."""
        return (
            _left(self.value - self.low, *(down for down, _ in self.shared.values())),
            _left(self.high - self.value, *(up for _, up in self.shared.values())),
        )

    @property
    def width(self) -> float:
        """Its own interval as a share of the value: what averaging over more steps can narrow."""
        return sum(self.own) / self.value if self.value > 0 else math.inf

    def __add__(self, other: "Joules") -> "Joules":
        if isinstance(other, Real) and other == 0:  # so that sum() works
            return self
        if not isinstance(other, Joules):
            return NotImplemented
        return total((self, other))

    __radd__ = __add__

    def __mul__(self, factor: float) -> "Joules":
        if not isinstance(factor, Real) or isinstance(factor, bool):
            return NotImplemented
        factor = float(factor)
        if not 0 <= factor < math.inf:
            raise ValueError(f"joules times {factor}; give a finite factor of at least 0")
        shared = {name: (d * factor, u * factor) for name, (d, u) in self.shared.items()}
        value, low, high = self.value * factor, self.low * factor, self.high * factor
        return Joules(value, low, high, self.badges, shared, self.coverage, self.merged, self.origin)

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, Joules):
            return Ratio.of(self, other)
        if not isinstance(other, Real) or isinstance(other, bool):
            return NotImplemented
        if other == 0:
            raise ZeroDivisionError("joules divided by 0; count at least one step")
        return self * (1 / float(other))

    def __repr__(self) -> str:
        return f"<{self}>"  # in a ledger that is printed, its fields would hide the number

    def __str__(self) -> str:
        if not self.known:
            return "no reading"
        scale, prefix = _scale(self.value or self.high)
        value, interval = _written(self.low / scale, self.value / scale, self.high / scale)
        notes = [interval, _badge_text(self.badges)]
        if self.coverage < 0.995:
            notes.append(f"{self.coverage:.0%} covered".replace("%", " %"))
        if self.merged:
            notes.append("split by time from " + " and ".join(self.merged))
        return f"{value} {prefix}J ({', '.join(note for note in notes if note)})"


@dataclass(frozen=True)
class Ratio:
    """One reading over another, with its 95 % interval; errors that both share have cancelled.

    >>> print(Ratio(0.31, 0.29, 0.33))
    x0.31 (0.29-0.33)
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, above: Joules, below: Joules) -> "Ratio":
        if not (above.known and below.known) or below.value == 0:
            return cls(math.nan, math.nan, math.nan)
        if above.origin and below.origin and above.origin.machine != below.origin.machine:
            warnings.warn(
                "these joules come from two machines: their ratio mixes the machines with the work",
                stacklevel=3,
            )
        value = above.value / below.value
        downs, ups = [], []
        for name in {*above.shared, *below.shared}:
            (ad, au), (bd, bu) = above.shared.get(name, (0.0, 0.0)), below.shared.get(name, (0.0, 0.0))
            ends = [(above.value + au) / (below.value + bu) - value]
            # A shared error may be as large as the value; a ratio at its far end means nothing when nothing
            # is left.
            if below.value > bd:
                ends.append((above.value - ad) / (below.value - bd) - value)
            downs.append(max(0.0, *(-end for end in ends)))
            ups.append(max(0.0, *ends))
        (ad, au), (bd, bu) = above.own, below.own
        downs += [ad / below.value, value - above.value / (below.value + bu)]
        ups += [au / below.value, above.value / (below.value - bd) - value if below.value > bd else math.inf]
        return cls(value, max(0.0, value - math.hypot(*downs)), value + math.hypot(*ups))

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "no ratio"
        if 1e-3 <= self.value < 1e6:
            three = max(2, 2 - math.floor(math.log10(self.value)))  # digits: more is no knowledge
            places = min(_places(self.low, self.value, self.high), three)
            most = f"{self.high:.{places}f}" if self.high < 1e6 else f"{self.high:.3g}"
            return f"x{self.value:.{places}f} ({self.low:.{places}f}-{most})"
        return f"x{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


def total(parts: Iterable[Joules]) -> Joules:
    """The sum of readings; a missing one lowers the coverage, and nothing but missing ones is missing."""
    parts = list(parts)
    known = [part for part in parts if part.known]
    if not known:
        return Joules.missing()
    value = sum(part.value for part in known)
    shared: dict[str, tuple[float, float]] = {}
    badges: dict[str, float] = {}
    for part in known:
        for name, (down, up) in part.shared.items():
            before = shared.get(name, (0.0, 0.0))
            shared[name] = before[0] + down, before[1] + up
        for badge, share in part.badges.items():
            badges[badge] = badges.get(badge, 0.0) + share * (part.value / value if value else 1 / len(known))
    own = math.hypot(*(part.own[0] for part in known)), math.hypot(*(part.own[1] for part in known))
    coverage = sum(part.coverage for part in parts) / len(parts)
    merged = tuple(sorted({name for part in known for name in part.merged}))
    origin = _common_origin([part.origin for part in known])
    return Joules.of(value, own, shared, badges, coverage=coverage, merged=merged, origin=origin)


def _common_origin(origins: list[Origin | None]) -> Origin | None:
    """The span of readings of one meter; readings of two meters have none, and must not overlap."""
    known = [origin for origin in origins if origin is not None]
    if len(known) < len(origins):
        return None
    first = known[0]
    if all(origin.meter == first.meter for origin in known):
        return first._replace(start=min(o.start for o in known), stop=max(o.stop for o in known))
    for one, other in itertools.combinations(known, 2):
        overlap = one.start < other.stop and other.start < one.stop
        if one.meter != other.meter and one.machine == other.machine and overlap:
            warnings.warn(
                "two meters read one machine at the same time: their sum counts that time twice", stacklevel=4
            )
            break
    return None


def _badge_text(badges: Mapping[str, float]) -> str:
    shown = sorted(((share, badge) for badge, share in badges.items() if share >= 0.005), reverse=True)
    if len(shown) == 1:
        return shown[0][1]
    return ", ".join(f"{share:.0%} {badge}".replace("%", " %") for share, badge in shown)


def _left(whole: float, *parts: float) -> float:
    """What is left of an error when the parts that were added to it in quadrature are taken out."""
    if not (part := math.hypot(*parts)):
        return whole
    return math.sqrt(whole - part) * math.sqrt(whole + part) if whole > part else 0.0


def _scale(value: float) -> tuple[float, str]:
    if value >= 1e4 * _PREFIXES[0][0]:
        return 1.0, ""
    return next(((size, name) for size, name in _PREFIXES if value >= size), (1.0, ""))


def _written(low: float, value: float, high: float) -> tuple[str, str]:
    """A value with three digits, as people write it (3.42, 34.2, 342), and its interval as wide as it deserves."""
    if value and not 1 <= value < 1e4:  # beyond what has a prefix
        return f"{value:.3g}", f"{low:.3g} to {high:.3g}"
    rounded, places = float(f"{value:.3g}"), _places(low, value, high)
    digits = f"{value:.{max(0, 2 - math.floor(math.log10(rounded)))}f}" if value else "0"
    return digits, f"{low:.{places}f}-{high:.{places}f}"


def _places(low: float, value: float, high: float) -> int:
    """The decimal places that the width of an interval deserves, and two digits of the value at least."""
    width = (high - low) / 1.5  # so that an end moves by no more than a third of it
    places = -math.floor(math.log10(width)) if 0 < width < math.inf else 0
    places = max(places, 1 - math.floor(math.log10(value)) if value > 0 else 0)
    return min(max(places, 0), 6)
