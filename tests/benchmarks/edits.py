"""What each kind of edit does, against the same run without it: the figures of docs/edits.md.

Run as `python -m tests.benchmarks.edits`. Nothing here has a limit to keep; the losses' own tests do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from greenlatent.datasets import digits
from greenlatent.edits import Drop, Edit, Link, Move, Near, RankFeatures, Relabel, Separate, Shift, Weigh
from greenlatent.training.trainer import Trainer
from tests.benchmarks.trainer import Mlp

BEFORE, AFTER, SEEDS = 120, 240, range(10)


class Scene:
    """One seed: data, who is wrong in it, and a run of given edits."""

    def __init__(self, seed: int):
        noisy, truth = digits("blob", seed=seed), digits()
        self.train, valid = noisy.split(0.3, seed=seed)
        self.valid = truth.take(valid.origin)
        self.right = truth.y[self.train.origin]
        self.seed = seed
        self.random = np.random.default_rng(seed)

    def run(self, edits: Sequence[Edit] = ()) -> Trainer:
        torch.manual_seed(self.seed)
        trainer = Trainer(
            Mlp(), self.train, valid=self.valid, latent="encoder", batch_size=32, threads=1, seed=self.seed
        )
        trainer.step(BEFORE)
        for edit in edits:
            trainer.journal.add(edit)
        trainer.step(AFTER)
        return trainer

    def wrong(self, count: int) -> np.ndarray:
        """Mislabelled samples of one blob: they look alike and share a label."""
        y, right = self.train.y.numpy(), self.right.numpy()
        pairs, counts = np.unique(np.stack([y, right])[:, y != right], axis=1, return_counts=True)
        given, real = pairs[:, counts.argmax()]
        return np.flatnonzero((y == given) & (right == real))[:count]

    def of(self, label: int, count: int) -> np.ndarray:
        """Rightly labelled samples of a class."""
        return np.flatnonzero((self.train.y.numpy() == label) & (self.right.numpy() == label))[:count]


def geometry(trainer: Trainer, right: torch.Tensor) -> tuple[np.ndarray, np.ndarray, float]:
    """Latents, the means of what the classes really are, and the typical distance within a class."""
    z = trainer.latents()
    means = np.stack([z[right.numpy() == c].mean(0) for c in range(10)])
    return z, means, float(np.sqrt(((z - means[right.numpy()]) ** 2).sum(1).mean()))


def accuracy(trainer: Trainer) -> float:
    return 100 * trainer.evaluate()["accuracy"]


def arrived(trainer: Trainer, scene: Scene, ids: np.ndarray, label: int) -> float:
    z, means, _ = geometry(trainer, scene.right)
    return 100 * float((((z[ids, None] - means) ** 2).sum(2).argmin(1) == label).mean())


def line(name: str, what: str, measure: Callable[[Scene], tuple[float, float]]) -> None:
    found = np.array([measure(Scene(seed)) for seed in SEEDS])
    (without, with_it), more = found.mean(0), found[:, 1] - found[:, 0]
    half = 2.26 * more.std(ddof=1) / len(found) ** 0.5  # Student's t, 9 degrees of freedom
    print(f"{name:34} {what:44} {without:7.2f} {with_it:7.2f}   {more.mean():+.2f} [{more.mean() - half:+.2f},"
          f" {more.mean() + half:+.2f}]")  # fmt: skip


def relabelled(count: int) -> Callable[[Scene], tuple[float, float]]:
    def measure(scene: Scene) -> tuple[float, float]:
        ids = scene.wrong(count)
        edit = Relabel(ids, int(scene.right[ids[0]]))
        return accuracy(scene.run()), accuracy(scene.run([edit]))

    return measure


def moved(count: int, near: bool) -> Callable[[Scene], tuple[float, float]]:
    def measure(scene: Scene) -> tuple[float, float]:
        ids = scene.wrong(count)
        label = int(scene.right[ids[0]])
        edit = Move(ids, Near(scene.of(label, 5)) if near else str(label))
        return arrived(scene.run(), scene, ids, label), arrived(scene.run([edit]), scene, ids, label)

    return measure


def separated(scene: Scene) -> tuple[float, float]:
    a, b = sorted(scene.random.choice(10, 2, replace=False).tolist())

    def gap(trainer: Trainer) -> float:
        _, means, spread = geometry(trainer, scene.right)
        return float(np.linalg.norm(means[a] - means[b])) / spread

    return gap(scene.run()), gap(scene.run([Separate(str(a), str(b), 1.0)]))


def shifted(scene: Scene) -> tuple[float, float]:
    label, axis = int(scene.random.integers(10)), int(scene.random.integers(16))

    def margin(trainer: Trainer) -> float:
        z, means, _ = geometry(trainer, scene.right)
        y = scene.right.numpy()
        spread = np.sqrt(((z - means[y])[:, axis] ** 2).mean())
        return float((means[label, axis] - z[y != label, axis].mean()) / spread)

    return margin(scene.run()), margin(scene.run([Shift(str(label), axis, 1.0)]))


def linked(alike: bool) -> Callable[[Scene], tuple[float, float]]:
    def measure(scene: Scene) -> tuple[float, float]:
        one, other = (0, 1) if alike else (3, 3)
        a, b = scene.of(one, 3), scene.of(other, 9)[-3:]

        def gap(trainer: Trainer) -> float:
            z, _, spread = geometry(trainer, scene.right)
            return float(np.linalg.norm(z[a].mean(0) - z[b].mean(0))) / spread

        return gap(scene.run()), gap(scene.run([Link(a, b, alike=alike)]))

    return measure


def left_out(how: Callable[[np.ndarray], Edit]) -> Callable[[Scene], tuple[float, float]]:
    def measure(scene: Scene) -> tuple[float, float]:
        return accuracy(scene.run()), accuracy(scene.run([how(scene.wrong(1000))]))

    return measure


def ranked(scene: Scene) -> tuple[float, float]:
    ink = scene.train.x.std(0)
    order = np.argsort(-ink.numpy())
    return accuracy(scene.run()), accuracy(scene.run([RankFeatures(order.tolist(), 32)]))


def main() -> None:
    torch.set_num_threads(1)
    print(f"{BEFORE} steps, the edit, {AFTER} more; {len(SEEDS)} seeds; difference with its 95 % interval\n")
    print(f"{'edit':34} {'what is measured':44} without    with   difference")
    line("Relabel, 30 of one blob", "validation accuracy, %", relabelled(30))
    line("Relabel, a single sample", "validation accuracy, %", relabelled(1))
    line("Move to a class, 30 of one blob", "nearest to that class, %", moved(30, near=False))
    line("Move to a class, a single sample", "nearest to that class, %", moved(1, near=False))
    line("Move to neighbours, 30 of one blob", "nearest to their class, %", moved(30, near=True))
    line("Move to neighbours, a single sample", "nearest to their class, %", moved(1, near=True))
    line("Separate two classes, margin 1", "distance of means, typical distances", separated)
    line("Shift a class by 1", "distance along the axis, deviations", shifted)
    line("Link, alike, 3 and 3 of two classes", "distance of middles, typical distances", linked(True))
    line("Link, apart, 3 and 3 of one class", "distance of middles, typical distances", linked(False))
    line("Weigh a blob 1/4", "validation accuracy, %", left_out(lambda ids: Weigh(ids, 0.25)))
    line("Drop a blob", "validation accuracy, %", left_out(Drop))
    line("RankFeatures, half of the pixels", "validation accuracy, %", ranked)


if __name__ == "__main__":
    main()
