"""Meet: crowds of what is new are named; solved, trained on beside it, and told in other ways."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import greenlatent as gl

from . import coral, nets
from .naming import Names, crowds, singles, tell
from .starts import Start

LOOKS = (4, 8, 16, *range(32, 385, 32))  # steps after which training on is looked at
NEVER = 1.5  # times the last step, where training on never gets as far as what was solved
HALF = 100.0  # the most that a named sample may be weighed
RATE = 1e-3  # of training on
CORAL = 1.0  # what the difference of covariances counts
RIVALS = ("contrast", "chosen", "spread", "CORAL")  # ways to train on with the same names

Look = tuple[float, float, float]  # processor seconds so far, accuracy on valid, on test


@dataclass(frozen=True)
class Met:
    """How a visit ended: accuracies in per cent by arm, on what is new, and `old` on what was there before, or for rare
    classes their recall. `joules`: processor seconds of solving over those of training on until it is as good."""

    points: Mapping[str, float]
    old: Mapping[str, float] = field(default_factory=dict)
    joules: float = float("nan")
    reached: bool = False

    def __str__(self) -> str:
        lines = [f"{arm}: {value:.1f} %" for arm, value in self.points.items()]
        return "\n".join(
            f"{line} ({self.old[arm]:.1f} %)" if arm in self.old else line
            for arm, line in zip(self.points, lines, strict=True)
        )


def meet(start: Start, count: int, seed: int, *, rate: float = RATE, rivals: Sequence[str] = ()) -> Met:
    """Name so many crowds, one in twenty wrongly; solve, and train on beside it. `rivals` of RIVALS train, too."""
    rng = np.random.default_rng(seed)
    run = nets.trainer(start.model, start.train, seed, warm=True)
    names, said = crowds(start, run, count, rng)
    points = {"as it is": nets.accuracy(run, start.test)}
    old = {"as it is": nets.accuracy(run, start.old)}
    run.close()
    told = _solved(start, _affirmed(start), seed)
    points["solved by nobody"], old["solved by nobody"] = told[1:3]
    told = _solved(start, names, seed)
    valid, points["solved"], old["solved"], took = told
    told = _solved(start, singles(start, said, rng), seed)
    points["singles solved"], old["singles solved"] = told[1:3]
    looks = _trained_on(start, names, seed, rate)
    points["trained on"] = _best(looks)
    equal = [look[2] for look in looks if look[0] <= took]
    points["trained on, as long as solving"] = equal[-1] if equal else points["as it is"]
    for arm in rivals:
        points[f"with {arm}"] = _best(_RIVAL[arm](start, names, seed, rate))
    there = next((seconds for seconds, seen, _ in looks if seen >= valid), None)
    seconds = NEVER * looks[-1][0] if there is None else there
    return Met(points, old, took / max(seconds, 1e-9), there is not None)


def _best(looks: Sequence[Look]) -> float:
    """On test, where it was best on validation data."""
    return max(looks, key=lambda look: look[1])[2]


def _affirmed(start: Start) -> Names:
    """Nobody named what is new: the old labels alone."""
    y = start.train.y.numpy()
    return [(np.flatnonzero(y == c).tolist(), name) for c, name in enumerate(start.train.classes)]


def _solved(start: Start, names: Names, seed: int) -> tuple[float, float, float, float]:
    """Accuracy on valid, test and the old part, and the processor seconds of a solve without anything kept."""
    run = nets.trainer(start.model, start.train, seed, warm=True)
    tell(run, start, names)
    run.solve()  # hooks are found once
    begun = time.thread_time()
    with torch.no_grad():
        next(run.model.parameters()).add_(0.0)  # as after a step: nothing is kept
    solved = run.solve()
    took = time.thread_time() - begun
    parts = (start.valid, start.test, start.old)
    valid, test, old = (nets.right(solved.predict(part.x), part, solved.classes) for part in parts)
    run.close()
    return valid, test, old, took


def _weighed(run: Any, start: Start, ids: Sequence[int]) -> None:
    """Half of what is met is what was named."""
    run.journal.add(gl.Weigh(ids, min(HALF, (len(start.truth) - len(start.new)) / len(ids))))


def _trained_on(
    start: Start, names: Names, seed: int, rate: float, contrast: str | float = "off", *, drags: bool = False
) -> list[Look]:
    """With these names as labels, or as drags of samples without one, which may pull, too."""
    before = _weights(start)
    feedback = gl.Feedback(contrast=contrast)
    run = nets.trainer(start.model, start.train, seed, warm=True, lr=rate, feedback=feedback)
    tell(run, start, names, drags=drags)
    _weighed(run, start, sorted({i for some, _ in names for i in some}))
    if contrast == "chosen":
        run.choose_contrast(LOOKS[-1] // 2)

    def steps() -> Iterator[float]:
        seconds = 0.0
        for step in LOOKS:
            begun = time.thread_time()
            run.step(step - run.steps)
            seconds += time.thread_time() - begun
            yield seconds

    looks = [(s, nets.accuracy(run, start.valid), nets.accuracy(run, start.test)) for s in steps()]
    run.close()
    start.model.load_state_dict(before)
    return looks


def _spread(start: Start, names: Names, seed: int, rate: float) -> list[Look]:
    """What was named, spread to what lies near by the machine where it is sure; then as with labels."""
    lab = gl.Lab(start.model, start.train, latent=nets.LATENT, seed=seed, threads=1, warm=True)
    tell(lab, start, names)
    with suppress(ValueError):  # nothing lies surely enough: what was named alone
        lab.spread()
    mended = lab.journal.mended(start.train)
    lab.close()
    y = mended.y.numpy()[start.new]
    told = [
        (start.new[y == c].tolist(), mended.classes[c]) for c in range(len(mended.classes)) if (y == c).any()
    ]
    return _trained_on(start, told, seed, rate)


def _coral(start: Start, names: Names, seed: int, rate: float) -> list[Look]:
    """Labels, and covariances of old and new made alike."""
    before = _weights(start)
    y = torch.as_tensor(start.train.y.clone())
    for ids, name in names:
        y[ids] = start.classes.index(name)
    named = torch.tensor(sorted({i for some, _ in names for i in some}))
    old = torch.from_numpy(np.setdiff1d(np.arange(len(y)), start.new))
    parts = old, named, torch.from_numpy(start.new)
    looks = []
    for seconds in coral.trained(
        start.model, start.train.x, y, parts, LOOKS, seed=seed, rate=rate, weight=CORAL
    ):
        valid, test = (
            nets.right(nets.guesses(start.model, part), part, start.classes)
            for part in (start.valid, start.test)
        )
        looks.append((seconds, valid, test))
    start.model.load_state_dict(before)
    return looks


def _weights(start: Start) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in start.model.state_dict().items()}


def _contrast(start: Start, names: Names, seed: int, rate: float) -> list[Look]:
    return _trained_on(start, names, seed, rate, 1.0, drags=True)


def _chosen(start: Start, names: Names, seed: int, rate: float) -> list[Look]:
    return _trained_on(start, names, seed, rate, "chosen", drags=True)


_RIVAL: dict[str, Callable[[Start, Names, int, float], list[Look]]] = {
    "contrast": _contrast,
    "chosen": _chosen,
    "spread": _spread,
    "CORAL": _coral,
}
