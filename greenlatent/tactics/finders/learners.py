"""Learners: what is simpler than a net, tried in the order of its cost on the data that the net gets: classes judged
by right answers, numbers by R2."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from ...data.inputs import as_inputs
from ...data.samples import Samples
from ...energy.joules import Ratio
from ...model.threads import allowed_threads
from ...run.run import Run
from ...training.trainer import Trainer
from ..judging import Points, paired
from ..offer import Asked, Offer
from ..rehearsal import right
from .ridge import Ridge

PART = 0.01  # of the plan that all of them together may take
ENOUGH_SECONDS, PART_LONG = 0.025, 0.0025  # but no more seconds than that, or this part of a long plan
PILOT = 16  # a learner is first tried on one row of so many: that tells what all of them take
FORESTS = {"extra trees": 20, "a random forest": 50}  # trees' worth of work
# what is lighter than another and of its kind
RELATIVES = {"a random forest": "extra trees", "extra trees": "a tree", "nearest neighbours": "ridge"}
FEWEST = 4  # rows of a class
ENOUGH = 0.5  # of the plan must a net have trained for its accuracy to be the one to beat
CERTAIN = 0.1  # how far a measured cost may be off
ALIKE = 1.2  # times what a fit takes however few the rows: within that, more rows take no more
WITH_PILOT = 4  # fits that a learner with a pilot takes at least, predicting included
MADE = 1.3  # times what making the inputs took, at least: they are not made in vain
PRODUCTS = 1e8  # below so many multiplications ridge and neighbours need no pilot


@dataclass(frozen=True)
class Simple:
    """An estimator that answers in the place of a net, on what it makes of the inputs.

    >>> answers = simple.predict(valid)
    """

    name: str
    estimator: Any
    classes: tuple[str, ...]

    def predict(self, samples: Any) -> np.ndarray:
        """The class index, or the number, of each sample; of Samples, or of their inputs as an array or a tensor."""
        given = samples.x if isinstance(samples, Samples) else as_inputs(samples)
        return np.asarray(self.estimator.predict(features(given)))

    def __repr__(self) -> str:
        what = f"{len(self.classes)} classes" if self.classes else "numbers"
        return f"Simple({self.name}, {what}; .predict(samples) answers)"


@dataclass
class Measured:
    """A learner that was fitted: its cost and what its answers on the validation part are worth."""

    name: str
    simple: Simple
    seconds: float  # processor seconds of training, what it makes of the inputs included
    answer: float  # of an answer
    right: np.ndarray

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())


def features(inputs: torch.Tensor) -> np.ndarray:
    """What a learner is given (n, d): inputs as they are, of signals eight numbers a channel."""
    x = inputs.float().numpy()
    if x.ndim == 3 and x.shape[2] > 8:  # (n, channels, times)
        places = np.linspace(0, x.shape[2] - 1, 5).round().astype(int)
        quartiles = np.sort(x, 2)[:, :, places]  # sorting once is a third of asking for five quantiles
        parts = [x.mean(2), x.std(2), *np.moveaxis(quartiles, 2, 0)]
        return np.concatenate([*parts, np.abs(np.diff(x, axis=2)).mean(2)], 1)
    return x.reshape(len(x), -1)


Makers = list[tuple[str, Callable[[], Any]]]


def in_order(seed: int) -> Makers:
    """The simplest first: each costs more to train than those before it, or more to ask, as neighbours do."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    return [
        ("the most frequent class", lambda: DummyClassifier()),
        ("ridge", lambda: Ridge()),
        ("a tree", lambda: DecisionTreeClassifier(random_state=seed)),
        ("logistic regression", lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))),
        ("nearest neighbours", lambda: KNeighborsClassifier()),
        ("extra trees", lambda: ExtraTreesClassifier(random_state=seed)),
        ("a random forest", lambda: RandomForestClassifier(random_state=seed)),
    ]


def in_order_of_numbers(seed: int) -> Makers:
    """The same for numbers."""
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeRegressor

    return [
        ("the mean", lambda: DummyRegressor()),
        ("ridge", lambda: make_pipeline(StandardScaler(), RidgeCV())),
        ("a tree", lambda: DecisionTreeRegressor(random_state=seed)),
        ("nearest neighbours", lambda: KNeighborsRegressor()),
        ("extra trees", lambda: ExtraTreesRegressor(random_state=seed)),
        ("a random forest", lambda: RandomForestRegressor(random_state=seed)),
    ]


@dataclass(frozen=True)
class Scoring:
    """What is to be told of a sample, and how answers are judged: `scores` are one number a sample, whose mean is what
    is said of all."""

    makers: Callable[[int], Makers]
    known: Callable[[torch.Tensor], np.ndarray]  # which labels there are
    scores: Callable[[np.ndarray, np.ndarray], np.ndarray]
    said: Callable[[float], str]
    over: Callable[[Points], str]


