"""Budgets of joules or seconds, kept to within one step."""

import math

from .arguments import number
from .counting.book import Stamp
from .joules import Joules
from .meter import Meter
from .names import plain

BLIND = 10.0  # seconds without any reading after which a budget of joules cannot be kept
SELDOM = 0.25  # seconds between two looks at the counters, at most
APART = "waiting"  # the kind of work that no budget of joules counts: nothing is done in it


class Budget:
    """So many joules, or seconds, and no more; it may be raised while it runs.

    A training loop asks between two steps, so a budget is kept to within one step; on a CUDA device, within
    the steps that are queued there. Where a source falls silent, the gap counts at the watts there were; where
    nothing is read at all, or the meter does not run, the budget ends at once and says so. Joules of waiting for
    a person stand apart, in `waited`: idling spends no budget of joules, though it does one of seconds.

    >>> budget = Budget(joules=5_000, then="pause")
    >>> budget.raise_to(joules=8_000)
    >>> budget.joules
    8000.0
    """

    def __init__(
        self,
        joules: float | None = None,
        seconds: float | None = None,
        then: str = "pause",
        *,
        point: float | None = None,
    ):
        if joules is None and seconds is None and point is None:
            raise ValueError("a budget of nothing; give joules=, seconds= or both")
        if then not in ("pause", "stop"):
            raise ValueError(f'then={then!r}; give "pause" (go on later) or "stop"')
        self.then = then
        self.planned: tuple[Joules, float] | None = None  # what was estimated before, and for how many steps
        self.point = (
            None
            if point is None
            else number("point", point, "joules that a point of accuracy may cost", above=0)
        )
        self.joules: float | None = None
        self.seconds: float | None = None
        self._since: Stamp | None = None
        self._meter: Meter | None = None
        self._started = self._again = 0.0
        self.raise_to(joules=joules, seconds=seconds)

    def raise_to(self, *, joules: float | None = None, seconds: float | None = None) -> None:
        """Set a limit anew, higher or lower; what is not named stays."""
        limits = {"joules": joules, "seconds": seconds}
        for name, limit in [*limits.items()]:
            if limit is None:
                limits[name] = getattr(self, name)
            else:
                limits[name] = number(name, limit, f"a positive, finite number of {name}", above=0)
        self.joules, self.seconds, self._again = limits["joules"], limits["seconds"], 0.0

    def start(self, meter: Meter) -> None:
        """Count from here, on this meter. `reached` does so by itself the first time."""
        if not isinstance(meter, Meter):
            raise TypeError(f"meter={meter!r} is no meter; give the one that reads what is spent")
        self._meter, self._since = meter, meter.stamp()
        self._started, self._again = meter.seconds, 0.0

    def reached(self, meter: Meter) -> str | None:
        """Why it is time to stop, or None. Cheap: the counters are only asked when the end could be near."""
        if self._meter is None:
            self.start(meter)
        elif self._meter is not meter:
            raise ValueError(
                "this budget counts on another meter; give each its own, or move it with start(meter)"
            )
        now = meter.seconds
        if now < self._again and meter.running:
            return None
        elapsed, wait = now - self._started, math.inf
        if self.seconds is not None:
            if elapsed >= self.seconds:
                return f"{plain(elapsed)} of {plain(self.seconds)} seconds are spent"
            wait = self.seconds - elapsed
        if self.joules is not None:
            spent = self.spent
            if spent.known and spent.value >= self.joules:
                gaps = ", its gaps at the watts of the rest" if spent.coverage < 0.995 else ""
                return f"{spent}{gaps} of {plain(self.joules)} J are spent"
            if not spent.known and elapsed > BLIND:
                why = f" ({meter.notes[-1]})" if meter.notes else ""
                return f"{elapsed:.0f} s without a reading, so {plain(self.joules)} J cannot be kept{why}"
            # Not before the power could have risen four times.
            worked = max(0.0, elapsed - meter.seconds_of(APART, self._since))
            left = worked * (self.joules / spent.value - 1) / 4 if spent.known and spent.value > 0 else 0.1
            wait = min(wait, left, SELDOM)
        if not meter.running:
            return "the meter does not run, so nothing is counted"
        self._again = now + wait
        return None

    @property
    def spent(self) -> Joules:
        """Joules since it began to count, gaps filled and waiting left out; missing before."""
        if self._meter is None:
            return Joules.missing()
        spent, waited = self._meter.filled(self._since), self.waited
        if not (spent.known and waited.known and spent.value > 0):
            return spent
        return spent * (max(0.0, spent.value - waited.value) / spent.value)

    @property
    def waited(self) -> Joules:
        """Joules of waiting meanwhile, which do not count; missing where there was none."""
        lines = {} if self._meter is None else self._meter.ledger(self._since)
        return lines.get(APART, Joules.missing())

    @property
    def share(self) -> float:
        """How much of it is spent, from 0 to 1: of joules or of seconds, whichever ends sooner."""
        shares = [0.0]
        if self._meter is not None and self.seconds is not None:
            shares.append((self._meter.seconds - self._started) / self.seconds)
        if self.joules is not None and (spent := self.spent).known:
            shares.append(spent.value / self.joules)
        return min(1.0, max(shares))

    def __repr__(self) -> str:
        limits = [
            f"{name}={getattr(self, name):g}"
            for name in ("joules", "seconds", "point")
            if getattr(self, name)
        ]
        return f"Budget({', '.join(limits)}, then={self.then!r})"
