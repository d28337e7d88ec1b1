"""What the agent finds, when it acts, what that brings and costs: `python -m tests.benchmarks.agent [part ...]`.

Rules were tuned on seeds 300 to 399; what is judged here has seeds from 400 up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent import study
from greenlatent.agent import Agent, rules
from greenlatent.agent.rules import look
from greenlatent.energy import Model
from greenlatent.run import Run
from greenlatent.statistics import Difference
from greenlatent.study.person.automatic import revise, smoothed
from tests.benchmarks import judge
from tests.benchmarks.study_cells import SIGNALS, cnn, mlp

SUSPECTS = (*range(400, 410), *range(420, 440))  # the first ten were seen before; the rule is the same since
GUARD = range(420, 440)  # those before were seen with earlier thresholds
FRESH = range(420, 430)  # of `alone`: 400 to 419 were seen with earlier rules
STUDIED = range(440, 450)  # of the study's arms
OTHER = range(400, 403)
PLAN = 2500
BUDGET = 0.35  # of the plan's joules, that each arm of the study may spend
RIVAL = study.Arm(  # the strongest without a person, at this rate
    "drop and take back", loss="smooth", rate=3e-3, act_at=(60, 100, 140, 180, 240, 320), act=revise
)
OUTPUT = Path(__file__).parents[1] / "output" / "study-agent"
KINDS = (("blob", 0.3), ("annotator", 0.3), ("symmetric", 0.3), ("blob", 0.1), (None, 0.0))


@dataclass(frozen=True)
class Parts:
    """One seed's data: to train on, to validate with right labels, to test, and the right labels of the first."""

    train: gl.Samples
    valid: gl.Samples
    test: gl.Samples
    truth: np.ndarray


def digits(seed: int, noise: str | None, share: float) -> Parts:
    """1,000 to train on, 350 to validate, 447 to test."""
    return _parts(gl.datasets.digits, seed, noise, share, (1000, 1350, 1797))


def mnist(seed: int, noise: str | None, share: float) -> Parts:
    """3,000 to train on, 800 to validate, 1,200 to test."""
    return _parts(gl.datasets.mnist5k, seed, noise, share, (3000, 3800, 5000))


def _parts(source: Callable, seed: int, noise: str | None, share: float, at: tuple[int, ...]) -> Parts:
    given, right = source(noise=noise, seed=seed, share=share or 0.3), source()
    order = np.random.default_rng(seed).permutation(len(right))
    train, valid, test = np.split(order, at[:2])
    return Parts(given.take(train), right.take(valid), right.take(test), right.y.numpy()[train])


