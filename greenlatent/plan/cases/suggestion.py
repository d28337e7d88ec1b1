"""Suggestion: median, range and names of similar cases, for a field that nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from .cases import FEW, Case

# Field of a plan: where a case has it.
PLACES = {"kind": "kind", "rows": "rows", "features": "features", "classes": "classes"}


@dataclass(frozen=True)
class Suggested:
    """A value for a field, of those that fit. Fewer than three are said to be too few, and have no value."""

    name: str
    value: Any
    low: Any
    high: Any
    cases: tuple[str, ...]
    take: Callable[[dict[str, Any]], Any] | None = field(default=None, repr=False, compare=False)

    @property
    def enough(self) -> bool:
        return len(self.cases) >= FEW

    def accept(self) -> None:
        """Take it; the field says "case"."""
        if not self.enough or self.take is None:
            raise ValueError(f"only {len(self.cases)} cases fit, too few for {self.name}; say it yourself")
        self.take({self.name: self.value})

    def __str__(self) -> str:
        if not self.enough:
            return f"{self.name}: {len(self.cases)} cases fit, too few to suggest anything"
        between = "" if self.low == self.high else f" ({self.low}-{self.high})"
        return f"{self.name}: {self.value}{between}, of {', '.join(self.cases)}"


def suggestion(name: str, cases: Sequence[Case], take: Callable[[dict[str, Any]], Any]) -> Suggested | None:
    """For a field; None for one that cases do not have. A data set speaks once, whatever its models."""
    if name not in PLACES:
        return None
    once: dict[str, Case] = {}
    for case in cases:
        if case.data.get(PLACES[name]) is not None:
            once.setdefault(str(case.data.get("name")), case)
    found = [(case.data[PLACES[name]], case.id) for case in once.values()]
    ids = tuple(sorted(each for _, each in found))
    if len(found) < FEW:
        return Suggested(name, None, None, None, ids, take)
    if name == "kind":
        values = sorted(str(value) for value, _ in found)
        most = max(sorted(set(values)), key=values.count)
        return Suggested(name, most, most, most, ids, take)
    numbers = sorted(int(value) for value, _ in found)
    return Suggested(name, int(median(numbers)), numbers[0], numbers[-1], ids, take)
