"""What naming crowds and dragging points of something new is worth: `python -m tests.benchmarks.visits`.

`--quick` takes three seeds; names of parts ("named", "rare", "instruments") run those alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

import greenlatent as gl
from greenlatent.statistics.paired import bca
from greenlatent.study.visits import nets
from greenlatent.study.visits.instruments import Instruments, drag, pictures, signals
from greenlatent.study.visits.meet import Met
from greenlatent.study.visits.starts import standard, turned
from greenlatent.study.visits.visit import Visit
from tests.benchmarks import judge

SEEDS = range(400, 410)  # what was tuned was tuned on 200 to 209


def told(values: Sequence[float]) -> str:
    low, high = bca(np.array(values)) if np.ptp(values) else (values[0], values[0])
    return f"{np.mean(values):+.1f} [{low:+.1f}, {high:+.1f}]"


def statistics() -> gl.Samples:
    """The watch's 48 numbers a window, by mean and deviation."""
    data = gl.datasets.watch(statistics=True)
    return gl.Samples(standard(data.x.numpy(), np.ones(len(data), bool)), data.y, classes=data.classes)


def meetings() -> dict[str, Visit]:
    """The rate of training on is the better of two, on other seeds."""
    watch, few = gl.datasets.watch(), ("spread", "CORAL")
    rivals = ("contrast", "chosen", *few)
    return {
        "new classes, digits, MLP": Visit(gl.datasets.digits(), "class", rate=3e-3, rivals=few),
        "new classes, MNIST, CNN": Visit(gl.datasets.mnist5k(), "class", net=nets.cnn, rate=3e-3),
        "new classes, watch, MLP": Visit(statistics(), "class", rate=3e-3, rivals=few),
        "watch turned by 45 degrees": Visit(watch, "turned", rate=3e-3, rivals=rivals),
        "watch upside down": Visit(watch, "upside down", rate=3e-3, rivals=rivals),
        "the wearer as he is, 14 crowds": Visit(watch, "wearer", rate=3e-3, rivals=rivals),
        "the wearer as he is, 7 crowds": Visit(watch, "wearer", named=7, rate=3e-3, rivals=rivals),
    }


def ratio_of(met: Sequence[Met]) -> tuple[float, float, float]:
    """Processor time of solving over that of training on: the geometric mean, and its interval."""
    logs = np.log([m.joules for m in met])
    low, high = bca(logs)
    return float(np.exp(logs.mean())), float(np.exp(low)), float(np.exp(high))


def met_of(visit: Visit, seeds: Sequence[int]) -> list[Met]:
    return [visit.meet(seed) for seed in seeds]


def named(seeds: Sequence[int]) -> None:
    print(f"\nNamed crowds of what is new: accuracy on it, {len(seeds)} seeds.")
    for name, visit in meetings().items():
        met = met_of(visit, seeds)
        found = {arm: np.array([m.points[arm] for m in met]) for arm in met[0].points}
        print(f"{name}: " + "; ".join(f"{arm} {values.mean():.1f}" for arm, values in found.items()))
        for arm in found:
            if arm not in ("as it is", "solved", "solved by nobody"):
                print(f"  solved less {arm} {told((found['solved'] - found[arm]).tolist())}")
        ratio, low, high = ratio_of(met)
        print(
            f"  processor time {ratio:.2f} [{low:.2f}, {high:.2f}]; {sum(m.reached for m in met)} of {len(met)} get"
            f" there; old data {np.mean([m.old['as it is'] for m in met]):.1f} before,"
            f" {np.mean([m.old['solved'] for m in met]):.1f} solved",
            flush=True,
        )
        classes, equal = visit.what == "class", found["trained on, as long as solving"]
        behind = float((found["trained on"] - found["solved"]).mean())
        judge(f"{name}: points behind training on", behind, 1.0 if classes else 2.5)
        if classes:
            judge(f"{name}: more at equal time", float((found["solved"] - equal).mean()), 8, least=True)
        if visit.what != "wearer":
            judge(f"{name}: processor time over training on", ratio, 0.15 if classes else 0.20)
            judge(f"{name}: its upper end", high, 0.30 if classes else 0.35)


def rare(seeds: Sequence[int]) -> None:
    print(f"\nTwo classes with few samples: recall of them and balanced accuracy, {len(seeds)} seeds.")
    for name, data in (("digits", gl.datasets.digits()), ("watch", gl.datasets.watch(statistics=True))):
        for each in (3, 10):
            met = [Visit(data, "rare", named=each).meet(seed) for seed in seeds]
            print(f"{name}, {each} samples of each", end="")
            for arm in met[0].points:
                balanced, recall = (
                    np.mean([part[arm] for part in parts])
                    for parts in ([m.points for m in met], [m.old for m in met])
                )
                print(f"; {arm}: recall {recall:.1f}, balanced {balanced:.1f}", end="")
            more = [m.old["solved"] - m.old["evenly"] for m in met]
            even = [m.points["solved"] - m.points["evenly"] for m in met]
            print(f"\n  solved less evenly: recall {told(more)}, balanced {told(even)}")
            judge(f"{name}, {each} samples: recall over evenly", float(np.mean(more)), 5, least=True)
            judge(f"{name}, {each} samples: balanced", float(np.mean(even)), -1.5, least=True)


