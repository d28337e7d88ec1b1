"""Lending: whose thread the model is on while its steps are those of somebody else's loop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..training.trainer import Trainer

LOOK_SECONDS = 0.5  # between two looks whether their loop is over
OVER_SECONDS = 5.0  # after a step of theirs, until which no other means that their loop goes on


class Lending:
    """Which thread has the model, as long as it takes steps; read and changed under the runner's condition.

    A loop that says when it begins and ends keeps the model in between (`held`), as for its validation; any other one
    has ended when no step came for some seconds.
    """

    def __init__(self) -> None:
        self.thread: Any = None  # a thread, and None where it is the runner's
        self.inside = False  # one of its steps is being done
        self.held = False
        self._left = 0.0

    @property
    def on(self) -> bool:
        """Whether somebody's loop still has the model."""
        if self.thread is None or not self.thread.is_alive():
            return False
        return self.inside or self.held or time.monotonic() - self._left < OVER_SECONDS

    @property
    def here(self) -> bool:
        """Whether it is this thread's."""
        return self.thread is threading.current_thread()

    def give(self, thread: Any, held: bool) -> None:
        self.thread, self.held, self._left = thread, held, time.monotonic()

    def leave(self) -> None:
        """A step of theirs is over."""
        self.inside, self._left = False, time.monotonic()

    def end(self) -> None:
        """It is the runner's again."""
        self.thread, self.inside, self.held = None, False, False


class Lent:
    """The part of a runner that lends its trainer to the thread of somebody's own loop."""

    trainer: Trainer
    _lending: Lending
    _wake: threading.Condition
    _work: deque[Callable[[], None]]
    _granted: float
    _stopping: bool
    _pace: float | None
    _until: str | None
    _epochs: int | None
    _between: Callable[[], None]
    _called_for: Callable[[], bool]
    _notify: Callable[..., None]
    _exhausted: Callable[[], bool]
    _reached: Callable[[], bool]
    _raise_error: Callable[[], None]
    _check_budget: Callable[[], None]
    call: Callable[..., Any]
    post: Callable[[Callable[[], None]], None]

    def lend(self, *, held: bool = False) -> None:
        """From here on this thread takes the steps, each in `stepping()`; `held` until `take_back()`."""
        thread, lending = threading.current_thread(), self._lending
        if not (lending.here and lending.on):
            self._raise_error()
            self._check_budget()
            self.call(lambda: lending.give(thread, held))
            self._granted, self._pace, self._until, self._epochs = float("inf"), None, None, None
        lending.held |= held

    def take_back(self) -> None:
        """The steps of this thread are over, and the model is the runner's again; may be called twice."""
        if self._lending.here:
            with self._wake:
                self._lending.end()
                self._granted = 0
            self.post(lambda: None)

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """A step of this thread's own: what was asked for meanwhile is done first, and a pause is waited out."""
        self.lend()
        self._wait_for_leave()
        try:
            yield
        finally:
            with self._wake:
                self._lending.leave()
                self._granted = max(0, self._granted - 1)
                if self._exhausted() or self._reached():
                    self._granted = 0
                self._wake.notify_all()
            self._notify(due_only=True)

    def _wait_for_leave(self) -> None:
        while True:
            self._between()
            with self._wake:
                if self._stopping:
                    self._lending.leave()
                    self._wake.notify_all()
                    raise RuntimeError("this run is closed, and its steps are over; end the loop")
                if self._granted:
                    self._lending.inside = True
                    return
            self.trainer.mark("waiting")
            self._lending.inside = True
            try:
                self._notify(due_only=False)
                with self._wake:
                    self._wake.wait_for(lambda: self._work or self._granted or self._stopping)
            except BaseException:  # Ctrl-C ends their loop
                self._lending.leave()
                raise

    def _wait_for_the_end(self) -> bool:
        """On the runner's thread, under the condition, while their loop goes on; whether the runner is called for."""
        while self._lending.on and not self._stopping:
            self._wake.wait_for(lambda: self._stopping or not self._lending.on, LOOK_SECONDS)
        if (
            self._lending.thread is not None and not self._stopping
        ):  # no step came for long: their loop is over
            self._lending.end()
            self._granted = 0
        return self._called_for()
