"""Skim: the samples that an epoch leaves out because they are easy, and what the rest of those counts for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Skim:
    """Leaves out `share` of the samples whose loss is below the mean, by chance; those that stay count for them, so
    that the gradient is the same on average (InfoBatch, Qin et al., 2024).

    From epoch `until` on all are met again: the last epochs settle what chance left open.
    """

    share: float
    until: int | None
    losses: Callable[[], torch.Tensor]  # the last loss of every sample, NaN for none

    def deal(self, epoch: int, seed: int) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Which samples this epoch leaves out, and what each counts; None where it meets all."""
        losses = self.losses()
        easy = losses < losses.nanmean()  # what was never seen, or has no label, is none
        if (self.until is not None and epoch >= self.until) or not easy.any():
            return None
        # coins of their own: the order of the samples is that of a run that meets all
        coins = np.random.default_rng([seed, epoch]).random(len(losses)) < self.share
        out = easy & torch.from_numpy(coins).to(easy.device)
        counts = torch.where(easy & ~out, 1 / (1 - self.share), 1.0)
        return out, counts
