"""Data or model: planted faults, told apart: `python -m tests.benchmarks.diagnose [part ...]`.

Rules were tuned on seeds 300 and 301; what is judged here has seeds from 400 up. Leaf noise and swapped channels were
first tried when the rules stood.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.suggestions.diagnosis import Diagnosis, Doctor
from greenlatent.suggestions.diagnosis.diagnosis import DATA, MODEL, NOTHING
from tests.benchmarks import judge
from tests.benchmarks.study_cells import cnn, mlp

SEEDS = range(400, 410)
STEPS, YOUNG = 600, 30
FLIPPED, BROKEN = 0.05, 0.03


@dataclass(frozen=True)
class Place:
    """A data set as it is learned here."""

    name: str
    load: Callable[[], gl.Samples]
    n: int
    net: Callable[[], nn.Module]
    small: Callable[[], nn.Module]


def narrow(inputs: int, classes: int) -> nn.Module:
    """A net whose latent has two numbers, and which has no other layer."""
    return nn.Sequential(
        nn.Sequential(nn.Flatten(), nn.Linear(inputs, 2)), nn.Sequential(nn.ReLU(), nn.Linear(2, classes))
    )


PLACES = (
    Place("digits", gl.datasets.digits, 1000, partial(mlp, 64), partial(narrow, 64, 10)),
    Place("mnist5k", gl.datasets.mnist5k, 3000, cnn, partial(narrow, 784, 10)),
    Place("watch", gl.datasets.watch, 1000, partial(mlp, 1200, 7, norm=True), partial(narrow, 1200, 7)),
)


def auc(scores: np.ndarray, planted: np.ndarray) -> float:
    """The chance that one that was planted ranks before one that was not."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):
        same = scores == value
        ranks[same] = ranks[same].mean()
    k = planted.sum()
    return float((ranks[planted].sum() - k * (k + 1) / 2) / (k * (~planted).sum()))


def clean(place: Place, seed: int) -> gl.Samples:
    whole = _WHOLE.setdefault(place.name, place.load())
    return whole.take(np.random.default_rng(seed).permutation(len(whole))[: place.n])


_WHOLE: dict[str, gl.Samples] = {}


def with_x(samples: gl.Samples, x: np.ndarray, y: np.ndarray | None = None) -> gl.Samples:
    labels = samples.y if y is None else torch.from_numpy(y)
    return gl.Samples(x.astype("f4"), labels, classes=samples.classes, features=samples.features)


