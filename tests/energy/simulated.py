"""A scripted machine: a clock that moves when told, work that draws watts, counters that lag behind it."""

import bisect
import threading
import time

import numpy as np

from greenlatent.energy import Meter
from greenlatent.energy.marks import Clock
from greenlatent.energy.sources import Channel


class Scripted(Clock):
    machine: "Machine"


class Polled(Meter):
    """A meter whose machine polls it, instead of a thread."""

    def start(self):
        if not self.running:
            machine = self._clock.machine
            self._book.load = machine
            machine.meters.append(self)
            self._begin()


class Machine:
    """Time passes only in `work`, which lets every meter poll when it wants to, and a little late."""

    def __init__(self, seed=0):
        self.now = 1_000_000_000
        self.cpu = 0  # this thread's
        self.pool = 0  # processor time of threads that Python does not know
        self.others = 0.0  # their share of the processor time
        self.times, self.joules = [self.now], [0.0]
        self.meters: list[Meter] = []
        self._random = np.random.default_rng(seed)
        self._next = self.now
        self._own_clock = time.pthread_getcpuclockid(threading.get_ident())

    def clock(self):
        clock = Scripted(
            lambda: self.now,
            lambda: self.cpu,
            lambda: self.cpu + self.pool,
            lambda clock: self.cpu if clock == self._own_clock else None,
        )
        clock.machine = self
        return clock

    def meter(self, *sources, **options):
        """A meter that runs."""
        meter = Polled(sources, clock=self.clock(), **{"calibration": False, **options})
        meter.start()
        return meter

    def foreign(self):
        return self.others

    def work(self, seconds, watts=0.0, cpu=1.0):
        """Let `seconds` pass at `watts`, this thread busy for the share `cpu` of them."""
        end = self.now + round(seconds * 1e9)
        while self.now < end:
            stop = min(end, self._next)
            if stop > self.now:
                passed = stop - self.now
                self.joules.append(self.joules[-1] + watts * passed * 1e-9)
                self.now = stop
                self.times.append(stop)
                self.cpu += round(passed * cpu)
            if self.now >= self._next:
                wait = min((meter._book.poll() for meter in self.meters if meter.running), default=0.01)
                self._next = self.now + round(wait * 1e9 * self._random.uniform(1.05, 1.3))

    def energy(self, t):
        """Joules drawn up to a moment."""
        if t <= self.times[0]:
            return 0.0
        i = bisect.bisect_left(self.times, t)
        if i == len(self.times):
            return self.joules[-1]
        t0, t1 = self.times[i - 1], self.times[i]
        return self.joules[i - 1] + (self.joules[i] - self.joules[i - 1]) * (t - t0) / (t1 - t0)


class Lagging(Channel):
    """A counter that is brought up to date every `period` seconds, with what was drawn up to `lag` before."""

    device = True
    jumps = True
    lags = tuple(i * 0.01 for i in range(16))

    def __init__(self, machine, period=0.1, lag=0.0, jitter=0.0, seed=0, unit=1e-3, scale=1.0):
        super().__init__("simulated", "gpu", error=0.0)
        self.machine, self.period, self.lag, self.jitter, self.unit = machine, period, lag, jitter, unit
        self.scale = scale
        self.random = np.random.default_rng(seed)
        self.due = machine.now + round(self.random.uniform(0, period) * 1e9)
        self.value = 0.0

    def poll(self, now):
        while now >= self.due:
            joules = self.scale * self.machine.energy(self.due - round(self.lag * 1e9))
            self.value = round(joules / self.unit) * self.unit
            self.due += round(self.period * (1 + self.jitter * self.random.uniform(-1, 1)) * 1e9)
        return [(now, self.value)]


class Source:
    """Channels as a source."""

    def __init__(self, *channels, name="simulated"):
        self.channels, self.name = channels, name

    def open(self):
        return list(self.channels)
