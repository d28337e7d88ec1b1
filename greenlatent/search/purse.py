"""Purse: what a search spends, by kind of work: one meter a machine, shared out by processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..energy.joules import Joules, total
from ..energy.meter import Meter

KINDS = ("train", "evaluate", "make", "save", "choose")
IDLE, REST = "waiting", "other"
GUESS = 3.5  # joules of a processor second, before the meter has told any
SETTLED = 0.2  # processor seconds after which it has


class Purse:
    """Lines that sum to what the meter read while the search ran.

    Workers tell how long a processor was theirs for each kind of work, wherever it ran; what the machine drew beyond
    its rest is shared out by that. Its rest is one line, whoever works: two workers on a node would each count it.
    """

    def __init__(self, meter: Meter, former: Mapping[str, Joules] | None = None):
        self.meter = meter
        self.former = dict(former or {})  # what the search had spent when it was taken up
        self.lost = 0.0  # charged for slices of which nobody knows what they took
        self._seconds = dict.fromkeys(KINDS, 0.0)
        self._abroad: list[dict[str, Joules]] = []  # lines of other machines

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """What is done in here is the sampler's and the driver's."""
        begun = time.thread_time()
        try:
            yield
        finally:
            self._seconds["choose"] += time.thread_time() - begun

    def book(self, seconds: Mapping[str, float]) -> None:
        """Processor seconds of a slice that landed."""
        for kind, spent in seconds.items():
            self._seconds[kind] += spent

    def price(self) -> float:
        """Joules of a processor second of work, the machine's rest apart."""
        spent, idle, seconds = self.meter.spent(), self.meter.idle(), self.meter.processor_seconds
        if not spent.known or seconds < SETTLED:
            return GUESS
        return max(spent.value - (idle.value if idle.known else 0.0), 1e-9) / seconds

    def whole_price(self) -> float:
        """The same with its rest: what a reservation is made by."""
        spent, seconds = self.meter.spent(), self.meter.processor_seconds
        return spent.value / seconds if spent.known and seconds >= SETTLED else 2 * GUESS

    @property
    def spent(self) -> float:
        """Joules so far; what is lost is charged at its reservation."""
        now = self.meter.filled()
        before = sum(line.value for line in self.former.values() if line.known)
        # the meter looks at other processes once a second; what they told of themselves is known at once
        late = max(0.0, sum(self._seconds.values()) - self.meter.processor_seconds) * self.price()
        return before + self.lost + late + (now.value if now.known else 0.0)

    def lines(self) -> dict[str, Joules]:
        """Joules by kind of work; they sum to the total."""
        spent, idle, processor = self.meter.spent(), self.meter.idle(), self.meter.processor_seconds
        found: dict[str, list[Joules]] = {kind: [line] for kind, line in self.former.items()}
        if spent.known and spent.value > 0:
            rest = min(idle.value, spent.value) if idle.known else 0.0
            work = spent * ((spent.value - rest) / spent.value)
            whole = max(processor, sum(self._seconds.values()), 1e-9)
            for kind, seconds in self._seconds.items():
                if seconds:
                    found.setdefault(kind, []).append(work * (seconds / whole))
            left = max(0.0, 1 - sum(self._seconds.values()) / whole)
            found.setdefault(REST, []).append(work * left)
            found.setdefault(IDLE, []).append(spent * (rest / spent.value))
        for lines in self._abroad:
            for kind, line in lines.items():
                found.setdefault(kind, []).append(line)
        return {kind: total(lines) for kind, lines in found.items()}


def told(lines: Mapping[str, Joules]) -> dict[str, Any]:
    """Lines as JSON."""
    return {
        kind: [line.value, line.low, line.high, dict(line.badges)]
        for kind, line in lines.items()
        if line.known
    }


def of(told: Mapping[str, Any]) -> dict[str, Joules]:
    return {kind: Joules(value, low, high, badges) for kind, (value, low, high, badges) in told.items()}
