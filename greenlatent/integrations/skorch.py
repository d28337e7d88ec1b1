"""skorch: a callback that shows a Lab while a skorch net fits."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import Callback

from .batches import Batches, Noted


class SkorchCallback(Callback):
    """A Lab beside `net.fit`: edits put labels into the batch, pull on the latents, and are shown as ever.

    The net is to have `iterator_train__sampler=noted`, the Lab's own model as an instance, and `train_split=None` or a
    `predefined_split`, so that a batch's places are those in `train`. A label that was taken out becomes -100, which
    cross-entropy leaves out.

    >>> noted = Noted(lab)
    >>> NeuralNetClassifier(model, iterator_train__sampler=noted, callbacks=[SkorchCallback(lab, noted)], ...)
    """

    def __init__(self, lab: Any, noted: Noted):
        self.lab, self.noted = lab, noted

    def initialize(self) -> SkorchCallback:
        self.batches = Batches(self.lab)
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **more: Any) -> None:
        if net.module_ is not self.lab.trainer.model:
            raise ValueError(
                "the net trains another model than the Lab's: pass the instance that the Lab has, without module__"
                " arguments, which would make it anew"
            )
        self.batches.open()

    def on_batch_begin(self, net: Any, batch: Any = None, training: bool | None = None, **more: Any) -> None:
        if training:
            labels = batch[1]
            force = self.batches.begin(self.noted.take(len(labels)))
            labels.copy_(force.to(labels.device).view_as(labels))

    def on_batch_end(
        self, net: Any, batch: Any = None, training: bool | None = None, loss: Any = None, **more: Any
    ) -> None:
        if training:
            self.batches.end(loss)

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **more: Any) -> None:
        self.batches.close()
