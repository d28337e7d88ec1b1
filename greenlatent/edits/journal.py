"""The Journal: an append-only log of what a person did, safe across threads, crashes and restarts."""

from __future__ import annotations

import copy
import csv
import io
import json
import logging
import math
import os
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np

from ..data.samples import Samples
from .kinds import Affirm, Drop, Edit, Relabel, Weigh, from_json, to_json
from .locking import lock, unlock
from .mending import check, mend

log = logging.getLogger(__name__)

FORMAT = 1
LONGEST_LINE = 8 * 2**20
# what a line changes in memory, and what is put back where the line did not come to stay
STATE = ("_events", "_done", "_undone", "_muted", "_ours", "step", "steps", "version")


@dataclass(frozen=True)
class Event:
    """One line: an edit added, or an earlier line (`of`) undone, redone, muted or unmuted."""

    n: int
    step: int  # the first step in which it is in force
    t: float  # seconds since 1970
    do: str
    edit: Edit | None = None
    of: int | None = None
    by: str = "code"
    seconds: float | None = None  # how long the person took
    frame: int | None = None  # the step whose picture the person saw
    layer: str | None = None
    stage: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The event as a line of the file."""
        line = {"v": FORMAT, **{k: v for k, v in vars(self).items() if v is not None}}
        if self.edit is not None:
            line["edit"] = to_json(self.edit)
        return line

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Event:
        """The event that `to_json` wrote."""
        values = {k: v for k, v in line.items() if k != "v"}
        if values.get("do") not in ("add", "undo", "redo", "mute", "unmute", "reset", "resume"):
            raise ValueError(f"there is no event {values.get('do')!r}")
        for name in ("n", "step"):
            if type(values.get(name)) is not int:
                raise ValueError(f"{name} is a number from 0 up, got {values.get(name)!r}")
        if "edit" in values:
            values["edit"] = from_json(values["edit"])
        return cls(**values)


class TakenOver(ValueError):
    """Another journal writes to the same file."""


class Journal:
    """What a person did, in order. With a path, every line is on disk before `add` returns.

    A Trainer binds it to its data; from then on an edit is checked at once, stamped with the next step, and
    in force from that step on. Undoing takes an edit out of force from the next step on; it does not rewind
    the weights.
    """

    def __init__(self, path: str | os.PathLike[str] | Callable[[], Path] | None = None):
        # a function names the file when there is something to write, so that nothing lies about before
        self._choose = path if callable(path) else None
        self.path = None if path is None or callable(path) else Path(path)
        if self.path is not None and _holds_something(self.path):
            raise FileExistsError(f"{self.path} exists; read it with Journal.load, or choose another name")
        self.lock = threading.RLock()
        self.header: dict[str, Any] = {}
        self.step = 0  # the step that the next event is stamped with
        self.steps: int | None = None  # how many steps the run had, once it was closed
        self.version = 0  # rises with every event that changes what is in force: what a trainer compares
        self._events: list[Event] = []
        self._done: list[int] = []
        self._undone: list[int] = []
        self._muted: set[int] = set()
        self._samples: Samples | None = None
        self._dims: int | None = None
        self._file: io.FileIO | None = None
        self._ours = False  # whether the file at `path` is this journal's own
        self._size = 0  # of the file, as far as this journal knows it
        self._begun: int | None = None  # the size of the file before the line that is being written
        self._damaged = b""  # what follows in the file, and is no line
        self._synced = 0.0
        self._heard: list[Callable[[Event], object]] = []
        self._news: list[Event] = []  # written, and not told of yet

    def bind(
        self, samples: Samples, header: dict[str, Any], *, dims: int | None = None, step: int = 0
    ) -> None:
        """Tie the journal to the data and the run that it is about. What is already in it must fit."""
        with self.lock:
            for event in self._events:
                if event.edit is not None:
                    check(event.edit, samples, dims)
            known = self.header.get("samples")
            if known is not None and known != header.get("samples"):
                raise ValueError(
                    f"this journal is about data {known}, not {header.get('samples')}: pass the data it was made with"
                )
            self._samples, self._dims, self.step = samples, dims, step
            self.header = {**header, **self.header}

    def add(
        self, edit: Edit, *, by: str = "code", seconds: float | None = None, frame: int | None = None
    ) -> int:
        """Check an edit, write it down and return its line number; it counts from the next step on."""
        with self._telling():
            if not isinstance(edit, Edit):
                raise TypeError(f"add takes an edit such as Relabel(ids, label), got {type(edit).__name__}")
            if self._samples is not None:
                check(edit, self._samples, self._dims)
            return self._write("add", edit=edit, by=by, seconds=seconds, frame=frame)

    def undo(self, *, by: str = "code") -> int | None:
        """Take the newest edit out of force; returns its line, or None if there is none."""
        with self._telling():
            if not self._done:
                return None
            self._write("undo", of=self._done[-1], by=by)
            return self._undone[-1]

    def redo(self, *, by: str = "code") -> int | None:
        """Put the edit that was undone last into force again; returns its line, or None if there is none."""
        with self._telling():
            if not self._undone:
                return None
            self._write("redo", of=self._undone[-1], by=by)
            return self._done[-1]

    def mute(self, n: int, *, by: str = "code") -> None:
        """Take edit n out of force without touching the others; `unmute` puts it back."""
        self._toggle("mute", n, by)

    def unmute(self, n: int, *, by: str = "code") -> None:
        """Put a muted edit into force again."""
        self._toggle("unmute", n, by)

    def listen(self, heard: Callable[[Event], object]) -> Callable[[], None]:
        """Call back with each event once it is on disk, on the thread that wrote it and after it let go of the lock,
        unless it holds that for several events; returns a function that ends it."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard) if heard in self._heard else None

    def repeat(self, event: Event) -> None:
        """Write an event of another journal here, as it was: how a run is replayed."""
        with self._telling():
            if event.edit is not None and self._samples is not None:
                check(event.edit, self._samples, self._dims)
            self._put(event)

    @property
    def active(self) -> list[Event]:
        """The edits in force, in the order they were made."""
        with self.lock:
            return [self._events[n - 1] for n in sorted(self._done) if n not in self._muted]

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._undone)

    def __iter__(self) -> Iterator[Event]:
        with self.lock:
            return iter(list(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else str(self.path)
        return f"Journal({len(self)} lines, {len(self.active)} edits in force, {where})"

    def begin(self) -> None:
        """Write the header into the journal's own file now, before there is an edit; edits follow it there."""
        with self.lock:
            self._put_down(None, lambda: None)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole journal to a new file, all of it or nothing."""
        path = Path(path)
        part = path.with_name(path.name + ".part")
        part.write_bytes(self._whole())
        os.replace(part, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Journal:
        """Read a journal, which changes nothing. A damaged last line (a crash in mid-write) is left out and reported;
        the first line that is written sets it aside in a file."""
        path = Path(path)
        with path.open("rb") as file:
            with suppress(TimeoutError):  # who does not let go may be read all the same
                lock(file.fileno(), shared=True, patience=1.0)
            raw = file.read()
        journal = cls()
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
                journal._read(json.loads(raw[start:stop]), number)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                if stop + 1 < len(raw):
                    raise ValueError(f"{path} line {number} is damaged: {error}") from error
                warnings.warn(
                    f"the last line of {path} was damaged ({error}); it is left out, and goes into"
                    f" {_aside(path).name} with the next edit",
                    stacklevel=2,
                )
                break
            start = stop + 1
        if not start:
            raise ValueError(f"{path} is not a greenlatent journal: it has no header line")
        journal.path, journal._ours, journal._size, journal._damaged = path, True, start, raw[start:]
        return journal

    def make_sure(self) -> None:
        """Raise `TakenOver` if another Lab has gone on in this journal's file, or somebody changed it."""
        with self.lock:
            if self._ours and self.path is not None and self.path.exists():
                self._make_sure_of_the_end()

    def close(self, steps: int | None = None) -> None:
        """Record how many steps the run had, and let go of the file; an event after that opens it again."""
        with self.lock:
            end = self.step if steps is None else steps

            def agree() -> None:
                self.steps = end

            try:
                # who deleted it wants it gone
                if self._file is not None and self.path is not None and self.path.exists():
                    self._put_down({"v": FORMAT, "do": "close", "steps": end}, agree, sync=True)
            except TakenOver:
                log.warning("%s is gone on with elsewhere; its end here was not noted", self.path)
            except OSError as error:  # every edit is there; only the number of steps is not
                log.warning("the end of the run could not be noted in %s: %s", self.path, error)
            agree()
            file, self._file = self._file, None
            if file is not None:
                file.close()

    def resume(self, step: int) -> None:
        """Note that the run goes on from a checkpoint of this step: edits made after it count from here."""
        with self._telling():
            self.step = step
            if self._events or self._ours:  # without an edit, too, or nobody could tell who has the file now
                self._write("resume")

    def schedule(self) -> list[tuple[int, Event]]:
        """Every event with the step at which a replay puts it in force: what came after a checkpoint that the run
        went back to counts from that checkpoint's step."""
        with self.lock:
            events, soonest = list(self._events), None
        out: list[tuple[int, Event]] = []
        for event in reversed(events):
            if event.do == "resume":
                soonest = event.step if soonest is None else min(soonest, event.step)
            elif event.do == "reset":
                soonest = None
            out.append((event.step if soonest is None else min(event.step, soonest), event))
        return out[::-1]

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self._file.close()  # type: ignore[union-attr]  # every line was flushed when it was written

    def reset(self) -> None:
        """Note that the run starts again at step 0 with the edits now in force."""
        with self._telling():
            if self._events:
                # of a run that left no checkpoint only its edits tell how far it came
                self.step = max(self.step, self._events[-1].step)
                self._write("reset")
            self.step = 0

    def mended(self, train: Samples) -> Samples:
        """The data as the person left them: new labels and weights, dropped rows gone."""
        mending = mend([event.edit for event in self.active if event.edit is not None], train)
        return train.take(np.flatnonzero(mending.weights > 0), y=mending.y, weights=mending.weights)

    def changes(self, train: Samples) -> Changes:
        """One row per sample whose label or weight changed: what to take home."""
        last: dict[int, str] = {}
        for event in self.active:
            for i in getattr(event.edit, "ids", ()):
                last[i] = event.by
        mending = mend([event.edit for event in self.active if event.edit is not None], train)

        def name(value: Any) -> Any:
            if train.regression:
                return float(value)
            return "" if value < 0 else train.classes[int(value)]

        rows = []
        for i in sorted(last):
            old, new = name(train.y[i]), name(mending.y[i])
            if old == new and mending.weights[i] == train.weights[i]:
                continue
            groups = {group: values[[i]].tolist()[0] for group, values in train.groups.items()}
            weight = float(mending.weights[i])
            rows.append(
                {"name": train.key(i), **groups, "old": old, "new": new, "weight": weight, "by": last[i]}
            )
        return Changes(rows)

    def agreement(self, train: Samples) -> list[Agreement]:
        """How far those who labelled the same samples agree, and how far each agrees with himself when asked again.

        Of relabels in force, for every two `by`; Cohen's kappa is 0 where they agree as often as chance would.
        """
        from sklearn.metrics import cohen_kappa_score

        said: dict[str, dict[int, list[int]]] = {}  # by -> sample -> its labels, in order
        for event in self.active:
            if isinstance(event.edit, Relabel) and not train.regression:
                label = train.class_index(event.edit.label)  # type: ignore[arg-type]
                for i in event.edit.ids:
                    said.setdefault(event.by, {}).setdefault(i, []).append(label)
        found = []
        for a, b in combinations_with_replacement(sorted(said), 2):
            if a == b:
                pairs = [(labels[0], labels[-1]) for labels in said[a].values() if len(labels) > 1]
            else:
                pairs = [(said[a][i][-1], said[b][i][-1]) for i in sorted(said[a].keys() & said[b].keys())]
            if pairs:
                first, second = zip(*pairs, strict=True)
                share = sum(x == y for x, y in pairs) / len(pairs)
                same = len({*first, *second}) == 1  # one label only: kappa is 0 / 0
                kappa = math.nan if same else float(cohen_kappa_score(first, second))
                found.append(Agreement(a, b, len(pairs), share, kappa))
        return found

    def to_frame(self) -> Any:
        """All events as a pandas table."""
        import pandas

        rows = [
            {**vars(event), "edit": None if event.edit is None else to_json(event.edit)} for event in self
        ]
        return pandas.DataFrame(rows, columns=list(Event.__dataclass_fields__))

    def _toggle(self, do: str, n: int, by: str) -> None:
        with self._telling():
            if not 1 <= n <= len(self._events) or self._events[n - 1].do != "add":
                raise ValueError(
                    f"line {n} of the journal is not an edit; there are {len(self._events)} lines"
                )
            if (n in self._muted) != (do == "unmute"):
                raise ValueError(f"edit {n} is {'already' if do == 'mute' else 'not'} muted")
            self._write(do, of=n, by=by)

    def _write(self, do: str, *, edit: Edit | None = None, of: int | None = None, **more: Any) -> int:
        layer = self.header.get("layer") if edit is not None else None
        stage = self.header.get("stage") if edit is not None else None
        event = Event(
            len(self._events) + 1, self.step, time.time(), do, edit, of, layer=layer, stage=stage, **more
        )
        if do not in ("reset", "resume"):
            self._make_sure_that_some_are_left(event)
        self._put(event)
        return event.n

    def _make_sure_that_some_are_left(self, event: Event) -> None:
        """Several edits may leave out together what none of them does alone, and there is nothing to train on."""
        done, muted = set(self._done), set(self._muted)
        if event.do in ("add", "redo"):
            done.add(event.of or event.n)
        elif event.do == "undo":
            done.discard(event.of or 0)
        elif event.do == "mute":
            muted.add(event.of or 0)
        elif event.do == "unmute":
            muted.discard(event.of or 0)
        events = [*self._events, event]
        edits = [events[n - 1].edit for n in sorted(done - muted)]
        weighing = [edit for edit in edits if isinstance(edit, Drop | Weigh | Affirm)]
        if weighing and self._samples is not None and not mend(weighing, self._samples).weights.any():
            raise ValueError(
                "this would leave out every training sample, and nothing would be left to train on; keep some, or"
                " first put others back: by undoing or muting what left them out, or by a weight above 0"
            )

    def _put(self, event: Event) -> None:
        def agree() -> None:
            self._take(event)
            if event.do == "reset":
                self.step = 0

        self._put_down(event.to_json(), agree)
        self._news.append(event)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Hold the lock, and tell of what was written once it is let go."""
        with self.lock:
            yield
            news, self._news = self._news, []
        for event in news:
            for heard in list(self._heard):
                try:
                    heard(event)
                except Exception:  # it is on disk: who wrote it has not failed
                    log.exception("a listener of a journal failed; the edit stands")

    def _put_down(self, line: dict[str, Any] | None, agree: Callable[[], None], sync: bool = False) -> None:
        """Write a line and let memory agree: both, or neither, whatever comes in between, be it a full disk or Ctrl-C.

        Other processes wait meanwhile. Without a line it is the header alone.
        """
        before: dict[str, Any] | None = {name: copy.copy(getattr(self, name)) for name in STATE}
        self._begun = None
        try:
            if self._hold():
                self._append(line, sync)
            agree()
            before = None  # from here on it counts, and the next line is somebody else's
            self._let_go()
        except BaseException:
            if before is not None:
                vars(self).update(before)
                self._take_back()
            self._let_go()
            raise

    def _hold(self) -> bool:
        """Open the file, if there is to be one, and keep others out; what is in it must be what was read or written
        here."""
        if self.path is None and self._choose is not None:
            self.path = self._choose()
        if self.path is None:
            return False
        if not self._ours and _holds_something(self.path):
            raise FileExistsError(f"{self.path} exists; go on with Journal.load, or choose another place")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            if self._ours and not self.path.exists():
                self._write_anew()
            if self._file is None:
                # without a buffer, which would keep what a full disk did not take
                self._file = io.FileIO(self.path, "ab")
            lock(self._file.fileno())
            if self._is_open():
                break
            # editors put another file in its place, and what goes into this one is lost
            file, self._file = self._file, None
            file.close()
        if self._ours:
            self._make_sure_of_the_end()
            self._set_aside()
        elif _holds_something(self.path):
            raise FileExistsError(f"{self.path} was written by another; choose another place")
        else:
            self._size = 0
        return True

    def _let_go(self) -> None:
        if self._file is not None:
            unlock(self._file.fileno())

    def _append(self, line: dict[str, Any] | None, sync: bool) -> None:
        """Write and flush: a killed process loses nothing. The disk is forced at most once a second."""
        assert self._file is not None
        texts = [_line(part).encode() for part in (None if self._ours else self._head(), line) if part]
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
        self._ours = True

    def _take_back(self) -> None:
        """Half a line, or one that did not count, would spoil the file."""
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

    def _is_open(self) -> bool:
        """Whether the open file is the one at the path."""
        assert self._file is not None and self.path is not None
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def _whole(self) -> bytes:
        with self.lock:
            lines = [self._head(), *(event.to_json() for event in self._events)]
            if self.steps is not None:
                lines.append({"v": FORMAT, "do": "close", "steps": self.steps})
        return "".join(map(_line, lines)).encode()

    def _write_anew(self) -> None:
        assert self.path is not None
        log.warning("%s was deleted; all of it is written anew", self.path)
        self._size = len(self._whole())
        self.save(self.path)

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
        # who had it before may note late that he is done
        if size < self._size or not all(
            line.startswith(b'{"v":') and b'"do":"close"' in line for line in more.splitlines()
        ):
            raise TakenOver(
                f"{self.path} was written to by another Lab, which goes on with the same session, or was changed by"
                " hand; nothing was changed here. Go on there, or close it and load the session again;"
                " journal.save(path) writes the edits made here elsewhere"
            )
        self._size = size

    def _take(self, event: Event) -> None:
        """The only place where the state changes: live, on loading and on replay alike."""
        if event.do == "add":
            self._done.append(event.n)
            self._undone.clear()
        elif event.do == "undo":
            if not self._done or self._done[-1] != event.of:
                raise ValueError(f"line {event.n} undoes {event.of}, which is not the newest edit in force")
            self._undone.append(self._done.pop())
        elif event.do == "redo":
            if not self._undone or self._undone[-1] != event.of:
                raise ValueError(f"line {event.n} redoes {event.of}, which was not undone last")
            self._done.append(self._undone.pop())
        elif event.do == "mute" and event.of is not None:
            self._muted.add(event.of)
        elif event.do == "unmute" and event.of is not None:
            self._muted.discard(event.of)
        self._events.append(event)
        self.version += event.do != "resume"  # the same run goes on: edits must not land a second time

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
            if event.n != len(self._events) + 1:
                raise ValueError(f"it is numbered {event.n}, expected {len(self._events) + 1}")
            self._take(event)
            self.step = event.step if event.do != "reset" else 0

    def _head(self) -> dict[str, Any]:
        return {"v": FORMAT, "format": "greenlatent journal", **self.header}


@dataclass(frozen=True)
class Agreement:
    """Two who labelled the same n samples; the same name twice: one who was asked again."""

    a: str
    b: str
    n: int
    share: float  # of the n samples that both gave the same label
    kappa: float  # NaN where only one label was given at all


class Changes(list[dict[str, Any]]):
    """Rows of changed samples; `to_csv` writes them for a spreadsheet, with formulas made harmless."""

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows; a cell that a spreadsheet would run as a formula is quoted."""
        names = list(dict.fromkeys(name for row in self for name in row)) or [
            "name",
            "old",
            "new",
            "weight",
            "by",
        ]
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow([cell(name) for name in names])
            writer.writerows([cell(row.get(name, "")) for name in names] for row in self)

    def to_frame(self) -> Any:
        """The rows as a pandas table."""
        import pandas

        return pandas.DataFrame(list(self))


# Where a spreadsheet may begin to read a formula: at a cell's start, after white space that it drops, and after a
# semicolon, a separator in half of the world. Full-width signs count as well. energy/record.py knows the same.
_FORMULA = re.compile("^(?=[\\t\\r\\n])|(^|[;\\t\\r\\n])(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def cell(value: Any) -> Any:
    """A value for a CSV; text that a spreadsheet would run as a formula gets a quote before it."""
    return _FORMULA.sub(lambda found: f"{found[1] or ''}'", value) if isinstance(value, str) else value


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")


def _holds_something(path: Path) -> bool:
    """An empty file is what an interrupt may leave, and nobody's."""
    return path.exists() and path.stat().st_size > 0


def _line(line: dict[str, Any]) -> str:
    return json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n"
