"""The contrastive losses behind the edits: from latents to one number, small enough to read and to change.

Distances are measured against `scale`, the mean squared distance of a sample from its class mean, so that a
loss means the same in every network and cannot be lowered by inflating the latents.
"""

import torch
from torch.nn import functional as F

TEMPERATURE = 0.5


def toward_prototype(
    z: torch.Tensor, targets: torch.Tensor, goals: torch.Tensor, prototypes: torch.Tensor, scale: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Prototype InfoNCE: nearer to one's own target than to the other classes' means.

    z (k, d); targets (k, d): where each row should go; goals (k,): the class of that place; prototypes (c,
    d), scale (). Returns the loss of each row (k,) and how sure it already is (k,). Its gradient fades once
    a row is right.
    """
    squared = torch.cdist(z, prototypes).square()  # (k, c)
    own = (z - targets).square().sum(1, keepdim=True)  # (k, 1)
    squared = squared.scatter(1, goals[:, None], own)
    log_p = (-squared / (scale * TEMPERATURE)).log_softmax(1).gather(1, goals[:, None])[:, 0]
    return -log_p, log_p.detach().exp()


def toward_place(z: torch.Tensor, targets: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """Nearer to a place, whatever its class; far rows pull with bounded force. z, targets (k, d) -> (k,)."""
    return torch.log1p((z - targets).square().sum(1) / scale)


def apart(z: torch.Tensor, others: torch.Tensor, scale: torch.Tensor, margin: float) -> torch.Tensor:
    """At least `margin` typical distances from these. z, others (k, d) -> (k,)."""
    distance = ((z - others).square().sum(1) / scale + 1e-12).sqrt()
    return F.relu(margin - distance).square()


def pair_margin(
    mean_a: torch.Tensor, mean_b: torch.Tensor, scale: torch.Tensor, distance: float
) -> torch.Tensor:
    """Two class means at least `distance` pooled deviations apart. mean_a, mean_b (d,) -> ()."""
    return apart(mean_a[None], mean_b[None], scale, distance)[0]


def axis_margin(
    mean_a: torch.Tensor,
    mean_b: torch.Tensor,
    axis: torch.Tensor,
    spread: torch.Tensor,
    separation: float,
    *,
    up: bool,
) -> torch.Tensor:
    """A Fisher-like margin: a minus b along the axis at least (`up`) or at most `separation` deviations.

    mean_a, mean_b, axis (d,), spread () -> (). `spread` comes with a floor and without gradient: otherwise
    the cheapest way to satisfy it is to shrink the spread instead of moving the means.
    """
    now = (mean_a - mean_b) @ axis / spread
    return F.relu(separation - now if up else now - separation).square()


def supervised_contrastive(
    z: torch.Tensor, y: torch.Tensor, anchors: torch.Tensor, temperature: float = 0.1
) -> torch.Tensor:
    """SupCon with verified samples as anchors only, because it is not robust to wrong labels.

    z (n, d); y (n,); anchors (n,) bool. Anchors without a partner of their class do not count.
    """
    z = F.normalize(z, dim=1)
    logits = z[anchors] @ z.T / temperature  # (a, n)
    own = torch.eye(len(z), dtype=torch.bool, device=z.device)[anchors]
    log_p = logits.masked_fill(own, float("-inf")).log_softmax(1)
    partners = (y[anchors, None] == y[None]) & ~own
    count = partners.sum(1)
    per_anchor = -log_p.masked_fill(~partners, 0.0).sum(1) / count.clamp(min=1)
    return per_anchor[count > 0].sum() / (count > 0).sum().clamp(min=1)
