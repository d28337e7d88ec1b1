"""Columns: what is known of the samples of a frame, as a page or a film shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..edits.kinds import touched
from ..training.trainer import Trainer
from ..widgets.widget import DOUBTFUL, EDITED, LEFT_OUT, STALE
from .picture import Frame


def columns_of(trainer: Trainer, frame: Frame) -> dict[str, tuple[str, Any]]:
    """By name, each its kind and values, with the labels and marks of the next step; of samples that training has not
    seen yet nothing is known."""
    ids, seen, train = frame.ids, trainer.seen, trainer.train
    at = torch.as_tensor(ids)
    mending = trainer.upcoming
    state: np.ndarray = STALE * frame.stale.astype(int) + DOUBTFUL * frame.doubtful.astype(int)
    waiting = (event.edit for event in trainer.waiting)
    edited = {i for edit in waiting if edit is not None for i in touched(edit)}
    state[np.isin(ids, [*trainer.feedback.unsatisfied(), *edited])] |= EDITED
    state[mending.weights[ids] == 0] |= LEFT_OUT
    kind = "number" if train.regression else "class"
    predicted = seen.predicted.cpu()[at].numpy()
    if not train.regression:  # a head may have more outputs than the data has classes
        predicted = np.where(predicted < len(trainer.classes), predicted, -1).astype(int)
    columns: dict[str, tuple[str, Any]] = {
        "given": (kind, mending.y[at].numpy()),
        "predicted": (kind, predicted),
    }
    if not train.regression:
        columns["confidence"] = ("number", seen.confidence.cpu()[at].numpy())
    columns["loss"] = ("number", seen.loss.cpu()[at].numpy())
    columns["state"] = ("flags", state)
    return columns
