"""Hand-in: a run in one small file for somebody who checks it, and read again there without trusting it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..edits.journal import Journal
from ..files import place, whole_or_nothing
from ..model.ownership import weights_hash
from ..run.comparison import Comparison
from ..run.session import CHECKPOINT, JOURNAL, LEDGER, PROPOSALS
from ..training import checkpoint
from ..training.trainer import Trainer

FORMAT = 1
CLAIM, ANSWERS = "hand-in.json", "answers.json"
NAMES = (CLAIM, ANSWERS, JOURNAL, LEDGER, PROPOSALS)
LARGEST = 64 * 2**20  # bytes unpacked: a long afternoon's journal has less than one of them
ANSWER = 2**20  # letters in all answers
EVENTS, RESETS = 100_000, 100  # in a journal: each costs time when it is replayed
# What a replay takes from a header; a stranger's may not ask for more of this machine.
MOST = {"batch_size": 2**20, "accumulate": 2**12, "threads": 256, "workers": 64, "seed": 2**63}


@dataclass(frozen=True)
class HandIn:
    """What somebody handed in: a claim about a run, the journal that should lead there, and written answers."""

    claim: dict[str, Any]
    journal: Journal
    answers: dict[str, str]
    remarks: tuple[str, ...]  # what does not fit together, in words


def write(
    path: str | Path,
    trainer: Trainer,
    *,
    accuracy: float | None,
    answers: str | Mapping[str, str] | None = None,
    comparison: Comparison | None = None,
    proposals: bytes = b"",
) -> Path:
    """Pack journal, ledger, hashes, versions and answers; on the thread that owns the model. `proposals` are the lines
    of an agent's record.

    No inputs, weights, paths, user or host names go in.
    """
    path, written = place(path), _answers(answers)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trainer.journal.save(folder / JOURNAL)
        if trainer.meter is not None:
            trainer.meter.export(folder / LEDGER)
        parts = {part: (folder / part).read_bytes() for part in (JOURNAL, LEDGER) if (folder / part).exists()}
    parts[ANSWERS] = _json(written)
    if proposals:
        parts[PROPOSALS] = proposals
    claim = {
        "format": FORMAT,
        "steps": trainer.steps,
        "passes": trainer.passes,
        "accuracy": accuracy,
        "weights": weights_hash(trainer.model),
        "edits": len(trainer.journal.active),
        "control": None if comparison is None else _control(comparison),
        "versions": versions(),
        "sha256": {part: hashlib.sha256(data).hexdigest() for part, data in parts.items()},
    }
    with whole_or_nothing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
        for file, data in {CLAIM: _json(claim), **parts}.items():
            pack.writestr(file, data)
    return path


def read(path: str | Path) -> HandIn:
    """Read a hand-in from a stranger; whatever is no hand-in raises a ValueError that says why."""
    parts = _unpacked(Path(path))
    claim = _object(parts, CLAIM)
    if claim.get("format") != FORMAT:
        raise ValueError(f"{CLAIM} is of format {claim.get('format')!r:.20}, and this reads {FORMAT}")
    for name in ("steps", "passes", "edits"):
        if type(claim.get(name)) is not int or claim[name] < 0:
            raise ValueError(f"{CLAIM} has no whole number {name!r}")
    hashes = claim.get("sha256")
    hashes = hashes if isinstance(hashes, dict) else {}
    remarks = [
        f"{part} was changed after it was handed in"
        for part, data in parts.items()
        if part != CLAIM and hashlib.sha256(data).hexdigest() != hashes.get(part)
    ]
    remarks += [f"{part} is missing" for part in hashes if part in NAMES and part not in parts]
    answers = {str(k): str(v) for k, v in _object(parts, ANSWERS).items()} if ANSWERS in parts else {}
    return HandIn(claim, _journal(parts[JOURNAL]), answers, tuple(remarks))


def versions() -> dict[str, str]:
    """What a run may depend on."""
    try:
        ours = metadata.version("greenlatent")
    except metadata.PackageNotFoundError:
        ours = "not installed"
    return {
        "greenlatent": ours,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": platform.machine(),
        "capability": torch.backends.cpu.get_cpu_capability(),
    }


def _unpacked(path: Path) -> dict[str, bytes]:
    """The parts of a hand-in in memory: nothing is written, and no more is unpacked than a hand-in may hold."""
    try:
        with zipfile.ZipFile(path) as pack:
            infos = pack.infolist()
            _check_entries(infos)
            parts, room = {}, LARGEST
            for info in infos:
                with pack.open(info) as file:
                    data = file.read(room + 1)  # the size that it declares may be a lie
                room -= len(data)
                if room < 0:
                    raise ValueError(f"it unpacks to more than {LARGEST // 2**20} MB")
                parts[info.filename] = data
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"it is no whole zip file: {error}") from error
    except (OSError, RuntimeError) as error:
        raise ValueError(f"it cannot be read: {error}") from error
    missing = [name for name in (CLAIM, JOURNAL) if name not in parts]
    if missing:
        raise ValueError(f"it is no hand-in: it holds no {missing[0]}; lab.hand_in(...) writes one")
    return parts


def _check_entries(infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    strange = [name for name in names if name not in NAMES]
    if strange:
        raise ValueError(f"it holds {strange[0]!r:.80}, which belongs in no hand-in: {', '.join(NAMES)} do")
    if len(set(names)) != len(names):
        raise ValueError("it holds a file twice")
    for info in infos:
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ValueError(f"{info.filename} in it is a link")
        if info.flag_bits & 1:
            raise ValueError(f"{info.filename} in it is encrypted")
    if sum(info.file_size for info in infos) > LARGEST:
        raise ValueError(f"it unpacks to more than {LARGEST // 2**20} MB")


def _object(parts: dict[str, bytes], name: str) -> dict[str, Any]:
    try:
        value = json.loads(parts[name])
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{name} holds {type(value).__name__} and no object")
    return value


def _journal(data: bytes) -> Journal:
    """All of it or nothing: what a crash may do to a session's journal has no place in a hand-in."""
    if data.count(b"\n") > EVENTS + 2:  # a header, an end
        raise ValueError(f"{JOURNAL} has more than {EVENTS:,} events")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / JOURNAL
        path.write_bytes(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                journal = Journal.load(path)
            if any(type(event.step) is not int or event.step < 0 for event in journal):
                raise ValueError("it holds a step that is no whole number")
            if not all(
                _is_time(event.t) and (event.seconds is None or _is_time(event.seconds)) for event in journal
            ):
                raise ValueError("it holds a time that is no number of seconds")
            if sum(event.do == "reset" for event in journal) > RESETS:
                raise ValueError(f"it begins anew more than {RESETS} times")
            for name, most in MOST.items():
                value = journal.header.get(name, 0)
                if type(value) is not int or not 0 <= value <= most:
                    raise ValueError(
                        f"its header has {name} {value!r:.40}; whole numbers up to {most} may stand there"
                    )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, UserWarning) as error:
            raise ValueError(f"{JOURNAL} cannot be read: {_without(error, folder)}") from error
    journal.path = None
    return journal


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e12  # NaN is not, either


