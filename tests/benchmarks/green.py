"""How little data is enough: `python -m tests.benchmarks.green [--quick | PATH]`, what `make green` runs.

The published questions on Spambase: six algorithms over tenths of the rows and of the features, 30 seeds (4 levels and
5 seeds with --quick), each cell in turns of 0.1 s. With a path it goes on where it was cut off. Then few clean labels
against many noisy ones, a net at equal steps.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

import greenlatent as gl
from greenlatent import study
from greenlatent.energy.sources import Model
from greenlatent.statistics.paired import Difference
from greenlatent.study import Findings, Shape
from tests.benchmarks import judge

LEVELS = (0.1, 0.4, 0.7, 1.0)


def meter() -> gl.Meter:
    """Processor seconds at a busy processor's watts, so that others who use the machine do not count: what idles, and
    what memory holds, is paid by the clock."""
    none = (0.0, 0.0, 0.0)
    return gl.Meter([Model(idle_watts=none, busy_watts=(3.5, 1.6, 6.0), memory_watts=none)])


def spam(path: str | Path, *, quick: bool) -> Findings:
    """The study, resumed from its record."""
    levels = {"rows": LEVELS, "features": LEVELS} if quick else {}
    seeds = range(5) if quick else range(30)
    cells = len(seeds) * 6 * (len(LEVELS) * 2 - 1 if quick else 19)
    minutes = cells * 0.3 / 60 + (0.2 if quick else 3)
    print(f"{cells} cells of about 0.3 s, then nets on noisy labels: {minutes:.0f} minutes.", flush=True)
    return study.data_centric(
        gl.datasets.spam(),
        study.six(),
        seeds=seeds,
        path=path,
        meter=meter(),
        **levels,  # type: ignore[arg-type]
    )


def mlp(first: int, second: int) -> Callable[[int, int], nn.Module]:
    """Makes a net of two hidden layers for so many features and classes."""

    def make(features: int, classes: int) -> nn.Module:
        layers = [nn.Linear(features, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(second, classes))

    return make


def labels(*, quick: bool) -> None:
    """Accuracy of a tenth, and of a quarter, of the rows with right labels less that of all with 30 % wrong."""
    print(
        "\nFew clean labels or many noisy ones? Points of test accuracy of the few over the many, at equal steps."
    )
    given: dict[str, Any] = {"seconds": 1e-3, "score": "accuracy", "meter": meter(), "progress": False}
    noisy = [Shape(wrong=0.3, noise=noise) for noise in ("symmetric", "pair", "blob")]
    few = [Shape(rows=0.1), Shape(rows=0.25)]
    nets = [
        study.Net(name, mlp(128, 32), "0", steps=640, options={"batch_size": 64, "lr": 1e-3, "loss": loss})
        for name, loss in (("cross-entropy", None), ("GCE", "gce"))
    ]
    found = study.data_centric(
        gl.datasets.digits(), nets, shapes=[*few, *noisy], seeds=range(400, 405 if quick else 430), **given
    )
    told(found, "digits", few, noisy)
    blob = found.against(noisy[2], few[0], name="cross-entropy").score
    scattered = found.against(noisy[0], few[0], name="cross-entropy").score
    judge("digits, 10 % clean over 30 % blobs, lower end: points", 100 * blob.low, 12, least=True)
    judge("digits, 10 % clean over 30 % symmetric, upper end: points", 100 * scattered.high, 0)
    if quick:
        return
    nets = [replace(net, model=mlp(256, 64), steps=1000) for net in nets]
    found = study.data_centric(
        gl.datasets.mnist5k(), nets, shapes=[*few, *noisy], seeds=range(400, 410), **given
    )
    told(found, "MNIST", few, noisy)


def told(found: Findings, data: str, few: list[Shape], noisy: list[Shape]) -> None:
    """A line for each net and share, by kind of mistake."""
    for name in found.algorithms:
        for shape in few:
            scores = [found.against(other, shape, name=name).score for other in noisy]
            kinds = (f"{n.noise} {score.points()}" for n, score in zip(noisy, scores, strict=True))
            print(f"  {data}, {name}, {shape}, {scores[0].n} seeds: {'; '.join(kinds)}", flush=True)


def red_ai() -> None:
    """By what power the joules of a net grow with rows at fixed epochs, and those of a step with its FLOPs."""
    data: Any = gl.datasets.digits()
    given: dict[str, Any] = {
        "seeds": range(400, 410),
        "score": "accuracy",
        "meter": meter(),
        "progress": False,
    }
    net = study.Net("MLP", mlp(128, 32), "0", epochs=40, options={"batch_size": 64, "lr": 1e-3})
    rows = study.data_centric(data, [net], rows=(0.2, 0.4, 0.6, 0.8, 1.0), features=(), **given)
    found = rows.exponent("MLP", "rows")
    print(f"\nJoules of a net at fixed epochs grow with rows to the power of {found}.")
    judge("power of the rows", found.value, 1.15)
    judge("power of the rows", found.value, 0.85, least=True)
    widths = (0.25, 0.5, 1, 2, 4)
    nets = [
        study.Net(f"x{w:g}", mlp(round(128 * w), round(32 * w)), "0", steps=100, options={"batch_size": 64})
        for w in widths
    ]
    sizes = study.data_centric(data, nets, shapes=[Shape()], **given)
    products = [64 * 128 * w + 128 * w * 32 * w + 32 * w * 10 for w in widths]  # of a sample, one way
    slopes = []
    for seed in given["seeds"]:
        joules = {c["algorithm"]: c["train_joules"] for c in sizes.cells if c["seed"] == seed}
        slopes.append(np.polyfit(np.log(products), np.log([joules[n.name] for n in nets]), 1)[0])
    power = Difference.of(slopes)
    print(
        f"Those of a step with its FLOPs: {power.value:.2f} [{power.low:.2f}, {power.high:.2f}], mostly dispatch."
    )
    judge("power of a sample's FLOPs, digits MLP", power.value, 0.5)


def own_work() -> None:
    """One seed of all cells, and the bench's own work in it; and how far two readings of one pair lie apart."""
    data, six = gl.datasets.spam(), study.six()
    given: dict[str, Any] = {"seeds": [400], "progress": False}
    study.data_centric(data, six, rows=(0.1,), features=(), **given, seconds=1e-3)  # brings imports
    with tempfile.TemporaryDirectory() as folder, meter() as counting:
        begun = time.process_time()
        study.data_centric(data, six, path=Path(folder) / "s.jsonl", meter=counting, **given)
        whole = time.process_time() - begun
    judge("one seed of 114 cells, processor seconds", whole, 25, unit=" s")
    own, polls = (100 * counting.processor_seconds_of(kind) / whole for kind in ("other", "meter"))
    judge("the bench's own work: splits, warm-up, scores, record, readings", own, 5, unit=" %")
    # the meter's thread takes at most 0.6 % of a core by the clock, however long others hold the processors
    print(f"      and the meter's thread {polls:.1f} %")
    for algorithm in [
        six[k] for k in (0, 1, 3, 5)
    ]:  # on the same rows each time: other splits are other work
        logs = []
        for _ in range(12):
            found = study.data_centric(
                data, [algorithm], shapes=[Shape(), Shape(rows=0.1)], meter=meter(), **given
            )
            logs.append(found.change(algorithm.name, rows=0.1).saving.value)
        judge(
            f"{algorithm.name}: sd of the log ratio of two levels, load {os.getloadavg()[0]:.0f}",
            float(np.std(logs, ddof=1)),
            0.08,
        )


