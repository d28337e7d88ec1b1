"""The published comparison: is the same accuracy cheaper with a person in the loop?

`python -m tests.benchmarks.study [cell ...]` runs the cells below, ten seeds each and twenty of the watch, and goes on
where it was cut off; `--quick` runs one cell with three seeds; `--tune` prints what rate and batch suit each arm
without a person, on seeds that the comparison never uses. Runs and tables go to tests/output/study.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.study import Arm, Data, Person, Results, Schedule, compare, run, with_person, without_person
from greenlatent.study.person.automatic import revise
from greenlatent.study.person.compare import Known
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
    plan: Schedule
    target: str  # the best arm without a person on the tuning seeds
    tuned: dict[str, Tuned]  # rate and batch size by arm
    person: dict[
        str, Any
    ]  # what the arms with a person share: loss, rate, batch size, groups, what follows them
    at: tuple[int, ...]  # when he sits down
    who: Person = field(default_factory=lambda: Person(how="review"))
    seeds: Sequence[int] = range(30, 40)
    goal: Goal = field(default_factory=Goal)
    only: tuple[str, ...] = ()  # arms without a person, where a few will do
    often: tuple[int, ...] = (60, 100, 140, 180, 240, 320)  # when what was dropped may be taken back

    def rivals(self) -> list[Arm]:
        """Every arm without a person at its tuned rate and batch, the control as it comes, and the same training as
        with the person, automatic part included, but for them."""
        arms = [Arm("control")]
        for arm in without_person(AUTOMATIC_AT, self.often):
            rate, size = self.tuned[arm.name]
            name = "tuned control" if arm.name == "control" else arm.name
            arms.append(arm.with_(name=name, rate=rate, batch_size=size))
        arms = [arm for arm in arms if not self.only or arm.name in self.only]
        return [*arms, Arm("the same, nobody there", **{**self.person, "groups": ()})]

    def arms(self) -> list[Arm]:
        """Those, and a person's."""
        return [*self.rivals(), *with_person(self.who, self.at, **self.person)]


AUTOMATIC_AT = (60, 120, 180)
HAND, STROKES = gl.datasets.digits, gl.datasets.mnist5k
SIGNALS = partial(gl.datasets.watch, statistics=True)
SMALL = Schedule(partial(mlp, 64), "0", 40_000, 256)
MIDDLE = Schedule(partial(mlp, 784), "0", 75_000, 1024)
LARGE = Schedule(cnn, "0", 40_000, 1024)
WORN = Schedule(partial(mlp, 48, 7, norm=True), "0", 32_000, 256)


def digits(noise: str | None) -> Data:
    """1,000 to train on, 350 to validate, 447 to test."""
    return Data(HAND, noise, valid=350, test=447, train=1000)


def mnist(noise: str) -> Data:
    """3,000 to train on, 800 to validate, 1,200 to test."""
    return Data(STROKES, noise, valid=800, test=1200, train=3000)


NAMES = [arm.name for arm in without_person()]


def tuned(**by_arm: Tuned) -> dict[str, Tuned]:
    """Rates and batch sizes in the order of `without_person`, as `--tune` found them."""
    return dict(zip(NAMES, by_arm.values(), strict=True))