def marked(seed: int, other: bool) -> Instruments:
    """MNIST, where the first instrument's pictures carry a mark of the class; the second's none, or any."""
    parts = pictures(gl.datasets.mnist5k(), seed, lambda x: x)
    chance = torch.Generator().manual_seed(seed)

    def mark(part: gl.Samples, classes: torch.Tensor) -> gl.Samples:
        x = part.x.clone().reshape(-1, 28, 28)
        for row, c in enumerate(classes.tolist()):
            x[row, 0:2, 2 * c + 2 : 2 * c + 4] = 1
        return gl.Samples(x.flatten(1), part.y, classes=part.classes)

    def second(part: gl.Samples) -> gl.Samples:
        return mark(part, torch.randint(0, 10, (len(part),), generator=chance)) if other else part

    return Instruments(mark(parts.first, parts.first.y), second(parts.pool), second(parts.asked))


def instruments() -> dict[str, Callable[[int], Instruments]]:
    digits, mnist, watch = gl.datasets.digits(), gl.datasets.mnist5k(), gl.datasets.watch()
    upper = torch.tensor([1.0] * 32 + [0.0] * 32)
    units = np.array([1 / 9.81] * 3 + [57.3] * 3)[:, None]

    def written(change: Callable[[Any], Any], data: gl.Samples = digits) -> Any:
        return lambda seed: pictures(data, seed, change)

    def worn(change: Callable[[Any], Any], side: str | None = None) -> Any:
        return lambda seed: signals(watch, seed, change, side)

    return {
        "digits, inverted": written(lambda x: 1 - x),
        "digits, dim": written(lambda x: 0.3 * x),
        "digits, upper half alone": written(lambda x: x * upper),
        "digits, brighter, cut off": written(lambda x: (2.5 * x).clamp(max=1.0)),
        "digits, mirrored": written(lambda x: x.reshape(-1, 8, 8).flip(2).reshape(-1, 64)),
        "MNIST, inverted": written(lambda x: 1 - x, mnist),
        "watch, upside down": worn(turned(180)),
        "watch, the other arm": worn(lambda x: x, "right"),
        "watch, turned by 45 degrees": worn(turned(45)),
        "watch, other units": worn(lambda x: x * units),
        "MNIST, marks of the class, then none": partial(marked, other=False),
        "MNIST, marks of the class, then any": partial(marked, other=True),
    }


def runs_of(make: Callable[[int], Instruments], seeds: Sequence[int]) -> list[dict[str, float]]:
    """A move is a relabel, to the digit: three seeds show it."""
    return [drag(make(seed), seed, moves=seed in seeds[:3]) for seed in seeds]


def dragged(seeds: Sequence[int]) -> None:
    print(f"\nThirty drags on a second instrument: accuracy on it, {len(seeds)} seeds.")
    gained, moved, by_seed = {}, {}, []
    for name, make in instruments().items():
        runs = runs_of(make, seeds)
        less = {
            arm: [run[arm] - run["relabel"] for run in runs if arm in run]
            for arm in runs[0]
            if arm != "relabel"
        }
        gained[name], moved[name] = float(np.mean(less["chosen"])), float(np.mean(less["move"]))
        if "marks" not in name:
            by_seed.append(less["chosen"])
        print(
            f"{name}: relabel {np.mean([run['relabel'] for run in runs]):.1f}; "
            + "; ".join(f"{arm} {told(values)}" for arm, values in less.items()),
            flush=True,
        )
    low, _ = bca(np.array([np.mean(kind) for kind in by_seed]))
    plain = {name: value for name, value in gained.items() if "marks" not in name}
    judge(
        "drags, chosen, less relabel, mean of ten kinds", float(np.mean(list(plain.values()))), 2, least=True
    )
    judge("its lower end, over kinds", float(low), 0, least=True)
    judge("the worst of ten kinds", min(plain.values()), -2.5, least=True)
    judge("with marks", min(gained[name] for name in gained if "marks" in name), -3, least=True)
    judge("move less relabel, the worst kind", min(moved.values()), -1, least=True)


PARTS: dict[str, Callable[[Sequence[int]], None]] = {"named": named, "rare": rare, "instruments": dragged}


def main() -> None:
    seeds = SEEDS[:3] if "--quick" in sys.argv else SEEDS
    asked = [name for name in PARTS if name in sys.argv] or list(PARTS)
    for name in asked:
        PARTS[name](seeds)


if __name__ == "__main__":
    main()
