"""EarlierRun: how earlier runs with the same data went, as their sessions tell."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...energy.names import count
from ...files import whole_or_nothing
from ..comparison import Point

COURSE = "course.json"  # of a session: where the run stood at each evaluation
MOST = 12  # runs that are listed, the newest
LONGEST = 2**20  # bytes of a course that is read


@dataclass(frozen=True)
class EarlierRun:
    """An earlier run: its session's name, how many edits it held, and (samples, accuracy) at each evaluation."""

    name: str
    edits: int
    course: tuple[tuple[int, float], ...]

    @property
    def text(self) -> str:
        passes, accuracy = self.course[-1]
        return f"{self.name}: {accuracy:.1%} after {passes:,} samples, {count(self.edits, 'edit')}"


def keep_course(folder: Path, course: Sequence[Point], edits: int) -> None:
    """Write down how the run went so far."""
    told = {"edits": edits, "course": [[point.passes, point.accuracy] for point in course]}
    with whole_or_nothing(folder / COURSE) as part:
        part.write_text(json.dumps(told), encoding="utf-8")


def past_runs(home: Path, fingerprint: str, own: Path | None) -> list[EarlierRun]:
    """The newest sessions about the same data but one's own, the newest first; damaged courses are left out."""
    files = [path for path in home.glob(f"{fingerprint}-*/{COURSE}") if path.parent != own]
    files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [past for path in files[:MOST] if (past := _read(path)) is not None]


def _read(path: Path) -> EarlierRun | None:
    try:
        if path.stat().st_size > LONGEST:
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        course = tuple((int(passes), float(accuracy)) for passes, accuracy in told["course"])
        edits = int(told["edits"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    finite = all(math.isfinite(accuracy) for _, accuracy in course)
    return EarlierRun(path.parent.name, edits, course) if course and finite else None
