"""Book: the file of a plan, to which events are appended under a lock, so that two kernels can write one plan."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...edits.locking import lock, unlock
from .events import REDO, UNDO, Entry, Said

FILE, ASIDE = "book.jsonl", "book-set-aside.jsonl"


@dataclass(frozen=True)
class Version:
    """A step: who did it, when (seconds since 1970), and what, in words."""

    number: int
    by: str
    at: float
    words: str

    def __str__(self) -> str:
        return f"{self.number}: {self.words} ({self.by})"


@dataclass(frozen=True)
class Clash:
    """Two values of one field, said by people who did not know of each other: the one that stands, and the others."""

    part: str
    field: str
    mine: Entry
    others: tuple[Entry, ...]


class PlanBook:
    """The events of a plan. Nothing is held open; the lock is taken for the moment of writing only.

    >>> import tempfile
    >>> book = PlanBook(Path(tempfile.mkdtemp()), by="me")
    >>> book.say("data", rows=500)
    >>> book.value("data", "rows"), book.undo(), book.value("data", "rows")
    (500, True, None)
    """

    def __init__(self, folder: Path, by: str):
        if not isinstance(by, str) or not by.strip():
            raise ValueError(f"by={by!r}; give the name that your entries are to bear, such as 'me'")
        self.by = by
        self._path = folder / FILE
        self._read = 0  # bytes of the file that are known
        self._file: int | None = None  # its inode: a file that was replaced is read anew
        self._events: dict[str, Entry] = {}
        self._said: Said | None = None
        self._name = ""
        self.set_aside: list[str] = []
        """Lines that were not believed."""

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def said(self) -> Said:
        """What all events say together, those of other kernels included."""
        self._catch_up()
        if self._said is None:
            self._said = Said(self._events.values())
        return self._said

    def event(self, part: str, field: str) -> Entry | None:
        """What stands for a field. Where two clash: what was said in this folder, the newest of it."""
        return self._mine(self.said.heads(part, field))

    def _mine(self, heads: list[Entry]) -> Entry | None:
        mine = [event for event in heads if event.book == self.name] or heads
        return mine[-1] if mine else None

    def value(self, part: str, field: str) -> Any:
        found = self.event(part, field)
        return None if found is None else found.value

    def values(self, part: str) -> dict[str, Any]:
        """All that stands in a part, in the order of its fields' last words."""
        return {event.field: event.value for event in self.standing(part)}

    def standing(self, part: str) -> list[Entry]:
        """What stands in a part, with who said it."""
        found = [self._mine(self.said.heads(own, field)) for own, field in self.said.places() if own == part]
        return [event for event in found if event is not None]

    @property
    def state(self) -> int:
        """Another number whenever there is more to know."""
        return len(self.said.by_id)

    @property
    def clashes(self) -> list[Clash]:
        found = []
        for part, field in self.said.places():
            mine = self.event(part, field)
            others = [event for event in self.said.heads(part, field) if mine and event.value != mine.value]
            if mine and others:
                found.append(Clash(part, field, mine, tuple(others)))
        return found

    @property
    def versions(self) -> list[Version]:
        steps: dict[str, list[Entry]] = {}
        for event in self.said.events:
            steps.setdefault(event.step, []).append(event)
        return [
            Version(number, found[0].by, found[0].time, ", ".join(map(_words, found)))
            for number, found in enumerate(steps.values(), 1)
        ]

    def diff(self, a: int, b: int) -> dict[tuple[str, str], tuple[Any, Any]]:
        """The fields whose value differs between two versions, with both; version 0 is the empty plan."""
        before, after = self._at(a), self._at(b)
        places = dict.fromkeys([*before, *after])
        both = {place: (before.get(place), after.get(place)) for place in places}
        return {place: values for place, values in both.items() if values[0] != values[1]}

    @property
    def name(self) -> str:
        """What this folder's events bear as their book. It is of the place, and not of who writes."""
        if not self._name:
            try:
                self._name = self._path.with_name("book-name").read_text(encoding="utf-8")[:64]
            except OSError:
                return ""
        return self._name

    # -- writing ---------------------------------------------------------------------------------------------

    def say(self, part: str, source: str = "you", **fields: Any) -> None:
        """Give fields of a part their values, in one step."""
        self.say_all({(part, field): value for field, value in fields.items()}, source)

    def say_all(
        self, values: Mapping[tuple[str, str], Any], source: str = "you", step: str | None = None
    ) -> str:
        """Give fields of any parts their values, in one step, whose name it returns.

        With the name of the newest `step` it goes on with that one: letters typed into one field are one step.
        """
        descriptor = self._hold()
        try:
            self._catch_up()
            last = self.said.last
            if step is None or last is None or last.step != step:
                step = uuid.uuid4().hex
            self._write(
                descriptor, [self._made(*place, value, source, step) for place, value in values.items()]
            )
        finally:
            self._let_go(descriptor)
        return step

    def undo(self) -> bool:
        """Take back the newest step; False if there is none."""
        return self._back(UNDO)

    def redo(self) -> bool:
        """Do again what was taken back last; False if there is nothing, or something new was said since."""
        return self._back(REDO)

    def merge(self, folder: str | Path) -> int:
        """Take in the events of another plan's folder; how many were new. Twice is once."""
        other = PlanBook(Path(folder), by=self.by)
        if not other.said.events:
            raise ValueError(f"there is no plan in {str(folder)!r}; give the folder that holds {FILE}")
        descriptor = self._hold()
        try:
            self._catch_up()
            new = [event for event in other.said.events if event.id not in self._events]
            self._write(descriptor, new)
        finally:
            self._let_go(descriptor)
        return len(new)

    def _back(self, word: str) -> bool:
        descriptor = self._hold()
        try:
            step = self.said.to_undo() if word == UNDO else self.said.to_redo()
            if step is None:
                return False
            self._write(descriptor, [self._made("plan", word, step, "you", uuid.uuid4().hex)])
        finally:
            self._let_go(descriptor)
        return True

    def _made(self, part: str, field: str, value: Any, source: str, step: str) -> Entry:
        said = self.said
        last = said.last.time if said.last else 0.0
        was = tuple(event.id for event in said.heads(part, field))
        at = max(time.time(), last + 1e-6)  # a clock that was put back does not change what came last
        return Entry(uuid.uuid4().hex, step, self.by, self.name, at, part, field, value, source, was)

    # -- the file --------------------------------------------------------------------------------------------

    def _hold(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            lock(descriptor)
            if not self.name:
                self._path.with_name("book-name").write_text(uuid.uuid4().hex, encoding="utf-8")
            self._mend(descriptor)
        except BaseException:
            self._let_go(descriptor)
            raise
        return descriptor

    @staticmethod
    def _let_go(descriptor: int) -> None:
        unlock(descriptor)
        os.close(descriptor)

    def _mend(self, descriptor: int) -> None:
        """A last line that was cut off is set aside, so that the next begins on its own."""
        whole = self._path.read_bytes() if _cut(descriptor) else b"\n"
        end = whole.rfind(b"\n") + 1
        if end < len(whole):
            with self._path.with_name(ASIDE).open("ab") as file:
                file.write(whole[end:] + b"\n")
            os.ftruncate(descriptor, end)
            self.set_aside.append("a last line was cut off")

    def _write(self, descriptor: int, events: list[Entry]) -> None:
        text = b"".join(event.line for event in events)
        while text:
            text = text[os.write(descriptor, text) :]
        self._catch_up()

    def _catch_up(self) -> None:
        """Read what was appended since; whole lines only, as the last may be in writing."""
        try:
            with self._path.open("rb") as file:
                seen = os.fstat(file.fileno())
                if seen.st_ino != self._file or seen.st_size < self._read:
                    self._events, self._read, self._file, self._said = {}, 0, seen.st_ino, None
                if seen.st_size == self._read:
                    return
                file.seek(self._read)
                text = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return
        text = text[: text.rfind(b"\n") + 1]
        self._read += len(text)
        new = []
        for line in text.splitlines():
            try:
                event = Entry.read(line)
            except ValueError as error:
                self.set_aside.append(f"a line {error}")
                continue
            if event.id not in self._events:
                self._events[event.id] = event
                new.append(event)
        if self._said is not None and new and not self._said.add(new):
            self._said = None

    def _at(self, version: int) -> dict[tuple[str, str], Any]:
        steps = self.said.steps()
        if isinstance(version, bool) or not isinstance(version, int) or not 0 <= version <= len(steps):
            raise ValueError(f"version {version!r}; there are 0 to {len(steps)}")
        known = set(steps[:version])
        then = Said(event for event in self.said.events if event.step in known)
        return {place: then.heads(*place)[-1].value for place in then.places()}


def _cut(descriptor: int) -> bool:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        return False
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"


def _words(event: Entry) -> str:
    if event.field in (UNDO, REDO):
        return event.field
    if isinstance(event.value, dict | list) and event.part not in ("data", "actions"):
        return f"{event.part} {event.field}"
    return f"{event.part} {event.field} {str(event.value)[:60]}"
