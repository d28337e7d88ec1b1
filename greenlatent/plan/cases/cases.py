"""Cases: what others did, took and reached; the nearest to a plan by task, kind, size and words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("cases.jsonl")
FEW = 3  # cases under which nothing is said of a field
FAR = 3.0  # beyond this distance a case does not fit
UNLIKE = 0.7
UNTOLD = 1.0  # decades by which a number that only the plan has is taken to differ
_LONG = 20_000  # letters of a line that is read
SCORES = ("accuracy", "F1", "R2", "ROUGE")


@dataclass(frozen=True)
class Case:
    """One study: its data, its model, what it reached and what it took, with its boundary and who says so."""

    id: str
    task: str
    data: Mapping[str, Any]
    model: Mapping[str, Any]
    metric: str | None
    score: float | None
    joules: float | None
    per: str
    phase: str
    words: str
    """Source, year, licence, boundary."""
    own: bool = False
    differs: tuple[str, ...] = field(default=(), compare=False)
    """From the plan that asked, in words."""

    @classmethod
    def read(cls, told: Mapping[str, Any], own: bool = False) -> Case:
        """From a line; ValueError if it is none."""
        try:
            data, model = dict(told["data"]), dict(told["model"])
            score, joules = _number(told.get("score")), _number(told.get("joules"))
            if not all(isinstance(told[name], str) for name in ("id", "task", "phase", "per")):
                raise ValueError("a case has an id, a task, a phase and what it is per")
            words = ", ".join(
                str(told[key]) for key in ("source", "year", "licence", "boundary") if told.get(key)
            )
            metric = told.get("metric")
            return cls(
                told["id"],
                told["task"],
                data,
                model,
                metric if metric in SCORES else None,
                score,
                joules,
                told["per"],
                told["phase"],
                words,
                own,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this line is no case") from error

    def __str__(self) -> str:
        reached = f"{self.metric} {self.score:.3f}" if self.metric and self.score is not None else ""
        took = f"{self.joules:.3g} J per {self.per}" if self.joules is not None else ""
        what = f"{self.model.get('name', '')} on {self.data.get('name', '')}"
        return "; ".join(filter(None, [f"{self.id}: {what}", reached, took, *self.differs]))


def _number(value: Any) -> float | None:
    okay = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if okay else None


@cache
def corpus(path: Path = PATH) -> tuple[Case, ...]:
    """Those that ship."""
    return tuple(Case.read(told) for told in lines(path))


@cache
def lines(path: Path) -> tuple[dict[str, Any], ...]:
    """As they stand in the file."""
    told = path.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in told if line and len(line) < _LONG)


def own(lines: Iterable[tuple[str, Any]]) -> list[Case]:
    """Runs of a plan, and of those that were merged into it; a line that is none is left out."""
    found = []
    for run, told in lines:
        try:
            found.append(Case.read({"id": f"run/{run[:8]}", **told}, own=True))
        except (ValueError, TypeError):
            continue
    return found


@lru_cache(2000)
def words_of(text: str) -> frozenset[str]:
    """Of three letters and more."""
    return frozenset(re.findall(r"[^\W\d_]{3,}", text.casefold()))


def distance(case: Case, asked: Mapping[str, Any], words: frozenset[str]) -> tuple[float, tuple[str, ...]]:
    """How unlike a plan it is, and in what, in words."""
    far, differs = 0.0, []
    kind = asked.get("kind")
    if kind and case.data.get("kind") != kind:
        far += 2.0
        differs.append(f"its data are {case.data.get('kind')}, yours {kind}")
    for name, weight in (("rows", 0.5), ("features", 0.3), ("classes", 0.7)):
        mine, its = asked.get(name), _number(case.data.get(name))
        mine = math.prod(mine) if isinstance(mine, list | tuple) else mine
        if name == "classes" and bool(mine) != bool(its):
            far += UNLIKE  # classes there and none here: another sort of question
        if not mine:
            continue
        if not its or (name == "rows" and case.phase != "train"):
            far += weight * UNTOLD if name != "classes" else 0.0
            continue
        ratio = math.log10(its / mine)
        far += weight * abs(ratio)
        if abs(ratio) > 0.3:
            times = (
                f"{10 ** abs(ratio):.3g} times as many" if ratio > 0 else f"a {10 ** abs(ratio):.3g}th of the"
            )
            differs.append(f"it has {times} {name}")
    told = f"{case.data.get('domain', '')} {case.data.get('name', '')}"
    if words & words_of(told):
        far -= 1.0
    return far, tuple(differs)


def similar(
    asked: Mapping[str, Any], cases: Iterable[Case], *, words: str = "", task: str | None = None
) -> list[Case]:
    """The nearest first; with a task given always of that task, and none that is too unlike."""
    said = words_of(words)
    found = []
    for case in cases:
        if task is not None and case.task != task:
            continue
        far, differs = distance(case, asked, said)
        if far <= FAR:
            found.append((far, case.id, replace(case, differs=differs)))
    return [case for _, _, case in sorted(found, key=lambda each: each[:2])]


def reached(cases: Iterable[Case], metric: str) -> list[float]:
    """What similar trainings reached by a metric, one after another."""
    return sorted(
        case.score
        for case in cases
        if case.metric == metric and case.score is not None and not case.data.get("part")
    )
