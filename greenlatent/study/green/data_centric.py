"""Data-centric: every algorithm on every shape of the data and every seed, in turns, on record as it goes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from ... import Joules, Meter
from ..record import Log
from .algorithms import Algorithm, Net
from .findings import Findings
from .shape import Shape, check, split

TENTHS = tuple(round(0.1 * k, 1) for k in range(1, 11))
ASIDE = 0.2  # of a turn, for preparing and for predicting
PATIENCE = (
    10  # turns by the clock in which one by our processors ends: a card may do the work, or others hold them
)
KEY = ("rows", "features", "wrong", "noise", "numbers")
Cell = dict[str, Any]


def data_centric(
    data: Any,
    algorithms: Sequence[Algorithm | Net],
    *,
    rows: Sequence[float] = TENTHS,
    features: Sequence[float] = TENTHS,
    shapes: Sequence[Shape] | None = None,
    seeds: int | Sequence[int] = range(30),
    seconds: float = 0.1,
    score: str = "f1",
    by: Any = None,
    path: str | Path | None = None,
    meter: Any = None,
    progress: bool | Callable[[str], None] = True,
) -> Findings:
    """How joules and scores follow from how much of the data is left.

    `data` is Samples or (X, y), X dense or sparse. By default each algorithm sees all rows and features, each share of
    `rows` with all features, and each share of `features` with all rows; `shapes` names others. Per seed all cells come
    in a shuffled order, and each is fitted again until its turn of `seconds` is full: a fit of a millisecond says
    nothing alone. The first fit of each algorithm brings imports and is nobody's. With `path` every cell is a line on
    disk before the next begins, and the same call goes on where it was cut off. `by` keeps groups on one side: one a
    row, or the name of a group of the Samples.
    """
    X, y, by = table(data, by)
    check(X, y)
    wanted = shapes_of(rows, features) if shapes is None else shapes
    each = [int(seed) for seed in (range(seeds) if isinstance(seeds, int) else dict.fromkeys(seeds))]
    check_asked(algorithms, wanted, each, score, seconds)
    wanted = list(dict.fromkeys(wanted))
    names = [algorithm.name for algorithm in algorithms]
    nets = [one.told() for one in algorithms if isinstance(one, Net)]
    told = progress if callable(progress) else (print if progress else lambda text: None)
    if hasattr(X, "tocsr") and any(shape.wrong and shape.noise == "blob" for shape in wanted):
        told(f"blobs look at all values: a dense copy of up to {8 * X.shape[0] * X.shape[1] / 1e9:.2g} GB")
    bench = _Bench(
        X, y, {a.name: a for a in algorithms}, seconds, score, by, Meter() if meter is None else meter
    )
    cells: list[Cell] = []
    about = f"data-centric: {X.shape[0]} x {X.shape[1]}, {', '.join(names)}, turns of {seconds:g} processor s, {score}"
    about = ", ".join([about, *nets, f"data {_mark(X, y, by)}"])
    log = Log(path, about, lambda line: cells.append(_known(line)))
    # two processes that wrote one record have each cell twice
    there = {(cell["algorithm"], _key(cell), cell["seed"]): cell for cell in reversed(cells)}
    cells[:] = reversed(there.values())
    todo = [
        (seed, name, shape)
        for seed in each
        for name, shape in _shuffled(names, wanted, seed)
        if (name, _key(vars(shape)), seed) not in there
    ]
    try:
        bench.warm(sorted({name for _, name, _ in todo}), wanted)
        for cell in _going(bench, todo, told):
            log.add(cell)
            cells.append(cell)
    finally:
        bench.close()
    return Findings(cells, score=score, notes=bench.notes())


def _going(
    bench: _Bench, todo: Sequence[tuple[int, str, Shape]], told: Callable[[str], None]
) -> Iterator[Cell]:
    """Cell after cell, and now and then how long it will still take."""
    begun = time.monotonic()
    for done, (seed, name, shape) in enumerate(todo):
        if done and done % 50 == 0:
            rest = (time.monotonic() - begun) / done * (len(todo) - done)
            told(f"{done} of {len(todo)} cells, about {rest / 60:.0f} minutes more")
        yield bench.cell(seed, name, shape)


def check_asked(
    algorithms: Any, shapes: Sequence[Any], seeds: Sequence[int], score: str, seconds: float
) -> None:
    """Refuse a study that has nothing to do, or cannot be told apart, scored or timed."""
    for what, given in (("algorithms", algorithms), ("shapes", shapes), ("seeds", seeds)):
        if isinstance(given, Algorithm | Net | Shape):
            raise TypeError(f"{what} is one {type(given).__name__}; give a list, such as [{what[:-1]}]")
        if not len(given):
            raise ValueError(f"{what} is empty, so there is nothing to study; give at least one")
    for one in algorithms:
        if not isinstance(getattr(one, "name", None), str) or not callable(getattr(one, "made", None)):
            raise TypeError(
                f"{type(one).__name__} is no algorithm; give study.Algorithm(name, lambda seed: ...) or study.Net"
            )
    for shape in shapes:
        if not isinstance(shape, Shape):
            raise TypeError(f"shapes holds {shape!r}; give study.Shape(rows=0.1) and the like")
    names = [one.name for one in algorithms]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"two algorithms are called {twice[0]!r}; tell them apart")
    if score not in ("f1", "accuracy"):
        raise ValueError(f'score={score!r}; give "f1" or "accuracy"')
    if not (isinstance(seconds, Real) and seconds > 0):
        raise ValueError(f"seconds={seconds!r}; give how long a turn is, such as 0.1")


def shapes_of(rows: Sequence[float], features: Sequence[float]) -> list[Shape]:
    """All of the data, and each share of the one with all of the other."""
    found = [Shape(), *(Shape(rows=share) for share in rows), *(Shape(features=share) for share in features)]
    return list(dict.fromkeys(found))


def table(data: Any, by: Any = None) -> tuple[Any, np.ndarray, Any]:
    """X, y and groups of Samples, of which those without a label stay out; or as they are."""
    samples = hasattr(data, "fingerprint") and hasattr(data, "classes")
    if isinstance(by, str):
        groups = dict(data.groups) if samples else {}
        if by not in groups:
            raise ValueError(f"by={by!r} is no group of the data; there are {', '.join(groups) or 'none'}")
        by = groups[by]
    if samples:
        names = np.array(list(data.classes))
        codes = np.asarray(data.y)
        kept = codes >= 0
        if by is not None and len(by) == len(codes):
            by = np.asarray(by)[kept]
        x = np.asarray(data.x, dtype=float).reshape(len(codes), -1)[kept]
        return x, names[codes[kept]], by
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"data is Samples or (X, y), got {type(data).__name__}")
    X, y = data
    return (X.tocsr() if hasattr(X, "tocsr") else np.asarray(X, dtype=float)), np.asarray(y), by


class _Bench:
    """One cell after another, metered."""

    def __init__(
        self,
        X: Any,
        y: np.ndarray,
        algorithms: dict[str, Any],
        seconds: float,
        score: str,
        by: Any,
        meter: Any,
    ):
        self.X, self.y, self.algorithms, self.seconds, self.score, self.by, self.meter = (
            X,
            y,
            algorithms,
            seconds,
            score,
            by,
            meter,
        )
        names, counts = np.unique(y, return_counts=True)
        self._rarer = names[counts.argmin()]  # of all rows: that of a test part may be another with each seed
        self._mine = not meter.running
        self._splits: dict[int, Any] = {}
        meter.start()

    def close(self) -> None:
        if self._mine:
            self.meter.stop()

    def notes(self) -> list[str]:
        copies = {seed: found.copies for seed, found in self._splits.items()}
        if not any(copies.values()):
            return []
        share = np.mean([found.copies / len(found.test) for found in self._splits.values()])
        return [f"{share:.0%} of the test rows have a copy in training, so scores look better than they are."]

    def warm(self, names: Sequence[str], shapes: Sequence[Shape]) -> None:
        """The first fit in a process costs several times a later one, which would be the first cell's."""
        for name in names:
            taken = min(shapes, key=lambda shape: shape.rows).take(self.X, self.y, 0)
            try:
                made = self.algorithms[name].made(0)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    made.fit(taken.X, taken.y)
                    made.predict(taken.X[:2])
            except Exception:
                continue  # its cells say so

    def cell(self, seed: int, name: str, shape: Shape) -> Cell:
        """Prepare, train and predict, in turns, all as one kind of work, so that what its instructions draw cancels."""
        parts = self._splits.get(seed)
        if parts is None:
            parts = self._splits[seed] = split(self.X, self.y, seed, self.by)
        X, y, asked = self.X[parts.train], self.y[parts.train], self.y[parts.test]
        cell: Cell = {"algorithm": name, **vars(shape), "seed": seed, "tested": len(parts.test)}
        algorithm = self.algorithms[name]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _check_sides(y, asked)
                prepare, taken = self._turn(name, lambda: shape.take(X, y, seed), ASIDE * self.seconds)
                tested = taken.apply(self.X[parts.test])
                _lock(taken.X, taken.y, tested)
                train, made = self._turn(name, lambda: _fitted(algorithm, seed, taken), self.seconds)
                infer, guessed = self._turn(name, lambda: made.predict(tested), ASIDE * self.seconds)
                value = scored(asked, guessed, self.score, self._rarer)
        except Exception as error:
            return cell | {"failed": " ".join(f"{type(error).__name__}: {error}".split())}
        rows = {"prepare_joules": prepare, "train_joules": train, "infer_joules": infer}
        badge = max(train.badges, key=train.badges.__getitem__, default="none")
        told = {key: joules.value for key, joules in rows.items() if joules.known}
        machine = "unknown" if train.origin is None else train.origin.machine
        return cell | told | {"score": value, "badge": badge, "machine": machine}

    def _turn(self, name: str, work: Callable[[], Any], seconds: float) -> tuple[Joules, Any]:
        """Joules of doing it once, and what came of it. Seconds are those of our processors: on a busy machine a turn
        by the clock would hold a few fits alone, and say as little. It ends as near to them as whole fits allow."""
        begun, cpu, n, stamp = time.perf_counter(), time.process_time(), 0, self.meter.stamp()
        with self.meter.doing(name):
            while not n or (
                (time.process_time() - cpu) * (1 + 0.5 / n) < seconds
                and time.perf_counter() - begun < PATIENCE * seconds
            ):
                found = work()
                n += 1
        return self.meter.ledger(since=stamp).get(name, Joules.missing()) / n, found


