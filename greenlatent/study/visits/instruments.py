"""Instruments: one has names, the other none; a few single samples of the other are dragged to the names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import greenlatent as gl

from . import nets
from .starts import first_halves, standard, summary

DRAGS = 30
STEPS, TRIAL = 800, 400  # of a training, and of each of the four trials of a choice
EVERY = 4  # steps, on one of which drags pull
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


def drag(
    parts: Instruments, seed: int, *, drags: int = DRAGS, steps: int = STEPS, moves: bool = True
) -> dict[str, float]:
    """Accuracy on the second instrument, in per cent, by what the drags do: "relabel" names them, "contrast" pulls,
    too, "chosen" does so if halves of the drags say that it helps; "move" is a drop on the name that does not pull."""
    first, pool = parts.first, parts.pool
    chosen = len(first) + np.random.default_rng(seed).choice(len(pool), drags, replace=False)
    truth = np.r_[first.y.numpy(), pool.y.numpy()]
    given = np.r_[first.y.numpy(), np.full(len(pool), -1)]
    train = gl.Samples(torch.cat([first.x, pool.x]), given, classes=first.classes)
    found: dict[str, float] = {}

    def dragged(contrast: str | float, edit: type[gl.Relabel] | type[gl.Move] = gl.Move) -> Any:
        model = nets.made(nets.mlp, train, len(first.classes), seed)
        run = nets.trainer(model, train, seed, feedback=gl.Feedback(contrast=contrast, every=EVERY))
        for c in np.unique(truth[chosen]):
            run.journal.add(edit(chosen[truth[chosen] == c], first.classes[c]), by="human")
        run.journal.add(gl.Weigh(chosen, min(MOST, len(first) / drags)))
        return run

    for arm in ("relabel", "contrast", "move")[: 3 if moves else 2]:
        run = dragged(1.0 if arm == "contrast" else "off", gl.Relabel if arm == "relabel" else gl.Move)
        run.step(steps)
        found[arm] = nets.accuracy(run, parts.asked)
        run.close()
    run = dragged("chosen")
    on = run.choose_contrast(min(TRIAL, steps)).on
    run.close()
    # a choice before the first step trains as if it had been said, and a drag that does not pull is a relabel
    return found | {"chosen": found["contrast" if on else "relabel"]}