TUNED_DIGITS = tuned(
    control=(1e-3, 64),
    smooth=(3e-3, 32),
    gce=(3e-3, 64),
    elr=(3e-3, 32),
    vote=(1e-3, 32),
    vote_gce=(3e-3, 64),
    drop=(3e-3, 128),
    relabel=(3e-3, 128),
    smooth_drop=(3e-3, 64),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(3e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 64),
    valid=(3e-3, 64),
    affirm=(1e-3, 32),
)
TUNED_MNIST = tuned(
    control=(1e-3, 128),
    smooth=(3e-3, 32),
    gce=(3e-3, 32),
    elr=(1e-3, 64),
    vote=(3e-3, 64),
    vote_gce=(3e-3, 32),
    drop=(3e-3, 64),
    relabel=(3e-3, 128),
    smooth_drop=(3e-3, 64),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(3e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 128),
    valid=(3e-3, 32),
    affirm=(1e-3, 64),
)
TUNED_WATCH = tuned(
    control=(1e-3, 32),
    smooth=(1e-3, 32),
    gce=(3e-3, 32),
    elr=(1e-3, 64),
    vote=(1e-3, 32),
    vote_gce=(1e-3, 32),
    drop=(1e-3, 32),
    relabel=(3e-3, 64),
    smooth_drop=(1e-3, 32),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(1e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 32),
    valid=(3e-3, 32),
    affirm=(1e-3, 32),
)
BEST = "label smoothing, drop and take back"
DROP = "label smoothing, automatic drop"
NOBODY = "the same, nobody there"
STEADY = {"loss": "smooth", "rate": 5e-3, "batch_size": 64, "act": revise}
FAST = {**STEADY, "rate": 8e-3}
ROBUST = {"loss": "gce", "rate": 3e-3, "batch_size": 32, "act": revise}
# The larger cells leave out what came last on the tuning seeds.
STRONG = ("tuned control", "GCE", "ELR", DROP, BEST)
WORN_STRONG = ("GCE", DROP, BEST, "GCE, drop and take back", "GCE, confident learning")
FEW = ("control", "tuned control", "label smoothing", "GCE", DROP, BEST)
TWICE = {**STEADY, "act_at": (60, 90, 120, 160, 200, 280)}
LATE = {**FAST, "act_at": (180, 240)}

CELLS: dict[str, Cell] = {
    "digits-blob": Cell(
        digits("blob"),
        SMALL,
        BEST,
        TUNED_DIGITS,
        {**STEADY, "act_at": (50, 80, 140, 200, 280)},
        (80, 140, 200),
        goal=Goal(0.40, 0.55, None, 8, 5),
    ),
    "mnist-blob": Cell(
        mnist("blob"),
        MIDDLE,
        BEST,
        TUNED_MNIST,
        TWICE,
        (120, 200),
        only=STRONG,
        goal=Goal(0.30, 0.50, 0.45, 6, 4),
    ),
    "mnist-annotator": Cell(
        mnist("annotator"),
        MIDDLE,
        BEST,
        {**TUNED_MNIST, "ELR": (1e-3, 32), BEST: (3e-3, 128)},
        {**STEADY, "act_at": (100, 160, 220, 300, 400), "groups": ("annotator",)},
        (60, 100, 160, 220),
        only=STRONG,
        goal=Goal(0.55, 0.95, None, 2, 1),
    ),
    "mnist-blob-cnn": Cell(
        mnist("blob"),
        LARGE,
        BEST,
        {**TUNED_MNIST, BEST: (5e-3, 64)},
        TWICE,
        (120, 200),
        only=("tuned control", "GCE", "ELR", DROP, BEST),
        goal=Goal(0.30, 0.50, 0.45, 6, 4),
    ),
    "watch": Cell(
        Data(SIGNALS, "recording", valid=2, test=2, by="subject"),
        WORN,
        NOBODY,
        TUNED_WATCH,
        {**ROBUST, "act_at": (100, 140, 220), "groups": ("recording",)},
        (60, 140),
        only=WORN_STRONG,
        seeds=range(80, 100),
        goal=Goal(1.0, None, None, 6, 3),
    ),
    "digits-annotator": Cell(
        digits("annotator"),
        SMALL,
        NOBODY,
        TUNED_DIGITS,
        {**FAST, "act_at": (60, 100, 140, 200, 280)},
        (140, 200),
        often=(60, 120, 180, 240, 320),
    ),
    "digits-symmetric": Cell(digits("symmetric"), SMALL, NOBODY, TUNED_DIGITS, LATE, (240,), only=FEW),
    "digits-clean": Cell(digits(None), SMALL, NOBODY, TUNED_DIGITS, LATE, (240,), only=FEW),
}


def meter() -> gl.Meter:
    """Counters where there are any; else processor seconds at a busy processor's watts, so that others who use the
    machine at the same time do not count."""
    best = gl.Meter()
    with best:
        sum(range(10**6))
    if any(badge != "model" for badge in best.total.badges):
        return best
    return gl.Meter([Model(idle_watts=(0.0, 0.0, 0.0), busy_watts=(3.5, 1.6, 6.0))])


