"""The model for machines without counters: processor seconds times watts, with the interval that deserves.

Watts per logical processor are the span of the SPECpower results of seven server families as Cloud Carbon
Footprint publishes them (idle 0.4 to 1.9, busy 1.6 to 6.0); memory is charged for what the process holds, at
the 0.37 W/GB of Green Algorithms, within a factor of two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..arguments import number
from ..joules import Joules
from ..machine import cpus, machine

Band = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True)
class Model:
    """Joules of the processor and its memory from the time they were used.

    Idle watts are charged for every second, for the processors this process may use and no others.
    """

    idle_watts: Band = (0.7, 0.4, 1.9)  # per logical processor, whatever it does
    busy_watts: Band = (2.8, 1.2, 4.1)  # on top of that, per processor second used
    memory_watts: Band = (0.37, 0.19, 0.75)  # per gigabyte held
    cpus: float | None = None
    badge: str = "model"

    def __post_init__(self) -> None:
        wanted = "(value, low, high) in watts, 0 <= low <= value <= high"
        for name in ("idle_watts", "busy_watts", "memory_watts"):
            band = getattr(self, name)
            if not isinstance(band, Sequence) or len(band) != 3:
                raise TypeError(f"{name}={band!r}; give {wanted}")
            value, low, high = (number(name, watts, wanted, least=0) for watts in band)
            if not low <= value <= high:
                raise ValueError(f"{name}={band!r}; give {wanted}")
        count = (
            cpus()
            if self.cpus is None
            else number("cpus", self.cpus, "how many processors are ours", above=0)
        )
        object.__setattr__(self, "cpus", count)

    def joules(self, kind: str, seconds: float, cpu_seconds: float, gigabyte_seconds: float) -> Joules:
        """Of one kind of work. How hungry its instructions are is an error that all its readings share."""
        here = machine()
        seconds, cpu_seconds, gigabyte_seconds = (
            max(seconds, 0.0),
            max(cpu_seconds, 0.0),
            max(gigabyte_seconds, 0.0),
        )
        parts = (
            ("idle watts", self.idle_watts, seconds * (self.cpus or 1.0)),
            ("watts per processor", self.busy_watts, cpu_seconds),
            ("watts per gigabyte", self.memory_watts, gigabyte_seconds),
        )
        value = sum(band[0] * amount for _, band, amount in parts)
        shared = {
            f"{name}@{here}": ((band[0] - band[1]) * amount, (band[2] - band[0]) * amount)
            for name, band, amount in parts
            if amount > 0
        }
        mix = 0.1 * self.busy_watts[0] * cpu_seconds
        if mix > 0:
            shared[f"instructions of {kind}@{here}"] = (mix, mix)
        return Joules.of(value, 0.01 * value, shared, {self.badge: 1.0})


def Device(idle_watts: float, peak_watts: float, *, error: float = 0.1) -> Model:
    """A machine whose watts one knows: at rest, and with all its processors busy.

    >>> Device(idle_watts=6.0, peak_watts=28.0).badge
    'device'
    """
    idle_watts = number("idle_watts", idle_watts, "watts at rest", least=0)
    peak_watts = number(
        "peak_watts", peak_watts, "watts with all processors busy, idle <= peak", least=idle_watts
    )
    error = number("error", error, "the relative error of both, such as 0.1", least=0, below=1)
    count = cpus()
    idle, busy = idle_watts / count, (peak_watts - idle_watts) / count

    def band(watts: float) -> Band:
        return watts, watts * (1 - error), watts * (1 + error)

    return Model(band(idle), band(busy), (0.0, 0.0, 0.0), count, "device")
