"""The Journal: an append-only log of what a person did, safe across threads, crashes and restarts."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..data.samples import Samples
from ..energy.names import count
from . import logfile
from .amounts import Amounts
from .events import FORMAT, Event, check_setting, check_slow
from .history import History
from .kinds import Affirm, Drop, Edit, Link, Rate, Weigh
from .links import check_one_name
from .logfile import LogFile, TakenOver
from .mending import mend
from .mends import pulls
from .rating import edits_of
from .validate import check, check_has

log = logging.getLogger(__name__)


class Journal(Amounts):
    """What a person did, in order. With a path, every line is on disk before `add` returns.

    A Trainer binds it to its data; from then on an edit is checked at once, stamped with the next step, and
    in force from that step on. Undoing takes an edit out of force from the next step on; it does not rewind
    the weights.
    """

    def __init__(self, path: str | os.PathLike[str] | Callable[[], Path] | None = None):
        self.lock = threading.RLock()
        self.header: dict[str, Any] = {}
        self.step = 0  # the step that the next event is stamped with
        self.steps: int | None = None  # how many steps the run had, once it was closed
        self._file = LogFile(path)
        self._history = History()
        self._samples: Samples | None = None
        self._dims: int | None = None
        self.hindrance: Callable[[], str] | None = None  # why pulls cannot act, asked before one is written
        self._listeners: dict[object, Callable[[Event], None]] = {}

    @property
    def path(self) -> Path | None:
        """Where it is written, once it has a file. Set to None, it goes on in memory alone."""
        return self._file.path

    @path.setter
    def path(self, path: Path | None) -> None:
        self._file.path = path

    @property
    def version(self) -> int:
        """Rises with every event that changes what is in force: what a trainer compares."""
        return self._history.version

    def bind(
        self, samples: Samples, header: dict[str, Any], *, dims: int | None = None, step: int = 0
    ) -> None:
        """Tie the journal to the data and the run that it is about. What is already in it must fit."""
        with self.lock:
            for event in self._history.events:
                if event.edit is not None:
                    check(event.edit, samples, dims, self.found)
            known = self.header.get("samples")
            if known is not None and known != header.get("samples"):
                raise ValueError(
                    f"this journal is about data {known}, not {header.get('samples')}: pass the data it was made with"
                )
            self._samples, self._dims, self.step = samples, dims, step
            self.header = self._history.told({**header, **self.header})

    def listen(self, heard: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with every event, once it is on disk, on the thread that wrote it; returns what ends that.

        The journal is not locked meanwhile. What a listener raises is logged, and keeps nobody else from hearing.

        >>> end = journal.listen(lambda event: print(event.do, event.edit))
        """
        key = object()  # the same function may listen twice, and end once
        self._listeners[key] = heard
        return lambda: self._listeners.pop(key, None) and None

    def add(
        self, edit: Edit, *, by: str = "code", seconds: float | None = None, frame: int | None = None
    ) -> int:
        """Check an edit, write it down and return its line number; it counts from the next step on."""
        with self.lock:
            if not isinstance(edit, Edit):
                raise TypeError(f"add takes an edit such as Relabel(ids, label), got {type(edit).__name__}")
            if self._samples is not None:
                check(edit, self._samples, self._dims, self.found)
                if isinstance(edit, Link) and self._samples.classes:
                    mending = mend(edits_of(self.active), self._samples, self.found)
                    check_one_name(edit, mending.y.numpy(), mending.classes)
            named = self._samples is None or bool(self._samples.classes)
            if pulls(edit, named=named) and self.hindrance is not None and (why := self.hindrance()):
                raise ValueError(f"{type(edit).__name__} was not written down: {why}")
            event = self._write("add", edit=edit, by=by, seconds=seconds, frame=frame)
        self._tell(event)
        return event.n

    def undo(self, *, by: str = "code", only: int | None = None) -> int | None:
        """Take the newest edit in force out of force; returns its line, None if there is none, or it is not `only`."""
        with self.lock:
            n = self._history.newest
            if n is None or only not in (None, n):
                return None
            event = self._write("undo", of=n, by=by)
        self._tell(event)
        return n

    def redo(self, *, by: str = "code", only: int | None = None) -> int | None:
        """Put the edit that was undone last into force again; returns its line, or None as for `undo`."""
        with self.lock:
            n = self._history.undone_last
            if n is None or only not in (None, n):
                return None
            event = self._write("redo", of=n, by=by)
        self._tell(event)
        return n

    def mute(self, n: int, *, by: str = "code") -> None:
        """Take edit n out of force without touching the others; `unmute` puts it back."""
        self._toggle("mute", n, by)

    def unmute(self, n: int, *, by: str = "code") -> None:
        """Put a muted edit into force again."""
        self._toggle("unmute", n, by)

    def slow(self, rate: float, *, by: str = "code") -> int:
        """Lower the learning rate to `rate` of itself from the next step on; returns the line. It is no edit: an undo
        takes back what came before it, and a run that begins anew has the rate that was given."""
        check_slow(rate)
        with self.lock:
            event = self._write("slow", rate=float(rate), by=by)
        self._tell(event)
        return event.n

    def put(self, name: str, value: float, *, until: int | None = None, by: str = "code") -> int:
        """Put a setting, such as threads, to a number from the next step on; returns the line. A new run keeps it.

        "skim" is the share of the easy samples that each epoch leaves out by chance, before epoch `until`; see
        `training.sampling.skim`.
        """
        check_setting(name, value, until)
        check_has(name, self._samples)
        with self.lock:
            event = self._write("set", name=name, value=value, until=until, by=by)
        self._tell(event)
        return event.n

    def repeat(self, event: Event) -> None:
        """Write an event of another journal here, as it was: how a run is replayed."""
        with self.lock:
            if event.edit is not None and self._samples is not None:
                check(event.edit, self._samples, self._dims, self.found)
            self._put(event)
        self._tell(event)

    @property
    def active(self) -> list[Event]:
        """The edits in force, in the order they were made."""
        with self.lock:
            return self._history.active

    @property
    def slowed(self) -> tuple[Event, ...]:
        """What lowered the learning rate of this run, in order."""
        return self._history.slowed

    @property
    def settings(self) -> dict[str, float]:
        """What was put in mid-run, by name."""
        return {name: event.value for name, event in self._history.put.items() if event.value is not None}

    def setting(self, name: str) -> Event | None:
        """What put a setting to something in mid-run last."""
        return self._history.put.get(name)

    @property
    def found(self) -> tuple[str, ...]:
        """The names of all classes that were found, in order; one that was taken back keeps its place."""
        return self._history.found

    def dependents(self, n: int) -> list[int]:
        """The lines of the edits that leave force with edit n when it is muted or undone: they name a class that it
        found."""
        with self.lock:
            return self._history.dependents(n)

    @property
    def newest(self) -> int | None:
        """The line of the edit that an undo takes back."""
        return self._history.newest

    @property
    def undone(self) -> int | None:
        """The line of the edit that a redo puts back."""
        return self._history.undone_last

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return self.newest is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return self.undone is not None

    def __iter__(self) -> Iterator[Event]:
        with self.lock:
            return iter(list(self._history.events))

    def __len__(self) -> int:
        return len(self._history.events)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else str(self.path)
        return f"Journal({count(len(self), 'line')}, {count(len(self.active), 'edit')} in force, {where})"

    def begin(self) -> None:
        """Write the header into the journal's own file now, before there is an edit; edits follow it there."""
        with self.lock:
            self._put_down(None, lambda: None)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole journal to a new file, all of it or nothing."""
        logfile.save(path, self._lines())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Journal:
        """Read a journal, which changes nothing. A damaged last line (a crash in mid-write) is left out and reported;
        the first line that is written sets it aside in a file."""
        journal = cls()
        journal._file = LogFile.load(path, journal._read)
        journal.header = journal._history.told(journal.header)
        return journal

    def make_sure(self) -> None:
        """Raise `TakenOver` if another Lab has gone on in this journal's file, or somebody changed it."""
        with self.lock:
            self._file.make_sure()

    def close(self, steps: int | None = None) -> None:
        """Record how many steps the run had, and let go of the file; an event after that opens it again."""
        with self.lock:
            end = self.step if steps is None else steps

            def agree() -> None:
                self.steps = end

            try:
                if self._file.being_written:
                    self._put_down({"v": FORMAT, "do": "close", "steps": end}, agree, sync=True)
            except TakenOver:
                log.warning("%s is gone on with elsewhere; its end here was not noted", self.path)
            except OSError as error:  # every edit is there; only the number of steps is not
                log.warning("the end of the run could not be noted in %s: %s", self.path, error)
            agree()
            self._file.close()

    def resume(self, step: int) -> None:
        """Note that the run goes on from a checkpoint of this step: edits made after it count from here."""
        event = None
        with self.lock:
            self.step = step
            if (
                len(self) or self._file.ours
            ):  # without an edit, too, or nobody could tell who has the file now
                event = self._write("resume")
        self._tell(event)

    def schedule(self) -> list[tuple[int, Event]]:
        """Every event with the step at which a replay puts it in force: what came after a checkpoint that the run
        went back to counts from that checkpoint's step."""
        with self.lock:
            return self._history.schedule()

    def reset(self) -> None:
        """Note that the run starts again at step 0 with the edits now in force."""
        event = None
        with self.lock:
            if events := self._history.events:
                # of a run that left no checkpoint only its edits tell how far it came
                self.step = max(self.step, events[-1].step)
                event = self._write("reset")
            self.step = 0
        self._tell(event)

    def _toggle(self, do: str, n: int, by: str) -> None:
        with self.lock:
            if self._history.muted(n) != (do == "unmute"):
                raise ValueError(f"edit {n} is {'already' if do == 'mute' else 'not'} muted")
            event = self._write(do, of=n, by=by)
        self._tell(event)

    def _write(self, do: str, *, edit: Edit | None = None, of: int | None = None, **more: Any) -> Event:
        layer = self.header.get("layer") if edit is not None else None
        stage = self._stage() if edit is not None else None
        event = Event(len(self) + 1, self.step, time.time(), do, edit, of, layer=layer, stage=stage, **more)
        if do not in ("reset", "resume", "slow", "set"):
            self._make_sure_that_some_are_left(event)
        self._put(event)
        return event

    def _stage(self) -> str:
        """When in a run somebody says something: what the header tells of it, or else by steps."""
        if "stage" in self.header:
            return str(self.header["stage"])
        if self.step == 0:
            return "before"
        return "after" if self.steps is not None and self.step == self.steps else "during"

    def _make_sure_that_some_are_left(self, event: Event) -> None:
        """Several edits may leave out together what none of them does alone, and there is nothing to train on."""
        after = self._history.copied()
        after.take(event)
        weighing = edits_of(e for e in after.active if isinstance(e.edit, Drop | Weigh | Rate | Affirm))
        if weighing and self._samples is not None and not mend(weighing, self._samples).weights.any():
            raise ValueError(
                "this would leave out every training sample, and nothing would be left to train on; keep some, or"
                " first put others back: by undoing or muting what left them out, or by a weight above 0"
            )

    def _put(self, event: Event) -> None:
        def agree() -> None:
            self._history.take(event)
            self.header = self._history.told(self.header)
            self.step = 0 if event.do == "reset" else self.step

        self._put_down(event.to_json(), agree)

    def _put_down(self, line: dict[str, Any] | None, agree: Callable[[], None], sync: bool = False) -> None:
        """Write a line and let memory agree: both, or neither, whatever comes in between, be it a full disk or Ctrl-C.

        Other processes wait meanwhile. Without a line it is the header alone.
        """
        before: tuple[Any, ...] | None = (self._history.copied(), self.step, self.steps)
        self._file.remember()
        try:
            self._file.write(line, self._head(), self._lines, sync=sync)
            agree()
            before = None  # from here on it counts, and the next line is somebody else's
            self._file.release()
        except BaseException:
            if before is not None:
                self._history, self.step, self.steps = before
                self._file.take_back()
            self._file.release()
            raise

    def _tell(self, event: Event | None) -> None:
        if event is None:  # nothing was to be written
            return
        for heard in list(self._listeners.values()):
            try:
                heard(event)
            except Exception:
                log.exception("a listener of the journal failed on line %d", event.n)

    def _read(self, line: Any, number: int) -> None:
        if not isinstance(line, dict) or line.get("v") != FORMAT:
            raise ValueError(f"it is not a line of format {FORMAT}")
        if number == 1:
            if line.get("format") != "greenlatent journal":
                raise ValueError("the first line is not the header of a journal")
            self.header = {k: v for k, v in line.items() if k not in ("v", "format")}
        elif line.get("do") == "close":
            self.steps = int(line["steps"])
        else:
            event = Event.from_json(line)
            if event.n != len(self) + 1:
                raise ValueError(f"it is numbered {event.n}, expected {len(self) + 1}")
            self._history.take(event)
            self.step = event.step if event.do != "reset" else 0

    def _head(self) -> dict[str, Any]:
        return {"v": FORMAT, "format": "greenlatent journal", **self.header}

    def _lines(self) -> list[dict[str, Any]]:
        """The whole journal, as a file holds it."""
        with self.lock:
            end = [] if self.steps is None else [{"v": FORMAT, "do": "close", "steps": self.steps}]
            return [self._head(), *(event.to_json() for event in self._history.events), *end]
