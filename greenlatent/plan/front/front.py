"""Front: candidates with intervals; one is dominated only if another beats it beyond both, shared errors left out."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...energy.joules import Joules
from ..cases.cases import PATH, lines
from ..conflicts.conflict import RULES
from ..estimate import Estimate
from ..facts.amount import Amount
from ..models.sizes import named
from ..parts.situation import Situation
from .price import Price, WhatIf, price, what_if

AXES = {
    "joules": ("joules in all", "J"),
    "seconds": ("seconds of a training", "s"),
    "grams": ("grams CO2e in all", "g CO2e"),
    "memory": ("memory", "B"),
    "answer": ("seconds of an answer", "s"),
}
ANSWERS = ("accuracy", "f1")
# Rules that a candidate may break by being what it is: hard limits, and data that it does not read.
LIMITS = ("memory_too_small", "too_slow", "over_the_budget", "cannot_keep_up", "model_for_other_data")
Ends = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """One model in words: what it takes, how right it is or None, and what limit it breaks."""

    name: str
    estimate: Estimate
    x: Amount
    own: Ends
    """The ends of its interval without the errors that all candidates share."""
    y: Amount | None
    breaks: tuple[str, ...]
    knowing: Joules
    """What it would take to know its accuracy: a rehearsal on an eighth of the rows."""
    dominated_by: str | None = None
    smaller_than: tuple[str, ...] = ()
    misses: str = ""
    """In words, if it is right less often than the target asks, surely or perhaps."""

    @property
    def on_front(self) -> bool:
        return self.y is not None and self.dominated_by is None and not self.breaks

    def __str__(self) -> str:
        right = (
            "accuracy not known"
            if self.y is None
            else f"{self.y.value:.3f} ({self.y.low:.3f}-{self.y.high:.3f})"
        )
        notes = [*self.breaks, *filter(None, [self.misses])]
        if self.y is None:
            notes.append(f"to know it takes about {self.knowing}")
        if self.dominated_by:
            notes.append(f"{self.dominated_by} takes less and is right more often")
        return "; ".join([f"{self.name}: {right}, {self.x}", *notes])


@dataclass(frozen=True)
class Front:
    """All candidates in the order of the file of knowledge."""

    candidates: tuple[Placed, ...]
    x: str
    y: str
    benchmark: tuple[tuple[float, float, str], ...]
    """Times the joules of the dearest, and F1, of a published study of another data set; empty if it does not fit."""
    floor: float | None
    """Under which less accuracy is not offered, as somebody may come to harm."""
    situation: Situation

    def __getitem__(self, name: str) -> Placed:
        for each in self.candidates:
            if each.name == name:
                return each
        raise ValueError(f"{name!r} is no candidate; there are {', '.join(c.name for c in self.candidates)}")

    @property
    def target(self) -> float | None:
        """What is asked for, if it is asked of what is shown here."""
        asked = (self.situation["metric"] or "accuracy").casefold()
        return self.situation["target"] if asked == self.y else None

    @property
    def known(self) -> list[Placed]:
        return [each for each in self.candidates if each.y is not None]

    @property
    def unknown(self) -> list[Placed]:
        """The strip: what nobody has tried, each with the price of knowing."""
        return [each for each in self.candidates if each.y is None]

    @property
    def steps(self) -> list[tuple[float, float]]:
        """Corners of the line along those within limits: how right one may be for so much."""
        corners: list[tuple[float, float]] = []
        best = -math.inf
        for x, y in sorted((c.x.value, -c.y.value) for c in self.known if c.y and not c.breaks):
            if -y > best:
                if corners:
                    corners.append((x, best))
                best = -y
                corners.append((x, best))
        return corners

    @property
    def relatives(self) -> list[tuple[str, str]]:
        """Pairs of candidates of which the first is smaller than, or distilled from, the second."""
        there = {each.name for each in self.candidates}
        return [(c.name, other) for c in self.candidates for other in c.smaller_than if other in there]

    def price(self, a: str, b: str) -> Price:
        """What the points between two candidates cost.

        >>> plan.front().price("tree", "forest 50")  # doctest: +SKIP
        """
        return price(self[a], self[b])

    def what_if(self, accuracy: float = -0.05, of: str | None = None) -> WhatIf:
        """What so much less accuracy than a candidate's would buy; `of` is the plan's own model unless it is named."""
        name = of if of is not None else self.situation.name
        return what_if(self, self[name], accuracy)

    def __str__(self) -> str:
        return "\n".join(map(str, self.candidates)) or "no candidate of this package does that"


def dominated(ends: Sequence[tuple[Ends, Ends]]) -> list[int | None]:
    """For each (low, high) of cost and of accuracy the place of one that takes less and is right more often beyond
    both intervals, or None."""
    order = sorted(range(len(ends)), key=lambda k: ends[k][0][1])
    costs = [ends[k][0][1] for k in order]
    best: list[int] = []  # of those up to here, the one whose accuracy is the highest for sure
    for k in order:
        best.append(k if not best or ends[k][1][0] > ends[best[-1]][1][0] else best[-1])
    found: list[int | None] = []
    for (low, _), (_, high) in ends:
        cheaper = bisect_left(costs, low)
        rival = best[cheaper - 1] if cheaper else None
        found.append(rival if rival is not None and ends[rival][1][0] > high else None)
    return found


def front(s: Situation, x: str, y: str) -> Front:
    """The candidates of a situation by two axes."""
    if x not in AXES or y not in ANSWERS:
        raise ValueError(f"front({x!r}, {y!r}); x is one of {', '.join(AXES)}, y one of {', '.join(ANSWERS)}")
    if x == "grams" and (not s["region"] or not s.region_known):
        raise ValueError(
            "there are no grams without a region; plan.environment.set(region='DE'), or another x"
        )
    placed = [_made(s, model, size, x, y) for model, size in s.candidates]
    there = {each.name: each for each in placed if each is not None}
    known = [each for each in there.values() if each.y is not None and not each.breaks]
    rivals = dominated([(each.own, (each.y.low, each.y.high)) for each in known if each.y is not None])
    by = {
        each.name: known[rival].name for each, rival in zip(known, rivals, strict=True) if rival is not None
    }
    found = tuple(_with(each, by.get(each.name), s, there) for each in there.values())
    floor = (s["target"] if s["target"] is not None else 1.0) if s["safety"] else None
    made = Front(found, x, y, _benchmark(s) if x == "joules" else (), floor, s)
    return replace(made, candidates=tuple(replace(each, misses=_misses(each, made.target)) for each in found))


def _misses(each: Placed, target: float | None) -> str:
    if target is None or each.y is None or each.y.low >= target:
        return ""
    return f"{'below' if each.y.high < target else 'perhaps below'} the target of {target:g}"


def _made(s: Situation, model: str, size: str | None, x: str, y: str) -> Placed | None:
    try:
        found = s.price(model, size)
    except ValueError:
        return None
    amount, own = _axis(found, x)
    then = s.having({"model": model, "size": size})
    breaks = tuple(said.words for name in LIMITS if (said := RULES[name](then)) is not None)
    name = named(model, size)
    knowing = found.training * (
        0.22 if found.workload.fit else 3.0
    )  # shares up to 1/8; nets have all their steps
    return Placed(name, found, amount, own, s.accuracy(name, y), breaks, knowing)


def _axis(found: Estimate, x: str) -> tuple[Amount, Ends]:
    joules = found.joules
    if x == "joules":
        down, up = joules.own
        return Amount(joules.value, joules.low, joules.high, "J"), (joules.value - down, joules.value + up)
    if x == "grams" and found.grams is not None:
        grams = found.grams
        amount = Amount(grams.value, grams.low, grams.high, "g CO2e")
    else:
        amount = {"seconds": found.seconds, "memory": found.memory}.get(x, found.answer_seconds)
    if x == "memory":  # no part of it is shared
        return amount, (amount.low, amount.high)
    base = found.answer if x == "answer" else found.training if x == "seconds" else joules
    down, up = base.own
    if not base.value:
        return amount, (amount.low, amount.high)
    return amount, (amount.value * (1 - down / base.value), amount.value * (1 + up / base.value))


def _with(each: Placed, rival: str | None, s: Situation, there: dict[str, Any]) -> Placed:
    family, _, _size = each.name.partition(" ")
    known = s.knowledge.families[family]
    sizes = [named(family, other or None) for other in known.sizes]
    place = sizes.index(each.name) if each.name in sizes else len(sizes)
    larger = sizes[place + 1 : place + 2]
    others = [
        name for name in there if name.partition(" ")[0] in (*known.smaller_than, *known.distilled_from)
    ]
    return replace(each, dominated_by=rival, smaller_than=(*larger, *others))


# F1, and times the joules of the dearest: medians of 30 runs on other data and machines.
_PUBLISHED = "ict4s22/"


def _benchmark(s: Situation) -> tuple[tuple[float, float, str], ...]:
    """ICT4S 2022, which fits what tells classes of texts or tables apart."""
    if s["task"] != "classify" or s["kind"] not in ("text", "table"):
        return ()
    rows = [each for each in lines(PATH) if each["id"].startswith(_PUBLISHED) and each.get("relative")]
    return tuple((each["relative"], each["score"], each["id"]) for each in rows)
