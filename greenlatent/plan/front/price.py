"""Price: joules a point between two candidates, and what less accuracy would buy; with intervals, or not told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...energy.joules import Ratio
from ..facts.amount import Amount
from ..facts.reasons import Reason


class Weighed(Protocol):
    """What a candidate has to offer."""

    @property
    def name(self) -> str: ...
    @property
    def own(self) -> tuple[float, float]: ...
    @property
    def x(self) -> Amount: ...
    @property
    def y(self) -> Amount | None: ...
    @property
    def estimate(self) -> Any: ...
    @property
    def breaks(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Price:
    """Of a point (0.01 of accuracy) between two candidates; None where their intervals do not tell them apart."""

    a: str
    b: str
    points: float | None
    point: Amount | None
    reason: str

    @property
    def hundredth(self) -> Amount | None:
        """Of 0.01 %, a hundredth of a point."""
        return None if self.point is None else self.point.times(0.01)

    @property
    def why(self) -> Reason:
        return Reason(
            f"a point from {self.a} to {self.b}", self.reason, "both candidates as estimated and rehearsed"
        )

    def __str__(self) -> str:
        if self.point is None:
            return f"{self.a} to {self.b}: {self.reason}"
        return f"{self.a} to {self.b}: {self.points:+.1f} points, {self.point} a point, {self.hundredth} for 0.01 %"


def price(a: Weighed, b: Weighed) -> Price:
    """From the one that is right less often to the other; what both do not know has cancelled."""
    if a.y is None or b.y is None:
        unknown = " and ".join(each.name for each in (a, b) if each.y is None)
        return Price(a.name, b.name, None, None, f"the accuracy of {unknown} is not known; rehearse it")
    less, more = sorted((a, b), key=lambda each: each.y.value if each.y else 0.0)
    assert less.y is not None and more.y is not None
    points = 100 * (more.y.value - less.y.value)
    spread = 100 * math.hypot(more.y.value - more.y.low, less.y.high - less.y.value)
    dearer = more.x.value - less.x.value
    own = math.hypot(more.own[1] - more.x.value, less.x.value - less.own[0])
    formula = f"({more.x.value:.4g} - {less.x.value:.4g}) {more.x.unit} / {points:.2f} points"
    if points - spread <= 0:
        return Price(
            a.name, b.name, points, None, "their intervals overlap, so no price of a point can be told"
        )
    if dearer <= 0:
        return Price(a.name, b.name, points, None, f"{more.name} is right more often and takes no more")
    value = dearer / points
    low = max(0.0, dearer - own) / (points + spread)
    high = (dearer + own) / (points - spread)
    return Price(less.name, more.name, points, Amount(value, low, high, more.x.unit), formula)


@dataclass(frozen=True)
class Bought:
    """One that would do: how many times the joules, seconds, parameters, and rows of what it is compared with."""

    name: str
    joules: Ratio
    seconds: float
    rows: float | None
    size: float | None

    def __str__(self) -> str:
        parts = [f"{self.name}: {self.joules} of the joules", f"x{self.seconds:.2g} of the seconds"]
        if self.size is not None:
            parts.append(f"x{self.size:.2g} of the parameters")
        if self.rows is not None:
            parts.append(f"x{self.rows:.2g} of the rows")
        return ", ".join(parts)


@dataclass(frozen=True)
class WhatIf:
    """What less accuracy would buy; `refused` says why nothing is offered."""

    of: str
    accuracy: float
    found: tuple[Bought, ...]
    refused: str = ""

    def __str__(self) -> str:
        if self.refused:
            return self.refused
        head = f"{100 * self.accuracy:+g} points from {self.of} would buy"
        return "\n".join([head, *map(str, self.found)]) if self.found else f"{head} nothing that is known"


class Placing(Protocol):
    @property
    def candidates(self) -> Sequence[Any]: ...
    @property
    def floor(self) -> float | None: ...
    @property
    def situation(self) -> Any: ...


def what_if(front: Placing, of: Weighed, accuracy: float) -> WhatIf:
    """Candidates that lose no more than so much for sure, and fewer rows of the same one."""
    if isinstance(accuracy, bool) or not isinstance(accuracy, int | float) or not -1 <= accuracy <= 0:
        raise ValueError(f"accuracy={accuracy!r}; give how much less it may be, such as -0.05")
    if of.y is None:
        return WhatIf(of.name, accuracy, (), f"the accuracy of {of.name} is not known; rehearse it first")
    least = of.y.value + accuracy
    if front.floor is not None and least < front.floor:
        words = f"somebody may come to harm: less than {front.floor:g} is not offered"
        return WhatIf(of.name, accuracy, (), words)
    found = [
        Bought(
            each.name,
            each.estimate.joules / of.estimate.joules,
            each.estimate.seconds.value / max(of.estimate.seconds.value, 1e-12),
            None,
            _share(each.estimate.workload.parameters, of.estimate.workload.parameters),
        )
        for each in front.candidates
        if each.name != of.name
        and each.y is not None
        and not each.breaks
        and each.y.value >= least
        and each.x.value < of.x.value
    ]
    fewer = _fewer_rows(front.situation, of, least)
    return WhatIf(of.name, accuracy, (*found, *([fewer] if fewer else [])))


def _share(a: float, b: float) -> float | None:
    return a / b if b else None


def _fewer_rows(s: Any, of: Weighed, least: float) -> Bought | None:
    """The smallest half, quarter, ... of the rows on which the same candidate still reaches it."""
    if not s["rows"]:
        return None
    model, _, size = of.name.partition(" ")
    found = None
    for k in range(1, 6):
        then = s.having({"rows": max(1, s["rows"] // 2**k)})
        accuracy = then.accuracy(of.name)
        if accuracy is None or accuracy.value < least:
            break
        other = then.price(model, size or None)
        ratio = other.joules / of.estimate.joules
        seconds = other.seconds.value / max(of.estimate.seconds.value, 1e-12)
        found = Bought(f"{of.name} on 1/{2**k} of the rows", ratio, seconds, 2.0**-k, None)
    return found
