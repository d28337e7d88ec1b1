"""Status: the readings and the states of buttons above the picture, as one message for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..energy.meter import Meter
from ..plots.energy_meter import amount
from ..run.run import UNWRITTEN, Run

CLOSED = "This Lab is closed: go on in a newer one."


def status(run: Run, *, said: str = "", former: Path | None = None) -> dict[str, Any]:
    """Of an open run; `said` is what the dashboard has to say, `former` a session that one could go on with."""
    trainer, journal = run.trainer, run.journal
    loss, feedback = trainer.recent
    return {
        "running": run.runner.running,
        "step": trainer.steps,
        "epoch": trainer.epoch + 1 if trainer.steps else 0,
        "accuracy": run.accuracy,
        "loss": None if loss != loss else loss,
        "feedback": feedback,
        "energy": _energy(run.meter),
        "edits": len(journal.active),
        "undo": journal.can_undo,
        "redo": journal.can_redo,
        "message": _failure(run) or said or _spent(run) or _offer(run, former),
    }


def ended(run: Run) -> dict[str, Any]:
    """What changes of it once the run is closed: the readings stay, the buttons do nothing more."""
    unwritten = [failure.message for failure in run.failures if failure.what == UNWRITTEN]
    return {
        "running": False,
        "step": run.trainer.steps,
        "epoch": run.trainer.epoch + 1 if run.trainer.steps else 0,
        "edits": len(run.journal.active),
        "undo": False,
        "redo": False,
        "message": f"{CLOSED} {UNWRITTEN}: {unwritten[-1]}" if unwritten else CLOSED,
    }


def _failure(run: Run) -> str:
    """Until the run goes on."""
    here = [failure for failure in run.failures if failure.step == run.trainer.steps]
    return here[-1].message if here and not run.runner.running else ""


def _spent(run: Run) -> str:
    return run.runner.spent and f"Paused: {run.runner.spent}. Set a higher budget to go on."


def _offer(run: Run, former: Path | None) -> str:
    """An earlier session of the same data is offered until there is work in this one; it is never forced."""
    if former is None or run.trainer.steps or len(run.journal):
        return ""
    given = "model, train" if run.trainer.valid is None else "model, train, valid=valid"
    return f'There is an earlier session of this data: gl.Lab.load("{former}", {given}) goes on with it.'


def _energy(meter: Meter) -> dict[str, Any] | None:
    per = meter.per("train")
    told = amount(per.joules)
    if told is None:  # beside a total that is read, it is not "not measured"
        waits = "no step yet" if not meter.units("train") else "no reading of a step yet"
        return {"value": None, "note": waits} if meter.total.known else None
    return told | {
        "text": str(per.joules),
        "unit": "J",
        "per": "step" if per.n <= 1 else f"step, mean of {per.n}",
        "note": "; ".join(meter.notes),
    }
