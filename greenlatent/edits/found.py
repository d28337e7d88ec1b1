"""Found: classes that people found in the data: their names, their indices, and the edits that rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..data.samples import Samples
from .events import Event
from .kinds import Edit, Found, Move, Relabel, Separate, Shift, Spread


def class_index(label: str | int, samples: Samples, found: Sequence[str]) -> int:
    """The index of a class of the data, or of a found one by its name; those come after the data's, in the order in
    which they were found, and keep their index when they are taken back."""
    if isinstance(label, str) and label in found and label not in samples.classes:
        return len(samples.classes) + list(found).index(label)
    return samples.class_index(label)


def named(edit: Edit | None) -> set[str]:
    """The classes that an edit calls by their names."""
    if isinstance(edit, Relabel):
        names: tuple[object, ...] = (edit.label,)
    elif isinstance(edit, Move):
        names = (edit.to,)
    elif isinstance(edit, Separate):
        names = (edit.a, edit.b)
    elif isinstance(edit, Shift):
        names = (edit.label, edit.against)
    elif isinstance(edit, Spread):
        names = edit.labels
    else:
        return set()
    return {name for name in names if isinstance(name, str)}


def standing(events: Iterable[Event], found: Sequence[str]) -> list[Event]:
    """Those of these edits that rest on no class that none of them finds: a name without its class says nothing."""
    events = list(events)
    there = {event.edit.name for event in events if isinstance(event.edit, Found)}
    gone = set(found) - there
    return [event for event in events if not gone & named(event.edit)] if gone else events
