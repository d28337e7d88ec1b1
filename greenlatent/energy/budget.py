"""Budgets of joules or seconds, kept to within one step."""

import math
from collections import deque

from .arguments import number
from .counting.book import Stamp
from .joules import Joules
from .meter import Meter
from .names import plain

BLIND = 10.0  # seconds without any reading after which a budget of joules cannot be kept
SELDOM = 0.25  # seconds between two looks at the counters, at most
LOOKS = 3  # validation accuracies, of whose mean a gain counts
POINT = 0.01  # of accuracy
APART = "waiting"  # the kind of work that no budget of joules counts: nothing is done in it


class Budget:
    """So many joules, or seconds, and no more; it may be raised while it runs.

    A training loop asks between two steps, so a budget is kept to within one step; on a CUDA device, within
    the steps that are queued there. Where a source falls silent, the gap counts at the watts there were; where
    nothing is read at all, or the meter does not run, the budget ends at once and says so. Joules of waiting for
    a person stand apart, in `waited`: idling spends no budget of joules, though it does one of seconds.

    `point` is how many joules a point of validation accuracy may cost. What was spent since the mean of the last three
    accuracies rose by one, as a share of that, is `penalty`; at 1 a run's learning rate is lowered, at most `slow`
    times, and then it ends. Who trains hands in the accuracies.

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
        slow: int = 2,
    ):
        if joules is None and seconds is None and point is None:
            raise ValueError("a budget of nothing; give joules=, seconds= or both")
        if then not in ("pause", "stop"):
            raise ValueError(f'then={then!r}; give "pause" (go on later) or "stop"')
        self.then = then
        self.planned: tuple[Joules, float] | None = None  # what was estimated before, and for how many steps
        if isinstance(slow, bool) or not isinstance(slow, int) or slow < 0:
            raise ValueError(f"slow is how often a learning rate may be lowered, from 0 up, got {slow!r}")
        self.slow = slow
        self.joules: float | None = None
        self.seconds: float | None = None
        self.point: float | None = None
        self.lowered = 0  # times that the learning rate was lowered
        self.overpriced = ""  # why it is time to stop, once nothing is left to lower
        self._accuracies: deque[float] = deque(maxlen=LOOKS)
        self._best, self._risen = (
            -math.inf,
            math.nan,
        )  # that mean when it rose last, and the joules spent then
        self._since: Stamp | None = None
        self._meter: Meter | None = None
        self._started = self._again = 0.0
        self.raise_to(joules=joules, seconds=seconds, point=point)

    def raise_to(
        self, *, joules: float | None = None, seconds: float | None = None, point: float | None = None
    ) -> None:
        """Set a limit anew, higher or lower; what is not named stays. A point's new price counts from here."""
        if point is not None:
            self.point = number("point", point, "joules that a point of accuracy may cost", above=0)
            self.overpriced, self._risen = "", self._spent_now()
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
        self.begin_again()

    def begin_again(self) -> None:
        """The accuracies to come are those of another run; what is spent stays spent."""
        self.lowered, self.overpriced = 0, ""
        self._accuracies.clear()
        self._best, self._risen = -math.inf, math.nan

    def saw(self, accuracy: float, joules: float) -> bool:
        """A validation accuracy, from 0 to 1, when so many joules were spent; whether a point costs too much now."""
        self._accuracies.append(accuracy)
        mean = sum(self._accuracies) / LOOKS
        if len(self._accuracies) == LOOKS and mean >= self._best + POINT:
            self._best, self._risen = mean, joules
        return self.point is not None and joules - self._risen >= self.point

    def lower(self, joules: float) -> None:
        """The learning rate was lowered when so many were spent: what it brings counts from here."""
        self.lowered, self._risen = self.lowered + 1, joules

    def overprice(self, joules: float) -> None:
        """A point costs too much, and nothing is left to lower: it is time to stop."""
        self.overpriced = (
            f"{plain(joules - self._risen)} J brought less than a point of accuracy, which may cost"
            f" {plain(self.point or 0)} J"
        )

    def _spent_now(self) -> float:
        spent = self.spent
        return spent.value if spent.known else math.nan

    def reached(self, meter: Meter) -> str | None:
        """Why it is time to stop, or None. Cheap: the counters are only asked when the end could be near."""
        if self._meter is None:
            self.start(meter)
        elif self._meter is not meter:
            raise ValueError(
                "this budget counts on another meter; give each its own, or move it with start(meter)"
            )
        if self.overpriced:
            return self.overpriced
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
        if self._meter is None or not self._meter.seconds_of(APART, self._since):
            return Joules.missing()
        lines = self._meter.ledger(self._since)
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

    @property
    def penalty(self) -> float:
        """Joules since a point was gained, as a share of what a point may cost, from 0 to 1; 0 while nobody knows."""
        if self.point is None or math.isnan(self._risen):
            return 0.0
        since = (self._spent_now() - self._risen) / self.point
        return 0.0 if math.isnan(since) else min(1.0, max(0.0, since))

    def __repr__(self) -> str:
        limits = [
            f"{name}={getattr(self, name):g}"
            for name in ("joules", "seconds", "point")
            if getattr(self, name)
        ]
        return f"Budget({', '.join(limits)}, then={self.then!r})"
