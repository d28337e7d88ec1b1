"""Sources that tell watts, not joules: any function, or a log that another program writes."""

import csv
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..marks import POLLERS
from .channel import Channel, Event, Unavailable


class Watts:
    """Any function that returns watts: the driver of a hall sensor, a lab instrument, a battery gauge.

    It is called every `every` seconds on a thread of its own, so a slow answer holds up nothing. An answer
    that is no number of watts, and a call that raises, leave a gap.

    >>> Watts(lambda: 42.0, part="machine").name
    'Watts'
    """

    name = "Watts"
    lags: tuple[float, ...] = (0.0,)

    def __init__(
        self,
        read: Callable[[], float],
        *,
        part: str = "machine",
        name: str | None = None,
        every=1.0,
        error=0.02,
    ):
        if not callable(read):
            raise TypeError(f"read={read!r} cannot be called; give a function that returns watts")
        if part not in ("machine", "cpu", "dram", "gpu"):
            raise ValueError(f'part={part!r}; give "machine", "cpu", "dram" or "gpu"')
        if not every > 0:
            raise ValueError(f"every={every}; give the seconds between two readings")
        if not 0 <= error < 1:
            raise ValueError(f"error={error}; give the relative error of a reading, such as 0.02")
        self.read, self.part, self.every, self.error = read, part, float(every), error
        self.name = name or self.name
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> list[Channel]:
        channel = Sampled(self.name, self.part, self.every, self.lags, self.error)
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(channel, self._ended), name=f"greenlatent {self.name}", daemon=True
        )
        POLLERS.add(self._thread)
        self._thread.start()
        return [channel]

    def close(self) -> None:
        self._ended.set()

    def _run(self, channel: "Sampled", ended: threading.Event) -> None:
        while not ended.is_set():
            before = time.perf_counter_ns()
            try:
                watts = self.read()
            except Exception as error:
                channel.lose(time.perf_counter_ns(), f"does not answer: {error}")
            else:
                now = time.perf_counter_ns()
                channel.take((before + now) // 2, watts)
            ended.wait(max(0.0, self.every - (time.perf_counter_ns() - before) * 1e-9))


class Sampled(Channel):
    """Watts read now and then, summed up by the trapezoid."""

    def __init__(
        self, name: str, part: str, every: float, lags: tuple[float, ...] = (0.0,), error: float = 0.02
    ):
        super().__init__(name, part, error=error)
        self.badge = "wall" if part == "machine" else "sampled"
        self.lags = lags
        self.patience = self.max_gap = max(5.0, 4 * every)
        self._joules = 0.0
        self._last: tuple[int, float] | None = None
        self._events: deque[Event] = deque()

    def take(self, now: int, watts: float) -> None:
        """One reading."""
        try:
            watts = float(watts)
        except Exception:  # whatever a function returns, its thread must live on
            return self.lose(now, f"answered {str(watts)[:60]!r}, which is no number of watts")
        if not 0 <= watts < math.inf:
            return self.lose(now, f"answered {watts} W; watts are finite and not negative")
        if self._last is not None:
            elapsed = (now - self._last[0]) * 1e-9
            if elapsed <= 0:
                return self.remark("answered with a time that goes backwards; that reading is left out")
            if elapsed > self.max_gap:
                self._events.append((now, None))
            else:
                self._joules += (watts + self._last[1]) / 2 * elapsed
        self._last = now, watts
        self._events.append((now, self._joules))

    def lose(self, now: int, why: str) -> None:
        self.remark(why)
        self._last = None
        self._events.append((now, None))

    def poll(self, now: int) -> list[Event]:
        out = []
        while self._events:
            out.append(self._events.popleft())
        return out


class Csv:
    """A log that another program writes while we run: a header, then a row per reading.

    `time` is seconds since 1970 or ISO 8601; `watts` is the column of watts. Rows are taken as they appear,
    up to those that are there when the meter stops.
    """

    name = "CSV"

    def __init__(
        self, path, *, time: str = "time", watts: str = "watts", part: str = "machine", error: float = 0.02
    ):
        self.path, self.time, self.watts, self.part, self.error = Path(path), time, watts, part, error

    def open(self) -> list[Channel]:
        try:
            stream = self.path.open(newline="", encoding="utf-8")
        except OSError as error:
            raise Unavailable(f"{self.path} cannot be read ({error.strerror})") from None
        self._stream = stream
        return [Rows(self, stream)]

    def close(self) -> None:
        self._stream.close()


class Rows(Sampled):
    """The rows of a CSV as they appear."""

    def __init__(self, source: Csv, stream):
        super().__init__(source.path.name, source.part, 1.0, error=source.error)
        self.patience = self.max_gap = 60.0
        self._stream, self._rest = stream, ""
        self._columns = (source.time, source.watts)
        self._header: list[str] | None = None
        self._opened = time.perf_counter_ns()
        self._offset = self._opened - time.time_ns()

    def poll(self, now: int) -> list[Event]:
        *lines, self._rest = (self._rest + self._stream.read(1 << 16)).split("\n")
        for row in csv.reader(lines):
            if not row:
                continue
            if self._header is None:
                self._header = [name.strip() for name in row]
                for column in self._columns:
                    if column not in self._header:
                        self.remark(f"has no column {column!r}; it has {', '.join(self._header)}")
                continue
            self._row(row, now)
        return super().poll(now)

    def _row(self, row: list[str], now: int) -> None:
        cells = dict(zip(self._header or [], row, strict=False))
        when, watts = (cells.get(column, "") for column in self._columns)
        try:
            at = int(_seconds(when) * 1e9) + self._offset
        except ValueError:
            return self.remark(f"has a time {when!r}; write seconds since 1970 or ISO 8601")
        if at >= self._opened:
            self.take(min(at, now), watts)  # type: ignore[arg-type]


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).timestamp()
