"""Stopping: a run that is looked at now and then, and pauses when its looks bring no more."""

from __future__ import annotations

from collections.abc import Callable

from ...energy.joules import Ratio
from ...run.run import Run
from ...statistics.ending import ended
from ...training.evaluate import accuracy
from ..offer import Asked, Offer
from ..putting import acts, put
from ..rehearsal import known

LOOKS = 40  # at a plan, evenly spaced in samples
EPOCHS = 16  # of a plan, at least: looks come at the ends of epochs
OURS = Ratio(
    0.62, 0.42, 1.12
)  # of the joules, over our data: plans of twice the length, and plans that are right


def stop(asked: Asked) -> Offer | str:
    """Pause when the last quarter of the looks is no better than the quarter before."""
    valid = asked.run.trainer.valid
    if asked.run.trainer.train.regression:
        return "looks tell an end by accuracy, which takes classes"
    if valid is None or not known(valid).any():
        return "there are no validation labels to tell an end by"
    if asked.run.trainer.foreign:
        return "the steps are those of a loop outside"
    if acts(asked.run, "stop"):
        return "training pauses already when looks bring no more"
    steps, trainer = asked.steps, asked.run.trainer
    epochs = steps * trainer.batch_size * trainer.settings.accumulate / len(trainer.train)
    if epochs < EPOCHS:
        return f"a plan of {epochs:.1f} epochs is looked at too seldom to tell its end"
    return Offer(
        "stop",
        "pause when looks bring no more",
        f"{LOOKS} looks at the validation part, charged; training pauses when the last quarter of them is not 0.1"
        " points above the quarter before",
        act=lambda run: Ending(run, steps).end,
        ratio=OURS,
        known="published",
        accuracy="on our data -0.6 to +0.3 points where a plan was twice too long",
    )


class Ending:
    """Looks at a run at the ends of epochs, and pauses it; on the thread that owns the model."""

    def __init__(self, run: Run, steps: int):
        self.run, self.looks = run, list[float]()
        if acts(run, "stop"):
            raise ValueError("training pauses already when looks bring no more: one such look is enough")
        trainer = run.trainer
        self._every = max(1, steps * trainer.batch_size * trainer.settings.accumulate // LOOKS)
        self._next = trainer.passes
        self._back = put(run, "stop", LOOKS)
        self._deaf: Callable[[], None] = trainer.at_epoch(self._border)

    def end(self) -> None:
        """Look no more."""
        self._deaf()
        self._back()

    def _border(self) -> None:
        trainer = self.run.trainer
        if trainer.passes < self._next:
            return
        self._next = trainer.passes + self._every
        assert trainer.valid is not None
        with trainer.doing("evaluate"):
            self.looks.append(accuracy(trainer.network, trainer.valid))
        if ended(self.looks):
            self.looks.clear()  # whoever goes on is asked again after as many looks
            self.run.pause(wait=False)
