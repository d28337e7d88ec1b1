"""From marks to seconds: how long, and with how much processor time, each kind of work went on."""

import itertools
import sys
import threading
from collections import deque

from ..marks import MAX_KINDS, METER, OTHER, POLLERS, WAITING, Clock, Queue, Resumed, ThreadMarks

Segment = tuple[int, int, int, int]  # from, to (ns), line, processor ns


class Timeline:
    """Seconds, processor seconds and units per kind, summed from the first start on.

    Seconds are exclusive: at every moment the kinds share one second a second, by the processor time their
    threads use. Processor time of threads that Python does not know (the workers of torch and BLAS) goes to
    the kinds that work. `device` has the same seconds as the device saw them, once a mark has brought an
    event.
    """

    def __init__(self, clock: Clock):
        self.clock = clock
        self.kinds: dict[str, int] = {OTHER: 0, METER: 1}
        self.seconds = [0.0, 0.0]
        self.cpu = [0.0, 0.0]
        self.units = [0, 0]
        self.device: list[float] | None = None
        self.remarks: set[str] = set()  # on events that cannot be used
        self.device_since = 0
        self.logs: list[ThreadMarks] = []
        self.since = self.process = 0
        self._ticks: deque[int] = deque()  # moments that the device's time line has not reached
        # native id -> (line, processor clock) of unmarked threads
        self._strangers: dict[int, tuple[int, int]] = {}
        self._next_look = 0
        self._cpu_before = [0.0, 0.0]

    def join(self) -> ThreadMarks:
        """A log for the calling thread."""
        log = ThreadMarks(self.clock.now(), threading.current_thread())
        log.cpu = self.clock.thread()
        self.logs.append(log)
        return log

    def index(self, kind: str) -> int:
        """The line of what a thread says it does; the meter's own is not for others."""
        try:
            return self.kinds[kind] if kind != METER else 0
        except (KeyError, TypeError):  # a new one, or one that is no text
            return self._add(kind if isinstance(kind, str) else _text(kind))

    def _add(self, kind: str) -> int:
        if kind in self.kinds or len(self.kinds) >= MAX_KINDS:
            return self.kinds.get(kind, 0)
        self.kinds[kind] = index = len(self.kinds)
        self.seconds.append(0.0)
        self.cpu.append(0.0)
        self.units.append(0)
        if self.device is not None:
            self.device.append(0.0)
        return index

    def begin(self, now: int) -> None:
        """Start, or start again: what happened before `now` is nobody's."""
        self.since, self.process = now, self.clock.process()
        self.device_since = now
        self._ticks.clear()
        for log in self.logs:
            log.marks.clear()
            log.since, log.done, log.cpu, log.device = now, log.kind, log.cpu_now(self.clock), None
        self._strangers = {thread: (line, cpu) for thread, line, cpu in self._look()}
        self._next_look = now + 1_000_000_000

    def advance(self, now: int, process: int, whole: bool = True) -> None:
        """Book everything up to `now`. `whole` also reads the clocks of other threads, as the poller does."""
        working: list[list[Segment]] = []
        weights: dict[int, float] = {}
        used = 0
        for log in list(self.logs):
            before = log.done
            segments, taken = log.take(now, log.cpu_now(self.clock) if whole else None)
            self._count(log, taken, before)
            kept = []
            for start, stop, kind, cpu in segments:
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
        _share(self.seconds, working, self.since, now)
        if whole:
            used += self._book_strangers(now)
        self._spread(process - self.process - used, weights, working)
        self.since, self.process = now, process
        if whole and self.device is not None:
            self._follow_device(now)

    def _count(self, log: ThreadMarks, taken: list, before: str | None) -> None:
        for _, _, kind, at in taken:
            if type(at) is Resumed:
                at = at.at
            elif kind is not None:
                self.units[self.index(kind)] += 1
            if at is not None:
                if self.device is None:  # the first event ever: up to here both time lines were one
                    self.device, self.device_since = list(self.seconds), self.since
                if log.device is None:
                    log.device = Queue(self.device_since, before)
        if log.device is not None:
            log.device.waiting.extend(taken)

    def _follow_device(self, now: int) -> None:
        self._ticks.append(now)
        for log in self.logs:
            if log.device is None:
                log.device = Queue(self.device_since, log.done)
            log.device.settle(now, self.remarks.add)
        while self._ticks and all(
            log.device is None or log.device.settled(self._ticks[0]) for log in self.logs
        ):
            tick = self._ticks.popleft()
            working = []
            for log in self.logs:
                segments = log.device.passed.take(tick)[0] if log.device is not None else []
                kept = [
                    (s, e, self.index(kind), 0) for s, e, kind, _ in segments if kind is not None and e > s
                ]
                if kept:
                    working.append(kept)
            assert self.device is not None
            _share(self.device, working, self.device_since, tick)
            self.device_since = tick

    def _spread(self, rest: int, weights: dict[int, float], working: list[list[Segment]]) -> None:
        """Processor time that no thread we know used: the workers of whoever computes."""
        whole = sum(weights.values())
        if (
            whole <= 0
        ):  # where a thread's clock cannot be read from outside, it computes as long as it does not wait
            waiting = self.kinds.get(WAITING)
            for start, stop, line, _ in itertools.chain(*working):
                if line != waiting:
                    weights[line] = weights.get(line, 0.0) + stop - start
            whole = sum(weights.values())
        if whole <= 0:
            self.cpu[0] += rest * 1e-9
        else:
            for line, weight in weights.items():
                self.cpu[line] += rest * 1e-9 * weight / whole

    def book_children(self, seconds: float) -> None:
        """Processor time of other processes, to the kinds that used the most of ours since the last call."""
        used = [
            now - then for now, then in zip(self.cpu, self._cpu_before + [0.0] * len(self.cpu), strict=False)
        ]
        weights = {line: used[line] for line in range(len(used)) if line != 1 and used[line] > 0}
        self._spread(round(seconds * 1e9), weights or {0: 1.0}, [])
        self._cpu_before = list(self.cpu)

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
            cpu = self._clock_of(thread)
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
                cpu = self._clock_of(thread.native_id)
                if cpu is not None:
                    yield thread.native_id, 1 if thread in POLLERS else 0, cpu

    def _clock_of(self, native_id: int) -> int | None:
        """The processor clock of a thread, by the way Linux numbers such clocks."""
        return self.clock.other(~native_id << 3 | 6) if sys.platform == "linux" else None


