"""Status: the readings and the states of buttons above the picture, as one message for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..energy.meter import Meter
from ..energy.names import count
from ..plots.energy_meter import amount
from ..run.run import UNWRITTEN, Run

CLOSED = "This Lab is closed: go on in a newer one."


def status(run: Run, *, said: str = "", leads: str = "", former: Path | None = None) -> dict[str, Any]:
    """Of an open run; `said` is what the dashboard has to say, `leads` the panel that it is about, `former` a session
    that one could go on with."""
    trainer, journal = run.trainer, run.journal
    loss, feedback = trainer.recent
    if trainer.steps or len(journal):
        former = None  # there is work in this one
    return {
        "running": run.runner.running,
        "step": trainer.steps,
        "epoch": trainer.epoch + 1 if trainer.steps else 0,
        "accuracy": run.accuracy,
        "loss": None if loss != loss else loss,
        "feedback": feedback,
        "energy": _energy(run.meter),
        "unread": _unread(run.meter),
        "edits": len(journal.active),
        "undo": run.deeds.can_undo,
        "redo": run.deeds.can_redo,
        "message": _failure(run)
        or said
        or _spent(run)
        or _hindrance(run)
        or _untaught(run)
        or _offer(former)
        or run.trainer.company.said,
        "leads": leads if said and not _failure(run) else "",
        "copy": "" if former is None else _line(run, former),
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
    higher = "higher price" if run.budget is not None and run.budget.overpriced else "higher budget"
    return run.runner.spent and f"Paused: {run.runner.spent}. Set a {higher} to go on."


def _hindrance(run: Run) -> str:
    """Before the first step: whoever drags a point learns only then that it cannot act."""
    return "" if run.trainer.steps else run.hindrance


def _untaught(run: Run) -> str:
    """A class that the head has no output for is learned by no step."""
    names = run.trainer.edits.untaught
    if not names:
        return ""
    told, are = " and ".join(map(repr, names)), "are" if names[1:] else "is"
    return f"{told} {are} in the read-out only: the head has {count(run.trainer.network.outputs, 'output')}."


def _offer(former: Path | None) -> str:
    """An earlier session of the same data is offered until there is work in this one; it is never forced."""
    return f"There is an earlier session of this data, {former.name}." if former else ""


def _line(run: Run, former: Path) -> str:
    """What one would write to go on with it."""
    given = "model, train" if run.trainer.valid is None else "model, train, valid=valid"
    return f'lab = gl.Lab.load("{former}", {given})\nlab'


def _energy(meter: Meter) -> dict[str, Any] | None:
    per = meter.per("train")
    return amount(per.joules, "step" if per.n <= 1 else f"step, mean of {per.n}")


def _unread(meter: Meter) -> str:
    """Why no step has a reading where there is a total: beside one it is not "not measured"."""
    if not meter.total.known or meter.per("train").joules.known:
        return ""
    return "no reading of a step yet" if meter.units("train") else "no step yet"


def accuracy_of(run: Run) -> float | None:
    """As of this pause, whose look may not have been taken yet; while training runs, as of the last evaluation."""
    run.wait(0)
    return run.accuracy
