"""Skim: the samples that an epoch leaves out because they are easy, and what the rest of those counts for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

OTHER_DIGITS = 2**20  # of 53 binary ones


@dataclass(frozen=True)
class Skim:
    """Leaves out `share` of the samples whose loss is below the mean, by chance; those that stay count for them, so
    that the gradient is the same on average (InfoBatch, Qin et al., 2024).

    From epoch `until` on all are met again: the last epochs settle what chance left open.
    """

    share: float
    until: int | None
    losses: Callable[[], torch.Tensor]  # the last loss of every sample, NaN for none

    def deal(self, epoch: int, coins: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Which samples this epoch leaves out, and what each counts; None where it meets all. `coins` are the epoch's
        own, in double precision."""
        if self.until is not None and epoch >= self.until:
            return None
        losses = self.losses()
        easy = losses < losses.nanmean()  # what was never seen, or has no label, is none
        if not easy.any():
            return None
        # later digits of coins whose first ones say how often a weighed sample comes: neither hangs on the other
        fate = (coins * OTHER_DIGITS).frac_() < self.share
        out = easy & fate.to(easy.device)
        return out, torch.where(easy ^ out, 1 / (1 - self.share), 1.0)
