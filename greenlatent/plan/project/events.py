"""Entries: one thing that somebody said of a plan, as a line, and what all of them say together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

UNDO, REDO = "undo", "redo"
MEASURED = ("run", "case", "tried")  # parts that no undo takes back: what was measured is no opinion
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
        try:
            return json.dumps(told, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{self.part}: {error.object[error.start : error.end]!r} is half of a character, which no file can "
                "hold; write it anew"
            ) from None

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


def _order(event: Entry) -> tuple[float, str]:
    return event.time, event.id


class Said:
    """What events say together, whatever the order in which they came: of time, and of their ids at one time."""

    def __init__(self, events: Iterable[Entry]):
        self.events = sorted(events, key=_order)
        self.by_id = {event.id: event for event in self.events}
        self.undone, self._again = self._taken_back()
        standing: dict[tuple[str, str], list[Entry]] = {}
        for event in self.events:
            if event.field not in (UNDO, REDO) and event.step not in self.undone:
                standing.setdefault(event.place, []).append(event)
        newest = sorted(standing.items(), key=lambda each: _order(each[1][-1]))
        self._heads = {place: self._last(found) for place, found in newest}

    @property
    def last(self) -> Entry | None:
        """The newest."""
        return self.events[-1] if self.events else None

    def add(self, events: list[Entry]) -> bool:
        """Newer ones that take nothing back and follow what stands; False if it is to be worked out anew."""
        for event in events:
            late = self.last is None or _order(event) > _order(self.last)
            heads = self.heads(*event.place)
            if not late or event.field in (UNDO, REDO) or {each.id for each in heads} - set(event.was):
                return False
            if event.step in self.undone:
                return False
            self.events.append(event)
            self.by_id[event.id] = event
            self._heads.pop(event.place, None)  # a field's last word decides its place
            self._heads[event.place] = [event]
            if event.part not in MEASURED:
                self._again = []
        return True

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
            if (
                event.field not in (UNDO, REDO)
                and event.part not in MEASURED
                and event.step not in self.undone
            ):
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
            elif event.part not in MEASURED:
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
