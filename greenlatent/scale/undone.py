"""Undone: a step of which a rank was lost is as if it had never begun, so that it comes again with the same batch."""

from __future__ import annotations

from ..training.trainer import Trainer
from .together import buffers_of


class Begun:
    """What a step changes before its sum, as it is at the step's beginning; weights and optimizer change after it."""

    def __init__(self, trainer: Trainer):
        stepper, feedback, step = trainer.stepper, trainer.feedback, trainer.steps
        self._place = stepper.sampler.place()
        self._pulls = feedback.state() if feedback.due(step) or feedback.stale(step) else None
        self._buffers = [buffer.clone() for buffer in buffers_of(trainer.model)]
        self._losses = len(stepper.task_losses), len(stepper.feedback_losses)
        self._read = 0 if stepper.reader is None else stepper.reader.count

    def undo(self, trainer: Trainer) -> None:
        """On the thread that owns the model, while the step is being done."""
        stepper = trainer.stepper
        stepper.sampler.go_back(self._place)
        if self._pulls is not None:
            trainer.feedback.load(self._pulls)
        for buffer, before in zip(buffers_of(trainer.model), self._buffers, strict=True):
            buffer.copy_(before)
        stepper.task_losses.cut(self._losses[0])
        stepper.feedback_losses.cut(self._losses[1])
        stepper.seen.forget(trainer.steps)
        if stepper.reader is not None:
            stepper.reader.count = self._read
        with trainer.journal.lock:
            if not trainer.edits.news:  # else what came meanwhile keeps the step that it was stamped with
                trainer.journal.step = trainer.steps
