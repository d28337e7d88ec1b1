"""Tape: what a kernel said, message by message, appended to a file that never exceeds a size."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

from ..files import whole_or_nothing

HEAD = b"greenlatent film 1\n"
MOST = 20_000_000  # bytes of a tape, unless told otherwise
LARGEST = 2**28  # bytes of a file that is read at all
FRAME = "frame"
# Only these are thinned: the rest is small, or tells what all that follows is about.
THINNED = (FRAME, "labels", "reading", "scores")
_SIZES = Struct("<III")  # of the header and of all buffers, and what both sum up to


@dataclass(frozen=True)
class Message:
    """One thing that the kernel said: a header with its `type` and `t`, seconds since the run began, and bytes."""

    header: dict[str, Any]
    buffers: tuple[bytes, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.header["type"])

    @property
    def sort(self) -> tuple[str, str]:
        """Its kind, and whether it is of the plane or of the axes: each is thinned among its like."""
        return self.kind, str(self.header.get("space", ""))

    def pack(self) -> bytes:
        header = {**self.header, "sizes": [len(buffer) for buffer in self.buffers]}
        text = json.dumps(header, separators=(",", ":")).encode()
        data = b"".join(self.buffers)
        return _SIZES.pack(len(text), len(data), zlib.crc32(data, zlib.crc32(text))) + text + data


def read(data: bytes) -> Iterator[tuple[Message, int]]:
    """The whole messages of a tape, each with the byte behind it; what is damaged ends it."""
    if not data.startswith(HEAD):
        raise ValueError(
            "this is no film of this version"
            if data.startswith(HEAD[:16])
            else "this is no film: it does not begin as one"
        )
    at = len(HEAD)
    while at + _SIZES.size <= len(data):
        n, m, sum_ = _SIZES.unpack_from(data, at)
        begin, end = at + _SIZES.size, at + _SIZES.size + n + m
        if end > len(data) or zlib.crc32(data[begin:end]) != sum_:
            return
        try:
            header = json.loads(data[begin : begin + n])
            sizes = [int(size) for size in header.pop("sizes")]
            if min(sizes, default=0) < 0 or sum(sizes) != m or not isinstance(header["type"], str):
                return
            float(header["t"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        buffers, place = [], begin + n
        for size in sizes:
            buffers.append(data[place : place + size])
            place += size
        yield Message(header, tuple(buffers)), end
        at = end


def load(path: Path) -> list[Message]:
    """All whole messages of a file; its size is looked at before any of it is read."""
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{path} has {size:,} bytes, and a film {LARGEST:,} at most")
    return [message for message, _ in read(path.read_bytes())]


class Tape:
    """Appends messages to memory, and once it has a place to a file there.

    >>> tape = Tape()
    >>> tape.write(Message({"type": "frame", "t": 0.0}, (codes,)))
    >>> tape.settle(folder / "film.bin")
    """

    def __init__(self, most: int = MOST):
        if isinstance(most, bool) or most < 100_000:
            raise ValueError(f"a film takes a size in bytes from 100,000 on, got {most!r}")
        self.most = int(most)
        self.path: Path | None = None
        self._waiting: list[bytes] = []  # written before there was a place
        self._size = len(HEAD)
        self.ended = ""  # why nothing more is kept

    def write(self, message: Message) -> None:
        """Keep it; at the size that the tape may have, older frames are thinned.

        A file that somebody else goes on in, or a disk that is full, ends the tape, not the run.
        """
        if self.ended:
            return
        data = message.pack()
        try:
            self._append(data)
        except OSError as error:
            self.ended = str(error) or type(error).__name__
            return
        self._size += len(data)
        if self._size > self.most:
            self._thin()

    def _append(self, data: bytes) -> None:
        if self.path is None:
            self._waiting.append(data)
            return
        if self.path.stat().st_size != self._size:
            raise OSError(f"somebody else goes on in {self.path}")
        with self.path.open("ab") as file:
            file.write(data)

    def settle(self, path: Path) -> None:
        """From now on in this file, behind what an earlier run left there; a damaged end of that is set aside."""
        before = b""
        if path.exists():
            before = path.read_bytes() if path.stat().st_size <= LARGEST else b""
            whole = len(HEAD)
            if before.startswith(HEAD):
                for _, end in read(before):
                    whole = end
            else:
                whole = 0
            if whole < max(len(before), path.stat().st_size):
                os.replace(path, path.with_name(path.name + ".damaged"))
            before = before[:whole]
        with whole_or_nothing(path) as part:
            part.write_bytes((before or HEAD) + b"".join(self._waiting))
        self.path, self._waiting, self._size = path, [], path.stat().st_size
        if self._size > self.most:
            self._thin()

    def messages(self) -> list[Message]:
        """All that is kept, in order."""
        if self.path is not None:
            return load(self.path)
        return [message for message, _ in read(HEAD + b"".join(self._waiting))]

    def _thin(self) -> None:
        """Down to three quarters, so that it is not done at every frame."""
        kept = thinned(self.messages(), int(0.75 * self.most))
        data = [message.pack() for message in kept]
        if self.path is None:
            self._waiting = data
        else:
            with whole_or_nothing(self.path) as part:
                part.write_bytes(HEAD + b"".join(data))
        self._size = len(HEAD) + sum(map(len, data))


def thinned(messages: Sequence[Message], most: int) -> list[Message]:
    """Every other frame left out until all fits; the first, the last and those around edits and looks go last."""
    kept = list(messages)
    for spare in (_around_marks(kept), {}):
        while _size(kept) > most:
            fewer = _halved(kept, lambda message, spare=spare: id(message) in spare)  # type: ignore[misc]
            if len(fewer) == len(kept):
                break
            kept = fewer
    return kept


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message.pack()) for message in messages)


def _halved(messages: list[Message], spared: Callable[[Message], bool]) -> list[Message]:
    """Without every other of each kind that is thinned, the first and the last of each kept."""
    last = {message.sort: k for k, message in enumerate(messages)}
    seen: dict[tuple[str, str], int] = {}
    kept = []
    for k, message in enumerate(messages):
        sort = message.sort
        if message.kind not in THINNED or k == last[sort] or spared(message):
            kept.append(message)
            continue
        seen[sort] = seen.get(sort, -1) + 1
        if seen[sort] % 2 == 0:
            kept.append(message)
    return kept


def _around_marks(messages: list[Message]) -> dict[int, Message]:
    """The frames before and after each edit and each evaluation."""
    spared: dict[int, Message] = {}
    before: dict[tuple[str, str], Message] = {}
    next_: set[tuple[str, str]] = set()  # whose next frame is one after a mark
    for message in messages:
        if message.kind in ("edits", "evaluation"):
            spared |= {id(frame): frame for frame in before.values()}
            next_ = set(before)
        elif message.kind == FRAME:
            if message.sort in next_:
                spared[id(message)] = message
            before[message.sort] = message
            next_.discard(message.sort)
    return spared
