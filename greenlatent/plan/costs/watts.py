"""Watts: joules a processor second, as counters and plugs read them in runs of this machine."""

from __future__ import annotations

from collections.abc import Sequence

from ...energy.sources.model import Model
from .experience import ALIKE, ALONE, Past


def learned(runs: Sequence[Past]) -> float | None:
    """The median of runs that a counter or a plug read; None where there are none, and the meter's model it is.

    One that is far from the model alone is not believed: a counter of a whole server would move every estimate.
    """
    read = [run for run in runs if run.joules and _counted(run)]
    each = [float(run.joules or 0.0) / run.processor_seconds for run in read]
    found = sorted(
        watts
        for k, (run, watts) in enumerate(zip(read, each, strict=True))
        if 1 / ALONE < watts / _modelled(run) < ALONE
        or any(1 / ALIKE < watts / other < ALIKE for j, other in enumerate(each) if j != k)
    )
    return found[len(found) // 2] if found else None


def _counted(run: Past) -> bool:
    return bool(run.badges) and run.badges.get("model", 0.0) + run.badges.get("estimate", 0.0) < 0.5


def _modelled(run: Past) -> float:
    """What the meter's model has for the same seconds, a processor second."""
    joules = Model().joules("train", run.seconds, run.processor_seconds, 0.0).value
    return joules / run.processor_seconds
