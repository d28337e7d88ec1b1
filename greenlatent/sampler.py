"""Which samples come next: a seeded permutation an epoch, from which edits take out and repeat."""

from __future__ import annotations

import numpy as np
import torch


class Sampler:
    """Hands out batches of ids. What injected rows displace comes first in the next batch, so nothing is
    skipped.

    An id of weight w comes floor(w) times, plus once more where a seeded coin says so; weight 0 is never
    met. New weights count from the next batch on, for everything that this epoch has not met yet.
    """

    def __init__(self, n: int, batch_size: int, seed: int):
        self.n, self.batch_size = n, batch_size
        self._generator = torch.Generator().manual_seed(seed)
        self._weights: torch.Tensor | None = None  # None: all 1
        self._drawn = torch.empty(0, dtype=torch.int64)  # this epoch's permutation
        self._coins = torch.empty(0)
        self._order = torch.empty(0, dtype=torch.int64)  # what is left of it, weights applied
        self._at = 0
        self._met = torch.zeros(n, dtype=torch.int64)
        self.epoch = -1
        self.passes = 0  # ids handed out since the beginning
        self._deal()

    def weigh(self, weights: np.ndarray) -> None:
        """Use these weights from the next batch on."""
        tensor = torch.as_tensor(weights, dtype=torch.float64)
        same = bool((tensor == 1).all())
        if self._weights is None and same:
            return
        self._remember()
        self._weights = None if same else tensor
        self._order, self._at = self._rest(), 0

    def next(self, room: int) -> torch.Tensor:
        """The next `room` ids, fewer at the end of an epoch; a single one left over joins a neighbouring batch."""
        ids = self._take(room)
        self.passes += ids.size(0)
        return ids

    def _take(self, room: int) -> torch.Tensor:
        start, left = self._at, self._left()
        if left > room + 1:
            self._at = start + room
            return self._order[start : self._at]
        if left > 1 or left == 1 == self.n:
            self._at = start + left
            return self._order[start:]
        carried = self._order[start:]  # none, or one: batch norm cannot train on a single sample
        self._deal()
        if not self._left():
            raise ValueError("every training sample is dropped or has weight 0; undo an edit to train on")
        self._at = room - left if self._left() > room - left + 1 else self._left()
        ids = self._order[: self._at]
        return torch.cat([carried, ids]) if left else ids

    def ahead(self) -> torch.Tensor:
        """What this epoch has still to hand out, as things stand."""
        return self._order[self._at :]

    @property
    def epoch_done(self) -> bool:
        """Whether the last batch was the last of its epoch."""
        return self._left() == 0

    def _left(self) -> int:
        return self._order.size(0) - self._at

    def state(self) -> dict[str, torch.Tensor]:
        """All that is needed to go on in mid-epoch."""
        self._remember()
        return {
            "generator": self._generator.get_state(),
            "drawn": self._drawn,
            "coins": self._coins,
            "met": self._met,
            "order": self._order[self._at :].clone(),
            "epoch": torch.tensor(self.epoch),
            "passes": torch.tensor(self.passes),
        }

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from `state()`."""
        self._generator.set_state(state["generator"])
        self._drawn, self._coins, self._met = state["drawn"], state["coins"], state["met"]
        self._order, self._at = state["order"], 0
        self.epoch, self.passes = int(state["epoch"]), int(state["passes"])

    def _deal(self) -> None:
        self.epoch += 1
        self._drawn = torch.randperm(self.n, generator=self._generator)
        # coins are tossed whether or not a weight needs them: an edit must not shift the permutations after
        # it
        self._coins = torch.rand(self.n, generator=self._generator, dtype=torch.float64)
        self._met = torch.zeros(self.n, dtype=torch.int64)
        self._order, self._at = self._rest(), 0

    def _remember(self) -> None:
        """Count what was handed out since the order was last made."""
        self._met += torch.bincount(self._order[: self._at], minlength=self.n)
        self._order, self._at = self._order[self._at :], 0

    def _rest(self) -> torch.Tensor:
        """This epoch's ids that are still due, repeats last so that they do not meet in one batch."""
        if self._weights is None:
            return self._drawn[self._met[self._drawn] == 0] if self._met.any() else self._drawn
        count = self._weights.floor().long() + (self._coins < self._weights.frac()).long()
        rounds = []
        for r in range(int(count.max())):
            rounds.append(self._drawn[((count > r) & (self._met <= r))[self._drawn]])
        return torch.cat(rounds) if rounds else torch.empty(0, dtype=torch.int64)
