"""Outcome: what an accepted suggestion led to an epoch later, and what a stop would have saved where it was gone on."""

from __future__ import annotations

import math

import numpy as np

from ..energy.joules import Joules
from ..energy.names import count
from ..training.trainer import Trainer


class Outcome:
    """Judged once training has met the samples with their new label: an epoch after it was accepted."""

    def __init__(self, trainer: Trainer, line: int, ids: tuple[int, ...], label: str, accuracy: float | None):
        self.line = line  # of the journal
        self._ids, self._label, self._accuracy = np.asarray(ids), label, accuracy
        self._step = trainer.steps
        self._due = trainer.steps + math.ceil(len(trainer.train) / trainer.batch_size)
        self.numbers: dict[str, float] = {}  # once it is judged
        self.text = (
            f"{len(ids)} samples are {label} from step {trainer.steps} on: see what an epoch makes of it."
        )

    def judge(self, trainer: Trainer, accuracy: float | None) -> None:
        """See whether there is something new to tell."""
        if self.numbers or trainer.steps < self._due:
            return
        seen = trainer.seen.predicted.cpu().numpy()[self._ids]
        agree = int((seen == trainer.class_index(self._label)).sum())
        later = trainer.steps - self._step
        self.numbers = {"steps": later, "samples": len(self._ids), "seen_so": agree}
        self.text = (
            f"{count(len(self._ids), 'sample')} became {self._label} in step {self._step}: {count(later, 'step')} later"
            f" the model sees that in {agree} of them"
        )
        if accuracy is not None and self._accuracy is not None:
            self.numbers |= {"accuracy_before": self._accuracy, "accuracy": accuracy}
            self.text += f"; accuracy went from {self._accuracy:.1%} to {accuracy:.1%}, by this and all else"
        self.text += "."


class Stopped:
    """What ending a run was forecast to save, held against what those steps took where somebody went on after all."""

    line = None  # it is no edit

    def __init__(self, trainer: Trainer, left: int, saves: Joules | None, accuracy: float | None):
        self._step, self._left, self._saves, self._accuracy = trainer.steps, left, saves, accuracy
        self._since = None if trainer.meter is None else trainer.meter.stamp()
        self.numbers: dict[str, float] = {}  # once all the steps that were left are done
        self.text = f"Training ended after step {trainer.steps:,} of {trainer.steps + left:,}."

    def judge(self, trainer: Trainer, accuracy: float | None) -> None:
        """See whether the run has come to where it would have ended; then the truth is known."""
        later = trainer.steps - self._step
        if self.numbers or later < self._left:
            return
        self.numbers = {"steps": later}
        self.text += " It went on all the same"
        if trainer.meter is not None and self._saves is not None and self._saves.known:
            took = trainer.meter.ledger(self._since).get("train", Joules.missing())
            if took.known:
                share = self._left / later  # it may have gone further in one go
                self.numbers |= {"saves": self._saves.value, "took": took.value * share}
                self.text += f": forecast {self._saves}, and it took {took * share}"
        if accuracy is not None and self._accuracy is not None:
            self.numbers |= {"accuracy_before": self._accuracy, "accuracy": accuracy}
            self.text += f"; accuracy went from {self._accuracy:.1%} to {accuracy:.1%}"
        self.text += "."
