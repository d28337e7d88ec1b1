"""Runner: the one thread that owns a trainer; steps, pace, budget, and work to be done between two steps."""

from __future__ import annotations

import atexit
import logging
import math
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from numbers import Integral, Real
from typing import TypeVar

import torch

from ..training.report import StepReport
from ..training.settings import Count
from ..training.trainer import Trainer
from .costs.spending import Budgeted, steps_of
from .following import Followed
from .lending import Lending, Lent
from .listeners import Subscribers
from .progress import Cancelled

log = logging.getLogger(__name__)

# A Ctrl-C that comes just before Python waits for a lock is heard only when that wait ends: so none is long.
HEARD_SECONDS = 0.5
LENT_SECONDS = 10.0  # that closing waits for a step of a loop outside
T = TypeVar("T")
STOPPED = (
    "this Lab was closed, or was stopped as a newer one has its model: load its session, or make a new one"
)
SETTLED = 0.25  # seconds after a step(n) until which the next one makes a loop of it, and no pause


class Runner(Lent, Budgeted, Followed):
    """Runs a trainer's steps in the background; every call may come from any thread.

    `start` grants steps and returns; `pause` takes the rest back; `step(n)` grants n and waits. What else
    touches the model goes through `call`, between two steps. An exception in a step stops training, keeps
    the state, and is raised at the next call.

    >>> runner = Runner(trainer)
    >>> runner.start(pace=30, until="epoch")
    """

    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self.error: BaseException | None = None  # to be raised at the next call
        self.failure: BaseException | None = None  # why the last run stopped, until the next one begins
        # what training may be started for: asked at the end of each epoch
        self.ends: dict[str, Callable[[], bool]] = {"epoch": lambda: True}
        self._work: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._granted = 0.0  # steps still allowed, may be infinite
        self._pace: float | None = None
        self._until: str | None = None
        self._epochs: int | None = None  # that are still to end, where training was started for some
        self._stopping = False
        self._patience = 0.0  # seconds to wait for more before it is a pause
        self._resting = False  # the thread may end when there is nothing to do
        self._stepping = False  # a step(n) is being waited for
        self._going: Count | None = None  # what is left of it
        self._at: int | None = None  # the step that is being done
        self._halted = False
        self._doing: Future | None = None  # what somebody waits for, while it is done
        self._off: Future | None = None  # what was called off last
        self._thread: threading.Thread | None = None
        self._lending = Lending()
        self._subscribers = Subscribers()
        trainer.executor, trainer.network.goes_on = self.call, self._goes_on
        trainer.at_close.append(self.stop)
        atexit.register(_stop_at_exit, weakref.ref(self))

    @property
    def running(self) -> bool:
        """Whether steps are granted and being done."""
        return (self._granted > 0 or self._stepping) and not self._stopping

    @property
    def left(self) -> int | None:
        """Steps still granted, those of epochs as many as there are now; None without an end, 0 while paused."""
        going = self._going
        if going is None and not self.running:
            return 0
        # at the end of an epoch the step before it is done, and not yet taken off
        done = self._at is not None and self.trainer.steps > self._at
        steps, epochs = (self._granted, self._epochs) if going is None else (going.steps, going.epochs)
        if epochs:
            return steps_of(epochs, self.trainer, ended=done and self.trainer.epoch_done)
        return None if steps is None or steps == math.inf else max(0, int(steps) - done)

    @property
    def awaits(self) -> bool:
        """Whether training runs for something that is to come: the end of epochs, or a suggestion."""
        return self.running and (self._until is not None or bool(self._epochs))

    def start(
        self,
        steps: int | None = None,
        *,
        epochs: int | None = None,
        pace: float | None = None,
        until: str | None = None,
    ) -> None:
        """Train in the background: so many steps or epochs, at most `pace` a second, until something happens.

        `until="epoch"` stops at the end of this epoch. A `Run`, and so a Lab, adds to `ends`, which says what is known.
        """
        if until is not None and until not in self.ends:
            known = ", ".join(f'"{end}"' for end in self.ends)
            raise ValueError(f"until is {known} or None, got {until!r}")
        if pace is not None and not (isinstance(pace, Real) and pace > 0):
            raise ValueError(f"pace is a number of steps a second above 0, got {pace!r}")
        if steps is not None and not (isinstance(steps, Integral) and steps >= 1):
            raise ValueError(f"start takes a number of steps from 1 up, got {steps!r}")
        left = Count(steps, epochs).epochs
        self._raise_error()
        self._check_budget()
        with self._wake:
            self._begin()
            self.failure, self._epochs = None, left
            self._granted, self._pace, self._until = math.inf if steps is None else steps, pace, until
            self._wake.notify_all()

    def pause(self, *, wait: bool = True) -> None:
        """Take back what is granted; returns when the step that is running is done. May be called twice."""
        with self._wake:
            self._granted, self._halted = 0, True
            self._wake.notify_all()
            alive = self._thread is not None and not self._stopping
        if alive and wait:
            self.call(lambda: None)

    def step(self, n: int | None = None, *, epochs: int | None = None) -> StepReport:
        """Do n steps (one), or until so many epochs have ended, and wait for them.

        Ctrl-C pauses after the step that is running."""
        self._raise_error()
        self._check_budget()
        with self._wake:
            if self.running:
                whose = "in a loop of somebody's own" if self._lending.on else "already"
                raise RuntimeError(f"training is running {whose}; pause() first, or wait()")
        going = Count(n, epochs)
        self._halted, self.failure = False, None

        def work() -> StepReport:
            with self.trainer.reporting() as report:
                self._stepping, self._going = True, going
                self.trainer.company.expect(self._more)
                try:
                    while going.on:
                        self._at = self.trainer.steps
                        self.trainer.advance()
                        going.stepped(self.trainer.epoch_done)
                        self._at = None
                        self._notify(due_only=True)
                        self._between()
                        ends = self._halted or self._called_off or self._stopping or self._exhausted()
                        if ends and not self.trainer.company.ahead:
                            break
                except BaseException as error:
                    self.failure = error
                    raise
                finally:
                    with self._wake:
                        self._stepping, self._going, self._patience = False, None, SETTLED
                        self._wake.notify_all()
            return report()

        return self.call(work, whole=True)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until training pauses or has done what was granted; False if that takes over `timeout` seconds."""
        with self._wake:
            if self.running and threading.current_thread() is self._thread:
                raise RuntimeError(
                    "wait() in a callback, on the thread that trains, would wait for itself: wait outside"
                )
            done = self._wake.wait_for(lambda: not self.running, timeout)
        self._raise_error()
        return done

    def call(self, work: Callable[[], T], *, whole: bool = False) -> T:
        """Run something on the thread that owns the model, between two steps, and return what it returns.

        Ctrl-C calls it off, and is raised once it has ended: where it asks next whether to go on, or, if it is to be
        done as a `whole`, after the step that is running. A second Ctrl-C waits for nothing.
        """
        if threading.current_thread() is self._thread or (self._lending.here and self._lending.on):
            return work()
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            outer, self._doing = self._doing, None if whole else future
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            finally:
                self._doing = outer

        try:
            self.post(run)
            _ended(future)
            return future.result()
        except KeyboardInterrupt:
            if not future.cancel():  # it has begun
                self._off, self._halted = future, self._halted or whole
                _ended(future)
            raise

    def _goes_on(self) -> None:
        """Between the parts of something long: whether somebody still waits for it."""
        if self._called_off:
            raise Cancelled("called off by Ctrl-C")

    def post(self, work: Callable[[], None]) -> None:
        """Enqueue something for the thread that owns the model, and return at once."""
        with self._wake:
            self._begin()
            self._work.append(work)
            self._wake.notify_all()

    def subscribe(self, callback: Callable[[], None], every: float = 0.1) -> Callable[[], None]:
        """Call back on the runner's thread, at most every so many seconds while it trains, and once at each pause.

        Returns a function that ends the subscription.
        """
        return self._subscribers.subscribe(callback, every)

    def rest(self) -> None:
        """End the thread once there is nothing to do; whatever is asked for next begins another."""
        with self._wake:
            self._resting = self._thread is not None
            self._wake.notify_all()

    def stop(self) -> None:
        """End the thread after the step that is running; may be called twice, from any thread."""
        with self._wake:
            self._stopping, self._granted = True, 0
            self._wake.notify_all()
            if not self._lending.here:  # the step of a loop outside ends with the hooks that it began with
                self._wake.wait_for(lambda: not self._lending.inside, LENT_SECONDS)
            self._lending.end()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        # not before: the model has one thread at a time
        self.trainer.executor, self.trainer.network.goes_on = (lambda work: work()), (lambda: None)

    def _begin(self) -> None:
        if self._stopping:
            raise RuntimeError(STOPPED)
        self._resting = False
        if self._thread is None or not self._thread.is_alive():  # a fork takes no threads along
            self._thread = threading.Thread(target=self._run, name="greenlatent runner", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        # a setting of each thread where torch uses OpenMP
        torch.set_num_threads(self.trainer.settings.threads)
        due = time.perf_counter()
        while True:
            if not self._called_for():
                if not self._idle():
                    return
                due = time.perf_counter()
            if not self._granted and self.trainer.company.ahead:
                self._one_step()  # others have begun it: only then does everything stand still
            self._between()
            if self._stopping:
                break
            if self._granted and self._lending.thread is None:
                self._one_step()
                if self._pace is not None:
                    due = max(due + 1 / self._pace, time.perf_counter() - 1)
                    self._sleep_until(due)
        self._between()  # nobody is left waiting
        self.trainer.mark(None)

    def _idle(self) -> bool:
        """Wait until something is asked for; False if the thread is to end instead, as far as the runner knows it."""
        if not self._lending.on:  # whose steps mark what they do
            self.trainer.mark("waiting")
        with self._wake:
            patience, self._patience = self._patience, 0.0
            if self._wake.wait_for(self._called_for, patience):
                return True
            if self._wait_for_the_end():
                return True
        self._notify(due_only=False)
        with self._wake:
            self._wake.wait_for(lambda: self._resting or self._called_for())
            if self._called_for():  # both may have come while it slept
                return True
            self.trainer.mark(None)
            self._thread, self._resting = None, False
            return False

    def _called_for(self) -> bool:
        if self._lending.on:
            return self._stopping
        mine = self._lending.thread is None  # steps that were granted are not somebody else's
        return bool(self._work or (self._granted and mine) or self._stopping)

    def _one_step(self) -> None:
        self._at = self.trainer.steps
        self.trainer.company.expect(self._more)
        try:
            self.trainer.advance()
        except BaseException as error:
            self._fail(error)
            return
        with self._wake:
            self._granted = max(0, self._granted - 1)
            self._at = None
            if self._exhausted() or self._reached():
                self._granted = 0
            if not self._granted:
                self._wake.notify_all()
        self._notify(due_only=True)

    def _fail(self, error: BaseException) -> None:
        log.warning("training stopped", exc_info=error)
        with self._wake:
            self.error = self.failure = error
            self._granted = 0
            self._wake.notify_all()

    def _reached(self) -> bool:
        """Whether training was started for something that is there, now that an epoch is over."""
        if self._epochs and self.trainer.epoch_done:
            self._epochs -= 1
        if self._epochs == 0:
            return True
        return self._until is not None and self.trainer.epoch_done and self.ends[self._until]()

    def _between(self) -> None:
        """Do what was asked for, between two steps."""
        while self._work and (self._lending.here or not self._lending.on):
            work = self._work.popleft()
            try:
                work()
            except BaseException:  # what was posted has nobody to raise to; what was called tells its caller
                log.exception("a command failed; training goes on")

    def _sleep_until(self, until: float) -> None:
        """Sleep until it is time for the next paced step, unless something comes in."""
        self.trainer.mark("waiting")
        with self._wake:
            while (left := until - time.perf_counter()) > 0 and self._granted and not self._stopping:
                if self._work or self._wake.wait(left):
                    break

    def _notify(self, due_only: bool) -> None:
        self._subscribers.notify(due_only=due_only, failed=self._subscriber_failed)

    def _subscriber_failed(self, error: BaseException) -> None:
        """sys.exit() ends no thread that others count on: the next call raises it."""
        if self._stepping:
            raise error
        self._fail(error)

    def _raise_error(self) -> None:
        with self._wake:
            error, self.error = self.error, None
        if error is not None:
            raise error


def _ended(future: Future) -> None:
    while not future.done():
        with suppress(Late):
            future.exception(HEARD_SECONDS)


def _stop_at_exit(reference: weakref.ref[Runner]) -> None:
    runner = reference()
    if runner is not None:
        runner.stop()
