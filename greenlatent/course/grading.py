"""Grading: a stack of hand-ins replayed without a browser, compared with each other, and listed in a table."""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from glob import glob
from inspect import signature
from itertools import pairwise
from pathlib import Path
from runpy import run_path
from typing import Any

from torch.nn import Module

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.kinds import Affirm, Drop, Weigh
from ..energy.joules import Joules
from ..energy.names import count as some
from ..files import cell
from ..model.ownership import weights_hash
from ..run.comparison import Comparison, Point
from ..run.twins import control, looks
from ..training.replay import replay
from ..training.trainer import Trainer
from .copies import shared
from .films import Films
from .handin import HandIn, read, versions

TOLERANCE = 0.02  # accuracies nearer than this are the same on another machine
PATIENCE = 600.0  # seconds that a replay may take
LESSON = "lesson.py"
LONGEST = 3600.0  # seconds that somebody may take for a first edit
APART = 0.05  # seconds between two edits that one hand makes
FASTEST = 20_000  # training steps a second: Python alone takes longer for one
CLOCK = 600.0  # seconds by which another machine's clock may go wrong
TURNED = 1.0  # seconds by which a clock may be set right under a run

Lesson = Callable[..., dict[str, Any]]

# What is only said, by a claim or by a journal, stands apart from what a replay found, and is called so.
COLUMNS = (
    *("file", "verdict", "remarks"),
    *("accuracy_replayed", "accuracy_control", "passes_replayed"),
    *("passes_ratio", "passes_ratio_low", "passes_ratio_high", "same_bits", "edits"),
    *("claimed_accuracy", "claimed_passes", "claimed_steps"),
    *("claimed_joules_ratio", "claimed_joules_ratio_low", "claimed_joules_ratio_high"),
    *(
        "claimed_by_hand",
        "claimed_by_machine",
        "claimed_by_agent",
        "claimed_by_code",
        "claimed_seconds_of_hand",
    ),
)


class WrongLesson(ValueError):
    """A lesson raises, or returns what no hand-in can be replayed with."""


@dataclass
class Row:
    """What is known of one hand-in.

    `verdict` is "refused", "look" where a person should, "not replayed" without a lesson, or "ok": no more than that
    its replay ended where it claims. "ok, 0 edits" is a run that nobody mended.
    """

    file: str
    remarks: list[str] = field(default_factory=list)
    refused: bool = False
    replayed: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        if self.refused:
            return "refused"
        if self.remarks or not self.replayed:
            return "look" if self.remarks else "not replayed"
        return "ok" if self.values["edits"] else "ok, 0 edits"

    def cells(self) -> dict[str, Any]:
        about = {"file": self.file, "verdict": self.verdict, "remarks": "; ".join(self.remarks)}
        return {**self.values, **about, **{f"answer: {k}": v for k, v in self.answers.items()}}


