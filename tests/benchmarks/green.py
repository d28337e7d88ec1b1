"""How little data is enough: `python -m tests.benchmarks.green [--quick | PATH]`, what `make green` runs.

The published questions on Spambase: six algorithms over tenths of the rows and of the features, 30 seeds (4 levels and
5 seeds with --quick), each cell in turns of 0.1 s. With a path it goes on where it was cut off.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import greenlatent as gl
from greenlatent import study
from greenlatent.energy.sources import Model
from greenlatent.study import Findings, Shape
from tests.benchmarks import judge

LEVELS = (0.1, 0.4, 0.7, 1.0)


def meter() -> gl.Meter:
    """Processor seconds at a busy processor's watts, so that others who use the machine do not count."""
    return gl.Meter([Model(idle_watts=(0.0, 0.0, 0.0), busy_watts=(3.5, 1.6, 6.0))])


def spam(path: str | Path, *, quick: bool) -> Findings:
    """The study, resumed from its record."""
    levels = {"rows": LEVELS, "features": LEVELS} if quick else {}
    seeds = range(5) if quick else range(30)
    cells = len(seeds) * 6 * (len(LEVELS) * 2 - 1 if quick else 19)
    print(f"{cells} cells of about 0.3 s: {cells * 0.3 / 60:.0f} minutes.", flush=True)
    return study.data_centric(
        gl.datasets.spam(),
        study.six(),
        seeds=seeds,
        path=path,
        meter=meter(),
        **levels,  # type: ignore[arg-type]
    )


def own_work() -> None:
    """The bench's own work, of a study's processor seconds; and how far two readings of one cell lie apart."""
    counting = meter()
    begun, seconds = time.process_time(), 0.0
    with tempfile.TemporaryDirectory() as folder:
        found = study.data_centric(
            gl.datasets.spam(),
            study.six()[1:2],
            shapes=[Shape(), Shape(rows=0.1)],
            seeds=range(12),
            path=Path(folder) / "s.jsonl",
            meter=counting,
            progress=False,
        )
        whole = time.process_time() - begun
    seconds = counting.processor_seconds_of("Decision Tree")
    judge("the bench's own work", 100 * (whole - seconds) / whole, 5, unit=" %")
    logs = [
        math.log(a["train_joules"] / b["train_joules"])
        for a in found.cells
        for b in found.cells
        if a["seed"] == b["seed"] and a["rows"] == 1 and b["rows"] == 0.1
    ]
    judge("sd of the log ratio of two levels", float(np.std(logs, ddof=1)), 0.08)


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
    print("\nThe 3,600 published runs:")
    print(study.published())


if __name__ == "__main__":
    whole(sys.argv[1:])
