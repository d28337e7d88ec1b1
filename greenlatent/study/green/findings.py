"""Findings: what a data-centric study may say: a saving never without its score, with intervals and plain nulls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...energy.names import count
from ...files import cell
from ...statistics import unpaired
from ...statistics.paired import Difference
from .shape import Shape

STRAIGHT = 0.9  # of the variance of logarithms that a power law has to explain
FEWEST = 6  # seeds: with five no sign-flip test can go below .05
Cell = dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """What a change does to joules, as a ratio, and to the score: one is not told without the other."""

    what: str
    saving: Difference
    """Of the logarithms of joules: below 0 saves."""
    score: Difference

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Joules over joules before, with its interval."""
        return math.exp(self.saving.value), math.exp(self.saving.low), math.exp(self.saving.high)

    def verdict(self, margin: float = 0.01) -> str:
        """What may be claimed, by interval and sign-flip test together."""
        if self.saving.n < FEWEST:
            return f"{self.saving.n} seeds, too few for a claim"
        if self.saving.more:
            return "dearer"
        if not self.saving.less:
            return "no saving shown"
        if self.score.above(-margin):
            return "saves, score kept"
        return "saves, score lower" if self.score.less else "saves, score not settled"

    def __str__(self) -> str:
        value, low, high = self.ratio
        if self.saving.n < 2:
            return f"{self.what}: x{value:.2f} {100 * self.score.value:+.1f} points, one seed, too few for a claim"
        return f"{self.what}: x{value:.2f} [{low:.2f}, {high:.2f}] {self.score.points()} points, {self.verdict()}"


@dataclass(frozen=True)
class Exponent:
    """By what power of an axis joules grow, with its interval; and whether that is a straight line at all."""

    value: float
    low: float
    high: float
    fit: float
    """The share of the variance of logarithms that it explains."""

    @property
    def straight(self) -> bool:
        return self.fit >= STRAIGHT

    def __str__(self) -> str:
        if not self.straight:
            return f"no straight line (a power law explains {self.fit:.0%})"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True)
class Ranked:
    """An algorithm, the joules of training and so many answers, and its score."""

    name: str
    joules: float
    score: float


@dataclass(frozen=True)
class Ranking:
    """Algorithms by joules, and at how many answers which two change places."""

    rows: tuple[Ranked, ...]
    answers: int
    turns: tuple[tuple[str, str, float], ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.note] if self.note else []
        lines += [f"{row.name:>20}  {row.joules:9.3g} J  score {row.score:.3f}" for row in self.rows]
        lines += [f"from {n:,.0f} answers on {b} is cheaper than {a}" for a, b, n in self.turns]
        return "\n".join(lines)


class Cheapest(NamedTuple):
    """The algorithm and shape that reach a score for the fewest joules of training."""

    name: str
    shape: Shape
    joules: float
    score: float

    def __str__(self) -> str:
        return f"{self.name}, {self.shape}: {self.joules:.3g} J of training, score {self.score:.3f}"


