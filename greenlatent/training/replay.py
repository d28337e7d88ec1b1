"""Replaying: the run that a journal tells of, once more."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from ..data.samples import Samples
from ..edits.events import Event
from ..edits.journal import Journal
from ..edits.kinds import Link, Move, Pulled, Separate
from ..feedback.feedback import Feedback
from .settings import Settings
from .trainer import Trainer


def replay(
    journal: Journal,
    model: nn.Module,
    train: Samples,
    *,
    steps: int | None = None,
    watch: Callable[[Trainer], bool | None] | None = None,
    moves: str = "label",
    **options: Any,
) -> Trainer:
    """The run that a journal tells of, once more, from the same weights; a field that differs is named.

    `watch(trainer)` is called after every step and every event, and ends the replay by returning False. In a journal of
    version 0.1 a move to a class is its label, as now, with a warning, or with `moves="pull"` what it was, for one
    release.
    """
    header = journal.header
    _check_given(header, moves)
    if (former := Feedback.told(header.get("feedback", ""))) is not None:
        options.setdefault("feedback", former)
        _warn_of_what_changed(journal, moves)
    pulled = former is not None and moves == "pull"
    trainer = Trainer(model, train, **Settings.of_header(header) | options)
    _check_same_run(header, trainer)
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
            trainer.journal.repeat(_as_it_was(event) if pulled else event)
        if watch is not None and watch(trainer) is False:
            return trainer
    go_to(steps)
    return trainer


def _check_same_run(header: Mapping[str, Any], trainer: Trainer) -> None:
    here = trainer.journal.header
    # these change the last bits, not the run; what is advised and in force its lines tell again
    exact_only = ("torch", "threads", "device", "ranks", "backend", "advised")
    trainer.company.compare(header)
    for name, value in header.items():
        if name in here and here[name] != value and name not in exact_only:
            trainer.close()
            raise ValueError(f"the journal was made with {name} {value!r}, this run has {here[name]!r}")


def _as_it_was(event: Event) -> Event:
    """A move to a class as a pull, which it was in version 0.1."""
    move = type(event.edit) is Move and isinstance(event.edit.to, str)
    return replace(event, edit=Pulled(event.edit.ids, event.edit.to)) if move else event  # type: ignore[union-attr]


def _warn_of_what_changed(journal: Journal, moves: str) -> None:
    """Of a journal of version 0.1, the lines that mean something else now."""
    found = []
    for event in journal:
        edit = event.edit
        if type(edit) is Move and isinstance(edit.to, str) and moves == "label":
            found.append(f"line {event.n} moves samples to {edit.to!r}, which is their label now")
        elif isinstance(edit, Link) and edit.alike:
            found.append(f"line {event.n} links samples alike, which gives them a name now, and no pull")
        elif isinstance(edit, Separate):
            found.append(f"line {event.n} separates two sides, by a contrast now")
    if found:
        keeps = '; moves="pull" keeps what a move to a class was' if moves == "label" else ""
        warnings.warn(f"this journal is of version 0.1: {'; '.join(found)}{keeps}", stacklevel=3)


def _check_given(header: Mapping[str, Any], moves: str) -> None:
    if moves not in ("label", "pull"):
        raise ValueError(f'moves is "label" or "pull", got {moves!r}')
    if header.get("loop") == "own":
        raise ValueError(
            "this journal is of a run whose steps were those of a loop outside, which a replay does not have;"
            " journal.mended(train) gives the data as its edits left them"
        )
