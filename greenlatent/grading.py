"""Grading: a stack of hand-ins replayed without a browser, compared with each other, and listed in a table."""

from __future__ import annotations

import argparse
import csv
import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from glob import glob
from inspect import signature
from pathlib import Path
from runpy import run_path
from typing import Any

from .control import Comparison, Point, control
from .edits import Drop, Weigh, to_json
from .energy import Joules
from .handin import HandIn, read
from .journal import Journal, cell
from .ownership import weights_hash
from .replaying import replay
from .trainer import Trainer

TOLERANCE = 0.02  # accuracies nearer than this are the same on another machine
PATIENCE = 600.0  # seconds that a replay may take
LESSON = "lesson.py"

Lesson = Callable[..., dict[str, Any]]

COLUMNS = (
    *("file", "verdict", "remarks", "accuracy", "accuracy_replayed", "accuracy_control"),
    *("passes", "passes_replayed", "passes_ratio", "joules_ratio", "joules_ratio_low", "joules_ratio_high"),
    *("steps", "edits", "by_hand", "by_machine", "by_code", "seconds_of_hand", "same_bits"),
)


@dataclass
class Row:
    """What is known of one hand-in; `verdict` is "ok", "look" where a person should, or "refused"."""

    file: str
    remarks: list[str] = field(default_factory=list)
    refused: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return "refused" if self.refused else "look" if self.remarks else "ok"

    def cells(self) -> dict[str, Any]:
        about = {"file": self.file, "verdict": self.verdict, "remarks": "; ".join(self.remarks)}
        return {**self.values, **about, **{f"answer: {k}": v for k, v in self.answers.items()}}


