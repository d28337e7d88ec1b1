"""What a search saves, and what it costs: `python -m tests.benchmarks.search [part ...]`.

The parts: tables, null, front, stopping (on recorded curves, exact), live, own, workers (measured here).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna

from greenlatent.search import Simulation, simulate
from greenlatent.search.course.rungs import undominated
from greenlatent.search.simulation import Curves
from tests.benchmarks import judge

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


def main(parts: list[str] | None = None) -> None:
    known: dict[str, Callable[[], None]] = {
        "tables": tables,
        "budgets": budgets,
        "null": null,
        "front": front,
        "stopping": stopping,
    }
    for name in parts or known:
        known[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
