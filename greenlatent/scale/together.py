"""Together: what each of several ranks does for a trainer: its rows of a batch, and sums over all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from ..training.company import Alone
from ..training.seen import Seen
from .flat import Flat
from .wire import Ties

T = TypeVar("T")
LATENTS = "latents"
LISTENING, STEPPING, AHEAD = "listening", "stepping", "ahead"  # what followers do
# what training saw of a sample, beside its latent: all fit into a float
COLUMNS = ("loss", "confidence", "certainty", "predicted", "forgotten")


def takers(count: int, size: int) -> int:
    """How many of the ranks have rows of a batch: each that has any has two, or batch norm could not train on them."""
    return size if count >= 2 * size else max(1, count // 2)


class Together(Alone):
    """A rank among others; see `Leader` and `Follower` for what differs between the first and the rest.

    `flag` is what this rank adds to the sum of every step; above 0 for all of them together it means that followers
    listen before the next one.
    """

    entire = False
    wire: Ties
    model: torch.nn.Module

    def __init__(self, rank: int, size: int):
        self.rank, self.size = rank, size
        self.phase = LISTENING
        self.waited = 0.0  # seconds in sums
        self._flat: Flat | None = None
        self.shared = -1  # the step up to which all know what all saw
        self.counts: list[int] = []  # in a step of somebody's own loop: how many rows each rank brought

    def told(self) -> dict[str, Any]:
        """What a header tells of it."""
        return {"ranks": self.size, "backend": "gloo"}

    def rows(self, batch: torch.Tensor, count: int) -> torch.Tensor:
        """Every n-th; see `takers` for short batches. In somebody's own loop, those that this rank brought."""
        if self.counts:
            return batch.split(self.counts)[self.rank]
        step = takers(count, self.size)
        return batch[self.rank :: step] if self.rank < step else batch[:0]

    def deal(self, *parts: torch.Tensor) -> tuple[Any, ...]:
        """As `rows`, of several parts."""
        count = len(parts[0])
        mine, *others = (self.rows(part, count) for part in parts)
        return mine if len(mine) else None, *others

    def part(
        self, loss: torch.Tensor, output: torch.Tensor, counted: Callable[..., int], whole: Any, mine: Any
    ) -> torch.Tensor:
        """The sum over the known labels here, by how many are known in the whole batch."""
        here = counted(*mine)
        return loss * (here / max(1, counted(*whole))) if here else 0.0 * output.sum()

    def gather(self, z: torch.Tensor, count: int) -> torch.Tensor:
        """Rows of all ranks, put together as the batch had them."""
        step = takers(count, self.size)
        most = max(self.counts) if self.counts else -(-count // step)
        padded = z.new_zeros(most, *z.shape[1:])
        padded[: len(z)] = z
        parts, whole = self.wire.gather(padded), z.new_empty(count, *z.shape[1:])
        if self.counts:
            return torch.cat([part[:n] for part, n in zip(parts, self.counts, strict=True)])
        for rank in range(step):
            whole[rank::step] = parts[rank][: -(-(count - rank) // step)]
        return whole

    def across(self, norms: list[torch.Tensor]) -> list[torch.Tensor]:
        """The root of the sum of their squares."""
        return list(self.wire.sum(torch.stack(list(norms)).square()).sqrt())

    def sum(self, parameters: list[torch.nn.Parameter], losses: Any, batches: int, kept: bool = True) -> None:
        """One collective a step: all gradients, who has which of them, the losses, and the flag."""
        last = losses.last(batches)
        flag = torch.tensor([self.flag()], device=parameters[0].device)
        *means, flag = self._sum(parameters, [torch.stack(last), flag], kept).unbind()
        losses.amend(means)
        self.summed(float(flag) > 0)

    def _sum(
        self, parameters: list[torch.nn.Parameter], more: list[torch.Tensor], kept: bool = True
    ) -> torch.Tensor:
        """Gradients over all ranks, in place, and some more numbers (n,) beside them."""
        beside = torch.cat(more)
        if self._flat is None or not self._flat.fits(parameters, len(beside)):
            self._flat = Flat(parameters, len(beside))
        self._flat.fill(beside)
        begun = time.perf_counter()
        self.wire.sum(self._flat.whole)
        self.waited += time.perf_counter() - begun
        return self._flat.give(kept)

    def joined(self, ids: torch.Tensor) -> tuple[torch.Tensor, slice]:
        """Rank by rank: each brings rows of its own."""
        device = next(self.model.parameters()).device
        counts = [int(n) for n in self.wire.gather(torch.tensor([len(ids)], device=device))]
        if not all(counts):
            raise ValueError(
                f"the ranks brought {counts} samples to this step; each brings one or more, so leave the last batch out"
                " on all of them, or fill it up"
            )
        self.counts = counts
        begin = sum(counts[: self.rank])
        return self.gather(ids.to(device), sum(counts)).cpu(), slice(begin, begin + len(ids))

    @contextmanager
    def own_step(self, model: torch.nn.Module) -> Iterator[Callable[[], None]]:
        """An optimizer's step adds up its gradients before, unless that was done by hand."""
        trained = [p for p in model.parameters() if p.requires_grad]
        done: set[int] = set()

        def add_up() -> None:
            self.sum_gradients(trained)
            done.update(map(id, trained))

        def before(optimizer: Optimizer, *_: Any) -> None:
            its = {id(p) for group in optimizer.param_groups for p in group["params"]}
            new = [p for p in trained if id(p) in its - done]
            done.difference_update(its)
            if new:
                self.sum_gradients(new)

        hook = register_optimizer_step_pre_hook(before)
        try:
            yield add_up
        finally:
            hook.remove()
            self.counts, self.phase = [], LISTENING

    def sum_gradients(self, parameters: list[torch.nn.Parameter]) -> None:
        """Over all ranks, in place; in somebody's own loop."""
        self._sum(parameters, [torch.zeros(1, device=parameters[0].device)])

    def added(self, value: torch.Tensor) -> torch.Tensor:
        """A number over all ranks."""
        return self.wire.sum(value.reshape(1).clone())[0]

    def flag(self) -> float:
        """What this rank adds to the number that rides on the gradient."""
        return 0.0

    def summed(self, listen: bool) -> None:
        """A step was summed up; whether followers listen now."""
        self.phase = LISTENING if listen else AHEAD

    def look_in_shares(
        self, what: str, ids: torch.Tensor, alone: Callable[[torch.Tensor], torch.Tensor], like: torch.Tensor
    ) -> torch.Tensor:
        """Each rank looks at its part of the samples: latents are put together, all else is added up.

        `like` is what one sample comes to. Who fails does so when all are done: the others wait for its part.
        """
        for buffer in buffers_of(self.model):
            self.wire.spread(buffer)
        each = -(-len(ids) // self.size)
        mine, rows = ids[self.rank * each : (self.rank + 1) * each], what == LATENTS
        found, failed = like.new_zeros((each, *like.shape) if rows else like.shape), None
        try:
            part = alone(mine)
            if rows:
                found[: len(mine)] = part
            else:
                found = part
        except BaseException as error:
            failed = error
        parts = self.wire.gather(found)
        if failed is not None:
            raise failed
        return torch.cat(parts)[: len(ids)] if rows else torch.stack(parts).sum(0)

    def exchange(self, seen: Seen, buffers: list[torch.Tensor]) -> None:
        """What each rank saw since the last time goes to all, the newest of each sample; the first rank's buffers, too:
        batch norm looks with the same eyes everywhere."""
        for buffer in buffers:
            self.wire.spread(buffer)
        new = (seen.step > self.shared).nonzero()[:, 0]
        columns = [getattr(seen, name)[new].double()[:, None] for name in COLUMNS]
        table = torch.cat(
            [new.double()[:, None], seen.step[new].double()[:, None], *columns, seen.latents[new].double()], 1
        )
        counts = [int(part) for part in self.wire.gather(torch.tensor([len(table)], device=new.device))]
        padded = table.new_zeros(max(counts), table.shape[1])
        padded[: len(table)] = table
        if max(counts):
            parts = self.wire.gather(padded)
            for rank, part in enumerate(parts):
                if rank != self.rank:
                    _merge(seen, part[: counts[rank]])
            self.shared = max(int(part[: counts[r], 1].max()) for r, part in enumerate(parts) if counts[r])


def _merge(seen: Seen, table: torch.Tensor) -> None:
    """Rows of another rank, where they are newer than what is known here."""
    ids, step = table[:, 0].long(), table[:, 1].to(seen.step.dtype)
    newer = step > seen.step[ids]
    ids = ids[newer]
    seen.step[ids] = step[newer]
    for k, name in enumerate(COLUMNS, 2):
        column = getattr(seen, name)
        column[ids] = table[newer, k].to(column.dtype)
    seen.latents[ids] = table[newer, 2 + len(COLUMNS) :].to(seen.latents.dtype)


def buffers_of(model: torch.nn.Module) -> list[torch.Tensor]:
    """What a model keeps beside its weights, such as the running means of batch norm."""
    return [buffer for buffer in model.buffers() if buffer.numel()]
