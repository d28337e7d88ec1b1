"""Export: a plan written for somebody else, whole as a zip or without any name, and read again within limits."""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Protocol

from ...files import place, whole_or_nothing
from ..costs.experience import FILE as RUNS
from ..facts.knowledge import Knowledge
from ..parts.tried import names
from .book import FILE, PlanBook

MEMBERS = (FILE, RUNS, "spent.jsonl")
LARGEST = 64 * 2**20  # bytes of a member, unpacked
PARTS = ("data", "problem", "environment")
DAY = 86400.0


def pack(folder: Path, path: Path) -> Path:
    """All that a plan keeps, as a zip."""
    _ending(path, ".zip", "the whole plan is a zip")
    if not (folder / FILE).exists():
        raise ValueError(f"there is nothing in {folder.name} yet; say something of the plan first")
    with whole_or_nothing(place(path)) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MEMBERS:
            if (folder / name).exists():
                archive.write(folder / name, name)
    return path


def _ending(path: Path, wanted: str, why: str) -> None:
    if path.suffix.casefold() != wanted:
        raise ValueError(f"export({path.name!r}): {why}; give a name that ends in {wanted}")


def unpack(path: Path, folder: Path) -> None:
    """Into a folder that holds no plan yet; only the names that a plan has, and no more than a plan can be."""
    if (folder / FILE).exists():
        raise FileExistsError(
            f"there is a plan in {folder.name} already; give load another name, or merge into it"
        )
    found = _members(path)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        (folder / name).write_bytes(text)


def merge(book: PlanBook, path: Path) -> int:
    """Take in the events of a folder, or of a zip."""
    if path.is_dir() or not path.exists():
        return book.merge(path)
    found = _members(path)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE).write_bytes(found[FILE])
        return book.merge(folder)


def _members(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            there = {each.filename: each for each in archive.infolist()}
            if FILE not in there:
                raise ValueError(f"{path.name} is no plan: it holds no {FILE}")
            large = [name for name in MEMBERS if name in there and there[name].file_size > LARGEST]
            if large:
                raise ValueError(
                    f"{large[0]} in {path.name} is larger than {LARGEST >> 20} MB, so no plan wrote it"
                )
            found = {}
            for name in MEMBERS:
                if name in there:
                    with archive.open(name) as file:  # what a header says of a size may be a lie
                        found[name] = file.read(LARGEST + 1)
                    if len(found[name]) > LARGEST:
                        raise ValueError(f"{name} in {path.name} is larger than {LARGEST >> 20} MB")
            return found
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(
            f"{path.name} is no zip of a plan; plan.export(path, whole=True) writes one"
        ) from error


class Exported(Protocol):
    """What a plan has to offer for it."""

    @property
    def knowledge(self) -> Knowledge: ...
    @property
    def situation(self) -> Any: ...
    @property
    def learned(self) -> Any: ...
    @property
    def notes(self) -> Any: ...
    @property
    def book(self) -> PlanBook: ...
    @property
    def experience(self) -> Any: ...


def anonymous(plan: Exported, path: Path, notes: bool) -> Path:
    """Numbers, and words that the package itself has; nothing that a person named.

    It is made of what is named here, and not of what is left out: a field that is new is not in it.
    """
    _ending(path, ".json", "without whole=True it is JSON")
    events = plan.book.said.events
    people = {name: f"person {k}" for k, name in enumerate(dict.fromkeys(event.by for event in events), 1)}
    machines: dict[str, str] = {}
    runs = [_run(past, machines) for past in plan.experience.runs]
    told = {
        "format": "greenlatent plan without names, 1",
        "fields": {name: _plain(plan, name, plan.situation[name]) for name in plan.knowledge.fields},
        "estimate": _estimate(plan.situation.estimate),
        "tried": [
            {name: _numbers(line.get(name)) for name in ("accuracy", "f1", "whole", "rows")}
            | {"candidate": name if _known(plan, name) else "a candidate"}
            for key, line in plan.situation.rehearsed.items()
            for name in names([key])
        ],
        "learned": [
            {
                "steps": each.steps,
                "planned": [each.planned.value, each.planned.low, each.planned.high],
                "joules": [each.joules.value, each.joules.low, each.joules.high]
                if each.joules.known
                else None,
                "processor_seconds": each.processor_seconds,
                "score": _numbers(each.score),
            }
            for each in plan.learned
        ],
        "runs": runs,
        "events": [
            {"by": people[event.by], "day": _day(event.time), "field": event.field}
            for event in events
            if event.part in PARTS and event.field in plan.knowledge.fields
        ],
        "notes": [
            {"by": people.get(note["by"], ""), "words": note["words"], "rating": note["rating"]}
            for note in plan.notes
        ]
        if notes
        else [],
    }
    with whole_or_nothing(place(path)) as part:
        part.write_text(json.dumps(told, indent=1, allow_nan=False), encoding="utf-8")
    return path


def _plain(plan: Exported, name: str, value: Any) -> Any:
    """A number, a flag, or a word that the package has; what somebody typed freely is only said to be known."""
    about = plan.knowledge.fields[name]
    if value is None or isinstance(value, bool | int | float) or about.type in ("shape", "size"):
        return value
    if about.type == "text":
        known = (name == "device" and (value == "here" or plan.situation.device is not None)) or (
            name == "region" and plan.situation.region_known
        )
        return value if known and name != "stays_in" else "named"
    return value


def _known(plan: Exported, name: str) -> bool:
    family, _, size = name.partition(" ")
    return family in plan.knowledge.families and all(part.isdigit() for part in size.split("-") if part)


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(each) for each in value][:3]
    okay = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if okay else None


def _estimate(found: Any) -> Any:
    if found is None:
        return None
    joules, seconds, memory = found.joules, found.seconds, found.memory
    return {
        "joules": [joules.value, joules.low, joules.high],
        "seconds": [seconds.value, seconds.low, seconds.high],
        "memory": [memory.value, memory.low, memory.high],
        "stages": {name: stage.value for name, stage in found.stages.items()},
    }


def _run(past: Any, machines: dict[str, str]) -> dict[str, Any]:
    number = machines.setdefault(past.machine, f"machine {len(machines) + 1}")
    return {
        "machine": number,
        "family": past.family,
        "counts": [_numbers(each) for each in past.counts],
        "steps": _numbers(past.steps),
        "processor_seconds": _numbers(past.processor_seconds),
        "joules": _numbers(past.joules),
        "score": _numbers(past.score),
        "day": _day(past.at),
    }


def _day(at: Any) -> int | None:
    """Of a time, None of what is none."""
    return int(at // DAY) if isinstance(at, int | float) and math.isfinite(at) else None
