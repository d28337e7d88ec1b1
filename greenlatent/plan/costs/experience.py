"""Experience: what runs taught. Their log(actual / estimated), kept as lines, corrects the next estimate."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ...energy.machine import machine
from ...files import append_line
from ..models.workload import FAMILIES, FITS, Workload

FILE = "experience.jsonl"
BELIEF = 10.0  # how many runs' worth of belief the prior has
OFF = 100.0  # a run that took so many times more or less than estimated cannot be true
ALONE, ALIKE = (
    10.0,
    3.0,
)  # nor is one that was so far off believed before another was as far off, within such a factor
WATTS = 0.01, 10_000.0  # a processor second or a second: from a small board to a server full of cards
KEPT = 400  # the newest runs count: older ones tell of older versions
# Prior deviations of log(actual / estimated): of all runs here, of a kind, of a family, of the shares of the cost
# terms (so that a wrong cost per operation is told from a wrong cost per FLOP), and of what is near in its counts.
ALL, KIND, FAMILY, SHARES, NEAR, LENGTH = 0.2, 0.15, 0.15, 0.3, 0.25, 1.2
OF_FAMILY = {"svm": 0.6, "knn": 0.4}  # what these cost depends on how classes overlap, which no size tells
ELSEWHERE = 0.6  # of a machine that nobody measured: with all the rest, a factor of five either way
STRANGE = (
    10.0  # of another machine's speed, of which nothing is taken for known: its runs tell of their mean first
)
NOISE = 0.1
NOISE_OF = {"svm": 0.35, "tree": 0.15}


@dataclass(frozen=True)
class Past:
    """One run: its counts, what it was estimated to take and what it took; no data, no paths, no names."""

    family: str
    kind: str
    counts: tuple[float, float, float, float]
    terms: tuple[float, float, float, float]
    """Estimated processor seconds of a unit, by term."""
    steps: float
    processor_seconds: float
    seconds: float
    batch: int = 1
    joules: float | None = None
    low: float | None = None
    high: float | None = None
    badges: dict[str, float] = field(default_factory=dict)
    memory: float | None = None
    """The most bytes that the process held."""
    score: float | None = None
    clock: float = 1.0
    machine: str = field(default_factory=machine)
    versions: dict[str, str] = field(default_factory=dict)
    run: str = ""
    """A name of the run that says nothing of it: lines of one run follow each other, and the last one counts."""
    at: float = field(default_factory=lambda: float(int(time.time())))

    @classmethod
    def of(cls, workload: Workload, terms: Sequence[float], **took: Any) -> Past:
        return cls(
            family=workload.family,
            kind=workload.kind,
            counts=tuple(map(float, workload.counts)),  # type: ignore[arg-type]
            terms=tuple(map(float, terms)),  # type: ignore[arg-type]
            steps=float(workload.steps),
            batch=workload.batch,
            **took,
        )

    @classmethod
    def read(cls, line: str) -> Past:
        """From a line of a file; ValueError, which says what of it is none."""
        try:
            told = json.loads(line)
            given = {each.name: told[each.name] for each in fields(cls) if each.name in told}
            return cls(**{name: _as(name, value) for name, value in given.items()})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError("cannot be read") from error

    @property
    def estimated(self) -> float:
        """Processor seconds, as the speeds alone had it."""
        return sum(self.terms) * self.steps

    @property
    def off(self) -> float:
        """log(actual / estimated)."""
        return math.log(self.processor_seconds / self.estimated)

    def doubt(self) -> str:
        """Why this line cannot be true; "" if it can."""
        if self.family not in FAMILIES or self.kind not in ("train", "infer"):
            return f"is of {self.family!r}, {self.kind!r}, which nothing here is"
        numbers = (*self.counts, *self.terms, self.steps, self.processor_seconds, self.seconds)
        if len(self.counts) != 4 or len(self.terms) != 4:
            return "has not four counts and four terms"
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            return "has a number that is none, or less than nothing"
        if self.processor_seconds <= 0 or self.estimated <= 0:
            return "took no time"
        if abs(self.off) > math.log(OFF):
            return f"took {math.exp(self.off):.3g} times what was estimated"
        if self.joules:  # 0 is what a coarse counter says of a short run
            return self._doubtful_joules(self.joules)
        return ""

    def _doubtful_joules(self, joules: float) -> str:
        ends = [joules if end is None else end for end in (self.low, self.high)]
        if (
            not all(map(math.isfinite, (joules, *ends, *self.badges.values())))
            or not ends[0] <= joules <= ends[1]
        ):
            return "has joules that are no reading"
        watts = joules / max(self.processor_seconds, self.seconds)
        if not WATTS[0] <= watts <= WATTS[1]:
            return f"has {joules:.3g} J, which is {watts:.3g} W"
        return ""


class Experience:
    """The runs of a machine and of a plan, and what they say of the next one.

    >>> Experience().correction(Workload(1e6, operations=50.0), (1e-4, 1e-5, 0.0, 0.0)).factor
    1.0
    """

    def __init__(self, runs: Iterable[Past] = (), set_aside: Iterable[str] = ()):
        self.runs: list[Past] = []
        self.set_aside = list(set_aside)
        """Lines that were not believed, each with the reason."""
        self._of: list[Past] = []
        self._known: dict[str | bool, Any] = {}  # what follows from these very runs, worked out once
        for run in runs:
            self.add(run)

    def add(self, run: Past) -> bool:
        """Learn from a run; False, and a line in `set_aside`, if it cannot be true."""
        if doubt := run.doubt():
            self.set_aside.append(f"a run {doubt}")
            return False
        if run.run:  # one that went on is known by its newest line
            self.runs = [each for each in self.runs if each.run != run.run]
        self.runs.append(run)
        return True

    def _once(self, what: str | bool, make: Callable[[], Any]) -> Any:
        """A plan prices dozens of candidates by the same runs; as long as these stay, so does what follows."""
        if self._of != self.runs:
            self._of = [*self.runs]
            self._known.clear()
        if what not in self._known:
            self._known[what] = make()
        return self._known[what]

    @property
    def here(self) -> list[Past]:
        """Those of this machine that are believed."""
        found = self._once("here", lambda: [run for run in self._believed() if run.machine == machine()])
        return [*found]

    @property
    def doubted(self) -> list[str]:
        """Why runs do not count: what was set aside for good, and what waits for another run like it."""
        return [*self.set_aside, *self._once("waiting", self._waiting)]

    def _waiting(self) -> list[str]:
        believed = set(map(id, self._believed()))
        waiting = [run for run in self.runs if id(run) not in believed]
        return [
            f"a run took {math.exp(run.off):.3g} times what was estimated, and no other did"
            for run in waiting
        ]

    def _believed(self) -> list[Past]:
        """All but those that are far off alone: one mistaken line is not to move every estimate."""
        return self._once("believed", self._near_others)

    def _near_others(self) -> list[Past]:
        far = [run for run in self.runs if abs(run.off) > math.log(ALONE)]
        alone = {
            id(run)
            for run in far
            if not any(
                other is not run
                and other.machine == run.machine
                and abs(other.off - run.off) < math.log(ALIKE)
                for other in self.runs
            )
        }
        return [run for run in self.runs if id(run) not in alone]

    def _newest(self) -> list[Past]:
        """Those that count: own runs, and what there is room for of other machines'."""
        ours: list[Past] = []
        others: list[Past] = []
        for run in self._believed():
            (ours if run.machine == machine() else others).append(run)
        ours = ours[-KEPT:]
        room = KEPT - len(ours)
        return [*(others[-room:] if room else []), *ours]

    def _factored(self, measured: bool) -> _Factored | None:
        """The newest runs, with their kernel factored; None without any."""
        return self._once(measured, lambda: _Factored.of(self._newest(), measured))

    def correction(self, workload: Workload, terms: Sequence[float], *, measured: bool = True) -> Correction:
        """What to multiply an estimate by, and how sure that is. Solved by a Cholesky decomposition."""
        asked = Past.of(workload, terms, processor_seconds=max(sum(terms), 1e-12), seconds=1.0)
        whole, common = _prior(asked, measured)
        kin = KIND**2 + OF_FAMILY.get(asked.family, FAMILY) ** 2
        known = self._factored(measured)
        if known is None:
            return Correction(
                0.0, math.sqrt(common), math.sqrt(kin), math.sqrt(whole - common - kin), BELIEF, 0
            )
        seen, count = known.seen, len(known.off)
        new = _features([asked])
        cross, alike = _kernel(new, seen, measured)[0], _common(new, seen, measured)[0]
        a = known.inverse @ np.stack([cross, alike, _kin(new, seen)[0]], 1)  # (n, 3)
        mean = float(a[:, 0] @ known.off)
        scale = (BELIEF + float(known.off @ known.off)) / (BELIEF + count)
        left = max(whole - _noise(asked) ** 2 - float(a[:, 0] @ a[:, 0]), 1e-6) + _noise(asked) ** 2
        parts = []
        for part, column in (
            (common, 1),
            (kin, 2),
        ):  # what is left of each after the runs, and no more than all
            parts.append(min(max(part - float(a[:, column] @ a[:, column]), 0.0), left))
            left -= parts[-1]
        shared, family, own = (math.sqrt(part * scale) for part in (*parts, left))
        return Correction(mean, shared, family, own, BELIEF + count, known.ours, count - known.ours)


