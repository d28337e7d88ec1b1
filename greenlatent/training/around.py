"""Around: one step of somebody's own loop, with labels, tap and feedback as in a step of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from .step import Step


def places(ids: Any, n: int) -> torch.Tensor:
    """The ids of a batch as whole numbers, each the place of one of n samples; raises, and says which is not."""
    given = torch.as_tensor(ids).cpu()
    if given.ndim != 1 or (len(given) and (given.is_floating_point() or given.dtype == torch.bool)):
        raise TypeError(
            f"around takes the places of the batch in train, whole numbers in a row such as [3, 1, 4], got {ids!r}"
        )
    wrong = given[(given < 0) | (given >= n)]
    if len(wrong):
        raise IndexError(
            f"around got place {int(wrong[0])}, and train has {n} samples, 0 to {n - 1}; pass where in train the rows"
            " of the batch are"
        )
    return given.long()


@contextmanager
def around(step: Step, ids: torch.Tensor, y: Any, number: int) -> Iterator[Around]:
    """Tap and generator are the trainer's in here, and the feedback joins where it is due."""
    company = step.edits.company
    whole, place = company.joined(ids)
    step.sampler.meet(len(whole))
    tap = step.network.tap
    try:
        with step.network.random, company.own_step(step.network.model) as add_up:
            mine = Around(step, whole, place, None if y is None else torch.as_tensor(y), number, add_up)
            tap.listener = mine.join_feedback if step.edits.feedback.due(number) else None
            yield mine
    finally:
        tap.listener = tap.raw = None


class Around:
    """What `Trainer.around` hands to one's own loop: `y` and `weight`, labels and weights after edits; a weight is 0
    where an edit took the label, or the sample, out. `loss_scale` is what a mean over the own rows, each by its weight,
    counts for in the mean over the rows of all ranks: 1 in one process.

    >>> with trainer.around(ids, y) as s:
    ...     loss = my_loss(model(x), s.y) * s.loss_scale
    ...     loss.backward()
    ...     optimizer.step()
    ...     s.done(loss)
    """

    def __init__(
        self,
        step: Step,
        whole: torch.Tensor,
        place: slice,
        y: torch.Tensor | None,
        number: int,
        add_up: Callable[[], None],
    ):
        ids = whole[place]
        if y is not None and y.shape != ids.shape:
            raise ValueError(f"around got {len(y)} labels for {len(ids)} ids; pass one per id")
        self._step, self._ids, self._number, self._whole, self._place = step, ids, number, whole, place
        self.add_up = (
            add_up  # the gradients of all ranks, for who clips them: an optimizer's step does it, too
        )
        self._labels = step.edits.targets[step.network.here(ids)]
        known = ~self._labels.isnan() if self._labels.is_floating_point() else self._labels >= 0
        self.y = self._labels.nan_to_num() if self._labels.is_floating_point() else self._labels.clamp(min=0)
        self.weight = known.float() * step.network.here(self._weights(ids))

    def _weights(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self._step.edits.mending.weights, dtype=torch.float32)[ids]

    @property
    def loss_scale(self) -> float:
        """The share of the own rows in the weight of the batch."""
        if len(self._whole) == len(self._ids):
            return 1.0
        labelled = torch.frombuffer(bytearray(self._step.edits.labelled), dtype=torch.bool)
        weights = self._weights(self._whole) * labelled[self._whole]
        whole = float(weights.sum())
        return float(weights[self._place].sum()) / whole if whole else 0.0

    def join_feedback(self) -> None:
        """The tapped layer has just run in a training pass: hook the feedback on."""
        raw = self._step.network.tap.raw
        labels = self._step.edits.targets[self._step.network.here(self._whole)]
        pull = self._step.pull(self._whole, labels, self._number)
        if pull is not None and raw is not None:
            raw.register_hook(lambda gradient: gradient + pull)

    def done(self, loss: torch.Tensor, output: torch.Tensor | None = None) -> None:
        """The step is over, and this was its loss, as backward had it; `output` lets confidence and losses per sample
        be known."""
        self._step.task_losses.add(self._step.edits.company.added(loss.detach()))
        if output is not None:
            latent = self._step.network.tap.latent.detach()
            told = output.detach()
            if self._step.of_inputs is None:
                told = self._step.told_by(told)
            else:  # what it lost on each sample, the loop alone knows
                told = torch.full((len(self._ids), 1), torch.nan)
            self._step.seen.note(self._ids, latent, told, self._labels, self._number)
