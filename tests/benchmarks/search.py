"""What a search saves, and what it costs: `python -m tests.benchmarks.search [part ...]`.

The parts: tables, null, front, stopping (on recorded curves, exact), live, own, page, kills (measured here).
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch
from sklearn.datasets import load_digits, make_classification
from torch import nn

import greenlatent as gl
from greenlatent.search import Search, Simulation, simulate
from greenlatent.search.choices.space import Space
from greenlatent.search.course.rungs import undominated
from greenlatent.search.simulation import Curves
from greenlatent.search.workers.slice import own as own_seconds
from tests.benchmarks import judge
from tests.benchmarks.page_of_search import page
from tests.search.kills import kill_one

CELLS = ("digits", "noisy", "watch", "mnist5k")
SEEDS = range(400, 424)
BUDGET = 20
WATTS = 3.5


def table(cell: str) -> Curves:
    return Curves.load(Path(__file__).parent / "curves" / f"curves-{cell}-0.npz")


def geometric(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def stock(curves: Curves, budget: float, seed: int) -> Simulation:
    """TPE with Optuna's own SuccessiveHalvingPruner by epochs, as its manual shows it, which stops and never pauses."""
    most, joules, best, test, course = budget * curves.whole_run, 0.0, -1.0, math.nan, []
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(),
    )
    names = {name: list(dict.fromkeys(sorted(values.tolist()))) for name, values in curves.axes.items()}
    epoch = curves.plan / 30
    while joules < most:
        trial = study.ask()
        values = tuple(v[trial.suggest_int(name, 0, len(v) - 1)] for name, v in names.items())
        row, seen, before, told = curves.rows[values], -1.0, 0, 0
        pruned = False
        for k in range(curves.count[row]):
            passes = int(curves.passes[row, k])
            joules += (passes - before) * curves.price[row] + curves.look[row]
            if joules > most:
                break
            before, seen = passes, max(seen, float(curves.valid[row, k]))
            if seen > best:
                best, test = seen, float(curves.test[row, k])
                course.append((joules, best))
            if int(passes / epoch) > told:
                told = int(passes / epoch)
                trial.report(seen, told)
                if trial.should_prune():
                    pruned = True
                    break
        state = optuna.trial.TrialState.PRUNED if pruned else optuna.trial.TrialState.COMPLETE
        study.tell(trial, None if pruned else seen, state=state)
    return Simulation(joules, best, test, [], [], course)


Arm = Callable[[Curves, int], Simulation]
ARMS: dict[str, Arm] = {
    "random": lambda c, seed: simulate(c, sampler="random", rungs=None, budget=BUDGET, seed=seed),
    "TPE, whole runs": lambda c, seed: simulate(c, rungs=None, budget=BUDGET, seed=seed),
    "TPE, stock halving": lambda c, seed: stock(c, BUDGET, seed),
    "rungs by passes": lambda c, seed: simulate(c, rungs="passes", budget=BUDGET, seed=seed),
    "rungs by joules": lambda c, seed: simulate(c, rungs="joules", budget=BUDGET, seed=seed),
    "begun again": lambda c, seed: simulate(c, pause=False, budget=BUDGET, seed=seed),
    "the mean": lambda c, seed: simulate(c, budget=BUDGET, seed=seed),
}


def spent_to(found: list[Simulation], target: float, whole: float) -> np.ndarray:
    """Joules to a target; who never reached it is charged its budget."""
    return np.array([min(run.to_target(target), whole) for run in found])


def upper(ratios: dict[str, tuple[np.ndarray, np.ndarray]]) -> float:
    """The upper end of a 95 % interval of the geometric mean: seeds are drawn anew within each cell."""
    rng, drawn = np.random.default_rng(0), []
    for _ in range(2000):
        cells = []
        for ours, theirs in ratios.values():
            picked = rng.integers(0, len(ours), len(ours))
            cells.append(ours[picked].mean() / theirs[picked].mean())
        drawn.append(geometric(cells))
    return float(np.quantile(drawn, 0.975))


