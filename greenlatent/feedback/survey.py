"""Survey: a look at where the latents are, and the values that targets are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..data.samples import Samples
from ..edits.kinds import Edit
from ..edits.mending import Mending

Fade = Callable[[float], float]  # the step an edit was born in -> how strongly it pulls now


@dataclass(frozen=True)
class Aim:
    """One edit that still pulls, and its samples that are not satisfied yet."""

    n: int
    edit: Edit
    born: int
    goal: float | None
    waiting: list[int]
    looks: dict[int, int]


@dataclass(frozen=True)
class Survey:
    """Where the latents are: (n, d) as training saw them last, which rows are known and which are recent (n,)."""

    latents: torch.Tensor
    known: torch.Tensor
    recent: torch.Tensor
    named: list[int]  # samples that edits refer to
    fresh: torch.Tensor  # (len(named), d) their latents now


@dataclass(frozen=True)
class Standing:
    """What targets are made of, as a survey found it: it stands for a stretch, and a checkpoint keeps it."""

    means: torch.Tensor  # (c, d) of the classes
    counts: torch.Tensor  # (c,) samples that each was taken from
    variance: torch.Tensor  # (d,) within classes
    named: list[int]
    fresh: torch.Tensor  # (len(named), d)

    @classmethod
    def of(cls, survey: Survey, mending: Mending, samples: Samples) -> Standing:
        """Class means and the variance within classes, from what training saw lately where it saw enough."""
        z, known = survey.latents, survey.known
        zero = torch.zeros_like(known, dtype=torch.int64)
        label = zero if samples.regression or samples.unlabelled else mending.y.to(z.device)
        c = max(1, len(mending.classes))
        counted = (label >= 0) & ~mending.masked.to(z.device)
        rows = survey.recent & counted
        means, counts = _means(z, label, rows, c)
        few = counts < 2
        if few.any():
            older, number = _means(z, label, known & counted, c)
            means = torch.where(few[:, None], older, means)
            counts = torch.where(few, number, counts)
        residual = z[rows] - means[label[rows]]
        variance = residual.square().mean(0) if len(residual) else z.new_ones(z.shape[1])
        return cls(means, counts, variance.clamp(min=1e-12), survey.named, survey.fresh)


@dataclass(frozen=True)
class Window:
    """Some samples of the pool that join one batch, and what is known of them in this stretch."""

    ids: torch.Tensor  # (k,)
    rows: Sequence[int]  # in the pool
    born: list[float]
    together: bool  # whether all were born in the same step
    goal: Any  # (k,) the class that each goes to
    target: Any  # (k, d)
    offset: Any  # (k, d) targets less class means; None where no target is anything else
    share: Any  # (3, k) 1 for the kinds of pull that each row feels
    masked: bool  # whether all of their labels are out of the task loss as it is


def _means(
    z: torch.Tensor, label: torch.Tensor, rows: torch.Tensor, c: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean of each class over these rows (c, d), the mean of all for a class without any, and counts (c,)."""
    z, label = z[rows], label[rows]
    number = torch.bincount(label, minlength=c).to(z.dtype)
    sums = z.new_zeros(c, z.shape[1]).index_add_(0, label, z)
    middle = z.mean(0) if len(z) else z.new_zeros(z.shape[1])
    return torch.where((number == 0)[:, None], middle, sums / number.clamp(min=1)[:, None]), number
