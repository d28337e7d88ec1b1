"""The benchmark: small nets and fits, timed once on a machine, and what that says of its speeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...energy.machine import machine
from ...energy.meter import Meter
from ..models import learners, words
from ..models.workload import FITS, NETS, Workload
from .speeds import Speeds, fitted, shipped, torch_version

SECONDS = 0.1  # of processor time that each net is timed for; all of it stays below 8
# Three nets of each family, so that operations, FLOPs and elements take turns in taking most of the time:
# size, shape of a row, batch.
TOYS: dict[str, tuple[tuple[str, Any, int], ...]] = {
    "mlp": (("16-16-16", 16, 16), ("256-256", 256, 128), ("64-32-96", 96, 64)),
    "cnn": (("8-8", (1, 8, 8), 16), ("24-32", (3, 16, 16), 64), ("16", (1, 28, 28), 64)),
    "gru": (("16", (3, 24), 16), ("96", (3, 32), 64), ("48", (6, 72), 128)),
    "lstm": (("16", (3, 24), 16), ("96", (3, 32), 64), ("32", (6, 48), 96)),
    "transformer": (("16", (3, 16), 16), ("64-64", (6, 24), 32), ("32", (3, 64), 32)),
}
WORDS_HELD = 20_000  # of the embedding that prices a parameter
# Two sizes of each fit: rows, features, classes, estimators.
FITTED: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "svm": ((300, 20, 4, 1), (1200, 40, 4, 1)),
    "tree": ((300, 20, 4, 1), (1200, 40, 4, 1)),
    "knn": ((300, 20, 4, 1), (2000, 40, 4, 1)),
    "forest": ((200, 10, 4, 10), (1200, 40, 4, 10)),
    "adaboost": ((200, 10, 4, 10), (1000, 40, 4, 10)),
    "bagging": ((200, 10, 4, 5), (1000, 40, 4, 5)),
    "linear": ((400, 20, 3, 1), (1500, 60, 5, 1)),
    "boosting": ((200, 10, 3, 5), (600, 30, 3, 5)),
}


def measure(*, meter: Meter | None = None, progress: Callable[[float], None] | None = None) -> Speeds:
    """The speeds of this machine, in at most 8 processor seconds, charged to `meter` as preparing.

    Nets run through the same trainer as real ones. The lower quartile of their timings counts: on a busy machine the
    median is off by a third.
    """
    works = [*_nets(), *_fits()]
    timed: dict[str, list[tuple[Workload, float]]] = {}
    with meter.doing("prepare") if meter is not None else nullcontext():
        for done, (workload, work) in enumerate(works):
            timed.setdefault(workload.name, []).append((workload, work()))
            if progress is not None:
                progress((done + 1) / len(works))
    return learned(timed)


def learned(timed: dict[str, list[tuple[Workload, float]]]) -> Speeds:
    """Speeds from timings by family; "embedding" is the net that prices a parameter."""
    before = shipped()
    costs: dict[str, tuple[float, float, float]] = {}
    for family in (*NETS, *FITS):
        counts = np.array([workload.counts[:3] for workload, _ in timed[family]])
        seconds = np.array([took for _, took in timed[family]])
        operation, flop, element = map(float, fitted(counts, seconds, np.array(before.costs[family])))
        costs[family] = operation, flop, element
    ((workload, took),) = timed["embedding"]
    others = sum(count * cost for count, cost in zip(workload.counts, costs["mlp"], strict=False))
    parameter = max(took - others, 0.0) / workload.parameters
    return Speeds(costs, parameter, machine(), torch_version(), True, clock())


def clock() -> float:
    """Processor seconds of a fixed piece of plain Python, the fastest of five."""
    found = []
    for _ in range(5):
        begun = time.process_time()
        sum(i * i for i in range(100_000))
        found.append(time.process_time() - begun)
    return min(found)


def _nets() -> Iterator[tuple[Workload, Callable[[], float]]]:
    import torch
    from torch import nn

    from ..models.counted import workload
    from ..models.nets import LATENT, net

    def named(
        model: nn.Module, name: str, x: torch.Tensor, batch: int
    ) -> tuple[Workload, Callable[[], float]]:
        counted = workload(model, example=x, batch=batch)
        return replace(counted, name=name), lambda: _steps(model, x, batch, LATENT)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for family, toys in TOYS.items():
            for size, shape, batch in toys:
                row = (shape,) if isinstance(shape, int) else shape
                x = torch.randn(4 * batch, *row)
                yield named(net(family, size, row, 4), family, x, batch)
        words_of = torch.randint(WORDS_HELD, (128, 8))
        model = nn.Sequential()
        model.add_module(LATENT, nn.Sequential(nn.Embedding(WORDS_HELD, 16), nn.Flatten()))
        model.add_module("head", nn.Linear(128, 4))
        yield named(model, "embedding", words_of, 32)


def _steps(model: Any, x: Any, batch: int, latent: str) -> float:
    """Processor seconds of a step, the lower quartile."""
    import torch

    from ...data.samples import Samples
    from ...training.trainer import Trainer

    data, threads = Samples(x, np.arange(len(x)) % 4), torch.get_num_threads()
    trainer = Trainer(model, data, latent=latent, batch_size=batch, threads=1)
    try:
        trainer.step(3)
        taken: list[float] = []
        while sum(taken) < SECONDS or len(taken) < 6:
            begun = time.thread_time()
            trainer.step()
            taken.append(time.thread_time() - begun)
    finally:
        trainer.close()
        torch.set_num_threads(threads)
    return float(np.quantile(taken, 0.25))


def _fits() -> Iterator[tuple[Workload, Callable[[], float]]]:
    rng = np.random.default_rng(0)

    def timed(family: str, rows: int, features: int, classes: int, estimators: int) -> float:
        y = np.arange(rows) % classes
        x = rng.normal(size=(classes, features))[y] * 0.5 + rng.normal(size=(rows, features))
        taken: list[float] = []
        while sum(taken) < SECONDS / 2 and len(taken) < 3:
            model = learners.estimator(family, estimators, seed=0)
            begun = time.process_time()
            model.fit(x, y)
            taken.append(time.process_time() - begun)
        return min(taken)

    for family, sizes in FITTED.items():
        for rows, features, classes, estimators in sizes:
            size = str(estimators) if estimators > 1 else None
            made = words.workload(family, size, rows=rows, shape=features, classes=classes, batch=1)
            yield (
                Workload(made.flops, operations=made.operations, name=family),
                partial(timed, family, rows, features, classes, estimators),
            )
