"""Rehearsal: a few real steps of a copy, or candidates on a small share of the rows; speed and accuracy, charged."""

from __future__ import annotations

import csv
import io
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..energy.arguments import number
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..files import cell
from .costs.experience import Past
from .costs.speeds import Speeds
from .curves import Score, extrapolated, f1
from .facts.amount import Amount
from .models import learners, sizes, words
from .models.count import steps_of
from .models.workload import FITS, NETS, Workload

if TYPE_CHECKING:
    from ..data.samples import Samples

SMALLEST = 32  # shares are 1/32, 1/16 ... of the rows
FEWEST = 20  # rows that a share has at least
COLUMNS = ("name", "accuracy", "f1", "answer_seconds", "answer_joules", "joules", "memory", "learner")


@dataclass(frozen=True)
class Rehearsed:
    """One candidate: what was found, and what all of it would take."""

    name: str
    learner: str
    accuracy: Amount | None
    """None where nothing was asked of it: after a few steps no accuracy is known."""
    f1: Amount | None
    answer_seconds: Amount
    answer_joules: Joules
    joules: Joules
    """Of one training on all rows."""
    memory: Amount
    whole: int = 0
    """Rows that it was extrapolated to, those asked about apart."""
    curve: tuple[tuple[int, float, float], ...] = ()
    """Rows, accuracy and F1 of each share."""
    asked: int = 0
    """Rows that it was asked about."""

    def __str__(self) -> str:
        right = "accuracy not known" if self.accuracy is None else f"accuracy {self.accuracy}"
        return f"{self.name}: {right}, {self.joules} a training"


