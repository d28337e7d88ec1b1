"""Lab: a trainer, its runner, a journal, a meter and the dashboard, tied together in one object."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import handin
from .control import Comparison, Point, control
from .edits import Edit
from .energy import Joules, Meter
from .journal import Journal
from .panels import Panels
from .picture import Picture
from .projection import Projection
from .runner import Runner
from .samples import Samples
from .session import Session, former, unpack
from .suggest import Suggestion
from .trainer import StepReport, Trainer
from .views import KINDS, View
from .widgets import Widget
from .widgets.cell import running_cell
from .widgets.table import OWN
from .widgets.widget import DOUBTFUL, EDITED, LEFT_OUT, STALE

log = logging.getLogger(__name__)

STATUS_EVERY = 0.25  # seconds between two status messages while training runs
EVALUATE_SHARE = 0.01  # of the time that training runs may go into the accuracy shown beside it

# What a run costs beside training, as far as it is the person's doing.
_BESIDE = ("view", "suggest", "relevance", "waiting", "save")

# notebook cell -> the Labs it made: running a cell again ends the threads of the time before
_CELLS: dict[str, tuple[str, weakref.WeakSet[Lab]]] = {}


class Lab:
    """Watch a model's latent space while it trains, mend it by hand, and see what it costs.

    Shown in a notebook it is a dashboard; every button of it is a method here. `session` is the folder of
    the run's journal (default: a new one in ./greenlatent-sessions once there is something to keep; False:
    none). `shown` is the most samples that the picture shows. Everything else goes to the Trainer.

    >>> lab = Lab(model, train, valid=valid, latent="encoder", seed=0)
    >>> lab
    >>> lab.step(20)
    """

    def __init__(
        self,
        model: torch.nn.Module,
        train: Samples,
        *,
        session: str | Path | Session | bool | None = None,
        projection: Projection | None = None,
        shown: int = 10_000,
        region: str | None = None,
        title: str = "",
        **options: Any,
    ):
        if session is True:
            raise ValueError("session is a folder, None for a new one, or False for none")
        _end_former_labs()
        self.meter = options.pop("meter", None) or Meter(region=region)
        self.session = _session(session, train)
        self.former = None if self.session is None else former(train.fingerprint)  # what one could go on with
        if self.session is not None and self.session.folder is not None:
            self.former = None
            self.trainer = self.session.take_up(model, train, meter=self.meter, **options)
        else:
            options.setdefault("journal", Journal(self.session.journal if self.session else None))
            self.trainer = Trainer(model, train, meter=self.meter, **options)
        self.journal = self.trainer.journal
        self.runner = Runner(self.trainer)
        self.picture = Picture(self.trainer, projection, shown=shown)
        self.curve: list[Point] = []  # accuracy and joules of training, at every evaluation
        self.comparison: Comparison | None = None  # what the last control run found
        self._at_step: list[Callable[[Lab], Any]] = []
        self.widget = Widget("lab", classes=train.classes, title=title, samples=len(train))
        self._panels = Panels(
            self.widget,
            self.runner,
            self.meter,
            changed=lambda: self._tell(),
            compare=lambda progress: self.control(progress=progress),
        )
        self._until: str | None = None  # what the run was started for
        self._views: dict[tuple[str, str], View] = {}  # beside the dashboard
        self.accuracy: float | None = None  # as of the last evaluation
        self._shown_step = -1
        self._told_running = False
        self._evaluated = (-1, 0.0, 0.0)  # at which step, when, and what it cost in seconds
        self._told = 0.0
        self._message = ""
        self.trainer.at_close.append(self._closed)
        self.meter.start()
        self._begun = self.meter.stamp()

        self.widget.on_edit(self._take_edit)
        self.widget.on_command(self._take_command)
        self.widget.on_preview(self._preview)
        if train.names is not None:
            self.widget.on_name(lambda i: train.key(i) if 0 <= i < len(train) else "")
        self.runner.subscribe(self._tick, every=0.04)
        self.widget.set_ids(self.picture.shown)
        self.widget.set_columns(self._groups())
        self.runner.call(self._show)
        _remember(self)

    # -- training
    # ----------------------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> StepReport:
        """Do n steps and report on them; Ctrl-C pauses."""
        return self.runner.step(n)

    def start(self, steps: int | None = None, *, pace: float | None = None, until: str | None = None) -> None:
        """Train in the background: so many steps, at most `pace` a second, until the "epoch" ends, or until there is
        a "suggestion" to be trusted, which the dashboard then shows."""
        self.runner.start(steps, pace=pace, until=until)
        self._until = until

    def pause(self) -> None:
        """Stop after the step that is running."""
        self._until = None
        self.runner.pause()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what was started is done; False if that took longer than `timeout` seconds."""
        done = self.runner.wait(timeout)
        if done and not self.trainer.closed:
            self.runner.call(lambda: None)  # so that picture and accuracy are those of the pause
        return done

    def undo(self) -> None:
        """Take the newest edit out of force."""
        self._journal_changed(self.journal.undo)

    def redo(self) -> None:
        """Put the edit that was undone last into force again."""
        self._journal_changed(self.journal.redo)

    def suggest(self, n: int = 5) -> list[Suggestion]:
        """Groups of samples that probably carry one wrong label, best first, each with its reason."""
        return self.runner.suggester.suggest(n)

    def control(
        self, seeds: int = 1, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """The same run without the edits, from the same initial weights, over as many samples: what did they buy?

        It takes about as long as the run has trained, for each seed. `progress(share)` may return False to cancel it;
        then there is no comparison.
        """

        def work() -> Comparison | None:
            self._evaluate(now=True)
            beside = {
                kind: joules for kind, joules in self.energy.items() if kind in _BESIDE and joules.known
            }
            found = control(self.trainer, self.curve, seeds=seeds, beside=beside, progress=progress)
            self.comparison = found or self.comparison
            return found

        if self.runner.running:
            raise RuntimeError("training is running: pause() first, then compare")
        return self.runner.call(work)

    def on_step(self, callback: Callable[[Lab], Any]) -> Callable[[], None]:
        """Call back with this Lab on the training thread, at most 25 times a second while steps are done and once at
        each pause; what it raises is logged. Returns a function that ends it."""
        self._at_step.append(callback)
        return lambda: self._at_step.remove(callback) if callback in self._at_step else None

    def save(self, path: str | Path | None = None) -> Path:
        """Write a checkpoint into the session's folder; with a path, the whole session in one zip for `Lab.load`."""
        session = self.session
        if session is None:
            raise ValueError("this Lab keeps no session (session=False), so there is nowhere to save")

        def work() -> Path:
            if not len(self.journal):
                self.journal.save(session.journal())
            folder = session.save(self.trainer, self.meter)
            return folder if path is None else session.pack(path)

        return self.runner.call(work)

    def hand_in(self, path: str | Path, *, answers: str | Mapping[str, str] | None = None) -> Path:
        """Write journal, ledger, hashes, versions and your answers into one file for whoever checks it.

        `answers` is a text, or texts by question. The newest comparison goes in if it is about the run as it stands.
        `python -m greenlatent.check mine.zip` is what the other side runs.
        """

        def work() -> Path:
            self._evaluate(now=True)
            found = self.comparison
            if found is not None and found.with_you[-1].step != self.trainer.steps:
                found = None
            return handin.write(path, self.trainer, accuracy=self.accuracy, answers=answers, comparison=found)

        return self.runner.call(work)

    @classmethod
    def load(cls, session: str | Path, model: torch.nn.Module, train: Samples, **options: Any) -> Lab:
        """Go on with a session: its folder, or the zip that `save` wrote. All edits are there; the weights are those
        of the last checkpoint."""
        path = Path(session)
        if not path.exists():
            raise FileNotFoundError(f"there is no session {path}")
        folder = path if path.is_dir() else unpack(path, train.fingerprint)
        return cls(model, train, session=Session(folder, train.fingerprint, going_on=True), **options)

    def refresh(self) -> None:
        """Compute every shown sample anew, whatever the watching budget says."""
        self.runner.call(self._show)

    def view(self, name: str, *, space: str = "latent") -> Widget:
        """Another live picture of the run, linked with the dashboard: "scatter", or "parallel", which shows every
        latent dimension as an axis, or with `space="input"` every input feature, to be ranked.

        What a person does there goes into the same journal.
        """
        if (name, space) not in KINDS:
            raise ValueError(
                f"there is no view {name!r} of the {space!r} space; there are "
                + ", ".join(f"{n!r} ({s})" for n, s in KINDS)
            )
        if (name, space) not in self._views:
            self.runner.call(lambda: self._add_view(name, space))
        return self._views[name, space].widget

    def close(self) -> None:
        """End the thread and let go of the model; the dashboard stays as it is. May be called twice."""
        self.trainer.close()

    # -- reading
    # -----------------------------------------------------------------------------------------------------

    @property
    def energy(self) -> dict[str, Joules]:
        """Joules so far, a line per kind of work."""
        return self.meter.ledger()

    @property
    def selection(self) -> np.ndarray:
        """The ids of the selected samples; may be set."""
        return self.widget.selection

    @selection.setter
    def selection(self, ids: Any) -> None:
        self.widget.selection = ids

    def __repr__(self) -> str:
        state = "closed" if self.trainer.closed else "running" if self.runner.running else "paused"
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.1%}"
        edits = len(self.journal.active)
        return (
            f"Lab({state} at step {self.trainer.steps}{accuracy}, {edits} edits in force, {self.meter.total})"
        )

    def _ipython_display_(self, **options: Any) -> None:
        self.widget._ipython_display_(**options)

    # -- what the page says; on any thread, so it only enqueues
    # ------------------------------------------------------

    def _add_view(self, name: str, space: str) -> None:
        """On the runner's thread: a view begins with an exact frame."""
        with self.trainer.doing("view"):
            frame = self.picture.frame(exact=True)
        view = KINDS[name, space](self.trainer, self.widget, frame)
        widget = view.widget
        widget.on_edit(lambda edit, **about: self._take_edit(view.meant(edit), **about))
        widget.on_command(lambda do, **arguments: self._take_command(do, view=view, **arguments))
        widget.on_preview(self._preview)
        widget.on_name(self.widget._on_name)
        view.columns(self._groups())
        self._views[name, space] = view
        self._show()

    def _score(self, view: View, statistic: str) -> None:
        """On the runner's thread; what goes wrong is for the page."""
        try:
            with self.trainer.doing("relevance"):
                view.score(statistic)
            self._show()
        except (ValueError, TypeError) as error:
            view.widget.show_error(str(error))

    def _take_edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int:
        line = self.journal.add(edit, by="human", seconds=seconds, frame=frame)
        self.runner.post(self._tell)
        return line

    def _take_command(self, do: str, view: View | None = None, **arguments: Any) -> None:
        commands: dict[str, Callable[..., Any]] = {
            "step": lambda n=1: self.runner.start(int(n)),
            "start": self.start,
            "pause": self._pause,
            "undo": lambda: self._journal_changed(lambda: self.journal.undo(by="human")),
            "redo": lambda: self._journal_changed(lambda: self.journal.redo(by="human")),
            "mute": lambda n: self._journal_changed(lambda: self.journal.mute(n, by="human")),
            "unmute": lambda n: self._journal_changed(lambda: self.journal.unmute(n, by="human")),
            "refresh": lambda: self.runner.post(self._show),
            **self._panels.commands,
        }
        if view is not None:
            commands["relevance"] = lambda statistic: self.runner.post(lambda: self._score(view, statistic))
        if do not in commands:
            raise ValueError(f"the Lab does not know the command {do!r}; it knows {', '.join(commands)}")
        commands[do](**arguments)

    def _pause(self) -> None:
        self._until = None
        self.runner.pause(wait=False)

    def _preview(self, i: int) -> Any:
        """What the page shows of a sample on hover; asked for one at a time."""
        train = self.trainer.train
        if train.preview is None or not 0 <= i < len(train):
            return None
        if callable(train.preview):
            return train.preview(i)
        x = train.view(torch.tensor([i]))[0].numpy()
        side = round(x.size**0.5)
        if train.preview == "image" and x.ndim == 1 and side * side == x.size:
            return x.reshape(side, side)  # a square image, flattened for a network without convolutions
        if train.preview == "signal" and x.ndim == 2:
            return x[0]  # the first channel of (channels, time)
        return " ".join(f"{v:g}" for v in x.flatten()[:50]) if train.preview == "text" else x

    def _journal_changed(self, change: Callable[[], Any]) -> None:
        if self.trainer.closed:
            raise RuntimeError("this Lab is closed: its journal stays as it is; make a new Lab to go on")
        change()
        self.runner.post(self._tell)

    # -- on the runner's thread
    # --------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Between two steps, now and then, and at every pause: show what the budget allows, and keep what was done."""
        running = self.runner.running
        for callback in list(self._at_step):
            try:
                callback(self)
            except Exception:
                log.exception("a callback of on_step failed; training goes on")
        if self.session is not None and self.session.due(self.trainer.steps, running=running):
            self.session.save(self.trainer, self.meter)
        self.picture.training(running)
        if running:
            if self._wanting() and self.picture.affordable():
                self._show(exact=False)
            if time.perf_counter() - self._told > STATUS_EVERY:
                self._tell()
        elif self._told_running or self._shown_step != self.trainer.steps:
            self._show()  # exact, and the page hears of the pause even if the last step was shown already

    def _show(self, exact: bool = True) -> None:
        with self.trainer.doing("view"):
            frame = self.picture.frame(exact=exact)
            self.widget.publish(frame.points, step=frame.step, exact=frame.exact, trust=frame.trust)
            for view in self._views.values():
                if exact or view.widget.wants_frame():  # unlike the dashboard's, their frames may be large
                    view.show(frame)
            self._columns(frame.stale, frame.doubtful)
        self._shown_step = frame.step
        if exact:
            self._tell()

    def _wanting(self) -> bool:
        return self.widget.wants_frame() or any(view.widget.wants_frame() for view in self._views.values())

    def _groups(self) -> dict[str, tuple[str, Any]]:
        """What belongs together, by the names that the page shows."""
        return {
            f"{name} (group)" if name in (*OWN, "loss") else name: ("group", values[self.picture.shown])
            for name, values in self.trainer.train.groups.items()
        }

    def _columns(self, stale: np.ndarray, doubtful: np.ndarray) -> None:
        """What is known of the shown samples; of those that training has not seen yet nothing is."""
        ids, seen, train = self.picture.shown, self.trainer.seen, self.trainer.train
        at = torch.as_tensor(ids)
        mending = self.trainer.mending
        state: np.ndarray = STALE * stale.astype(int) + DOUBTFUL * doubtful.astype(int)
        state[np.isin(ids, self.trainer.feedback.unsatisfied())] |= EDITED
        state[mending.weights[ids] == 0] |= LEFT_OUT
        kind = "number" if train.regression else "class"
        predicted = seen.predicted.cpu()[at].numpy()
        if not train.regression:  # a head may have more outputs than the data has classes
            predicted = np.where(predicted < len(train.classes), predicted, -1).astype(int)
        columns: dict[str, tuple[str, Any]] = {
            "given": (kind, mending.y[at].numpy()),
            "predicted": (kind, predicted),
        }
        if not train.regression:
            columns["confidence"] = ("number", seen.confidence.cpu()[at].numpy())
        columns["loss"] = ("number", seen.loss.cpu()[at].numpy())
        columns["state"] = ("flags", state)
        self.widget.set_columns(columns)
        for view in self._views.values():
            view.columns(columns)

    def _tell(self) -> None:
        """The readings and the state of the buttons."""
        trainer = self.trainer
        if trainer.closed:
            return
        self._evaluate()
        loss, feedback = trainer.recent
        journal = self.journal
        error = self.runner.error
        self._told_running = self.runner.running
        self._set_status(
            {
                "running": self._told_running,
                "step": trainer.steps,
                "epoch": trainer.epoch + 1 if trainer.steps else 0,
                "accuracy": self.accuracy,
                "loss": None if loss != loss else loss,
                "feedback": feedback,
                "energy": self._energy_status(),
                "edits": len(journal.active),
                "undo": journal.can_undo,
                "redo": journal.can_redo,
                "message": self._message or self._offer(),
            }
        )
        if error is not None and self._message != str(error):
            self._message = f"{type(error).__name__}: {error}"
            self.widget.show_error(f"Training stopped. {self._message}")
        self._panels.tell()
        if self._until == "suggestion" and not self._told_running:
            self._until = None
            self._panels.suggest()
        self._told = time.perf_counter()

    def _set_status(self, status: dict[str, Any]) -> None:
        for widget in (self.widget, *(view.widget for view in self._views.values())):
            widget.set_status(status)

    def _offer(self) -> str:
        """An earlier session of the same data is offered until there is work in this one; it is never forced."""
        if self.former is None or self.trainer.steps or len(self.journal):
            return ""
        return f'There is an earlier session of this data: gl.Lab.load("{self.former}", model, train) goes on with it.'

    def _evaluate(self, now: bool = False) -> None:
        """Accuracy beside the picture: at every pause, and in between as often as its share allows."""
        step, at, cost = self._evaluated
        begun = time.perf_counter()
        if step == self.trainer.steps:
            return
        if self.runner.running and not now and (begun - at) * EVALUATE_SHARE < cost:
            return
        self.accuracy = self.trainer.evaluate().get("accuracy")
        done = time.perf_counter()
        self._evaluated = (self.trainer.steps, done, done - begun)
        if self.trainer.steps and self.accuracy is not None:
            lines = self.meter.ledger(since=self._begun)
            spent = [lines[kind] for kind in ("train", "feedback") if kind in lines]
            joules = sum(spent[1:], spent[0]) if spent else Joules.missing()
            self.curve.append(Point(self.trainer.steps, self.trainer.passes, self.accuracy, joules))

    def _energy_status(self) -> dict[str, Any] | None:
        per = self.meter.per("train")
        joules = per.joules
        if not joules.known:
            return None
        return {
            "text": str(joules),
            "value": joules.value,
            "low": joules.low,
            "high": joules.high,
            "unit": "J",
            "per": "step" if per.n <= 1 else f"step, mean of {per.n}",
            "badges": dict(joules.badges),
            "note": "; ".join(self.meter.notes),
        }

    def _closed(self) -> None:
        self.meter.stop()
        if self.session is not None:
            self.session.account(self.meter)
        self._set_status({"running": False, "step": self.trainer.steps, "closed": True})


def _session(given: str | Path | Session | bool | None, train: Samples) -> Session | None:
    if isinstance(given, Session):
        return given
    return None if given is False else Session(given, train.fingerprint)  # type: ignore[arg-type]


def _end_former_labs() -> None:
    """A cell that runs again replaces its Labs: their threads end, even if it makes a new model each time."""
    here = running_cell()
    if here is not None and here[0] in _CELLS and _CELLS[here[0]][0] != here[1]:
        for lab in list(_CELLS.pop(here[0])[1]):
            lab.close()


def _remember(lab: Lab) -> None:
    here = running_cell()
    if here is not None:
        _CELLS.setdefault(here[0], (here[1], weakref.WeakSet()))[1].add(lab)
