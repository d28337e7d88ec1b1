"""Entries: the catalogue of tactics: what each is, where it comes from, and what it did on our data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..files import cell, whole_or_nothing

STAGES = ("data", "algorithm", "model", "training", "deployment", "management")
WAYS = ("live", "set-up", "model", "what-if")
COLUMNS = (
    "id",
    "name",
    "stage",
    "how",
    "call",
    "what",
    "target",
    "assumes",
    "harmful",
    "published",
    "verdict",
)


@dataclass(frozen=True)
class Tried:
    """What one way of following a tactic did on one of our data sets: joules of training over those without it, points
    of accuracy, joules of answers over those without; None where nobody measured it."""

    arm: str
    data: str
    n: int  # seeds
    ratio: float | None = None
    between: tuple[float, float] | None = None
    points: float | None = None
    points_between: tuple[float, float] | None = None
    answers: float | None = None

    def __str__(self) -> str:
        said = (
            []
            if self.ratio is None
            else [f"x{self.ratio:g}{_ends(self.between, '.2f' if self.ratio >= 0.1 else '.2g')}"]
        )
        said += (
            [] if self.points is None else [f"{self.points:+.1f} points{_ends(self.points_between, '+.1f')}"]
        )
        said += [] if self.answers is None else [f"answers x{self.answers:g}"]
        return f"{self.data}: {', '.join(said)}"


@dataclass(frozen=True)
class Tactic:
    """One of the thirty, or of our own four: `how` it is followed here ("live" on a Lab, a "set-up" or a "model" that
    is handed back, or a "what-if"), by which `call`, what it takes for granted, when it does harm, and its sources."""

    id: str
    name: str
    stage: str
    ours_alone: bool
    what: str
    target: str
    how: str
    call: str
    assumes: str
    harmful: str
    published: str
    sources: tuple[str, ...]
    verdict: str
    measured: tuple[Tried, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Tactic:
        """From a row of the file."""
        tried = []
        for each in row["measured"]:
            given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in each.items()}
            tried.append(Tried(**given))
        return cls(**{**row, "sources": tuple(row["sources"]), "measured": tuple(tried)})

    def __str__(self) -> str:
        lines = [f"{self.id} {self.name} ({self.stage}, {self.how}): {self.what}"]
        lines.append(f"  {self.call}")
        lines.append(f"  Takes for granted: {self.assumes} Does harm: {self.harmful}")
        arms = list(dict.fromkeys(each.arm for each in self.measured))
        lines += [f"  {arm}: {'; '.join(str(t) for t in self.measured if t.arm == arm)}" for arm in arms]
        return "\n".join([*lines, f"  {self.verdict[:1].upper()}{self.verdict[1:]}."])


class Catalogue(tuple[Tactic, ...]):
    """Tactics in the order of the paper, ours last.

    >>> print(gl.tactics.catalogue()[0].name)
    Train on a sample of the data
    """

    def to_csv(self, path: str | Path) -> Path:
        """Write a row for each way of following each tactic, and one where none was measured."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        more = ("arm", "data", "ratio", "between", "points", "points_between", "answers", "n")
        writer.writerow([*COLUMNS, "sources", *more])
        for each in self:
            told = [getattr(each, name) for name in COLUMNS] + ["; ".join(each.sources)]
            for tried in each.measured or (None,):
                rest = ["" if tried is None else _plain(getattr(tried, name)) for name in more]
                writer.writerow([cell(value) for value in (*told, *rest)])
        path = Path(path)
        with whole_or_nothing(path) as part:
            part.write_text(out.getvalue(), encoding="utf-8")
        return path

    def __str__(self) -> str:
        return "\n".join(f"{each.id:>8}  {each.name}: {each.verdict}" for each in self)


@cache
def catalogue() -> Catalogue:
    """The thirty of the catalogue of Järvenpää et al., and four of our own."""
    rows = json.loads(Path(__file__).with_name("catalogue.json").read_text(encoding="utf-8"))
    return Catalogue(Tactic.of(row) for row in rows)


def search(*, stage: str | None = None, text: str = "") -> Catalogue:
    """Those of a stage ("data", "algorithm", "model", "training", "deployment", "management") whose words hold a text.

    >>> [each.id for each in gl.tactics.search(stage="data", text="copies")]
    ['T2']
    """
    if stage is not None and stage not in STAGES:
        raise ValueError(f"stage={stage!r} is none; there are {', '.join(STAGES)}")
    if not isinstance(text, str):
        raise TypeError(f"text is what is looked for in a tactic's words, got {text!r}")
    found = []
    for each in catalogue():
        words = " ".join([each.id, *(str(getattr(each, name)) for name in COLUMNS)]).lower()
        if (stage is None or each.stage == stage) and text.lower() in words:
            found.append(each)
    return Catalogue(found)


def tactic(id: str) -> Tactic:
    """One of them, by "T1" to "T30", "threads", "schedule", "batch" or "stop"."""
    found = {each.id: each for each in catalogue()}
    if not isinstance(id, str) or id not in found:
        raise ValueError(f"there is no tactic {id!r}; there are {', '.join(found)}")
    return found[id]


def _ends(ends: tuple[float, float] | None, form: str) -> str:
    return "" if ends is None else f" [{ends[0]:{form}}, {ends[1]:{form}}]"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return " to ".join(f"{end:g}" for end in value)
    return "" if value is None else value