@dataclass(frozen=True)
class Rehearsal:
    """The candidates in the order they were given; nothing is sorted or chosen."""

    rows: tuple[Rehearsed, ...]
    price: str
    """What it was to take, said before."""
    spent: Joules
    complete: bool = True
    """False where it was stopped: the rows are those that were done."""
    failed: tuple[tuple[str, str], ...] = ()
    """Candidates that could not be tried, each with why."""

    def to_frame(self) -> Any:
        """A pandas frame with a row a candidate; numbers without their intervals."""
        import pandas

        return pandas.DataFrame(
            [dict(zip(COLUMNS, _plain(row), strict=True)) for row in self.rows], columns=COLUMNS
        )

    def to_csv(self) -> str:
        """The same as text, with cells that no spreadsheet runs."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([[cell(value) for value in _plain(row)] for row in self.rows])
        return out.getvalue()

    def __str__(self) -> str:
        end = "" if self.complete else "; stopped before its end"
        failed = [f"{name} failed: {why}" for name, why in self.failed]
        return "\n".join([*map(str, self.rows), *failed, f"it took {self.spent}, {self.price} was said{end}"])


def _plain(row: Rehearsed) -> list[Any]:
    score = [None if amount is None else amount.value for amount in (row.accuracy, row.f1)]
    costs = [row.answer_seconds.value, row.answer_joules.value, row.joules.value, row.memory.value]
    return [row.name, *score, *costs, row.learner]


@dataclass(frozen=True)
class Contender:
    """Words for a model: "mlp", or "mlp 64-32"."""

    model: str
    size: str | None = None

    @classmethod
    def of(cls, text: str) -> Contender:
        model, _, size = str(text).partition(" ")
        if model not in (*NETS, *FITS):
            raise ValueError(
                f"candidate {text!r}; there are {', '.join((*NETS, *FITS))}, with a size such as 'mlp 64'"
            )
        sizes.widths(model, size or None)  # what is no size is refused before anything runs
        return cls(model, size or None)

    @property
    def name(self) -> str:
        return sizes.named(self.model, self.size)


def contenders(candidates: Sequence[str]) -> list[Contender]:
    """The candidates in words, all of them checked before one runs."""
    if isinstance(candidates, str) or not isinstance(candidates, Sequence) or not candidates:
        raise ValueError(f"candidates={candidates!r}; give a list of words, such as ['tree', 'mlp 64']")
    found = [Contender.of(each) for each in candidates]
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"candidates names {twice} twice, and would train it twice; name each once")
    return found


def few_steps(
    net: Any,
    train: Samples,
    latent: str,
    *,
    steps: int,
    work: Workload,
    speeds: Speeds,
    meter: Meter,
    **options: Any,
) -> tuple[Past, bool]:
    """So many real steps of a copy on its own seed, and whether all were done: what was before Ctrl-C is kept.

    The first is not counted, and the model is not touched.
    """

    from ..training.trainer import Trainer
    from .models.counted import copied

    with _lent():
        trainer = Trainer(copied(net), train, latent=latent, meter=meter, **{"threads": 1, **options})
        try:
            trainer.step()
            since, before, begun = meter.stamp(), time.process_time(), time.perf_counter()
            own = time.thread_time()
            try:
                trainer.step(steps)
            except KeyboardInterrupt:
                if trainer.steps == 1:
                    raise
            done = trainer.steps - 1
            took, seconds = time.thread_time() - own, time.perf_counter() - begun
            if trainer.settings.threads > 1:  # the work of other threads is the process's
                took = time.process_time() - before
            joules = meter.ledger(since).get("train", Joules.missing())
        finally:
            trainer.close()
    measured = {"joules": joules.value, "low": joules.low, "high": joules.high} if joules.known else {}
    past = Past.of(
        work.times(done),
        speeds.terms(work),
        processor_seconds=max(took, 1e-9),
        seconds=seconds,
        badges=dict(joules.badges),
        **measured,
    )
    return past, done == steps


@dataclass(frozen=True)
class Shares:
    """Rows for growing shares of the training part, each inside the next, and the rows that are asked about."""

    parts: tuple[np.ndarray, ...]
    valid: np.ndarray
    whole: int


def shares(data: Samples, share: float, *, by: str | None, seed: int) -> Shares:
    """1/32, 1/16 ... up to `share` of the rows that are not asked about; classes spread, groups kept together."""
    wanted = f"a part of the rows from 1/{SMALLEST} to 1, such as 1/8"
    number("share", share, wanted, least=1 / SMALLEST, most=1)
    if data.regression or data.unlabelled:
        raise ValueError(
            "a rehearsal on a share asks for accuracy, so it needs classes; rehearse steps instead"
        )
    train, valid = data.split(0.3, by=by, seed=seed)
    order = np.argsort(data.origin)  # what is given may be a part of other data, whose rows origins are

    def places(part: Samples) -> np.ndarray:
        return order[np.searchsorted(data.origin[order], part.origin)]

    rows = places(train)
    if len(rows) * share < FEWEST:
        raise ValueError(
            f"{share:g} of {len(rows)} rows are fewer than {FEWEST}; take a larger share, or more data"
        )
    mixed = _order(train, by, seed)
    sizes = [round(len(rows) / 2**k) for k in range(5, -1, -1) if 2.0**-k <= share * 1.001]
    parts = tuple(rows[np.sort(mixed[:size])] for size in sizes if size >= FEWEST)
    return Shares(parts, places(valid), len(rows))


def _order(train: Samples, by: str | None, seed: int) -> np.ndarray:
    """Rows so that every beginning of them has all classes in proportion, or whole groups."""
    rng = np.random.default_rng(seed)
    if by is not None:
        values = np.asarray(train.groups[by])
        names = rng.permutation(np.unique(values))
        return np.concatenate([np.flatnonzero(values == name) for name in names])
    y = train.y.numpy()
    place = np.zeros(len(y))
    for value in np.unique(y):
        mine = rng.permutation(np.flatnonzero(y == value))
        place[mine] = (np.arange(len(mine)) + rng.uniform()) / len(mine)
    return np.argsort(place, kind="stable")


def scored(
    candidate: Contender,
    data: Samples,
    found: Shares,
    *,
    epochs: float,
    batch: int,
    speeds: Speeds,
    seed: int,
) -> Iterator[tuple[Past, Score]]:
    """A candidate on each share: what it took, and how it did."""
    import torch

    shape, classes = tuple(data.shape), max(len(data.classes), 2)
    steps = max(1, round(steps_of(found.whole, batch, epochs)))
    x = data.view(torch.arange(len(data))).numpy().reshape(len(data), -1)
    y = data.y.numpy()
    for rows in found.parts:
        made = words.workload(
            candidate.model, candidate.size, rows=len(rows), shape=shape, classes=classes, batch=batch
        )
        work = made if made.fit else made.times(steps)
        if made.fit:
            guess, took, seconds = _fit(candidate, x, y, rows, found.valid, seed)
        else:
            guess, took, seconds = _net(candidate, data, rows, found.valid, steps, batch, classes, seed)
        truth = y[found.valid]
        known = truth >= 0
        right = float((guess[known] == truth[known]).mean())
        score = Score(len(rows), right, f1(truth[known], guess[known]), int(known.sum()))
        past = Past.of(
            work, speeds.terms(work), processor_seconds=max(took, 1e-9), seconds=seconds, score=right
        )
        yield past, score


@contextmanager
def _lent() -> Iterator[None]:
    """torch's generator and its number of threads, given back as they were."""
    import torch

    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)


