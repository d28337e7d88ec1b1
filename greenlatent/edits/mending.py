"""What the edits in force do to labels, weights and inputs; their pull on latents is feedback.py's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from ..data.samples import UNLABELLED, Samples
from .kinds import (
    Affirm,
    Drop,
    Edit,
    Link,
    Move,
    Near,
    RankFeatures,
    Relabel,
    Separate,
    Shift,
    Weigh,
    touched,
)


@dataclass(frozen=True)
class Mending:
    """Samples as the person left them; replaced whole whenever the edits in force change."""

    y: torch.Tensor  # (n,) labels after relabels
    masked: torch.Tensor  # (n,) bool: the label does not count in the task loss
    weights: np.ndarray  # (n,) how often an epoch meets a sample
    kept: np.ndarray  # (n,) the same, had nothing been left out: what comes back if it is
    features: torch.Tensor | None  # (f,) 1 for input features kept, 0 for the others; None: all

    @property
    def targets(self) -> torch.Tensor:
        """Labels for the task loss: what is masked or has no label reads -100 (NaN in regression)."""
        if self.y.is_floating_point():
            return self.y.masked_fill(self.masked, float("nan"))
        return self.y.masked_fill(self.masked | (self.y == UNLABELLED), -100)


def mend(edits: Iterable[Edit], samples: Samples) -> Mending:
    """Apply edits in order: a later one about the same sample wins."""
    y = samples.y.clone()
    masked = torch.zeros(len(y), dtype=torch.bool)
    weights, kept = samples.weights.copy(), samples.weights.copy()
    features = None
    for edit in edits:
        ids = list(touched(edit))
        if isinstance(edit, Relabel):
            y[ids] = float(edit.label) if samples.regression else samples.class_index(edit.label)  # type: ignore[arg-type]
            masked[ids] = False
        elif isinstance(edit, Move):
            goal = destination(edit, y, samples)
            if goal is not None:
                # left in the task loss, the old label would pull against the move and make things worse
                masked[ids] = y[ids] != goal
        elif isinstance(edit, Weigh):
            weights[ids] = edit.weight
            if edit.weight:
                kept[ids] = edit.weight
        elif isinstance(edit, Drop):
            weights[ids] = 0.0
        elif isinstance(edit, Affirm):
            masked[ids] = False
            back = [i for i in ids if weights[i] == 0]
            weights[back] = kept[back]
        elif isinstance(edit, RankFeatures):
            features = torch.zeros(len(edit.order))
            features[list(edit.order[: edit.keep])] = 1.0
    return Mending(y, masked, weights, kept, features)


def destination(move: Move, y: torch.Tensor, samples: Samples) -> int | None:
    """The class that a move goes to: the one named, or that of most neighbours at the drop; None if none."""
    if isinstance(move.to, str):
        return samples.class_index(move.to)
    if isinstance(move.to, Near) and not samples.regression:
        labels = y[list(move.to.ids)]
        labels = labels[labels != UNLABELLED]
        if len(labels):
            counts = torch.bincount(labels, minlength=len(samples.classes))
            if int(counts.max()) * 2 > len(labels):
                return int(counts.argmax())
    return None


def check(edit: Edit, samples: Samples, dims: int | None = None) -> None:
    """Raise unless the edit fits the data: ids in range, classes known, label of the right type."""
    named = list(touched(edit))
    if isinstance(edit, Move) and isinstance(edit.to, Near):
        named += edit.to.ids
    outside = [i for i in named if i >= len(samples)]
    if outside:
        raise ValueError(
            f"{type(edit).__name__} names sample {outside[0]}, but there are {len(samples)}: ids are positions in"
            " the training part (validation data cannot be edited)"
        )
    if isinstance(edit, Relabel):
        if samples.regression:
            if isinstance(edit.label, str):
                raise ValueError(f"labels are numbers here (regression), got {edit.label!r}; pass a float")
        elif isinstance(edit.label, float):
            raise ValueError(f"labels are classes here, got {edit.label!r}; pass a class name or index")
        else:
            samples.class_index(edit.label)
    classes: list[str | None] = []
    if isinstance(edit, Move) and isinstance(edit.to, str):
        classes = [edit.to]
    elif isinstance(edit, Separate):
        classes = [side for side in (edit.a, edit.b) if isinstance(side, str)]
    elif isinstance(edit, Shift):
        classes = [edit.label, edit.against]
    for name in classes:
        if name is not None:
            samples.class_index(name)
    if isinstance(edit, RankFeatures):
        count = samples.shape[0] if len(samples.shape) else 1
        if sorted(edit.order) != list(range(count)):
            raise ValueError(
                f"RankFeatures.order names {len(edit.order)} of {count} input features; rank each one once"
            )
    if dims is not None:
        if isinstance(edit, Shift):
            given = edit.axis + 1 if isinstance(edit.axis, int) else len(edit.axis)
            if (isinstance(edit.axis, int) and given > dims) or (
                not isinstance(edit.axis, int) and given != dims
            ):
                raise ValueError(f"Shift.axis needs {given} latent dimensions; this layer has {dims}")
        if isinstance(edit, Move) and not isinstance(edit.to, str | Near) and len(edit.to.mean) != dims:
            raise ValueError(f"Plane.mean has {len(edit.to.mean)} entries; this layer has {dims} dimensions")


RELATIONS = (Move, Separate, Shift, Link)  # the edits whose only signal is the feedback
