"""Knowledge: tasks, families of models, metrics and fields, from one file that is checked as it loads."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..models.sizes import WIDTHS, no_size
from ..models.workload import FAMILIES
from .tables import table

PATH = Path(__file__).with_name("data") / "knowledge.json"
PARTS = ("data", "problem", "environment")
OFTEN = {"never": 0.0, "yearly": 1.0, "monthly": 12.0, "weekly": 52.0, "daily": 365.0}
SIZE = re.compile(rf"small|medium|large|{WIDTHS}")
_NUMBERS = ("count", "whole", "amount", "positive", "share", "score")
TYPES = (*_NUMBERS, "choice", "flag", "text", "shape", "often", "pue", "task", "metric", "model", "size")


@dataclass(frozen=True)
class About:
    """What a field is: its part, between what it may lie, and how it is called by either kind of reader."""

    name: str
    part: str
    type: str
    unit: str
    plain: str
    expert: str
    why: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    default: Any = None


@dataclass(frozen=True)
class Task:
    """What is to be done, what it needs to be planned, and which models do it."""

    name: str
    plain: str
    expert: str
    needs: tuple[str, ...]
    optional: tuple[str, ...]
    metrics: tuple[str, ...]
    kinds: tuple[str, ...]
    formula: str
    pipeline: tuple[str, ...]
    families: tuple[str, ...]
    labels: bool


@dataclass(frozen=True)
class Family:
    """Models of one kind: what they do, what they read, what their cost grows with."""

    name: str
    does: tuple[str, ...]
    eats: tuple[str, ...]
    cost: str
    sizes: tuple[str, ...]
    smaller_than: tuple[str, ...]
    distilled_from: tuple[str, ...]
    plain: str


@dataclass(frozen=True)
class Knowledge:
    """All that is known of fields, tasks, families and metrics before anybody says anything."""

    fields: Mapping[str, About]
    tasks: Mapping[str, Task]
    families: Mapping[str, Family]
    metrics: Mapping[str, tuple[str, ...]]
    """Of which tasks each is."""

    def of(self, part: str) -> list[About]:
        return [about for about in self.fields.values() if about.part == part]

    def about(self, part: str, name: str) -> About:
        found = self.fields.get(name)
        if found is None or found.part != part:
            there = ", ".join(each.name for each in self.of(part))
            elsewhere = f"; it is a field of plan.{found.part}" if found else ""
            raise TypeError(f"plan.{part} has no field {name!r}{elsewhere}; its fields: {there}")
        return found

    def named(self, fields: Any) -> Mapping[str, Any]:
        """Values by the names of their fields, or an error that says how that is written."""
        if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
            raise TypeError(
                f"say takes fields by name, got {shown(fields)}; for example plan.say({{'rows': 5000}})"
            )
        for name in fields:
            if name not in self.fields and not name.startswith("keep "):
                near = difflib.get_close_matches(name, self.fields, 3, 0.5)
                raise ValueError(
                    f"a plan has no field {name!r}; "
                    + (
                        f"did you mean {', '.join(near)}?"
                        if near
                        else f"its fields: {', '.join(self.fields)}"
                    )
                )
        return fields

    def checked(self, part: str, name: str, value: Any) -> Any:
        """A value as it is kept, or an error that says what there is. What other fields say is not looked at."""
        about = self.about(part, name)
        if about.type in _NUMBERS:
            return _number(about, value)
        if about.type == "often":
            return OFTEN[value] if isinstance(value, str) and value in OFTEN else _number(about, value)
        if about.type == "pue":
            if isinstance(value, str):
                return _one_of(about, value, table("pue"))
            return _number(about, value)
        if about.type == "shape":
            return _shape(about, value)
        if about.type == "flag":
            if not isinstance(value, bool):
                raise ValueError(f"{name}={shown(value)}; give True or False")
            return value
        if about.type == "size":
            if not isinstance(value, str) or not SIZE.fullmatch(value):
                raise no_size(value)
            return value
        if about.type == "text":
            if not isinstance(value, str) or not 0 < len(value.strip()) <= 200:
                raise ValueError(f"{name}={shown(value)}; give a name of up to 200 letters")
            return value.strip()
        names = {"task": self.tasks, "metric": self.metrics, "model": self.families}.get(
            about.type, about.choices
        )
        return _one_of(about, value, names)

    def candidates(self, task: str | None, kind: str | None) -> list[tuple[str, str | None]]:
        """Families and sizes that do a task on such data, in the order of the file."""
        does = self.tasks[task].families if task else tuple(self.families)
        return [
            (family.name, size or None)
            for family in self.families.values()
            if family.name in does and (task is None or task in family.does) and fits(family, kind)
            for size in family.sizes
        ]


def fits(family: Family, kind: str | None) -> bool:
    """Whether it reads such data; of data of which nobody said what they are, only what reads all is sure."""
    return kind in family.eats if kind else {"table", "image", "signal"} <= set(family.eats)


def _one_of(about: About, value: Any, names: Any) -> str:
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{about.name}={shown(value)}; there are {', '.join(names)}")
    return value


def shown(value: Any) -> str:
    """What was given, as an error names it: no more of it than a line has room for."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of more than 4,300 digits"
    return text if len(text) <= 60 else f"{text[:40]}... ({len(text)} letters)"