def grade(
    paths: Iterable[str | Path],
    lesson: Lesson | None = None,
    *,
    tolerance: float = TOLERANCE,
    patience: float = PATIENCE,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Check hand-ins: each is replayed with what `lesson()` returns, and all are compared with each other.

    `lesson()` returns a dict with a fresh `model`, `train`, `valid`, and what else the Lab was given, as `optimizer`;
    where everybody has data of their own, `lesson(answers)` finds in the answers whose it shall return.
    Accuracies may differ by `tolerance`. Without a lesson nothing is replayed. Joules never count: machines differ.
    """
    rows, journals = [], {}
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
        if row.values["by_code"]:
            row.remarks.append(f"{_some(row.values['by_code'], 'edit')} made by code")
        if lesson is not None:
            _replayed(row, given, lesson, tolerance, patience)
    _compare(rows, journals)
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
        description="Check an installation; or, given hand-ins, replay and compare them and write a table.",
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
    given = parser.parse_args(arguments)
    file = given.lesson or (LESSON if Path(LESSON).exists() else None)
    if file is not None and not Path(file).is_file():
        parser.error(f"there is no lesson file {file}")
    if not Path(given.csv).parent.is_dir():  # said now, not after an hour of replays
        parser.error(
            f"there is no folder {Path(given.csv).parent} for the table; make it, or choose another --csv"
        )
    lesson = None if file is None else run_path(file).get("lesson")
    if file is not None and not callable(lesson):
        parser.error(f"{file} has no function lesson()")
    if lesson is None:
        print(f"No {LESSON} here and no --lesson: hand-ins are read and compared, but not replayed.")
    rows = grade(
        [name for pattern in given.zips for name in _files(pattern)],
        lesson,
        tolerance=given.tolerance,
        patience=given.patience,
        progress=lambda text: print(text, flush=True),
    )
    for row in rows:
        print(f"{row.verdict:<7}  {row.file}", *(f"\n         {remark}" for remark in row.remarks))
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
    against = given.claim.get("control")
    ratio = against.get("ratio") if isinstance(against, dict) else None
    ratio = ratio if isinstance(ratio, list) and len(ratio) == 3 else [None] * 3
    return {
        "accuracy": given.claim.get("accuracy"),
        "passes": given.claim["passes"],
        "steps": given.claim["steps"],
        "edits": len(given.journal.active),
        "by_hand": len(by_hand),
        "by_machine": len(by_machine),
        "by_code": len(edits) - len(by_hand) - len(by_machine),
        "seconds_of_hand": sum(_number(event.seconds) or 0.0 for event in by_hand),
        **dict(zip(("joules_ratio", "joules_ratio_low", "joules_ratio_high"), ratio, strict=True)),
    }


def _replayed(row: Row, given: HandIn, lesson: Lesson, tolerance: float, patience: float) -> None:
    """The run once more, and its control: what is graded comes from here, not from the claim."""
    due = time.monotonic() + patience
    curve: list[Point] = []
    late = f"the replay was given up after {patience:g} s"

    def watch(trainer: Trainer) -> bool:
        if trainer.epoch_done or trainer.steps == given.claim["steps"]:
            curve.append(_point(trainer))
        return time.monotonic() < due

    try:
        options = lesson(given.answers) if signature(lesson).parameters else lesson()
    except (ValueError, LookupError) as error:
        row.remarks.append(f"the lesson cannot be made from these answers: {error!r}")
        return
    if not isinstance(options, dict) or not {"model", "train"} <= options.keys():
        raise TypeError("lesson() returns a dict with model, train, valid and what else the Lab was given")
    trainer = None
    try:
        trainer = replay(given.journal, **options, steps=given.claim["steps"], watch=watch)
        if trainer.steps < given.claim["steps"]:
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
    row.remarks += _differences(row.values, tolerance)


def _point(trainer: Trainer) -> Point:
    accuracy = trainer.evaluate().get("accuracy", math.nan)
    return Point(trainer.steps, trainer.passes, accuracy, Joules.missing())


def _found(trainer: Trainer, given: HandIn, against: Comparison | None) -> dict[str, Any]:
    reached = None if against is None else against.passes_to_target
    return {
        "accuracy_replayed": trainer.evaluate().get("accuracy", math.nan),
        "passes_replayed": trainer.passes,
        "same_bits": weights_hash(trainer.model) == given.claim.get("weights"),
        "accuracy_control": None if against is None else against.accuracy[1],
        "passes_ratio": None if reached is None else reached[1],
    }


def _differences(values: dict[str, Any], tolerance: float) -> list[str]:
    said, found, remarks = values["accuracy"], values["accuracy_replayed"], []
    if math.isfinite(found) and (_number(said) is None or not abs(said - found) <= tolerance):
        words = "no accuracy" if _number(said) is None else f"accuracy {said:.3f}"
        remarks.append(f"it claims {words}, and its replay has {found:.3f}")
    if values["passes"] != values["passes_replayed"]:
        remarks.append(
            f"it claims {values['passes']} samples, and its replay met {values['passes_replayed']}"
        )
    return remarks


def _compare(rows: list[Row], journals: dict[int, Journal]) -> None:
    """Hand-ins that share a journal. Two people may well accept the same suggestion; never in the same millisecond."""
    moments: dict[float, set[int]] = {}
    series: dict[str, set[int]] = {}
    for k, journal in journals.items():
        made = [event for event in journal if event.edit is not None]
        for event in made:
            if _number(event.t) is not None:
                moments.setdefault(event.t, set()).add(k)
        if made:
            edits = [(event.step, to_json(event.edit)) for event in made if event.edit is not None]
            series.setdefault(json.dumps(edits), set()).add(k)
    copies: dict[int, dict[int, int]] = {}  # of each: in which others, and how many edits
    for group in moments.values():
        for a in group:
            for b in group - {a}:
                found = copies.setdefault(a, {})
                found[b] = found.get(b, 0) + 1
    for a, found in copies.items():
        for count in sorted(set(found.values()), reverse=True):
            files = ", ".join(rows[b].file for b in sorted(found) if found[b] == count)
            rows[a].remarks.append(f"copied: {_some(count, 'edit')} made at the same moment as in {files}")
    for group in series.values():
        for a in sorted(group):
            others = sorted(rows[b].file for b in group - {a} if b not in copies.get(a, {}))
            if others:
                rows[a].remarks.append(f"the same edits at the same steps as in {', '.join(others)}")


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


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
