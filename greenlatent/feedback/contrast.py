"""Contrast: samples that were dragged to a name, pulled toward all rows of that name and away from the others."""

from __future__ import annotations

import numpy as np
import torch

from ..edits.mending import Mending
from . import losses

MOST = 300  # drags; with more of them the labels alone are as good
LEAST, LARGEST = 0.25, 0.5  # shares of a batch that dragged rows take


class Contrast:
    """On a contrast step some rows of the batch are dragged samples, as many of each class; they count in the task
    loss by what the epoch would have had of them, and all rows with a label in force pull on each other."""

    def __init__(self, weight: float, temperature: float):
        self.weight, self.temperature = weight, temperature
        self.reset()

    def reset(self) -> None:
        """Nothing was dragged."""
        self.live = False

    def take(self, mending: Mending, met: np.ndarray, on: bool, device: torch.device) -> None:
        """Follow the data: how often an epoch meets each sample, and whether dragged ones are to pull."""
        labels = mending.targets
        self.live = False
        if labels.is_floating_point() or not on:
            return
        labels = labels.masked_fill(torch.from_numpy(met == 0), -100)
        dragged = (mending.dragged & (labels >= 0)).nonzero()[:, 0].numpy()
        self.live = 0 < len(dragged) <= MOST
        if not self.live:
            return
        names = labels[torch.from_numpy(dragged)].numpy()
        groups = [dragged[names == c] for c in np.unique(names)]
        self._sizes = np.array([len(group) for group in groups])
        self._table = np.zeros((len(groups), self._sizes.max()), np.int64)  # a row for each class
        for row, group in zip(self._table, groups, strict=True):
            row[: len(group)] = group
        self._count = len(dragged)
        drawn = np.zeros(len(labels))  # (n,) how often one draw is this sample
        for group in groups:
            drawn[group] = 1 / (len(groups) * len(group))
        known = float(met[labels.numpy() >= 0].sum())
        self._labels, self._dragged = labels.to(device), torch.from_numpy(drawn > 0)
        self._drawn, self._met, self._of = (
            torch.tensor(v, dtype=torch.float32, device=device) for v in (drawn, met / met.sum(), met / known)
        )

    def draw(self, batch_size: int, turn: int) -> torch.Tensor:
        """The dragged samples of the contrast step number `turn`: class after class, each in turn."""
        room = int(np.clip(self._count, max(1, int(batch_size * LEAST)), max(1, int(batch_size * LARGEST))))
        rounds, group = np.divmod(np.arange(turn * room, (turn + 1) * room), len(self._sizes))
        return torch.from_numpy(self._table[group, rounds % self._sizes[group]])

    def shares(self, ids: torch.Tensor, drawn: int) -> torch.Tensor:
        """(k,) what the loss of each row counts, the last `drawn` of which `draw` gave: in expectation the sum is the
        mean over an epoch's samples with a label."""
        ids = ids.to(self._met.device)
        return self._of[ids] / ((len(ids) - drawn) * self._met[ids] + drawn * self._drawn[ids])

    def pull(self, z: torch.Tensor, ids: torch.Tensor, every: int) -> losses.Pair | None:
        """z (b, d), ids (b,) on the host -> value (), slope (b, d), for one of `every` steps; None where no dragged row
        is among them."""
        if not self.live or not bool(self._dragged[ids].any()):
            return None
        value, slope = losses.contrast(z, self._labels[ids.to(z.device)], self.temperature)
        return self.weight * every * value, self.weight * every * slope


def between(z: torch.Tensor, first: torch.Tensor, second: torch.Tensor, weight: float) -> losses.Pair:
    """The same between two sides: first, second (b,) above 0 for the rows of each -> value (), slope (b, d)."""
    sides = torch.where(first > 0, 0, torch.where(second > 0, 1, -1))
    value, slope = losses.contrast(z, sides)
    return weight * value, weight * slope
