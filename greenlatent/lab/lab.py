"""Lab: a trainer, its runner, a journal, a meter and the dashboard, tied together in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import torch

from ..course import handin
from ..data.samples import Samples
from ..edits.journal import Journal
from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..model.layers import layers
from ..picture.named import named, projection_of
from ..picture.picture import Picture
from ..picture.projection import Projection
from ..plots.curve import Curve
from ..run.comparison import Comparison, Point, control
from ..run.runner import Runner
from ..run.session import Session, former, unpacked
from ..suggestions.groups import Group, groups
from ..suggestions.review import Review, Revision, Sheet
from ..suggestions.suggester import Suggestion
from ..training.report import StepReport
from ..training.trainer import Trainer
from ..widgets.cell import end_former, remember, show
from ..widgets.widget import Widget
from .commands import Desk
from .dashboard import Display
from .views import KINDS

# What a run costs beside training, as far as it is the person's doing.
_BESIDE = ("view", "suggest", "relevance", "waiting", "save")


class Lab:
    """Watch a model's latent space while it trains, mend it by hand, and see what it costs.

    Shown in a notebook it is a dashboard; every button of it is a method here. `session` is the folder of
    the run's journal (default: a new one in ./greenlatent-sessions once there is something to keep; False:
    none). `shown` is the most samples that the picture shows; `budget` what the run may spend, `gl.Budget(joules=500)`.
    Everything else goes to the Trainer.

    >>> lab = Lab(model, train, valid=valid, latent="encoder", seed=0)
    >>> lab
    >>> lab.step(20)

    In a script `with gl.Lab(...) as lab:` ends its threads; in a notebook they end with the cell that made them.
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
        try:
            self._begin(projection_of(projection), shown, title, budget)
        except BaseException:
            self.trainer.close()  # no thread stays behind a Lab that there is not
            self.meter.stop()
            raise
        remember(self)

    def _begin(self, projection: Projection, shown: int, title: str, budget: Budget | None) -> None:
        self.runner = Runner(self.trainer)
        self.picture = Picture(self.trainer, projection, shown=shown)
        self.meter.start()
        self._display = Display(
            self.runner,
            self.meter,
            self.picture,
            self.session,
            title=title,
            former=self.former,
            compare=lambda progress: self.control(progress=progress),
        )
        self._desk = Desk(self._display, start=self.start, save=self.save)
        self.widget = self._display.widget
        self.trainer.at_close.append(self._display.close)
        self.budget = budget
        self.runner.call(self._display.show)

    # -- training --------------------------------------------------------------------------------------------

    def step(self, n: int = 1) -> StepReport:
        """Do n steps and report on them; Ctrl-C pauses."""
        return self.runner.step(n)

    def start(self, steps: int | None = None, *, pace: float | None = None, until: str | None = None) -> None:
        """Train in the background: so many steps, at most `pace` a second, until the "epoch" ends, or until there is
        a "suggestion" to be trusted, which the dashboard then shows."""
        self.runner.start(steps, pace=pace, until=until)
        self._display.until = until

    def pause(self) -> None:
        """Stop after the step that is running."""
        self._display.until = None
        self.runner.pause()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what was started is done; False if that took longer than `timeout` seconds."""
        done = self.runner.wait(timeout)
        if done and not self.trainer.closed:
            self.runner.call(self._display.tick)  # so that picture and accuracy are those of the pause
        return done

    def undo(self) -> None:
        """Take the newest edit out of force."""
        self._desk.change(self.journal.undo)

    def redo(self) -> None:
        """Put the edit that was undone last into force again."""
        self._desk.change(self.journal.redo)

    def suggest(self, n: int = 5) -> list[Suggestion]:
        """Groups of samples that probably carry one wrong label, best first, each with its reason."""
        return self.runner.suggester.suggest(n)

    def revise(self) -> Revision:
        """Let the machine do what it can by itself: leave out of training all suggestions that can be trusted and what
        lies among samples left out before, and take back those that the model guesses as labelled by now.

        Returns what was done: nothing, before anything can be trusted. `lab.undo()` takes it back, an edit at a time.
        """
        return self.runner.call(self._display.panels.questions.revise)

    def review(self, n: int = 5) -> list[Sheet]:
        """Sheets of what was left out, or lies among it, to be sorted by somebody who looks at them, best first.

        >>> for edit in sheet.sort([3, 14]):   # the samples that its question asks for
        ...     lab.journal.add(edit)
        """

        def work() -> list[Sheet]:
            with self.trainer.doing("suggest"):
                return Review(self.trainer).sheets(n)

        return self.runner.call(work)

    def control(
        self, seeds: int = 1, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """The same run without the edits, from the same initial weights, over as many samples: what did they buy?

        It takes about as long as the run has trained, for each seed. `progress(share)` may return False to cancel it;
        then there is no comparison.
        """

        def work() -> Comparison | None:
            self._display.course.evaluate(running=False, now=True)
            beside = {
                kind: joules for kind, joules in self.energy.items() if kind in _BESIDE and joules.known
            }
            found = control(
                self.trainer, self._display.course.points, seeds=seeds, beside=beside, progress=progress
            )
            self._display.comparison = found or self.comparison
            self._display.draw_curve(now=True)
            return found

        if self.runner.running:
            raise RuntimeError("training is running: pause() first, then compare")
        return self.runner.call(work)

    def on_step(self, callback: Callable[[Lab], Any]) -> Callable[[], None]:
        """Call back with this Lab on the training thread, at most 25 times a second while steps are done and once at
        each pause; what it raises is logged. Returns a function that ends it."""
        if not callable(callback):
            raise TypeError(f"on_step takes a function that is called with the Lab, got {callback!r}")
        heard, callbacks = (lambda: callback(self)), self._display.at_step
        callbacks.append(heard)
        return lambda: callbacks.remove(heard) if heard in callbacks else None

    def save(self, path: str | Path | None = None) -> Path:
        """Write a checkpoint into the session's folder; with a path, the whole session in one zip for `Lab.load`."""
        session = self.session
        if session is None:
            raise ValueError("this Lab keeps no session (session=False), so there is nowhere to save")

        def work() -> Path:
            self.journal.begin()
            if not session.journal().exists():  # a journal that was given keeps its own place
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
            self._display.course.evaluate(running=False, now=True)
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

        def go_on(folder: Path) -> Lab:
            return cls(model, train, session=Session(folder, train.fingerprint, going_on=True), **options)

        if path.is_dir():
            return go_on(path)
        with unpacked(path, train.fingerprint) as (part, settle):
            handin.check_session(part)
            folder = settle()
            try:
                return go_on(folder)
            except BaseException:
                rmtree(folder)  # what does not load is no session
                raise

    def refresh(self) -> None:
        """Compute every shown sample anew, whatever the watching budget says."""
        self.runner.call(self._display.show)

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
        if (name, space) not in self._display.pages.views:
            self.runner.call(lambda: self._display.pages.add(name, space, self._desk.connect))
            self._display.tell()
        return self._display.pages.views[name, space].widget

    def groups(self) -> list[Group]:
        """Groups of samples and classes, the worst by what training saw of them last first."""
        return self.runner.call(lambda: groups(self.trainer))

    def prioritise(self, name: str, value: Any, weight: float) -> int:
        """Meet every sample of a group so often in each epoch: 2 makes it focal, 0 leaves it out, 1 takes that back.

        >>> lab.prioritise("recording", "r12", 2)
        """
        return self._desk.prioritise(name, value, weight, by="code")

    def close(self) -> None:
        """End the thread and let go of the model; the dashboard stays as it is. May be called twice."""
        self.trainer.close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def energy(self) -> dict[str, Joules]:
        """Joules so far, a line per kind of work."""
        return self.meter.ledger()

    @property
    def comparison(self) -> Comparison | None:
        """What the last control run found."""
        return self._display.comparison

    @property
    def accuracy(self) -> float | None:
        """As of the last evaluation; None before, and for regression."""
        return self._display.course.accuracy

    @property
    def course(self) -> list[Point]:
        """Accuracy, samples and joules of training at every evaluation so far."""
        return list(self._display.course.points)

    @property
    def curve(self) -> Any:
        """A bqplot figure of accuracy over the samples trained on, live, with that of the last control beside it."""
        if self._display.curve is None:
            self._display.curve = Curve()
            self.runner.call(lambda: self._display.draw_curve(now=True))
        return self._display.curve.figure

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
        self.runner.allow(budget)

    @property
    def layers(self) -> list[str]:
        """The layers that the picture can show."""
        return self.runner.call(lambda: layers(self.trainer.network, self.trainer.train))

    @property
    def layer(self) -> str:
        """The layer that the picture shows; may be set. What a person does acts on `trainer.layer` all the same."""
        return self.picture.layer

    @layer.setter
    def layer(self, layer: str) -> None:
        self.runner.call(lambda: self._display.look_at(layer))

    @property
    def projection(self) -> str:
        """How latents become a picture: "pca", "umap", "tsne", or an object with `fit` and `transform`; may be set."""
        return named(self.picture.projection)

    @projection.setter
    def projection(self, projection: str | Projection) -> None:
        made = projection_of(projection)
        self.runner.call(lambda: self._display.project(made))

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


def _session(given: str | Path | Session | bool | None, train: Samples) -> Session | None:
    if isinstance(given, Session):
        return given
    return None if given is False else Session(given, train.fingerprint)  # type: ignore[arg-type]
