"""From marks to seconds: how long, and with how much processor time, each kind of work went on."""

import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

OTHER = "other"  # the line of everything that nobody marked
METER = "meter"  # the line of the meter's own work
WAITING = "waiting"  # a person is thought about: the thread sleeps, the machine does not
RESUME = object()  # stands in a mark's `at`: an outer kind comes back, no new unit of it begins
MAX_KINDS = 64  # what a run may tell apart; further kinds are booked under OTHER

POLLERS: "weakref.WeakSet[threading.Thread]" = (
    weakref.WeakSet()
)  # the threads of all meters and their sources


class Clock(NamedTuple):
    """The clocks a meter reads, in nanoseconds; a test scripts its own."""

    now: Callable[[], int] = time.perf_counter_ns
    thread: Callable[[], int] = time.thread_time_ns
    process: Callable[[], int] = time.process_time_ns


class Log:
    """What one thread said it does, and the clock by which others can read its processor time."""

    __slots__ = ("clock_id", "cpu", "done", "kind", "marks", "since", "thread")

    def __init__(self, now: int, thread: threading.Thread | None = None):
        self.kind: str | None = None  # what the thread does now, by its own last word
        self.marks: deque = deque()  # (now, cpu, kind, at), appended by the thread, taken by the poller
        self.since = now  # up to here its time is booked
        self.done: str | None = None  # what it did there
        self.cpu: int | None = None  # its processor clock there, None if unknown
        self.thread = thread
        self.clock_id: int | None = None
        if thread is not None and hasattr(time, "pthread_getcpuclockid"):
            self.clock_id = time.pthread_getcpuclockid(threading.get_ident())

    @property
    def alive(self) -> bool:
        return self.thread is None or self.thread.is_alive()

    def cpu_now(self) -> int | None:
        if self.clock_id is None or not self.alive:
            return None
        try:
            return time.clock_gettime_ns(self.clock_id)
        except OSError:  # the thread has just ended
            return None

    def take(self, now: int, cpu_now: int | None) -> tuple[list, list[str]]:
        """The segments (from, to, kind, processor ns) up to `now`, without holes, and the kinds begun in them."""
        segments, begun, marks = [], [], self.marks
        since, cpu, kind = self.since, self.cpu, self.done
        while marks and marks[0][0] <= now:
            t, c, following, at = marks.popleft()
            t = max(t, since)  # a clock that goes backwards makes a segment of no length
            segments.append((since, t, kind, c - cpu if cpu is not None else 0))
            since, cpu, kind = t, c, following
            if kind is not None and at is not RESUME:
                begun.append(kind)
        if cpu_now is None:  # booked with the next mark
            segments.append((since, now, kind, 0))
        else:
            segments.append((since, now, kind, cpu_now - cpu if cpu is not None else 0))
            cpu = cpu_now
        self.since, self.cpu, self.done = max(now, since), cpu, kind
        return segments, begun


