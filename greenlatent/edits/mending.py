"""Mending: labels, weights and input features as the edits in force leave them, ready to train on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..data.samples import UNLABELLED, Samples
from .kinds import Edit
from .mends import Draft


@dataclass(frozen=True)
class Mending:
    """Samples as the person left them; replaced whole whenever the edits in force change."""

    y: torch.Tensor  # (n,) labels after relabels
    masked: torch.Tensor  # (n,) bool: the label does not count in the task loss
    weights: np.ndarray  # (n,) how often an epoch meets a sample
    kept: np.ndarray  # (n,) the same, had nothing been left out: what comes back if it is
    dragged: torch.Tensor  # (n,) bool: had no label in the data, and was dragged to where there is one
    features: torch.Tensor | None  # (f,) 1 for input features kept, 0 for the others; None: all

    @property
    def targets(self) -> torch.Tensor:
        """Labels for the task loss: what is masked or has no label reads -100 (NaN in regression)."""
        if self.y.is_floating_point():
            return self.y.masked_fill(self.masked, float("nan"))
        return self.y.masked_fill(self.masked | (self.y == UNLABELLED), -100)


def mend(edits: Iterable[Edit], samples: Samples) -> Mending:
    """Apply edits in order: a later one about the same sample wins."""

    def label(given: Any) -> float | int:
        is_class = isinstance(given, str) or not samples.regression
        return samples.class_index(given) if is_class else float(given)

    n, weights = len(samples), samples.weights
    y, none = samples.y.numpy().copy(), np.zeros(n, bool)
    draft = Draft(y, none, weights.copy(), weights.copy(), none.copy(), label)
    draft.apply(edits)
    features = None if draft.features is None else torch.from_numpy(draft.features)
    labels, masked, dragged = (torch.from_numpy(part) for part in (draft.y, draft.masked, draft.dragged))
    return Mending(labels, masked, draft.weights, draft.kept, dragged, features)
