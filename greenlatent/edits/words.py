"""Words: an edit in one line of English, and a journal as such lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..energy.names import count, plural
from .events import Event
from .found import named
from .kinds import (
    Affirm,
    Choice,
    Drop,
    Edit,
    Found,
    Link,
    Move,
    Near,
    Pulled,
    RankFeatures,
    Rate,
    Relabel,
    Separate,
    Shift,
    Spread,
    Weigh,
    touched,
)


def rows(events: Iterable[Event], classes: Sequence[str]) -> list[dict[str, Any]]:
    """The edits of a journal in words, the newest first, each with its state."""
    edits: list[tuple[Event, Edit]] = []
    undone: set[int | None] = set()
    muted: set[int | None] = set()
    for event in events:
        if event.edit is not None:
            edits.append((event, event.edit))
        elif event.do in ("undo", "redo"):
            (undone.add if event.do == "undo" else undone.discard)(event.of)
        elif event.do in ("mute", "unmute"):
            (muted.add if event.do == "mute" else muted.discard)(event.of)
    return [
        {
            "n": event.n,
            "text": in_words(edit, classes),
            "by": event.by,
            "step": event.step,
            "state": "undone" if event.n in undone else "muted" if event.n in muted else "in force",
            "samples": len(touched(edit)),
            "takes": sum(edit.name in named(other) for _, other in edits) if isinstance(edit, Found) else 0,
        }
        for event, edit in reversed(edits)
    ]


def in_words(edit: Edit, classes: Sequence[str]) -> str:
    """What a person did, as one would tell it: "4 samples relabelled 7"."""
    return WORDS[type(edit)](edit, classes)


def _samples(ids: Sequence[int]) -> str:
    return count(len(ids), "sample")


def _relabel(edit: Relabel, classes: Sequence[str]) -> str:
    index = isinstance(edit.label, int) and 0 <= edit.label < len(classes)
    return f"{_samples(edit.ids)} relabelled {classes[int(edit.label)] if index else edit.label}"


def _move(edit: Move, classes: Sequence[str]) -> str:
    if isinstance(edit.to, str):
        how = "pulled to" if isinstance(edit, Pulled) else "dragged to"
        return f"{_samples(edit.ids)} {how} {edit.to}"
    where = f"near {_samples(edit.to.ids)}" if isinstance(edit.to, Near) else "to a place in the picture"
    return f"{_samples(edit.ids)} pulled {where}"


def _choice(edit: Choice, classes: Sequence[str]) -> str:
    found = f": {edit.right} of {edit.of} told right with it, {edit.without} without" if edit.of else ""
    return f"drags {'pull, too' if edit.on else 'are labels alone'}{found}"


def _separate(edit: Separate, classes: Sequence[str]) -> str:
    a, b = (side if isinstance(side, str) else _samples(side) for side in (edit.a, edit.b))
    return f"{a} and {b} pushed apart"


def _shift(edit: Shift, classes: Sequence[str]) -> str:
    against = "" if edit.against is None else f" against {edit.against}"
    return f"{edit.label} shifted by {edit.amount:g}{against}"


def _link(edit: Link, classes: Sequence[str]) -> str:
    return f"{_samples(edit.a)} and {_samples(edit.b)} {'are alike' if edit.alike else 'kept apart'}"


def _weigh(edit: Weigh, classes: Sequence[str]) -> str:
    often = {0.0: "left out", 1.0: "count as usual"}.get(
        edit.weight, f"count {edit.weight:g} {plural(edit.weight, 'time')}"
    )
    return f"{_samples(edit.ids)} {often}"


def _rate(edit: Rate, classes: Sequence[str]) -> str:
    return f"{_samples(edit.ids)} rated {edit.stars} of 5 stars"


def _drop(edit: Drop, classes: Sequence[str]) -> str:
    return f"{_samples(edit.ids)} left out"


def _affirm(edit: Affirm, classes: Sequence[str]) -> str:
    return f"{_samples(edit.ids)} affirmed as labelled"


def _found(edit: Found, classes: Sequence[str]) -> str:
    return f"{_samples(edit.ids)} found to be {edit.name}, a new class"


def _spread(edit: Spread, classes: Sequence[str]) -> str:
    return f"labels spread to {_samples(edit.ids)}"


def _rank(edit: RankFeatures, classes: Sequence[str]) -> str:
    return f"{edit.keep} of {count(len(edit.order), 'feature')} kept"


WORDS: dict[type, Callable[[Any, Sequence[str]], str]] = {
    Relabel: _relabel,
    Move: _move,
    Pulled: _move,
    Choice: _choice,
    Separate: _separate,
    Shift: _shift,
    Link: _link,
    Weigh: _weigh,
    Rate: _rate,
    Drop: _drop,
    Affirm: _affirm,
    Found: _found,
    Spread: _spread,
    RankFeatures: _rank,
}
