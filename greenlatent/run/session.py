"""Session: the folder that a run leaves behind, found again by the data it is about, and packed into one file."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from ..training import checkpoint
from ..training.settings import Settings
from ..training.trainer import Trainer

HOME = Path("greenlatent-sessions")
EVERY = 60.0  # seconds of training between two checkpoints
CALM = 2.0  # seconds between two checkpoints at pauses: a step at a time must not mean a file at a time
JOURNAL, LEDGER, CHECKPOINT = "journal.jsonl", "ledger.jsonl", "checkpoint"
LARGEST = 4 * 2**30  # bytes of an unpacked session


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
        self._saved = (-1, time.monotonic())  # at which step, and when

    def journal(self) -> Path:
        """Where the journal goes; called when its first line is written."""
        return self._made() / JOURNAL

    def take_up(self, model: nn.Module, train: Samples, **options: Any) -> Trainer:
        """The trainer that this session left: with every edit, and the weights of its newest checkpoint.

        Without a checkpoint it begins at step 0, with all edits in force.
        """
        assert self.folder is not None
        journal = Journal.load(self.folder / JOURNAL)
        if any((self.folder / CHECKPOINT / slot).exists() for slot in checkpoint.SLOTS):
            return Trainer.load(self.folder / CHECKPOINT, model, train, journal=journal, **options)
        trainer = Trainer(model, train, journal=journal, **Settings.of_header(journal.header) | options)
        journal.reset()
        return trainer

    def due(self, step: int, *, running: bool) -> bool:
        """Whether it is time for a checkpoint. Nothing is kept of a run that has no journal yet."""
        saved, at = self._saved
        return (
            self.folder is not None and step != saved and time.monotonic() - at > (EVERY if running else CALM)
        )

    def save(self, trainer: Trainer, meter: Any) -> Path:
        """Write a checkpoint and the ledger so far, on the thread that owns the model.

        A folder in which another Lab goes on is left alone: that raises `TakenOver`.
        """
        trainer.journal.make_sure()
        folder = self._made()
        self._saved = (self._saved[0], time.monotonic())  # a disk that is full is not asked again at once
        trainer.save(folder / CHECKPOINT)
        self._saved = (trainer.steps, time.monotonic())
        self.account(trainer.journal, meter)
        return folder

    def account(self, journal: Journal, meter: Any) -> None:
        """Write the ledger so far: the last of its runs is the newest."""
        journal.make_sure()
        if self.folder is not None:
            meter.export(self.folder / LEDGER)

    def pack(self, path: str | Path) -> Path:
        """The whole session in one zip file, which `unpack` takes."""
        path, folder = place(path), self._made()
        part = path.with_name(path.name + ".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
            for name in _names():
                if (folder / name).exists():
                    pack.write(folder / name, name)
        os.replace(part, path)
        return path

    def _made(self) -> Path:
        if self.folder is None:
            if self._given is not None:
                self._given.mkdir(parents=True, exist_ok=True)
                self.folder = self._given
            else:
                self.folder = _new(self._fingerprint)
        return self.folder


def former(fingerprint: str) -> Path | None:
    """The newest session about the same data; None if there is none."""
    found = [path.parent for path in HOME.glob(f"{fingerprint}-*/{JOURNAL}")]
    return max(found, key=lambda folder: (folder / JOURNAL).stat().st_mtime, default=None)


def place(path: str | Path) -> Path:
    """Where a file is to go, if one can be written there."""
    given = path
    path = Path(path)
    if not path.name or path.is_dir():
        raise IsADirectoryError(f"{str(given)!r} is a folder; name a file in it, such as mine.zip")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.parent} for {path.name}; make it, or choose another"
        )
    return path


def unpack(path: str | Path, fingerprint: str) -> Path:
    """A new folder with what `pack` packed. Only files of a session are taken, whatever else is in the file."""
    try:
        with zipfile.ZipFile(path) as pack:
            sizes = {str(PurePosixPath(info.filename)): info.file_size for info in pack.infolist()}
            known = [name for name in _names() if name in sizes]
            if JOURNAL not in known:
                raise ValueError(f"{path} is no session: it holds no {JOURNAL}")
            if sum(sizes[name] for name in known) > LARGEST:
                raise ValueError(f"{path} unpacks to more than {LARGEST} bytes")
            folder = _new(fingerprint)
            for name in known:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(pack.read(name))
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is no zip file: {error}") from error
    return folder


def _names() -> tuple[str, ...]:
    return (JOURNAL, LEDGER, *(f"{CHECKPOINT}/{slot}" for slot in checkpoint.SLOTS))


def _new(fingerprint: str) -> Path:
    n = 1
    while True:
        folder = HOME / f"{fingerprint}-{n}"
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            n += 1
