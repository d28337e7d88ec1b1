"""Session: the folder that a run leaves behind, found again by the data it is about, and packed into one file."""

from __future__ import annotations

import os
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from ..files import next_folder, place, whole_or_nothing
from ..training import checkpoint
from ..training.settings import Settings
from ..training.trainer import Trainer
from .comparison import Point
from .costs.past import keep_course

HOME = Path("greenlatent-sessions")
CHECKPOINT_SECONDS = 60.0  # of training between two checkpoints
PAUSED_SECONDS = 2.0  # between two checkpoints at pauses: a step at a time must not mean a file at a time
JOURNAL, LEDGER, CHECKPOINT = "journal.jsonl", "ledger.jsonl", "checkpoint"
PROPOSALS = "proposals.jsonl"  # what an agent proposed, and what came of it; a journal replays without it
SOLVED = "solved.pt"  # the last read-out of what people named, for `Solved.load`
RATINGS = "ratings.jsonl"  # what people said of working with it
FILM = "film.bin"  # what was shown of it
LARGEST = 2**30  # bytes of an unpacked session


class Session:
    """The folder of one run. It is made when there is something to keep, and never shared with another run.

    >>> session = Session(None, train.fingerprint)
    >>> Journal(session.journal)
    """

    def __init__(self, folder: str | Path | None, fingerprint: str, *, going_on: bool = False):
        self._given, self._fingerprint = None if folder is None else Path(folder), fingerprint
        if self._given is not None and self._given.exists() and not self._given.is_dir():
            raise NotADirectoryError(f"{folder} is a file, and a session is a folder; choose another name")
        if self._given is not None and going_on and not (self._given / JOURNAL).exists():
            raise FileNotFoundError(f"{folder} is no session: it holds no {JOURNAL}")
        if self._given is not None and not going_on and (self._given / JOURNAL).exists():
            raise FileExistsError(
                f"{folder} holds the journal of another run; choose another folder, go on with it by"
                f' gl.Lab.load("{folder}", ...), or read it with gl.Journal.load("{self._given / JOURNAL}")'
            )
        self.folder = self._given if going_on else None  # where it is, once it is there
        self.at_made: list[Callable[[Path], object]] = []  # told of the folder once it is there
        self._saved = (-1, time.monotonic())  # at which step, and when

    def journal(self) -> Path:
        """Where the journal goes; called when its first line is written."""
        return self._made() / JOURNAL

    def take_up(self, model: nn.Module, train: Samples, **options: Any) -> Trainer:
        """The trainer that this session left: with every edit, and the weights of its newest checkpoint.

        Without a checkpoint it begins at step 0, with all edits in force.
        """
        assert self.folder is not None
        try:
            (self.folder / JOURNAL).open("ab").close()
        except PermissionError as error:
            raise PermissionError(
                f"{self.folder} may only be read, and a run that goes on writes its edits there; copy the folder, and"
                " load the copy"
            ) from error
        journal = Journal.load(self.folder / JOURNAL)
        if any((self.folder / CHECKPOINT / slot).exists() for slot in checkpoint.SLOTS):
            return Trainer.load(self.folder / CHECKPOINT, model, train, journal=journal, **options)
        trainer = Trainer(model, train, journal=journal, **Settings.of_header(journal.header) | options)
        journal.reset()
        return trainer

    def due(self, step: int, *, running: bool) -> bool:
        """Whether it is time for a checkpoint. Nothing is kept of a run that has no journal yet."""
        saved, at = self._saved
        wait = CHECKPOINT_SECONDS if running else PAUSED_SECONDS
        return self.folder is not None and step != saved and time.monotonic() - at > wait

    def save(self, trainer: Trainer, meter: Any, course: Sequence[Point] = ()) -> Path:
        """Write a checkpoint, the ledger and the course so far, on the thread that owns the model.

        A folder in which another Lab goes on is left alone: that raises `TakenOver`.
        """
        trainer.journal.make_sure()
        folder = self._made()
        self._saved = (self._saved[0], time.monotonic())  # a disk that is full is not asked again at once
        trainer.save(folder / CHECKPOINT)
        if trainer.readout.last is not None:
            trainer.readout.last.save(folder / SOLVED)
        self._saved = (trainer.steps, time.monotonic())
        self.account(trainer.journal, meter, course)
        return folder

    def account(self, journal: Journal, meter: Any, course: Sequence[Point] = ()) -> None:
        """Write the ledger so far, of whose runs the last is the newest, and how the run went."""
        journal.make_sure()
        if self.folder is not None:
            meter.export(self.folder / LEDGER)
            if course:
                keep_course(self.folder, course, len(journal.active))

    def pack(self, path: str | Path) -> Path:
        """The whole session in one zip file, which `unpacked` takes."""
        path, folder = place(path), self._made()
        with whole_or_nothing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
            for name in _names():
                if (folder / name).exists():
                    pack.write(folder / name, name)
        return path

    def _made(self) -> Path:
        if self.folder is None:
            if self._given is not None:
                self._given.mkdir(parents=True, exist_ok=True)
                self.folder = self._given
            else:
                self.folder = next_folder(HOME, self._fingerprint)
            for told in self.at_made:
                told(self.folder)
        return self.folder


def former(fingerprint: str) -> Path | None:
    """The newest session about the same data; None if there is none."""
    found = [path.parent for path in HOME.glob(f"{fingerprint}-*/{JOURNAL}")]
    return max(found, key=lambda folder: (folder / JOURNAL).stat().st_mtime, default=None)


@contextmanager
def unpacked(path: str | Path, fingerprint: str) -> Iterator[tuple[Path, Callable[[], Path]]]:
    """What `pack` packed, in a temporary folder, and what makes it a session; otherwise it is gone.

    Only files of a session are taken, by their names as they stand, whatever else is in the file.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME, prefix=".unpacked-", ignore_cleanup_errors=True) as name:
        part = Path(name) / "session"
        (part / CHECKPOINT).mkdir(parents=True)
        _unpack(path, part)

        def settle() -> Path:
            folder = next_folder(HOME, fingerprint)
            for each in part.iterdir():
                os.replace(each, folder / each.name)
            return folder

        yield part, settle


def _unpack(path: str | Path, folder: Path) -> None:
    too_much = f"{path} unpacks to more than {LARGEST // 2**20} MB"
    try:
        with zipfile.ZipFile(path) as pack:
            infos = [info for info in pack.infolist() if info.filename in _names()]
            names = [info.filename for info in infos]
            if JOURNAL not in names:
                raise ValueError(f"{path} is no session: it holds no {JOURNAL}")
            if len(set(names)) != len(names):
                raise ValueError(f"{path} holds a file twice")
            for info in infos:
                if stat.S_ISLNK(info.external_attr >> 16) or info.flag_bits & 1:
                    raise ValueError(f"{info.filename} in {path} is a link, or encrypted")
            room = LARGEST
            if sum(info.file_size for info in infos) > room:
                raise ValueError(too_much)
            for info in infos:
                with pack.open(info) as source, (folder / info.filename).open("wb") as file:
                    while chunk := source.read(2**20):
                        room -= len(chunk)  # the size that it declares may be a lie
                        if room < 0:
                            raise ValueError(too_much)
                        file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path} is no whole zip file: {error}") from error


def _names() -> tuple[str, ...]:
    slots = (f"{CHECKPOINT}/{slot}" for slot in checkpoint.SLOTS)
    return (JOURNAL, LEDGER, PROPOSALS, RATINGS, SOLVED, FILM, *slots)
