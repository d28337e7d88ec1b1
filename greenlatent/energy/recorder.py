"""The recorder: threads say what they do, a poller reads the counters, and sums grow."""

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from .accounts import Account, History
from .arguments import number
from .calibration import Calibration
from .carbon import Grid, grid
from .joules import Origin
from .ledger import Ledger
from .machine import Load, children_seconds, machine, resident_gigabytes
from .marks import FAILURES, POLLERS, RESUME, Clock, Event, Log
from .sources import Model, found
from .sums import Point, Sums
from .timeline import Timeline

log = logging.getLogger("greenlatent.energy")

EVERY = 0.010  # seconds between two polls
SELDOM = 0.050  # and where there is no counter to be laid beside the work
SOON = 0.001  # and where a counter is about to move: the moment of its change is half of what it tells
SINCE_1970 = time.time() - time.perf_counter()  # so that readings of other processes can be put in order
OWN_SHARE = 0.006  # of a core for the poller; if it needs more, it polls less often


METERS: "weakref.WeakValueDictionary[str, Recorder]" = weakref.WeakValueDictionary()


class Stamp:
    """A moment in a meter's ledger. Taking one costs microseconds; what it stands for is worked out later."""

    __slots__ = ("meter", "now", "process", "sums")

    def __init__(self, meter: str, now: int, process: int):
        self.meter, self.now, self.process = meter, now, process
        self.sums: Sums | None = None


