"""Watch: whether what a deployed model is asked has drifted from what it was held to, and what may be done then."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from scipy.stats import binomtest
from torch import nn

from ..data.inputs import as_inputs
from ..data.samples import Samples
from ..energy.names import count, plain
from ..model.heads import reading
from ..model.network import as_evaluated
from ..model.ownership import in_use
from ..training.trainer import Trainer
from .copies import shared_rows

SLACK = 1.0  # deviations that a batch may be off without counting
ALARM = 8.0  # deviations, added up over batches, that are an alarm
AT_MOST = 5.0  # deviations that one batch counts: a single odd one is no drift
ROWS = 1024  # of one pass


@dataclass(frozen=True)
class Drift:
    """That batches differ from what was held out: since when, in what, and by how much."""

    step: int  # the batch at which it was called, from 1
    what: str  # "errors", "confidence", or an input
    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Remedy:
    """One thing to do about a drift, tried on new data: what it costs, and how often it is right on others."""

    what: str  # "leave it", "warm start", "new"
    accuracy: float
    low: float  # its interval
    high: float
    processor_seconds: float

    def __str__(self) -> str:
        spent = f"{plain(self.processor_seconds)} processor seconds" if self.processor_seconds else "nothing"
        return f"{self.what}: {self.accuracy:.1%} [{self.low:.1%}, {self.high:.1%}] for {spent}"


class Remedies(tuple[Remedy, ...]):
    """All of them, a line each."""

    def __str__(self) -> str:
        return "\n".join(map(str, self))


@dataclass
class _Course:
    """A sum of what batches were above, or below, their due; alarms when it has grown too far (CUSUM)."""

    mean: float
    deviation: float  # of one sample
    known: int  # samples that mean and deviation are from
    among: int = (
        0  # courses of its kind, of which the oddest is heard; 0 where the mean has room for doubt already
    )
    up: float = 0.0
    down: float = 0.0

    def add(self, mean: float, n: int, *, falls: bool = True) -> bool:
        """Whether this batch mean is the one too many."""
        error = self.deviation * math.sqrt(1 / n + 1 / self.known)
        if error == 0.0:
            off = 0.0 if mean == self.mean else math.copysign(AT_MOST, mean - self.mean)
        else:
            off = max(-AT_MOST, min(AT_MOST, (mean - self.mean) / error))
        slack, alarm = self._limits(n)
        self.up = max(0.0, self.up + off - slack)
        self.down = max(0.0, self.down - off - slack) if falls else 0.0
        if max(self.up, self.down) <= alarm:
            return False
        self.up = self.down = 0.0
        return True

    def _limits(self, n: int) -> tuple[float, float]:
        """What a batch may be off, and all of them together. The mean that is known is off by as much in every batch,
        and of many means the one that is off most is heard; and chance makes an alarm of one of many sooner."""
        if not self.among:
            return SLACK, ALARM
        off = math.sqrt(2 * math.log(2 * self.among)) / math.sqrt(self.known)
        return SLACK + off / math.sqrt(1 / n + 1 / self.known), ALARM + math.log(self.among) / SLACK


@dataclass
class _Held:
    """What a model says of held-out data, as courses to compare batches with."""

    errors: _Course
    confidence: _Course | None
    inputs: list[_Course] = field(default_factory=list)


class Watch:
    """Watches the answers of a model against held-out data: `see` each batch, with its labels or without.

    With labels it adds up errors above their rate; without, the confidence, and each input's mean. `trained_on` are
    the samples that the model was trained on: held-out data that share rows with them are refused, as a model is
    surer of what it has seen.

    >>> watch = gl.tactics.Watch(model, valid, trained_on=train)
    >>> drift = watch.see(x)
    """

    def __init__(self, model: nn.Module, held: Samples, trained_on: Samples | None = None):
        if not isinstance(model, nn.Module):
            raise TypeError(
                f"model takes a torch module, as a Lab's lab.trainer.model is, got {type(model).__name__}"
            )
        if not (trained_on is None or isinstance(trained_on, Samples)):
            raise TypeError(f"trained_on takes Samples, as gl.Samples(x, y), got {type(trained_on).__name__}")
        if not isinstance(held, Samples) or held.unlabelled or not len(held):
            raise TypeError(
                "held takes labelled Samples that the model was not trained on, such as a validation part"
            )
        if trained_on is not None and (shared := shared_rows(held, trained_on)):
            raise ValueError(
                f"{len(shared)} of the {len(held)} rows held out are among those that the model was trained on (row"
                f" {shared[0]} is the first): it is right more often there than anywhere else; hold other rows out"
            )
        self.model, self.held, self.step = model, held, 0
        self.drifts: list[Drift] = []
        self._read = None
        known = (~held.y.isnan() if held.regression else held.y >= 0).nonzero()[:, 0]
        if len(known) < 20:
            raise ValueError(f"held needs 20 labelled rows or more to know what is usual, got {len(known)}")
        x = held.view(torch.arange(len(held)))
        self._dtype = x.dtype
        output = self._output(x[:2])
        self._read = reading(output, held)
        wrong, sure = self._told(x, held.y)
        self._courses = _Held(_errors(wrong, held.regression), _spread(sure))
        flat = x.flatten(1).double()
        deviations = flat.std(0)
        # an input that hardly ever moves must not alarm at the first hair's breadth
        least = 0.05 * float(deviations.median())
        for column, deviation in zip(flat.mean(0).tolist(), deviations.tolist(), strict=True):
            self._courses.inputs.append(
                _Course(column, max(deviation, least), len(flat), among=len(deviations))
            )

    def see(self, x: Any, y: Any = None) -> Drift | None:
        """Look at a batch of inputs, and at their labels where they are known; a `Drift` when there is one too much.

        An input that is no number is one at once.
        """
        x = as_inputs(x)
        if x.shape == self.held.shape:
            raise ValueError("x takes a batch, and this is one row: see(x[None])")
        if x.shape[1:] != self.held.shape:
            raise ValueError(
                f"x takes batches of inputs of shape {tuple(self.held.shape)}, as those held out, got {tuple(x.shape)}"
            )
        x = x.to(self._dtype)
        if not len(x):
            raise ValueError("x is an empty batch; see() takes one row or more")
        self.step += 1
        labels = None if y is None else self._labels(y, len(x))
        if x.is_floating_point() and not (there := x.flatten(1).isfinite()).all():
            k = int((~there).any(0).nonzero()[0, 0])
            return self._drift(
                self._name(k, x), f"{self._name(k, x)} is no number in {int((~there[:, k]).sum())} rows"
            )
        wrong, sure = self._told(x, labels)
        drift = None
        if len(wrong):
            mean, course = float(wrong.mean()), self._courses.errors
            if course.add(mean, len(wrong), falls=False):
                usual = f"{course.mean:.3g}" if self.held.regression else f"{course.mean:.1%}"
                now = f"{mean:.3g}" if self.held.regression else f"{mean:.0%}"
                drift = self._drift(
                    "errors", f"errors are {now} of this batch, and were {usual} of what was held out"
                )
        if drift is None and self._courses.confidence is not None:
            mean, course = float(sure.mean()), self._courses.confidence
            if course.add(mean, len(sure)):
                drift = self._drift(
                    "confidence",
                    f"the model is {mean:.0%} sure of this batch, and was {course.mean:.0%} of what was held out",
                )
        for k, mean in enumerate(x.flatten(1).double().mean(0).tolist()):
            course = self._courses.inputs[k]
            if course.add(mean, len(x)) and drift is None:
                name = self._name(k, x)
                drift = self._drift(
                    name, f"{name} is {mean:.3g} on average in this batch, and was {course.mean:.3g}"
                )
        return drift

    def options(
        self,
        new: Samples,
        *,
        latent: str,
        steps: int = 500,
        seed: int = 0,
        fresh: nn.Module | None = None,
        **trainers: Any,
    ) -> Remedies:
        """Three things to do, side by side: leave it, train on from here, begin anew with `fresh` (by default a copy
        with weights drawn anew). Two thirds of `new` train, the rest judge; the model itself stays as it is."""
        if not isinstance(new, Samples):
            raise TypeError(f"new takes labelled Samples, as gl.Samples(x, y), got {type(new).__name__}")
        if new.regression or new.unlabelled:
            raise ValueError("options are compared by their accuracy; these data have no classes")
        if in_use(self.model):
            raise RuntimeError("a trainer has this model: close() it first, as copies of the model are tried")
        train, judged = new.split(1 / 3, seed=seed)
        asked = {"latent": latent, "seed": seed, "statistics": False, **trainers}
        found = list[Remedy]()
        for what, model, many in (
            ("leave it", _copied(self.model), 0),
            ("warm start", _copied(self.model), steps),
            ("new", _copied(self.model, seed) if fresh is None else fresh, steps),
        ):
            trainer = Trainer(model, train, valid=judged, **asked)
            try:
                begun = time.process_time()
                trainer.step(many)
                spent = time.process_time() - begun if many else 0.0
                right = trainer.evaluate()
            finally:
                trainer.close()
            share, n = right["accuracy"], int(right["n"])
            interval = binomtest(round(share * n), n).proportion_ci(method="wilson")
            found.append(Remedy(what, share, float(interval.low), float(interval.high), spent))
        return Remedies(found)

    def __repr__(self) -> str:
        held, seen = count(len(self.held), "row"), count(self.step, "batch")
        drifts = count(len(self.drifts), "drift")
        return f"Watch({type(self.model).__name__} against {held} held out, {seen} seen, {drifts})"

    def _name(self, k: int, x: torch.Tensor) -> str:
        return self.held.features[k] if self.held.features and x.ndim == 2 else f"input {k}"

    def _drift(self, what: str, why: str) -> Drift:
        drift = Drift(
            self.step, what, f"batch {self.step}: {why}; see watch.options(new) for what may be done"
        )
        self.drifts.append(drift)
        return drift

    def _labels(self, y: Any, n: int) -> torch.Tensor:
        held = self.held
        if held.regression:
            labels = torch.as_tensor(y, dtype=torch.float32)
        else:
            values = y.tolist() if hasattr(y, "tolist") else list(y) if isinstance(y, Iterable) else y
            if not isinstance(values, list) or any(isinstance(v, list) for v in values):
                raise ValueError(f"y takes one label a row of x, {n} of them, got shape {tuple(np.shape(y))}")
            labels = torch.tensor([-1 if v is None or v == -1 else held.class_index(v) for v in values])
        if labels.shape != (n,):
            raise ValueError(f"y takes one label a row of x, {n} of them, got shape {tuple(labels.shape)}")
        return labels

    def _output(self, x: torch.Tensor) -> torch.Tensor:
        device = next((p.device for p in self.model.parameters()), torch.device("cpu"))
        with as_evaluated(self.model):
            output = torch.cat([self.model(part.to(device)).detach().cpu() for part in x.split(ROWS)]).float()
        return output if self._read is None else self._read(output)

    def _told(self, x: torch.Tensor, y: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """What is wrong, of the rows with a label, and how sure it is of each."""
        output = self._output(x)
        if self.held.regression:
            guess = output.reshape(len(x), -1)[:, 0]
            known = torch.zeros(len(x), dtype=torch.bool) if y is None else ~y.isnan()
            wrong = guess[known][:0] if y is None else (guess[known] - y[known]).square()
            return wrong.double(), torch.empty(0, dtype=torch.float64)
        sure, guess = output[:, : len(self.held.classes)].softmax(1).max(1)
        known = torch.zeros(len(x), dtype=torch.bool) if y is None else y >= 0
        wrong = guess[known][:0] if y is None else guess[known] != y[known]
        return wrong.double(), sure.double()


def _errors(wrong: torch.Tensor, regression: bool) -> _Course:
    """The usual course of errors: of a rate, its upper end, as a few lucky answers must not make alarms."""
    n = len(wrong)
    if regression:
        return _Course(float(wrong.mean()), float(wrong.std()), n)
    rate = float(wrong.mean())
    rate = (rate * n + 1) / (n + 2) + math.sqrt(max(rate, 1 / n) * (1 - min(rate, 1 - 1 / n)) / n)
    rate = min(rate, 1.0)
    return _Course(rate, math.sqrt(rate * (1 - rate)), n)


def _spread(sure: torch.Tensor) -> _Course | None:
    return _Course(float(sure.mean()), float(sure.std()), len(sure), among=1) if len(sure) else None


def _copied(model: nn.Module, anew: int | None = None) -> nn.Module:
    """A copy, with the same weights or, by a seed, drawn anew."""
    twin = copy.deepcopy(model)
    if anew is not None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(anew)
            for module in twin.modules():
                if callable(begin := getattr(module, "reset_parameters", None)):
                    begin()
    return twin
