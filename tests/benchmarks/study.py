"""The published comparison: is the same accuracy cheaper with a person in the loop?

`python -m tests.benchmarks.study [cell ...]` runs the cells, over the seeds that were published first (ten each, twenty
of the watch) and twenty fresh ones that nobody had seen, pooled and apart, and goes on where it was cut off; `--quick`
runs one cell with three seeds, and a visit; `--tune` prints what rate and batch suit each arm without
a person, on seeds that the comparison never uses. Runs and tables go to tests/output/study.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.study import Results, Visit, compare, run
from greenlatent.study.person.compare import Known
from tests.benchmarks import judge
from tests.benchmarks.study_cells import CELLS, FRESH, Cell, Goal
from tests.benchmarks.visits import SEEDS

OUTPUT = Path(__file__).parents[1] / "output" / "study"
TUNING = range(100, 106)
RATES, SIZES = (1e-3, 3e-3), (32, 64, 128)


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
        seeds = CELLS[name].seeds[:3] if options.quick else [*CELLS[name].seeds, *FRESH]
        seconds = 5.0 if options.quick else 10.0
        record = Known(OUTPUT / f"{name}{suffix}.jsonl", CELLS[name].data, CELLS[name].plan)
        plans[name] = seeds, expected_minutes(CELLS[name], seeds, seconds, record)
        print(f"{name}: {len(seeds)} seeds, about {plans[name][1]:.0f} min", flush=True)
    print(f"All in all about {sum(minutes for _, minutes in plans.values()):.0f} min.", flush=True)
    for name in chosen:
        cell, seeds = CELLS[name], plans[name][0]
        stem = name + suffix
        path = OUTPUT / f"{stem}.jsonl"
        results = compared(cell, seeds, path, 5.0 if options.quick else 10.0)
        text = report(name, results)
        if not options.quick:
            text += "\n\n" + apart(cell, path)
        (OUTPUT / f"{stem}.md").write_text(text + "\n", encoding="utf-8")
        results.plot().savefig(OUTPUT / f"{stem}.png", dpi=110)
        print("\n" + text + "\n", flush=True)
        check(name, results, cell.goal)
    if options.quick:
        met = Visit(gl.datasets.digits(), "class").meet(seed=SEEDS[0])
        print(
            f"A net meets two classes of digits that were not there, and four crowds of them are named:\n{met}"
        )


def compared(cell: Cell, seeds: Sequence[int], path: Path, seconds: float) -> Results:
    """The cell over these seeds; what is on record is not run again."""
    return compare(
        cell.arms(),
        cell.data,
        seeds,
        cell.target,
        model=cell.plan.model,
        latent=cell.plan.latent,
        passes=cell.plan.passes,
        every=cell.plan.every,
        path=path,
        meter=meter(),
        seconds=seconds,
        progress=sys.stderr.isatty(),
    )


def apart(cell: Cell, path: Path) -> str:
    """What was published first and what fresh seeds came to, a line each: does it hold when somebody repeats it?"""
    lines = [
        "| labels only | joules to target | strict | test, points more at the end |",
        "|---|---|---|---|",
    ]
    parts = (("published first", cell.seeds), ("fresh", FRESH), ("pooled", [*cell.seeds, *FRESH]))
    for what, seeds in parts:
        found = compared(cell, seeds, path, 10.0)
        saving, strict = (str(each("labels only")) for each in (found.saving, found.strict))
        gain = found.gain("labels only", final=True).points()
        lines.append(f"| {what}, {len(seeds)} seeds | {saving} | {strict} | {gain} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
