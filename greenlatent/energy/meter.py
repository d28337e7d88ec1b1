"""The meter: threads say what they do, a poller reads the counters, and the ledger says what each kind of work cost."""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .joules import Joules, Origin, total
from .machine import machine, resident_gigabytes
from .sources import Model
from .timeline import METER, POLLERS, RESUME, Clock, Log, Timeline

log = logging.getLogger("greenlatent.energy")


class Stamp:
    """A point in a meter's ledger. Taking one costs microseconds; what it stands for is worked out later."""

    __slots__ = ("now", "process", "sums")

    def __init__(self, now: int, process: int):
        self.now = now
        self.process = process
        self.sums: Sums | None = None


@dataclass(frozen=True)
class Sums:
    """Everything that has been counted up to a moment, so that a span is the difference of two."""

    elapsed: float  # seconds metered
    kinds: tuple[str, ...]
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    units: tuple[int, ...]
    gigabyte_seconds: float

    def since(self, before: "Sums | None") -> "Sums":
        if before is None:
            return self

        def less(now, then):
            return tuple(a - b for a, b in zip(now, then + (0,) * (len(now) - len(then)), strict=True))

        return Sums(
            self.elapsed - before.elapsed,
            self.kinds,
            less(self.seconds, before.seconds),
            less(self.cpu, before.cpu),
            less(self.units, before.units),
            self.gigabyte_seconds - before.gigabyte_seconds,
        )


@dataclass(frozen=True)
class PerStep:
    """Joules of one unit of a kind of work: the mean of the last `n`, over `seconds`."""

    joules: Joules
    n: int
    seconds: float

    @property
    def sharp(self) -> bool:
        """Whether its own interval is narrower than 20 %."""
        return self.joules.known and self.joules.width < 0.2

    def __str__(self) -> str:
        return f"{self.joules} a step" + (f", mean of {self.n}" if self.n > 1 else "")


