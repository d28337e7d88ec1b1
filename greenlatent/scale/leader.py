"""Leader: the rank that people and pages speak with; it says what is next, and hears when somebody is gone."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import torch

from ..energy.joules import Joules
from ..training import checkpoint
from ..training.company import Lost
from ..training.seen import Seen
from ..training.trainer import Trainer
from .nodes import TELL_SECONDS
from .ranks import Ranks
from .together import AHEAD, LATENTS, LISTENING, STEPPING, Together, buffers_of
from .undone import Begun
from .wire import Gone, Ties
from .worth import Worth, weigh

log = logging.getLogger(__name__)
T = TypeVar("T")
ENOUGH = 256  # samples of a look that is worth a word to the others
LAST_WORDS = 1.0  # seconds that a rank's last words, or its end, are waited for once it does not answer


class Leader(Together):
    """The first of several ranks; `Alone` tells what a trainer asks of it."""

    def __init__(self, ranks: Ranks, *, owns: bool):
        super().__init__(0, ranks.size)
        self.who, self._owns = ranks, owns
        self._more: Callable[[], bool] = lambda: False
        self._stale, self._open, self._closed = True, False, False
        self._told = 0  # lines of the journal that the others have
        self._own = False  # whether the next step is one of somebody's own loop
        self._talk = threading.RLock()
        self._thread, self._pid = 0, os.getpid()
        self._begun = self._seconds = self._accounted = 0.0
        self.worth: Worth | None = None  # what a step takes, beside one process

    def meet(self, trainer: Trainer) -> None:
        """Start the others, and see that they train the same."""
        settings = trainer.settings
        if settings.batch_size < 2 * self.size:
            raise ValueError(
                f"batch_size={settings.batch_size} is too small for {self.size} ranks: each needs two samples of a"
                f" batch, so {2 * self.size} or more"
            )
        if settings.precision == "fp16":
            raise ValueError('precision="fp16" is for one process; over ranks use "bf16" or "fp32"')
        # processors are shared by as many ranks: no more threads than were asked for
        trainer.settings = replace(settings, fixed=True)
        self._trainer, self.model = weakref.ref(trainer), trainer.model
        self._start()
        # edits of a journal that is gone on with, and a given optimizer, are not to be disturbed
        known = settings.renewable and not len(trainer.journal) and not self.who.guests
        if trainer.meter is not None and known:
            self.worth = weigh(trainer, self.size)
            self.waited = self._seconds = 0.0
            log.log(logging.INFO if self.worth.faster else logging.WARNING, "%s", self.worth)

    @property
    def ahead(self) -> bool:  # type: ignore[override]
        """Whether the others have begun the next step."""
        return self._open and self.phase == AHEAD

    def expect(self, more: Callable[[], bool]) -> None:
        """Who knows whether another step follows."""
        self._more = more

    def outside(self) -> None:
        """The others come to the same place of the same loop, or cannot run it."""
        if not self.who.guests:
            raise RuntimeError(
                "around() over ranks needs your loop in every process: the ranks that are started here cannot run it."
                " Start the same script once a rank, as torchrun does, with ranks=gl.scale.Ranks(2,"
                ' address="host:port", rank=k); or leave ranks= out, or let step() and start() train'
            )
        self.trainer.settle()
        self._own = True

    def order(self, step: int, lines: int) -> None:
        """Before a step: what is new, to those who listen."""
        self._thread, self._begun = threading.get_ident(), time.perf_counter()
        self._check_process()
        if self.phase == STEPPING:
            self.drop()  # the step before ended in between, and never came to its sum
        self._undone = Begun(self.trainer)
        if self.ahead:
            self.phase = STEPPING
            return
        with self._talk:
            if not self._open:
                self._start()
            self.account()
            with self._heard():
                if self._stale:
                    self._send_state(lines)
                do, self._own = "around" if self._own else "step", False
                self.wire.say({"do": do, "lines": self._lines(lines)})
            self.phase = STEPPING

    def sum(self, parameters: list[torch.nn.Parameter], losses: Any, batches: int, kept: bool = True) -> None:
        """As `Together`; who does not answer in it is gone, and the step is not applied."""
        with self._heard():
            super().sum(parameters, losses, batches, kept)
        self._seconds += time.perf_counter() - self._begun

    def gather(self, z: torch.Tensor, count: int) -> torch.Tensor:
        """As `Together`."""
        with self._heard():
            return super().gather(z, count)

    def joined(self, ids: torch.Tensor) -> tuple[torch.Tensor, slice]:
        """As `Together`."""
        with self._heard():
            return super().joined(ids)

    def sum_gradients(self, parameters: list[torch.nn.Parameter]) -> None:
        """As `Together`; who does not answer in it is gone, before the optimizer changed anything."""
        with self._heard():
            super().sum_gradients(parameters)
        self._seconds += time.perf_counter() - self._begun
        self._begun = time.perf_counter()

    def added(self, value: torch.Tensor) -> torch.Tensor:
        """As `Together`; weights are changed by now, so who is gone is missed in the next step."""
        with self._missed():
            return super().added(value)
        return value

    def across(self, norms: list[torch.Tensor]) -> list[torch.Tensor]:
        """As `Together`."""
        with self._heard():
            return super().across(norms)

    def account(self, *, now: bool = False) -> None:
        """Charge the meter what other machines told of, once a second."""
        if self.who.meters is not None and (now or time.monotonic() - self._accounted > TELL_SECONDS):
            self._accounted = time.monotonic()
            try:
                self.who.meters.hear(self.trainer.meter)
            except RuntimeError as error:  # the store is no more
                log.warning("joules of other machines could not be read: %s", error)

    @property
    def said(self) -> str:
        """How many they are, and how much of a step is waiting; what of the model differs by rank."""
        share = (
            f": of each step, {self.waited / self._seconds:.0%} is waiting for the others"
            if self._seconds
            else ""
        )
        if self.worth is not None and not self.trainer.steps:
            return f"{self.worth}."
        kinds = {type(module).__name__ for module in self.model.modules()}
        apart = ["dropout draws by rank"] if any("Dropout" in kind for kind in kinds) else []
        if any("BatchNorm" in kind and kind != "SyncBatchNorm" for kind in kinds):
            apart.append(
                "batch norm keeps the statistics of each rank's rows, and looks have the first one's"
            )
        return "; ".join([f"{self.size} ranks{share}", *apart]) + "."

    def energies(self) -> dict[str, Joules]:
        """Joules of each other machine so far."""
        self.account(now=True)
        return {} if self.who.meters is None else self.who.meters.totals

    def flag(self) -> float:
        """Whether there is news; if not, the next step is begun by all without a word, so that an edit made from now
        on is in force in the step after it, and is stamped so."""
        trainer, more = self.trainer, self._more() and not self._stale
        with trainer.journal.lock:
            if not more or trainer.edits.news:
                return 1.0
            trainer.journal.step = trainer.steps + 2
        return 0.0

    def share(self, seen: T) -> T:
        """What all saw goes to all, if the others can be asked."""
        assert isinstance(seen, Seen)
        if self._open and self.phase == STEPPING and threading.get_ident() == self._thread:
            with self._heard():
                self.exchange(seen, buffers_of(self.model))
        elif self._open and self.shared < self.trainer.steps - 1:
            with self._talk, self._missed():
                if self.phase == LISTENING and not self._stale:
                    self.wire.say({"do": "share"})
                    self.exchange(seen, buffers_of(self.model))
                    self.shared = self.trainer.steps - 1
        return seen

    def look(self, what: str, ids: torch.Tensor, alone: Callable[..., T]) -> T:
        """In shares, where the others listen and there is enough to look at."""
        with self._talk:
            if not self._open or self.phase != LISTENING or self._stale or len(ids) < ENOUGH:
                return alone(ids)
            whole = bool((ids == torch.arange(len(ids))).all())
            some = {"n": len(ids)} if whole else {"ids": ids.tolist()}
            trainer = self.trainer
            like = torch.zeros(trainer.dims, device=trainer.device)
            like = like if what == LATENTS else torch.zeros(3, dtype=torch.float64)
            with self._missed():
                self.wire.say({"do": "look", "what": what, **some})
                return self.look_in_shares(what, ids, alone, like)  # type: ignore[return-value, arg-type]
            return alone(ids)

    def renew(self) -> None:
        """Send the whole state before the next step."""
        self._stale = True

    def drop(self) -> None:
        """End the others, who wait for what does not come; the next step starts them anew."""
        if not self._open:
            return
        self._open, self._stale, self.phase = False, True, LISTENING
        self.wire.close()
        self.who.end()

    def close(self) -> None:
        """Tell the others that it is over."""
        with self._talk:
            if self._closed:
                return
            self._closed = True
            if self._open and self.phase == LISTENING and os.getpid() == self._pid:
                try:
                    self.wire.say({"do": "end"})
                    self.who.wait()
                    self.account(now=True)
                except Gone:
                    pass  # gone already
            self.drop()
            self.who.end()
            if self._owns:
                self.who.close()

    @property
    def trainer(self) -> Trainer:
        """Whose company it is."""
        trainer = self._trainer()
        assert trainer is not None
        return trainer

    def _start(self) -> None:
        self._check_process()
        if self._closed:
            raise RuntimeError("this trainer's ranks were closed; make a new trainer")
        try:
            nccl = self.who.meet(self.trainer)
            self.wire = Ties(
                self.who.store,
                0,
                self.size,
                self.who.turn,
                seconds=self.who.timeout,
                host=self.who.host,
                nccl=nccl,
            )
        except BaseException:
            self.who.end()
            raise
        self._open, self._stale, self._told, self.phase = True, True, 0, LISTENING

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError(
                "this process was forked from the one whose ranks these are; make a trainer of its own here"
            )

    def _send_state(self, lines: int) -> None:
        trainer = self.trainer
        tensors, plain = checkpoint.apart(*trainer.state())
        size = self.wire.hand_out(tensors)
        self.wire.say({"do": "state", "plain": plain, "size": size, "lines": self._lines(lines)})
        self.wire.handed_out()
        self._stale, self.shared = False, trainer.steps - 1

    def _lines(self, lines: int) -> list[dict[str, Any]]:
        """What the others have not been told of the journal, up to so many lines."""
        if lines == self._told:
            return []
        new = [event.to_json() for event in list(self.trainer.journal)[self._told : lines]]
        self._told = lines
        return new

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """In a step: without one of the others it comes to nothing."""
        try:
            yield
        except Gone as error:
            step, who = self.trainer.steps, self._gone(error)
            self._undone.undo(self.trainer)
            # what gloo says of it is in the log, for those who look for it
            raise Lost(
                f"{who}. Step {step} was not applied, and training stopped. To start or step again begins the missing"
                " ranks anew, sends them the state and does this step first; with .ranks = 1 it goes on alone"
            ) from None

    @contextmanager
    def _missed(self) -> Iterator[None]:
        """Between two steps: what was asked for can be had without the others."""
        try:
            yield
        except Gone as error:
            log.warning(
                "%s, between two steps: the next step begins the missing ranks anew and sends them the state",
                self._gone(error),
            )

    def _gone(self, error: Gone) -> str:
        """Who is gone, and where; nobody waits any more."""
        log.debug("a rank did not answer", exc_info=error)
        self.wire.close()  # whoever waits for a sum leaves
        until = time.monotonic() + LAST_WORDS
        while not (found := self.who.missing()) and time.monotonic() < until:
            time.sleep(0.02)
        found = found or self.who.silent() or ["a rank did not answer"]
        self.drop()
        return "; ".join(found)