def scored(y: np.ndarray, guessed: Any, score: str, rarer: Any = None) -> float:
    """Of two classes the rarer is what is looked for; of more, every class counts the same."""
    guessed = np.asarray(guessed)
    if guessed.shape != y.shape:  # a column beside a row would be compared each with each
        raise ValueError(f"predict gave {guessed.shape} for {len(y)} rows; it has to give one label a row")
    right = y == guessed
    if score == "accuracy":
        return float(right.mean())
    names, counts = np.unique(y, return_counts=True)
    if len(names) == 2:
        asked = names[[counts.argmin()]] if rarer is None else np.array([rarer])
    else:
        asked = np.union1d(names, guessed)
    # 2 tp / (2 tp + fp + fn); scikit-learn's takes as long to check its arguments as a tree to answer
    scores = [
        2 * (right & (y == name)).sum() / ((y == name).sum() + (guessed == name).sum()) for name in asked
    ]
    return float(np.mean(scores))


def _check_sides(y: np.ndarray, asked: np.ndarray) -> None:
    """Whole groups may leave a class on one side alone: a score of that is none."""
    here, there = np.unique(y), np.unique(asked)
    if len(here) < 2 or len(there) < 2 or len(np.setdiff1d(there, here)):
        raise ValueError(
            "whole groups leave a class on one side alone; give smaller groups, or leave by= out"
        )