def _explained(answers: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Of each sample, what is explained of all variance: the mean of these is R2."""
    return 1 - (np.asarray(answers, float).reshape(len(told)) - told) ** 2 / max(told.var(), 1e-12)


CLASSES = Scoring(
    in_order,
    lambda y: (y >= 0).numpy(),
    lambda answers, told: (answers == told).astype(float),
    lambda value: f"{value:.1%}",
    lambda points: _in_points(points),
)
NUMBERS = Scoring(
    in_order_of_numbers,
    lambda y: (~y.isnan()).numpy(),
    _explained,
    lambda value: f"an R2 of {value:.2f}",
    lambda points: "{:+.2f} of R2 [{:+.2f}, {:+.2f}]".format(*points),
)


def learners(asked: Asked) -> list[Offer] | Offer | str:
    """The cheapest that is not worse than the net, and the best; before the net is half trained, the cheapest of the
    best."""
    trainer = asked.run.trainer
    if isinstance(task := _task(trainer), str):
        return task
    if asked.plan <= 0:
        return "nothing is known of what the plan takes"
    tried = _tried(asked.run, task, max(min(PART * asked.plan, ENOUGH_SECONDS), PART_LONG * asked.plan))
    if len(tried) < 2:
        return "the plan is too short to try one"
    own = _net(trainer, task)
    best = max(tried, key=lambda each: each.accuracy)
    if trainer.steps < ENOUGH * asked.steps:  # what the net will come to is not known
        chosen = next(each for each in tried if each.accuracy >= best.accuracy - asked.margin)
        if chosen is tried[0]:
            return f"nothing simpler tells more than {chosen.name}"
        if best.accuracy < own.accuracy - asked.margin:
            simpler = f"{best.name}, the best of what is simpler, {task.said(best.accuracy)}"
            return f"{simpler}, and the net {task.said(own.accuracy)} now"
        return _offer(asked, task, chosen, own, None)
    # an interval takes a millisecond, and its lower end is below the mean: nobody needs that of what is far below
    near = [each for each in tried if each.accuracy - own.accuracy > -asked.margin]
    over = {each.name: _over(each, own) for each in (near if best in near else [best])}
    fine = [each for each in near if over[each.name][0] >= 0 or over[each.name][1] > -asked.margin]
    if not fine:
        return f"{best.name}, the best of what is simpler, has {task.over(over[best.name])} of the net"
    cheap = (
        min(fine, key=lambda each: each.seconds + asked.answers * each.answer) if asked.answers else fine[0]
    )
    offers = [_offer(asked, task, cheap, own, over[cheap.name], first=True)]
    if best.accuracy > cheap.accuracy + asked.margin:  # better still, for more
        light = _lighter(best, tried, asked.margin)
        offers.append(_offer(asked, task, light or best, own, over[(light or best).name]))
        if light is not None:
            why = f"it does as {best.name} does, for less; {offers[1].why}"
            offers[1] = replace(offers[1], tactic="T7", why=why)
    return offers


def _task(trainer: Trainer) -> Scoring | str:
    """What is to be told of a sample; or why no learner can be tried."""
    train, valid = trainer.train, trainer.valid
    if train.unlabelled or train.several is not None:
        return "simpler learners are tried where a sample has one class, or one number"
    if train.lazy:
        return "a Dataset would be read whole, once more"
    task = NUMBERS if train.regression else CLASSES
    if valid is None or not task.known(valid.y).any():
        return "there are no validation labels to judge a simpler learner by"
    return task


def load(trainer: Trainer) -> None:
    """Import what trying learners takes, where they will be tried: a second, once in a process, and so no cost of one
    plan, which would leave none for prices."""
    if isinstance(task := _task(trainer), Scoring):
        _fixed(task)


def _lighter(best: Measured, tried: list[Measured], margin: float) -> Measured | None:
    """A lighter relative of it that is as good, within the margin."""
    for each in tried:
        if each.name == RELATIVES.get(best.name) and each.accuracy >= best.accuracy - margin:
            return each if each.seconds < best.seconds else None
    return None


def _over(each: Measured, own: Measured) -> Points:
    points, _ = paired(each.right - own.right)
    assert points is not None
    return points


def _offer(
    asked: Asked,
    task: Scoring,
    chosen: Measured,
    own: Measured,
    points: Points | None,
    *,
    first: bool = False,
) -> Offer:
    net = f", the net {task.said(own.accuracy)}{' now' if points is None else ''}"
    said = f"{task.said(chosen.accuracy)} on your validation part{net}"
    known = f"{said}; what the net will come to is not known yet" if points is None else said
    if task is NUMBERS and points is not None:
        known, points = f"{said}: {task.over(points)}", None  # points are of accuracy
    whole = asked.plan + asked.answers * own.answer
    value = (chosen.seconds + asked.answers * chosen.answer) / whole
    return Offer(
        "T6",
        chosen.name,
        f"it has {said}; 1,000 answers take {chosen.answer / max(own.answer, 1e-12):.2g} times what the net's take",
        made=lambda run: chosen.simple,
        ratio=Ratio(value, (1 - CERTAIN) * value, (1 + CERTAIN) * value),
        plans=whole / asked.plan,
        known="measured",
        points=points,
        accuracy=known,
        first=first,
    )


def _net(trainer: Trainer, task: Scoring) -> Measured:
    """The net as it is now."""
    begun = time.thread_time()
    found = right(trainer) if task is CLASSES else _explained(*_told(trainer))
    took = (time.thread_time() - begun) / len(found)
    return Measured("the net", None, 0.0, took, found)  # type: ignore[arg-type]


def _told(trainer: Trainer) -> tuple[np.ndarray, np.ndarray]:
    """What the net says of validation samples with a number, and these numbers."""
    valid, network = trainer.valid, trainer.network
    assert valid is not None
    ids = torch.from_numpy(np.flatnonzero(NUMBERS.known(valid.y)))
    found = []
    with network.looking():
        for part in ids.split(1024):
            output = network.forward(valid.view(part))
            output = output if network.read is None else network.read(output)
            found.append(output.reshape(len(part), -1)[:, 0].float().cpu().numpy())
    return np.concatenate(found), valid.y[ids].numpy()


@cache
def _fixed(task: Scoring) -> dict[str, float]:
    """Seconds that a learner takes however few the rows; imports, and what else is first in a process, are done."""
    x, y = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32), np.arange(16) % 2
    found = {}
    for name, make in task.makers(0):
        took = []
        for _ in range(0 if name in FORESTS else 3):
            begun = time.thread_time()
            make().fit(x, y).predict(x)
            took.append(time.thread_time() - begun)
        found[name] = min(took, default=0.0)
    return found


@cache
def _libraries() -> Any:
    """What has threads of its own beside torch: to look for it takes as long as a small fit."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _tried(run: Run, task: Scoring, most: float) -> list[Measured]:
    """Each learner that there is time for, in order; on labels in force, without what was left out."""
    one = nullcontext() if allowed_threads() == 1 else _libraries().limit(limits=1)
    trainer = run.trainer
    assert trainer.valid is not None
    fixed, mending, simple_ones = _fixed(task), trainer.mending, task.makers(trainer.seed)
    begun = time.thread_time()
    y, judged = mending.y.numpy(), task.known(trainer.valid.y)
    on = np.flatnonzero((mending.weights > 0) & task.known(mending.y))
    x = features(trainer.train.x)[on]
    asked, told = features(trainer.valid.x)[judged], trainer.valid.y.numpy()[judged]
    making = time.thread_time() - begun  # what is made of the inputs is charged to each, and to each answer
    most = max(most, MADE * making)
    y = y[on]
    found: list[Measured] = []
    fewest = min(np.bincount(y)[np.unique(y)], default=0) if task is CLASSES else len(y) // 2
    if fewest < FEWEST or len(np.unique(y)) < 2:
        return []
    some = np.random.default_rng(0).permutation(len(y))[: max(FEWEST * PILOT, len(y) // PILOT)]
    with one, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one that has not converged is as good as it is
        for name, make in simple_ones:
            trainer.network.goes_on()
            left = most - (time.thread_time() - begun)
            tree = next((each.seconds for each in found if each.name == "a tree"), 0.0)
            if left <= 0 or (name in FORESTS and not 0 < FORESTS[name] * tree < left):
                break
            piloted = name not in FORESTS and bool(found) and len(np.unique(y[some])) > 1
            products = {"ridge": x.size * x.shape[1], "nearest neighbours": x.size * len(asked)}
            piloted &= products.get(name, PRODUCTS) >= PRODUCTS
            if name not in FORESTS and (WITH_PILOT if piloted else 1) * fixed[name] > left:
                continue
            if piloted:
                pilot = time.thread_time()
                make().fit(x[some], y[some]).predict(asked[:PILOT])
                took = time.thread_time() - pilot
                if fixed[name] + max(0.0, took - ALIKE * fixed[name]) * len(y) / len(some) > left - took:
                    continue
            start = time.thread_time()
            made = make().fit(x, y)
            fitted = time.thread_time()
            answers = made.predict(asked)
            each = (time.thread_time() - fitted + making * len(asked) / (len(x) + len(asked))) / len(asked)
            simple = Simple(name, made, trainer.train.classes)
            found.append(Measured(name, simple, fitted - start + making, each, task.scores(answers, told)))
    return found


def _in_points(points: Points) -> str:
    value, low, high = (100 * each for each in points)
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"
