"""Allowance: how often a program may ask, so that a flood of calls takes little from training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

A_SECOND, AT_ONCE = 5.0, 30  # calls: in the long run, and after a rest


class Allowance:
    """Grants calls, some at once and then so many a second; an assistant that a person talks to needs far fewer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._left, self._seen = clock, float(AT_ONCE), clock()

    def wait(self) -> float:
        """0 where a call is granted, which counts it; else the seconds until one will be."""
        now = self._clock()
        self._left = min(AT_ONCE, self._left + A_SECOND * max(0.0, now - self._seen))
        self._seen = now
        if self._left < 1:
            return (1 - self._left) / A_SECOND
        self._left -= 1
        return 0.0


def refusal(seconds: float) -> tuple[int, bytes]:
    """What a caller is told that has to wait: whole seconds, and a sentence."""
    said = (
        f"too many calls: {AT_ONCE} at once, then {A_SECOND:g} a second are answered, so that training goes on; ask"
        " again in a second"
    )
    return max(1, math.ceil(seconds)), said.encode()