@dataclass(frozen=True)
class _Factored:
    """Runs as an estimate takes them."""

    seen: dict[str, np.ndarray]
    inverse: np.ndarray
    """Of the lower root of their kernel, so that one more estimate is a product."""
    off: np.ndarray
    """log(actual / estimated), by that inverse."""
    ours: int
    """How many are of this machine."""

    @classmethod
    def of(cls, runs: list[Past], measured: bool) -> _Factored | None:
        if not runs:
            return None
        seen = _features(runs)
        kernel = _kernel(seen, seen, measured) + np.diag([_noise(run) ** 2 for run in runs])
        inverse = np.linalg.inv(np.linalg.cholesky(kernel))
        off = inverse @ np.array([run.off for run in runs])
        return cls(seen, inverse, off, sum(run.machine == machine() for run in runs))


@dataclass(frozen=True)
class Correction:
    """A shift of log seconds, with deviations: of what all estimates of a machine share, what those of a family share
    beyond that, and this one's own."""

    shift: float
    shared: float
    family: float
    own: float
    freedom: float
    runs: int
    """Of this machine."""
    elsewhere: int = 0
    """Of others."""

    @property
    def factor(self) -> float:
        return math.exp(self.shift)

    @property
    def deviation(self) -> float:
        """Of all of it."""
        return math.hypot(self.shared, self.family, self.own)