def grade(
    paths: Iterable[str | Path],
    lesson: Lesson | None = None,
    *,
    tolerance: float = TOLERANCE,
    patience: float = PATIENCE,
    films: str | Path | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Check hand-ins: each is replayed with what `lesson()` returns, and all are compared with each other.

    `lesson()` returns a dict with a fresh `model`, `train`, `valid`, and what else the Lab was given, as `optimizer`;
    where everybody has data of their own, `lesson(answers)` finds in the answers whose it shall return.
    Accuracies may differ by `tolerance`. Without a lesson nothing is replayed, and nothing is "ok".
    Joules never count: machines differ. Each run that was replayed becomes a page in the folder `films`, by another
    replay.
    """
    if lesson is not None and not signature(lesson).parameters:
        _made(lesson, {})  # said now, and not amid a stack
    rows, journals = [], {}
    shown = None if films is None else Films(films)
    for path in map(Path, paths):
        progress(f"{path.name} ...")
        row = Row(path.name)
        rows.append(row)
        try:
            given = read(path)
        except ValueError as error:
            row.refused = True
            row.remarks.append(str(error))
            continue
        row.remarks += given.remarks
        row.answers = given.answers
        row.values |= _claimed(given)
        journals[len(rows) - 1] = given.journal
        if row.values["claimed_by_code"]:
            row.remarks.append(f"{_some(row.values['claimed_by_code'], 'edit')} made by code")
        row.remarks += _oddities(list(given.journal), time.time())
        if lesson is not None:
            _replayed(row, given, lesson, tolerance, patience)
            if shown is not None and row.replayed:
                progress(f"{path.name}: its film ...")
                row.remarks += shown.write(row.file, given, _made(lesson, given.answers), patience)
    for k, remarks in shared([row.file for row in rows], journals).items():
        rows[k].remarks += remarks
    return rows


def write_csv(rows: Sequence[Row], path: str | Path) -> None:
    """One line a hand-in; a cell that a spreadsheet would run as a formula is quoted."""
    cells = [row.cells() for row in rows]
    more = sorted({name for row in cells for name in row if name not in COLUMNS})
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([cell(name) for name in (*COLUMNS, *more)])
        for row in cells:
            writer.writerow([cell(_plain(row.get(name))) for name in (*COLUMNS, *more)])


def main(arguments: Sequence[str]) -> int:
    """`python -m greenlatent.check *.zip`: 0 when nothing was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m greenlatent.check",
        description="Check an installation; given hand-ins, replay and compare them and write a table; given"
        " notebooks (*.ipynb) alone, name what in them runs without being asked, and write clean copies.",
    )
    parser.add_argument("zips", nargs="+", help="files that lab.hand_in(...) wrote")
    parser.add_argument(
        "--lesson",
        help="a Python file of your own with a function lesson(), or lesson(answers), that"
        f" returns dict(model=..., train=..., valid=...); default: {LESSON} here, if there is one",
    )
    parser.add_argument("--csv", default="grades.csv", help="where the table goes; default: %(default)s")
    parser.add_argument(
        "--tolerance", type=float, default=TOLERANCE, help="of accuracy; default: %(default)s"
    )
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds a replay may take")
    parser.add_argument(
        "--films", metavar="FOLDER", help="write each run that was replayed into it, as a page that plays it"
    )
    given = parser.parse_args(arguments)
    file = given.lesson or (LESSON if Path(LESSON).exists() else None)
    if file is not None and not Path(file).is_file():
        parser.error(f"there is no lesson file {file}")
    if not Path(given.csv).parent.is_dir():  # said now, not after an hour of replays
        parser.error(
            f"there is no folder {Path(given.csv).parent} for the table; make it, or choose another --csv"
        )
    try:
        lesson = None if file is None else run_path(file).get("lesson")
    except Exception as error:
        parser.error(f"{file} cannot be run: {type(error).__name__}: {error}")
    if file is not None and not callable(lesson):
        parser.error(f"{file} has no function lesson()")
    if lesson is None:
        print(f"No {LESSON} here and no --lesson: hand-ins are read and compared, but not replayed.")
    try:
        rows = grade(
            [name for pattern in given.zips for name in _files(pattern)],
            lesson,
            tolerance=given.tolerance,
            patience=given.patience,
            films=given.films,
            progress=lambda text: print(text, flush=True),
        )
    except WrongLesson as error:
        parser.error(f"{file}: {error}")
    for row in rows:
        print(f"{row.verdict:<12}  {row.file}", *(f"\n              {remark}" for remark in row.remarks))
    write_csv(rows, given.csv)
    listed = f"{_some(len(rows), 'hand-in')} in {given.csv}"
    print(f"{listed}; accuracies count as equal within {given.tolerance:g}.")
    return int(any(row.refused for row in rows))


def _files(pattern: str) -> list[str]:
    """What a name stands for: not every shell makes names of a pattern."""
    return [pattern] if Path(pattern).exists() else sorted(glob(pattern)) or [pattern]


