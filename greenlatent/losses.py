"""The contrastive losses behind the edits: each gives its value and its slope in closed form.

Through autograd the same losses cost a small net a fifth of its speed; a test holds every slope against autograd.
Distances are measured against `scale`, the mean squared distance of a sample from its class mean, so that a loss means
the same in every network and cannot be lowered by inflating the latents.
"""

import torch
from torch.nn import functional as F

TEMPERATURE = 0.5
Pair = tuple[torch.Tensor, torch.Tensor]


def toward_prototype(
    z: torch.Tensor, targets: torch.Tensor, goals: torch.Tensor, prototypes: torch.Tensor, scale: torch.Tensor
) -> Pair:
    """Prototype InfoNCE: nearer to one's own target than to the other classes' means.

    z (k, d); targets (k, d): where each row should go; goals (k,): the class of that place; prototypes (c, d);
    scale () -> value (k,), slope (k, d). With q the softmax of -distance^2 / (scale * T) over target and other means
    m_j: value = -log q_goal, slope = 2 / (scale * T) * (sum_j q_j m_j - (1 - q_goal) target); it fades once a row is
    right.
    """
    rate = 2 / (scale * TEMPERATURE)
    # -distance^2 / 2 is z.m - m.m / 2 but for z.z / 2, which the softmax does not see: half the time of distances
    own = ((z - targets / 2) * targets).sum(1, keepdim=True)  # (k, 1)
    logits = torch.addmm(prototypes.square().sum(1), z, prototypes.T, beta=-0.5).scatter(
        1, goals[:, None], own
    )
    log_q = (logits * rate).log_softmax(1)  # (k, c)
    log_goal = log_q.gather(1, goals[:, None])  # (k, 1)
    others = log_q.exp().scatter(1, goals[:, None], 0.0)
    slope = rate * torch.addmm(torch.expm1(log_goal) * targets, others, prototypes)
    return -log_goal[:, 0], slope


def toward_place(z: torch.Tensor, targets: torch.Tensor, scale: torch.Tensor) -> Pair:
    """Nearer to a place, whatever its class: log(1 + distance^2 / scale), so that far rows pull with bounded force.

    z, targets (k, d), scale () -> value (k,), slope (k, d).
    """
    away = z - targets
    squared = away.square().sum(1, keepdim=True)
    return torch.log1p(squared / scale)[:, 0], 2 * away / (scale + squared)


def apart(z: torch.Tensor, others: torch.Tensor, scale: torch.Tensor, margin: float) -> Pair:
    """At least `margin` typical distances from these: max(0, margin - distance)^2.

    z, others (k, d), scale () -> value (k,), slope (k, d).
    """
    away = z - others
    distance = (away.square().sum(1, keepdim=True) / scale + 1e-12).sqrt()
    short = F.relu(margin - distance)
    return short.square()[:, 0], -2 * short / (distance * scale) * away


def axis_margin(
    gap: torch.Tensor, axis: torch.Tensor, spread: torch.Tensor, separation: float, *, up: bool
) -> Pair:
    """A Fisher-like margin: the gap of two means along the axis at least (`up`) or at most `separation` deviations.

    gap, axis (d,), spread () -> value (), slope (d,) for the gap. `spread` comes with a floor and has no slope:
    otherwise the cheapest way to satisfy it is to shrink the spread instead of moving the means.
    """
    now = gap @ axis / spread
    short = F.relu(separation - now if up else now - separation)
    return short.square(), (-2 if up else 2) * short / spread * axis


def supervised_contrastive(
    z: torch.Tensor, y: torch.Tensor, anchors: torch.Tensor, temperature: float = 0.1
) -> torch.Tensor:
    """SupCon with verified samples as anchors only, because it is not robust to wrong labels; differentiable.

    z (n, d); y (n,); anchors (n,) bool -> (). Anchors without a partner of their class do not count.
    """
    z = F.normalize(z, dim=1)
    logits = z[anchors] @ z.T / temperature  # (a, n)
    own = torch.eye(len(z), dtype=torch.bool, device=z.device)[anchors]
    log_p = logits.masked_fill(own, float("-inf")).log_softmax(1)
    partners = (y[anchors, None] == y[None]) & ~own
    count = partners.sum(1)
    per_anchor = -log_p.masked_fill(~partners, 0.0).sum(1) / count.clamp(min=1)
    return per_anchor[count > 0].sum() / (count > 0).sum().clamp(min=1)
