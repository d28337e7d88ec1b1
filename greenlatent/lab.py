"""Lab: a trainer, its runner, a journal, a meter and the dashboard, tied together in one object."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import handin
from .control import Comparison, Point, control
from .course import Course
from .edits import Edit, Shift, Weigh
from .embedding import Embedding
from .energy import Budget, Joules, Meter
from .journal import Journal
from .layers import layers
from .pages import Pages
from .panels import Panels
from .picture import Picture
from .priorities import CLASS, Group, groups
from .projection import PCA, Projection
from .runner import Runner
from .samples import Samples
from .session import Session, former, unpack
from .suggest import Suggestion
from .trainer import StepReport, Trainer
from .views import KINDS, View
from .widgets import Widget
from .widgets.cell import end_former, remember, show
from .widgets.curve import Curve
from .work import Work

log = logging.getLogger(__name__)

STATUS_EVERY = 0.25  # seconds between two status messages while training runs
ALIVE_EVERY = 30.0  # seconds between two signs of life of a budgeted run that nobody watches
BINDER_PATIENCE = 300.0  # seconds that training goes on there with nobody watching: such machines are lent

# What a run costs beside training, as far as it is the person's doing.
_BESIDE = ("view", "suggest", "relevance", "waiting", "save")


NAMES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}  # projections, as a person knows them


class Lab:
    """Watch a model's latent space while it trains, mend it by hand, and see what it costs.

    Shown in a notebook it is a dashboard; every button of it is a method here. `session` is the folder of
    the run's journal (default: a new one in ./greenlatent-sessions once there is something to keep; False:
    none). `shown` is the most samples that the picture shows; `budget` what the run may spend, `gl.Budget(joules=500)`.
    Everything else goes to the Trainer.

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
        projection: str | Projection = "pca",
        shown: int = 10_000,
        budget: Budget | None = None,
        region: str | None = None,
        title: str = "",
        **options: Any,
    ):
        if session is True:
            raise ValueError("session is a folder, None for a new one, or False for none")
        end_former()
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
        self.picture = Picture(self.trainer, _projection(projection), shown=shown)
        self._pages = Pages(self.trainer, self.picture, title)
        self.widget = self._pages.widget
        self._work = Work(lambda text, share: self.widget.set_panel("work", {"text": text, "share": share}))
        self._panels = Panels(
            self.widget,
            self.runner,
            self.meter,
            changed=lambda: self._tell(),
            compare=lambda progress: self.control(progress=progress),
            accuracy=lambda: self._course.accuracy,
            setup=self._setup,
        )
        self._curve: Curve | None = None  # once it is shown
        self.comparison: Comparison | None = None  # what the last control run found
        self._at_step: list[Callable[[Lab], Any]] = []
        self._until: str | None = None  # what the run was started for
        self._told_running = False
        self._told = self._alive = self._watched = 0.0
        self._message = self._embedding = ""
        self.trainer.at_close.append(self._closed)
        self.meter.start()
        self.budget = budget
        self._course = Course(self.trainer, self.meter)

        self.widget.on_edit(lambda edit, **about: self._take_edit(self._pages.meant(edit), **about))
        self.widget.on_command(self._take_command)
        self.widget.on_axes(lambda: self.runner.post(self._show))
        self.runner.subscribe(self._tick, every=0.04)
        self._deaf = self.meter.listen(self._beat)
        self._layers = self.layers
        self.runner.call(self._show)
        remember(self)

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
            self._course.evaluate(running=False, now=True)
            beside = {
                kind: joules for kind, joules in self.energy.items() if kind in _BESIDE and joules.known
            }
            found = control(self.trainer, self._course.points, seeds=seeds, beside=beside, progress=progress)
            self.comparison = found or self.comparison
            self._draw_curve(now=True)
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
            self._course.evaluate(running=False, now=True)
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
        if (name, space) not in self._pages.views:
            self.runner.call(lambda: self._pages.add(name, space, self._connect))
            self._tell()
        return self._pages.views[name, space].widget

    def groups(self) -> list[Group]:
        """Groups of samples and classes, the worst by what training saw of them last first."""
        return self.runner.call(lambda: groups(self.trainer))

    def prioritise(self, name: str, value: Any, weight: float) -> int:
        """Meet every sample of a group so often in each epoch: 2 makes it focal, 0 leaves it out, 1 takes that back.

        >>> lab.prioritise("recording", "r12", 2)
        """
        return self._prioritise(name, value, weight, by="code")

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
    def accuracy(self) -> float | None:
        """As of the last evaluation; None before, and for regression."""
        return self._course.accuracy

    @property
    def course(self) -> list[Point]:
        """Accuracy, samples and joules of training at every evaluation so far."""
        return list(self._course.points)

    @property
    def curve(self) -> Any:
        """A bqplot figure of accuracy over the samples trained on, live, with that of the last control beside it."""
        if self._curve is None:
            self._curve = Curve()
            self.runner.call(lambda: self._draw_curve(now=True))
        return self._curve.figure

    @property
    def budget(self) -> Budget | None:
        """What the run may spend, all that the meter counts from the moment it was set; at its end training pauses.

        >>> lab.budget = gl.Budget(joules=500)
        >>> lab.budget.raise_to(joules=800)
        """
        return self.runner.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        if budget is not None and not isinstance(budget, Budget):
            raise TypeError(
                f"budget={budget!r} is none; give gl.Budget(joules=...) or gl.Budget(seconds=...)"
            )
        if budget is not None:
            budget.start(self.meter)
        self.runner.budget, self.runner.spent = budget, ""

    @property
    def layers(self) -> list[str]:
        """The layers that the picture can show."""
        return self.runner.call(lambda: layers(self.trainer))

    @property
    def layer(self) -> str:
        """The layer that the picture shows; may be set. What a person does acts on `trainer.layer` all the same."""
        return self.picture.layer

    @layer.setter
    def layer(self, layer: str) -> None:
        def work() -> None:
            self.picture.look_at(layer)
            self._show()

        self.runner.call(work)

    @property
    def projection(self) -> str:
        """How latents become a picture: "pca", "umap", "tsne", or an object with `fit` and `transform`; may be set."""
        return _named(self.picture.projection)

    @projection.setter
    def projection(self, projection: str | Projection) -> None:
        made = _projection(projection)

        def work() -> None:
            old, self.picture.projection = self.picture.projection, made
            if isinstance(old, Embedding):
                old.close()
            self._show()

        self.runner.call(work)

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
        if not self.trainer.train.regression:
            show(self.curve)

    # -- what the page says; on any thread, so it only enqueues
    # ------------------------------------------------------

    def _connect(self, view: View) -> None:
        """Take what a person does in a further view."""
        view.widget.on_edit(lambda edit, **about: self._take_edit(view.meant(edit), **about))
        view.widget.on_command(lambda do, **arguments: self._take_command(do, view=view, **arguments))

    def _score(self, view: View, statistic: str) -> None:
        """On the runner's thread; what goes wrong is for the page."""
        try:
            with self.trainer.doing("relevance"):
                view.score(statistic)
            self._show()
        except (ValueError, TypeError) as error:
            view.widget.show_error(str(error))

    def _setup(self) -> dict[str, Any]:
        projection = self.projection
        return {
            "layer": self.layer,
            "layers": self._layers,
            "acts": self.trainer.layer,
            "projection": projection,
            "projections": dict(
                [*NAMES.items(), *([(projection, projection)] if projection not in NAMES else [])]
            ),
        }

    def _follow(self) -> None:
        """On the runner's thread, once a second while a picture is computed beside training."""
        projection = self.picture.projection
        if not isinstance(projection, Embedding):
            self._embedding = ""
        elif (seconds := projection.progress) is not None:
            self._embedding = f"{NAMES[projection.method]} is being computed, {seconds:.0f} s so far"
        elif self._embedding:
            self._embedding = ""
            if projection.error:
                self.widget.show_error(f"There is no {NAMES[projection.method]} picture: {projection.error}")
            self._pages.show(again=True)
        self.widget.set_panel("work", {"text": self._embedding, "share": None})
        self._panels.tell()

    def _take_edit(self, edit: Edit, *, seconds: float | None, frame: int | None) -> int:
        if isinstance(edit, Shift) and self.layer != self.trainer.layer:
            raise ValueError(
                f"these are axes of layer {self.layer}, to look at; shift a class along those of {self.trainer.layer}"
            )
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
            "budget": self._take_budget,
            "download": lambda: self._later(self._download),
            "layer": lambda layer: self._later(lambda: setattr(self, "layer", layer)),
            "projection": lambda name: self._later(lambda: setattr(self, "projection", name)),
            "prioritise": lambda name, value, weight: self._prioritise(name, value, weight, by="human"),
            **self._panels.commands,
        }
        commands["cancel"] = self._cancel
        view = view or self._pages.axes
        if view is not None:
            commands["relevance"] = lambda statistic: self.runner.post(lambda: self._score(view, statistic))
        if do not in commands:
            raise ValueError(f"the Lab does not know the command {do!r}; it knows {', '.join(commands)}")
        try:
            commands[do](**arguments)
        except RuntimeError as error:
            raise ValueError(str(error)) from error  # ours were written for a person

    def _prioritise(self, name: str, value: Any, weight: float, *, by: str) -> int:
        train, value = self.trainer.train, str(value)
        if name == CLASS and name not in train.groups:
            ids = np.flatnonzero(self.trainer.mending.y.numpy() == train.class_index(value))
        elif name in train.groups:
            ids = np.flatnonzero(np.asarray(train.groups[name]).astype(str) == value)
        else:
            raise ValueError(f"there is no group {name!r}; groups: {', '.join([*train.groups, CLASS])}")
        if not len(ids):
            raise ValueError(f"no sample is in {name} {value!r}")
        line = self.journal.add(Weigh(tuple(ids.tolist()), weight), by=by)
        self.runner.post(self._tell)
        return line

    def _download(self) -> None:
        """The session in one file, in as many messages as it needs."""
        with tempfile.TemporaryDirectory() as folder:
            data = self.save(Path(folder) / "session.zip").read_bytes()
        self.widget.send_file(f"greenlatent-step-{self.trainer.steps}.zip", data)

    def _later(self, work: Callable[[], None]) -> None:
        """On the runner's thread; what goes wrong is for the page."""

        def run() -> None:
            try:
                work()
            except (ValueError, TypeError, RuntimeError) as error:
                self.widget.show_error(str(error))
                self._tell()

        self.runner.post(run)

    def _cancel(self) -> None:
        self._work.cancel()
        if self._embedding:
            self._later(lambda: setattr(self, "projection", "pca"))
        self._panels.cancel()

    def _pause(self) -> None:
        self._until = None
        self.runner.pause(wait=False)

    def _take_budget(self, joules: float | None) -> None:
        if joules is None:
            self.budget = None
        elif self.budget is None:
            self.budget = Budget(joules=joules)
        else:
            self.budget.raise_to(joules=joules)
            self.runner.spent = ""
        self.runner.post(self._tell)

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
            if self._pages.wanting() and self.picture.affordable():
                self._pages.show(exact=False)
            if time.perf_counter() - self._told > STATUS_EVERY:
                self._tell()
        elif self._told_running or self._pages.step != self.trainer.steps:
            self._show()  # exact, and the page hears of the pause even if the last step was shown already

    def _show(self) -> None:
        self._pages.show()
        self._tell()

    def _beat(self) -> None:
        """Once a second, on the meter's thread: a budgeted run that nobody watches gives a sign of life, or a server
        that ends idle kernels would end it; on Binder training pauses instead."""
        now = time.monotonic()
        if self._embedding or isinstance(self.picture.projection, Embedding):
            self.runner.post(self._follow)
        if self.widget.watched or not self.runner.running:
            self._watched = now
        elif "BINDER_SERVICE_HOST" in os.environ or "BINDER_LAUNCH_HOST" in os.environ:
            if now - self._watched > BINDER_PATIENCE:
                self._message = "Training paused: nobody was watching."
                self.runner.pause(wait=False)
                self.runner.post(self._tell)
        elif self.budget is not None and now - self._alive > ALIVE_EVERY:
            self._alive = now
            self.widget.show_alive()

    def _tell(self) -> None:
        """The readings and the state of the buttons."""
        trainer = self.trainer
        if trainer.closed:
            return
        with self._work.doing("Evaluating") as progress:
            self._course.evaluate(running=self.runner.running, progress=progress)
        loss, feedback = trainer.recent
        journal = self.journal
        error = self.runner.error
        self._told_running = self.runner.running
        self._pages.set_status(
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
                "message": self._message or self._spent() or self._offer(),
            }
        )
        if error is not None and self._message != str(error):
            self._message = f"{type(error).__name__}: {error}"
            self.widget.show_error(f"Training stopped. {self._message}")
        self._panels.tell()
        self._draw_curve(now=not self._told_running)
        if self._until == "suggestion" and not self._told_running:
            self._until = None
            self._panels.suggest()
        self._told = time.perf_counter()

    def _draw_curve(self, now: bool = False) -> None:
        curve, points = self._curve, self._course.points
        if curve is None:
            return
        curve.tell([p.passes for p in points], [p.accuracy for p in points], now=now)
        if self.comparison is not None:
            without = self.comparison.without[0]
            curve.compare([p.passes for p in without], [p.accuracy for p in without])

    def _spent(self) -> str:
        return self.runner.spent and f"Paused: {self.runner.spent}. Set a higher budget to go on."

    def _offer(self) -> str:
        """An earlier session of the same data is offered until there is work in this one; it is never forced."""
        if self.former is None or self.trainer.steps or len(self.journal):
            return ""
        return f'There is an earlier session of this data: gl.Lab.load("{self.former}", model, train) goes on with it.'

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
        self._deaf()
        if isinstance(self.picture.projection, Embedding):
            self.picture.projection.close()
        self.meter.stop()
        if self.session is not None:
            self.session.account(self.meter)
        self._pages.set_status({"running": False, "step": self.trainer.steps, "closed": True})


def _session(given: str | Path | Session | bool | None, train: Samples) -> Session | None:
    if isinstance(given, Session):
        return given
    return None if given is False else Session(given, train.fingerprint)  # type: ignore[arg-type]


def _projection(given: str | Projection) -> Projection:
    if not isinstance(given, str):
        return given
    if given not in NAMES:
        raise ValueError(
            f"projection={given!r} is none; there are {', '.join(NAMES)}, or an object of your own"
        )
    return PCA() if given == "pca" else Embedding(given)


def _named(projection: Projection) -> str:
    return "pca" if isinstance(projection, PCA) else str(getattr(projection, "method", "your own"))
