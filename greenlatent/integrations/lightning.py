"""Lightning: a callback that shows a Lab while Lightning trains."""

from __future__ import annotations

from typing import Any

try:
    from lightning.pytorch import Callback
except ImportError:
    from pytorch_lightning import Callback

import torch

from .batches import Batches, Noted


class LightningCallback(Callback):
    """A Lab beside `Trainer.fit`: edits put labels into the batch, pull on the latents, and are shown as ever.

    `noted` is the sampler of the training DataLoader. `labels` is where the labels are in a batch: 1 in `(x, y)`, or a
    key. A label that was taken out becomes -100, which cross-entropy leaves out. One process, one device.

    >>> noted = Noted(lab)
    >>> loader = DataLoader(dataset, batch_size=32, sampler=noted)
    >>> Trainer(callbacks=[LightningCallback(lab, noted)]).fit(module, loader)
    """

    def __init__(self, lab: Any, noted: Noted, *, labels: int | str | None = 1):
        self._batches, self._noted, self._labels = Batches(lab), noted, labels

    def on_train_start(self, trainer: Any, module: Any) -> None:
        if trainer.world_size > 1:
            raise ValueError(
                f"a Lab watches one process, and this trainer has {trainer.world_size}: devices=1"
            )
        self._batches.open()

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, batch_idx: int) -> None:
        labels = None if self._labels is None else batch[self._labels]
        force = self._batches.begin(self._noted.take(_count(batch) if labels is None else len(labels)))
        if labels is not None:
            labels.copy_(force.to(labels.device).view_as(labels))

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self._batches.end(outputs.get("loss") if isinstance(outputs, dict) else outputs)

    def on_train_end(self, trainer: Any, module: Any) -> None:
        self._batches.close()

    def on_exception(self, trainer: Any, module: Any, exception: BaseException) -> None:
        self._batches.close()


def _count(batch: Any) -> int:
    """How many samples a batch holds that is a tensor, or tensors by place or by name."""
    parts = (
        batch.values() if isinstance(batch, dict) else batch if isinstance(batch, tuple | list) else [batch]
    )
    return next(len(part) for part in parts if isinstance(part, torch.Tensor))