def _without(error: BaseException, folder: str) -> str:
    return str(error).replace(f"{folder}{os.sep}", "")


def _answers(given: str | Mapping[str, str] | None) -> dict[str, str]:
    answers = {"answer": given} if isinstance(given, str) else given or {}
    if not isinstance(answers, Mapping) or not all(
        isinstance(text, str) for pair in answers.items() for text in pair
    ):
        raise TypeError('answers is a text, or texts by question: {"1a": "because ..."}')
    if sum(map(len, answers.values())) > ANSWER:
        raise ValueError(f"the answers have more than {ANSWER} letters; shorten them")
    return dict(answers)


def _control(comparison: Comparison) -> dict[str, Any]:
    ratio, samples = comparison.ratio, comparison.samples_to_target
    return {
        # of the run that is handed in, which a replay repeats; its edits may have been tried with other seeds, too
        "accuracy": [_finite(a) for a in (comparison.with_you[-1].accuracy, comparison.accuracy[1])],
        "ratio": [_finite(r) for r in (ratio.value, ratio.low, ratio.high)],
        "samples_ratio": None
        if samples is None
        else [_finite(r) for r in (samples[1].value, samples[1].low, samples[1].high)],
        "seeds": len(comparison.without),
        "passes": comparison.with_you[-1].passes,
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode()


def check_session(folder: Path) -> None:
    """Raise unless a stranger's session is as modest as a hand-in: its journal's header, counts and steps, and what
    its checkpoint asks of this machine."""
    _journal((folder / JOURNAL).read_bytes())
    if any((folder / CHECKPOINT).iterdir()):
        header = checkpoint.read(folder / CHECKPOINT)[1]["header"]
        for name, most in MOST.items():
            value = header.get(name, 0)
            if type(value) is not int or not 0 <= value <= most:
                raise ValueError(
                    f"its checkpoint has {name} {value!r:.40}; whole numbers up to {most} may stand there"
                )
