"""Searches: grid, random and Bayesian search over whole runs, in joules to within a point of the best of any."""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import nn

import greenlatent as gl

from ...statistics.paired import Saving
from ..record import Line, Log, words
from .nets import NETS

RATES = {"log": (1e-5, 1e-1, "log"), "uniform": (1e-5, 1e-1)}  # the bounds of the published comparison
SPACE = {"width": [16, 32, 64, 128], "depth": [1, 2, 3], "batch": [32, 64, 128]}
POINT = 0.01


@dataclass(frozen=True)
class Searched:
    """One search: of each round its choice, validation accuracy, and the joules of training and of choosing."""

    seed: int
    repeat: int
    sampler: str
    values: tuple[dict[str, Any], ...]
    accuracy: np.ndarray
    training: np.ndarray
    choosing: np.ndarray

    @property
    def best(self) -> float:
        return float(self.accuracy.max())

    def reached(self, target: float) -> tuple[float, float]:
        """Joules of training and of choosing until this accuracy; infinite where it was not reached."""
        there = np.flatnonzero(self.accuracy >= target)
        if not len(there):
            return math.inf, math.inf
        upto = slice(int(there[0]) + 1)
        return float(self.training[upto].sum()), float(self.choosing[upto].sum())


@dataclass(frozen=True)
class Searches:
    """What came of each sampler, by seed. `print` gives the table; `saving(a, b)` what may be claimed of two."""

    searched: tuple[Searched, ...]
    samplers: tuple[str, ...]
    rate: str

    def of(self, sampler: str) -> list[Searched]:
        """Its searches, in the order of seeds and repeats."""
        if sampler not in self.samplers:
            raise ValueError(f"{sampler!r} was not searched by; there are {', '.join(self.samplers)}")
        found = (one for one in self.searched if one.sampler == sampler)
        return sorted(found, key=lambda one: (one.seed, one.repeat))

    @property
    def targets(self) -> list[float]:
        """By seed and repeat: a point below the best of any sampler."""
        return [
            max(one.best for one in all_) - POINT for all_ in zip(*map(self.of, self.samplers), strict=True)
        ]

    def saving(self, mine: str, theirs: str) -> Saving:
        """Joules of one over those of another to the same accuracy, choosing included; one that never came there counts
        with its whole search, on either side."""

        def spent(sampler: str) -> tuple[list[float], list[float]]:
            whole = [float(one.training.sum() + one.choosing.sum()) for one in self.of(sampler)]
            reached = [
                sum(one.reached(target)) for one, target in zip(self.of(sampler), self.targets, strict=True)
            ]
            return reached, whole

        (a, floors), (b, whole) = spent(mine), spent(theirs)
        others = [joules if math.isfinite(joules) else all_ for joules, all_ in zip(b, whole, strict=True)]
        return Saving.of(a, floors, others)

    def ladder(self, name: str) -> dict[Any, float]:
        """By a value of `name`, such as "width": the least joules of one run that came to within a point of the best of
        its seed, the median over seeds; infinite where most seeds had none."""
        found: dict[Any, list[float]] = {}
        cells = list(zip(self.targets, zip(*map(self.of, self.samplers), strict=True), strict=True))
        runs = [
            [
                (one.values[k][name], one.accuracy[k], one.training[k])
                for one in all_
                for k in range(len(one.values))
            ]
            for _, all_ in cells
        ]
        for value in sorted({value for cell in runs for value, *_ in cell}):
            for (target, _), cell in zip(cells, runs, strict=True):
                there = [joules for v, accuracy, joules in cell if v == value and accuracy >= target]
                found.setdefault(value, []).append(min(there, default=math.inf))
        return {value: float(np.median(joules)) for value, joules in found.items()}

    @property
    def spread(self) -> float:
        """Worst over best joules of one run that came to within a point of the best, the median over seeds."""
        ratios = []
        for target, all_ in zip(self.targets, zip(*map(self.of, self.samplers), strict=True), strict=True):
            there = np.concatenate([one.training[one.accuracy >= target] for one in all_])
            ratios.append(there.max() / there.min())
        return float(np.median(ratios))

    def __str__(self) -> str:
        lines = [f"rate drawn on a {self.rate} scale; joules to within a point of the best of any"]
        for sampler in self.samplers:
            found = [one.reached(target) for one, target in zip(self.of(sampler), self.targets, strict=True)]
            there = [pair for pair in found if math.isfinite(pair[0])]
            train, choose = np.median(there, axis=0) if there else (math.nan, math.nan)
            lines.append(
                f"{sampler:8} reached {len(there)} of {len(found)}, {train:.3g} J + {choose:.2g} J of choosing"
            )
        for a, b in itertools.combinations(self.samplers, 2):
            saving = self.saving(b, a)
            dearer = saving.low > 1 and saving.p < 0.05
            said = (
                "claimed"
                if saving.claimed
                else "it takes more"
                if dearer
                else f"no saving shown (p {saving.p:.2f})"
            )
            lines.append(f"{b} over {a}: {saving}, {said}")
        return "\n".join([*lines, f"worst over best joules at equal accuracy: {self.spread:.1f}"])