def tune(cell: Cell, rates: Sequence[float] = RATES, sizes: Sequence[int] = SIZES) -> None:
    """Print, for each arm without a person, its best validation accuracy at each rate and batch, best first."""
    trials = {seed: cell.data(seed) for seed in TUNING}
    for arm in cell.rivals():
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


def expected_minutes(cell: Cell, seeds: Sequence[int], seconds: float, record: Known) -> float:
    """How long what is not on record takes, from one run of the tuned control and the kinds of work to measure."""
    arms = cell.arms()
    missing = sum(record.find(arm, seed) is None for arm in arms for seed in seeds)
    settings = {(str(arm.loss), arm.batch_size, bool(arm.at), bool(arm.feedback)) for arm in arms}
    kinds = 0 if record.costs else len(settings) + 12
    each = 0.0
    if missing:
        trial = cell.data(seeds[0])
        run(arms[1], trial, seeds[0], cell.plan)  # what torch loads late
        begin = time.perf_counter()
        run(arms[1], trial, seeds[0], cell.plan)
        each = time.perf_counter() - begin
    return (1.3 * each * missing + kinds * seconds * 1.1) / 60


def report(name: str, results: Results) -> str:
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
        f"Over the same training without them: {results.gain(person, 'the same, nobody there').points()}.",
        f"Starting up: {results.start:.1f} J. "
        + (
            f"A session pays after {results.pays_after(person):.0f} such trainings, or in one that costs"
            f" {results.pays_from(person) / 1000:.1f} kJ without a person."
            if results.saving(person).claimed
            else "A session never pays."
        ),
        "",
        "| arm | " + " | ".join(KINDS) + " |",
        "|---|" + "---|" * len(KINDS),
    ]
    for arm in results.arms:
        ledger = results.ledger(arm)
        cells = (f"{ledger[kind]:.3g}" if kind in ledger else "-" for kind in KINDS)
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    wrong = [results.runs[person, s].wrong for s in results.seeds]
    before, after = (np.mean([w[k] for w in wrong]) for k in (0, 1))
    asked = np.mean([results.runs[person, s].account.questions for s in results.seeds])
    lines += [
        "",
        f"Wrong labels in training: {before:.1%} before, {after:.1%} at the end, after {asked:.0f} questions.",
    ]
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
    parser.add_argument("cells", nargs="*", help=", ".join(CELLS))
    parser.add_argument("--quick", action="store_true", help="digits with blobs, three seeds")
    parser.add_argument("--tune", action="store_true", help="tune the arms without a person, on other seeds")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.cells if name not in CELLS]
    if unknown:
        parser.error(f"there is no cell {unknown[0]!r}; cells: {', '.join(CELLS)}")
    torch.set_num_threads(1)
    chosen = ["digits-blob"] if options.quick else options.cells or list(CELLS)
    if options.tune:
        for name in chosen:
            print(name)
            tune(CELLS[name])
        return
    OUTPUT.mkdir(parents=True, exist_ok=True)
    suffix = "-quick" if options.quick else ""
    plans: dict[str, tuple[Sequence[int], float]] = {}
    for name in chosen:
        seeds, seconds = (CELLS[name].seeds[:3], 5.0) if options.quick else (CELLS[name].seeds, 10.0)
        record = Known(OUTPUT / f"{name}{suffix}.jsonl", CELLS[name].data, CELLS[name].plan)
        plans[name] = seeds, expected_minutes(CELLS[name], seeds, seconds, record)
        print(f"{name}: {len(seeds)} seeds, about {plans[name][1]:.0f} min", flush=True)
    print(f"All in all about {sum(minutes for _, minutes in plans.values()):.0f} min.", flush=True)
    for name in chosen:
        cell, seeds = CELLS[name], plans[name][0]
        stem = name + suffix
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
        text = report(name, results)
        (OUTPUT / f"{stem}.md").write_text(text + "\n", encoding="utf-8")
        results.plot().savefig(OUTPUT / f"{stem}.png", dpi=110)
        print("\n" + text + "\n", flush=True)
        check(name, results, cell.goal)


if __name__ == "__main__":
    main()
