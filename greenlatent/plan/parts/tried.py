"""Tried: what a rehearsal found of a candidate, as a line, and for which data it holds: those features and classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ...data.samples import Samples
    from ..rehearsal import Rehearsed

OF = " @ "  # between a candidate and the data, where it was tried on others before


class Stands(Protocol):
    """What a situation has to offer for it."""

    @property
    def rehearsed(self) -> Mapping[str, Any]: ...
    def __getitem__(self, name: str) -> Any: ...


def line_of(row: Rehearsed, samples: Samples, s: Stands) -> dict[tuple[str, str], Any]:
    """A candidate with both measures, beside what is known of it on other data."""
    if row.accuracy is None or row.f1 is None:
        return {}
    ends = {
        name: [each.value, each.low, each.high] for name, each in (("accuracy", row.accuracy), ("f1", row.f1))
    }
    of = [s["kind"], _features(samples, s), _classes(samples, s)]
    more = {"of": of, "whole": row.whole, "rows": s["rows"] or round(row.whole / 0.7)}
    curve = {"curve": [list(each) for each in row.curve], "asked": row.asked}
    there = s.rehearsed.get(row.name)
    key = row.name if there is None or there["of"] == of else f"{row.name}{OF}{of}"
    return {("tried", key): ends | more | curve}


def _features(samples: Samples, s: Stands) -> Any:
    """As the plan says it where that is the same number: 64 of a row of 1 x 8 x 8."""
    said, shape = s["features"], list(samples.shape)
    if said is not None and math.prod(said if isinstance(said, list) else [said]) == math.prod(shape):
        return said
    return shape if len(shape) > 1 else shape[0]


def _classes(samples: Samples, s: Stands) -> int:
    """Those that have a row, or a name: both are counted."""
    there = {int(value) for value in samples.y.tolist() if value >= 0}
    return s["classes"] if s["classes"] in (len(there), len(samples.classes)) else len(there)


def newest(rehearsed: Mapping[str, Any], name: str, likeness: list[Any]) -> Any:
    """What was found last of a candidate on data like these; None if nothing. What the plan does not say fits all."""
    for key, told in reversed(list(rehearsed.items())):
        of = told["of"]
        if key.partition(OF)[0] != name or not isinstance(of, list) or len(of) != len(likeness):
            continue
        if all(mine is None or mine == its for mine, its in zip(likeness, of, strict=True)):
            return told
    return None


def names(rehearsed: Iterable[str]) -> list[str]:
    """Candidates that were tried, each once."""
    return list(dict.fromkeys(key.partition(OF)[0] for key in rehearsed))
