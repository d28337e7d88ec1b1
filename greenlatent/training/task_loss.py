"""Task loss: what a trainer minimises beside the feedback, by name or as a function."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from ..data.samples import Samples
from ..model.heads import Read, one_logit

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def named(loss: Loss | str | None, train: Samples, read: Read | None = None) -> tuple[Loss | None, str]:
    """The per-sample loss and its words; None is plain cross-entropy, which has a fused form.

    `read` turns the output of a model with one logit, or several labels, into numbers per class.
    """
    one = read is one_logit
    if isinstance(loss, nn.BCEWithLogitsLoss) and (one or train.several is not None):
        weight = loss.pos_weight
        if one:
            return lambda output, y: _binary(output.reshape(len(y)), y.float(), weight), "BCEWithLogitsLoss"
        return lambda output, y: _mean_of_known(output, y, weight), "BCEWithLogitsLoss"
    if callable(loss):
        return loss, getattr(loss, "__name__", type(loss).__name__)
    if loss == "gce" and (train.several is not None or train.unlabelled):
        raise ValueError(
            'loss="gce" is about one class per sample; leave it out, or pass a function (output, y) -> value per sample'
        )
    if loss == "gce":
        return (
            lambda o, y: generalised_cross_entropy(one_logit(o), y)
        ) if one else generalised_cross_entropy, "gce"
    if loss is not None:
        raise ValueError(f'loss is a function (output, y) -> per-sample tensor, "gce" or None, got {loss!r}')
    if train.regression:
        return lambda output, y: (output.reshape(len(y), -1)[:, 0] - y).square(), "mse"
    if train.unlabelled:
        return _reconstruction, "mse of the inputs"
    if train.several is not None:
        return lambda output, y: _mean_of_known(output, y, None), "binary cross entropy"
    if one:
        return lambda output, y: F.cross_entropy(
            one_logit(output), y, reduction="none"
        ), "binary cross entropy"
    return None, "cross entropy"


def generalised_cross_entropy(output: torch.Tensor, y: torch.Tensor, q: float = 0.7) -> torch.Tensor:
    """(1 - p_y^q) / q: from cross-entropy (q to 0) to mean absolute error (q = 1); robust to wrong labels."""
    p = output.softmax(1).gather(1, y[:, None])[:, 0]
    return (1 - p.clamp(min=1e-7).pow(q)) / q


def weighed(
    output: torch.Tensor, y: torch.Tensor, slope: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Cross-entropies (n,), what each is of their mean in their precision, and that mean: to begin a backward pass at
    the first with the second gives the gradient of the third bit for bit, and takes a third less."""
    each = F.cross_entropy(output, y, reduction="none")
    if slope.dtype != each.dtype:
        slope = slope.to(each.dtype)
    return each, slope, each.detach() @ slope


def over_known(per_sample: torch.Tensor, y: torch.Tensor, counts: torch.Tensor | None) -> torch.Tensor:
    """The mean over samples with a label, each counting as said."""
    if per_sample.shape != y.shape:
        raise ValueError(
            f"the loss returned shape {tuple(per_sample.shape)} for {len(y)} samples; it must return one value"
            ' per sample: use reduction="none"'
        )
    known = ~y.isnan() if y.is_floating_point() else y >= 0
    counted = per_sample if counts is None else per_sample * counts
    return (counted * known).sum() / known.sum().clamp(min=1)


class OfInputs:
    """The loss of data without labels: it takes the inputs in their place."""

    def __init__(self, loss: Loss):
        self._loss = loss
        self.last = torch.zeros(0)  # per sample, of the last batch

    def measure(self, output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Per sample (n,)."""
        found = self._loss(output, x)
        if found.shape != (len(x),):
            raise ValueError(
                f"the loss returned shape {tuple(found.shape)} for {len(x)} samples without labels; it is a function"
                " (output, x) -> one value per sample"
            )
        return found

    def __call__(
        self, output: torch.Tensor, y: torch.Tensor, ids: torch.Tensor, x: torch.Tensor
    ) -> torch.Tensor:
        """The mean over the batch but for what was injected, which stands last."""
        found = self.measure(output, x)
        self.last = found.detach()
        return found[: len(ids)].mean() if len(ids) else 0.0 * found.sum()


class OfSeveral:
    """The loss of several labels a sample, with the shown one as it is after edits."""

    def __init__(self, loss: Loss, train: Samples, device: torch.device):
        assert train.several is not None
        self._loss, self._table, self._shown = loss, train.several.table.to(device), train.several.shown

    def __call__(
        self, output: torch.Tensor, y: torch.Tensor, ids: torch.Tensor, x: torch.Tensor
    ) -> torch.Tensor:
        """The mean over samples of which a label is known; what was injected stands last and is left out."""
        k = len(ids)
        table, known = self._known(y, ids)
        if not known.any():
            return 0.0 * output.sum()
        found = self._loss(output[:k][known], table[known])
        if found.shape != (int(known.sum()),):
            raise ValueError(
                f"the loss returned shape {tuple(found.shape)} for {int(known.sum())} samples; it is a function"
                " (output, y) -> one value per sample, with y (n, labels) of 0, 1 and NaN where nobody knows"
            )
        return found.mean()

    def counted(self, y: torch.Tensor, ids: torch.Tensor) -> int:
        """Over how many samples the mean is."""
        return int(self._known(y, ids)[1].sum())

    def _known(self, y: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The labels (k, l) of the samples that are no injected ones, and of which of them one is known (k,)."""
        table = self._table[ids.to(self._table.device)]
        shown = y[: len(ids)]
        table[:, self._shown] = torch.where(shown < 0, torch.nan, shown.float())
        return table, ~table.isnan().all(1)


def _binary(output: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(output, y, pos_weight=weight, reduction="none")


def _mean_of_known(output: torch.Tensor, y: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
    """Per sample the mean over its known labels: (n, l), (n, l) -> (n,)."""
    known = ~y.isnan()
    return (_binary(output, y.nan_to_num(), weight) * known).sum(1) / known.sum(1)


def _reconstruction(output: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    if output.shape != x.shape:
        raise ValueError(
            f"the model returns shape {tuple(output.shape)} for inputs of {tuple(x.shape)}, and the data has no labels"
            " (y=None): pass loss=lambda output, x: ... with one value per sample, or labels as y="
        )
    return (output - x).square().flatten(1).mean(1)
