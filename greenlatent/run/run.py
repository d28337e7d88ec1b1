"""Run: one training run with its thread, meter, journal, folder, evaluations and comparison; driven with no page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from ..data.samples import Samples
from ..edits.journal import TakenOver
from ..energy.budget import Budget
from ..energy.meter import Meter
from ..energy.reading import Lines
from ..suggestions.suggester import Suggester
from ..training.around import Around
from ..training.report import StepReport
from ..training.trainer import Trainer
from .comparison import Comparison, Point
from .costs.price import PointPrice, check_price
from .costs.pricing import choose_threads
from .deeds import Deeds
from .evaluations import Evaluations
from .failures import DIVERGED, Failure, LossWatch, note
from .listeners import Listeners
from .progress import Progress
from .runner import Runner
from .session import Session
from .twins import check_comparable, control, looks, retrace

log = logging.getLogger(__name__)
T = TypeVar("T")

TICK_SECONDS = 0.04  # at least between two words "step"
WITHOUT_SUGGESTION = 5  # epochs after the model has learned, after which to wait for a suggestion ends
# kinds of work that a run without edits has not
BESIDE = ("view", "suggest", "agent", "advise", "rehearse", "relevance", "solve", "waiting", "save")
UNWRITTEN = "Its ledger could not be written"


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
        self.deeds = Deeds(self.journal, self.runner.call)  # what undo takes back
        self.progress = Progress()  # of what takes long beside training
        self.comparison: Comparison | None = None  # what the last control run found
        self.earlier: tuple[Point, ...] = ()  # how the run went that this one began again from
        self.failures: list[Failure] = []  # since training was last started
        self.until: str | None = None  # what training was started for, until it has paused
        self._loss = LossWatch()
        self._keeps = session is not None  # whether its folder is still this run's own
        self._running = False  # as it was told last
        self._edited = False  # an edit is about to be told of
        self._listeners = Listeners()
        self._tell = self._listeners.tell
        self._suggester: Suggester | None = None
        if self.hindrance:
            log.warning("%s", self.hindrance)
        meter.start()
        self._pricing = PointPrice(trainer, lambda: self.runner.left)
        self.budget = budget
        self.evaluations = Evaluations(trainer, meter)
        trainer.at_reset.append(self._begin_evaluations)
        trainer.at_close.append(self._end)
        self._deaf = self.journal.listen(lambda _: self._hear_edit())
        self._without = 0  # epochs without a suggestion, as training was started for one
        self.runner.ends["suggestion"] = self._suggestion_ends
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

    def start(
        self,
        steps: int | None = None,
        *,
        epochs: int | None = None,
        pace: float | None = None,
        until: str | None = None,
    ) -> None:
        """Train in the background: so many steps or epochs, at most `pace` a second, until the "epoch" ends, or until
        there is a "suggestion" to be trusted; a model that has learned for five epochs without one stops, too."""
        if until == "suggestion":
            _ = self.suggester  # data without classes have none: say so now
        self._without = 0
        self._price(steps)
        self.runner.start(steps, epochs=epochs, pace=pace, until=until)
        self.until = until

    def pause(self, *, wait: bool = True) -> None:
        """Stop after the step that is running."""
        self.until = None
        self.runner.pause(wait=wait)

    def step(self, n: int | None = None, *, epochs: int | None = None) -> StepReport:
        """Do n steps (one), or until so many epochs have ended, and report on them; Ctrl-C pauses."""
        self._price(n)
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
        """Take back what was done last: an edit, or advice that was applied."""
        self.change(self.deeds.undo, by=by)

    def redo(self, *, by: str = "code") -> None:
        """Do again what was undone last."""
        self.change(self.deeds.redo, by=by)

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

        Both are looked at the same steps, so a run that was not looked at there is repeated first: that takes about
        `price` and is booked as comparison. `progress(share)` may return False to cancel it; then there is none.
        """

        def work() -> Comparison | None:
            self.evaluate(now=True)
            points, told = self.evaluations.points, progress or (lambda share: None)
            check_comparable(self.trainer, points, seeds)
            mine = retrace(self.trainer, points, progress=lambda share: told(share / (1 + seeds)))
            if mine is None:
                return None
            found = control(
                self.trainer,
                mine,
                seeds=seeds,
                beside={
                    kind: joules for kind, joules in self.energy.items() if kind in BESIDE and joules.known
                },
                former=self.earlier[-1].joules if self.earlier else None,
                progress=lambda share: told((1 + share * seeds) / (1 + seeds)),
            )
            self.comparison = found or self.comparison
            self._tell("evaluation")
            return found

        if self.runner.running:
            raise RuntimeError("training is running: pause() first, then compare")
        return self.runner.call(work)

    def again(
        self, steps: int | None = None, *, progress: Callable[[float], bool | None] | None = None
    ) -> Comparison | None:
        """Start again with what was mended: the first weights, the same order of samples, every edit in force from
        step 0, over as many steps as this run had; then compare.

        None when it was paused on the way, or `progress(share)` returned False: the run then stands where it is.
        """

        def work() -> Comparison | None:
            most, told = steps or self.trainer.steps, progress or (lambda share: None)
            self.evaluate(now=True)
            check_comparable(self.trainer, self.evaluations.points)
            if not self.journal.active:
                raise ValueError("nothing was mended yet: make an edit first, then start again with it")
            self.trainer.reset()
            for step in looks(self.trainer, most):
                self.runner.step(step - self.trainer.steps)
                if self.trainer.steps < step or told(step / most / 2) is False:
                    return None
                self.evaluations.evaluate(running=True, now=True)
                self._tell("evaluation")
            return self.compare(progress=lambda share: told((1 + share) / 2))

        if self.runner.running:
            raise RuntimeError("training is running: pause() first, then start again")
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
            folder = session.save(self.trainer, self.meter, self.evaluations.points)
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
        return self._listeners.listen(heard)

    @property
    def energy(self) -> Lines:
        """Joules so far, a line per kind of work; `nodes` has the part of each other machine."""
        return Lines(self.trainer.company.energies(), self.meter.ledger())

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
        check_price(budget, self.trainer)
        self.runner.allow(budget)
        self._pricing.watch(budget)

    @property
    def gave_up(self) -> bool:
        """Whether training that was to go on until a suggestion stopped because there was none."""
        return self._without >= WITHOUT_SUGGESTION

    def fail(self, what: str, error: BaseException | str) -> None:
        """Note that something went wrong, and tell of it if it is new."""
        if note(self.failures, what, error, self.trainer.steps):
            self._tell("failure")

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

    def _suggestion_ends(self) -> bool:
        """At the end of an epoch: whether training that waits for a suggestion has to wait no more."""
        found = any(suggestion.trusted for suggestion in self.suggester.suggest(1))
        self._without += not found and self.suggester.ready
        return found or self.gave_up

    def _watch_loss(self, running: bool) -> None:
        """Weights that are no numbers stay so: what training was started for will not come."""
        if not self._loss.diverged(self.trainer, running=running):
            return
        if running and self.runner.awaits:
            self.runner.pause(wait=False)
        self.fail("Training diverged", DIVERGED)

    def _price(self, steps: int | None) -> None:
        """Once, before the first step, how many threads are cheapest; nobody gave a number."""
        if not (self.trainer.settings.fixed or self.runner.running):
            self.runner.call(lambda: choose_threads(self.trainer, steps))

    def _keep(self, session: Session) -> None:
        try:
            session.save(self.trainer, self.meter, self.evaluations.points)
        except TakenOver as error:
            self._keeps = False
            self.fail("This run goes on, but nothing of it is saved any more", error)
        except OSError as error:
            self.fail("Training goes on, but a checkpoint could not be written", error)

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
        """From step 0 on it is another run, with joules of its own; the course of the one before is kept."""
        points = self.evaluations.points
        self.earlier = tuple(points) if any(p.step for p in points) else ()
        self.evaluations = Evaluations(self.trainer, self.meter)

    def _end(self) -> None:
        """Listen to nothing more, and keep the ledger."""
        self._deaf()
        self.meter.stop()
        if self.session is not None and self._keeps:
            try:
                self.session.account(self.journal, self.meter, self.evaluations.points)
            except TakenOver:
                pass
            except OSError as error:
                log.warning("the ledger could not be written: %s", error)
                self.fail(UNWRITTEN, error)
        self._tell("closed")
