"""Recording: keeps what a Lab shows while it trains, for a film."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from ..edits.words import rows
from ..run.run import Run
from ..run.session import FILM
from ..widgets.widget import Widget
from .tape import Message, Tape

READING = ("step", "epoch", "accuracy", "loss", "edits")  # what a film keeps of a status


class Recording:
    """Writes frames, columns, readings, edits and evaluations onto a tape as they are told to the page."""

    def __init__(self, run: Run, widget: Widget, most: int, *, title: str = ""):
        self.run, self.tape = run, Tape(most)
        self._begun = time.time()
        self._lock = threading.Lock()
        self._reading: tuple[Any, ...] = ()
        self._journal = -1  # its version, as it was kept last
        self._rows: dict[int, dict[str, Any]] = {}
        self._points = 0  # evaluations that were kept
        self._axes: dict[str, Any] = {}  # as they were told last
        self._frame: tuple[Any, ...] = ()  # of axes, as it was kept last
        train = run.trainer.train
        self._classes = len(run.trainer.classes)  # as they were kept last
        self._write(
            "run", {"classes": list(run.trainer.classes), "title": title, "regression": train.regression}
        )
        widget.record(self._hear)
        if run.session is not None and run.session.folder is not None:
            self._settle(run.session.folder)
        elif run.session is not None:
            run.session.at_made.append(self._settle)

    def read(self, status: dict[str, Any]) -> None:
        """On the run's thread, as the page is told its readings: keep them if anything of them is another."""
        self._mark()
        reading = {name: status.get(name) for name in READING}
        if tuple(reading.values()) != self._reading:
            self._reading = tuple(reading.values())
            total = self.run.meter.total
            spent = {"value": total.value, "low": total.low, "high": total.high} if total.known else None
            self._write("reading", reading | {"joules": spent})

    def follow(self, widget: Widget) -> None:
        """Keep the axes of a further view of the same samples as well; its frames of other spaces are no others."""
        widget.record(
            lambda kind, *more: self._hear(kind, *more) if kind in ("axes", "scores", "frame") else None
        )

    def _hear(self, kind: str, header: dict[str, Any], buffers: tuple[bytes, ...]) -> None:
        if kind == "axes":
            if header == self._axes:
                return
            self._axes, self._frame = header, ()
        elif kind == "ids":
            self._frame = ()
        elif header.get("space") == "axes":  # which two views may get, and one that comes back gets again
            frame = header["step"], header["exact"], header["dims"]
            if frame == self._frame:
                return
            self._frame = frame
        self._write(kind, header, *buffers)

    def _mark(self) -> None:
        """The edits and evaluations that came since."""
        journal, points = self.run.journal, self.run.evaluations.points
        if journal.version != self._journal:
            self._journal = journal.version
            if len(names := self.run.trainer.classes) > self._classes:  # somebody found one
                self._classes = len(names)
                self._write("classes", {"classes": list(names)})
            told = {row["n"]: row for row in rows(journal, self.run.trainer.classes)}
            changed = [row for n, row in told.items() if self._rows.get(n) != row]
            self._rows = told
            if changed:
                self._write("edits", {"rows": changed[::-1]})
        if len(points) < self._points:
            self._points = 0  # it began again
        for point in points[self._points :]:
            found = {"step": point.step, "passes": point.passes, "accuracy": point.accuracy}
            self._write("evaluation", found)
        self._points = len(points)

    def _settle(self, folder: Path) -> None:
        with self._lock:
            self.tape.settle(folder / FILM)

    def _write(self, kind: str, header: dict[str, Any], *buffers: bytes) -> None:
        message = Message({"type": kind, "t": round(time.time() - self._begun, 3), **header}, buffers)
        with self._lock:
            self.tape.write(message)
