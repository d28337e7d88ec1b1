"""The published comparison: is the same accuracy cheaper with a person in the loop?

`python -m tests.benchmarks.study [cell ...]` runs the cells below, ten or twenty seeds each, and goes on where it was cut
off; `--quick` runs one cell with three seeds; `--tune` prints what rate and batch suit each arm without a person, on seeds
that the comparison never uses. Runs and tables go to tests/output/study.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.study import Arm, Data, Person, Plan, Results, compare, run, with_person, without_person
from tests.benchmarks import judge

OUTPUT = Path(__file__).parents[1] / "output" / "study"
TUNING = range(100, 106)
RATES, SIZES = (1e-3, 3e-3), (32, 64, 128)
Tuned = tuple[float, int]  # rate and batch size


def mlp(inputs: int, classes: int = 10, *, norm: bool = False) -> nn.Module:
    """Inputs to a 16-d latent, "0", to classes."""
    first = [nn.BatchNorm1d(inputs)] if norm else []
    encoder = nn.Sequential(nn.Flatten(), *first, nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, 16))
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(16, classes)))


def cnn() -> nn.Module:
    """28 x 28 pixels to a 32-d latent, "0", to ten classes."""
    encoder = nn.Sequential(
        *(nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 32)),
    )
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(32, 10)))


@dataclass(frozen=True)
class Goal:
    """What a cell is to reach with "labels only": ratios of joules and points of test accuracy, with their far ends."""

    ratio: float | None = None
    ratio_high: float | None = None
    strict: float | None = None
    points: float | None = None
    points_low: float | None = None


@dataclass(frozen=True)
class Cell:
    """One problem: data with their noise, a network, what was tuned on other seeds, and who sits where and when."""

    data: Data
    plan: Plan
    target: str  # the best arm without a person on the tuning seeds
    tuned: dict[str, Tuned]  # by arm, "" for all others
    person: dict[str, object]  # loss, rate, batch size, groups of the arms with a person
    at: tuple[int, ...] = (60, 120, 180)
    automatic_at: tuple[int, ...] = (60, 120, 180)
    seeds: Sequence[int] = range(20, 30)
    goal: Goal = Goal()

    def rivals(self) -> list[Arm]:
        """Every arm without a person, at its tuned rate and batch, and the control as it comes besides."""
        arms = []
        for arm in without_person(self.automatic_at):
            rate, size = self.tuned.get(arm.name, self.tuned[""])
            arms.append(arm.with_(rate=rate, batch_size=size))
            if arm.name == "control":
                arms[-1] = arms[-1].with_(name="tuned control")
        return [Arm("control"), *arms]

    def arms(self) -> list[Arm]:
        """Those, and a person's."""
        return [*self.rivals(), *with_person(Person(), self.at, **self.person)]


HAND, STROKES = gl.datasets.digits, gl.datasets.mnist5k
SIGNALS = partial(gl.datasets.watch, statistics=True)
SMALL = Plan(partial(mlp, 64), "0", 40_000, 256)
MIDDLE = Plan(partial(mlp, 784), "0", 75_000, 512)
LARGE = Plan(cnn, "0", 60_000, 512)
WORN = Plan(partial(mlp, 48, 7, norm=True), "0", 32_000, 256)


def digits(noise: str | None) -> Data:
    """1,000 to train on, 350 to validate, 447 to test."""
    return Data(HAND, noise, valid=350, test=447, train=1000)


def mnist(noise: str) -> Data:
    """3,000 to train on, 800 to validate, 1,200 to test."""
    return Data(STROKES, noise, valid=800, test=1200, train=3000)


CELLS: dict[str, Cell] = {}


def meter() -> gl.Meter:
    """Counters where there are any; else processor seconds at a busy processor's watts, so that others who use the
    machine at the same time do not count."""
    best = gl.Meter()
    if any(badge != "model" for badge in best.total.badges):
        return best
    return gl.Meter([Model(idle_watts=(0.0, 0.0, 0.0), busy_watts=(3.5, 1.6, 6.0))])


def tune(cell: Cell, rates: Sequence[float] = RATES, sizes: Sequence[int] = SIZES) -> None:
    """Print, for each arm without a person, its best validation accuracy at each rate and batch, best first."""
    trials = {seed: cell.data(seed) for seed in TUNING}
    for arm in cell.rivals()[1:]:
        found = []
        for rate in rates:
            for size in sizes:
                runs = [
                    run(arm.with_(rate=rate, batch_size=size, validates=True), trials[seed], seed, cell.plan)
                    for seed in TUNING
                ]
                best = np.mean([np.convolve(r.valid, np.ones(3) / 3, "valid").max() for r in runs])
                found.append((float(best), rate, size))
        print(arm.name, *(f"{rate:g}/{size} {best:.3f}" for best, rate, size in sorted(found, reverse=True)))


