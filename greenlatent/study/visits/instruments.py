"""Instruments: one has names, the other none; a few single samples of the other are dragged to the names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

import greenlatent as gl

from . import nets
from .starts import first_halves, standard, summary

DRAGS = 30
STEPS, TRIAL = 800, 400  # of a training, and of each of the four trials of a choice
RATE = 3e-3
LABELS = ("relabel", "relabel, slower")
ARMS: dict[
    str, tuple[str | float, float]
] = {  # whether drags pull, and the rate; relabels are as good at either
    "relabel": ("off", RATE),
    "relabel, slower": ("off", 1e-3),
    "move": ("off", RATE),
    "contrast": (1.0, RATE),
    "chosen": ("chosen", RATE),
}
MOST = 100.0  # times that a dragged sample may be met: half of what is met is dragged


@dataclass(frozen=True)
class Instruments:
    """Samples of one instrument with labels, and of another: to drag from, and to ask about."""

    first: gl.Samples
    pool: gl.Samples
    asked: gl.Samples


def pictures(data: gl.Samples, seed: int, change: Callable[[torch.Tensor], torch.Tensor]) -> Instruments:
    """Half of the samples as they are, and half as the other instrument shows them."""
    flat = gl.Samples(data.x.flatten(1), data.y, classes=data.classes)
    first, second = flat.split(0.5, seed=seed)
    pool, asked = second.split(0.5, seed=seed)
    return Instruments(
        first, *(gl.Samples(change(part.x), part.y, classes=data.classes) for part in (pool, asked))
    )


def signals(
    data: gl.Samples, seed: int, change: Callable[[np.ndarray], np.ndarray], side: str | None = None
) -> Instruments:
    """Half of the recordings, or those of one side, as they are, and the others as the other instrument records them;
    dragged from their first halves, asked about their second."""
    recording = data.groups["recording"]
    if side is None:
        mixed = np.random.default_rng(seed).permutation(np.unique(recording))
        first = np.isin(recording, mixed[: len(mixed) // 2])
    else:
        first = data.groups["side"] == side
    x = data.x.numpy().copy()
    x[~first] = change(x[~first])
    table, y, early = standard(summary(x), first), data.y.numpy(), first_halves(recording)

    def part(rows: np.ndarray) -> gl.Samples:
        return gl.Samples(table[rows], y[rows], classes=data.classes)

    return Instruments(part(first), part(~first & early), part(~first & ~early))


def drag(parts: Instruments, seed: int, *, drags: int = DRAGS, steps: int = STEPS) -> dict[str, float]:
    """Accuracy on the second instrument, in per cent, by what the drags do: "relabel" names them, "move" is a drop on
    that name, "contrast" pulls, too, and "chosen" does so if halves of the drags say that it helps."""
    first, pool = parts.first, parts.pool
    chosen = len(first) + np.random.default_rng(seed).choice(len(pool), drags, replace=False)
    truth = np.r_[first.y.numpy(), pool.y.numpy()]
    given = np.r_[first.y.numpy(), np.full(len(pool), -1)]
    train = gl.Samples(torch.cat([first.x, pool.x]), given, classes=first.classes)
    found: dict[str, float] = {}
    for arm, (contrast, rate) in ARMS.items():
        model = nets.made(nets.mlp, train, len(first.classes), seed)
        run = nets.trainer(model, train, seed, lr=rate, feedback=gl.Feedback(contrast=contrast))
        for c in np.unique(truth[chosen]):
            ids, name = chosen[truth[chosen] == c], first.classes[c]
            run.journal.add(gl.Relabel(ids, name) if arm in LABELS else gl.Move(ids, name), by="human")
        run.journal.add(gl.Weigh(chosen, min(MOST, len(first) / drags)))
        if arm == "chosen":
            on = run.choose_contrast(min(TRIAL, steps)).on
            # from the first step on it is what was trained with that choice: not done a second time
            found[arm] = found["contrast" if on else "move"]
        else:
            run.step(steps)
            found[arm] = nets.accuracy(run, parts.asked)
        run.close()
    return found