def _lock(*parts: Any) -> None:
    """What is fitted again has to find what was there: one that writes into it fails, and its cell says so."""
    for part in parts:
        (part.data if hasattr(part, "tocsr") else part).flags.writeable = False


def _mark(X: Any, y: np.ndarray, by: Any) -> str:
    """What tells these data from others of the same size."""
    parts = (X.data, X.indices, X.indptr) if hasattr(X, "tocsr") else (X,)
    mark = 0
    for part in parts:
        mark = crc32(np.ascontiguousarray(part).data, mark)
    mark = crc32(repr(y.tolist()).encode(), mark)
    return f"{mark if by is None else crc32(repr(np.asarray(by).tolist()).encode(), mark):08x}"


def _fitted(algorithm: Any, seed: int, taken: Any) -> Any:
    made = algorithm.made(seed)
    made.fit(taken.X, taken.y)
    return made


def _shuffled(names: Sequence[str], shapes: Sequence[Shape], seed: int) -> list[tuple[str, Shape]]:
    cells = [(name, shape) for name in names for shape in shapes]
    order = np.random.default_rng((seed, 3)).permutation(len(cells))
    return [cells[i] for i in order]


def _known(line: Cell) -> Cell:
    """A line of a record, if it is a cell."""
    _key(line), line["algorithm"], line["seed"]
    return line


def _key(cell: Any) -> tuple[Any, ...]:
    return tuple(cell[name] for name in KEY)