class Meter:
    """Joules by kind of work.

    >>> meter = Meter()
    >>> meter.start()
    >>> with meter.doing("train"):
    ...     _ = sum(range(100_000))
    >>> meter.stop()
    >>> meter.ledger()["train"].known
    True

    Nothing it does raises into the code it watches: a source that fails leaves a marked gap and a line in `notes`.
    """

    def __init__(
        self, sources=None, *, region=None, pue: float = 1.0, every: float = 0.02, clock: Clock | None = None
    ):
        self.region, self.pue = region, pue
        self.notes: list[str] = []
        self._clock = clock or Clock()
        self._now, self._cpu = self._clock.now, self._clock.thread
        self._every = every
        self._model = Model() if sources is None else next(iter(sources))
        self._id = uuid.uuid4().hex[:8]
        self._local = threading.local()
        self._timeline = Timeline(self._clock)
        self._lock = threading.RLock()  # guards everything below; mark() never takes it
        self._running = False
        self._stamps: deque[Stamp] = deque()
        self._ring: deque[Stamp] = deque(maxlen=240)  # a stamp a second, for means over the last seconds
        self._elapsed = self._gigabyte_seconds = 0.0
        self._gigabytes = 0.0
        self._look_again = 0
        self._last = 0
        self._ended = threading.Event()
        self._poller: threading.Thread | None = None

    # -- what a thread says ------------------------------------------------------------------------------------------

    def mark(self, kind: str | None, at=None) -> None:
        """From now on this thread does `kind`, until its next mark; None is nothing of ours.

        `at` may be an event on the device's own time line, with `query() -> bool` and `elapsed_since(earlier) -> seconds`.
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
        """This thread does `kind` inside, and what it did before after it."""
        outer = getattr(getattr(self._local, "log", None), "kind", None)
        self.mark(kind)
        try:
            yield
        finally:
            self.mark(outer, RESUME)

    def _join(self) -> Log:
        mine = self._local.log = self._timeline.join()
        return mine

    # -- on and off --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Begin to count, or go on after a stop: the time between is nobody's."""
        with self._lock:
            if self._running:
                return
            self._last = self._now()
            self._timeline.begin(self._last)
            self._running = True
            self._ended = threading.Event()
            self._poller = threading.Thread(
                target=self._poll, args=(self._ended,), name="greenlatent meter", daemon=True
            )
            POLLERS.add(self._poller)
            self._poller.start()

    def stop(self) -> None:
        """Count up to now, and no further."""
        with self._lock:
            if not self._running:
                return
            self._tick()
            self._running = False
            self._ended.set()
            poller, self._poller = self._poller, None
        if poller is not None and poller is not threading.current_thread():
            poller.join()

    def __enter__(self) -> "Meter":
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stop()

    def _poll(self, ended: threading.Event) -> None:
        while not ended.wait(self._every):
            try:
                with self._lock:
                    if self._running and not ended.is_set():
                        self._tick()
            except Exception:
                log.exception("the meter could not read; it tries again")
                self._note("a reading failed; the log has the reason")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _tick(self) -> None:
        """Book everything up to now."""
        now, process = self._now(), self._clock.process()
        while self._stamps and self._stamps[0].now <= now:
            stamp = self._stamps.popleft()
            self._advance(stamp.now, stamp.process, whole=False)
            stamp.sums = self._sums()
        self._advance(now, process)
        if now >= self._look_again:
            self._gigabytes = resident_gigabytes() or 0.0
            self._look_again = now + 1_000_000_000
            stamp = Stamp(now, process)
            stamp.sums = self._sums()
            self._ring.append(stamp)

    def _advance(self, now: int, process: int, whole: bool = True) -> None:
        now = max(now, self._last)
        self._timeline.advance(now, process, whole)
        self._elapsed += (now - self._last) * 1e-9
        self._gigabyte_seconds += self._gigabytes * (now - self._last) * 1e-9
        self._last = now

    def _sums(self) -> Sums:
        line = self._timeline
        kinds, seconds, cpu, units = (
            tuple(line.kinds),
            tuple(line.seconds),
            tuple(line.cpu),
            tuple(line.units),
        )
        return Sums(self._elapsed, kinds, seconds, cpu, units, self._gigabyte_seconds)

    # -- what it read ------------------------------------------------------------------------------------------------

    def stamp(self) -> Stamp:
        """This moment, to ask later what has been spent since."""
        if not self._running:
            stamp = Stamp(self._now(), 0)
            with self._lock:
                stamp.sums = self._sums()
            return stamp
        mine = getattr(self._local, "log", None)
        if mine is not None:  # so that this thread's processor time is cut exactly here
            mine.marks.append((self._now(), self._cpu(), mine.kind, RESUME))
        stamp = Stamp(self._now(), self._clock.process())
        self._stamps.append(stamp)
        return stamp

    def ledger(self, since: Stamp | None = None, until: Stamp | None = None) -> dict[str, Joules]:
        """Joules of every kind of work since the meter first started, or between two stamps.

        The lines add up to the total. `other` is what nobody marked, `meter` the meter's own work.
        """
        span, origin = self._span(since, until)
        return self._lines(span, origin)

    @property
    def total(self) -> Joules:
        return total(self.ledger().values())

    def units(self, kind: str, since: Stamp | None = None, until: Stamp | None = None) -> int:
        """How often `kind` was begun: a mean per step is joules / units."""
        span, _ = self._span(since, until)
        return dict(zip(span.kinds, span.units, strict=True)).get(kind, 0)

    def per(self, kind: str, window_seconds: float = 1.0) -> PerStep:
        """Joules per unit of `kind`, over the shortest recent time that makes its own interval narrower than 20 %."""
        with self._lock:
            now, ring = self._sums(), list(self._ring)
        best = PerStep(Joules.missing(), 0, 0.0)
        window = window_seconds
        while True:
            start = next(
                (s.sums for s in reversed(ring) if s.sums and now.elapsed - s.sums.elapsed >= window), None
            )
            span = now.since(start)
            n = dict(zip(span.kinds, span.units, strict=True)).get(kind, 0)
            if n:
                joules = self._lines(span, self._origin(span, start)).get(kind, Joules.missing())
                best = PerStep(joules / n, n, span.elapsed)
                if best.sharp:
                    return best
            if start is None:
                return best
            window *= 2

    @property
    def overhead(self) -> float:
        """The meter's own processor time as a share of one core."""
        with self._lock:
            return self._timeline.cpu[1] / self._elapsed if self._elapsed else 0.0

    def _span(self, since: Stamp | None, until: Stamp | None) -> tuple[Sums, Origin]:
        with self._lock:
            if self._running:
                try:
                    self._tick()
                except Exception:
                    log.exception("the meter could not read; the ledger is as of the last reading")
            start = since.sums if since is not None else None
            stop = until.sums if until is not None else self._sums()
            if stop is None or (since is not None and start is None):
                raise ValueError(
                    "this stamp belongs to another meter; take stamps from the meter that is asked"
                )
            span = stop.since(start)
            return span, self._origin(span, start)

    def _origin(self, span: Sums, start: Sums | None) -> Origin:
        first = start.elapsed if start is not None else 0.0
        return Origin(machine(), self._id, first, first + span.elapsed)

    def _lines(self, span: Sums, origin: Origin) -> dict[str, Joules]:
        whole = sum(span.seconds) or 1.0
        lines = {}
        for kind, seconds, cpu, units in zip(span.kinds, span.seconds, span.cpu, span.units, strict=True):
            if seconds <= 0 and cpu <= 0 and not units and kind != METER:
                continue
            held = span.gigabyte_seconds * seconds / whole
            joules = self._model.joules(kind, seconds, cpu, held)
            lines[kind] = joules if self.pue == 1.0 else joules * self.pue
        return lines