def _text(kind) -> str:
    try:
        return str(kind)
    except Exception:
        return f"a {type(kind).__name__}"


def _share(seconds: list[float], working: list[list[Segment]], since: int, now: int) -> None:
    """Threads that work at the same moment share its seconds by the processor time they use."""
    if len(working) == 1:
        booked = 0
        for start, stop, line, _ in working[0]:
            seconds[line] += (stop - start) * 1e-9
            booked += stop - start
        seconds[0] += max(0, now - since - booked) * 1e-9
        return
    cuts = sorted({since, now, *(t for segments in working for s in segments for t in s[:2])})
    cursors = [0] * len(working)
    for start, stop in itertools.pairwise(cuts):
        rates: dict[int, float] = {}
        for i, segments in enumerate(working):
            while cursors[i] < len(segments) and segments[cursors[i]][1] <= start:
                cursors[i] += 1
            if cursors[i] < len(segments) and segments[cursors[i]][0] <= start:
                s0, s1, line, cpu = segments[cursors[i]]
                rates[line] = rates.get(line, 0.0) + max(cpu, 0) / (s1 - s0) + 1e-3
        whole = sum(rates.values())
        for line, rate in rates.items():
            seconds[line] += (stop - start) * 1e-9 * rate / whole
        if not rates:
            seconds[0] += (stop - start) * 1e-9
