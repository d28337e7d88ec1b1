"""Labour: wages for the time that people gave to a run, against the energy that their edits save."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real

from ..edits.events import Event
from ..energy.joules import Joules
from ..energy.names import count, plain
from .comparison import Comparison

KWH = 3.6e6  # joules


@dataclass(frozen=True)
class Labour:
    """Money in whatever currency the rates were given in. `retrainings` is after how many trainings with the edits
    their saving has paid the wages, with its interval: infinite where nothing is saved, None before a comparison."""

    edits: int
    timed: int  # of them, those whose seconds are known
    seconds: float
    wages: float
    energy: float  # all that the meter read of this run
    saved: float | None  # by one training with the edits, where another would do without
    retrainings: tuple[float, float, float] | None

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        spent: Joules,
        comparison: Comparison | None,
        hourly_rate: float,
        tariff: float,
    ) -> Labour:
        """`hourly_rate` is money for an hour of work, `tariff` for a kilowatt-hour."""
        for name, value, unit in (
            ("hourly_rate", hourly_rate, "an hour"),
            ("tariff", tariff, "a kilowatt-hour"),
        ):
            if isinstance(value, bool) or not (isinstance(value, Real) and 0 <= value < math.inf):
                raise ValueError(f"{name} is money for {unit}, a number from 0 up, got {value!r}")
        made = [event for event in events if event.edit is not None]
        times = [event.seconds for event in made if event.seconds is not None]
        seconds, price = math.fsum(times), tariff / KWH
        wages, energy = seconds / 3600 * hourly_rate, spent.value * price
        found: tuple[float | None, tuple[float, float, float] | None] = None, None
        if comparison is not None and comparison.saved[0].known:
            joules, less = comparison.saved
            each = joules.value * price if less else 0.0
            ends = [value * price if less else 0.0 for value in (joules.value, joules.high, joules.low)]
            value, low, high = (wages / end if end > 0 else math.inf if wages else 0.0 for end in ends)
            found = each, (value, low, high)
        return cls(len(made), len(times), seconds, wages, energy, *found)

    def __str__(self) -> str:
        unknown = self.edits - self.timed
        if self.edits and not self.timed:
            return (
                f"None of the {self.edits} edits tells how long it took, so wages are not known, nor when they"
                f" are back; the energy of this run is {plain(self.energy)}."
            )
        whose = f" ({unknown} of them tell no time, so it was more)" if unknown else ""
        lines = [
            f"{count(self.edits, 'edit')} took {self.seconds / 60:.1f} minutes{whose}: {plain(self.wages)} in wages,"
            f" against {plain(self.energy)} for the energy of this run."
        ]
        if self.retrainings is None or self.saved is None:
            lines.append("What they save is not known: lab.control() compares with the run without them.")
        elif not self.saved:
            lines.append("A training with them saves no energy, so the wages are never back by energy alone.")
        else:
            value, low, high = map(plain, self.retrainings)
            lines.append(
                f"A training with them saves {plain(self.saved)}: the wages are back after {value} of them"
                f" ({low} to {high})."
            )
        return "\n".join(lines)
