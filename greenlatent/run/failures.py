"""Failures: errors of a run in a person's words, each told once, and the watch over a loss that is no number."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ..training.trainer import Trainer

LOSS_SECONDS = 0.5  # between two looks at the loss while training runs: a look waits for the device
DIVERGED = (
    "The loss is no number any more, and steps from here on change nothing: start again from the first weights with a"
    " smaller rate (lr=), or look for inputs and labels that are far too large"
)


@dataclass
class Failure:
    """Something that went wrong, told once from one start of training to the next, however often it happens."""

    what: str
    message: str  # the error, by type and text
    step: int  # at which it happened last

    def __str__(self) -> str:
        return f"{self.what}. {self.message}"


def in_words(error: BaseException) -> str:
    """An error as a person reads it: its type is said where the text is no sentence."""
    told = isinstance(error, RuntimeError | ValueError | TypeError) and " " in str(error)
    return str(error) if told else f"{type(error).__name__}: {error}"


def note(failures: list[Failure], what: str, error: BaseException | str, step: int) -> bool:
    """Add an error to those known, or note that it came once more; whether it is new."""
    message = error if isinstance(error, str) else in_words(error)
    known = next((failure for failure in failures if failure.message == message), None)
    if known is not None:
        known.step = step
        return False
    failures.append(Failure(what, message, step))
    return True


class LossWatch:
    """Looks at the loss now and then."""

    def __init__(self) -> None:
        self._seen = 0.0  # when it was looked at last

    def diverged(self, trainer: Trainer, *, running: bool) -> bool:
        """Whether training has lost its numbers; False between two looks."""
        now = time.monotonic()
        if running and now - self._seen < LOSS_SECONDS:
            return False
        self._seen = now
        return trainer.stepper.diverged
