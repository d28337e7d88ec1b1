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


def contrast(z: torch.Tensor, y: torch.Tensor, temperature: float = TEMPERATURE) -> Pair:
    """Rows of one label nearer to each other, by angle, than to rows of any other; both sides of each pair move.

    z (b, d); y (b,): labels, under 0 for rows that take no part, as a row of zeros does, which has no direction ->
    value (), slope (b, d). With e_ij = exp(cos_ij / T) and N_i the sum of e_in over the negatives n of row i,
    value = mean over rows i with a positive of mean over positives p of log(1 + N_i / e_ip).
    A row without a label is no negative: it may well be of the same class, and was pushed away from its own.
    """
    size = z.norm(dim=1, keepdim=True)  # (b, 1)
    part = (y >= 0) & (size[:, 0] > 0)
    y = torch.where(part, y, -1)
    u = z / size.clamp(min=torch.finfo(z.dtype).tiny)
    e = (u @ u.T / temperature).exp()  # (b, b)
    alike = y[:, None] == y
    positive = (alike & part).fill_diagonal_(False).to(z.dtype)
    against = e * (~alike & part & part[:, None])  # e_in where n is a negative of i
    count = positive.sum(1, keepdim=True)  # (b, 1)
    share = positive / (
        count.clamp(min=1) * (count > 0).sum().clamp(min=1)
    )  # what each pair counts in the mean
    n = against.sum(1, keepdim=True)
    pull = share / (e + n)  # (b, b)
    # by the cosines, over T: down for positives, up for negatives; each pair has two rows
    by_pair = (against * pull.sum(1, keepdim=True) - n * pull) / temperature
    by_row = (by_pair + by_pair.T) @ u
    slope = (by_row - u * (u * by_row).sum(1, keepdim=True)) / size.clamp(min=torch.finfo(z.dtype).tiny)
    return (share * torch.log1p(n / e)).sum(), torch.where(part[:, None], slope, 0.0)
