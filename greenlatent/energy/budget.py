"""Budgets of joules or seconds, kept to within one step."""

import math

from .meter import Meter
from .recorder import Stamp


class Budget:
    """So many joules, or seconds, and no more; it may be raised while it runs.

    A training loop asks between two steps, so a budget is kept to within one step; on a CUDA device, within
    the steps that are queued there.

    >>> budget = Budget(joules=5_000, then="pause")
    >>> budget.raise_to(joules=8_000)
    >>> budget.joules
    8000.0
    """

    def __init__(self, joules: float | None = None, seconds: float | None = None, then: str = "pause"):
        if joules is None and seconds is None:
            raise ValueError("a budget of nothing; give joules=, seconds= or both")
        if then not in ("pause", "stop"):
            raise ValueError(f'then={then!r}; give "pause" (go on later) or "stop"')
        self.then = then
        self.joules: float | None = None
        self.seconds: float | None = None
        self._since: Stamp | None = None
        self._meter: Meter | None = None
        self._started = self._again = 0.0
        self.raise_to(joules=joules, seconds=seconds)

    def raise_to(self, *, joules: float | None = None, seconds: float | None = None) -> None:
        """Set a limit anew, higher or lower; what is not named stays."""
        for name, limit in (("joules", joules), ("seconds", seconds)):
            if limit is not None:
                if not isinstance(limit, int | float) or not 0 < limit < math.inf:
                    raise ValueError(f"{name}={limit!r}; give a positive, finite number of {name}")
                setattr(self, name, float(limit))
        self._again = 0.0

    def start(self, meter: Meter) -> None:
        """Count from here. `reached` does so by itself the first time."""
        self._meter, self._since = meter, meter.stamp()
        self._started, self._again = meter.seconds, 0.0

    def reached(self, meter: Meter) -> str | None:
        """Why it is time to stop, or None. Cheap: the counters are only asked when the end could be near."""
        if self._meter is not meter:
            self.start(meter)
        now = meter.seconds
        if now < self._again:
            return None
        elapsed = now - self._started
        if self.seconds is not None and elapsed >= self.seconds:
            return f"{elapsed:.3g} of {self.seconds:.3g} seconds are spent"
        wait = self.seconds - elapsed if self.seconds is not None else math.inf
        if self.joules is not None:
            spent = meter.spent(self._since)
            if spent.known and spent.value >= self.joules:
                return f"{spent} of {self.joules:.3g} J are spent"
            if spent.known and spent.value > 0:  # not before the power had risen four times
                wait = min(wait, elapsed * (self.joules / spent.value - 1) / 4)
            else:
                wait = 0.0 if elapsed < 1 else min(wait, 0.1)
        self._again = now + wait
        return None

    def __repr__(self) -> str:
        limits = [f"{name}={getattr(self, name):g}" for name in ("joules", "seconds") if getattr(self, name)]
        return f"Budget({', '.join(limits)}, then={self.then!r})"
