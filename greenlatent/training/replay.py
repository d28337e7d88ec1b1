"""Replaying: the run that a journal tells of, once more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from ..data.samples import Samples
from ..edits.journal import Journal
from .settings import Settings
from .trainer import Trainer


def replay(
    journal: Journal,
    model: nn.Module,
    train: Samples,
    *,
    steps: int | None = None,
    watch: Callable[[Trainer], bool | None] | None = None,
    **options: Any,
) -> Trainer:
    """The run that a journal tells of, once more, from the same weights; a field that differs is named.

    `watch(trainer)` is called after every step and every event, and ends the replay by returning False.
    """
    header = journal.header
    _refuse_other_loops(header)
    trainer = Trainer(model, train, **Settings.of_header(header) | options)
    here = trainer.journal.header
    exact_only = ("torch", "threads", "device")  # these change the last bits, not the run
    for name, value in header.items():
        if name in here and here[name] != value and name not in exact_only:
            trainer.close()
            raise ValueError(f"the journal was made with {name} {value!r}, this run has {here[name]!r}")
    if steps is None:
        steps = journal.steps
    if steps is None:
        trainer.close()
        raise ValueError(
            "the journal does not say how many steps the run had (it was not closed); pass steps="
        )

    def go_to(step: int) -> bool:
        if watch is None:
            trainer.step(step - trainer.steps)
            return True
        while trainer.steps < step:
            trainer.step()
            if watch(trainer) is False:
                return False
        return True

    schedule = journal.schedule()
    resets = [k for k, (_, event) in enumerate(schedule) if event.do == "reset"]
    for k, (step, event) in enumerate(schedule):
        if step > steps and k > max(
            resets, default=-1
        ):  # what was before a reset was in a run of its own length
            break
        if not go_to(step):
            return trainer
        if event.do == "reset":
            trainer.reset()
        else:
            trainer.journal.repeat(event)
        if watch is not None and watch(trainer) is False:
            return trainer
    go_to(steps)
    return trainer


def _refuse_other_loops(header: Mapping[str, Any]) -> None:
    if header.get("loop") == "own":
        raise ValueError(
            "this journal is of a run whose steps were those of a loop outside, which a replay does not have;"
            " journal.mended(train) gives the data as its edits left them"
        )
