"""Sprite: what the shown samples look like, in so few bytes that a film with them can be sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .tape import Message

if TYPE_CHECKING:
    from ..data.samples import Samples

MOST = 3_000_000  # bytes of a file, where three of a sprite take four
PROBED = 40  # samples that tell how far all must be reduced
SMALLER = (1, 2, 4, 8)  # of each side, or of a signal's length


@dataclass(frozen=True)
class Sprite:
    """Looks of samples by id: MIME types, names and bytes; `shown` had one to give, `smaller` tells by how much."""

    looks: dict[int, tuple[str, str, bytes]]
    shown: int
    smaller: int

    def message(self) -> Message:
        rows = [{"id": i, "mime": mime, "name": name} for i, (mime, name, _) in self.looks.items()]
        header = {"type": "preview", "t": 0.0, "samples": rows}
        return Message(header, tuple(data for _, _, data in self.looks.values()))

    def __str__(self) -> str:
        how = "" if self.smaller == 1 else f", made {self.smaller} times smaller"
        return f"previews of {len(self.looks):,} of {self.shown:,} samples{how}"


def sprite_of(train: Samples, ids: Sequence[int], most: int = MOST) -> Sprite:
    """Looks of these samples; where all are too many bytes they are made smaller, then fewer, and those evenly."""
    from ..picture.look import look  # only these need torch
    from ..widgets.preview import preview_of

    if train.preview is None:
        raise ValueError("these samples have no previews; make them with Samples(.., preview=)")
    room = 3 * most // 4

    def drawn(i: int, smaller: int) -> tuple[str, str, bytes]:
        mime, data = preview_of(reduced(look(train, i), smaller))
        return mime, train.key(i) if train.names is not None else "", data

    order = np.random.default_rng(0).permutation(np.asarray(ids, np.int64)).tolist()
    smaller = _so_much(drawn, order, room)
    looks: dict[int, tuple[str, str, bytes]] = {}
    failed: Exception | None = None
    for i in order:
        try:
            found = drawn(i, smaller)
        except Exception as error:  # the function is the person's own: the others still have theirs
            failed = failed or error
            continue
        room -= _weight(found)
        if room < 0:
            break
        if found[0]:
            looks[i] = found
    if not looks and failed is not None:
        raise ValueError(f"no sample could be drawn: {failed}") from failed
    return Sprite(dict(sorted(looks.items())), len(order), smaller)


def _so_much(drawn: Callable[[int, int], tuple[str, str, bytes]], order: Sequence[int], room: int) -> int:
    """By how much all must be reduced, as a few of them tell; files and texts are what they are."""
    few = order[:PROBED]
    largest = 0  # as they are
    for smaller in SMALLER:
        size = 0
        for i in few:
            try:
                size += _weight(drawn(i, smaller))
            except Exception:  # said where it is drawn for good
                continue
        if size * len(order) <= 0.95 * room * len(few):
            return smaller
        largest = largest or size
    return SMALLER[-1] if size < largest else 1


def _weight(look: tuple[str, str, bytes]) -> int:
    """Bytes that it takes at most in a file: its own, and its line in the index."""
    mime, name, data = look
    return len(data) + 60 + 2 * len(mime) + 12 * len(name)  # as JSON escapes them


def reduced(value: Any, smaller: int) -> Any:
    """An image, a signal or traces with fewer points; texts and files are what they are."""
    from ..widgets.preview import Traces

    if smaller == 1 or value is None or isinstance(value, str | bytes):
        return value
    if isinstance(value, Traces):
        return Traces(value.names, np.stack([_far(np.asarray(line), smaller) for line in value.values]))
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if array.ndim == 1:
        return _far(array, smaller)
    if array.ndim == 3 and array.shape[0] in (1, 3) and array.shape[2] not in (1, 3):
        array = np.moveaxis(array, 0, 2)
    height, width = (max(1, n // smaller) for n in array.shape[:2])
    rows, columns = (min(smaller, n) for n in array.shape[:2])
    cut = array[: height * rows, : width * columns]
    means = cut.reshape(height, rows, width, columns, -1).mean((1, 3))
    means = means.reshape(height, width, *array.shape[2:])
    return means.round().astype(np.uint8) if array.dtype == np.uint8 else means


def _far(line: np.ndarray, smaller: int) -> np.ndarray:
    """Of each few values the one that lies farthest from their middle, so that a peak stays."""
    n = len(line) // smaller
    if n < 2:
        return line
    parts = line[: n * smaller].astype(np.float32).reshape(n, smaller)
    away = np.nan_to_num(np.abs(parts - parts.mean(1, keepdims=True)))
    return parts[np.arange(n), away.argmax(1)]