def null(studies: int = 100) -> None:
    """One algorithm under two names, and one that takes half: how often is a saving claimed."""
    rng = np.random.default_rng(400)
    claimed = {1.0: 0, 0.5: 0}
    for ratio in claimed:
        for _ in range(studies):
            cells = [
                {
                    "algorithm": name,
                    **vars(Shape()),
                    "seed": s,
                    "tested": 1,
                    "score": 0.9,
                    "train_joules": joules,
                }
                for s in range(12)
                for name, joules in (
                    ("A", float(np.exp(rng.normal(0, 0.05)))),
                    ("B", float(ratio * np.exp(rng.normal(0, 0.05)))),
                )
            ]
            claimed[ratio] += Findings(cells).against("A", "B").saving.less
    judge("the same algorithm twice: a saving claimed, of 100", claimed[1.0], 5)
    judge("a planted half: found, of 100", claimed[0.5], 95, least=True)


def judged(found: Findings) -> None:
    """The study against what it is to show."""
    for name, low, high, worst, best in (
        ("Random Forest", 0.20, 0.30, -5, -2),
        ("SVM", 0.015, 0.04, -9, 0),
        ("Decision Tree", 0.04, 0.08, -8, -5),
    ):
        change = found.change(name, rows=0.1)
        value, lower, upper = change.ratio
        points = 100 * change.score.value
        print(f"  {change}")
        judge(f"{name}, a tenth of the rows: joules", value, high)
        judge(f"{name}, a tenth of the rows: joules", value, low, least=True)
        judge(f"{name}, a tenth of the rows: points", points, best)
        judge(f"{name}, a tenth of the rows: points", points, worst, least=True)
        limit = 10 if name != "Decision Tree" else 15
        judge(f"{name}: width of the interval", 100 * (upper - lower) / value, limit, unit=" %")
    few = found.change("KNN", features=0.1)
    print(f"  {few}")
    judge("KNN at 6 of 57 features: joules", few.ratio[0], 1.0, least=True)


def main() -> None:
    """What `make bench` measures of it: minutes, not the whole study."""
    print("\nThe study bench.")
    own_work()
    null()
    red_ai()


def whole(arguments: list[str]) -> None:
    quick = "--quick" in arguments
    paths = [each for each in arguments if not each.startswith("--")]
    with tempfile.TemporaryDirectory() as folder:
        found = spam(paths[0] if paths else Path(folder) / "green.jsonl", quick=quick)
    print(found)
    print(found.ranking(answers=0))
    print(found.ranking(answers=100_000))
    for name in found.algorithms:
        print(f"{name}: joules grow with rows to the power of {found.exponent(name, 'rows')}")
    if not quick:
        judged(found)
    labels(quick=quick)
    print("\nThe 3,600 published runs:")
    print(study.published())


if __name__ == "__main__":
    whole(sys.argv[1:])