def _claimed(given: HandIn) -> dict[str, Any]:
    """What a hand-in says of itself, and what its journal holds."""
    edits = [event for event in given.journal if event.edit is not None]
    by_hand = [event for event in edits if event.by == "human"]
    by_machine = [
        e for e in edits if e.by == "machine" and isinstance(e.edit, Drop | Weigh)
    ]  # a button of the Lab's
    by_agent = [event for event in edits if event.by == "agent"]
    against = given.claim.get("control")
    ratio = against.get("ratio") if isinstance(against, dict) else None
    ratio = ratio if isinstance(ratio, list) and len(ratio) == 3 else [None] * 3
    ratios = ("claimed_joules_ratio", "claimed_joules_ratio_low", "claimed_joules_ratio_high")
    return {
        "claimed_accuracy": given.claim.get("accuracy"),
        "claimed_passes": given.claim["passes"],
        "claimed_steps": given.claim["steps"],
        "edits": len(given.journal.active),
        "claimed_by_hand": len(by_hand),
        "claimed_by_machine": len(by_machine),
        "claimed_by_agent": len(by_agent),
        "claimed_by_code": len(edits) - len(by_hand) - len(by_machine) - len(by_agent),
        "claimed_seconds_of_hand": sum(event.seconds or 0.0 for event in by_hand),
        **dict(zip(ratios, ratio, strict=True)),
    }


def _oddities(events: Sequence[Event], now: float) -> list[str]:
    """What no hand, clock or machine does by itself. Who knows this list can write a journal that avoids it."""
    steps = [(a, b) for a, b in pairwise(events) if b.do not in ("reset", "resume")]
    hands = [event for event in events if event.edit is not None and event.by == "human"]
    acts = [(a.t, b) for a, b in pairwise(hands) if not _one_answer(a, b)]
    first = [(hands[0].t - LONGEST, hands[0])] if hands else []
    found = {
        "line of the future": sum(event.t > now + CLOCK for event in events),
        "line older than the one before": sum(b.t < a.t - TURNED for a, b in pairwise(events)),
        f"stretch of more than {FASTEST:,} steps a second": sum(
            b.step - a.step > FASTEST * max(APART, b.t - a.t) for a, b in steps
        ),
        "edit by hand of negative seconds": sum((event.seconds or 0) < 0 for event in hands),
        "edit by hand that took longer than there was time since the one before": sum(
            (b.seconds or 0) > max(0.0, b.t - before) + TURNED for before, b in (*first, *acts)
        ),
        f"edit by hand within {APART * 1000:.0f} ms of the one before": sum(
            abs(b.t - before) < APART for before, b in acts
        ),
        "edit by hand without a picture that it could have been made in": sum(
            type(event.frame) is not int or not 0 <= event.frame <= event.step for event in hands
        ),
    }
    return [_some(count, *what.split(" ", 1)) for what, count in found.items() if count]


def _one_answer(a: Event, b: Event) -> bool:
    """A sorted sheet is two edits, which share its seconds."""
    kinds = isinstance(a.edit, Affirm) and isinstance(b.edit, Drop)
    return kinds and (a.frame, a.seconds) == (b.frame, b.seconds)