def _item(value: Any) -> Any:
    """A number of numpy as Python's."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value


def _number(about: About, value: Any) -> float | int:
    whole = about.type in ("count", "whole")
    value = _item(value)
    okay = isinstance(value, int | float) and not isinstance(value, bool)
    okay = okay and (isinstance(value, int) or math.isfinite(value))
    if not okay or not about.low <= value <= about.high or (whole and value != int(value)):
        unit = f" {about.unit}" if about.unit else ""
        kind = "a whole number" if whole else "a number"
        raise ValueError(
            f"{about.name}={shown(value)}; give {kind} from {about.low:g} to {about.high:g}{unit}"
        )
    return int(value) if whole else value


def _shape(about: About, value: Any) -> Any:
    many = [_item(each) for each in (value if isinstance(value, tuple | list) else [value])]
    many = [int(each) if isinstance(each, float) and each.is_integer() else each for each in many]
    okay = all(isinstance(each, int) and not isinstance(each, bool) and each > 0 for each in many)
    if not okay or not 1 <= len(many) <= 4 or math.prod(many) > about.high:
        raise ValueError(
            f"features={shown(value)}; give how many there are, or the shape of one row, such as (1, 28, 28)"
        )
    return many if len(many) > 1 else many[0]


@cache
def load(path: Path = PATH) -> Knowledge:
    """From the file; what does not fit together is an error that names the place."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from error
    fields = {name: _about(name, entry) for name, entry in told["fields"].items()}
    families = {
        name: Family(
            name,
            tuple(entry["does"]),
            tuple(entry["eats"]),
            entry["cost"],
            tuple(entry["sizes"]),
            tuple(entry["smaller than"]),
            tuple(entry["distilled from"]),
            entry["plain"],
        )
        for name, entry in told["families"].items()
    }
    tasks = {name: _task(name, entry) for name, entry in told["tasks"].items()}
    metrics = {name: tuple(entry["tasks"]) for name, entry in told["metrics"].items()}
    found = Knowledge(fields, tasks, families, metrics)
    _agree(path, found)
    return found


def _task(name: str, entry: dict[str, Any]) -> Task:
    lists = {"needs", "optional", "metrics", "kinds", "pipeline", "families"}
    told: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in entry.items()}
    return Task(name, **told)


def _about(name: str, entry: dict[str, Any]) -> About:
    if entry["type"] not in TYPES or entry["part"] not in PARTS:
        raise ValueError(f"field {name}: its type is one of {', '.join(TYPES)}, its part one of {PARTS}")
    return About(name, **{**entry, "choices": tuple(entry.get("choices", ()))})


def _agree(path: Path, found: Knowledge) -> None:
    wrong = [f"family {name} has no formula" for name in found.families if name not in FAMILIES]
    for family in found.families.values():
        for other in (*family.smaller_than, *family.distilled_from):
            if other not in found.families:
                wrong.append(f"family {family.name} names {other}")
    for task in found.tasks.values():
        wrong += [
            f"task {task.name} names metric {each}" for each in task.metrics if each not in found.metrics
        ]
        wrong += [
            f"task {task.name} names family {each}" for each in task.families if each not in found.families
        ]
        wrong += [
            f"task {task.name} names field {each}"
            for each in (*task.needs, *task.optional)
            if each not in found.fields
        ]
    if wrong:
        raise ValueError(f"{path.name}: {'; '.join(wrong)}, which the file does not hold")