def tables(seeds: range = SEEDS) -> None:
    """Joules to random search's median best, each arm over the same seeds."""
    print(
        f"\nSearches over recorded curves: joules to random search's median best, {len(seeds)} seeds from {seeds[0]}."
    )
    spent: dict[str, dict[str, np.ndarray]] = {name: {} for name in ARMS}
    tests: dict[str, dict[str, float]] = {name: {} for name in ARMS}
    for cell in CELLS:
        curves = table(cell)
        whole, target = BUDGET * curves.whole_run, math.nan
        for name, arm in ARMS.items():
            found = [arm(curves, seed) for seed in seeds]
            if name == "random":
                target = float(np.median([run.best for run in found]))
            spent[name][cell] = spent_to(found, target, whole)
            tests[name][cell] = float(np.mean([run.test for run in found]))
        row = "  ".join(
            f"{name} {spent[name][cell].mean() / spent['random'][cell].mean():.2f} ({tests[name][cell]:.3f})"
            for name in ARMS
        )
        print(f"  {cell}: {row}", flush=True)
    mean = {
        name: {cell: spent[name][cell].mean() / spent["random"][cell].mean() for cell in CELLS}
        for name in ARMS
    }
    ours = mean["the mean"]
    judge("joules to random's best, geometric mean of four", geometric(list(ours.values())), 0.45)
    both = {cell: (spent["the mean"][cell], spent["random"][cell]) for cell in CELLS}
    judge("its upper end", upper(both), 0.75)
    judge("the worst cell", max(ours.values()), 0.80)
    for name, limit in (("TPE, stock halving", 0.60), ("rungs by passes", 0.75)):
        judge(f"against {name}", geometric([ours[c] / mean[name][c] for c in CELLS]), limit)
    lost = max(tests["random"][c] - tests["the mean"][c] for c in CELLS)
    judge("test accuracy lost in the worst cell", 100 * lost, 0.5, unit=" points")
    again = geometric([mean["begun again"][c] / ours[c] for c in CELLS])
    judge("beginning again instead of going on", again, 1.4, least=True)


def budgets() -> None:
    """Printed as they are: other budgets."""
    for budget in (8, 40):
        for cell in CELLS:
            curves = table(cell)
            runs = [
                [simulate(curves, sampler=s, rungs=r, budget=budget, seed=seed) for seed in SEEDS[:8]]
                for s, r in (("random", None), ("tpe", "mean"))
            ]
            target = float(np.median([run.best for run in runs[0]]))
            a, b = (spent_to(each, target, budget * curves.whole_run).mean() for each in runs)
            print(f"  budget of {budget} runs, {cell}: {b / a:.2f} of random's joules", flush=True)


def null() -> None:
    """Where every choice costs the same, weighing joules can save nothing, and does not."""
    print("\nEqual costs:")
    curves = table("digits")
    same = Curves(
        curves.axes,
        curves.passes,
        curves.valid,
        curves.loss,
        curves.test,
        np.full_like(curves.price, np.median(curves.price)),
        np.full_like(curves.look, np.median(curves.look)),
        curves.count,
        curves.rows,
    )
    differ = 0
    for seed in SEEDS[:4]:
        runs = [
            simulate(same, rungs=rule, budget=6, seed=seed).course for rule in ("passes", "joules", "mean")
        ]
        differ += len({tuple(run) for run in runs}) - 1
    judge("seeds at which the three rules differ: nothing was saved", differ, 0)


