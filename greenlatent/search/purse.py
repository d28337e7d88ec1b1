"""Purse: what a search spends, by kind of work: one meter a machine, shared out by processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..energy.joules import Joules, total
from ..energy.meter import Meter

KINDS = ("train", "evaluate", "make", "save", "choose")
IDLE, REST = "waiting", "other"
HERE = ""  # the machine of the kernel
FRESH = 0.05  # seconds for which a reading is good enough: one takes a millisecond
GUESS = 3.5  # joules of a processor second, before the meter has told any
SETTLED = 0.2  # processor seconds after which it has


@dataclass
class Machine:
    """What one machine drew while the search ran, as of its last reading, and what was done on it."""

    spent: Joules = field(default_factory=Joules.missing)
    idle: Joules = field(default_factory=Joules.missing)  # what of that it would have drawn at rest
    processor: float = 0.0  # seconds
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))

    @property
    def busy(self) -> float:
        """Processor seconds that are known of: those of other processes reach a meter a second late."""
        return max(self.processor, sum(self.seconds.values()))

    def price(self, *, whole: bool = False) -> float:
        """Joules of a processor second of work; the `whole` with its share of the machine's rest."""
        if not self.spent.known or self.processor < SETTLED:
            return 2 * GUESS if whole else GUESS
        rest = 0.0 if whole or not self.idle.known else self.idle.value
        return max(self.spent.value - rest, 1e-9) / self.processor

    def total(self) -> float:
        late = self.busy - self.processor
        return (self.spent.value if self.spent.known else 0.0) + late * self.price()

    def lines(self) -> Iterator[tuple[str, Joules]]:
        """By kind of work: what it drew beyond its rest is shared out by processor time."""
        spent = self.spent
        if not (spent.known and spent.value > 0):
            return
        rest = min(self.idle.value, spent.value) if self.idle.known else 0.0
        work, busy = spent * ((spent.value - rest) / spent.value), max(self.busy, 1e-9)
        for kind, seconds in self.seconds.items():
            if seconds:
                yield kind, work * (seconds / busy)
        yield REST, work * max(0.0, 1 - sum(self.seconds.values()) / busy)
        yield IDLE, spent * (rest / spent.value)


class Purse:
    """Lines that sum to what the meters read while the search ran, one meter a machine.

    Workers tell how long a processor was theirs for each kind of work, wherever it ran. The rest of a machine is one
    line, whoever works on it: two workers on a node would each count it.
    """

    def __init__(self, meter: Meter, former: Mapping[str, Joules] | None = None):
        self.meter = meter
        self.former = dict(former or {})  # what the search had spent when it was taken up
        self.lost = 0.0  # charged for slices of which nobody knows what they took
        self._here = Machine()
        self._machines = {HERE: self._here}
        self._read = 0.0

    @property
    def here(self) -> Machine:
        """This machine, read at most twenty times a second: every decision asks several times."""
        now = time.monotonic()
        if now - self._read > FRESH:
            here = self._here
            here.spent, here.idle, here.processor = self.meter.at_once()
            self._read = now
        return self._here

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """What is done in here is the sampler's and the driver's."""
        begun = time.thread_time()
        try:
            yield
        finally:
            self._here.seconds["choose"] += time.thread_time() - begun

    def book(self, seconds: Mapping[str, float], machine: str = HERE) -> None:
        """Processor seconds of a slice that landed."""
        at = self._machines.setdefault(machine, Machine())
        for kind, spent in seconds.items():
            at.seconds[kind] += spent

    def hear(self, machine: str, spent: Joules, idle: Joules, processor: float) -> None:
        """What another machine's meter has read since its first slice."""
        at = self._machines.setdefault(machine, Machine())
        at.spent, at.idle, at.processor = spent, idle, processor

    def price(self, machine: str = HERE) -> float:
        """Joules of a processor second of work, the machine's rest apart."""
        return self.here.price() if machine == HERE else self._machines[machine].price()

    def whole_price(self) -> float:
        """The same with its rest: what a reservation is made by."""
        return self.here.price(whole=True)

    @property
    def choosing_seconds(self) -> float:
        return self._here.seconds["choose"]

    @property
    def spent(self) -> float:
        """Joules so far; what is lost is charged at its reservation."""
        _ = self.here
        before = sum(line.value for line in self.former.values() if line.known)
        return before + self.lost + sum(machine.total() for machine in self._machines.values())

    def lines(self) -> dict[str, Joules]:
        """Joules by kind of work; they sum to the total."""
        self._read = 0.0
        _ = self.here
        found: dict[str, list[Joules]] = {kind: [line] for kind, line in self.former.items()}
        for machine in self._machines.values():
            for kind, line in machine.lines():
                found.setdefault(kind, []).append(line)
        if self.lost:
            found.setdefault(REST, []).append(Joules(self.lost, 0.0, self.lost, {"reserved": 1.0}))
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
