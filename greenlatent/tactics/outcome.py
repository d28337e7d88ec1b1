"""Outcome: live advice in force, and joules a sample and accuracy before and after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..energy.joules import Joules, Ratio
from ..run.run import Run


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
    """Advice that acts in a run, from the moment it was made; on the thread that owns the model."""

    def __init__(self, run: Run, tactic: str, act: Callable[[Run], Callable[[], object]] | None, what: str):
        assert act is not None
        self._run, self._what, self._tactic = run, what, tactic
        self._before, self._accuracy = _a_sample(run), run.accuracy
        self._back = act(run)
        self.undone = False
        self._note({**(run.journal.header.get("advised") or {}), tactic: "advice"})
        self._since, self._passes = run.meter.stamp(), run.trainer.passes

    def undo(self) -> None:
        """Take it back, once."""
        self._back()
        self.undone = True
        kept = dict(self._run.journal.header.get("advised") or {})
        kept.pop(self._tactic, None)
        self._note(kept)

    def outcome(self) -> Since:
        """What came of it, once an epoch was trained since."""
        trainer = self._run.trainer
        done = trainer.passes - self._passes
        epoch = max(1, int(trainer.mending.weights.sum()))
        if done < epoch:
            raise ValueError(
                f"{done:,} samples were trained on since it was applied, and an epoch has {epoch:,}: train"
                " on, and ask again"
            )
        lines = self._run.meter.ledger(since=self._since)
        spent = [lines[kind] for kind in ("train", "feedback") if kind in lines and lines[kind].known]
        after = sum(spent[1:], spent[0]) / done if spent else Joules.missing()
        now = self._run.evaluate(now=True)
        return Since(self._what, self._before, after, (self._accuracy, now), done)

    def _note(self, advised: dict[str, str]) -> None:
        """The header says what was advised, and so does a hand-in."""
        journal = self._run.journal
        with journal.lock:
            journal.header = {**journal.header, "advised": advised}


def _a_sample(run: Run) -> Joules:
    """Joules of training for each sample so far."""
    lines, passes = run.meter.ledger(), run.trainer.passes
    spent = [lines[kind] for kind in ("train", "feedback") if kind in lines and lines[kind].known]
    return sum(spent[1:], spent[0]) / passes if spent and passes else Joules.missing()
