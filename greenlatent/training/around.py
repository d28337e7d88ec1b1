"""Around: one step of somebody's own loop, with labels, tap and feedback as in a step of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from .step import Step


@contextmanager
def around(step: Step, ids: Any, y: Any, number: int) -> Iterator[Around]:
    """Tap and generator are the trainer's in here, and the feedback joins where it is due."""
    ids = torch.as_tensor(ids, dtype=torch.int64).cpu()
    step.sampler.meet(len(ids))
    mine = Around(step, ids, None if y is None else torch.as_tensor(y), number)
    tap = step.network.tap
    tap.listener = mine.join_feedback if step.edits.feedback.due(number) else None
    try:
        with step.network.random:
            yield mine
    finally:
        tap.listener = tap.raw = None


class Around:
    """What `Trainer.around` hands to one's own loop: `y` and `weight`, labels and weights after edits; a weight is 0
    where an edit took the label, or the sample, out.

    >>> with trainer.around(ids, y) as s:
    ...     loss = my_loss(model(x), s.y)
    ...     loss.backward()
    ...     optimizer.step()
    ...     s.done(loss)
    """

    def __init__(self, step: Step, ids: torch.Tensor, y: torch.Tensor | None, number: int):
        if y is not None and y.shape != ids.shape:
            raise ValueError(f"around got {len(y)} labels for {len(ids)} ids; pass one per id")
        self._step, self._ids, self._number = step, ids, number
        self._labels = step.edits.targets[step.network.here(ids)]
        known = ~self._labels.isnan() if self._labels.is_floating_point() else self._labels >= 0
        self.y = self._labels.nan_to_num() if self._labels.is_floating_point() else self._labels.clamp(min=0)
        weights = torch.as_tensor(step.edits.mending.weights, dtype=torch.float32)[ids]
        self.weight = known.float() * step.network.here(weights)

    def join_feedback(self) -> None:
        """The tapped layer has just run in a training pass: hook the feedback on."""
        raw = self._step.network.tap.raw
        pull = self._step.pull(self._ids, self._labels, self._number)
        if pull is not None and raw is not None:
            raw.register_hook(lambda gradient: gradient + pull)

    def done(self, loss: torch.Tensor, output: torch.Tensor | None = None) -> None:
        """The step is over; `output` lets confidence and losses per sample be known."""
        self._step.task_losses.add(loss.detach())
        if output is not None:
            latent = self._step.network.tap.latent.detach()
            told = output.detach()
            if self._step.of_inputs is None:
                told = self._step.told_by(told)
            else:  # what it lost on each sample, the loop alone knows
                told = torch.full((len(self._ids), 1), torch.nan)
            self._step.seen.note(self._ids, latent, told, self._labels, self._number)