def expected_minutes(cell: Cell, seeds: Sequence[int], seconds: float) -> float:
    """How long a cell takes, from one run of its control and the number of kinds of work to measure."""
    arms = cell.arms()
    trial = cell.data(seeds[0])
    begin = time.perf_counter()
    run(arms[1], trial, seeds[0], cell.plan)
    each = time.perf_counter() - begin
    settings = {(str(arm.loss), arm.batch_size, bool(arm.at), bool(arm.feedback)) for arm in arms}
    return (1.3 * each * len(arms) * len(seeds) + (len(settings) + 12) * seconds * 1.1) / 60


def report(name: str, results: Results, goal: Goal) -> str:
    """The cell as a section of the results page."""
    person = "labels only"
    lines = [f"## {name}", "", results.table(), ""]
    lines += [results.verdict(arm) for arm in results.arms if results.human[arm]]
    both = results.gain("labels and feedback", person)
    random_clicks = results.gain(person, "random clicks")
    lines += [
        "",
        f"Labels and feedback over labels only: {both.points()} points early, "
        f"{results.gain('labels and feedback', person, final=True).points()} at the end. "
        f"Labels only over random clicks: {random_clicks.points()}. "
        f"Over the arm that trains on the validation set as well: "
        f"{results.gain(person, 'validation set as well').points()}.",
        f"Starting up: {results.start:.1f} J. A session pays after {results.pays_after(person):.0f} such trainings, or in "
        f"one that costs {results.pays_from(person) / 1000:.1f} kJ without a person.",
        "",
        "| arm | " + " | ".join(KINDS) + " |",
        "|---|" + "---|" * len(KINDS),
    ]
    for arm in results.arms:
        ledger = results.ledger(arm)
        cells = (f"{ledger[kind]:.3g}" if kind in ledger else "-" for kind in KINDS)
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    wrong = {arm: [results.runs[arm, s].wrong for s in results.seeds] for arm in results.arms}
    before, after = (np.mean([w[k] for w in wrong[person]]) for k in (0, 1))
    lines += ["", f"Wrong labels: {before:.1%} before, {after:.1%} after labels only."]
    return "\n".join(lines)


KINDS = ("train", "feedback", "suggest", "view", "prepare", "evaluate", "waiting", "screen")


def check(name: str, results: Results, goal: Goal) -> None:
    """Print each figure beside what it is to reach."""
    saving, strict = results.saving("labels only"), results.strict("labels only")
    gain = results.gain("labels only", final=True)
    for what, value, limit, least in (
        ("joules to the best arm's best", saving.value, goal.ratio, False),
        ("its upper end", saving.high, goal.ratio_high, False),
        ("joules, strict", strict.value, goal.strict, False),
        ("points more at the end", 100 * gain.value, goal.points, True),
        ("their lower end", 100 * gain.low, goal.points_low, True),
    ):
        if limit is not None:
            judge(f"{name}: {what}", value, limit, least=least)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cells", nargs="*", choices=[[], *CELLS], default=[])
    parser.add_argument("--quick", action="store_true", help="digits with blobs, three seeds")
    parser.add_argument("--tune", action="store_true", help="tune the arms without a person, on other seeds")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    chosen = ["digits-blob"] if options.quick else options.cells or list(CELLS)
    if options.tune:
        for name in chosen:
            print(name)
            tune(CELLS[name])
        return
    OUTPUT.mkdir(parents=True, exist_ok=True)
    plans: dict[str, tuple[Sequence[int], float]] = {}
    for name in chosen:
        seeds, seconds = (CELLS[name].seeds[:3], 5.0) if options.quick else (CELLS[name].seeds, 10.0)
        plans[name] = seeds, expected_minutes(CELLS[name], seeds, seconds)
        print(f"{name}: {len(seeds)} seeds, about {plans[name][1]:.0f} min", flush=True)
    print(f"All in all about {sum(minutes for _, minutes in plans.values()):.0f} min.", flush=True)
    for name in chosen:
        cell, seeds = CELLS[name], plans[name][0]
        stem = f"{name}-quick" if options.quick else name
        results = compare(
            cell.arms(),
            cell.data,
            seeds,
            cell.target,
            model=cell.plan.model,
            latent=cell.plan.latent,
            passes=cell.plan.passes,
            every=cell.plan.every,
            path=OUTPUT / f"{stem}.jsonl",
            meter=meter(),
            seconds=5.0 if options.quick else 10.0,
            progress=sys.stderr.isatty(),
        )
        text = report(name, results, cell.goal)
        (OUTPUT / f"{stem}.md").write_text(text + "\n", encoding="utf-8")
        results.plot().savefig(OUTPUT / f"{stem}.png", dpi=110)
        print("\n" + text + "\n", flush=True)
        check(name, results, cell.goal)


if __name__ == "__main__":
    main()
