"""What every source offers: channels, each one growing count of joules."""

import logging
import math
from typing import Protocol

log = logging.getLogger("greenlatent.energy")

# When (the meter's nanoseconds), and joules so far; None: the count was lost until then.
Reading = tuple[int, float | None]


class Unavailable(Exception):
    """A source that cannot be read here; the text says why and what would help."""


class Source(Protocol):
    """Where joules are read from. Several meters may open one source: what a reading needs is the channel's."""

    name: str

    def open(self) -> "list[Channel]": ...


class Channel:
    """One count of joules that grows: a hardware counter, or watts summed up over time.

    `part` is what it covers: "machine" (everything), "cpu", "dram" or "gpu". `error` is the share by which
    the sensor itself may be off, the same way in all of its readings. `lags` are the delays to be tried when
    its readings are laid beside the work; `device` says that the work runs on the device's time line, not the
    host's.
    """

    badge = "counter"
    continuous = False  # the count is fresh at every reading
    jumps = False  # the count stands still between jumps, whose moments matter
    patience = 2.0  # seconds without a first change after which the channel counts as lost
    max_gap = 60.0  # a counter that comes back within so many seconds has counted on
    every: float | None = None  # seconds between two readings of watts that are summed up, 0 if not known yet
    lags: tuple[float, ...] = (0.0,)
    device = False
    shared = False  # whether others may load what it measures: then it is an upper bound for us
    peak_watts: float | None = None
    busy: float | None = None  # the share of its time that it was busy, as of the last look
    degrees: tuple[float, float] | None = None  # the coldest and the warmest it was, in Celsius

    def __init__(self, name: str, part: str, *, error: float = 0.05):
        self.name, self.part, self.error = name, part, error
        self.remarks: list[str] = []

    def poll(self, now: int) -> list[Reading]:
        """What has been counted since the last poll, oldest first. It may raise: that is a gap."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was opened; a second time does no harm."""

    def remark(self, text: str) -> None:
        if text not in self.remarks and len(self.remarks) < 20:  # a bad source must not flood a log
            self.remarks.append(text)
            log.warning("%s: %s", self.name, text)


class Odometer:
    """A counter that starts again at 0 after `span`, made to grow for ever; integers, so it is exact."""

    def __init__(self, span: int | None):
        self.span = span
        self.count = 0
        self._last: int | None = None

    def add(self, raw: int, most: float = math.inf) -> int | None:
        """The count with this reading; None where the counter fell and no wrap explains it: it cannot have grown by
        more than `most`."""
        if self._last is None:
            self._last = raw
        step = raw - self._last
        self._last = raw
        if step < 0:
            if self.span is None:
                return None
            step += self.span
            if not 0 <= step <= most:
                return None
        self.count += step
        return self.count
