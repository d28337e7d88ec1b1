"""Sources that tell watts, not joules: any function, or a log that another program writes."""

import csv
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ..arguments import number
from ..marks import POLLERS
from .channel import Channel, Reading, Unavailable

PARTS = ("machine", "cpu", "dram", "gpu")


class Watts:
    """Any function that returns watts: the driver of a hall sensor, a lab instrument, a battery gauge.

    It is called every `every` seconds on a thread of its own, so a slow answer holds up nothing; several
    meters call it one after the other, each on its thread. An answer that is no number of watts, and a call
    that raises, leave a gap.

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
        every: float = 1.0,
        error: float = 0.02,
    ):
        if not callable(read):
            raise TypeError(f"read={read!r} cannot be called; give a function that returns watts")
        self.read, self.part, self.error = read, _part(part), _error(error)
        self.every = number("every", every, "the seconds between two readings", above=0, most=3600)
        self.name = name or self.name
        self._asking, self._process = threading.Lock(), os.getpid()

    def open(self) -> list[Channel]:
        if self._process != os.getpid():  # in a fork, whoever held the lock is not here to give it back
            self._asking, self._process = threading.Lock(), os.getpid()
        channel = Sampled(self.name, self.part, self.every, self.lags, self.error)
        name = f"greenlatent {self.name}"
        thread = threading.Thread(target=self._run, args=(channel,), name=name, daemon=True)
        POLLERS.add(thread)
        thread.start()
        return [channel]

    def _run(self, channel: "Sampled") -> None:
        while not channel.ended.is_set():
            with self._asking:
                before = time.perf_counter_ns()
                try:
                    watts = self.read()
                # nothing that a function raises, not even SystemExit, ends this
                except BaseException as error:
                    channel.lose(
                        time.perf_counter_ns(), f"does not answer: {str(error) or type(error).__name__}"
                    )
                else:
                    channel.take((before + time.perf_counter_ns()) // 2, watts)
            channel.ended.wait(max(0.0, self.every - (time.perf_counter_ns() - before) * 1e-9))


class Sampled(Channel):
    """Watts read now and then, summed up by the trapezoid."""

    def __init__(
        self, name: str, part: str, every: float, lags: tuple[float, ...] = (0.0,), error: float = 0.02
    ):
        super().__init__(name, part, error=error)
        self.badge = "wall" if part == "machine" else "sampled"
        self.lags, self.every = lags, every
        self.ended = threading.Event()
        self._joules = 0.0
        self._last: tuple[int, float] | None = None
        self._events: deque[Reading] = deque()

    def close(self) -> None:
        self.ended.set()

    def take(self, now: int, watts: float) -> None:
        """One reading."""
        try:
            if isinstance(watts, bool):
                raise TypeError
            watts = float(watts)
        except Exception:  # whatever a function returns, its thread must live on
            return self.lose(now, f"answered {_shown(watts)}, which is no number of watts")
        if not 0 <= watts < math.inf:
            return self.lose(now, f"answered {watts} W; watts are finite and not negative")
        if self._last is not None:
            elapsed = (now - self._last[0]) * 1e-9
            if elapsed <= 0:
                return self.remark("answered with a time that goes backwards; that reading is left out")
            self._joules += (watts + self._last[1]) / 2 * elapsed
        self._last = now, watts
        self._events.append((now, self._joules))

    def lose(self, now: int, why: str) -> None:
        self.remark(why)
        self._last = None
        self._events.append((now, None))

    def poll(self, now: int) -> list[Reading]:
        out = []
        while self._events:
            out.append(self._events.popleft())
        return out


class Csv:
    """A log that another program writes while we run: a header, then a row per reading.

    `time` is seconds since 1970 or ISO 8601; `watts` is the column of watts. Rows are taken as they appear,
    up to those that are there when the meter stops.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        *,
        time: str = "time",
        watts: str = "watts",
        part: str = "machine",
        name: str = "CSV",
        error: float = 0.02,
    ):
        self.path, self.time, self.watts, self.name = Path(path), time, watts, name
        self.part, self.error = _part(part), _error(error)

    def open(self) -> list[Channel]:
        if self.path.exists() and not self.path.is_file():  # a pipe or a port would keep the meter waiting
            raise Unavailable(
                f"{self.path.name} is no file; read it in a function of your own, with Watts(...)"
            )
        try:
            stream = self.path.open(newline="", encoding="utf-8-sig")
        except OSError as error:
            raise Unavailable(f"{self.path.name} cannot be read ({error.strerror})") from None
        return [FileRows(self, stream)]


class FileRows(Sampled):
    """The rows of a CSV as they appear. How far apart they are to be is learned from those already there."""

    def __init__(self, source: Csv, stream):
        super().__init__(source.path.name, source.part, 0.0, error=source.error)
        self._stream, self._rest = stream, ""
        self._columns = (source.time, source.watts)
        self._header: list[str] | None = None
        self._opened = time.perf_counter_ns()
        self._before: int | None = None  # the last row from before we came
        self._apart: deque[float] = deque(maxlen=9)  # seconds between such rows

    def close(self) -> None:
        super().close()
        self._stream.close()

    def poll(self, now: int) -> list[Reading]:
        *lines, self._rest = (self._rest + self._stream.read(1 << 16)).split("\n")
        if len(self._rest) > 1 << 20:
            self._rest = ""
            self.remark("has a line of more than a million characters, which is no row")
        # Each time anew: while a machine sleeps, one of the two stands still.
        since_1970 = time.perf_counter_ns() - time.time_ns()
        for row in csv.reader(lines):
            if not row:
                continue
            if self._header is None:
                self._header = [name.strip() for name in row]
                for column in self._columns:
                    if column not in self._header:
                        self.remark(f"has no column {column!r}; it has {', '.join(self._header)}")
                continue
            self._row(row, now, since_1970)
        return super().poll(now)

    def _row(self, row: list[str], now: int, since_1970: int) -> None:
        cells = dict(zip(self._header or [], row, strict=False))
        when, watts = (cells.get(column, "") for column in self._columns)
        try:
            at = int(_seconds(when) * 1e9) + since_1970
        except (ValueError, OverflowError):
            return self.remark(f"has a time {when!r}; write seconds since 1970 or ISO 8601")
        if at >= self._opened:
            self.take(min(at, now), watts)  # type: ignore[arg-type]
        else:
            if self._before is not None and self._before < at:
                self._apart.append((at - self._before) * 1e-9)
                self.every = min(sorted(self._apart)[len(self._apart) // 2], 60.0)
            self._before = at


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).timestamp()


def _part(part: str) -> str:
    if part not in PARTS:
        raise ValueError(f'part={part!r}; give "machine", "cpu", "dram" or "gpu"')
    return part


def _error(error: float) -> float:
    return number("error", error, "the relative error of a reading, such as 0.02", least=0, below=1)


def _shown(value) -> str:
    """Without the addresses of objects: what is the same every time is noted once."""
    if isinstance(value, str):
        return repr(value[:60])
    if value is None or isinstance(value, bool):
        return str(value)
    return f"a value of type {type(value).__name__}"
