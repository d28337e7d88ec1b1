"""What naming crowds and dragging points of something new is worth: `python -m tests.benchmarks.visits`."""

from __future__ import annotations

import sys

import numpy as np

from greenlatent.statistics.paired import bca
from greenlatent.study.person.visits import meet, new_class, new_wearer, second_instrument, turned
from tests.benchmarks import judge

SEEDS = range(400, 410)  # what was tuned was tuned on 200 to 209
CHANGES = {
    "inverted": lambda x: 1 - x,
    "dim": lambda x: 0.3 * x,
    "mirrored": lambda x: x.reshape(-1, 8, 8).flip(2).reshape(-1, 64),
    "gain": lambda x: (2.5 * x).clamp(max=1.0),
}


def told(values: list[float]) -> str:
    low, high = bca(np.array(values)) if np.ptp(values) else (values[0], values[0])
    return f"{np.mean(values):+.1f} [{low:+.1f}, {high:+.1f}]"


def main() -> None:
    seeds = SEEDS[:3] if "--quick" in sys.argv else SEEDS
    cells = {
        "new classes, 2 crowds of each": (lambda seed: new_class(seed), 4),
        "watch turned by 45 degrees, 14 crowds": (lambda seed: new_wearer(seed, turned(45)), 14),
        "watch upside down, 14 crowds": (lambda seed: new_wearer(seed, turned(180)), 14),
        "the wearer as he is, 14 crowds": (lambda seed: new_wearer(seed, turned(0)), 14),
    }
    print(f"\nNamed crowds of what is new: accuracy on it, {len(seeds)} seeds.")
    for name, (visit, crowds) in cells.items():
        met = [meet(visit(seed), crowds, seed) for seed in seeds]
        means = [np.mean([getattr(m, part) for m in met]) for part in ("as_it_is", "solved", "trained")]
        print(f"{name}: {means[0]:.1f} as it is, {means[1]:.1f} solved, {means[2]:.1f} trained on")
        print(f"  solved less trained on {told([m.solved - m.trained for m in met])}", end="; ")
        print(f"at equal processor time {told([m.solved - m.equal for m in met])}; ", end="")
        ratio = float(np.exp(np.mean(np.log([m.joules for m in met]))))
        print(f"processor time {ratio:.2f}; {sum(m.reached for m in met)} of {len(met)} get there; ", end="")
        print(
            f"old data {np.mean([m.old[0] for m in met]):.1f} before, {np.mean([m.old[1] for m in met]):.1f} solved"
        )
        if "as he is" not in name:
            judge(f"{name}: points behind training on", means[2] - means[1], 2.5)
            judge(f"{name}: processor time of solving over training on", ratio, 0.20)
    print(f"\nThirty drags on a second instrument: accuracy on it, {len(seeds)} seeds.")
    gained = []
    for name, change in CHANGES.items():
        runs = [second_instrument(seed, change) for seed in seeds]
        mean = {arm: np.mean([run[arm] for run in runs]) for arm in runs[0]}
        less = {
            arm: told([run[arm] - run["relabel"] for run in runs]) for arm in ("move", "contrast", "chosen")
        }
        gained.append(mean["chosen"] - mean["relabel"])
        print(
            f"{name}: relabel {mean['relabel']:.1f}; "
            + "; ".join(f"{arm} {text}" for arm, text in less.items())
        )
    judge(
        "drags with the contrast chosen less relabel, mean of the kinds",
        float(np.mean(gained)),
        2,
        least=True,
    )
    judge("the worst of the kinds", min(gained), -2.5, least=True)


if __name__ == "__main__":
    main()
