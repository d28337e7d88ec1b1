"""Marks: a thread's notes of time and kind of work, kept until the meter books them."""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

OTHER = "other"  # the line of everything that nobody marked
METER = "meter"  # the line of the meter's own work
WAITING = "waiting"  # a person is thought about: the thread sleeps, the machine does not
FAILURES = (Exception, SystemExit)  # what a source or an event may raise without ending what is measured
MAX_KINDS = 64  # what a run may tell apart; further kinds are booked under OTHER

POLLERS: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()  # the threads of all meters and sources


def thread_clock(clock_id: int) -> int | None:
    """The processor time of any thread, by the number of its clock; None where the system does not tell."""
    try:
        return time.clock_gettime_ns(clock_id)
    except (OSError, AttributeError):  # it has ended; no such call
        return None


class DeviceEvent(Protocol):
    """A moment on a device's time line, as `mark(kind, at=event)` takes it: recorded when the mark is made, one
    for each mark, asked later and from another thread. Around a CUDA event that was made with
    `enable_timing=True`, `query` is its own, and `elapsed_since` is

        return earlier.event.elapsed_time(self.event) / 1000
    """

    def query(self) -> bool:
        """Whether the device has passed it. Must not wait."""
        ...

    def elapsed_since(self, earlier: Any) -> float:
        """Seconds, not milliseconds, on the device's clock since an event of the same kind that has passed."""
        ...


class Resumed(NamedTuple):
    """Stands in a mark's place for its event: an outer kind comes back, and no new unit of it begins."""

    at: DeviceEvent | None = None


RESUMED = Resumed()


class Clock(NamedTuple):
    """The clocks a meter reads, in nanoseconds; a test scripts its own."""

    now: Callable[[], int] = time.perf_counter_ns
    thread: Callable[[], int] = time.thread_time_ns
    process: Callable[[], int] = time.process_time_ns
    other: Callable[[int], int | None] = thread_clock


class ThreadMarks:
    """What one thread said it does, and the clock by which others can read its processor time."""

    __slots__ = ("clock_id", "cpu", "device", "done", "kind", "marks", "since", "thread")

    def __init__(self, now: int, thread: threading.Thread | None = None):
        self.kind: str | None = None  # what the thread does now, by its own last word
        # (now, cpu, kind, at), appended by the thread, taken by the poller; bounded, should there be no
        # poller
        self.marks: deque = deque(maxlen=200_000)
        self.since = now  # up to here its time is booked
        self.done: str | None = None  # what it did there
        self.cpu: int | None = None  # its processor clock there, None if unknown
        self.device: Queue | None = None  # the same work on the device's time line
        self.thread = thread
        self.clock_id: int | None = None
        if thread is not None and hasattr(time, "pthread_getcpuclockid"):
            self.clock_id = time.pthread_getcpuclockid(threading.get_ident())

    @property
    def alive(self) -> bool:
        return self.thread is None or self.thread.is_alive()

    def cpu_now(self, clock: Clock) -> int | None:
        return clock.other(self.clock_id) if self.clock_id is not None and self.alive else None

    def take(self, now: int, cpu_now: int | None = None) -> tuple[list, list]:
        """Segments (from, to, kind, processor ns) up to `now`, without holes, and the marks they are from."""
        segments, taken, marks = [], [], self.marks
        since, cpu, kind = self.since, self.cpu, self.done
        while marks and marks[0][0] <= now:
            mark = marks.popleft()
            taken.append(mark)
            t, used, said, _ = mark
            if t < since:  # a clock that goes backwards makes a segment of no length
                t = since
            segments.append((since, t, kind, used - cpu if cpu is not None else 0))
            since, cpu, kind = t, used, said
        if cpu_now is None:  # booked with the next mark
            segments.append((since, now, kind, 0))
        else:
            segments.append((since, now, kind, cpu_now - cpu if cpu is not None else 0))
            cpu = cpu_now
        self.since, self.cpu, self.done = max(now, since), cpu, kind
        return segments, taken


class Queue:
    """A thread's marks on the device's time line, which runs behind the host's and is known once an event has
    passed.

    An event passes no earlier than it was recorded and no later than it was seen to have passed; between two
    events the device's own clock measures. So the two time lines meet again whenever the queue runs empty.
    """

    PATIENCE = 10_000_000_000  # an event that has not passed after so long is taken at the host's time

    def __init__(self, now: int, kind: str | None):
        self.waiting: deque = deque()  # marks whose event has not been seen to pass
        self.passed = ThreadMarks(now)
        self.passed.done = kind
        self._time = self._recorded = now
        self._event: DeviceEvent | None = None

    def settle(self, now: int, remark: Callable[[str], None]) -> None:
        """Move the marks whose events have passed."""
        while self.waiting:
            recorded, _, kind, at = self.waiting[0]
            at = at.at if isinstance(at, Resumed) else at
            t = max(recorded, self._time)
            if at is not None:
                try:
                    if not at.query():
                        if now - recorded < self.PATIENCE:
                            return
                        raise TimeoutError(f"it has not passed after {self.PATIENCE // 1_000_000_000} s")
                    if self._event is not None:
                        elapsed = round(at.elapsed_since(self._event) * 1e9)
                        if elapsed > now - self._recorded + 100_000_000:
                            raise ValueError(
                                "elapsed_since tells more than has passed; it is to return seconds"
                            )
                        t = max(recorded, self._time + elapsed)
                    self._event, self._recorded = at, recorded
                except FAILURES as error:  # it counts at the host's time
                    self._event = None
                    remark(f"an event of a mark cannot be used ({type(error).__name__}: {error})")
            self.waiting.popleft()
            self._time = min(t, max(now, self._time))
            self.passed.marks.append((self._time, 0, kind, None))

    def settled(self, now: int) -> bool:
        return not self.waiting or self.waiting[0][0] > now
