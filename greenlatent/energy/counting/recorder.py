"""The recorder: threads say what they do, and a thread of ours keeps the book."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from ..arguments import number
from ..calibration import Calibration
from ..emissions.carbon import Grid, grid
from ..marks import FAILURES, POLLERS, RESUMED, Clock, DeviceEvent, Resumed, ThreadMarks
from ..sources import Model, found
from .accounts import Account
from .book import EVERY, Book, Stamp
from .ledger import Ledger

log = logging.getLogger("greenlatent.energy")

OWN_SHARE = 0.006  # of a core for the poller; if it needs more, it polls less often


METERS: "weakref.WeakValueDictionary[str, Recorder]" = weakref.WeakValueDictionary()


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
        if not isinstance(calibration, Calibration | bool | None):
            raise TypeError(
                f"calibration={calibration!r}; give one that Calibration.fit made, or False for none"
            )
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
        self._book = Book(self.id, self._ledger, self._clock, self._note)
        self._known: dict = {}  # means per step, as of the last second
        self._known_at = 0.0
        self._running = False
        self._ended = threading.Event()
        self._poller: threading.Thread | None = None
        self._listeners: list[Callable[[], object]] = []
        METERS[self.id] = self
        weakref.finalize(self, _close, self._ledger.accounts).atexit = False

    # What a thread says.

    def mark(self, kind: str | None, at: DeviceEvent | None = None) -> None:
        """From now on this thread does `kind`, until its next mark; None is nothing of ours.

        `at` may be an event that was recorded on a device just now, a new one for each mark; the poller asks
        it later, so that nothing waits for the device. Its joules then go to what the device did.
        """
        self._mark(kind, at)

    def _mark(self, kind: str | None, at: DeviceEvent | Resumed | None) -> None:
        try:
            mine = self._local.log
        except AttributeError:
            mine = self._join()
        mine.kind = kind
        if self._running:
            mine.marks.append((self._now(), self._cpu(), kind, at))

    @contextmanager
    def doing(self, kind: str, at: Callable[[], DeviceEvent] | None = None) -> Iterator[None]:
        """This thread does `kind` inside, and after it what it did before. `at` makes the events of both marks,
        where the work is a device's."""
        outer = getattr(getattr(self._local, "log", None), "kind", None)
        self.mark(kind, self._made(at))
        try:
            yield
        finally:
            self._mark(outer, RESUMED if at is None else Resumed(self._made(at)))

    def _made(self, at: Callable[[], DeviceEvent] | None) -> DeviceEvent | None:
        """An event, or none from a device that has failed: what it did has its own error to tell."""
        try:
            return None if at is None else at()
        except FAILURES as error:
            self._note(f"no event of a mark could be made ({type(error).__name__}: {error})")
            return None

    def _join(self) -> ThreadMarks:
        mine = self._local.log = self._book.timeline.join()
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
            mine = weakref.ref(self), self._ended
            self._poller = threading.Thread(target=_poll, args=mine, name=name, daemon=True)
            POLLERS.add(self._poller)
            self._poller.start()

    def stop(self) -> None:
        """Count up to now, and no further."""
        with self._lock:
            if not self._running:
                return
            self._book.end()
            self._running = False
            self._ended.set()
            poller, self._poller = self._poller, None
        if poller is not None and poller is not threading.current_thread():
            poller.join()
        self._tell()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stop()

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Call back about once a second while it runs, on a thread of ours, and at each stop; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _tell(self) -> None:
        for listener in list(self._listeners):
            try:
                listener()
            except FAILURES as error:
                self._note(f"a listener failed ({type(error).__name__}: {error})")

    def _begin(self) -> None:
        for problem in self._ledger.open(self._sources):
            self._note(problem)
        if isinstance(self._calibration, Calibration):
            self._ledger.calibration = self._calibration
        elif self._calibration is not False:
            self._ledger.calibration = Calibration.find(self.sources)
        self._book.begin()
        self._running = True

    @property
    def sources(self) -> list[str]:
        """What counts towards the total, best first."""
        names = list(dict.fromkeys(self._ledger.owners[i] for i in self._ledger.counts()))
        if self._ledger.model is not None and any(self._ledger.modelled()):
            names.append(self._ledger.model.badge)
        return names

    def _note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 100:
            self.notes.append(text)
            log.info(text)

    def _forked(self) -> None:
        """In a child that was forked: it keeps what was counted, but the meter runs in its parent alone."""
        self._lock, self._running, self._poller = threading.RLock(), False, None
        self._book.stamps.clear()

    # Spans.

    def stamp(self) -> Stamp:
        """This moment, to ask later what has been spent since."""
        if not self._running:
            stamp = Stamp(self.id, self._now(), 0)
            with self._lock:
                stamp.sums = self._book.sums()
            return stamp
        mine = getattr(self._local, "log", None)
        if mine is not None:  # so that this thread's processor time is cut exactly here
            mine.marks.append((self._now(), self._cpu(), mine.kind, RESUMED))
        stamp = Stamp(self.id, self._now(), self._clock.process())
        self._book.stamps.append(stamp)
        return stamp


def _poll(meter: "weakref.ref[Recorder]", ended: threading.Event) -> None:
    """Keep the book of a meter until it is stopped, or nobody has it any more."""
    wait, credit, before = EVERY, 0.0, (time.perf_counter_ns(), time.thread_time_ns())
    told = before[0]
    while not ended.wait(wait) and (mine := meter()) is not None:
        with mine._lock:
            if ended.is_set():
                return
            wait = mine._book.poll()
        if time.perf_counter_ns() - told >= 1e9:
            told = time.perf_counter_ns()
            mine._tell()
        del mine
        after = time.perf_counter_ns(), time.thread_time_ns()
        credit += (OWN_SHARE * (after[0] - before[0]) - (after[1] - before[1])) * 1e-9
        credit, before = min(credit, 0.01), after
        if credit < 0:
            wait = max(wait, min(-credit / OWN_SHARE, 0.2))


def _close(accounts: list[Account]) -> None:
    """After a meter that nobody stopped and nobody has any more."""
    for account in accounts:
        with suppress(*FAILURES):
            account.channel.close()


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
