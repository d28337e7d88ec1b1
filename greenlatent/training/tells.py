"""Tells: what a trainer tells of itself, beside what it does."""

from __future__ import annotations

from typing import Any

import torch

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.found import class_index
from ..edits.journal import Journal
from ..edits.mending import Mending
from ..feedback.feedback import Feedback
from ..model import ownership
from . import optimizers
from .in_force import InForce
from .settings import Settings
from .step import Step


class Tells:
    """How far a trainer has come, and what is in force."""

    stepper: Step
    edits: InForce
    journal: Journal
    train: Samples
    settings: Settings
    initial: dict[str, Any]
    device: torch.device
    feedback: Feedback
    company: Any

    def header(self) -> dict[str, Any]:
        """What a journal and a checkpoint tell of this run."""
        return {
            "samples": self.train.fingerprint,
            "weights": ownership.hashed(self.initial),
            **self.settings.told(),
            **self.company.told(),
            "torch": torch.__version__,
            "device": self.device.type,
            "optimizer": optimizers.in_words(self.stepper.optimizer),
            "loss": self.stepper.loss_words,
            "feedback": self.feedback.describe(),
        }

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the data, then those that were found in it; indices in `mending.y` are places in here."""
        return (*self.train.classes, *self.journal.found)

    @property
    def passes(self) -> int:
        """How many samples it was trained on, each as often as it was met; injected rows do not count."""
        return self.stepper.sampler.passes

    @property
    def epoch(self) -> int:
        """How many epochs were begun, less one."""
        return self.stepper.sampler.epoch

    @property
    def epoch_done(self) -> bool:
        """Whether the last step was the last of its epoch."""
        return self.stepper.sampler.epoch_done

    @property
    def recent(self) -> tuple[float, float]:
        """Task loss and feedback loss, averaged over the last steps; NaN and 0 where there were none."""
        return self.stepper.recent

    @property
    def foreign(self) -> bool:
        """Whether steps were those of somebody's own loop."""
        return self.journal.header.get("loop") == "own"

    @property
    def mending(self) -> Mending:
        """What the edits did to the data at the last step."""
        return self.edits.mending

    @property
    def upcoming(self) -> Mending:
        """What the edits do to the data at the next step."""
        return self.edits.upcoming

    @property
    def waiting(self) -> list[Event]:
        """The edits that will be in force from the next step on, and are not yet."""
        return self.edits.waiting

    def class_index(self, label: str | int) -> int:
        """The index of a class of the data, or of a found one; raises and lists the classes otherwise."""
        return class_index(label, self.train, self.journal.found)