def flipped(samples: gl.Samples, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    y, bad = samples.y.numpy().copy(), rng.random(len(samples)) < share
    y[bad] = (y[bad] + rng.integers(1, len(samples.classes), bad.sum())) % len(samples.classes)
    return y, bad


def damaged(
    x: np.ndarray, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dead channels, noise and saturation, a third each; of images a dead channel is three eighths of the rows."""
    x, n = x.copy(), len(x)
    bad, kind = rng.random(n) < share, rng.integers(0, 3, n)
    lowest, highest, deviation = x.min(), x.max(), x.std()
    image = x.shape[1] == 1 or x.ndim == 2
    for i in np.flatnonzero(bad):
        if kind[i] == 0 and image:
            side = x[i].reshape(round(x[i].size ** 0.5), -1)
            k = len(side) // 8
            begin = rng.integers(2 * k, 4 * k)
            side[begin : begin + 3 * k] = 0
        elif kind[i] == 0:
            x[i, rng.integers(x.shape[1])] = 0
        elif kind[i] == 1:
            x[i] += deviation * rng.normal(size=x[i].shape)
        elif image:
            x[i] = np.clip(2 * x[i] + 0.3 * (highest - lowest), lowest, highest)
        else:
            bound = 0.3 * abs(x[i]).max(axis=-1, keepdims=True)
            x[i] = np.clip(4 * x[i], -4 * bound, 4 * bound)
    return x, bad, kind


def trained(train: gl.Samples, make: Callable[[], nn.Module], seed: int, steps: int) -> gl.Trainer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = make()
    t = gl.Trainer(net, train, latent="0", lr=3e-3, batch_size=64, seed=seed, threads=1, meter=gl.Meter())
    t.step(steps)
    return t


def told(train: gl.Samples, make: Callable[[], nn.Module], seed: int, steps: int = STEPS) -> Diagnosis:
    return Doctor(trained(train, make, seed, steps)).diagnose()


def misread(found: Diagnosis) -> np.ndarray:
    return found.numbers["predicted"] != found.numbers["given"]


def right(found: Diagnosis, some: np.ndarray, verdicts: tuple[str, ...]) -> float:
    return float(np.isin(found.verdicts[some], verdicts).mean())


def faults(place: Place, seed: int) -> dict[str, float]:
    """One seed: flips and broken inputs together, two classes merged, a narrow net, a young one, and nothing wrong."""
    rng, base = np.random.default_rng([seed, 7]), clean(place, seed)
    y, wrong = flipped(base, FLIPPED, rng)
    x, broken, kind = damaged(base.x.numpy(), BROKEN, rng)
    found = told(with_x(base, x, y), place.net, seed)
    of = {"label AUC": auc(found.label, wrong), "broken AUC": auc(found.broken, broken)}
    of |= {
        f"broken AUC {name}": auc(found.broken, broken & (kind == k))
        for k, name in enumerate(("dead", "noise", "saturated"))
    }
    of |= {"labels": right(found, wrong, DATA), "broken": right(found, broken, DATA)}
    y = base.y.numpy().copy()
    two = rng.choice(len(base.classes), 2, replace=False)
    inside = np.isin(y, two)
    y[inside] = rng.permutation(y[inside])
    of["merged"] = right(told(with_x(base, base.x.numpy(), y), place.net, seed), inside, DATA)
    small = told(base, place.small, seed)
    of["width 2"] = right(small, misread(small), (MODEL,))
    young = told(base, place.net, seed, YOUNG)
    of["step 30"] = right(young, misread(young), (MODEL,))
    good = told(base, place.net, seed)
    of["accused"] = float((good.verdicts != NOTHING).mean())
    parts = [of[name] for name in ("labels", "broken", "merged", "width 2", "step 30")]
    data, model = np.mean(parts[:3]), np.mean(parts[3:])
    return of | {"told apart": float((data + model) / 2)}


def planted(seeds: range = SEEDS) -> None:
    print(f"\nPlanted faults, {len(seeds)} seeds; means, and the least.")
    for place in PLACES:
        rows = [faults(place, seed) for seed in seeds]
        mean = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        print(
            f"{place.name}: "
            + ", ".join(
                f"{name} {value:.3f} (min {min(row[name] for row in rows):.2f})"
                for name, value in mean.items()
            ),
            flush=True,
        )
        judge(f"{place.name}: wrong labels, AUC", mean["label AUC"], 0.90, least=True)
        judge(f"{place.name}: broken inputs, AUC", mean["broken AUC"], 0.95, least=True)
        judge(f"{place.name}: right between data and model", mean["told apart"], 0.80, least=True)
        judge(f"{place.name}: accused on clean data", mean["accused"], 0.05)


def leaves(samples: gl.Samples, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whole leaves of a tree of decisions carry one wrong label each: look-alikes, mistaken in the same way."""
    from sklearn.tree import DecisionTreeClassifier

    x, y = samples.x.flatten(1).numpy(), samples.y.numpy().copy()
    tree = DecisionTreeClassifier(max_leaf_nodes=100, random_state=int(rng.integers(2**31))).fit(x, y)
    leaf, bad = tree.apply(x), np.zeros(len(y), bool)
    for one in rng.permutation(np.unique(leaf)):
        inside = leaf == one
        if bad.mean() >= FLIPPED:
            break
        if inside.mean() <= 0.03:
            bad |= inside
            label = np.bincount(y[inside]).argmax()
            y[inside] = (label + rng.integers(1, len(samples.classes))) % len(samples.classes)
    return y, bad & (y != samples.y.numpy())


def swapped(x: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two channels of a sample have changed places; of an image, its upper and its lower half."""
    x, bad = x.copy(), rng.random(len(x)) < BROKEN
    for i in np.flatnonzero(bad):
        if x.ndim == 2 or x.shape[1] == 1:
            flat = x[i].reshape(-1)
            flat[:] = np.roll(flat, flat.size // 2)
        else:
            a, b = rng.choice(x.shape[1], 2, replace=False)
            x[i, [a, b]] = x[i, [b, a]]
    return x, bad


def unseen(seeds: range = SEEDS) -> None:
    """Faults that the rules were not tuned on, as they are found."""
    print(f"\nFaults that nothing was tuned on, {len(seeds)} seeds.")
    for place in PLACES:
        rows = []
        for seed in seeds:
            rng, base = np.random.default_rng([seed, 8]), clean(place, seed)
            y, wrong = leaves(base, rng)
            found = told(with_x(base, base.x.numpy(), y), place.net, seed)
            x, broken = swapped(base.x.numpy(), rng)
            other = told(with_x(base, x), place.net, seed)
            rows.append(
                (
                    auc(found.label, wrong),
                    right(found, wrong, DATA),
                    auc(other.broken, broken),
                    right(other, broken, DATA),
                )
            )
        a, b, c, d = np.mean(rows, axis=0)
        print(
            f"{place.name}: leaf noise, AUC {a:.3f}, {b:.0%} said to be the data's; swapped, AUC {c:.3f}, {d:.0%}",
            flush=True,
        )


def cost() -> None:
    """Processor seconds of diagnoses of 1,000 samples, over those of training before them: of looks that cards take
    unasked, every 50 steps, and of a first look that somebody asks for, which is taken whatever it costs."""
    print("\nWhat diagnoses of 1,000 samples take, of 600 steps of training.")
    for place in PLACES:
        unasked, when, firsts, laters = [], [], [], []
        for seed in SEEDS[:5]:
            base = clean(place, seed).take(np.arange(1000))
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                net = place.net()
            meter = gl.Meter([Model()], calibration=False)
            t = gl.Trainer(net, base, latent="0", lr=3e-3, batch_size=64, seed=seed, threads=1, meter=meter)
            meter.start()
            cards, worst, first = Doctor(t), 0.0, None
            taken = 0.0
            for step in range(50, STEPS + 1, 50):
                t.step(50)
                since = time.process_time()
                said = cards.unasked([1, 2, 3])
                taken += time.process_time() - since
                worst = max(worst, taken / meter.processor_seconds_of("train"))
                first = step if first is None and not said.startswith("Not looked at") else first
            asked = Doctor(t)
            firsts.append(asked.diagnose().share)
            laters.append(asked.diagnose().share)
            meter.stop()
            unasked.append(worst)
            when.append(first)
        judge(f"{place.name}: unasked, share of training", 100 * float(np.median(unasked)), 2, unit=" %")
        print(
            f"      {place.name}: the first unasked look at steps {when}; asked for at the end"
            f" {100 * np.median(firsts):.1f} %, once more {100 * np.median(laters):.1f} %",
            flush=True,
        )


def main(parts: tuple[str, ...] = ("planted", "unseen", "cost")) -> None:
    for part in parts:
        {"planted": planted, "unseen": unseen, "cost": cost, "tune": partial(planted, range(300, 302))}[
            part
        ]()


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("planted", "unseen", "cost"))
