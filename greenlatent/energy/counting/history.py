"""What the time line was a while ago: readings of a counter come later than the work they are of."""

import bisect

import numpy as np

from .regression import wide

HOUR = 3_600_000_000_000  # no reading comes later


class PastSeconds:
    """Seconds per kind at past moments, linear between: fine for ten seconds, then one point a second, and
    after an hour forgotten."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._seconds: list[np.ndarray] = []
        self._coarse = 0  # how many of the oldest points have been thinned

    def append(self, now: int, seconds) -> None:
        if self._times and now <= self._times[-1]:
            return
        self._times.append(now)
        self._seconds.append(np.array(seconds))
        if len(self._times) - self._coarse > 4000:
            self._thin(now - 10_000_000_000)

    def _thin(self, before: int) -> None:
        keep, last = [], -(1 << 62)
        for i, t in enumerate(self._times):
            if t < before - HOUR:
                continue
            if i < self._coarse or t >= before or t - last >= 1_000_000_000:
                keep.append(i)
                last = t
        self._times = [self._times[i] for i in keep]
        self._seconds = [self._seconds[i] for i in keep]
        self._coarse = bisect.bisect_left(self._times, before)

    @property
    def until(self) -> int:
        return self._times[-1] if self._times else 0

    def at(self, t: int, width: int) -> np.ndarray:
        if not self._times:
            return np.zeros(width)
        i = bisect.bisect_left(self._times, t)
        if i == 0 or i == len(self._times):
            return wide(self._seconds[min(i, len(self._times) - 1)], width)
        t0, t1 = self._times[i - 1], self._times[i]
        before, after = wide(self._seconds[i - 1], width), wide(self._seconds[i], width)
        return before + (after - before) * ((t - t0) / (t1 - t0))
