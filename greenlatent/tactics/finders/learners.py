"""Learners: what is simpler than a net, tried in the order of its cost on the data that the net gets."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
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
from ..rehearsal import known, right

PART = 0.02  # of the plan that all of them together may take
ENOUGH_SECONDS, PART_LONG = 0.025, 0.0025  # but no more seconds than that, or this part of a long plan
PILOT = 16  # a learner is first tried on one row of so many: that tells what all of them take
FORESTS = {"extra trees": 20, "a random forest": 50}  # trees' worth of work
FEWEST = 4  # rows of a class
ENOUGH = 0.5  # of the plan must a net have trained for its accuracy to be the one to beat
CERTAIN = 0.1  # how far a measured cost may be off
ALIKE = 1.2  # times what a fit takes however few the rows: within that, more rows take no more
WITH_PILOT = 4  # fits that a learner with a pilot takes at least, predicting included
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
        """The class index of each sample; of Samples, or of their inputs as an array or a tensor."""
        given = samples.x if isinstance(samples, Samples) else as_inputs(samples)
        return np.asarray(self.estimator.predict(features(given)))

    def __repr__(self) -> str:
        return f"Simple({self.name}, {len(self.classes)} classes; .predict(samples) answers)"


@dataclass
class Measured:
    """A learner that was fitted: its cost and accuracy on the validation part."""

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


def in_order(seed: int) -> list[tuple[str, Callable[[], Any]]]:
    """The simplest first: each costs more to train than those before it, or more to ask, as neighbours do."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    return [
        ("the most frequent class", lambda: DummyClassifier()),
        ("ridge", lambda: make_pipeline(StandardScaler(), RidgeClassifier())),
        ("a tree", lambda: DecisionTreeClassifier(random_state=seed)),
        ("logistic regression", lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))),
        ("nearest neighbours", lambda: KNeighborsClassifier()),
        ("extra trees", lambda: ExtraTreesClassifier(random_state=seed)),
        ("a random forest", lambda: RandomForestClassifier(random_state=seed)),
    ]


def learners(asked: Asked) -> list[Offer] | Offer | str:
    """The cheapest that is not worse than the net, and the best; before the net is half trained, the cheapest of the
    best."""
    trainer = asked.run.trainer
    train, valid = trainer.train, trainer.valid
    if train.regression or train.unlabelled or train.several is not None:
        return "simpler learners are tried where a sample has one class"
    if train.lazy:
        return "a Dataset would be read whole, once more"
    if valid is None or not known(valid).any():
        return "there are no validation labels to judge a simpler learner by"
    if asked.plan <= 0:
        return "nothing is known of what the plan takes"
    tried = _tried(asked.run, max(min(PART * asked.plan, ENOUGH_SECONDS), PART_LONG * asked.plan))
    if len(tried) < 2:
        return "the plan is too short to try one"
    own = _net(trainer)
    best = max(tried, key=lambda each: each.accuracy)
    if trainer.steps < ENOUGH * asked.steps:  # what the net will come to is not known
        chosen = next(each for each in tried if each.accuracy >= best.accuracy - asked.margin)
        if chosen is tried[0]:
            return "nothing simpler tells more than the most frequent class"
        return _offer(asked, chosen, own, None)
    # an interval takes a millisecond, and its lower end is below the mean: nobody needs that of what is far below
    near = [each for each in tried if each.accuracy - own.accuracy > -asked.margin]
    over = {each.name: _over(each, own) for each in (near if best in near else [best])}
    fine = [each for each in near if over[each.name][0] >= 0 or over[each.name][1] > -asked.margin]
    if not fine:
        return f"{best.name}, the best of what is simpler, has {_in_points(over[best.name])} of the net"
    cheap = (
        min(fine, key=lambda each: each.seconds + asked.answers * each.answer) if asked.answers else fine[0]
    )
    offers = [_offer(asked, cheap, own, over[cheap.name], first=True)]
    if best.accuracy > cheap.accuracy + asked.margin:  # better still, for more
        offers.append(_offer(asked, best, own, over[best.name]))
    return offers


def _over(each: Measured, own: Measured) -> Points:
    points, _ = paired(each.right - own.right)
    assert points is not None
    return points


def _offer(
    asked: Asked, chosen: Measured, own: Measured, points: Points | None, *, first: bool = False
) -> Offer:
    net = f", the net {own.accuracy:.1%}" if points is not None else ""
    said = f"{chosen.accuracy:.1%} on your validation part{net}"
    whole = asked.plan + asked.answers * own.answer
    value = (chosen.seconds + asked.answers * chosen.answer) / whole
    return Offer(
        "T6",
        chosen.name,
        f"it has {said}; 1,000 answers take {chosen.answer / max(own.answer, 1e-12):.2g} times what the net's take",
        made=lambda run: chosen.simple,
        ratio=Ratio(value, (1 - CERTAIN) * value, (1 + CERTAIN) * value),
        known="measured",
        points=points,
        accuracy=f"{said}; what the net will come to is not known yet",
        first=first,
    )


def _net(trainer: Trainer) -> Measured:
    """The net as it is now."""
    begun = time.thread_time()
    found = right(trainer)
    took = (time.thread_time() - begun) / len(found)
    return Measured("the net", None, 0.0, took, found)  # type: ignore[arg-type]


@cache
def _fixed() -> dict[str, float]:
    """Seconds that a learner takes however few the rows; imports, and what else is first in a process, are done."""
    x, y = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32), np.arange(16) % 2
    found = {}
    for name, make in in_order(0):
        took = []
        for _ in range(0 if name in FORESTS else 3):
            begun = time.thread_time()
            make().fit(x, y).predict(x)
            took.append(time.thread_time() - begun)
        found[name] = min(took, default=0.0)
    return found


def _tried(run: Run, most: float) -> list[Measured]:
    """Each learner that there is time for, in order; on labels in force, without what was left out."""
    from threadpoolctl import threadpool_limits

    one = nullcontext() if allowed_threads() == 1 else threadpool_limits(1)
    trainer = run.trainer
    assert trainer.valid is not None
    fixed, mending, simple_ones = _fixed(), trainer.mending, in_order(trainer.seed)
    begun = time.thread_time()
    y = mending.y.numpy()
    on = np.flatnonzero((mending.weights > 0) & (y >= 0))
    x = features(trainer.train.x)[on]
    asked, told = (
        features(trainer.valid.x)[known(trainer.valid)],
        trainer.valid.y.numpy()[known(trainer.valid)],
    )
    making = time.thread_time() - begun  # what is made of the inputs is charged to each, and to each answer
    y = y[on]
    found: list[Measured] = []
    if min(np.bincount(y)[np.unique(y)]) < FEWEST or len(np.unique(y)) < 2:
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
            found.append(
                Measured(name, simple, fitted - start + making, each, (answers == told).astype(float))
            )
    return found


def _in_points(points: Points) -> str:
    value, low, high = (100 * each for each in points)
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"
