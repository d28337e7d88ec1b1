"""Landing: what came of a slice, as an event of the record, with processor seconds made joules."""

from __future__ import annotations

from typing import Any

from .course.candidate import Candidate
from .course.course import Event
from .workers.slice import Landing, own


def landed(candidate: Candidate, landing: Landing, rate: float) -> Event:
    """An event from what a worker tells; `rate` is joules of a processor second where it ran."""
    joules = own(landing["seconds"]) * rate
    for how in ("limited", "broken"):
        if how in landing:
            end = "limited" if how == "limited" else "failed"
            return {"do": "failed", "n": candidate.n, "why": landing[how], "joules": joules, "as": end}
    measured = candidate.measured | landing.get("measured", {})
    event: Event = {
        "do": "slice",
        "n": candidate.n,
        "passes": landing["passes"],
        "joules": joules,
        "looks": [[_seen(candidate, look, rate, measured), rung] for look, rung in landing["looks"]],
        "seconds": {kind: round(spent, 6) for kind, spent in landing["seconds"].items()},
    }
    if "price" in landing:
        event["price"] = landing["price"] * rate
    if "measured" in landing:
        event["measured"] = landing["measured"]
    return event


def lost(n: int, error: BaseException) -> Event:
    """An event for a slice of which nothing came."""
    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return {"do": "lost", "n": n, "why": why, "fault": 1}


def _seen(
    candidate: Candidate, look: dict[str, Any], rate: float, measured: dict[str, Any]
) -> dict[str, Any]:
    told = {name: value for name, value in look.items() if name != "seconds"}
    return {**told, "joules": candidate.spent + look["seconds"] * rate, **measured}
