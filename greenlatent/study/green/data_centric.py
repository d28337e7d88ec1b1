"""Data-centric: every algorithm on every shape of the data and every seed, in turns, on record as it goes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

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
    disk before the next begins, and the same call goes on where it was cut off.
    """
    X, y = table(data)
    check(X, y)
    wanted = list(shapes) if shapes is not None else shapes_of(rows, features)
    for algorithm in algorithms:
        if not isinstance(algorithm, Algorithm | Net):
            raise TypeError(
                f"algorithms holds {type(algorithm).__name__}; give it a name, and what makes one for a seed:"
                ' study.Algorithm("mine", lambda seed: ...)'
            )
    names = [algorithm.name for algorithm in algorithms]
    _check_asked(names, score, seconds)
    told = progress if callable(progress) else (print if progress else lambda text: None)
    if hasattr(X, "tocsr") and any(shape.wrong and shape.noise == "blob" for shape in wanted):
        told(f"blobs look at all values: a dense copy of up to {8 * X.shape[0] * X.shape[1] / 1e9:.2g} GB")
    bench = _Bench(
        X, y, {a.name: a for a in algorithms}, seconds, score, by, Meter() if meter is None else meter
    )
    cells: list[Cell] = []
    about = f"data-centric: {X.shape[0]} x {X.shape[1]}, {', '.join(names)}, turns of {seconds:g} processor s, {score}"
    log = Log(path, about, cells.append)
    there = {(cell["algorithm"], _key(cell), cell["seed"]) for cell in cells}
    begun, left = time.monotonic(), 0
    todo = [
        (seed, name, shape)
        for seed in (range(seeds) if isinstance(seeds, int) else seeds)
        for name, shape in _shuffled(names, wanted, seed)
        if (name, _key(vars(shape)), seed) not in there
    ]
    bench.warm(sorted({name for _, name, _ in todo}), wanted)
    for left, (seed, name, shape) in enumerate(todo):
        if left and left % 50 == 0:
            rest = (time.monotonic() - begun) / left * (len(todo) - left)
            told(f"{left} of {len(todo)} cells, about {rest / 60:.0f} minutes more")
        cell = bench.cell(seed, name, shape)
        log.add(cell)
        cells.append(cell)
    bench.close()
    return Findings(cells, score=score, notes=bench.notes())


def _check_asked(names: Sequence[str], score: str, seconds: float) -> None:
    """Refuse a study that cannot be told apart, scored or timed."""
    twice = [name for name in names if list(names).count(name) > 1]
    if twice:
        raise ValueError(f"two algorithms are called {twice[0]!r}; tell them apart")
    if score not in ("f1", "accuracy"):
        raise ValueError(f'score={score!r}; give "f1" or "accuracy"')
    if not seconds > 0:
        raise ValueError(f"seconds={seconds!r}; give how long a turn is, such as 0.1")


def shapes_of(rows: Sequence[float], features: Sequence[float]) -> list[Shape]:
    """All of the data, and each share of the one with all of the other."""
    found = [Shape(), *(Shape(rows=share) for share in rows), *(Shape(features=share) for share in features)]
    return list(dict.fromkeys(found))


def table(data: Any) -> tuple[Any, np.ndarray]:
    """X and y of Samples, or as they are."""
    if hasattr(data, "fingerprint") and hasattr(data, "classes"):
        names = np.array(list(data.classes))
        codes = np.asarray(data.y)
        kept = codes >= 0
        x = np.asarray(data.x, dtype=float).reshape(len(codes), -1)[kept]
        return x, names[codes[kept]]
    X, y = data
    return (X.tocsr() if hasattr(X, "tocsr") else np.asarray(X, dtype=float)), np.asarray(y)


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
        X, y = self.X[parts.train], self.y[parts.train]
        cell: Cell = {"algorithm": name, **vars(shape), "seed": seed, "tested": len(parts.test)}
        algorithm = self.algorithms[name]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                prepare, taken = self._turn(name, lambda: shape.take(X, y, seed), ASIDE * self.seconds)
                tested = taken.apply(self.X[parts.test])
                train, made = self._turn(name, lambda: _fitted(algorithm, seed, taken), self.seconds)
                infer, guessed = self._turn(name, lambda: made.predict(tested), ASIDE * self.seconds)
                value = scored(self.y[parts.test], guessed, self.score)
        except Exception as error:
            return cell | {"failed": f"{type(error).__name__}: {error}"}
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


def scored(y: np.ndarray, guessed: np.ndarray, score: str) -> float:
    """Of two classes the rarer is what is looked for; of more, every class counts the same."""
    right = y == guessed
    if score == "accuracy":
        return float(right.mean())
    names, counts = np.unique(y, return_counts=True)
    asked = names[[counts.argmin()]] if len(names) == 2 else np.union1d(names, guessed)
    # 2 tp / (2 tp + fp + fn); scikit-learn's takes as long to check its arguments as a tree to answer
    scores = [
        2 * (right & (y == name)).sum() / ((y == name).sum() + (guessed == name).sum()) for name in asked
    ]
    return float(np.mean(scores))


def _fitted(algorithm: Any, seed: int, taken: Any) -> Any:
    made = algorithm.made(seed)
    made.fit(taken.X, taken.y)
    return made


def _shuffled(names: Sequence[str], shapes: Sequence[Shape], seed: int) -> list[tuple[str, Shape]]:
    cells = [(name, shape) for name in names for shape in shapes]
    order = np.random.default_rng((seed, 3)).permutation(len(cells))
    return [cells[i] for i in order]


def _key(cell: Any) -> tuple[Any, ...]:
    return tuple(cell[name] for name in ("rows", "features", "wrong", "noise", "numbers"))