def _replayed(row: Row, given: HandIn, lesson: Lesson, tolerance: float, patience: float) -> None:
    """The run once more, and its control: what is graded comes from here, not from the claim."""
    due = time.monotonic() + patience
    curve: list[Point] = []
    late = f"the replay was given up after {patience:g} s"

    def watch(trainer: Trainer) -> bool:
        if time.monotonic() >= due:
            return False
        while curve and curve[-1].step > trainer.steps:  # of the run before a reset
            curve.pop()
        listed = trainer.steps in looks(trainer, given.claim["steps"])
        if trainer.steps and listed and (not curve or curve[-1].step < trainer.steps):
            curve.append(_point(trainer))
        return True

    try:
        options = _made(lesson, given.answers)
    except WrongLesson as error:
        row.remarks.append(f"the lesson cannot be made from these answers: {error}")
        return
    trainer = None
    try:
        trainer = replay(given.journal, **options, steps=given.claim["steps"], watch=watch, moves="pull")
        if trainer.steps < given.claim["steps"] or time.monotonic() >= due:
            row.remarks.append(late)
            return
        found = control(trainer, curve, progress=lambda share: time.monotonic() < due) if curve else None
        if curve and found is None:
            row.remarks.append(late)
        row.values |= _found(trainer, given, found)
    except (ValueError, TypeError, RuntimeError) as error:
        row.remarks.append(f"it cannot be replayed: {error}")
        return
    finally:
        if trainer is not None:
            trainer.close()
    row.replayed = True
    row.remarks += _differences(row.values, tolerance)
    if not row.values["same_bits"] and _alike(given, trainer):
        row.remarks.append("on a machine and versions as it claims, its replay ends with other weights")


def _made(lesson: Lesson, answers: dict[str, str]) -> dict[str, Any]:
    """What a lesson returns; whatever is wrong with it is a WrongLesson."""
    try:
        options = lesson(answers) if signature(lesson).parameters else lesson()
    except Exception as error:
        raise WrongLesson(f"lesson() raises {type(error).__name__}: {error}") from error
    wanted = "a dict with model=, train=, valid= and what else the Lab was given"
    if not isinstance(options, dict):
        raise WrongLesson(f"lesson() returns {type(options).__name__}; let it return {wanted}")
    for name, kind in (("model", Module), ("train", Samples)):
        if not isinstance(options.get(name), kind):
            there = type(options[name]).__name__ if name in options else "nothing"
            raise WrongLesson(f"lesson() returns {there} as {name}; let it return {wanted}")
    return options


def _alike(given: HandIn, trainer: Trainer) -> bool:
    """Whether the run was made, as it says, where a replay here has the same bits."""
    there, here = given.journal.header, trainer.journal.header
    return given.claim.get("versions") == versions() and all(
        there.get(name) == here[name] for name in ("torch", "threads", "device")
    )


def _point(trainer: Trainer) -> Point:
    accuracy = trainer.evaluate().get("accuracy", math.nan)
    return Point(trainer.steps, trainer.passes, accuracy, Joules.missing())


def _found(trainer: Trainer, given: HandIn, against: Comparison | None) -> dict[str, Any]:
    reached = None if against is None else against.samples_to_target
    return {
        "accuracy_replayed": trainer.evaluate().get("accuracy", math.nan),
        "passes_replayed": trainer.passes,
        "same_bits": weights_hash(trainer.model) == given.claim.get("weights"),
        "accuracy_control": None if against is None else against.accuracy[1],
        "passes_ratio": None if reached is None else reached[1].value,
        "passes_ratio_low": None if reached is None else reached[1].low,
        "passes_ratio_high": None if reached is None else _number(reached[1].high),
    }


def _differences(values: dict[str, Any], tolerance: float) -> list[str]:
    said, found, remarks = values["claimed_accuracy"], values["accuracy_replayed"], []
    if math.isfinite(found) and (_number(said) is None or not abs(said - found) <= tolerance):
        words = "no accuracy" if _number(said) is None else f"accuracy {said:.3f}"
        remarks.append(f"it claims {words}, and its replay has {found:.3f}")
    if values["claimed_passes"] != values["passes_replayed"]:
        remarks.append(
            f"it claims {values['claimed_passes']} samples, and its replay met {values['passes_replayed']}"
        )
    return remarks


def _some(count: int, what: str, how: str = "") -> str:
    return f"{some(count, what)} {how}".rstrip()


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a stranger's whole number may have any length
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.4f}" if math.isfinite(value) else ""
    return "" if value is None else value if isinstance(value, str | int) else str(value)
