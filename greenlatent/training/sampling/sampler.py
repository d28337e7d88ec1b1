"""Which samples come next: a seeded permutation an epoch, from which edits take out and repeat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .skim import Skim

log = logging.getLogger(__name__)

MET = 2**31  # times that a sample was met in an epoch that leaves it out: more than any weight asks for


class Borders:
    """Who is told of the end of each epoch, once: samples that an edit puts back there still come, and end it again."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], object]] = []
        self._told = -1  # the epoch whose end was told

    def listen(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Add one; what is returned takes it away again, and may be called twice."""
        if not callable(callback):
            raise TypeError(f"at_epoch takes a function that is called without arguments, got {callback!r}")
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback) if callback in self._callbacks else None

    def reset(self) -> None:
        """Epochs count from 0 again."""
        self._told = -1

    def passed(self, sampler: Sampler) -> None:
        """A step was done; where it was an epoch's last, tell."""
        if not self._callbacks or not sampler.epoch_done or sampler.epoch == self._told:
            return
        self._told = sampler.epoch
        for callback in list(self._callbacks):
            try:
                callback()
            except Exception:
                log.exception("what was to be done at the end of an epoch failed; training goes on")


class Sampler:
    """Hands out batches of ids. What injected rows displace comes first in the next batch, so nothing is
    skipped.

    An id of weight w comes floor(w) times, plus once more where a seeded coin says so; weight 0 is never
    met. New weights count from the next batch on, for everything that this epoch has not met yet. With `priority` the
    first epoch goes by falling weight, and by the permutation among equals.
    """

    _order: torch.Tensor  # what is left of this epoch's permutation, weights applied
    _at: int
    _end: int

    def __init__(self, n: int, batch_size: int, seed: int, *, priority: bool = False):
        self.n, self.batch_size, self._priority = n, batch_size, priority
        self._generator = torch.Generator().manual_seed(seed)
        self._weights: torch.Tensor | None = None  # None: all 1
        self._drawn = torch.empty(0, dtype=torch.int64)  # this epoch's permutation
        self._coins = torch.empty(0)
        self._met = torch.zeros(n, dtype=torch.int64)
        self.epoch = -1
        self.skim: Skim | None = None  # what each epoch leaves out, from the next on
        self.counts: torch.Tensor | None = None  # what each sample counts in this one; None: all the same
        self._slopes: torch.Tensor | None = (
            None  # what each is of a whole batch's weighted mean, in this epoch's order
        )
        self._slope: torch.Tensor | None = (
            None  # the same of the batch that was handed out last, where it is whole
        )
        self._handed: torch.Tensor | None = None  # that batch
        self._theirs: bool | None = None  # the same of batches in somebody else's order
        self.passes = 0  # ids handed out since the beginning
        self._deal()

    def weigh(self, weights: np.ndarray, first: torch.Tensor | None = None) -> None:
        """Use these weights from the next batch on, which begins with the ids in `first`, whatever this epoch has
        met of them."""
        tensor = torch.as_tensor(weights, dtype=torch.float64)
        same = bool((tensor == 1).all())
        if self._weights is None and same and first is None:
            return
        self._remember()
        self._weights = None if same else tensor
        rest = self._rest()
        self._begin(rest if first is None else torch.cat([first, rest[~torch.isin(rest, first)]]))

    def next(self, room: int) -> torch.Tensor:
        """The next `room` ids, fewer at the end of an epoch; a single one left over joins a neighbouring batch."""
        start, stop = self._at, self._at + room
        if stop < self._end - 1:
            self._at = stop
            self.passes += room
            if self._slopes is None:
                return self._order[start:stop]
            self._handed = self._order[start:stop]
            self._slope = self._slopes[start:stop] if room == self.batch_size else None
            return self._handed
        self._handed = self._slope = None
        ids = self._at_the_end(room)
        self.passes += ids.size(0)
        return ids

    def slopes(self, ids: torch.Tensor, of: int) -> torch.Tensor:
        """What each of these is of a weighted mean over `of`, on the device of what they count."""
        if ids is self._handed and self._slope is not None:
            return self._slope
        assert self.counts is not None
        return self.counts.index_select(0, ids.to(self.counts.device)) / of

    def _at_the_end(self, room: int) -> torch.Tensor:
        start, left = self._at, self._end - self._at
        if left > 1 or left == 1 == self.n:
            self._at = self._end
            return self._order[start:]
        carried = self._order[start:]  # none, or one: batch norm cannot train on a single sample
        self._deal()
        if not self._end:
            raise ValueError("every training sample is dropped or has weight 0; undo an edit to train on")
        self._at = room - left if self._end > room - left + 1 else self._end
        ids = self._order[: self._at]
        return torch.cat([carried, ids]) if left else ids

    def ahead(self) -> torch.Tensor:
        """What this epoch has still to hand out, as things stand."""
        return self._order[self._at :]

    def meet(self, count: int) -> None:
        """So many samples were met in an order that is somebody else's: an epoch of theirs is as many as there are."""
        before, self.passes = self.passes, self.passes + count
        self._theirs = self.passes // self.n > before // self.n
        self.epoch = max(self.epoch, self.passes // self.n)

    @property
    def epoch_done(self) -> bool:
        """Whether the last batch was the last of its epoch."""
        return self._at == self._end if self._theirs is None else self._theirs

    def state(self) -> dict[str, torch.Tensor]:
        """All that is needed to go on in mid-epoch."""
        self._remember()
        counts = {} if self.counts is None else {"counts": self.counts}
        return {
            **counts,
            "generator": self._generator.get_state(),
            "drawn": self._drawn,
            "coins": self._coins,
            "met": self._met,
            "order": self._order[self._at :].clone(),
            "epoch": torch.tensor(self.epoch),
            "passes": torch.tensor(self.passes),
        }

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from `state()`, with the weights that it had."""
        self._generator.set_state(state["generator"])
        self._drawn, self._coins, self._met = state["drawn"], state["coins"], state["met"]
        self.counts = state.get("counts")
        self._begin(state["order"])
        self.epoch, self.passes = int(state["epoch"]), int(state["passes"])

    def place(self) -> dict[str, Any]:
        """Where it is, to `go_back` to before the weights are others; a view, and so as cheap as a step asks for."""
        return {**vars(self), "_generator": self._generator.get_state()}

    def go_back(self, place: dict[str, Any]) -> None:
        """To a `place()`: the same batches come again."""
        generator = self._generator
        vars(self).update(place, _generator=generator)
        generator.set_state(place["_generator"])

    def _deal(self) -> None:
        self.epoch += 1
        self._drawn = torch.randperm(self.n, generator=self._generator)
        # coins are tossed whether or not a weight needs them: an edit must not shift the permutations after
        # it
        self._coins = torch.rand(self.n, generator=self._generator, dtype=torch.float64)
        self._met = torch.zeros(self.n, dtype=torch.int64)
        dealt = None if self.skim is None else self.skim.deal(self.epoch, self._coins)
        self.counts = None if dealt is None else dealt[1]
        if dealt is not None:
            self._met[dealt[0].cpu()] = MET
        self._begin(self._rest())

    def _begin(self, order: torch.Tensor) -> None:
        self._order, self._at, self._end = order, 0, order.size(0)
        self._slopes = self._slope = self._handed = None
        if self.counts is not None:
            self._slopes = self.counts[order.to(self.counts.device)] / self.batch_size

    def _remember(self) -> None:
        """Count what was handed out since the order was last made."""
        self._met += torch.bincount(self._order[: self._at], minlength=self.n)
        self._begin(self._order[self._at :])

    def _rest(self) -> torch.Tensor:
        """This epoch's ids that are still due, repeats last so that they do not meet in one batch."""
        if self._weights is None:
            return self._drawn[self._met[self._drawn] == 0] if self._met.any() else self._drawn
        count = self._weights.floor().long() + (self._coins < self._weights.frac()).long()
        drawn, rounds = self._drawn, []
        if self._priority and self.epoch == 0:
            drawn = drawn[self._weights[drawn].argsort(descending=True, stable=True)]
        for r in range(int(count.max())):
            rounds.append(drawn[((count > r) & (self._met <= r))[drawn]])
        return torch.cat(rounds) if rounds else torch.empty(0, dtype=torch.int64)
