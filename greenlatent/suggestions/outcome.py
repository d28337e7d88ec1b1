"""Outcome: how many samples of an accepted suggestion the model sees as relabelled, an epoch later."""

from __future__ import annotations

import math

import numpy as np

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
            f"{len(self._ids)} samples became {self._label} in step {self._step}: {later} steps later the model sees"
            f" that in {agree} of them"
        )
        if accuracy is not None and self._accuracy is not None:
            self.numbers |= {"accuracy_before": self._accuracy, "accuracy": accuracy}
            self.text += f"; accuracy went from {self._accuracy:.1%} to {accuracy:.1%}, by this and all else"
        self.text += "."
