"""Proposing: which choice a search tries next, by chance, from a grid, or by one of Optuna's samplers."""

from __future__ import annotations

import copy
import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from ..course.candidate import Candidate, Rating
from .space import Axis, Options, Space, Values

NAMES = ("tpe", "random", "grid", "gp")
STARTUP = 10  # candidates drawn by chance before a sampler has anything to go by
LONG_AGO = datetime(2000, 1, 1)  # a study wants to know when a trial was; no sampler asks
AGAIN = 16  # draws after which a choice that was begun before is replaced by any that was not


class Proposer:
    """Asks one of the ways of choosing; what it says depends on the candidates and the seed alone.

    So a search that was taken up again goes on as it would have, and nothing of Optuna's is stored.
    """

    def __init__(self, space: Space, sampler: Any, seed: int, *, aims: int = 1):
        if isinstance(sampler, str) and sampler not in NAMES:
            names = ", ".join(f'"{name}"' for name in NAMES)
            raise ValueError(
                f"sampler={sampler!r}; give {names} or one of Optuna's, such as optuna.samplers.CmaEsSampler()"
            )
        if sampler not in ("random", "grid"):
            _optuna()  # not in the middle of a search
        self.space, self.sampler, self.seed, self.aims = space, sampler, seed, aims
        self._grid: list[Values] | None = None

    @property
    def name(self) -> str:
        return self.sampler if isinstance(self.sampler, str) else type(self.sampler).__name__

    def ask(
        self,
        n: int,
        space: Space,
        candidates: Sequence[Candidate],
        worth: Callable[[Rating], tuple[float, ...]],
    ) -> Values | None:
        """The choice of candidate n; None where all that the space holds were begun."""
        begun = {_key(c.values) for c in candidates}
        if self.sampler == "grid":
            return next((v for v in self._whole_grid(space) if _key(v) not in begun), None)
        rng = np.random.default_rng((self.seed, n))
        told = [c for c in candidates if c.looks]
        if self.sampler == "random" or (isinstance(self.sampler, str) and len(told) < STARTUP):

            def draw() -> Values:
                return space.draw(rng)

        else:
            draw = self._study(n, space, told, worth)
        for _ in range(AGAIN):
            values = draw()
            if _key(values) not in begun and space.holds(values):
                return values
        if not math.isfinite(space.size):
            return space.draw(rng)
        left = [v for v in _every(space) if _key(v) not in begun]
        return left[int(rng.integers(len(left)))] if left else None

    def _whole_grid(self, space: Space) -> list[Values]:
        if self._grid is None:
            self._grid = list(_every(space))
            np.random.default_rng(self.seed).shuffle(self._grid)  # type: ignore[arg-type]  # in order, its first corner would be all that is seen
        return [values for values in self._grid if space.holds(values)]

    def _study(
        self, n: int, space: Space, told: Sequence[Candidate], worth: Callable[[Rating], tuple[float, ...]]
    ) -> Callable[[], Values]:
        """One of Optuna's samplers before a study of what was seen: each candidate at its highest rung."""
        optuna = _optuna()
        free = [name for name, axis in space.axes.items() if not axis.fixed]
        asked = {name: self._distribution(name, space) for name in free}
        # old candidates may lie outside a narrowed range of numbers, but not of words: those Optuna refuses
        held = {name: self._distribution(name, space if _words(space[name]) else self.space) for name in free}
        study = optuna.create_study(sampler=self._sampler(n), directions=["maximize"] * self.aims)
        trials = []
        for candidate in told:
            look = candidate.look
            if look is not None and all(
                not _words(space[name]) or space[name].holds(candidate.values[name]) for name in free
            ):
                params = {name: self._inward(name, candidate.values[name]) for name in free}
                trials.append(_told(params, held, worth(look)))
        study.add_trials(trials)

        def draw() -> Values:
            trial = study.ask(asked)
            values = {name: self._outward(name, trial.params[name]) for name in free}
            return {
                name: values[name] if name in values else axis.levels()[0]
                for name, axis in space.axes.items()
            }

        return draw

    def _distribution(self, name: str, space: Space) -> Any:
        distributions, axis = _optuna().distributions, space[name]
        if isinstance(axis, Options):
            if _words(axis):
                return distributions.CategoricalDistribution(axis.values)
            places = [self._inward(name, value) for value in axis.values]
            return distributions.IntDistribution(min(places), max(places))
        kind = distributions.IntDistribution if axis.whole else distributions.FloatDistribution
        return kind(axis.low, axis.high, log=axis.log)

    def _inward(self, name: str, value: Any) -> Any:
        """A value as Optuna sees it: numbers of a list by their places in it, so that lists can be narrowed."""
        axis = self.space[name]
        return axis.values.index(value) if isinstance(axis, Options) and axis.ordered else value

    def _outward(self, name: str, value: Any) -> Any:
        axis = self.space[name]
        return axis.values[value] if isinstance(axis, Options) and axis.ordered else value

    def _sampler(self, n: int) -> Any:
        samplers = _optuna().samplers
        seed = int(np.random.SeedSequence((self.seed, n)).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ExperimentalWarning
            if self.sampler == "tpe":
                return samplers.TPESampler(seed=seed, n_startup_trials=0)
            if self.sampler == "gp":
                return samplers.GPSampler(seed=seed, n_startup_trials=0)
        return self.sampler


def _every(space: Space) -> Any:
    levels = [axis.levels() for axis in space.axes.values()]
    return (dict(zip(space.axes, values, strict=True)) for values in itertools.product(*levels))


def _key(values: Values) -> tuple[Any, ...]:
    return tuple(values.items())


def _words(axis: Axis) -> bool:
    return isinstance(axis, Options) and not axis.ordered


def _told(params: Values, held: dict[str, Any], values: Sequence[float]) -> Any:
    """A trial that is over. Nobody changes it, so a study need not copy what is in it, as it does with each that it is
    given: with forty candidates that took a third of choosing."""
    return _shallow()(
        number=-1,
        trial_id=-1,
        state=_optuna().trial.TrialState.COMPLETE,
        value=None,
        values=values,
        datetime_start=LONG_AGO,
        datetime_complete=LONG_AGO,
        params=params,
        distributions=held,
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


@cache
def _shallow() -> Any:
    """The kind of trial that `_told` gives; made once, as Optuna is imported late."""

    class Told(_optuna().trial.FrozenTrial):  # type: ignore[misc]
        def __deepcopy__(self, memo: dict[int, Any]) -> Any:
            return copy.copy(self)

    return Told


@cache
def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            'this way of choosing needs Optuna: pip install \'greenlatent[search]\'; sampler="random" and "grid" do not'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
