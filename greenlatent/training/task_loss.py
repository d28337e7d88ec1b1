"""Task loss: what a trainer minimises beside the feedback, by name or as a function."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..data.samples import Samples

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def named(loss: Loss | str | None, train: Samples) -> tuple[Loss | None, str]:
    """The per-sample loss and its words; None is plain cross-entropy, which has a fused form."""
    if callable(loss):
        return loss, getattr(loss, "__name__", type(loss).__name__)
    if loss == "gce":
        return generalised_cross_entropy, "gce"
    if loss is None and train.regression:
        return lambda output, y: (output.reshape(len(y), -1)[:, 0] - y).square(), "mse"
    if loss is None:
        return None, "cross entropy"
    raise ValueError(f'loss is a function (output, y) -> per-sample tensor, "gce" or None, got {loss!r}')


def generalised_cross_entropy(output: torch.Tensor, y: torch.Tensor, q: float = 0.7) -> torch.Tensor:
    """(1 - p_y^q) / q: from cross-entropy (q to 0) to mean absolute error (q = 1); robust to wrong labels."""
    p = output.softmax(1).gather(1, y[:, None])[:, 0]
    return (1 - p.clamp(min=1e-7).pow(q)) / q
