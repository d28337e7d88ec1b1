"""Mending: labels, weights and input features as the edits in force leave them, ready to train on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..data.samples import UNLABELLED, Samples
from .found import class_index
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
    classes: tuple[str, ...]  # those of the data, then those that were found in it
    outputs: int = 0  # classes that a model tells apart, where that is known

    def class_index(self, name: str) -> int:
        """The index of a class that an edit calls by its name."""
        return self.classes.index(name)

    @property
    def targets(self) -> torch.Tensor:
        """Labels for the task loss; -100 (NaN in regression) where one is masked, missing or beyond the outputs."""
        if self.y.is_floating_point():
            return self.y.masked_fill(self.masked, float("nan"))
        # a found class without an output of its own cannot be told, and so not be taught
        beyond = self.y >= self.outputs if self.outputs else torch.zeros_like(self.masked)
        return self.y.masked_fill(self.masked | beyond | (self.y == UNLABELLED), -100)


def mend(edits: Iterable[Edit], samples: Samples, found: Sequence[str] = (), outputs: int = 0) -> Mending:
    """Apply edits in order: a later one about the same sample wins. `found` are the classes that people found, in
    order, whether they are in force or not."""

    def label(given: Any) -> float | int:
        is_class = isinstance(given, str) or not samples.regression
        return class_index(given, samples, found) if is_class else float(given)

    n, weights = len(samples), samples.weights
    y, none = samples.y.numpy().copy(), np.zeros(n, bool)
    draft = Draft(y, none, weights.copy(), weights.copy(), none.copy(), label)
    draft.apply(edits)
    features = None if draft.features is None else torch.from_numpy(draft.features)
    labels, masked, dragged = (torch.from_numpy(part) for part in (draft.y, draft.masked, draft.dragged))
    return Mending(
        labels, masked, draft.weights, draft.kept, dragged, features, (*samples.classes, *found), outputs
    )
