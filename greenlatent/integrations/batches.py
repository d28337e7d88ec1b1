"""Batches: which samples somebody's batch holds, and one step of their loop after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import torch

from ..run.run import Run


def run_of(lab: Any) -> Run:
    """The run below a Lab, or a Run itself."""
    return lab.run if hasattr(lab, "run") else lab


class Noted(torch.utils.data.Sampler[int]):
    """The order of the training samples for a DataLoader, which remembers what it handed out.

    Weights and leaving out count: a sample of weight 2 comes twice an epoch, one that was dropped not at all. For a
    loader that reads in this process, or ahead by workers, of the dataset that the Lab's `train` was made from.

    >>> noted = Noted(lab, seed=0)
    >>> loader = DataLoader(dataset, batch_size=32, sampler=noted)
    """

    def __init__(self, lab: Any, *, shuffle: bool = True, seed: int = 0):
        self._run, self._shuffle = run_of(lab), shuffle
        self._generator = torch.Generator().manual_seed(seed)
        self._handed: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._run.trainer.train)

    def __iter__(self) -> Iterator[int]:
        self._handed.clear()
        n, trainer = len(self), self._run.trainer
        order = torch.randperm(n, generator=self._generator) if self._shuffle else torch.arange(n)
        coins = torch.rand(n, generator=self._generator).tolist()
        turn = 0
        while True:
            left = False
            for i in order.tolist():
                weight = trainer.mending.weights[
                    i
                ]  # as of now: an edit in mid-epoch counts for what is to come
                if weight > turn and (weight >= turn + 1 or coins[i] < weight - turn):
                    left |= weight > turn + 1
                    self._handed.append(i)
                    yield i
            turn += 1
            if not left:
                return

    def take(self, count: int) -> torch.Tensor:
        """The samples of the next batch of so many, in the order in which they were handed out."""
        if count > len(self._handed):
            raise RuntimeError(
                f"a batch has {count} samples, and {len(self._handed)} were handed out: pass this sampler to the"
                " DataLoader that training reads from, and no other"
            )
        return torch.tensor([self._handed.popleft() for _ in range(count)])


class Batches:
    """Steps of somebody's loop, each between `begin` and `end`; what the model returns in them is listened to."""

    def __init__(self, lab: Any):
        self._run = run_of(lab)
        self._step: Any = None
        self._output: torch.Tensor | None = None
        self._loss: torch.Tensor | None = None
        self._open, self._inside = ExitStack(), ExitStack()

    def open(self) -> None:
        """Their loop begins, on this thread, which keeps the model until `close`."""
        self.close()
        runner, model = self._run.runner, self._run.trainer.model
        runner.lend(held=True)
        self._open.callback(runner.take_back)
        self._open.callback(model.register_forward_hook(self._listen).remove)

    def begin(self, ids: torch.Tensor) -> torch.Tensor:
        """A step begins, once training is not paused; the labels in force (n,), with -100 (or NaN) for none."""
        self._output = None
        self._step = self._inside.enter_context(self._run.around(ids))
        targets = self._run.trainer.edits.targets
        return targets[ids.to(targets.device)]

    def end(self, loss: Any = None) -> None:
        """It is over; may be called where none began."""
        if self._step is not None and isinstance(loss, torch.Tensor):
            self._step.done(loss, self._output)
        self._step = self._output = None
        self._inside.close()

    def loss(self) -> torch.Tensor | None:
        """The loss that the model itself returned, as Hugging Face's do."""
        return self._loss

    def close(self) -> None:
        """Their loop is over; may be called twice."""
        self._inside.close()
        self._open.close()

    def _listen(self, model: Any, args: Any, output: Any) -> None:
        if not model.training or self._step is None:
            return
        self._loss = getattr(output, "loss", None)
        found = getattr(output, "logits", output)
        if isinstance(found, tuple | list):
            found = found[0]
        self._output = found.detach() if isinstance(found, torch.Tensor) else None
