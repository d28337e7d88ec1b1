"""Heads: what of a model's output are the numbers per class, for the loss, the guess and the confidence."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..data.samples import Samples

Read = Callable[[torch.Tensor], torch.Tensor]


def reading(output: torch.Tensor, train: Samples) -> Read | None:
    """How outputs (n, ..) become numbers per class (n, c); None where they are such numbers, or nothing is guessed.

    Raises where the last layer does not fit the data.
    """
    n, shape, classes = len(output), tuple(output.shape), len(train.classes)
    if train.regression or train.unlabelled:
        return None
    if train.several is not None:
        names, shown = train.several.names, train.several.shown
        if shape != (n, len(names)):
            raise ValueError(
                f"the model's output has shape {shape} for a batch of {n}, but a sample has {len(names)} labels;"
                f" its last layer must give {len(names)} numbers per sample, one for each"
            )
        return lambda output: one_logit(output[:, shown])
    if classes == 2 and shape in ((n,), (n, 1)):
        return one_logit
    if output.ndim != 2 or output.shape[1] < classes:
        raise ValueError(
            f"the model's output has shape {shape} for a batch of {n}, but the data"
            f" has {classes} classes; its last layer must give {classes} numbers per sample"
            + (", or one" if classes == 2 else "")
        )
    return None


def one_logit(output: torch.Tensor) -> torch.Tensor:
    """(n,) or (n, 1) -> (n, 2): beside a 0, cross-entropy of both is binary cross-entropy of the one."""
    logit = output.reshape(-1)
    return torch.stack([torch.zeros_like(logit), logit], 1)
