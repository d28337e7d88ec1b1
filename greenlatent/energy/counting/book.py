"""The book of a meter: everything that was counted, brought up to one moment after another."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from ..joules import Joules, Origin
from ..machine import Load, children_seconds, machine, resident_gigabytes
from ..marks import FAILURES, Clock
from .accounts import Account
from .history import PastSeconds
from .ledger import Ledger
from .sums import Second, Sums
from .timeline import Timeline

log = logging.getLogger("greenlatent.energy")

EVERY = 0.010  # seconds between two polls
SELDOM = 0.050  # and where there is no counter to be laid beside the work
SOON = 0.001  # and where a counter is about to move: the moment of its change is half of what it tells


class Stamp:
    """A moment in a meter's ledger. Taking one costs microseconds; what it stands for is worked out later."""

    __slots__ = ("meter", "now", "process", "sums")

    def __init__(self, meter: str, now: int, process: int):
        self.meter, self.now, self.process = meter, now, process
        self.sums: Sums | None = None


class Book:
    """What the threads' marks and the sources' channels come to. Its meter holds a lock around every call;
    nothing here starts a thread, and nothing a source raises comes through."""

    def __init__(self, meter: str, ledger: Ledger, clock: Clock, note: Callable[[str], None]):
        self.meter, self.ledger, self.clock, self.note = meter, ledger, clock, note
        self.timeline = Timeline(clock)
        self.load = Load()
        self.stamps: deque[Stamp] = deque()  # those whose sums are still to be worked out
        self.ring: deque[Sums] = deque(maxlen=70)  # one a second, for means over the last seconds
        self.course: list[Second] = []  # one a second, then less, of the whole run
        self.charges: list[tuple[str, Joules]] = []  # what others spent for us
        self.elapsed = 0.0  # seconds metered
        self.now = 0  # up to here
        self._histories = (PastSeconds(), PastSeconds())  # by the host's time line, and by the device's
        self._polled = self._next_look = 0
        self._first = self._since_1970 = 0.0  # so that readings of other processes can be put in order
        self._children = self._gigabyte_seconds = self._gigabytes = 0.0

    def begin(self) -> None:
        """A new stretch of time: what happened before it is nobody's."""
        now = self.now = self._polled = self.clock.now()
        self._children = children_seconds()
        self.timeline.begin(now)
        self._histories[0].append(now, self.timeline.seconds)
        self._histories[1].append(now, self.timeline.device or self.timeline.seconds)
        width = len(self.timeline.kinds)
        for account in self.ledger.accounts:
            self.guard(account.channel.name, account.begin, now, width, self._history(account))
        self.guard("meter", self._look, now)
        if not self.elapsed:
            self._first = now * 1e-9 + self._since_1970

    def end(self) -> None:
        """Book all that is there, and let go of the channels."""
        self.read()
        for account in self.ledger.accounts:
            width, history = len(self.timeline.kinds), self._history(account)
            self.guard(account.channel.name, account.settle_up, width, history)
        self.guard("meter", self._look, self.now)
        for account in self.ledger.accounts:
            self.guard(account.channel.name, account.channel.close)

    def poll(self) -> float:
        """Read what is due; returns the seconds to the next poll."""
        now, every = self.clock.now(), EVERY if self.ledger.accounts else SELDOM
        if now - self.now >= every * 1e9 or self._jumped(now):
            self.read()
        self._polled = now
        windows = [w for w in (account.expected() for account in self.ledger.accounts) if w is not None]
        if any(start <= now < stop for start, stop in windows):
            return SOON
        return min([every, *((start - now) * 1e-9 for start, _ in windows if start > now)])

    def read(self) -> None:
        """Book everything up to now."""
        try:
            self._read()
        except FAILURES as error:
            log.exception("the meter could not read; it tries again")
            self.note(f"a reading failed ({type(error).__name__}: {error})")

    def _read(self) -> None:
        now, process = self.clock.now(), self.clock.process()
        jump, blur = None, (now - self._polled) * 1e-9
        if self._jumped(now):  # somewhere between the last poll and this one
            jump = max(self.now, (self._polled + now) // 2)
        while self.stamps and self.stamps[0].now <= now:
            stamp = self.stamps.popleft()
            self._advance(stamp.now, stamp.process, whole=False)
            stamp.sums = self.sums()
            for account in self.ledger.accounts:
                account.cut()
        if jump is not None and self.now < jump < now:
            before = self.timeline.process
            share = (jump - self.now) / (now - self.now)
            self._advance(jump, before + round((process - before) * share), whole=False)
        self._advance(now, process)
        width = len(self.timeline.kinds)
        for account in self.ledger.accounts:
            late = jump is not None and account.channel.jumps
            t, known = (jump, blur) if late else (self.now, 0.0)
            self.guard(account.channel.name, account.read, t, width, self._history(account), known)
        if now >= self._next_look:
            self._look(now)

    def _advance(self, now: int, process: int, whole: bool = True) -> None:
        line = self.timeline
        now = max(now, self.now)
        line.advance(now, process, whole)
        if self.ledger.accounts:
            self._histories[0].append(now, line.seconds)
            if line.device is None:
                self._histories[1].append(now, line.seconds)
            else:
                self._histories[1].append(line.device_since, line.device)
        self.elapsed += (now - self.now) * 1e-9
        self._gigabyte_seconds += self._gigabytes * (now - self.now) * 1e-9
        self.now = now

    def _look(self, now: int) -> None:
        """Once a second: what changes slowly."""
        self._next_look = now + 1_000_000_000
        # Each time anew: while a machine sleeps, one of the two stands still.
        self._since_1970 = time.time() - time.perf_counter()
        self._gigabytes = resident_gigabytes() or 0.0
        children = children_seconds()
        self.timeline.book_children(max(0.0, children - self._children))
        self._children = max(children, self._children)
        for remark in self.timeline.remarks:
            self.note(remark)
        foreign = self.load.foreign()
        for account in self.ledger.accounts:
            account.foreign_share = foreign if account.channel.part in ("cpu", "dram") else 0.0
            for remark in account.channel.remarks:
                self.note(f"{account.channel.name}: {remark}")
        sums = self.sums()
        before = self.ring[-1] if self.ring else None
        for i, (account, tally) in enumerate(zip(self.ledger.accounts, sums.tallies, strict=True)):
            account.settle(tally)
            if before is not None and i < len(before.tallies):
                account.rest(tally.since(before.tallies[i]))
        self.ring.append(sums)
        spent = self.ledger.total(sums, sums, self.origin(sums, None)).value
        units, seconds, cpu = (
            dict(zip(sums.kinds, each.tolist(), strict=True)) for each in (sums.units, sums.seconds, sums.cpu)
        )
        cards = [a.channel.busy for a in self.ledger.accounts if a.channel.busy is not None]
        busy = sum(cards) / len(cards) if cards else math.nan
        counted = tuple(tally.joules for tally in sums.tallies)
        covered = tuple(float(tally.counted[0].sum()) for tally in sums.tallies)
        self.course.append(Second(sums.elapsed, spent, units, counted, covered, seconds, cpu, busy))
        if len(self.course) > 4000:
            self.course = self.course[::2]

    def sums(self) -> Sums:
        """A copy of all there is up to the last reading."""
        line = self.timeline
        width = len(line.kinds)
        return Sums(
            self.now * 1e-9,
            self.elapsed,
            tuple(line.kinds),
            np.array(line.seconds),
            np.array(line.seconds if line.device is None else line.device),
            np.array(line.cpu),
            np.array(line.units, float),
            self._gigabyte_seconds,
            tuple(a.tally(self.now, width, self._history(a)) for a in self.ledger.accounts),
            tuple(self.charges),
        )

    def charge(self, kind: str, joules: Joules, units: int) -> None:
        """Take in what others spent, and how many units of the kind they did for it."""
        self.charges.append((kind, joules))
        if units:
            self.timeline.units[self.timeline.index(kind)] += units

    def recount(self) -> None:
        """Joules are told in another way from now on: those of the course so far cannot be laid beside them."""
        self.course = [point._replace(joules=math.nan) for point in self.course]

    def origin(self, span: Sums, start: Sums | None) -> Origin:
        first = start.now + self._since_1970 if start is not None else self._first
        return Origin(machine(), self.meter, first, span.now + self._since_1970)

    def guard(self, name: str, action: Callable, *args) -> None:
        """Do something that may fail, and go on without it."""
        try:
            action(*args)
        except FAILURES as error:
            self.note(f"{name}: {type(error).__name__}: {error}")

    def _history(self, account: Account) -> PastSeconds:
        return self._histories[account.channel.device]

    def _jumped(self, now: int) -> bool:
        return any(account.channel.jumps and account.moved(now) for account in self.ledger.accounts)
