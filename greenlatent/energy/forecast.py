"""The forecast: what the planned steps will cost, from the course of a run so far."""

import math
from collections.abc import Sequence

import numpy as np

from .arguments import number
from .counting.sums import Second
from .intervals import student
from .joules import Joules

DRIFT = 0.05  # how far joules a step wander over a time as long as that seen, one deviation, in recorded runs
ONCE = 3.0  # times what is usual: what takes more, in one place, has come once


def forecast(course: Sequence[Second], kind: str, steps: float) -> Joules:
    """Joules of a run of `steps` units of `kind`, from its course so far: what is spent, and the rest at the
    rate of late, with the interval of how that rate went up and down.

    The first tenth is left out of the rate: importing, compiling and warming up do not come again. Nor does what
    made a later stretch several times as dear as the others; that it might is part of the interval.
    """
    steps = number("steps", steps, f"the planned number of units of {kind!r}", above=0)
    points = [(p.units.get(kind, 0.0), p.joules) for p in course if p.joules == p.joules]
    if len(points) < 4 or points[-1][0] <= points[0][0]:
        return Joules.missing()
    done, spent = points[-1]
    if steps <= done:
        return Joules.of(spent)
    late = np.array([p for p in points if p[0] > 0.1 * done])
    if len(late) < 2 or late[-1, 0] <= late[0, 0]:
        late = np.array(points)  # all but one reading fell into the first tenth, or nothing was done since
    # Blocks of equal work, few enough that what recurs (an evaluation after each epoch) averages out within
    # them.
    count = min(8, len(late) - 1)
    edges = np.interp(np.linspace(late[0, 0], late[-1, 0], count + 1), late[:, 0], late[:, 1])
    size = (late[-1, 0] - late[0, 0]) / count
    rates = np.diff(edges) / size
    rest = steps - done
    value = spent + rest * _usual(rates).mean()
    if count < 2:
        return Joules.of(value, rest * rates.mean())
    deviation = rates.std(ddof=1) * math.sqrt(1 / count + size / rest)
    turn = abs(rates[count // 2 :].mean() - rates[: count // 2].mean())  # it may go on
    drift = 1.96 * DRIFT * rates.mean() * math.sqrt(rest / done)
    own = rest * math.hypot(student(count - 1) * deviation, turn, drift)
    return Joules.of(value, (min(own, value - spent), own))


def _usual(rates: np.ndarray) -> np.ndarray:
    """Without what came once: in one block, or on the border of two. What came again will come again."""
    dear = np.flatnonzero(rates > ONCE * np.median(rates))
    once = len(dear) > 0 and dear[-1] - dear[0] < 2 and np.median(rates) > 0
    return np.delete(rates, dear) if once else rates
