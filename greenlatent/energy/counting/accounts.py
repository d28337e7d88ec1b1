"""One account per counter: every change of its count is laid beside the seconds of each kind of work."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from ..marks import FAILURES
from ..sources.channel import Channel
from .history import PastSeconds
from .regression import Rows, RowSums, variants, wide

AT_ONCE = 0.5  # seconds that a busy machine may keep any reading waiting
MOST_WATTS = 1e6  # no part of a machine draws more
Change = tuple[int, float | None, float]  # when, joules so far (None: lost), how well the moment is known
SILENT = "was silent for some time; seconds without a reading are a gap"
IMPOSSIBLE = (
    f"counted what no machine draws (more than {MOST_WATTS:g} W, or less than nothing); that is a gap"
)


@dataclass(frozen=True)
class Tally:
    """What one channel has counted up to a moment, for K kinds and L delays."""

    lags: tuple[int, ...]  # the delays, ns
    joules: float
    bounded: float  # of these, counted while others loaded the same hardware
    foreign: float  # and what others used of it, by their processor time
    counted: np.ndarray  # (L, K) seconds of each kind in which the joules were counted
    lost: np.ndarray  # (K,) seconds of each kind without a reading
    rows: Rows

    def since(self, before: "Tally | None") -> "Tally":
        if before is None:
            return self
        if before.lags != self.lags:  # the delay has been settled in between
            before = before._only([before.lags.index(lag) for lag in self.lags])
        width = len(self.lost)
        return Tally(
            self.lags,
            self.joules - before.joules,
            self.bounded - before.bounded,
            self.foreign - before.foreign,
            self.counted - wide(before.counted, width),
            self.lost - wide(before.lost, width),
            self.rows.since(before.rows),
        )

    def present(self, seconds: np.ndarray) -> np.ndarray:
        """Of the seconds of each kind, those with a reading. A span may lose, or get back late, what was before
        it: no more is lost than there was, and nothing is won."""
        return np.clip(seconds - self.lost, 0.0, np.maximum(seconds, 0.0))

    def _only(self, lags: list[int]) -> "Tally":
        some, rows = tuple(self.lags[lag] for lag in lags), self.rows.only(variants(lags))
        return Tally(some, self.joules, self.bounded, self.foreign, self.counted[lags], self.lost, rows)


class Account:
    """Follows one channel."""

    def __init__(self, channel: Channel):
        self.channel = channel
        self.rest_watts = math.inf  # the least seen over a second
        self.period = channel.every or 0.0  # seconds between two changes, a mean that forgets
        self.foreign_share = 0.0
        self.joules = self._bounded = self._foreign = 0.0
        self._unrest = 0.0  # how far the changes are from being regular
        self._failing = False
        self._polled = 0
        self._lags = [round(lag * 1e9) for lag in channel.lags]
        self._counted, self._lost = np.zeros((len(self._lags), 0)), np.zeros(0)
        self._rows = RowSums(len(self._lags))
        self._cut_at, self._skip = 0, False
        self._blur = self.blur = 0.0
        self._half = self._no_half()  # a row that has not ended: joules, seconds, how many changes it spans
        self._begun = 0
        self._seen: tuple[int, float] | None = None  # the last change that was read: when, and the count
        self._waiting: deque[Change] = deque()  # the time line has not come to them
        self._last: tuple[int, float] | None = None  # the last change that was booked
        self._last_x: list[np.ndarray] = []  # seconds per kind then, for each delay
        self._gap_x: np.ndarray | None = None  # seconds per kind when the count was lost, None while it runs

    def begin(self, now: int, width: int, history: PastSeconds) -> None:
        """A new stretch of time: what the count did before it is not ours."""
        self.settle_up(width, history)
        self._counted = self._counted + self._fresh(self._polled, width, history)
        self._lost = self._lost + self._missing(self._polled, now, width, history)
        self._failing = False
        self._begun, self._seen, self._last, self._gap_x = now, None, None, None
        self._forget()
        self._last_x = [history.at(now - lag, width) for lag in self._lags]
        if self.channel.continuous:
            self.read(now, width, history)

    def read(self, now: int, width: int, history: PastSeconds, blur: float = 0.0) -> None:
        """Take what the channel has to say, at a moment that is known to `blur` seconds. Raises what it
        raises, after noting the gap."""
        self._widen(width)
        self._failing = True
        events = self.channel.poll(now)
        self._failing, self._polled = False, now
        self.period = self.period or self.channel.every or 0.0
        for t, joules in events:
            if joules is not None and not 0 <= joules < math.inf:
                self.channel.remark(f"counts {joules} J, which cannot be")
                joules = None
            if self._is_news(joules):
                self._seen = None if joules is None else (t, joules)
                self._waiting.append((max(t, self._begun), joules, blur))
        while self._waiting and self._waiting[0][0] <= history.until:
            self._take(*self._waiting.popleft(), width, history)
        if self._silent(now):
            self.channel.remark(SILENT)

    def _is_news(self, joules: float | None) -> bool:
        """A counter that stands still says nothing; watts that are read again do, even if they are 0."""
        return (
            joules is None or self._seen is None or joules != self._seen[1] or self.channel.every is not None
        )

    def settle_up(self, width: int, history: PastSeconds) -> None:
        """Book what still waits: the time line comes no further."""
        self._widen(width)
        while self._waiting:
            self._take(*self._waiting.popleft(), width, history)

    def expected(self) -> tuple[int, int] | None:
        """From when to when the next change is to be looked for, where the count moves in jumps."""
        if not self.channel.jumps or self._seen is None or not self.period:
            return None
        due, margin = self._seen[0] + round(self.period * 1e9), round((3 * self._unrest + 0.002) * 1e9)
        return due - margin, due + margin

    def moved(self, now: int) -> bool:
        """Whether the count has changed since it was last read."""
        try:
            return any(self._seen is None or joules != self._seen[1] for _, joules in self.channel.poll(now))
        except FAILURES:
            return False  # the next whole reading says so

    def _take(self, t: int, joules: float | None, blur: float, width: int, history: PastSeconds) -> None:
        self._blur = blur
        if joules is None:
            if self._gap_x is None:
                self._gap_x = self._last_x[0]
            self._last = None
            self._forget()
            return
        x = [history.at(t - lag, width) for lag in self._lags]
        if self._gap_x is not None:
            self._lost += np.maximum(x[0] - wide(self._gap_x, width), 0)
            self._gap_x = None
        elif self._last is None:
            if (t - self._begun) * 1e-9 > self._due():
                self._lose(x[0] - wide(self._last_x[0], width))
        elif t > self._last[0]:
            elapsed, grown = (t - self._last[0]) * 1e-9, joules - self._last[1]
            steps = np.array([now - wide(before, width) for now, before in zip(x, self._last_x, strict=True)])
            if not 0 <= grown <= MOST_WATTS * elapsed:
                self._lose(steps[0], IMPOSSIBLE)
            elif elapsed > self._longest():
                self._lose(steps[0])
            else:
                self._add(grown, steps)
            self._learn(elapsed)
        self._last, self._last_x = (t, joules), x

    def _longest(self) -> float:
        """Seconds between two readings that belong together. A counter has counted on when it comes back;
        watts that nobody read are not known."""
        if self.channel.every is None or not self.period:
            return self.channel.max_gap
        return max(3 * self.period, AT_ONCE)

    def _due(self) -> float:
        """Seconds after which a change is overdue."""
        return max(2 * self.period + 3 * self._unrest, AT_ONCE) if self.period else self.channel.patience

    def _learn(self, elapsed: float) -> None:
        if not self.period:
            self.period, self._unrest = elapsed, 0.1 * elapsed
            return
        elapsed = min(elapsed, max(3 * self.period, 1.0))  # one long silence is no new habit
        self._unrest += 0.1 * (abs(elapsed - self.period) - self._unrest)
        self.period += 0.1 * (elapsed - self.period)

    def _lose(self, seconds: np.ndarray, why: str = SILENT) -> None:
        self._lost += np.maximum(seconds, 0)
        self.channel.remark(why)

    def _add(self, joules: float, x: np.ndarray) -> None:
        self.joules += joules
        self._bounded += joules if self.channel.shared or self.foreign_share > 0.05 else 0.0
        self._foreign += joules * self.foreign_share
        self._counted += x
        if self._skip:
            self._skip = False
            return
        # A row that ends at a moment known much worse than others goes together with the next.
        before = self._half
        self._half = before[0] + joules, wide(before[1], x.shape[-1]) + x, before[2] + 1
        self.blur += 0.1 * (self._blur - self.blur)
        if self._blur <= max(0.003, 3 * self.blur) or self._half[2] >= 10:
            self._rows.add(*self._half[:2])
            self._half = self._no_half()

    def rest(self, lately: Tally) -> None:
        """Remember the quietest second."""
        seconds = float(lately.counted[0].sum())
        if seconds > 0.5:
            self.rest_watts = min(self.rest_watts, lately.joules / seconds)

    def settle(self, tally: Tally) -> None:
        """Once one delay is clearly the right one, keep the sums of that alone."""
        if len(self._lags) == 1 or tally.rows.count < 200:
            return
        left = tally.rows.unexplained().min(1)
        lag = int(np.argmin(left))
        if (
            left[lag]
            < 0.7 * np.delete(left, [i for i in (lag - 1, lag, lag + 1) if 0 <= i < len(left)]).min()
        ):
            self._lags, self._last_x = [self._lags[lag]], [self._last_x[lag]]
            self._counted = self._counted[[lag]]
            self._rows.keep(lag)
            self._half = self._half[0], self._half[1][[lag]], self._half[2]

    def cut(self) -> None:
        """A span begins here: its rows must not remember those before, whose watts may have been others, nor
        be one of both. Cuts that come so soon that they would leave no memory at all are left out."""
        if self._rows.count - self._cut_at >= 100:
            self._forget()
            self._skip = True

    def _forget(self) -> None:
        self._rows.forget()
        self._half = self._no_half()
        self._cut_at = self._rows.count

    def _no_half(self) -> tuple[float, np.ndarray, int]:
        return 0.0, np.zeros((len(self._lags), 0)), 0

    def _widen(self, width: int) -> None:
        self._counted, self._lost = wide(self._counted, width), wide(self._lost, width)

    def tally(self, now: int, width: int, history: PastSeconds) -> Tally:
        """A copy of the sums; the seconds since a channel was lost count as lost, and those that a fresh
        count has just been read for as counted."""
        self._widen(width)
        missing = self._missing(now, now, width, history)
        lost = self._lost + missing
        counted = self._counted + (0.0 if missing.any() else self._fresh(now, width, history))
        sums = self.joules, self._bounded, self._foreign
        return Tally(tuple(self._lags), *sums, counted, lost, self._rows.copy(width))

    def _fresh(self, now: int, width: int, history: PastSeconds) -> np.ndarray | float:
        """The seconds for which a count that is always fresh has been read, and had not moved."""
        if not self.channel.continuous or self._polled != now or self._last is None or self._waiting:
            return 0.0
        return history.at(now, width) - wide(self._last_x[0], width)

    def _missing(self, polled: int, now: int, width: int, history: PastSeconds) -> np.ndarray:
        """The seconds up to `now` without a reading that may not come any more, as of the poll at `polled`."""
        since = self._gap_x
        if since is None and self._last_x and (self._failing or self._silent(polled)):
            since = self._last_x[0]
        if since is None:
            return np.zeros(width)
        return np.maximum(history.at(now, width) - wide(since, width), 0)

    def _silent(self, now: int) -> bool:
        last = self._seen[0] if self._seen is not None else self._begun
        return (now - last) * 1e-9 > self._due()
