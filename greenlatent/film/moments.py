"""Moments: what was on the screen at each frame of a tape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .tape import Message

MISSING, STEPS = 65535, 65534  # as quantised on the wire: js/PROTOCOL.md
LARGEST = 10_000_000  # samples of a frame that is believed
MOST_AXES = 4096


@dataclass(frozen=True)
class Moment:
    """One frame, the samples in it and the columns that were shown with it."""

    frame: Message
    ids: Message
    columns: Mapping[
        str, tuple[Message, int]
    ]  # by name: the message that told of it, and which of its columns it is
    reading: Message | None

    @property
    def step(self) -> int:
        return int(self.frame.header["step"])

    @property
    def sample_ids(self) -> np.ndarray:
        return np.frombuffer(self.ids.buffers[0], "<u4")

    @property
    def points(self) -> np.ndarray:
        """(n, 2); NaN for what was missing."""
        header = self.frame.header
        codes = np.frombuffer(self.frame.buffers[0], "<u2").reshape(-1, 2)
        lo, hi = np.asarray(header["lo"], float), np.asarray(header["hi"], float)
        points = lo + codes / STEPS * (hi - lo)
        points[codes == MISSING] = np.nan
        return points

    def column(self, name: str) -> Any:
        """Values of a column, its classes and groups as indices with -1 for none."""
        if name not in self.columns:
            raise ValueError(f"there is no column {name!r}; there are {', '.join(self.columns)}")
        message, k = self.columns[name]
        head = message.header["columns"][k]
        codes = np.frombuffer(message.buffers[k], "<u2" if head["dtype"] == "uint16" else "u1")
        if head["kind"] == "number":
            values = head["lo"] + codes / STEPS * (head["hi"] - head["lo"])
            return np.where(codes == MISSING, np.nan, values)
        if head["kind"] == "flags":
            return codes
        return np.where(codes == (65535 if head["dtype"] == "uint16" else 255), -1, codes.astype(int))


def moments(messages: Sequence[Message]) -> list[Moment]:
    """One for each frame of a plane; columns and readings told after it, before the next, belong to it."""
    found: list[Moment] = []
    ids: Message | None = None
    columns: dict[str, tuple[Message, int]] = {}
    frame: Message | None = None
    reading: Message | None = None

    def close() -> None:
        if frame is not None and ids is not None:
            found.append(Moment(frame, ids, dict(columns), reading))

    for message in messages:
        if message.kind == "ids":
            close()
            frame, columns = None, {}
            ids = message if _fits(message, message.header.get("n"), 4) else None
        elif message.kind == "labels" and ids is not None:
            for k, head in enumerate(_heads(message)):
                wide = 1 + (head.get("dtype") == "uint16")
                if len(message.buffers[k]) == wide * ids.header["n"]:
                    columns[str(head.get("name"))] = message, k
        elif message.kind == "frame" and ids is not None and message.header.get("space") == "plane":
            if message.header.get("n") == ids.header["n"] and _fits(message, message.header["n"], 4):
                close()
                frame = message
        elif message.kind == "reading":
            reading = message
    close()
    return found


def axes_of(messages: Sequence[Message]) -> list[Message]:
    """What was told of axes and fits the samples that were shown: names, scores and frames."""
    found: list[Message] = []
    n: object = None
    dims = 0
    for message in messages:
        head = message.header
        if message.kind == "ids":
            n, dims = head.get("n"), 0
        elif message.kind == "axes":
            names = head.get("names")
            dims = len(names) if isinstance(names, list) and len(names) <= MOST_AXES else 0
            found += [message] if dims else []
        elif message.kind == "scores" and dims and _fits(message, dims, 4):
            found.append(message)
        elif message.kind == "frame" and head.get("space") == "axes":
            fits = dims > 0 and head.get("dims") == dims and _fits(message, n, 2 * dims)
            found += [message] if fits and head.get("n") == n else []
    return found


def _heads(message: Message) -> list[dict[str, Any]]:
    """The headers of its columns, as many as it has bytes for."""
    heads = message.header.get("columns")
    if not isinstance(heads, list) or len(heads) != len(message.buffers):
        return []
    return heads if all(isinstance(head, dict) for head in heads) else []


def _fits(message: Message, n: object, size: int) -> bool:
    """Whether the message holds so many entries: what does not is left out."""
    return (
        isinstance(n, int)
        and 0 <= n <= LARGEST
        and len(message.buffers) == 1
        and len(message.buffers[0]) == n * size
    )