def searches(
    data: gl.Samples,
    net: str | Callable[..., nn.Module] = "dense_linear",
    *,
    samplers: Sequence[str] = ("grid", "random", "gp"),
    rate: str = "log",
    rounds: int = 64,
    repeats: int = 1,
    seeds: int | Sequence[int] = 10,
    epochs: int = 8,
    path: str | PathLike[str] | None = None,
) -> Searches:
    """Search for the rate, width, depth and batch of a net by each sampler, all runs whole, in turns by seed; a third
    of the data is for validation, divided anew for each seed. With a `path` it goes on where it was cut off.

    `net(shape, classes, width, depth)` returns a module; "dense_poly", "dense_linear" and "simple_cnn" are there.

    >>> print(gl.study.searches(gl.datasets.digits(), "dense_poly", rate="uniform", path="searches.jsonl"))
    """
    if isinstance(net, str) and net not in NETS:
        raise ValueError(
            f"net={net!r}; give {', '.join(NETS)}, or a function of shape, classes, width and depth"
        )
    if rate not in RATES:
        raise ValueError(f"rate={rate!r}; give {' or '.join(map(repr, RATES))}")
    for name, value in (("rounds", rounds), ("repeats", repeats), ("epochs", epochs)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} counts from 1, got {value!r}")
    samplers = tuple(samplers)
    if not samplers or len(set(samplers)) < len(samplers):
        raise ValueError(f"samplers are named once each, got {samplers!r}")
    made = NETS[net] if isinstance(net, str) else net
    every = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    rows: list[Line] = []
    named = net if isinstance(net, str) else getattr(net, "__name__", type(net).__name__)
    about = f"{words(data)} {data.fingerprint} {named} {rate} {rounds} rounds {epochs} epochs"
    log = Log(path, about, rows.append)
    known = {(row["seed"], row["repeat"], row["sampler"]): row for row in rows}
    found = []
    for key in itertools.product(every, range(repeats), samplers):
        if key not in known:
            known[key] = _searched(data, made, *key, rate, rounds, epochs)
            log.add(known[key])
        row = known[key]
        arrays = (np.asarray(row[name]) for name in ("accuracy", "training", "choosing"))
        found.append(Searched(*key, tuple(row["values"]), *arrays))
    return Searches(tuple(found), samplers, rate)


def _searched(
    data: gl.Samples,
    net: Callable[..., nn.Module],
    seed: int,
    repeat: int,
    sampler: str,
    rate: str,
    rounds: int,
    epochs: int,
) -> Line:
    train, valid = data.split(1 / 3, seed=seed)
    chance = 1000 * seed + repeat
    make = partial(_make, net, tuple(train.shape), len(train.classes), chance)
    row: Line = {"seed": seed, "repeat": repeat, "sampler": sampler}
    choosing, chosen = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        space = {"rate": RATES[rate], **SPACE}
        with gl.Search(
            make,
            train,
            valid=valid,
            space=space,
            epochs=epochs,
            sampler=sampler,
            rungs=None,
            seed=chance,
            folder=folder,
        ) as search:
            for _ in range(rounds):
                search.start(candidates=1)
                search.wait()
                line = search.energy.get("choose")
                total = line.value if line is not None and line.known else 0.0
                choosing.append(max(0.0, total - chosen))
                chosen = max(chosen, total)
            runs = search.candidates[:rounds]
    if any(run.state == "done" and not run.looks for run in runs):
        raise ValueError(
            f"runs of {epochs} epochs of {len(train)} samples end within the steps that price them; give more"
        )
    return row | {
        "values": [dict(run.values) for run in runs],
        "accuracy": [float(np.nan_to_num(run.accuracy)) for run in runs],
        "training": [run.spent for run in runs],
        "choosing": choosing[: len(runs)],
    }


def _make(
    net: Callable[..., nn.Module],
    shape: tuple[int, ...],
    classes: int,
    seed: int,
    *,
    rate: float,
    width: int,
    depth: int,
    batch: int,
) -> dict[str, Any]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = net(shape, classes, width, depth)
    return {"model": model, "latent": "0", "lr": rate, "batch_size": batch}
