"""Entries: one thing that somebody said of a plan, as a line, and what all of them say together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

UNDO, REDO = "undo", "redo"
LONGEST = 1_000_000  # bytes of a line; a longer one is nothing that a plan wrote


@dataclass(frozen=True)
class Entry:
    """A value of a field of a part. Events of one `step` were said together, and are undone together."""

    id: str
    step: str
    by: str
    book: str
    """Of which plan folder it is: what was said here stays, where a merged plan says otherwise."""
    time: float
    part: str
    field: str
    value: Any
    source: str = "you"
    was: tuple[str, ...] = ()
    """The events that stood for this field when it was said, which it takes the place of."""

    @property
    def place(self) -> tuple[str, str]:
        return self.part, self.field

    @property
    def line(self) -> bytes:
        told = asdict(self)
        told["from"] = told.pop("source")
        return json.dumps(told, ensure_ascii=False, allow_nan=False).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Entry:
        """From a line; ValueError if it is none."""
        if len(line) > LONGEST:
            raise ValueError(f"is longer than {LONGEST} bytes")
        try:
            told = json.loads(line)
            texts = [told[name] for name in ("id", "step", "by", "book", "part", "field", "from")]
            time, was = told["time"], tuple(told["was"])
            value = told["value"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError("is no event") from error
        if not all(isinstance(text, str) for text in (*texts, *was)) or isinstance(time, bool):
            raise ValueError("is no event")
        if not isinstance(time, int | float) or not math.isfinite(time):
            raise ValueError("is of no time")
        identity, step, by, book, part, field, source = texts
        return cls(identity, step, by, book, float(time), part, field, value, source, was)


class Said:
    """What events say together, whatever the order in which they came: of time, and of their ids at one time."""

    def __init__(self, events: Iterable[Entry]):
        self.events = sorted(events, key=lambda event: (event.time, event.id))
        self.by_id = {event.id: event for event in self.events}
        self.undone, self._again = self._taken_back()
        standing: dict[tuple[str, str], list[Entry]] = {}
        for event in self.events:
            if event.field not in (UNDO, REDO) and event.step not in self.undone:
                standing.setdefault(event.place, []).append(event)
        self._heads = {place: self._last(found) for place, found in standing.items()}

    def heads(self, part: str, field: str) -> list[Entry]:
        """What stands for a field: nothing, one event, or several that did not know of each other."""
        return self._heads.get((part, field), [])

    def places(self) -> list[tuple[str, str]]:
        return list(self._heads)

    def steps(self) -> list[str]:
        """Everything that was done, undoing included, one after another."""
        return list(dict.fromkeys(event.step for event in self.events))

    def to_undo(self) -> str | None:
        """The newest step that can be taken back: what was learned of a run is no opinion, and stays."""
        for event in reversed(self.events):
            if event.field not in (UNDO, REDO) and event.part != "run" and event.step not in self.undone:
                return event.step
        return None

    def to_redo(self) -> str | None:
        """The step that was taken back last, unless something new was said since."""
        return self._again[-1] if self._again else None

    def _taken_back(self) -> tuple[set[str], list[str]]:
        undone: set[str] = set()
        again: list[str] = []
        for event in self.events:
            if event.field == UNDO and isinstance(event.value, str):
                undone.add(event.value)
                again.append(event.value)
            elif event.field == REDO and isinstance(event.value, str):
                undone.discard(event.value)
                again = [step for step in again if step != event.value]
            elif event.part != "run":
                again = []
        return undone, again

    def _last(self, found: list[Entry]) -> list[Entry]:
        """Those that no other takes the place of, be it through one that was taken back."""
        passed: set[str] = set()
        for event in found:
            ahead = list(event.was)
            while ahead:
                name = ahead.pop()
                if name not in passed:
                    passed.add(name)
                    ahead += self.by_id[name].was if name in self.by_id else ()
        return [event for event in found if event.id not in passed]
