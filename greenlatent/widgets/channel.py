"""What every page must know, remembered and sent: the kernel's end of js/PROTOCOL.md, for any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from . import protocol

SILENCE = 1.0  # seconds after which a frame is sent although no page asked for it
FAR = 1000.0  # times its own extent: from there on a picture counts from its middle
UNANSWERED = 10  # frames without any word from a page, after which the page counts as gone


class Packet:
    """One picture's positions, copied now and packed when it is sent: frames that nobody sees cost a copy.

    In a plane (n, 2) row after row; on axes (n, dims) axis after axis, as they are drawn. `origin(lo, hi)` tells
    where the page's positions count from.
    """

    def __init__(
        self,
        points: np.ndarray,
        header: dict[str, Any],
        origin: Callable[[list[float], list[float]], list[float]] | None,
    ) -> None:
        self._origin = origin
        self._points = np.array(points, np.float32 if points.dtype.itemsize <= 4 else np.float64)
        self._header = header
        self._packed: tuple[dict[str, Any], bytes] | None = None

    def pack(self) -> tuple[dict[str, Any], bytes]:
        if self._packed is None:
            codes, lo, hi = protocol.quantise(self._points)
            if self._origin:
                zero = self._origin(lo, hi)
                lo, hi = ([a - o for a, o in zip(side, zero, strict=True)] for side in (lo, hi))
            n, dims = codes.shape
            self._packed = (
                {"n": n, "dims": dims, "lo": lo, "hi": hi} | self._header,
                codes.tobytes("F" if self._header["space"] == "axes" else "C"),
            )
        return self._packed


class PageChannel:
    """Sends to all open pages, and repeats everything to a page that opens or comes back.

    `send(header, buffers)` puts one message on the wire. The lock is held while sending, so what pages hear
    has one order, and never while a listener's code runs.
    """

    def __init__(self, send: Callable[[dict[str, Any], list[bytes]], None]) -> None:
        self.clock = time.monotonic
        self._wire = send
        # told each thing as it is said, whether or not a page hears it
        self.tape: Callable[[str, dict[str, Any], tuple[bytes, ...]], object] | None = None
        self._lock = threading.RLock()
        self._seq = 0
        self._views: dict[str, bool] = {}  # open ones, and whether they draw axes
        self._left: float | None = None  # when the last view was taken from its page
        self._set = 0
        self._ids: np.ndarray | None = None
        self._ids_count = False  # whether they are 0, 1, 2 and so on
        self._columns: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._frames: dict[str, Packet] = {}  # the newest of each space
        self._axes: dict[str, Any] | None = None
        self._scores: tuple[dict[str, Any], bytes] | None = None
        self._origin: list[float] | None = None
        self._status: dict[str, Any] = {}
        self._panels: dict[str, tuple[dict[str, Any], tuple[bytes, ...]]] = {}
        self._selection = np.zeros(0, "<u4")
        self._sent: tuple[int, float] | None = None  # seq and time of the last frame that was sent
        self._waiting: set[str] = set()  # spaces that have a newer frame than the last sent one
        self._asked = True
        self._unanswered = 0

    # What the kernel says

    def record(self, tape: Callable[[str, dict[str, Any], tuple[bytes, ...]], object] | None) -> None:
        """Tell a tape from now on, and at once what axes there are."""
        with self._lock:
            self.tape = tape
            if tape and self._axes is not None:
                tape("axes", self._axes, ())

    def set_ids(self, ids: Any) -> None:
        """Which sample each row shows, from now on; columns and points of the former set are forgotten."""
        array = np.asarray(ids)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise TypeError(f"ids must be a list of whole numbers, got {array.dtype} of shape {array.shape}")
        if array.size and not 0 <= array.min() <= array.max() < 2**32:
            raise ValueError(
                f"ids run from {array.min()} to {array.max()}; they must fit into 0 to 2**32 - 1"
            )
        if array.size * 4 > protocol.LIMIT:
            raise ValueError(
                f"{array.size} samples are more than one message holds; show {protocol.LIMIT // 4} at most"
            )
        counts = bool((array == np.arange(array.size)).all())  # 0, 1, 2, ..: each once, and told in no bytes
        if not counts and len(np.unique(array)) != array.size:
            raise ValueError("ids hold a sample twice; pass each id once")
        with self._lock:
            self._set += 1
            self._ids, self._ids_count = array.astype("<u4"), counts
            self._columns, self._frames, self._waiting, self._origin = {}, {}, set(), None
            self._send_ids()
            if self.tape:
                self.tape("ids", {"set": self._set, "n": len(self._ids)}, (self._ids.tobytes(),))

    def set_columns(self, columns: Mapping[str, tuple[str, Any]], classes: Sequence[str]) -> None:
        """Columns by name, each `(kind, values)`; columns that are not named stay as they are."""
        with self._lock:
            rows = self._rows("set_columns")
            new = {
                name: protocol.column(name, kind, values, rows, classes)
                for name, (kind, values) in columns.items()
            }
            # Flags always go: they tell the page that its own marks on edited points have been heard of.
            changed = {
                name: column
                for name, column in new.items()
                if column != self._columns.get(name) or column[0]["kind"] == "flags"
            }
            self._columns |= new
            if changed:
                self._send_columns(changed)
                if self.tape:
                    headers = [header for header, _ in changed.values()]
                    buffers = tuple(data for _, data in changed.values())
                    self.tape("labels", {"set": self._set, "columns": headers}, buffers)

    def set_axes(
        self,
        names: Sequence[str],
        space: str,
        statistics: Sequence[str],
        kinds: Sequence[Mapping[str, Any] | None] = (),
    ) -> None:
        """What the axes of frames on axes are called, by what they can be scored, and what their values stand for."""
        with self._lock:
            self._axes = {"names": list(names), "space": space, "statistics": list(statistics)}
            if any(kinds):
                self._axes["kinds"] = protocol.plain(list(kinds), "kinds")
            self._scores = None
            self._send("axes", self._axes)
            if self.tape:
                self.tape("axes", self._axes, ())

    def set_scores(self, statistic: str, text: str, values: np.ndarray, step: int) -> None:
        """How relevant each axis is; NaN for no answer."""
        with self._lock:
            header = {"statistic": statistic, "text": text, "step": int(step)}
            self._scores = header, np.asarray(values, "<f4").tobytes()
            self._send("scores", *self._scores)
            if self.tape:
                self.tape("scores", header, (self._scores[1],))

    def publish(
        self, points: Any, *, step: int, exact: bool, trust: float | None, space: str = "plane"
    ) -> None:
        """Remember the newest positions; send them now if a page asked, else as soon as one does."""
        array = np.asarray(points)
        good = array.dtype.kind in "fiu" and array.ndim == 2
        if not good or (array.shape[1] != 2 if space == "plane" else array.shape[1] < 1):
            shape = "(n, 2)" if space == "plane" else "(n, axes)"
            raise ValueError(
                f"points must be numbers of shape {shape}, got {array.dtype} of shape {array.shape}"
            )
        if 2 * array.size > protocol.LIMIT:
            raise ValueError(
                f"{array.shape[0]} samples of {array.shape[1]} dimensions are more than one message holds; "
                f"show {protocol.LIMIT // (2 * array.shape[1])} of them at most"
            )
        with self._lock:
            rows = self._rows("publish")
            if len(array) != rows:
                raise ValueError(f"points has {len(array)} rows for {rows} ids; publish one row per id")
            header = {"set": self._set, "space": space, "step": int(step), "exact": bool(exact)}
            origin = self._count_from if space == "plane" else None
            self._frames[space] = Packet(array, header | {"trust": protocol.plain(trust)}, origin)
            self._waiting.add(space)
            if self.tape and space == "plane":
                header, data = self._frames[space].pack()
                self.tape("frame", header, (data,))
            if self.wants_frame():
                self._send_frames(self._drawn_spaces(self._waiting))

    def set_status(self, status: Mapping[str, Any]) -> None:
        """Readings are remembered while nobody looks: who comes is told everything."""
        with self._lock:
            self._status = protocol.plain(dict(status))
            if self._views:
                self._send("status", self._status)

    def set_panel(self, panel: str, content: Mapping[str, Any], *buffers: bytes) -> None:
        """One message, told when it differs from the last of its type."""
        told = protocol.plain(dict(content), panel), buffers
        with self._lock:
            if self._panels.get(panel) != told:
                self._panels[panel] = told
                if self._views:
                    self._send(panel, told[0], *buffers)

    def select(self, ids: np.ndarray, client: str | None) -> None:
        with self._lock:
            self._selection = ids
            self._send("selection", {"client": client}, ids.tobytes())

    def error(self, text: str, client: Any = None, number: Any = None) -> None:
        self._send("error", {"text": text, "client": client, "number": number})

    def answer(self, kind: str, header: dict[str, Any], *buffers: bytes) -> None:
        """An answer to one page; the others do not know its client or id and pass over it."""
        self._send(kind, header, *buffers)

    def wants_frame(self) -> bool:
        """Whether a page is ready for the next frame. Cheap enough to ask between training steps."""
        if not self.watched:
            return False
        return self._asked or self._sent is None or self.clock() - self._sent[1] >= SILENCE

    @property
    def draws_axes(self) -> bool:
        """Whether any open view draws axes; none is sent what it would not draw."""
        return any(self._views.values())

    @property
    def watched(self) -> bool:
        """Whether a view is open in a page that answers."""
        return bool(self._views) and self._unanswered < UNANSWERED

    def alive(self) -> None:
        self._send("alive", {})

    # What pages say

    def heard(self) -> None:
        """Any message shows that a page is alive."""
        self._unanswered = 0

    def opened(self, view: str, axes: bool = True) -> None:
        """A view opened, came back or begins to draw axes: tell it everything."""
        with self._lock:
            self._views[view], self._left = axes, None
            self._send("hello", {"n": 0 if self._ids is None else len(self._ids)})
            if self._ids is not None:
                self._send_ids()
            if self._columns:
                self._send_columns(self._columns)
            if self._axes is not None:
                self._send("axes", self._axes)
            self._send_frames(self._drawn_spaces(set(self._frames)))
            if self._scores is not None:
                self._send("scores", *self._scores)
            self._send("status", self._status)
            for panel, (content, buffers) in self._panels.items():
                self._send(panel, content, *buffers)
            self._send("selection", {"client": None}, self._selection.tobytes())

    def closed(self, view: str, gone: bool = False) -> None:
        """A view cannot be seen any more, or is gone for good: its cell was deleted, or its output cleared."""
        with self._lock:
            self._views.pop(view, None)
            if gone and not self._views:
                self._left = self.clock()

    @property
    def abandoned(self) -> float:
        """Seconds since the last view was taken from the page; 0 while there is one, and before."""
        return 0.0 if self._left is None else self.clock() - self._left

    def drawn(self, frame: int) -> None:
        """A page drew the frame with this seq, and so asks for the next."""
        with self._lock:
            if self._sent is None or frame < self._sent[0]:
                return
            self._asked = True
            self._send_frames(self._drawn_spaces(self._waiting))

    # Sending

    def _rows(self, caller: str) -> int:
        if self._ids is None:
            raise ValueError(f"{caller} came before set_ids; say first which sample each row shows")
        return len(self._ids)

    def _count_from(self, lo: list[float], hi: list[float]) -> list[float]:
        """Where a set lies far from 0 for its size, its middle at first: a page has 24 bits for a position."""
        if self._origin is None:
            sides = list(zip(lo, hi, strict=True))
            far = any(max(abs(a), abs(b)) > FAR * (b - a) for a, b in sides)
            self._origin = [(a + b) / 2 if far else 0.0 for a, b in sides]
        return self._origin

    def _send_ids(self) -> None:
        assert self._ids is not None
        buffers = [] if self._ids_count else [self._ids.tobytes()]
        self._send("ids", {"set": self._set, "n": len(self._ids)}, *buffers)

    def _send_columns(self, columns: dict[str, tuple[dict[str, Any], bytes]]) -> None:
        """In as many messages as their size asks for."""
        batch: list[tuple[dict[str, Any], bytes]] = []
        for column in columns.values():
            if batch and sum(len(data) for _, data in [*batch, column]) > protocol.LIMIT // 2:
                self._send_batch(batch)
                batch = []
            batch.append(column)
        self._send_batch(batch)

    def _send_batch(self, batch: list[tuple[dict[str, Any], bytes]]) -> None:
        headers = [header for header, _ in batch]
        self._send("labels", {"set": self._set, "columns": headers}, *(data for _, data in batch))

    def _drawn_spaces(self, spaces: set[str]) -> set[str]:
        return spaces if self.draws_axes else spaces - {"axes"}

    def _send_frames(self, spaces: set[str]) -> None:
        """A plane comes last: a page that draws both acknowledges it."""
        for space in sorted(spaces):
            header, data = self._frames[space].pack()
            if self.tape and space == "axes":  # large: only what somebody sees is kept
                self.tape("frame", header, (data,))
            self._asked = False
            self._unanswered += 1
            self._sent = (self._send("frame", header, data), self.clock())
        self._waiting = self._waiting - spaces

    def _send(self, kind: str, header: dict[str, Any], *buffers: bytes) -> int:
        with self._lock:
            self._seq += 1
            seq = self._seq  # a message sent from inside the wire would count on
            self._wire({"v": protocol.VERSION, "type": kind, "seq": seq, **header}, list(buffers))
            return seq
