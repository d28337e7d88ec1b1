"""Display: what a person is shown of a run, and when: between two steps, at pauses, and once a second."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..edits.journal import TakenOver
from ..energy.meter import Meter
from ..model.layers import layers
from ..picture.embedding import Embedding
from ..picture.named import NAMES, named
from ..picture.picture import Picture
from ..picture.projection import Projection
from ..plots.curve import Curve
from ..run.comparison import Comparison
from ..run.evaluations import Course
from ..run.progress import Work
from ..run.runner import Runner
from ..run.session import Session
from .feed import Pages
from .panels import Panels

log = logging.getLogger(__name__)

FRAME_EVERY = 0.3  # seconds between two frames while training runs: points glide from one to the next
STATUS_EVERY = 0.5  # seconds between two status messages while training runs
ALIVE_EVERY = 30.0  # seconds between two signs of life of a budgeted run that nobody watches
BINDER_PATIENCE = 300.0  # seconds that training goes on there with nobody watching: such machines are lent
GRACE = 5.0  # seconds after which a Lab whose cell is gone is not just shown anew
CLOSED = "This Lab is closed: go on in a newer one."


class Display:
    """Keeps the pages, the panels and the session's folder up to date; all but `beat` on the runner's thread.

    `compare(progress)` runs the control; `former` is a session that one could go on with.
    """

    def __init__(
        self,
        runner: Runner,
        meter: Meter,
        picture: Picture,
        session: Session | None,
        *,
        title: str,
        former: Path | None,
        compare: Callable[[Callable[[float], bool]], Comparison | None],
    ):
        self.runner, self.trainer, self.meter = runner, runner.trainer, meter
        self.journal, self.picture, self.session, self.former = (
            runner.trainer.journal,
            picture,
            session,
            former,
        )
        self.pages = Pages(self.trainer, picture, title)
        self.widget = self.pages.widget
        self._begin_course()
        self.trainer.at_reset.append(self._begin_course)
        self.work = Work(lambda text, share: self.widget.set_panel("work", {"text": text, "share": share}))
        self.panels = Panels(
            self.widget,
            runner,
            meter,
            changed=lambda: self.tell(),
            compare=compare,
            accuracy=lambda: self.course.accuracy,
            setup=self._setup,
            shown=picture.shown,
        )
        self.curve: Curve | None = None  # once it is shown
        self.comparison: Comparison | None = None  # what the last control run found
        self.at_step: list[Callable[[], Any]] = []
        self.until: str | None = None  # what the run was started for
        self._complaint: str | None = None  # of the projection, as it was told
        self.embedding = ""  # what is said of the picture that is being computed beside training
        self._layers = runner.call(lambda: layers(self.trainer.network, self.trainer.train))
        self._message, self._said = "", 0  # what is said of the run, and at which step
        self._failures: set[str] = set()  # that this run has told of
        self._told_running = False
        self._status: dict[str, Any] = {}  # the readings that were told last
        self._told = self._shown = self._alive = self._watched = 0.0
        runner.subscribe(self.tick, every=0.04)
        self._deaf = meter.listen(self.beat)

    def tick(self) -> None:
        """Between two steps, now and then, and at every pause: show what the budget allows, and keep what was done."""
        try:
            self._tick()
        except Exception as error:  # a model that fails in training fails in its picture, too
            log.warning("the display failed", exc_info=True)
            self._fail("Beside training something failed", error)
            self._report()

    def _tick(self) -> None:
        running = self.runner.running
        if running and not self._told_running:
            self._failures.clear()
        for callback in list(self.at_step):
            try:
                callback()
            except Exception:
                log.exception("a callback of on_step failed; training goes on")
        if self.trainer.closed:  # by one of them
            return
        if self.session is not None and self.session.due(self.trainer.steps, running=running):
            try:
                self.session.save(self.trainer, self.meter)
            except TakenOver as error:
                self.session = None
                self._fail("This Lab goes on, but nothing of it is saved any more", error)
            except OSError as error:
                self._fail("Training goes on, but a checkpoint could not be written", error)
        self.picture.training(running)
        if running:
            if (
                time.perf_counter() - self._shown > FRAME_EVERY
                and self.pages.wanting()
                and self.picture.affordable()
            ):
                self._shown = time.perf_counter()
                self.pages.show(exact=False)
            if time.perf_counter() - self._told > STATUS_EVERY:
                self.tell()
        elif self._told_running or self.pages.step != self.trainer.steps:
            self.show()  # exact, and the page hears of the pause even if the last step was shown already

    def show(self) -> None:
        """An exact frame, and the readings that go with it."""
        self.pages.show()
        self.tell()

    def beat(self) -> None:
        """Once a second, on the meter's thread: a budgeted run that nobody watches gives a sign of life, or a server
        that ends idle kernels would end it; on Binder training pauses instead. Without a budget it pauses when the
        cell that showed it is gone."""
        now = time.monotonic()
        if self.embedding or isinstance(self.picture.projection, Embedding):
            self.runner.post(self._follow)
        if self.widget.abandoned > GRACE and not self.runner.running:
            self.runner.rest()
        if self.widget.watched or not self.runner.running:
            self._watched = now
        elif "BINDER_SERVICE_HOST" in os.environ or "BINDER_LAUNCH_HOST" in os.environ:
            if now - self._watched > BINDER_PATIENCE:
                self._stop("nobody was watching.")
        elif self.runner.budget is None:
            if self.widget.abandoned > GRACE:
                self._stop("its cell is gone, and it has no budget.")
        elif now - self._alive > ALIVE_EVERY:
            self._alive = now
            self.widget.show_alive()

    def _stop(self, why: str) -> None:
        self.runner.pause(wait=False)
        self.runner.post(lambda: self._say(f"Training paused: {why}"))
        self.runner.post(self.tell)

    def _say(self, message: str) -> None:
        self._message, self._said = message, self.trainer.steps

    def tell(self) -> None:
        """The readings and the state of the buttons."""
        if self.trainer.closed:
            return
        with self.work.doing("Evaluating") as progress:
            self.course.evaluate(running=self.runner.running, progress=progress)
        self._report()

    def _report(self) -> None:
        trainer = self.trainer
        loss, feedback = trainer.recent
        journal = self.journal
        error, running = self.runner.failure, self.runner.running
        if running or self._said != trainer.steps:
            self._message = ""
        self._told_running = running
        if error is not None:
            self._fail("Training stopped", error)
        self._status = {
            "running": self._told_running,
            "step": trainer.steps,
            "epoch": trainer.epoch + 1 if trainer.steps else 0,
            "accuracy": self.course.accuracy,
            "loss": None if loss != loss else loss,
            "feedback": feedback,
            "energy": self._energy_status(),
            "edits": len(journal.active),
            "undo": journal.can_undo,
            "redo": journal.can_redo,
            "message": self._message or self._spent() or self._offer(),
        }
        self.pages.set_status(self._status)
        self.pages.restate()
        self.panels.tell()
        self.draw_curve(now=not self._told_running)
        if self.until == "suggestion" and not self._told_running:
            self.until = None
            self.panels.questions.suggest()
        self._told = time.perf_counter()

    def _fail(self, what: str, error: BaseException) -> None:
        """Say what went wrong, and lay it over the page once in a run."""
        message = f"{type(error).__name__}: {error}"
        self._say(message)
        if message not in self._failures:
            self._failures.add(message)
            self.widget.show_error(f"{what}. {message}")

    def draw_curve(self, now: bool = False) -> None:
        """Bring the learning curve up to date, if it is shown."""
        curve, points = self.curve, self.course.points
        if curve is None:
            return
        curve.tell([p.passes for p in points], [p.accuracy for p in points], now=now)
        if self.comparison is not None:
            without = self.comparison.without[0]
            curve.compare([p.passes for p in without], [p.accuracy for p in without])

    def close(self) -> None:
        """Listen to nothing more, and keep the ledger."""
        self._deaf()
        if isinstance(self.picture.projection, Embedding):
            self.picture.projection.close()
        self.meter.stop()
        message = CLOSED
        if self.session is not None:
            try:
                self.session.account(self.journal, self.meter)
            except TakenOver:
                pass
            except OSError as error:
                log.warning("the ledger could not be written: %s", error)
                message = f"{CLOSED} Its ledger could not be written: {error}"
        ended = {
            "running": False,
            "step": self.trainer.steps,
            "epoch": self.trainer.epoch + 1 if self.trainer.steps else 0,
            "edits": len(self.journal.active),
            "undo": False,
            "redo": False,
            "message": message,
        }
        self.pages.set_status(self._status | ended)

    def _begin_course(self) -> None:
        """From step 0 on it is another run, with joules of its own."""
        self.course = Course(self.trainer, self.meter)

    def look_at(self, layer: str) -> None:
        """Show another layer; one that cannot be shown changes nothing."""
        before = self.picture.layer
        self.picture.look_at(layer)
        try:
            self.show()
        except Exception:
            self.picture.look_at(before)
            raise

    def project(self, projection: Projection) -> None:
        """Make pictures in another way."""
        old, self.picture.projection = self.picture.projection, projection
        self._complaint = None
        if isinstance(old, Embedding):
            old.close()
        self.show()

    def _setup(self) -> dict[str, Any]:
        projection = named(self.picture.projection)
        return {
            "layer": self.picture.layer,
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
            self.embedding = ""
        elif (seconds := projection.progress) is not None:
            doing = "loaded, as it is once" if projection.loading else "computed"
            self.embedding = f"{NAMES[projection.method]} is being {doing}, {seconds:.0f} s so far"
        else:
            self.embedding = ""
            if projection.error and projection.error != self._complaint:
                self.widget.show_error(f"There is no {NAMES[projection.method]} picture: {projection.error}")
            self._complaint = projection.error
            if self.picture.outdated:
                self.pages.show(again=True)
        self.widget.set_panel("work", {"text": self.embedding, "share": None})
        self.panels.tell()

    def _spent(self) -> str:
        return self.runner.spent and f"Paused: {self.runner.spent}. Set a higher budget to go on."

    def _offer(self) -> str:
        """An earlier session of the same data is offered until there is work in this one; it is never forced."""
        if self.former is None or self.trainer.steps or len(self.journal):
            return ""
        given = "model, train" if self.trainer.valid is None else "model, train, valid=valid"
        return f'There is an earlier session of this data: gl.Lab.load("{self.former}", {given}) goes on with it.'

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