class _Clock:
    def __init__(self) -> None:
        self._begun = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Processor seconds and seconds since."""
        return time.process_time() - self._begun[0], time.perf_counter() - self._begun[1]


def _fit(
    candidate: Contender, x: np.ndarray, y: np.ndarray, rows: np.ndarray, valid: np.ndarray, seed: int
) -> tuple[np.ndarray, float, float]:
    """What it guesses, and processor seconds and seconds of the fit."""
    rows = rows[y[rows] >= 0]
    if len(np.unique(y[rows])) < 2:
        return np.full(len(valid), y[rows][0] if len(rows) else 0), 0.0, 0.0
    model = learners.estimator(candidate.model, sizes.widths(candidate.model, candidate.size)[0], seed=seed)
    clock = _Clock()
    with warnings.catch_warnings():
        # few rows are met before a fit has settled; what that costs in accuracy is what is measured
        warnings.simplefilter("ignore", UserWarning)
        model.fit(x[rows], y[rows])
    took = clock.read()
    return np.asarray(model.predict(x[valid])), *took


def _net(
    candidate: Contender,
    data: Samples,
    rows: np.ndarray,
    valid: np.ndarray,
    steps: int,
    batch: int,
    classes: int,
    seed: int,
) -> tuple[np.ndarray, float, float]:
    """As many steps as on all rows: with as many epochs a small share would have had too few."""
    import torch

    from ..model.network import as_evaluated
    from ..training.trainer import Trainer
    from .models.nets import LATENT, net

    with _lent():
        torch.manual_seed(seed)
        model = net(candidate.model, candidate.size, data.shape, classes)
        trainer = Trainer(model, data.take(rows), latent=LATENT, batch_size=batch, seed=seed, threads=1)
        try:
            clock = _Clock()
            trainer.step(steps)
            took = clock.read()
            with as_evaluated(model):
                return model(data.view(torch.as_tensor(valid)).float()).argmax(1).numpy(), *took
        finally:
            trainer.close()


def told(score: Sequence[Score], whole: int) -> tuple[Amount, Amount]:
    """Accuracy and F1 on all rows, with their intervals."""
    return (
        extrapolated([(each.rows, each.accuracy) for each in score], whole, score[-1].asked),
        extrapolated([(each.rows, each.f1) for each in score], whole, score[-1].asked),
    )


def price_of(seconds: float, joules: Joules) -> str:
    """What a rehearsal will take, in words."""
    return f"about {_rough(seconds)} s and {_rough(joules.value)} J"


def _rough(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


Progress = Callable[[str, float], Any]


def seconds_of(each: Sequence[float]) -> float:
    """Processor seconds, with what starting a learner takes."""
    return math.fsum(each) + 0.05 * len(each)
