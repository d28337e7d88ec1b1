"""Hugging Face: a callback and a collator that show a Lab while transformers' Trainer trains."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from transformers import TrainerCallback, default_data_collator

from .batches import Batches


class HuggingFaceCallback(TrainerCallback):
    """A Lab beside `Trainer.train`: edits put labels into the batch, pull on the latents, and are shown as ever.

    Items carry their place in the Lab's `train` under `id`, and `collate` takes it out again: pass it as the trainer's
    data_collator, with `remove_unused_columns=False`. `labels` is the key of the labels in a batch; one that was taken
    out, or belongs to a sample that was dropped, becomes -100, which cross-entropy leaves out; other weights do not
    count here. Batches that are collated ahead get edits that much later.

    >>> callback = HuggingFaceCallback(lab)
    >>> Trainer(model, args, train_dataset=items, data_collator=callback.collate, callbacks=[callback]).train()
    """

    def __init__(
        self,
        lab: Any,
        collate: Callable[[list[Any]], dict[str, Any]] | None = None,
        *,
        labels: str = "labels",
    ):
        self._lab, self._batches, self._labels = lab, Batches(lab), labels
        self._collate = default_data_collator if collate is None else collate
        self._ahead: deque[torch.Tensor] = deque()  # the samples of batches that were collated

    def collate(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """A batch without the places of its samples, and with the labels in force."""
        if any("id" not in item for item in items):  # of validation
            return self._collate(items)
        ids = torch.tensor([int(item["id"]) for item in items])
        batch = self._collate([{k: v for k, v in item.items() if k != "id"} for item in items])
        batch[self._labels] = self._in_force(ids).to(batch[self._labels].dtype)
        self._ahead.append(ids)
        return batch

    def _in_force(self, ids: torch.Tensor) -> torch.Tensor:
        """The labels of these samples, -100 (or NaN) for none; the order is not ours, so dropped ones come, too."""
        trainer = self._lab.trainer
        given = trainer.edits.targets.cpu()[ids]
        dropped = torch.as_tensor(trainer.mending.weights)[ids] == 0
        return given.masked_fill(dropped, torch.nan if given.is_floating_point() else -100)

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if args.world_size > 1:
            raise ValueError(f"a Lab watches one process, and this trainer has {args.world_size}")
        self._ahead.clear()
        self._batches.open()

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if not self._ahead:
            raise RuntimeError(
                "no batch with ids was collated: give every training item its place in train under 'id', and pass"
                " data_collator=callback.collate and remove_unused_columns=False"
            )
        self._batches.begin(self._ahead.popleft())

    def on_substep_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self._batches.end(self._batches.loss())
        self.on_step_begin(args, state, control)

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self._batches.end(self._batches.loss())

    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self._batches.close()
