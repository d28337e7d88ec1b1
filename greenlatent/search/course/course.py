"""Course: what the events of a record amount to: the candidates, what somebody asked for, and what is spent."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..choices.space import Space
from .candidate import Candidate, Rating
from .shape import ranged
from .stopping import Rise

Event = dict[str, Any]  # a line of the record
HAND = ("narrow", "widen", "stop", "promote", "propose")
LOSSES = 3  # slices in a row that nothing came of, after which a candidate is given up


@dataclass
class Course:
    """Folded from the events in their order, live and from the file alike, so that both are the same."""

    space: Space
    plan: int
    candidates: list[Candidate] = field(default_factory=list)
    spent: float = 0.0  # joules, as of the last event that tells
    energy: dict[str, Any] = field(default_factory=dict)  # lines as of the last pause
    ahead: float = 0.0  # joules that may be spent before the next line tells of them; none while it is paused
    lost: float = 0.0  # joules charged for what nobody knows
    hand: list[int] = field(default_factory=list)  # events of people that can be undone, by their places
    events: list[Event] = field(default_factory=list)
    rise: Rise = field(default_factory=Rise)

    def apply(self, event: Event) -> None:
        self.events.append(event)
        self.spent = event.get("spent", self.spent)
        self.ahead = event.get("ahead", self.ahead)
        getattr(self, "_" + event["do"].replace("-", "_"))(event)
        if event["do"] in HAND:
            self.hand.append(len(self.events) - 1)

    @property
    def reserved(self) -> float:
        return sum(c.reserved for c in self.candidates)

    @property
    def region(self) -> dict[str, tuple[Any, bool]]:
        """What each name is narrowed to, and whether new candidates keep to it firmly."""
        found: dict[str, tuple[Any, bool]] = {}
        for place in self.hand:
            event = self.events[place]
            if event["do"] == "narrow":
                found |= {k: (ranged(v), event["firmly"]) for k, v in event["ranges"].items()}
            elif event["do"] == "widen":
                found = {k: v for k, v in found.items() if k not in event["names"]}
        return found

    def narrowed(self, n: int, seed: int) -> Space:
        """The space that candidate n is drawn from: of what is narrowed softly, one in four is from everywhere."""
        region = self.region
        if not region:
            return self.space
        everywhere = np.random.default_rng((seed, n, 1)).random() < 0.25
        kept = {name: to for name, (to, firmly) in region.items() if firmly or not everywhere}
        return self.space.narrowed(kept)

    def inside(self, candidate: Candidate) -> bool:
        """Whether a candidate lies in what was narrowed to."""
        return self.space.narrowed({k: to for k, (to, _) in self.region.items()}).holds(candidate.values)

    def dearness(self, candidate: Candidate) -> float:
        """Its price over the median of all that were begun."""
        prices = [c.price for c in self.candidates if c.price]
        return candidate.price / statistics.median(prices) if candidate.price and prices else 1.0

    # -- events ------------------------------------------------------------------------------------------------

    def _begin(self, event: Event) -> None:
        self.candidates.append(Candidate(event["n"], event["values"], by=event["by"]))

    _propose = _begin

    def _price(self, event: Event) -> None:
        self.candidates[event["n"]].price = event["joules"]

    def _slice_begin(self, event: Event) -> None:
        candidate = self.candidates[event["n"]]
        candidate.state, candidate.heading, candidate.reserved = "running", event["to"], event["reserved"]

    def _slice(self, event: Event) -> None:
        candidate = self._ended(event, event["joules"])
        candidate.lost = 0
        seconds = event.get("seconds", {})
        candidate.seconds += sum(spent for kind, spent in seconds.items() if kind != "make")
        candidate.passes = event["passes"]
        candidate.measured |= event.get("measured", {})
        for told, rung in event["looks"]:
            candidate.see(Rating.of(told), rung)
            candidate.wanted = candidate.wanted and rung is None
            self.rise.see(self.spent, candidate.accuracy)
        if event.get("price") is not None:
            candidate.price = event["price"]
        if candidate.state == "paused" and candidate.passes >= self.plan:
            candidate.state = "done"

    def _lost(self, event: Event) -> None:
        """A slice of which nothing came: its reservation is charged."""
        candidate = self.candidates[event["n"]]
        charged = event.get("reserved", candidate.reserved)
        self.lost += charged
        self._ended(event, charged)
        candidate.lost += event["fault"]
        if candidate.lost >= LOSSES:
            candidate.state, candidate.why = "failed", event["why"]

    def _failed(self, event: Event) -> None:
        candidate = self._ended(event, event["joules"])
        candidate.state, candidate.why = event.get("as", "failed"), event["why"]

    def _ended(self, event: Event, joules: float) -> Candidate:
        candidate = self.candidates[event["n"]]
        candidate.spent += joules
        candidate.reserved, candidate.heading = 0.0, 0
        if candidate.state == "running":
            candidate.state = "paused"
        return candidate

    def _stop(self, event: Event) -> None:
        candidate = self.candidates[event["n"]]
        candidate.state, candidate.why = "stopped", f"by {event['by']}"

    def _promote(self, event: Event) -> None:
        self.candidates[event["n"]].wanted = True

    def _undo(self, event: Event) -> None:
        """The newest thing that somebody asked for is taken back; what it cost is not."""
        asked = self.events[self.hand.pop()]
        if asked["do"] == "stop":
            candidate = self.candidates[asked["n"]]
            candidate.why = ""
            candidate.state = "done" if candidate.passes >= self.plan else "paused"
        elif asked["do"] == "promote":
            self.candidates[asked["n"]].wanted = False
        elif asked["do"] == "propose":
            candidate = self.candidates[asked["n"]]
            if candidate.alive:
                candidate.state, candidate.why = "stopped", f"by {event['by']}"

    def _narrow(self, event: Event) -> None:
        """Told by `region`."""

    _widen = _start = _tick = _narrow

    def _charge(self, event: Event) -> None:
        """What was spent since the last line before it was killed, at most."""
        self.lost += event["joules"]
        self.ahead = 0.0

    def _pause(self, event: Event) -> None:
        self.ahead = 0.0
        self.energy = event.get("energy", self.energy)
        self.lost = 0.0 if "energy" in event else self.lost  # it is in the lines from here on

    _close = _pause


def better_outside(course: Course, value: Callable[[Rating], float]) -> tuple[float, int, float, int] | None:
    """Where at least four candidates outside a band have a better median at the rung that both have reached: that
    median, how many, and the same inside."""
    if not course.region:
        return None
    begun = [c for c in course.candidates if c.rung >= 0]
    parts = [[c for c in begun if course.inside(c) is inside] for inside in (False, True)]
    if not all(parts):
        return None
    for k in range(min(max(c.rung for c in part) for part in parts), -1, -1):
        outside, inside = ([value(c.at[k]) for c in part if k in c.at] for part in parts)
        if len(outside) >= 4 and len(inside) >= 1:
            a, b = float(np.median(outside)), float(np.median(inside))
            return (a, len(outside), b, len(inside)) if a > b and not math.isnan(a) else None
    return None
