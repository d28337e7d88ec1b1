"""Outcome: live advice in force, and joules a sample and accuracy before and after it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..edits.events import Event
from ..energy.joules import Joules, Ratio
from ..run.run import Run
from .planned import KIND


@dataclass(frozen=True)
class Since:
    """Before and after advice was applied: joules a sample, and accuracy where there is one; by it and all else."""

    what: str
    before: Joules
    after: Joules
    accuracy: tuple[float | None, float | None]
    samples: int  # trained on since

    @property
    def ratio(self) -> Ratio:
        """Joules a sample after over before."""
        return Ratio.of(self.after, self.before)

    def __str__(self) -> str:
        then, now = ("not known" if each is None else f"{each:.1%}" for each in self.accuracy)
        return (
            f"{self.what}: {self.before} a sample before, {self.after} after, over {self.samples:,} samples; accuracy"
            f" {then} before, {now} now: by this and all else."
        )


class Applied:
    """Advice that acts in a run, from the moment it was made; on the thread that owns the model.

    `act(run)` returns what takes it back, and that may return what does it again in another way than `act`.
    """

    def __init__(self, run: Run, act: Callable[[Run], Callable[[], object]], what: str):
        self._run, self._act, self._what = run, act, what
        self._lines: list[Event] = []
        self.redo()

    def redo(self) -> None:
        """Let it act from now on: what came before is before it."""
        run = self._run
        self._before = _a_sample(run)
        with run.trainer.doing(KIND):  # what was looked at last may be of long ago
            self._accuracy = _accuracy(run)
        first = len(run.journal)
        self._back = self._act(run)
        mine = [event for event in list(run.journal)[first:] if event.by == "advice"]
        self._lines = mine or self._lines  # an edit that somebody put into force again was not written anew
        self.line, self.ended = len(run.journal), 0
        self._since, self._passes = run.meter.stamp(), run.trainer.passes
        self._course = run.evaluations  # a run that begins anew has others

    @property
    def acts(self) -> bool:
        """Whether all that it wrote is in force: an edit may be undone, a setting be put otherwise by somebody."""
        journal = self._run.journal
        there = {event.n for event in journal.active if event.by == "advice"}
        return not self.ended and all(
            (event.of or event.n) in there if event.name is None else journal.setting(event.name) == event
            for event in self._lines
        )

    def undo(self) -> None:
        """Take it back, once."""
        again = self._back()
        self._act = again if callable(again) else self._act
        self.ended = len(self._run.journal)

    def outcome(self) -> Since:
        """What came of it, once an epoch was trained since."""
        trainer = self._run.trainer
        done = trainer.passes - self._passes
        if done < 0 or self._run.evaluations is not self._course:
            raise ValueError(
                f"{self._what}: the run began anew since it was applied, so nothing of it is before; undo() it and"
                " apply it again to compare from here"
            )
        epoch = max(1, int(trainer.mending.weights.sum()))
        if done < epoch:
            raise ValueError(
                f"{done:,} samples were trained on since it was applied, and an epoch has {epoch:,}: train"
                " on, and ask again"
            )
        lines = self._run.meter.ledger(since=self._since)
        spent = [lines[kind] for kind in ("train", "feedback") if kind in lines and lines[kind].known]
        after = sum(spent[1:], spent[0]) / done if spent else Joules.missing()
        with trainer.doing(KIND):
            now = _accuracy(self._run)
        return Since(self._what, self._before, after, (self._accuracy, now), done)


def _accuracy(run: Run) -> float | None:
    """As the model is now, on the part that a run is evaluated on."""
    trainer = run.trainer
    part = trainer.train if trainer.valid is None else trainer.valid
    found = trainer.evaluated(part, None).get("accuracy", math.nan)
    return found if math.isfinite(found) else None


def _a_sample(run: Run) -> Joules:
    """Joules of training for each sample so far."""
    lines, passes = run.meter.ledger(), run.trainer.passes
    spent = [lines[kind] for kind in ("train", "feedback") if kind in lines and lines[kind].known]
    return sum(spent[1:], spent[0]) / passes if spent and passes else Joules.missing()