class Recorder:
    """What a meter does while it runs. Nothing here raises into the code it watches."""

    def __init__(
        self,
        sources: Sequence | None = None,
        *,
        region: str | None = None,
        pue: float = 1.0,
        psu: float = 1.0,
        calibration: Calibration | bool | None = None,
        clock: Clock | None = None,
    ):
        what = "the data centre's total over its computers' power, like 1.5"
        pue = number("pue", pue, what, least=1, below=10)
        what = "the share of its input that the power supply passes on, like 0.9"
        psu = number("psu", psu, what, above=0.3, most=1)
        sources = found() if sources is None else _checked(sources)
        self.grid: Grid | None = grid(region) if region is not None else None
        self.notes: list[str] = []
        self.id = os.urandom(4).hex()
        self._calibration = calibration
        self._clock = clock or Clock()
        self._now, self._cpu = self._clock.now, self._clock.thread
        self._sources = [source for source in sources if not isinstance(source, Model)]
        names = [source.name for source in self._sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"two sources are called {name!r}; tell them apart with name=, to compare them"
                )
        self._ledger = Ledger(next((s for s in sources if isinstance(s, Model)), None), pue=pue, psu=psu)
        self._local = threading.local()
        self._lock = threading.RLock()  # guards all below; mark() takes no lock
        self._timeline = Timeline(self._clock)
        self._histories = (History(), History())  # by the host's time line, and by the device's
        self._load = Load()
        self._running = False
        self._stamps: deque[Stamp] = deque()
        self._ring: deque[Sums] = deque(maxlen=70)  # one a second, for means over the last seconds
        self._known: dict = {}  # means per step, as of the last of these
        self._known_at = 0
        self._course: list[Point] = []  # one a second, then less, of the whole run
        self._elapsed = self._gigabyte_seconds = self._gigabytes = 0.0
        self._last = self._polled = self._next_look = 0
        self._first = self._children = 0.0
        self._ended = threading.Event()
        self._poller: threading.Thread | None = None
        METERS[self.id] = self

    # What a thread says.

    def mark(self, kind: str | None, at: Event | None = None) -> None:
        """From now on this thread does `kind`, until its next mark; None is nothing of ours.

        `at` may be an event that was recorded on a device just now, a new one for each mark; the poller asks
        it later, so that nothing waits for the device. Its joules then go to what the device did.
        """
        try:
            mine = self._local.log
        except AttributeError:
            mine = self._join()
        mine.kind = kind
        if self._running:
            mine.marks.append((self._now(), self._cpu(), kind, at))

    @contextmanager
    def doing(self, kind: str) -> Iterator[None]:
        """This thread does `kind` inside, and after it what it did before."""
        outer = getattr(getattr(self._local, "log", None), "kind", None)
        self.mark(kind)
        try:
            yield
        finally:
            self.mark(outer, RESUME)

    def _join(self) -> Log:
        mine = self._local.log = self._timeline.join()
        return mine

    # On and off.

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Begin to count, or go on after a stop: the time between is nobody's."""
        with self._lock:
            if self._running:
                return
            self._begin()
            self._ended = threading.Event()
            name = "greenlatent meter"
            self._poller = threading.Thread(target=self._poll, args=(self._ended,), name=name, daemon=True)
            POLLERS.add(self._poller)
            self._poller.start()

    def stop(self) -> None:
        """Count up to now, and no further."""
        with self._lock:
            if not self._running:
                return
            self._guard("meter", self._tick)
            for account in self._ledger.accounts:
                width, history = len(self._timeline.kinds), self._history(account)
                self._guard(account.channel.name, account.settle_up, width, history)
            self._guard("meter", self._look, self._last)
            self._running = False
            self._ended.set()
            poller, self._poller = self._poller, None
            for account in self._ledger.accounts:
                self._guard(account.channel.name, account.channel.close)
        if poller is not None and poller is not threading.current_thread():
            poller.join()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stop()

    def _begin(self) -> None:
        for problem in self._ledger.open(self._sources):
            self._note(problem)
        if isinstance(self._calibration, Calibration):
            self._ledger.calibration = self._calibration
        elif self._calibration is None:
            self._ledger.calibration = Calibration.find(self.sources)
        now = self._last = self._polled = self._now()
        self._children = children_seconds()
        self._timeline.begin(now)
        self._histories[0].append(now, self._timeline.seconds)
        self._histories[1].append(now, self._timeline.device or self._timeline.seconds)
        width = len(self._timeline.kinds)
        for account in self._ledger.accounts:
            self._guard(account.channel.name, account.begin, now, width, self._history(account))
        if not self._elapsed:
            self._first = now * 1e-9
        self._guard("meter", self._look, now)
        self._running = True

    @property
    def sources(self) -> list[str]:
        """What counts towards the total, best first."""
        names = list(dict.fromkeys(self._ledger.owners[i] for i in self._ledger.counts()))
        if self._ledger.model is not None and any(self._ledger.modelled()):
            names.append(self._ledger.model.badge)
        return names

    def _history(self, account: Account) -> History:
        return self._histories[account.channel.device]

    def _guard(self, name: str, action, *args) -> None:
        """Do something that may fail, and go on without it."""
        try:
            action(*args)
        except FAILURES as error:
            self._note(f"{name}: {type(error).__name__}: {error}")

    def _note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 100:
            self.notes.append(text)
            log.info(text)

    def _forked(self) -> None:
        """In a child that was forked: it keeps what was counted, but the meter runs in its parent alone."""
        self._lock, self._running, self._poller = threading.RLock(), False, None
        self._stamps.clear()

    # The poller.

    def _poll(self, ended: threading.Event) -> None:
        wait, credit, before = EVERY, 0.0, (self._now(), self._cpu())
        while not ended.wait(wait):
            with self._lock:
                if ended.is_set():
                    return
                wait = self._step()
            after = self._now(), self._cpu()
            credit += (OWN_SHARE * (after[0] - before[0]) - (after[1] - before[1])) * 1e-9
            credit, before = min(credit, 0.01), after
            if credit < 0:
                wait = max(wait, min(-credit / OWN_SHARE, 0.1))

    def _step(self) -> float:
        """One poll; returns the seconds to the next."""
        now, every = self._now(), EVERY if self._ledger.accounts else SELDOM
        if now - self._last >= every * 1e9 or self._jumped(now):
            self._tick()
        self._polled = now
        windows = [w for w in (account.expected() for account in self._ledger.accounts) if w is not None]
        if any(start <= now < stop for start, stop in windows):
            return SOON
        return min([every, *((start - now) * 1e-9 for start, _ in windows if start > now)])

    def _jumped(self, now: int) -> bool:
        return any(account.channel.jumps and account.moved(now) for account in self._ledger.accounts)

    def _tick(self) -> None:
        """Book everything up to now. Never raises."""
        try:
            self._read()
        except FAILURES as error:
            log.exception("the meter could not read; it tries again")
            self._note(f"a reading failed ({type(error).__name__}: {error})")

    def _read(self) -> None:
        now, process = self._now(), self._clock.process()
        jump, blur = None, (now - self._polled) * 1e-9
        if self._jumped(now):  # somewhere between the last poll and this one
            jump = max(self._last, (self._polled + now) // 2)
        while self._stamps and self._stamps[0].now <= now:
            stamp = self._stamps.popleft()
            self._advance(stamp.now, stamp.process, whole=False)
            stamp.sums = self._sums()
            for account in self._ledger.accounts:
                account.cut()
        if jump is not None and self._last < jump < now:
            before = self._timeline.process
            share = (jump - self._last) / (now - self._last)
            self._advance(jump, before + round((process - before) * share), whole=False)
        self._advance(now, process)
        width = len(self._timeline.kinds)
        for account in self._ledger.accounts:
            late = jump is not None and account.channel.jumps
            t, known = (jump, blur) if late else (self._last, 0.0)
            self._guard(account.channel.name, account.read, t, width, self._history(account), known)
        if now >= self._next_look:
            self._look(now)

    def _advance(self, now: int, process: int, whole: bool = True) -> None:
        line = self._timeline
        now = max(now, self._last)
        line.advance(now, process, whole)
        if self._ledger.accounts:
            self._histories[0].append(now, line.seconds)
            if line.device is None:
                self._histories[1].append(now, line.seconds)
            else:
                self._histories[1].append(line.device_since, line.device)
        self._elapsed += (now - self._last) * 1e-9
        self._gigabyte_seconds += self._gigabytes * (now - self._last) * 1e-9
        self._last = now

    def _look(self, now: int) -> None:
        """Once a second: what changes slowly."""
        self._next_look = now + 1_000_000_000
        self._gigabytes = resident_gigabytes() or 0.0
        children = children_seconds()
        self._timeline.book_children(max(0.0, children - self._children))
        self._children = max(children, self._children)
        for remark in self._timeline.remarks:
            self._note(remark)
        foreign = self._load.foreign()
        for account in self._ledger.accounts:
            account.foreign_share = foreign if account.channel.part in ("cpu", "dram") else 0.0
            for remark in account.channel.remarks:
                self._note(f"{account.channel.name}: {remark}")
        sums = self._sums()
        before = self._ring[-1] if self._ring else None
        for i, (account, tally) in enumerate(zip(self._ledger.accounts, sums.tallies, strict=True)):
            account.settle(tally)
            if before is not None and i < len(before.tallies):
                account.rest(tally.since(before.tallies[i]))
        self._ring.append(sums)
        spent = self._ledger.total(sums, sums, self._origin(sums, None)).value
        units = dict(zip(sums.kinds, sums.units.tolist(), strict=True))
        counted = tuple(tally.joules for tally in sums.tallies)
        covered = tuple(float(tally.counted[0].sum()) for tally in sums.tallies)
        self._course.append(Point(sums.elapsed, spent, units, counted, covered))
        if len(self._course) > 4000:
            self._course = self._course[::2]

    def _sums(self) -> Sums:
        line = self._timeline
        width = len(line.kinds)
        return Sums(
            self._last * 1e-9,
            self._elapsed,
            tuple(line.kinds),
            np.array(line.seconds),
            np.array(line.seconds if line.device is None else line.device),
            np.array(line.cpu),
            np.array(line.units, float),
            self._gigabyte_seconds,
            tuple(a.tally(self._last, width, self._history(a)) for a in self._ledger.accounts),
        )

    # Spans.

    def stamp(self) -> Stamp:
        """This moment, to ask later what has been spent since."""
        if not self._running:
            stamp = Stamp(self.id, self._now(), 0)
            with self._lock:
                stamp.sums = self._sums()
            return stamp
        mine = getattr(self._local, "log", None)
        if mine is not None:  # so that this thread's processor time is cut exactly here
            mine.marks.append((self._now(), self._cpu(), mine.kind, RESUME))
        stamp = Stamp(self.id, self._now(), self._clock.process())
        self._stamps.append(stamp)
        return stamp

    def _origin(self, span: Sums, start: Sums | None) -> Origin:
        first = start.now if start is not None else self._first
        return Origin(machine(), self.id, first + SINCE_1970, span.now + SINCE_1970)


def _checked(sources: Sequence) -> list:
    """The sources, each with what a meter needs of it."""
    if not isinstance(sources, Iterable):
        raise TypeError(f"sources={sources!r}; give a list, such as [Rapl(), Model()]")
    sources = list(sources)
    for source in sources:
        if isinstance(source, Model):
            continue
        if isinstance(source, type) or not callable(getattr(source, "open", None)):
            what = "wrap a function that returns watts in Watts(...)"
            raise TypeError(f"{source!r} is no source of joules; {what}")
        if not isinstance(getattr(source, "name", None), str):
            raise TypeError(f"{source!r} has no name; a source needs one to be told from others")
    return sources


# A fork copies the memory and the thread that forks, but no poller, and a lock in whatever state it is.
_held = threading.local()


def _hold() -> None:
    """Fork between two readings of every meter, if their sources let us."""
    _held.meters = [
        meter for ref in METERS.valuerefs() if (meter := ref()) and meter._lock.acquire(timeout=1)
    ]


def _release() -> None:
    while _held.meters:
        _held.meters.pop()._lock.release()


def _reset() -> None:
    _held.meters = []
    for meter in METERS.values():
        meter._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_reset)
