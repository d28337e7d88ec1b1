"""LogFile: lines that are on disk when a write returns, or not at all, in a file that one process at a time goes on
with."""

from __future__ import annotations

import io
import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..files import whole_or_nothing
from .locking import lock, unlock

log = logging.getLogger(__name__)

LONGEST_LINE = 8 * 2**20  # bytes

Line = dict[str, Any]


class TakenOver(ValueError):
    """Another journal writes to the same file."""


class LogFile:
    """The file of one journal. Between `remember` and `release` others wait; `take_back` undoes what came between."""

    def __init__(self, path: str | os.PathLike[str] | Callable[[], Path] | None):
        # a function names the file when there is something to write, so that nothing lies about before
        self._choose = path if callable(path) else None
        self.path = None if path is None or callable(path) else Path(path)
        if self.path is not None and _holds_something(self.path):
            raise FileExistsError(f"{self.path} exists; read it with Journal.load, or choose another name")
        self.ours = False  # whether what is at `path` was written or read here
        self._file: io.FileIO | None = None
        self._size = 0  # of the file, as far as is known here
        self._begun: int | None = None  # the size of the file before the line that is being written
        self._were_ours = False  # whether it was ours before that
        self._damaged = b""  # what follows in the file, and is no line
        self._synced = 0.0

    @classmethod
    def load(cls, path: str | os.PathLike[str], take: Callable[[Any, int], None]) -> LogFile:
        """Read a file and let `take(line, number)` have every line; the file stays as it is."""
        path = Path(path)
        with path.open("rb") as file:
            with suppress(TimeoutError):  # who does not let go may be read all the same
                lock(file.fileno(), shared=True, patience=1.0)
            raw = file.read()
        start, number = 0, 0
        while start < len(raw):
            end = raw.find(b"\n", start)
            stop = len(raw) if end < 0 else end
            number += 1
            try:
                if end < 0:
                    raise ValueError("it has no end")
                if stop - start > LONGEST_LINE:
                    raise ValueError(f"it is longer than {LONGEST_LINE} bytes")
                take(json.loads(raw[start:stop]), number)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                if stop + 1 < len(raw):
                    raise ValueError(f"{path} line {number} is damaged: {error}") from error
                warnings.warn(
                    f"the last line of {path} was damaged ({error}); it is left out, and goes into"
                    f" {_aside(path).name} with the next edit",
                    stacklevel=3,
                )
                break
            start = stop + 1
        if not start:
            raise ValueError(f"{path} is not a greenlatent journal: it has no header line")
        found = cls(None)
        found.path, found.ours, found._size, found._damaged = path, True, start, raw[start:]
        return found

    @property
    def being_written(self) -> bool:
        """Whether it is open here, and still there: who deleted it wants it gone."""
        return self._file is not None and self.path is not None and self.path.exists()

    def remember(self) -> None:
        """Note what `take_back` comes back to."""
        self._begun, self._were_ours = None, self.ours

    def write(
        self, line: Line | None, head: Line, everything: Callable[[], Iterable[Line]], *, sync: bool = False
    ) -> None:
        """Write a line, after the head where the file begins. `everything` is written anew where the file is gone."""
        if self._hold(everything):
            self._append([part for part in (None if self.ours else head, line) if part], sync)

    def release(self) -> None:
        """Let others have the file."""
        if self._file is not None:
            unlock(self._file.fileno())

    def take_back(self) -> None:
        """Half a line, or one that did not count, would spoil the file."""
        self.ours = self._were_ours
        if self._begun is not None and self._file is not None:
            with suppress(OSError):
                self._file.truncate(self._begun)
            self._size = self._begun
        if self._size == 0 and self._file is not None and self.path is not None:
            with suppress(OSError):
                lock(self._file.fileno(), patience=0)  # or it is another's by now
                if self._is_open() and not _holds_something(self.path):
                    self.path.unlink()
            self._file.close()
            self._file = None

    def make_sure(self) -> None:
        """Raise `TakenOver` if somebody else has gone on in the file, or changed it."""
        if self.ours and self.path is not None and self.path.exists():
            self._make_sure_of_the_end()

    def close(self) -> None:
        """Let go of the file; a line after that opens it again."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self._file.close()  # type: ignore[union-attr]  # every line was flushed when it was written

    def _hold(self, everything: Callable[[], Iterable[Line]]) -> bool:
        """Open the file, if there is to be one, and keep others out; what is in it must be what was read or written
        here."""
        if self.path is None and self._choose is not None:
            self.path = self._choose()
        if self.path is None:
            return False
        if not self.ours and _holds_something(self.path):
            raise FileExistsError(f"{self.path} exists; go on with Journal.load, or choose another place")
        while True:
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                if self.ours:
                    self._write_anew(everything())
            if self._file is None:
                # without a buffer, which would keep what a full disk did not take
                self._file = io.FileIO(self.path, "ab")
            lock(self._file.fileno())
            if self._is_open():
                break
            # editors put another file in its place, and what goes into this one is lost
            self.close()
        if self.ours:
            self._make_sure_of_the_end()
            self._set_aside()
        elif _holds_something(self.path):
            raise FileExistsError(f"{self.path} was written by another; choose another place")
        else:
            self._size = 0
        return True

    def _append(self, lines: list[Line], sync: bool) -> None:
        """Write and flush: a killed process loses nothing. The disk is forced at most once a second."""
        assert self._file is not None
        texts = [_text(line) for line in lines]
        if texts and len(texts[-1]) > LONGEST_LINE:
            raise ValueError(f"an edit of {len(texts[-1])} bytes is over {LONGEST_LINE}; split it")
        text = b"".join(texts)
        now = time.monotonic()
        left = memoryview(text)
        self._begun = self._size
        while left:
            left = left[self._file.write(left) :]
        if sync or now - self._synced > 1:
            os.fsync(self._file.fileno())
            self._synced = now
        self._size = self._begun + len(text)
        self.ours = True

    def _is_open(self) -> bool:
        """Whether the open file is the one at the path."""
        assert self._file is not None and self.path is not None
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def _write_anew(self, lines: Iterable[Line]) -> None:
        assert self.path is not None
        log.warning("%s was deleted; all of it is written anew", self.path)
        self._size = save(self.path, lines)

    def _set_aside(self) -> None:
        """The damaged end goes into a file of its own: lines are written after whole ones."""
        assert self._file is not None and self.path is not None
        if self._damaged and self.path.stat().st_size > self._size:
            with _aside(self.path).open("ab") as file:
                file.write(self._damaged)
            self._file.truncate(self._size)
        self._damaged = b""

    def _make_sure_of_the_end(self) -> None:
        """Two Labs of one session would number their lines alike, and neither could be read again."""
        assert self.path is not None
        size = self.path.stat().st_size
        if size == self._size:
            return
        with self.path.open("rb") as file:
            file.seek(self._size)
            more = file.read()
        if self._damaged and more == self._damaged:
            return
        # who had it before may note late that they are done
        if size < self._size or not all(
            line.startswith(b'{"v":') and b'"do":"close"' in line for line in more.splitlines()
        ):
            raise TakenOver(
                f"{self.path} was written to by another Lab, which goes on with the same session, or was changed by"
                " hand; nothing was changed here. Go on there, or close it and load the session again;"
                " journal.save(path) writes the edits made here elsewhere"
            )
        self._size = size


def save(path: str | os.PathLike[str], lines: Iterable[Line]) -> int:
    """Write these lines as a new file, all of them or nothing; returns its bytes."""
    text = b"".join(map(_text, lines))
    with whole_or_nothing(path) as part:
        part.write_bytes(text)
    return len(text)


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")


def _holds_something(path: Path) -> bool:
    """An empty file is what an interrupt may leave, and nobody's."""
    return path.exists() and path.stat().st_size > 0


def _text(line: Line) -> bytes:
    return (json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n").encode()
