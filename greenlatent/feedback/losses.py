"""The contrastive losses behind the edits: each gives its value and its slope in closed form.

Through autograd the same losses cost a small net a fifth of its speed; a test holds every slope against autograd.
Distances are measured against `scale`, the mean squared distance of a sample from its class mean, so that a loss means
the same in every network and cannot be lowered by inflating the latents.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

TEMPERATURE = 0.5
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Prototypes:
    """Class means, and what `toward_prototype` needs of them in step after step."""

    means: torch.Tensor  # (c, d)
    slopes: torch.Tensor  # (d, c) rate * means
    bias: torch.Tensor  # (c,) -rate * |mean|^2 / 2
    rate: float  # 2 / (scale * TEMPERATURE), a number: as a tensor it would cost an operation wherever it stands

    @classmethod
    def of(cls, means: torch.Tensor, scale: torch.Tensor) -> Prototypes:
        rate = 2 / (float(scale) * TEMPERATURE)
        return cls(means, rate * means.T, means.square().sum(1) * (-rate / 2), rate)


def toward_prototype(
    z: torch.Tensor,
    prototypes: Prototypes,
    goals: torch.Tensor,
    targets: torch.Tensor,
    offsets: torch.Tensor | None = None,
    weight: float = 1.0,
    out: torch.Tensor | None = None,
) -> Pair:
    """Prototype InfoNCE: nearer to one's own target than to the other classes' means.

    z (k, d); goals (k,): the class each row should go to; targets (k, d): where exactly; offsets (k, d): targets less
    the means of their classes, None where they are those means -> log q (k, c), weight * slope (k, d), in `out` if
    there is one. With q the softmax of -distance^2 / (scale * T) over the target and the other means m_j:
    value = -log q_goal, slope = rate * (sum_j q_j m_j + q_goal offset - target); it fades once a row is right.
    """
    rate = prototypes.rate
    # -distance^2 / 2 is z.m - m.m / 2 but for z.z / 2, which the softmax does not see: half the time of distances
    logits = torch.addmm(prototypes.bias, z, prototypes.slopes)  # (k, c)
    if offsets is not None:
        goal = goals[:, None]
        logits.scatter_(1, goal, rate * ((z - targets / 2) * targets).sum(1, keepdim=True))
    log_q = logits.log_softmax(1)
    if offsets is not None:
        targets = torch.addcmul(targets, offsets, log_q.gather(1, goal).exp(), value=-1)
    rate *= weight
    return log_q, torch.addmm(targets, log_q.exp(), prototypes.means, beta=-rate, alpha=rate, out=out)


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