class Findings:
    """Cells of a study, each an algorithm on a shape with a seed.

    >>> found.change("Random Forest", rows=0.1)
    >>> print(found.ranking(answers=100_000))
    """

    def __init__(
        self, cells: Iterable[Cell], *, score: str = "f1", notes: Sequence[str] = (), paired: bool = True
    ):
        cells = list(cells)
        self.score, self.notes, self.paired = score, list(notes), paired
        self.failed = [cell for cell in cells if "failed" in cell]
        self.cells = [cell for cell in cells if "failed" not in cell and cell.get("train_joules", 0) > 0]
        self.silent = len(cells) - len(self.cells) - len(self.failed)
        """Cells of which no joules were read: left out, and counted."""

    @property
    def algorithms(self) -> list[str]:
        return list(dict.fromkeys(cell["algorithm"] for cell in self.cells))

    def change(self, name: str, **shape: Any) -> Effect:
        """What an algorithm takes and scores on a shape, against all of the data."""
        wanted = Shape(**shape)
        return self.compare((name, Shape()), (name, wanted), f"{name}, {wanted}")

    def against(self, a: str | Shape, b: str | Shape, *, name: str | None = None) -> Effect:
        """b against a: two algorithms on all of the data, or two shapes of one algorithm."""
        if isinstance(a, Shape) or isinstance(b, Shape):
            if name is None or not (isinstance(a, Shape) and isinstance(b, Shape)):
                raise ValueError("two shapes are compared for one algorithm: against(a, b, name=...)")
            return self.compare((name, a), (name, b), f"{name}, {b} against {a}")
        return self.compare((a, Shape()), (b, Shape()), f"{b} against {a}")

    def compare(self, before: tuple[str, Shape], after: tuple[str, Shape], what: str) -> Effect:
        a, b = self._of(*before), self._of(*after)
        if self.paired:
            seeds = sorted(set(a) & set(b))
            if not seeds:
                raise self._nothing(what)
            logs = [math.log(b[s]["train_joules"] / a[s]["train_joules"]) for s in seeds]
            points = [b[s]["score"] - a[s]["score"] for s in seeds]
            return Effect(what, Difference.of(logs), Difference.of(points))
        if not (a and b):
            raise self._nothing(what)
        return Effect(
            what,
            unpaired.of_medians(*([math.log(c["train_joules"]) for c in part.values()] for part in (a, b))),
            unpaired.of_medians(*([c["score"] for c in part.values()] for part in (a, b))),
        )

    def ranking(self, answers: int = 0, **shape: Any) -> Ranking:
        """Algorithms by the joules of training and so many answers, the cheapest first."""
        if not (isinstance(answers, Real) and 0 <= answers < math.inf):
            raise ValueError(f"answers={answers}; give how many will be asked, from 0")
        wanted, middle = Shape(**shape), np.mean if self.paired else np.median
        train, each, score = {}, {}, {}
        for name in self.algorithms:
            cells = list(self._of(name, wanted).values())
            if cells:
                train[name] = float(middle([c["train_joules"] for c in cells]))
                each[name] = float(middle([c.get("infer_joules", math.nan) / c["tested"] for c in cells]))
                score[name] = float(middle([c["score"] for c in cells]))
        if not train:
            raise self._nothing(str(wanted))
        rows = [Ranked(n, train[n] + (answers * each[n] if answers else 0.0), score[n]) for n in train]
        turns = [
            (a, b, (train[b] - train[a]) / (each[a] - each[b]))
            for a in train
            for b in train
            if train[a] < train[b] and each[a] > each[b]
        ]
        return Ranking(
            tuple(sorted(rows, key=lambda row: row.joules)),
            answers,
            tuple(sorted(turns, key=lambda turn: turn[2])),
            "" if self.paired else "Joules as published, which are not credited: only their ratios are used.",
        )

    def _nothing(self, what: str) -> ValueError:
        there = "; ".join(dict.fromkeys(str(shape) for _, shape in self._kinds())) or "nothing"
        return ValueError(
            f"{what}: no seed has a reading of it; there are {', '.join(self.algorithms) or 'no algorithms'},"
            f" with {there}"
        )

    def exponent(self, name: str, axis: str) -> Exponent:
        """By what power of rows or features the joules of training grow."""
        if axis not in ("rows", "features"):
            raise ValueError(f'axis={axis!r}; give "rows" or "features"')
        other = "features" if axis == "rows" else "rows"
        cells = [c for c in self.cells if c["algorithm"] == name and c[other] == 1 and _clean(c)]
        by_seed: dict[Any, list[Cell]] = {}
        for each in cells:
            by_seed.setdefault(each["seed"] if self.paired else 0, []).append(each)
        if not any(len({c[axis] for c in part}) >= 3 for part in by_seed.values()):
            raise ValueError(
                f"{name} was tried on fewer than three shares of the {axis}; an exponent takes three"
            )
        slopes = [_slope(part, axis) for part in by_seed.values() if len({c[axis] for c in part}) >= 3]
        whole = _slope(cells, axis, levels=True)
        found = Difference.of([slope for slope, _ in slopes])
        if len(slopes) < 2:
            low, high = unpaired.slope_interval(*_logs(cells, axis))
            return Exponent(whole[0], low, high, whole[1])
        return Exponent(found.value, found.low, found.high, whole[1])

    def cheapest(self, floor: float) -> Cheapest:
        """The algorithm and shape with at least this score in the mean that train for the fewest joules.

        >>> print(found.cheapest(0.9))
        """
        if not self.cells:
            raise self._nothing("the cheapest")
        best: Cheapest | None = None
        for name, shape in self._kinds():
            cells = list(self._of(name, shape).values())
            joules = float(np.mean([c["train_joules"] for c in cells]))
            score = float(np.mean([c["score"] for c in cells]))
            if score >= floor and (best is None or joules < best.joules):
                best = Cheapest(name, shape, joules, score)
        if best is None:
            most = max(
                float(np.mean([c["score"] for c in self._of(n, s).values()])) for n, s in self._kinds()
            )
            raise ValueError(f"nothing here reaches {floor:g}; the best has {most:.3f}")
        return best

    def tests(self, axis: str = "rows") -> list[unpaired.Tested]:
        """The tests of a statistics course, corrected for how many there are, with what each can say."""
        if axis not in ("rows", "features"):
            raise ValueError(f'axis={axis!r}; give "rows" or "features"')
        groups: dict[str, dict[float, list[float]]] = {}
        for name in self.algorithms:
            by: dict[float, dict[Any, float]] = {}
            for c in sorted(self.cells, key=lambda c: (c[axis], c["seed"])):
                if c["algorithm"] == name and _alone(c, axis):
                    by.setdefault(c[axis], {})[c["seed"]] = c["train_joules"]
            if by and self.paired:  # the two ends are set against each other seed by seed
                both = by[min(by)].keys() & by[max(by)].keys()
                by |= {end: {s: by[end][s] for s in sorted(both)} for end in (min(by), max(by))}
            groups[name] = {level: list(part.values()) for level, part in by.items()}
        return unpaired.tests(groups)

    def to_frame(self) -> Any:
        """A row for each cell."""
        import pandas

        return pandas.DataFrame([{"axis": axis_of(cell), **cell} for cell in [*self.cells, *self.failed]])

    def to_csv(self, path: str | Path) -> Path:
        """The same as a file; a text that a spreadsheet would run is quoted."""
        frame = self.to_frame().map(cell)
        frame.to_csv(path, index=False)
        return Path(path)

    def plot(self) -> Any:
        """Joules over what is left, and the score over it: small multiples, the mean of the seeds with its interval."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(11, 6.5), layout="constrained")
        panels = figure.subplots(2, 2, sharex=True, sharey="row")
        for column, axis in enumerate(("rows", "features")):
            for name in self.algorithms:
                levels, joules, scores = self._curve(name, axis)
                if not levels:
                    continue
                for row, (middle, ends) in enumerate((joules, scores)):
                    line = panels[row][column].plot(levels, middle, marker="o", markersize=3, label=name)[0]
                    panels[row][column].fill_between(
                        levels, *ends, color=line.get_color(), alpha=0.15, linewidth=0
                    )
            panels[0][column].set_title(f"share of the {axis}")
            panels[0][column].set_yscale("log")
        panels[0][0].set_ylabel("joules of a training")
        panels[1][0].set_ylabel(self.score)
        if self.cells:
            panels[0][1].legend(frameon=False, fontsize="small", ncols=2)
        return figure

    def __str__(self) -> str:
        lines = [
            f"{count(len(self.cells), 'cell')}, {count(len(self.algorithms), 'algorithm')}, score: {self.score}"
        ]
        for name in self.algorithms:
            for shape in self._ends(name):
                lines.append("  " + str(self.change(name, **shape)))
        if self.failed:
            last = self.failed[-1]
            lines.append(
                f"{count(len(self.failed), 'cell')} failed; the last, {last['algorithm']}: {last['failed']}"
            )
        if self.silent:
            lines.append(f"{count(self.silent, 'cell')} without a reading left out")
        return "\n".join([*lines, *self.notes])

    def _ends(self, name: str) -> list[dict[str, float]]:
        found = []
        for axis in ("rows", "features"):
            levels = sorted({c[axis] for c in self.cells if c["algorithm"] == name and _alone(c, axis)})
            if len(levels) > 1:
                found.append({axis: levels[0]})
        return found

    def _of(self, name: str, shape: Shape) -> dict[Any, Cell]:
        wanted = vars(shape)
        return {
            c["seed"]: c
            for c in self.cells
            if c["algorithm"] == name
            and all(c.get(k, v) == v or _default(k, c, shape) for k, v in wanted.items())
        }

    def _kinds(self) -> list[tuple[str, Shape]]:
        keys = ("rows", "features", "wrong", "noise", "numbers")
        found = dict.fromkeys(
            (c["algorithm"], Shape(**{k: c[k] for k in keys if k in c})) for c in self.cells
        )
        return list(found)

    def _curve(self, name: str, axis: str) -> tuple[list[float], Any, Any]:
        levels = sorted({c[axis] for c in self.cells if c["algorithm"] == name and _alone(c, axis)})
        joules, scores = [], []
        for level in levels:
            cells = [c for c in self.cells if c["algorithm"] == name and c[axis] == level and _alone(c, axis)]
            joules.append(_mean([math.log(c["train_joules"]) for c in cells], math.exp))
            scores.append(_mean([c["score"] for c in cells], float))
        return levels, _columns(joules), _columns(scores)


def axis_of(cell: Cell) -> str:
    """Which of the shares is not whole."""
    return next((axis for axis in ("rows", "features", "wrong") if cell.get(axis, 1) not in (1, 0.0)), "all")


def _default(key: str, cell: Cell, shape: Shape) -> bool:
    """Which noise there is makes no difference where no label is wrong."""
    return key == "noise" and not shape.wrong and not cell.get("wrong", 0)


def _clean(cell: Cell) -> bool:
    return not cell.get("wrong", 0) and cell.get("numbers", "float64") == "float64"


def _alone(cell: Cell, axis: str) -> bool:
    other = "features" if axis == "rows" else "rows"
    return cell[other] == 1 and _clean(cell)


def _logs(cells: Sequence[Cell], axis: str) -> tuple[np.ndarray, np.ndarray]:
    return np.log([c[axis] for c in cells]), np.log([c["train_joules"] for c in cells])


def _slope(cells: Sequence[Cell], axis: str, *, levels: bool = False) -> tuple[float, float]:
    """The slope of logarithms, and the share of their variance that it explains; of the levels' means, if asked."""
    x, y = _logs(cells, axis)
    if levels:
        kinds = np.unique(x)
        y = np.array([y[x == kind].mean() for kind in kinds])
        x = kinds
    slope, intercept = np.polyfit(x, y, 1)
    rest = y - (slope * x + intercept)
    whole = ((y - y.mean()) ** 2).sum()
    return float(slope), float(1 - (rest**2).sum() / whole) if whole > 0 else 0.0


def _mean(values: list[float], out: Callable[[float], float]) -> tuple[float, float, float]:
    found = Difference.of(values)
    low, high = (found.low, found.high) if math.isfinite(found.low) else (found.value, found.value)
    return out(found.value), out(low), out(high)


def _columns(rows: list[tuple[float, float, float]]) -> tuple[list[float], tuple[list[float], list[float]]]:
    return [r[0] for r in rows], ([r[1] for r in rows], [r[2] for r in rows])
