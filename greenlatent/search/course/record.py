"""SearchRecord: the file of a search, one JSON line an event, on disk before what it tells of goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ...edits.logfile import LogFile, TakenOver
from ...files import next_folder
from .course import Course, Event
from .shape import check, check_choices

HOME = Path("greenlatent-searches")
FILE, FORMAT = "search.jsonl", 1


class SearchRecord:
    """Written by one search at a time: where another goes on in the same file, writing raises `TakenOver`."""

    def __init__(
        self, folder: Path | Callable[[], Path], header: Event, course: Course, file: LogFile | None = None
    ):
        self._where, self.header, self.course = folder, header, course
        self.lock = threading.RLock()
        self._listeners: list[Callable[[Event], object]] = []
        self._file = LogFile(lambda: self.folder / FILE) if file is None else file

    @property
    def folder(self) -> Path:
        """Where it is; a folder that is not named is made when there is something to keep."""
        if callable(self._where):
            self._where = self._where()
        return self._where

    @classmethod
    def load(cls, folder: Path, course_of: Callable[[Event], Course]) -> SearchRecord:
        """Read a record, whose header says what it is about; a damaged last line is left out."""
        if not (folder / FILE).is_file():
            raise FileNotFoundError(f"{folder} is no search: it holds no {FILE}")
        lines: list[Event] = []

        def take(line: Any, number: int) -> None:
            if not isinstance(line, dict) or not isinstance(line.get("do"), str):
                raise ValueError("it is no event of a search")
            if number == 1 and (line["do"] != "header" or line.get("v") != FORMAT):
                raise ValueError(
                    f"it is no header of format {FORMAT}: another version of greenlatent wrote it"
                )
            check(line)
            lines.append(line)

        file = LogFile.load(folder / FILE, take)
        try:
            course = course_of(lines[0])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{folder / FILE} line 1 tells of what cannot be: {error!s:.300}") from error
        record = cls(folder, lines[0], course, file)
        for number, line in enumerate(lines[1:], 2):
            try:
                check_choices(line, record.course.space, len(record.course.candidates))
                record.course.apply(line)
            except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
                raise ValueError(
                    f"{folder / FILE} line {number} tells of what cannot be: {error!r:.300}"
                ) from error
        return record

    def say(self, event: Event, *, sync: bool = False) -> None:
        """Append an event and let it count: both, or this raises and nothing has changed."""
        with self.lock:
            self._file.remember()
            try:
                self._file.write(event, self.header, lambda: [self.header, *self.course.events], sync=sync)
            except TakenOver:
                raise
            except BaseException:
                self._file.take_back()
                raise
            finally:
                self._file.release()
            self.course.apply(event)
        for heard in list(self._listeners):
            heard(event)

    def listen(self, heard: Callable[[Event], object]) -> Callable[[], None]:
        """Call back with every event, on the thread that said it; returns what ends that."""
        self._listeners.append(heard)
        return lambda: self._listeners.remove(heard) if heard in self._listeners else None

    def close(self) -> None:
        self._file.close()


def new_folder(fingerprint: str, given: str | Path | None) -> Path | Callable[[], Path]:
    """Where a search keeps what it does: a folder that is given, or, once it is needed, the next one for its data."""
    if given is not None:
        folder = Path(given)
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(f"{folder} is a file, and a search is a folder; choose another name")
        if (folder / FILE).exists():
            raise FileExistsError(
                f"{folder} holds another search; choose another folder, or go on with it by"
                f' gl.Search.load("{folder}", make, train, valid=valid)'
            )
        return folder

    return partial(next_folder, HOME, fingerprint[:8])
