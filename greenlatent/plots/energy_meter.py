"""EnergyMeter: what a meter reads, live: joules a step, the total by kind of work, and how each is known."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from ..energy.joules import Joules
from ..energy.meter import Meter
from ..energy.names import called
from ..widgets.widget import Widget

READINGS = 120  # how many of them the strip shows
EVERY = 1.0  # seconds between two readings
# What a person knows by name comes first, and in this order; `other` is what nobody marked.
KINDS = (
    "train",
    "feedback",
    "view",
    "suggest",
    "relevance",
    "solve",
    "evaluate",
    "save",
    "waiting",
    "control",
)


class Gauge:
    """Tells one widget of one meter, for any thread; a unit of `kind` is called `unit`."""

    def __init__(self, meter: Meter, widget: Widget, *, kind: str = "train", unit: str = "step"):
        self.meter, self.widget, self.kind, self.unit = meter, widget, kind, unit
        self._readings: deque[tuple[float, float, float]] = deque(maxlen=READINGS)
        self._units = 0
        self._told = -math.inf

    def tell(self, *, now: bool = False, more: Callable[[], dict[str, Any]] = dict) -> None:
        """Take a reading and tell it, at most once a second unless it must be `now`; `more()` goes with it."""
        at = time.perf_counter()
        if not now and at - self._told < EVERY:
            return
        self._told = at
        units, per = self.meter.units(self.kind), self.meter.per(self.kind)
        if units != self._units:  # else there was no step that could have cost anything
            self._units = units
            self._readings.append((per.joules.value, per.joules.low, per.joules.high))
        strip = np.array(self._readings, "<f4").reshape(-1, 3).tobytes()
        self.widget.set_panel(
            "meter",
            {"unit": self.unit, "per": amount(per.joules, self.unit), **reading(self.meter), **more()},
            strip,
        )


def reading(meter: Meter) -> dict[str, Any]:
    """Everything that a meter knows about itself, as the page is told it."""
    now = meter.reading()
    order = [
        *(kind for kind in KINDS if kind in now.lines),
        *(kind for kind in now.lines if kind not in KINDS),
    ]
    known = {"measured": now.measured, "modelled": now.modelled}
    how = [{"how": how, "text": text} for how, texts in known.items() for text in texts]
    if not now.total.known:
        how.append({"how": "missing", "text": "nothing could be read or modelled so far"})
    elif now.total.coverage < 0.995:
        how.append({"how": "missing", "text": f"{1 - now.total.coverage:.0%} of the time has no reading"})
    return {
        "total": amount(now.total),
        "lines": [
            {"kind": kind, "name": called(kind), **(amount(now.lines[kind]) or {"value": None})}
            for kind in order
        ],
        "how": how,
        "notes": list(now.notes),
        "grams": None if now.carbon is None or not now.total.known else str(now.carbon),
    }


def amount(joules: Joules, per: str = "") -> dict[str, Any] | None:
    """A reading with its interval, how it is known and what it is `per`; None for one that nobody took, never 0."""
    if not joules.known:
        return None
    ends = {"value": joules.value, "low": joules.low, "high": joules.high}
    return {**ends, "badges": dict(joules.badges), "unit": "J", "per": per}


class EnergyMeter(Widget):
    """A meter to look at, alone in a notebook: beside any training loop that is marked for it.

    >>> meter = gl.Meter()
    >>> gl.EnergyMeter(meter)
    >>> with meter:
    ...     for batch in batches:
    ...         with meter.doing("train"):
    ...             step(batch)
    """

    _leave: Callable[[], None] | None = None  # ends the listening

    def __init__(self, meter: Meter, *, kind: str = "train", unit: str = "step", title: str = "") -> None:
        """`kind`: the kind of work whose joules a unit the strip shows, such as "infer"; `unit`: what one is called."""
        if not isinstance(meter, Meter):
            raise TypeError(f"meter={meter!r} is no meter; make one with gl.Meter()")
        super().__init__("meter", title=title, editable=False)
        self._gauge = Gauge(meter, self, kind=kind, unit=unit)
        self._leave = meter.listen(self._read)
        self._gauge.tell(now=True)

    def _read(self) -> None:
        """While nobody looks nothing is worked out; who comes back waits a second at most."""
        if self.watched or not self._gauge.meter.running:
            self._gauge.tell(now=not self._gauge.meter.running)

    def close(self) -> None:
        """Take the view from the page and hear no more of the meter; may be called twice."""
        if self._leave is not None:
            self._leave()
        super().close()
