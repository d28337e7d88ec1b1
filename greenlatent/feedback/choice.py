"""Choice: whether dragged samples pull, too, as halves of them say: trained on one half, asked about the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from ..edits.kinds import Choice, Move, RankFeatures
from ..edits.mending import Mending
from .feedback import Feedback

STEPS = 400  # of a trial, at most
FEWEST = 4  # drags, or a half of them says nothing


class Chosen(NamedTuple):
    """How many of so many held out drags are told right, trained with the contrast and without; and what was chosen."""

    right: int
    without: int
    of: int
    on: bool


def choose(
    trainer: Any, steps: int, progress: Callable[[float], bool | None] | None, by: str
) -> Chosen | None:
    """Try both with twins from the present weights, both ways round, and write down what was chosen; None when
    `progress(share)` returned False."""
    trainer.settings.check_renewable("a choice by halves")
    if steps < 1:
        raise ValueError(f"steps of a trial count from 1, got {steps}")
    mending = trainer.upcoming
    known = mending.targets >= 0 if not trainer.train.regression else torch.zeros(0, dtype=torch.bool)
    ids = (mending.dragged & known).nonzero()[:, 0].numpy() if len(known) else np.zeros(0, np.int64)
    if len(ids) < FEWEST:
        raise ValueError(
            f"{len(ids)} samples without a label were dragged to a class; halves say something from {FEWEST} on"
        )
    with trainer.doing("control"):
        right = _tried(trainer, ids, mending, steps, progress or (lambda share: None))
    if right is None:
        return None
    chosen = Chosen(right[1], right[0], len(ids), right[1] > right[0])
    trainer.journal.add(Choice(chosen.on, chosen.right, chosen.without, chosen.of), by=by)
    return chosen


def _tried(
    trainer: Any, ids: np.ndarray, mending: Mending, steps: int, progress: Callable[[float], bool | None]
) -> list[int] | None:
    """How many held out drags were told right without the contrast, and with it."""
    order = ids[np.argsort(mending.y[ids].numpy(), kind="stable")]
    halves = order[::2], order[1::2]  # alternating within each class
    # told anew as drags, so that they may pull; what is asked about, and what nobody may learn from, has no label
    y = torch.where(mending.targets >= 0, mending.y, -1)
    y[ids] = -1
    names = mending.classes[: trainer.network.outputs]
    data = trainer.train.take(np.arange(len(y)), y=y, weights=mending.weights, classes=names)
    right, done = [0, 0], 0
    for told, asked in (halves, halves[::-1]):
        for on in (False, True):
            old = trainer.feedback
            contrast = (1.0 if isinstance(old.contrast, str) else old.contrast or 1.0) if on else "off"
            twin = _twin(
                trainer, data, Feedback(contrast=contrast, every=old.every, temperature=old.temperature)
            )
            try:
                _tell(twin, trainer, told, mending)
                for _ in range(steps):
                    twin.step()
                    done += 1
                    if done % 20 == 0 and progress(done / (4 * steps)) is False:
                        return None
                guess = twin.beliefs(torch.from_numpy(asked))[1][:, : len(data.classes)].argmax(1).cpu()
                right[on] += int((guess == mending.y[asked]).sum())
            finally:
                twin.close()
    return right


def _twin(trainer: Any, data: Any, feedback: Feedback) -> Any:
    """A trainer from the present weights, without a meter: what it takes is the choice's."""
    model = trainer.network.copied(trainer.model.state_dict())
    return type(trainer)(
        model, data, **trainer.settings.keywords() | {"feedback": feedback, "statistics": False}
    )


def _tell(twin: Any, trainer: Any, ids: np.ndarray, mending: Mending) -> None:
    """The drags of one half, and the features that count."""
    for event in trainer.journal.active:
        if isinstance(event.edit, RankFeatures):
            twin.journal.add(event.edit)
    labels = mending.y[ids].numpy()
    for label in np.unique(labels):
        twin.journal.add(Move(ids[labels == label], mending.classes[int(label)]))