def _as(name: str, value: Any) -> Any:
    """A value of a line as `Past` holds it. Others may have written it, so nothing is taken for what it should be."""
    if name in ("family", "kind", "machine", "run"):
        if not isinstance(value, str):
            raise TypeError(f"{name} is to be text")
        return value
    if name in ("counts", "terms"):
        return tuple(_number(name, each) for each in value)
    if name == "versions":
        return {str(key): str(each) for key, each in value.items()}
    if name == "badges":
        return {str(key): _number(name, each) for key, each in value.items()}
    if value is None and name in ("joules", "low", "high", "memory", "score"):
        return None
    return _number(name, value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is to be a number")
    try:
        return float(value)
    except OverflowError:  # an integer beyond all floats: what it is, `doubt` says
        return math.inf


def _noise(run: Past) -> float:
    return NOISE_OF.get(run.family, NOISE)


def _speed(measured: bool) -> float:
    return ALL if measured else ELSEWHERE


def _prior(run: Past, measured: bool) -> tuple[float, float]:
    """The variance of an estimate before any run, and what of it all estimates of this machine share."""
    features, common = _features([run]), _speed(measured) ** 2
    return float(_kernel(features, features, measured)[0, 0]) + _noise(run) ** 2, common


def _features(runs: Sequence[Past]) -> dict[str, np.ndarray]:
    terms = np.array([run.terms for run in runs])
    return {
        "machine": np.array([run.machine for run in runs]),
        "here": np.array([run.machine == machine() for run in runs]),
        "family": np.array([run.family for run in runs]),
        "kind": np.array([f"{run.family in FITS} {run.kind}" for run in runs]),
        "shares": terms / terms.sum(1, keepdims=True),
        "logs": np.log(np.maximum(np.array([run.counts for run in runs]), 1.0)),
    }


def _common(a: dict[str, np.ndarray], b: dict[str, np.ndarray], measured: bool) -> np.ndarray:
    """What all runs of one machine have in common: its speed. Runs of another tell of the shape alone."""
    same = a["machine"][:, None] == b["machine"]
    return same * np.where(a["here"][:, None], _speed(measured), STRANGE) ** 2


def _kin(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> np.ndarray:
    """What runs of a kind, and of a family, have in common."""
    families = np.array([OF_FAMILY.get(name, FAMILY) ** 2 for name in a["family"]])
    same = a["family"][:, None] == b["family"]
    return KIND**2 * (a["kind"][:, None] == b["kind"]) + families[:, None] * same


def _kernel(a: dict[str, np.ndarray], b: dict[str, np.ndarray], measured: bool) -> np.ndarray:
    away = ((a["logs"][:, None] - b["logs"]) ** 2).sum(-1)
    family = a["family"][:, None] == b["family"]
    return (
        _common(a, b, measured)
        + _kin(a, b)
        + SHARES**2 * (a["shares"] @ b["shares"].T)
        + NEAR**2 * np.exp(-away / (2 * LENGTH**2)) * family
    )


def read(path: Path) -> Experience:
    """The runs in a file; lines that cannot be read or cannot be true are set aside and named."""
    found = Experience()
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return found
    except OSError as error:
        found.set_aside.append(f"{path.name} cannot be read ({error.strerror})")
        return found
    for place, line in enumerate(lines, 1):
        try:
            run = Past.read(line)
            doubt = run.doubt()
        except ValueError as error:
            doubt = str(error)
        if doubt:
            found.set_aside.append(f"line {place} {doubt}")
        else:
            found.add(run)
    return found


def append(path: Path, run: Past) -> None:
    """Write a line, whole."""
    append_line(path, json.dumps(asdict(run), allow_nan=False))
