"""Unnamed: samples without a label are asked about one after another, until labels can spread to the rest."""

from __future__ import annotations

import numpy as np

from .crowds import Crowds

ENOUGH = 10  # answers after which labels can spread


class Unnamed:
    """Whom to ask about now, of samples that stand for crowds without a name; on the thread that owns the model."""

    def __init__(self, crowds: Crowds):
        self.crowds, self.trainer = crowds, crowds.trainer
        self.spreads = False  # whether it is time to spread labels
        self._asked: list[int] = []
        self._now: int | None = None
        self._since = 0  # lines of the journal when it was asked

    def ask(self, among: np.ndarray) -> tuple[int | None, str]:
        """The sample to name next, of `among`, and what to say; none and nothing where this is no time to ask."""
        self.leave()
        trainer = self.trainer
        if trainer.train.regression or not (trainer.upcoming.y < 0).any():
            return None, ""
        try:
            found = self.crowds.typical(1, among)
        except ValueError:  # too many samples to look at
            return None, ""
        told = sum(int(trainer.upcoming.y[i]) >= 0 for i in self._asked)
        self.spreads = told >= ENOUGH or not found
        if not found:
            return (
                None,
                "No crowd is without a name. Spread labels what lies surely among samples of one class.",
            )
        self._now, self._since = found[0], self._lines
        if self._now not in self._asked:
            self._asked.append(self._now)
        how = "press the key of its class, and the next one is asked about"
        after = (
            "Spread labels what lies surely among those."
            if self.spreads
            else f"{told} of {ENOUGH} are named."
        )
        return (
            self._now,
            f"Sample {self._now:,} stands for others without a label, and is selected: {how}. {after}",
        )

    @property
    def answered(self) -> bool:
        """Whether an edit was made about the sample since it was asked about."""
        journal = self.trainer.journal
        return self._now is not None and any(
            event.n > self._since and self._now in getattr(event.edit, "ids", ()) for event in journal.active
        )

    def leave(self) -> None:
        """Something else is asked; answers still count."""
        self._now = None

    def begin(self) -> None:
        """Nothing was answered yet."""
        self._asked.clear()
        self._now, self.spreads = None, False

    @property
    def _lines(self) -> int:
        return max((event.n for event in self.trainer.journal), default=0)
