"""Reader: worker processes that read a Dataset's items ahead of training."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from .samples import Samples
from .seeds import seed_all, undisturbed

CHUNK = 16  # items that a worker is asked for at once
# Waited for them before workers count as gone: under a memory limit one may live on without ever answering again.
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 1.0  # between two looks at whether they live


class Reader:
    """Hands out the inputs of the sampler's ids, in its order, read ahead by `workers` processes.

    Augmentation draws from generators that are seeded anew for each item, by the run's seed and by how many items came
    before it: so neither the number of workers nor their pace can change a run. An edit that changes the order costs
    no more than what was read ahead.
    """

    def __init__(self, train: Samples, workers: int, seed: int):
        if workers < 1:
            raise ValueError(f"a Reader takes at least one worker, got {workers}")
        self.count = 0  # items handed out
        self._items, self._plan = _Items(train, seed), _Plan()
        self._workers = workers
        self._loader: DataLoader[Any] | None = self._hired()
        self._parts: Iterator[torch.Tensor] = iter(())
        self._ready: deque[torch.Tensor] = deque()
        self._due: deque[int] = deque()  # the ids of what is ready, then of what is on its way

    def take(self, ids: torch.Tensor, rest: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The inputs of these ids; `rest()` gives the ids that follow in this epoch, as far as one can know."""
        wanted = ids.tolist()
        if list(islice(self._due, len(wanted))) != wanted:
            self._read_ahead([*wanted, *rest().tolist()])
        while len(self._ready) < len(wanted):
            try:
                self._ready.extend(self._next())
            except (
                BaseException
            ) as error:  # a worker that was killed, as where memory is short, never answers again
                self._loader = self._hired()
                self._due.clear()
                if isinstance(error, RuntimeError) and "timed out" in str(error):
                    raise RuntimeError(
                        f"the workers gave nothing for {PATIENCE_SECONDS:g} s; read with fewer, or with workers=0, if"
                        " memory is short or items take so long"
                    ) from error
                raise
        self.count += len(wanted)
        for _ in wanted:
            self._due.popleft()
        return torch.stack([self._ready.popleft() for _ in wanted])

    def _next(self) -> torch.Tensor:
        """The next chunk. The loader looks at each time-out whether its workers live; threads hear no signal."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return next(self._parts)
            except RuntimeError as error:
                if "timed out" not in str(error) or time.monotonic() >= end:
                    raise

    def read(self, ids: torch.Tensor) -> torch.Tensor:
        """The inputs of ids that come out of turn, read here and now."""
        with undisturbed():
            return torch.stack([self._items[i, -1 - self.count] for i in ids.tolist()])

    def close(self) -> None:
        """End the workers; may be called twice."""
        self._parts, self._loader = iter(()), None

    def _hired(self) -> DataLoader[Any]:
        """A loader with workers of its own, who begin when they are first asked."""
        return DataLoader(
            self._items,  # type: ignore[arg-type]
            batch_sampler=self._plan,  # type: ignore[arg-type]
            num_workers=self._workers,
            collate_fn=torch.stack,
            persistent_workers=True,
            timeout=min(LOOK_SECONDS, PATIENCE_SECONDS),
            generator=torch.Generator(),  # else the loader draws from the person's numbers
        )

    def _read_ahead(self, ids: list[int]) -> None:
        if self._loader is None:
            raise RuntimeError("this reader was closed")
        self._plan.items = [(i, self.count + k) for k, i in enumerate(ids)]
        self._ready.clear()
        self._due = deque(ids)
        self._parts = iter(self._loader)


class _Plan:
    """What the workers shall read next, in chunks."""

    def __init__(self) -> None:
        self.items: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        items = self.items
        for start in range(0, len(items), CHUNK):
            yield items[start : start + CHUNK]

    def __len__(self) -> int:
        return -(-len(self.items) // CHUNK)


class _Items:
    """Items by id and turn; every generator that an augmentation may use is seeded with them."""

    def __init__(self, train: Samples, seed: int):
        self._train, self._seed = train, seed

    def __len__(self) -> int:
        return len(self._train)

    def __getitem__(self, at: tuple[int, int]) -> torch.Tensor:
        i, turn = at
        seed_all(int(np.random.SeedSequence([self._seed, turn % 2**32, i]).generate_state(1)[0]))
        return self._train.inputs(torch.tensor([i]))[0]