def model(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def trainer(parts: Parts, seed: int, rate: float, make: Callable[[], nn.Module], loss=None) -> gl.Trainer:
    options = {"latent": "0", "lr": rate, "loss": loss, "batch_size": 64, "seed": seed, "threads": 1}
    return gl.Trainer(model(make, seed), parts.train, valid=parts.valid, **options)


SMALL, MIDDLE = partial(mlp, 64), partial(mlp, 784)
WATCHES = partial(mlp, 48, 7, norm=True)


def watch(seed: int, noise: str | None, share: float) -> Parts:
    """Whole subjects: two to validate, two to test, the others to train on."""
    given, right = SIGNALS(noise, seed=seed, share=share or 0.3), SIGNALS(None)
    who = given.groups["subject"]
    order = np.random.default_rng(seed).permutation(np.unique(who))
    valid, test, train = (np.flatnonzero(np.isin(who, some)) for some in np.split(order, [2, 4]))
    return Parts(given.take(train), right.take(valid), right.take(test), right.y.numpy()[train])


def suspects() -> None:
    """20 scattered wrong labels of 1,000, and how many of the first 40 are wrong where labels are wrong in groups."""
    print("\nWhat the first 40 suspects hold.")
    for step, rate in ((120, 3e-3), (240, 1e-3)):
        hits = []
        for seed in SUSPECTS:
            parts, rng = digits(seed, None, 0), np.random.default_rng(seed)
            bad = rng.choice(1000, 20, replace=False)
            y = parts.truth.copy()
            y[bad] = (y[bad] + rng.integers(1, 10, 20)) % 10
            mixed = Parts(
                parts.train.take(np.arange(1000), y=torch.from_numpy(y)), parts.valid, parts.test, y
            )
            t = trainer(mixed, seed, rate, SMALL)
            t.step(step)
            hits.append(len(set(gl.Suggester(t).suspects(40)) & set(bad.tolist())))
        judge(f"20 scattered at step {step}, rate {rate:g}: fewest of 30 seeds", min(hits), 16, least=True)
        judge(f"20 scattered at step {step}, rate {rate:g}: mean", float(np.mean(hits)), 19, least=True)
    for noise, share, least in (
        ("blob", 0.3, 0.8),
        ("annotator", 0.3, 0.95),
        ("symmetric", 0.3, 0.95),
        ("blob", 0.1, 0.75),
    ):
        found = []
        for seed in SUSPECTS:
            parts = digits(seed, noise, share)
            t = trainer(parts, seed, 3e-3, SMALL)
            t.step(120)
            ids = gl.Suggester(t).suspects(40)
            found.append(float((parts.train.y.numpy()[ids] != parts.truth[ids]).mean()))
        judge(f"precision at {share:.0%} {noise}", float(np.mean(found)), least, least=True)


def guard(seeds: range = GUARD) -> None:
    """How many of 20 runs open it within five epochs after step 50."""
    print("\nThe guard: runs that open it, of 20, within five epochs after step 50.")
    cells = (("digits", digits, SMALL), ("MNIST MLP", mnist, MIDDLE), ("MNIST CNN", mnist, cnn))
    for name, data, make in cells:
        for noise, share in (
            (None, 0.0),
            ("symmetric", 0.1),
            ("blob", 0.1),
            ("blob", 0.3),
            ("annotator", 0.3),
        ):
            opened = 0
            for seed in seeds:
                t = trainer(data(seed, noise, share), seed, 3e-3, make, smoothed)
                seen: list[bool] = []
                t.at_epoch(lambda t=t, seen=seen: seen.append(look(t).opens))
                epoch = -(-len(t.train) // 64)
                t.step(50 + 5 * epoch)
                opened += any(seen)
            told = f"{name}, {f'{share:.0%} {noise}' if noise else 'clean'}: opened of {len(seeds)}"
            if noise:
                judge(told, opened, 0.95 * len(seeds), least=True)
            else:
                judge(told, opened, 0.05 * len(seeds))


def meter() -> gl.Meter:
    """Processor seconds at a busy processor's watts, so that others who use the machine do not count."""
    return gl.Meter([Model(idle_watts=(0.0, 0.0, 0.0), busy_watts=(3.5, 1.6, 6.0))])


OWN = ("agent", "suggest")


def run(parts: Parts, seed: int, level: str, make=SMALL, plan: int = PLAN) -> dict[str, float]:
    """A run with an agent, and what it spent; at the level "stop" it revises nothing."""
    counted = meter()
    options = {"latent": "0", "lr": 3e-3, "loss": smoothed, "batch_size": 64, "seed": seed, "threads": 1}
    t = gl.Trainer(model(make, seed), parts.train, valid=parts.valid, meter=counted, **options)
    revisions = rules.REVISIONS
    with Run(t, counted) as whole:
        if level != "none":
            Agent(whole, level="alone")
        rules.REVISIONS = 0 if level == "stop" else revisions
        whole.step(plan)
        rules.REVISIONS = revisions
        lines = counted.ledger()
        spent = {kind: lines[kind].value for kind in ("train", *OWN) if kind in lines and lines[kind].known}
        out = t.upcoming.weights == 0
        return {
            "accuracy": 100 * t.evaluate(part=parts.test)["accuracy"],
            "joules": sum(spent.values()),
            "own": sum(spent.get(kind, 0.0) for kind in OWN) / spent["train"],
            "steps": t.steps,
            "harm": int((out & (parts.train.y.numpy() == parts.truth)).sum()),
        }


def alone(seeds: range = FRESH, data=digits, make=SMALL, name: str = "digits", kinds=KINDS) -> None:
    """The level alone, and stopping early alone, against a plan that is carried out; everything charged."""
    print(f"\nAlone against a plan of {PLAN:,} steps, {name}, {len(seeds)} seeds.")
    for noise, share in kinds:
        rows: dict[str, list[dict[str, float]]] = {level: [] for level in ("none", "stop", "alone")}
        for seed in seeds:
            parts = data(seed, noise, share)
            for level, found in rows.items():
                found.append(run(parts, seed, level, make))
        _tell(f"{share:.0%} {noise}" if noise else "clean", rows, name == "digits")


def _tell(cell: str, rows: dict[str, list[dict[str, float]]], judged: bool) -> None:
    def of(level: str, what: str) -> np.ndarray:
        return np.array([row[what] for row in rows[level]])

    def points(a: str, b: str) -> tuple[float, float, float]:
        found = Difference.of(of(a, "accuracy") - of(b, "accuracy"))
        return found.value, found.low, found.high

    ratio = float((of("alone", "joules") / of("none", "joules")).mean())
    against, stop = points("alone", "none"), points("alone", "stop")
    print(
        f"{cell}: plan {of('none', 'accuracy').mean():.1f}, stop {of('stop', 'accuracy').mean():.1f},"
        f" alone {of('alone', 'accuracy').mean():.1f}; alone - plan {against[0]:+.1f} [{against[1]:+.1f},"
        f" {against[2]:+.1f}], alone - stop {stop[0]:+.1f} [{stop[1]:+.1f}, {stop[2]:+.1f}]; joules x{ratio:.2f},"
        f" stop x{(of('stop', 'joules') / of('none', 'joules')).mean():.2f}; own cost {of('alone', 'own').mean():.1%}"
        f" of training; right samples left out {of('alone', 'harm').mean():.0f}",
        flush=True,
    )
    if not judged:
        return
    judge(f"{cell}: joules of the plan", ratio, 0.40)
    if cell == "clean":
        judge(f"{cell}: points lost", -against[0], 1.0)
        judge(f"{cell}: points lost, far end", -against[1], 1.4)
        judge(f"{cell}: own cost, share of training", float(of("alone", "own").mean()), 0.06)
        return
    least, low = (3.0, -np.inf) if cell.startswith("10%") else (10.0, 6.0)
    judge(f"{cell}: points won", against[0], least, least=True)
    if low > 0:
        judge(f"{cell}: points won, near end", against[1], low, least=True)
        judge(f"{cell}: own cost, share of training", float(of("alone", "own").mean()), 0.20)
    judge(
        f"{cell}: over stopping alone", stop[0], {"30% blob": 5, "30% annotator": 3}.get(cell, -1), least=True
    )


def compared(seeds: range = STUDIED) -> None:
    """The arms of `study.with_agent()` as the study has them, on record as they go; printed as it is."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for noise, share in KINDS:
        data = study.Data(gl.datasets.digits, noise, train=1000, valid=350, test=447, share=share or 0.3)
        name = f"{share:.0%}-{noise}" if noise else "clean"
        found = study.compare(
            [*study.with_agent(), RIVAL],
            data,
            seeds,
            "no agent",
            model=small,
            latent="0",
            passes=64 * PLAN,
            every=1024,
            path=OUTPUT / f"{name}.jsonl",
            meter=meter(),
            progress=False,
        )
        plan = float(np.mean([found.curve("no agent", seed)[0][-1] for seed in found.seeds]))
        print(f"\n{name}, {len(seeds)} seeds:\n{found.decisions(BUDGET * plan)}", flush=True)
        less = found.gain("rules alone", RIVAL.name, final=True)
        print(f"Rules alone less {RIVAL.name}, at the end: {less.points()} points", flush=True)
        judge(f"{name}: points at the end, least of the interval", 100 * less.low, -1.0, least=True)


def small() -> nn.Module:
    return SMALL()


def main(parts: tuple[str, ...] = ("suspects", "guard", "alone")) -> None:
    for part in parts:
        {
            "suspects": suspects,
            "guard": guard,
            "alone": alone,
            "study": compared,
            "other": other,
        }[part]()


def other() -> None:
    """What rules were not tuned on: MNIST and the smartwatch, alone against the plan; printed as it is."""
    alone(OTHER, mnist, MIDDLE, "MNIST MLP")
    alone(OTHER, mnist, cnn, "MNIST CNN")
    alone(OTHER, watch, WATCHES, "smartwatch", kinds=(("recording", 0.3), (None, 0.0)))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("suspects", "guard", "alone"))