class Timeline:
    """Seconds, processor seconds and units per kind, summed from the first start on.

    Seconds are exclusive: at every moment the kinds share one second a second, by the processor time their threads use.
    Processor time of threads that Python does not know (the workers of torch and BLAS) goes to the kinds that work.
    """

    def __init__(self, clock: Clock):
        self.clock = clock
        self.kinds: dict[str, int] = {OTHER: 0, METER: 1}
        self.seconds = [0.0, 0.0]
        self.cpu = [0.0, 0.0]
        self.units = [0, 0]
        self.logs: list[Log] = []
        self.since = self.process = 0
        self._strangers: dict[
            int, tuple[int, int]
        ] = {}  # native id -> (line, processor clock) of unmarked threads
        self._next_look = 0

    def join(self) -> Log:
        """A log for the calling thread."""
        log = Log(self.clock.now(), threading.current_thread())
        log.cpu = self.clock.thread()
        self.logs.append(log)
        return log

    def index(self, kind: str) -> int:
        index = self.kinds.get(kind)
        if index is None:
            if len(self.kinds) >= MAX_KINDS:
                return 0
            index = self.kinds[kind] = len(self.kinds)
            self.seconds.append(0.0)
            self.cpu.append(0.0)
            self.units.append(0)
        return index

    def begin(self, now: int) -> None:
        """Start, or start again: what happened before `now` is nobody's."""
        self.since, self.process = now, self.clock.process()
        for log in self.logs:
            log.marks.clear()
            log.since, log.done, log.cpu = now, log.kind, log.cpu_now()
        self._strangers = {thread: (line, cpu) for thread, line, cpu in self._look()}
        self._next_look = now + 1_000_000_000

    def advance(self, now: int, process: int, whole: bool = True) -> None:
        """Book everything up to `now`. `whole` also reads the clocks of other threads, as the poller does."""
        working: list[list] = []
        weights: dict[int, float] = {}
        used = 0
        for log in list(self.logs):
            segments, begun = log.take(now, log.cpu_now() if whole else None)
            for kind in begun:
                self.units[self.index(kind)] += 1
            kept = []
            for segment in segments:
                start, stop, kind, cpu = segment
                line = 0 if kind is None else self.index(kind)
                self.cpu[line] += cpu * 1e-9
                used += cpu
                if kind is not None:
                    weights[line] = weights.get(line, 0.0) + cpu
                    if stop > start:
                        kept.append((start, stop, line, cpu))
            if kept:
                working.append(kept)
            if not log.alive and not log.marks:
                self.logs.remove(log)
        if len(working) == 1:
            booked = 0
            for start, stop, line, _ in working[0]:
                self.seconds[line] += (stop - start) * 1e-9
                booked += stop - start
            self.seconds[0] += max(0, now - self.since - booked) * 1e-9
        else:
            self._share(working, now)
        if whole:
            used += self._book_strangers(now)
        self._spread(process - self.process - used, weights, working)
        self.since, self.process = now, process

    def _share(self, working: list[list], now: int) -> None:
        """Threads that work at the same moment share its seconds by the processor time they use."""
        cuts = sorted({self.since, now, *(t for segments in working for s in segments for t in s[:2])})
        cursors = [0] * len(working)
        for start, stop in zip(cuts, cuts[1:], strict=False):
            rates: dict[int, float] = {}
            for i, segments in enumerate(working):
                while cursors[i] < len(segments) and segments[cursors[i]][1] <= start:
                    cursors[i] += 1
                if cursors[i] < len(segments) and segments[cursors[i]][0] <= start:
                    s0, s1, line, cpu = segments[cursors[i]]
                    rates[line] = rates.get(line, 0.0) + max(cpu, 0) / (s1 - s0) + 1e-3
            whole = sum(rates.values())
            for line, rate in rates.items():
                self.seconds[line] += (stop - start) * 1e-9 * rate / whole
            if not rates:
                self.seconds[0] += (stop - start) * 1e-9

    def _spread(self, rest: int, weights: dict[int, float], working: list[list]) -> None:
        """Processor time that no thread we know used: the workers of whoever computes."""
        whole = sum(weights.values())
        if (
            whole <= 0
        ):  # where a thread's clock cannot be read from outside, it computes as long as it does not wait
            waiting = self.kinds.get(WAITING)
            for start, stop, line, _ in (segment for segments in working for segment in segments):
                if line != waiting:
                    weights[line] = weights.get(line, 0.0) + stop - start
            whole = sum(weights.values())
        if whole <= 0:
            self.cpu[0] += rest * 1e-9
        else:
            for line, weight in weights.items():
                self.cpu[line] += rest * 1e-9 * weight / whole

    def _book_strangers(self, now: int) -> int:
        """Processor time of Python threads that mark nothing: the notebook's own, and ours under METER."""
        if now >= self._next_look:
            known = self._strangers
            found = {thread: (line, cpu) for thread, line, cpu in self._look()}
            # A thread that is new here has run since the last look only, so all its time counts.
            self._strangers = {t: (line, known[t][1] if t in known else 0) for t, (line, _) in found.items()}
            self._next_look = now + 1_000_000_000
        used = 0
        marked = {log.thread.native_id for log in self.logs if log.thread is not None}
        for thread, (line, before) in self._strangers.items():
            cpu = _thread_clock(thread)
            if cpu is None or thread in marked:
                continue
            self._strangers[thread] = line, cpu
            self.cpu[line] += (cpu - before) * 1e-9
            used += cpu - before
        return used

    def _look(self):
        marked = {log.thread for log in self.logs}
        for thread in threading.enumerate():
            if thread not in marked and thread.native_id is not None:
                cpu = _thread_clock(thread.native_id)
                if cpu is not None:
                    yield thread.native_id, 1 if thread in POLLERS else 0, cpu


def _thread_clock(native_id: int) -> int | None:
    """The processor clock of any thread of this process, by the way Linux numbers such clocks."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime_ns(~native_id << 3 | 6)
    except OSError:
        return None