def area(measures: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """The share of the box between two corners that is dominated, by accuracy and the logarithm of latency."""
    points = (measures - low) / (high - low)
    points = points[(points > 0).all(1)]
    if not len(points):
        return 0.0
    points = points[undominated(points)]
    points = points[np.argsort(-points[:, 0])]
    found, floor = 0.0, 0.0
    for x, y in points:
        found += x * max(0.0, y - floor)
        floor = max(floor, y)
    return found


def front() -> None:
    """Accuracy against latency: how much of the whole table's front is found within the budget."""
    print(
        "\nAccuracy and latency: the share of the whole table's front, 8 seeds; beside it TPE over whole runs."
    )
    gains = []
    for cell in ("digits", "watch", "mnist5k"):
        curves = table(cell)
        shown = np.arange(curves.passes.shape[1])[None] < curves.count[:, None]
        best = np.where(shown, curves.valid, -1).max(1)
        whole = np.stack([best, -np.log(curves.look / WATTS)], 1)
        low = np.array([np.median(best), whole[:, 1].min() - 1e-9])
        high = whole.max(0)
        all_of_it = area(whole, low, high)
        found: dict[str, list[float]] = {}
        for name, rungs in (("ours", "mean"), ("whole runs", None)):
            for seed in SEEDS[:8]:
                run = simulate(curves, rungs=rungs, budget=BUDGET, seed=seed, want=("accuracy", "latency"))
                points = np.array([[x.accuracy, -math.log(x.latency)] for x in run.front])
                found.setdefault(name, []).append(area(points, low, high) / all_of_it)
        ours, whole_runs = (float(np.mean(found[name])) for name in ("ours", "whole runs"))
        judge(f"{cell}: of the front's area", ours, 0.80, least=True)
        gains.append(ours - whole_runs)
        print(f"      whole runs {whole_runs:.2f}", flush=True)
    judge("more than whole runs, mean of three cells", float(np.mean(gains)), 0.08, least=True)


def stopping() -> None:
    """A half point may cost six median runs: how much of a budget of 20 is spent, and what is missed by it."""
    print("\nThe price of a point: six median runs a half point.")
    shares, regrets = [], []
    for cell in CELLS:
        curves = table(cell)
        for seed in SEEDS[:12]:
            whole = simulate(curves, budget=BUDGET, seed=seed)
            ended = simulate(curves, budget=BUDGET, seed=seed, point=12)
            shares.append(ended.joules / whole.joules)
            regrets.append(100 * (whole.best - ended.best))
    judge("of the budget", float(np.mean(shares)), 0.65)
    judge("regret", float(np.mean(regrets)), 0.8, unit=" points")


# -- measured here -----------------------------------------------------------------------------------------------

SPACE = {
    "rate": (1e-4, 1e-1, "log"),
    "width": [8, 16, 32, 64, 128, 256, 512],
    "batch": [16, 32, 64, 128, 256],
}
EPOCHS = 20
LIVE = range(400, 408)
SPLIT = 0  # of all seeds: where each divides its data anew, half of them can reach no median of the others


def parts(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[gl.Samples, gl.Samples]:
    order = np.random.default_rng(seed).permutation(len(x))
    cut = int(0.75 * len(x))
    return tuple(gl.Samples(x[i].astype("float32"), y[i]) for i in (order[:cut], order[cut:]))  # type: ignore[return-value]


def live_data(name: str, seed: int) -> tuple[gl.Samples, gl.Samples]:
    if name == "digits":
        x, y = load_digits(return_X_y=True)
        return parts(x / 16, y, seed)
    x, y = make_classification(
        1600, 40, n_informative=20, n_classes=6, n_clusters_per_class=2, class_sep=1.2, random_state=seed
    )
    return parts(x, y, seed)


def maker(features: int, classes: int) -> Callable[..., dict[str, Any]]:
    def make(rate: float, width: int, batch: int) -> dict[str, Any]:
        encoder = nn.Sequential(nn.Linear(features, width), nn.ReLU())
        return {
            "model": nn.Sequential(encoder, nn.Linear(width, classes)),
            "latent": "0",
            "batch_size": batch,
            "optimizer": lambda p: torch.optim.Adam(p, lr=rate),
        }

    return make


def searched(
    make: Any, train: gl.Samples, valid: gl.Samples, seconds: float, **options: Any
) -> list[tuple[float, float]]:
    """Processor seconds of the process, and the best so far, at every look of a search."""
    course: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        search = Search(
            make, train, valid=valid, space=SPACE, epochs=EPOCHS, folder=Path(folder) / "s", **options
        )
        begun, best = time.process_time(), -1.0

        def heard(event: dict[str, Any]) -> None:
            nonlocal best
            spent = time.process_time() - begun
            if event["do"] == "slice" and event["looks"]:
                each = own_seconds(event["seconds"]) / event["joules"]
                for look, _ in event["looks"]:  # a slice of several tells of all of them at its end
                    since = (search.candidates[event["n"]].spent - look["joules"]) * each
                    best = max(best, look["accuracy"])
                    if spent - since <= seconds:
                        course.append((spent - since, best))
            if spent > seconds:
                search.pause()

        search.record.listen(heard)
        search.start()
        search.wait()
        search.close()
    return course


def stock_live(
    make: Any, train: gl.Samples, valid: gl.Samples, seconds: float, seed: int
) -> list[tuple[float, float]]:
    """TPE with Optuna's SuccessiveHalvingPruner by epochs, over the same space."""
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(),
    )
    course: list[tuple[float, float]] = []
    begun, best = time.process_time(), -1.0
    while time.process_time() - begun < seconds:
        trial = study.ask()
        values = {
            "rate": trial.suggest_float("rate", 1e-4, 1e-1, log=True),
            **{n: SPACE[n][trial.suggest_int(n, 0, len(SPACE[n]) - 1)] for n in ("width", "batch")},
        }
        torch.manual_seed(seed)
        made = make(**values)
        trainer = gl.Trainer(made.pop("model"), train, valid=valid, seed=seed, statistics=False, **made)
        seen, pruned = -1.0, False
        for epoch in range(1, EPOCHS + 1):
            trainer.step(epochs=1)
            seen = max(seen, trainer.evaluate()["accuracy"])
            spent = time.process_time() - begun
            if spent > seconds:
                break
            best = max(best, seen)
            course.append((spent, best))
            trial.report(seen, epoch)
            if trial.should_prune():
                pruned = True
                break
        trainer.close()
        state = optuna.trial.TrialState.PRUNED if pruned else optuna.trial.TrialState.COMPLETE
        study.tell(trial, None if pruned else seen, state=state)
    return course


def whole_run(make: Any, train: gl.Samples, valid: gl.Samples, seed: int) -> float:
    """Processor seconds of a whole run of the median choice, from eight drawn by chance."""
    taken, rng = [], np.random.default_rng(seed)
    space = Space(SPACE)
    for _ in range(9):
        made = make(**space.draw(rng))
        trainer = gl.Trainer(made.pop("model"), train, valid=valid, statistics=False, **made)
        begun = time.process_time()
        trainer.step(epochs=2)
        taken.append((time.process_time() - begun) * EPOCHS / 2)
        trainer.close()
    return float(np.median(taken[1:]))


def live(seeds: range = LIVE) -> None:
    """Everything charged, as processor seconds of the whole process, sampler included."""
    print(
        f"\nLive searches: processor seconds to random search's median best, {len(seeds)} seeds from {seeds[0]}."
    )
    ratios: dict[str, list[float]] = {"random": [], "stock": []}
    for name in ("digits", "made"):
        found: dict[str, list[list[tuple[float, float]]]] = {"random": [], "stock": [], "ours": []}
        train, valid = live_data(name, SPLIT)
        make = maker(train.x.shape[1], len(train.classes))
        most = 20 * whole_run(make, train, valid, seeds[0])
        for seed in seeds:
            found["random"].append(
                searched(make, train, valid, most, sampler="random", rungs=None, seed=seed)
            )
            found["stock"].append(stock_live(make, train, valid, most, seed))
            found["ours"].append(searched(make, train, valid, most, seed=seed))
        best = {arm: [run[-1][1] if run else 0.0 for run in runs] for arm, runs in found.items()}
        target = float(np.median(best["random"]))
        to = {
            arm: np.array([next((at for at, value in run if value >= target), most) for run in runs])
            for arm, runs in found.items()
        }
        told = ", ".join(
            f"{arm} {to[arm].mean() / to['random'].mean():.2f} ({np.mean(best[arm]):.3f})" for arm in to
        )
        print(f"  {name}, budget {most:.1f} s: {told}", flush=True)
        judge(
            f"{name}: best validation less than random's",
            100 * (np.mean(best["random"]) - np.mean(best["ours"])),
            0.0,
        )
        for arm in ratios:
            ratios[arm].append(float(to["ours"].mean() / to[arm].mean()))
    judge("against random, both", geometric(ratios["random"]), 0.50)
    judge("against stock halving, both", geometric(ratios["stock"]), 0.70)


def own() -> None:
    """What a search takes beside training, where its slices take half a second; and its driver, a decision."""
    print("\nIts own cost:")
    train, valid = live_data("digits", 0)
    wide = {**SPACE, "width": [512, 1024], "batch": [16, 32]}
    make = maker(64, 10)
    with tempfile.TemporaryDirectory() as folder:
        search = Search(
            make, train, valid=valid, space=wide, epochs=60, folder=Path(folder) / "s", sampler="random"
        )
        search.start(candidates=1)  # the first brings imports
        search.wait()
        before = {kind: 0.0 for kind in ("train", "evaluate", "make", "save")}
        slices: list[dict[str, float]] = []
        search.record.listen(
            lambda event: slices.append(event["seconds"]) if event["do"] == "slice" else None
        )
        begun, thread = search.choosing_seconds, search.thread_seconds
        search.start(candidates=8)
        search.wait()
        thread = search.thread_seconds - thread
        for each in slices:
            for kind in before:
                before[kind] += each[kind]
        chosen = search.choosing_seconds - begun
        search.close()
    median = float(np.median([sum(each.values()) for each in slices]))
    beside = before["make"] + before["save"] + chosen
    print(f"  {len(slices)} slices, median {median:.2f} s")
    judge("make, save and choose, of training", 100 * beside / before["train"], 5, unit=" %")
    driver = thread - sum(before.values()) - chosen
    judge("the driver, a decision", 1000 * driver / len(slices), 1, unit=" ms")


def workers() -> None:
    """Two workers on two free cores against one: slices in the same time, and how far a budget is overshot."""
    print("\nWorkers:")
    train, valid = live_data("digits", 0)
    wide = {**SPACE, "width": [512, 1024], "batch": [16, 32]}
    rate = {}
    for n in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            where = Path(folder) / "s"
            options = {"space": wide, "epochs": 60, "folder": where, "sampler": "random", "workers": n}
            with Search(maker(64, 10), train, valid=valid, **options) as search:  # type: ignore[arg-type]
                search.start(candidates=1)  # workers start, and what they import is imported
                search.wait()
                slices: list[str] = []
                search.record.listen(lambda event, slices=slices: slices.append(event["do"]))
                begun = time.perf_counter()
                search.start(candidates=16)
                search.wait()
                rate[n] = slices.count("slice") / (time.perf_counter() - begun)
                search.budget = gl.Budget(joules=search.spent + 60)
                search.start()
                search.wait()
                over = 100 * (search.spent / search.budget.joules - 1)  # type: ignore[operator]
                judge(f"{n} workers: a budget overshot", over, 1, unit=" %")
    judge("two workers on two free cores: slices", rate[2] / rate[1], 1.6, least=True)


def kills() -> None:
    """Fifty drivers killed at random moments, ten of them with two workers."""
    print("\nKilled at random moments:")
    wrong: list[str] = []
    for seed in range(50):
        with tempfile.TemporaryDirectory() as folder:
            wrong += kill_one(Path(folder), seed, workers=2 if seed >= 40 else 1)
    for each in wrong:
        print(f"  {each}")
    judge("of 50: what did not hold", len(wrong), 0)


def main(parts: list[str] | None = None) -> None:
    known: dict[str, Callable[[], None]] = {
        "tables": tables,
        "budgets": budgets,
        "null": null,
        "front": front,
        "stopping": stopping,
        "live": live,
        "own": own,
        "workers": workers,
        "page": page,
        "kills": kills,
    }
    for name in parts or known:
        known[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
