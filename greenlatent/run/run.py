"""Run: one training run with its thread, meter, journal, folder, evaluations and comparison; driven with no page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from ..data.samples import Samples
from ..edits.journal import TakenOver
from ..energy.budget import Budget
from ..energy.joules import Joules
from ..energy.meter import Meter
from ..suggestions.suggester import Suggester
from ..training.around import Around
from ..training.report import StepReport
from ..training.trainer import Trainer
from .comparison import Comparison, control
from .evaluations import Evaluations
from .progress import Progress
from .runner import Runner
from .session import Session

log = logging.getLogger(__name__)
T = TypeVar("T")

TICK_SECONDS = 0.04  # at least between two words "step"
BESIDE = ("view", "suggest", "relevance", "waiting", "save")  # kinds of work that a run without edits has not
LOSS_SECONDS = 0.5  # between two looks at the loss while training runs: a look waits for the device
DIVERGED = (
    "The loss is no number any more, and steps from here on change nothing: start again from the first weights with a"
    " smaller rate (lr=), or look for inputs and labels that are far too large"
)
UNWRITTEN = "Its ledger could not be written"


@dataclass
class Failure:
    """Something that went wrong, told once from one start of training to the next, however often it happens."""

    what: str
    message: str  # the error, by type and text
    step: int  # at which it happened last

    def __str__(self) -> str:
        return f"{self.what}. {self.message}"


class Run:
    """What a Lab shows, without the showing: a script, a rank or a sweep drives it from any thread.

    `trainer` is to be charged to `meter`. With a `session` checkpoints and ledger are kept in its folder; `budget` is
    what the run may spend from now on.

    >>> meter, session = Meter(), Session("mine", train.fingerprint)
    >>> trainer = Trainer(model, train, valid=valid, meter=meter, journal=Journal(session.journal))
    >>> with Run(trainer, meter, session) as run:
    ...     run.step(200)
    ...     run.journal.add(Relabel([3], "7"))
    ...     run.step(200)
    ...     print(run.compare())
    ...     run.save()
    >>> run = Run.load("mine", model, train)
    """

    def __init__(
        self, trainer: Trainer, meter: Meter, session: Session | None = None, *, budget: Budget | None = None
    ):
        if trainer.meter is not meter:
            raise ValueError("the trainer is charged to another meter, or to none: pass Trainer(meter=meter)")
        self.trainer, self.meter, self.session, self.journal = trainer, meter, session, trainer.journal
        self.runner = Runner(trainer)
        self.progress = Progress()  # of what takes long beside training
        self.comparison: Comparison | None = None  # what the last control run found
        self.failures: list[Failure] = []  # since training was last started
        self.until: str | None = None  # what training was started for, until it has paused
        self._loss_seen = 0.0  # when it was looked at last
        self._keeps = session is not None  # whether its folder is still this run's own
        self._running = False  # as it was told last
        self._edited = False  # an edit is about to be told of
        self._heard: list[Callable[[str], object]] = []
        self._suggester: Suggester | None = None
        if self.hindrance:
            log.warning("%s", self.hindrance)
        meter.start()
        self.budget = budget
        self._begin_evaluations()
        trainer.at_reset.append(self._begin_evaluations)
        trainer.at_close.append(self._end)
        self._deaf = self.journal.listen(lambda _: self._hear_edit())
        self.runner.ends["suggestion"] = lambda: any(s.trusted for s in self.suggester.suggest(1))
        self.runner.subscribe(self.tick, every=TICK_SECONDS)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        model: nn.Module,
        train: Samples,
        *,
        meter: Meter | None = None,
        budget: Budget | None = None,
        **options: Any,
    ) -> Run:
        """Go on with the session in a folder: all edits are there; the weights are those of its last checkpoint."""
        session, meter = Session(folder, train.fingerprint, going_on=True), meter or Meter()
        return cls(session.take_up(model, train, meter=meter, **options), meter, session, budget=budget)

    # -- driving ---------------------------------------------------------------------------------------------

    def start(
        self,
        steps: int | None = None,
        *,
        epochs: int | None = None,
        pace: float | None = None,
        until: str | None = None,
    ) -> None:
        """Train in the background: so many steps or epochs, at most `pace` a second, until the "epoch" ends, or until
        there is a "suggestion" to be trusted."""
        if until == "suggestion":
            _ = self.suggester  # data without classes have none: say so now
        self.runner.start(steps, epochs=epochs, pace=pace, until=until)
        self.until = until

    def pause(self, *, wait: bool = True) -> None:
        """Stop after the step that is running."""
        self.until = None
        self.runner.pause(wait=wait)

    def step(self, n: int | None = None, *, epochs: int | None = None) -> StepReport:
        """Do n steps (one), or until so many epochs have ended, and report on them; Ctrl-C pauses."""
        return self.runner.step(n, epochs=epochs)

    @contextmanager
    def around(self, ids: Any, y: Any = None) -> Iterator[Around]:
        """One step of somebody's own loop, on its thread, with meter, edits and suggestions as in a step of ours.

        `ids` are the batch's places in the training samples. While training is paused it waits in here.
        """
        with self.runner.stepping(), self.trainer.around(ids, y) as step:
            yield step

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until what was started is done; False if that took longer than `timeout` seconds."""
        done = self.runner.wait(timeout)
        if done and not self.trainer.closed:
            self.runner.call(self.tick)  # so that accuracy and picture are those of the pause
        return done

    def undo(self, *, by: str = "code") -> None:
        """Take the newest edit out of force."""
        self.change(self.journal.undo, by=by)

    def redo(self, *, by: str = "code") -> None:
        """Put the edit that was undone last into force again."""
        self.change(self.journal.redo, by=by)

    def change(self, what: Callable[..., T], *, by: str, **given: Any) -> T:
        """Change what is in force of the journal by one of its methods, while the run is open."""
        if self.trainer.closed:
            raise RuntimeError("this run is closed: its journal stays as it is; load its session to go on")
        return what(by=by, **given)

    def evaluate(self, now: bool = False) -> float | None:
        """Evaluate the model as it is, while training runs only when it is due or to be done `now`; the accuracy."""

        def work() -> float | None:
            evaluations, running = self.evaluations, self.runner.running
            if now:  # nothing that the answer counts on is called off
                new = evaluations.evaluate(running=running, now=True)
            else:
                with self.progress.doing("Evaluating") as going:
                    new = evaluations.evaluate(running=running, progress=going)
            if new:
                self._tell("evaluation")
            return self.accuracy

        return self.runner.call(work)

    def compare(
        self, seeds: int = 1, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """The same run without the edits, from the same initial weights, over as many samples: what did they buy?

        `progress(share)` may return False to cancel it; then there is no comparison.
        """

        def work() -> Comparison | None:
            self.evaluate(now=True)
            beside = {kind: joules for kind, joules in self.energy.items() if kind in BESIDE and joules.known}
            points = self.evaluations.points
            found = control(self.trainer, points, seeds=seeds, beside=beside, progress=progress)
            self.comparison = found or self.comparison
            self._tell("evaluation")
            return found

        if self.runner.running:
            raise RuntimeError("training is running: pause() first, then compare")
        if self.trainer.foreign:
            raise ValueError(
                "the steps of this run are those of a loop outside, which nothing here can repeat: for the same run"
                " without the edits run that loop again with an empty journal, and compare lab.course"
            )
        return self.runner.call(work)

    def save(self, path: str | Path | None = None) -> Path:
        """Write a checkpoint into the session's folder; with a path, the whole session in one zip."""
        session = self.session
        if session is None:
            raise ValueError("this run keeps no session (session=False), so there is nowhere to save")

        def work() -> Path:
            self.journal.begin()
            if not session.journal().exists():  # a journal that was given keeps its own place
                self.journal.save(session.journal())
            folder = session.save(self.trainer, self.meter)
            return folder if path is None else session.pack(path)

        return self.runner.call(work)

    def close(self) -> None:
        """End the thread and let go of the model; may be called twice."""
        self.trainer.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def listen(self, heard: Callable[[str], object]) -> Callable[[], None]:
        """Call back with one word on the run's thread; returns a function that ends it.

        "step" now and then between two steps, "pause" when nothing is left to do, "edit" when something was written in
        the journal, "evaluation" when there is a new accuracy or comparison, "failure" when `failures` has a new one,
        and after the thread has ended, from whichever closes the run, "closed". What a listener raises is logged.
        """
        self._heard.append(heard)
        return lambda: self._heard.remove(heard) if heard in self._heard else None

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def energy(self) -> dict[str, Joules]:
        """Joules so far, a line per kind of work."""
        return self.meter.ledger()

    @property
    def accuracy(self) -> float | None:
        """As of the last evaluation; None before, and for regression."""
        return self.evaluations.accuracy

    @property
    def hindrance(self) -> str:
        """Why pulls on the latents cannot act in this run, and what would; empty where they do."""
        return self.trainer.network.hindrance()

    @property
    def suggester(self) -> Suggester:
        """Proposes samples that deserve a look; made when it is first asked for."""
        if self._suggester is None:
            self._suggester = Suggester(self.trainer)
        return self._suggester

    @property
    def budget(self) -> Budget | None:
        """What the run may spend, counted from the moment it was set; at its end training pauses."""
        return self.runner.budget

    @budget.setter
    def budget(self, budget: Budget | None) -> None:
        if budget is not None and not isinstance(budget, Budget):
            raise TypeError(
                f"budget={budget!r} is none; give gl.Budget(joules=...) or gl.Budget(seconds=...)"
            )
        self.runner.allow(budget)

    # -- what happens meanwhile ------------------------------------------------------------------------------

    def fail(self, what: str, error: BaseException | str) -> None:
        """Note that something went wrong, and tell of it if it is new."""
        message = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        found = Failure(what, message, self.trainer.steps)
        known = next((failure for failure in self.failures if failure.message == found.message), None)
        if known is None:
            self.failures.append(found)
            self._tell("failure")
        else:
            known.step = found.step

    def tick(self) -> None:
        """Between two steps, now and then, and at every pause."""
        running = self.runner.running
        if running and not self._running:
            self.failures.clear()
        self._running = running
        if not running and self.runner.failure is not None:
            self.fail("Training stopped", self.runner.failure)
        self._watch_loss(running)
        if self._keeps and self.session is not None and self.session.due(self.trainer.steps, running=running):
            self._keep(self.session)
        self._tell("step" if running else "pause")
        if not self.trainer.closed:  # by whoever heard of it
            try:
                self.evaluate()
            except Exception as error:  # a model that fails in training fails here, too
                log.warning("an evaluation failed", exc_info=True)
                self.fail("Beside training something failed", error)

    def _watch_loss(self, running: bool) -> None:
        """Weights that are no numbers stay so: what training was started for will not come."""
        now = time.monotonic()
        if running and now - self._loss_seen < LOSS_SECONDS:
            return
        self._loss_seen = now
        if not self.trainer.diverged:
            return
        if running and self.runner.awaits:
            self.runner.pause(wait=False)
        self.fail("Training diverged", DIVERGED)

    def _keep(self, session: Session) -> None:
        try:
            session.save(self.trainer, self.meter)
        except TakenOver as error:
            self._keeps = False
            self.fail("This run goes on, but nothing of it is saved any more", error)
        except OSError as error:
            self.fail("Training goes on, but a checkpoint could not be written", error)

    def _tell(self, word: str) -> None:
        for heard in list(self._heard):
            try:
                heard(word)
            except Exception:
                log.exception("a listener of a run failed; training goes on")

    def _hear_edit(self) -> None:
        """On any thread; a hundred edits in a row are told of once."""
        if self._edited:
            return
        self._edited = True
        try:
            self.runner.post(self._pass_on_edit)
        except RuntimeError:  # it was closed meanwhile
            self._edited = False

    def _pass_on_edit(self) -> None:
        self._edited = False
        self._tell("edit")

    def _begin_evaluations(self) -> None:
        """From step 0 on it is another run, with joules of its own."""
        self.evaluations = Evaluations(self.trainer, self.meter)

    def _end(self) -> None:
        """Listen to nothing more, and keep the ledger."""
        self._deaf()
        self.meter.stop()
        if self.session is not None and self._keeps:
            try:
                self.session.account(self.journal, self.meter)
            except TakenOver:
                pass
            except OSError as error:
                log.warning("the ledger could not be written: %s", error)
                self.fail(UNWRITTEN, error)
        self._tell("closed")
