"""Company: what a trainer asks of the ranks that it trains with; alone, the answer to everything is to do nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

import torch

from ..data.samples import Samples
from ..edits.journal import Journal
from ..model.network import Network
from .evaluate import Change, evaluate
from .seen import Seen

log = logging.getLogger(__name__)
T = TypeVar("T")


class Lost(RuntimeError):
    """Somebody who trains along is gone: the step that was begun is as if it were not, and comes again."""


class Alone:
    """One process: all rows are its own, nothing is summed, nobody is told.

    `greenlatent.scale` has the same for several ranks. Nothing else in training knows whether there are any.
    """

    size = 1
    entire = True  # whether `part` leaves a loss as it is: the own rows are all
    # whether the others have begun the next step already: what is told now reaches them after it
    ahead = False

    def compare(self, header: Mapping[str, Any]) -> None:
        """Say of a run that is repeated here that it was one of another number of ranks."""
        were = header.get("ranks", 1)
        if were != self.size:
            log.warning(
                "the journal is of a run over %s (%s), and this is one over %s: sums are added up in another order, so"
                " weights agree but for the last digits, and where dropout or batch norm are in the model, in accuracy",
                *("one process" if were == 1 else f"{were} ranks", header.get("backend", "no backend")),
                "one process" if self.size == 1 else f"{self.size} ranks",
            )

    def expect(self, more: Callable[[], bool]) -> None:
        """`more()` says, in a step, whether another follows whatever comes: then nobody waits for a word between."""

    def meet(self, trainer: Any) -> None:
        """The trainer is made: whoever trains with it begins."""

    def told(self) -> dict[str, Any]:
        """What a header tells of it."""
        return {}

    @property
    def said(self) -> str:
        """What there is to say of it beside a run."""
        return ""

    def energies(self) -> dict[str, Any]:
        """Joules of each other machine, which the meter has been charged."""
        return {}

    def outside(self) -> None:
        """A step of somebody's own loop begins."""

    def joined(self, ids: torch.Tensor) -> tuple[torch.Tensor, slice]:
        """The ids of the batch of all, from those of the own part, and where in it the own ones are."""
        return ids, slice(None)

    def own_step(self, model: torch.nn.Module) -> AbstractContextManager[Callable[[], None]]:
        """Within it, optimizers of somebody's own loop step by the gradients of all; the value adds them up at once."""
        return nullcontext(lambda: None)

    def added(self, value: torch.Tensor) -> torch.Tensor:
        """A number over all rows, from those of the own."""
        return value

    def order(self, step: int, lines: int) -> None:
        """Before a step: what the first rank wants next, with the journal up to so many lines in force."""

    def rows(self, batch: torch.Tensor, count: int) -> torch.Tensor:
        """The own rows of a part of a batch that has `count` in all."""
        return batch

    def deal(self, *parts: torch.Tensor) -> tuple[Any, ...]:
        """The own rows of a batch and of parts of it; None in place of a batch, the first, that has none."""
        return parts

    def part(
        self, loss: torch.Tensor, output: torch.Tensor, counted: Callable[..., int], whole: Any, mine: Any
    ) -> torch.Tensor:
        """What the mean over the own rows is of the mean over the batch; `counted` says over how many it is taken."""
        return loss

    def gather(self, z: torch.Tensor, count: int) -> torch.Tensor:
        """The latents of the whole batch (count, d), in its order."""
        return z

    def across(self, norms: list[torch.Tensor]) -> list[torch.Tensor]:
        """Norms over all rows, from those of the own."""
        return norms

    def sum(self, parameters: list[torch.nn.Parameter], losses: Any, batches: int, kept: bool = True) -> None:
        """Gradients, and the losses of so many batches, over all rows; `kept` where somebody may keep a gradient."""

    def share(self, seen: T) -> T:
        """What all ranks saw since the last time."""
        return seen

    def look(self, what: str, ids: torch.Tensor, alone: Callable[..., T]) -> T:
        """A look at many samples, `alone(ids)`, in shares where the others wait for a word."""
        return alone(ids)

    def renew(self) -> None:
        """The trainer is not what it was by its own steps: the others need its state."""

    def drop(self) -> None:
        """A step failed here: nobody waits for its end."""

    def close(self) -> None:
        """The end; may be called twice."""


ALONE = Alone()


def company(ranks: Any) -> Any:
    """Who a trainer trains with, from its `ranks=`: a number on this machine, a view of engines, `gl.scale.Ranks`."""
    if ranks is None or (ranks == 1 and not isinstance(ranks, bool)):
        return ALONE
    import greenlatent as gl

    return gl.scale.company(ranks)


class Accompanied:
    """The part of a trainer that knows who it trains with."""

    edits: Any
    steps: int
    journal: Journal
    network: Network
    stepper: Any
    train: Samples
    valid: Samples | None
    executor: Callable[[Callable[[], Any]], Any]
    advance: Callable[[], None]
    _check_open: Callable[[], None]

    @property
    def company(self) -> Alone:
        """Who it trains with."""
        return self.edits.company  # type: ignore[no-any-return]

    @property
    def seen(self) -> Seen:
        """What training has seen of every sample, by all ranks; on the thread that owns the model."""
        seen: Seen = self.stepper.seen
        return self.company.share(seen)

    @property
    def ranks(self) -> int:
        """How many processes train together; may be set to what `ranks=` takes: 1 goes on alone."""
        return int(self.company.size)

    @ranks.setter
    def ranks(self, ranks: Any) -> None:
        def work() -> None:
            self.settle()
            joined = company(ranks)
            self.company.close()
            self.edits.company = joined
            joined.meet(self)
            with self.journal.lock:
                self.journal.header = {**self.journal.header, **joined.told()}

        self._check_open()
        self.executor(work)

    def failed(self, error: BaseException) -> None:
        """In a step: nobody waits for its end. It counts, since it has used its batch, and edits meanwhile are stamped
        with the next; but for one of which a rank was lost, which comes again."""
        self.company.drop()
        self.steps += not isinstance(error, Lost)

    def settle(self) -> None:
        """Before what ends this course of steps: do the step that others have begun."""
        while self.company.ahead:
            self.company.expect(lambda: False)
            self.advance()

    def evaluated(self, part: Samples, change: Change | None) -> dict[str, float]:
        """In shares, where others train along and have the same data."""
        named = {id(self.valid): "valid", id(self.train): "train"}.get(id(part))
        shared = partial(self.company.look, named) if named and change is None else None
        return evaluate(self.network, part, change, of_inputs=self.stepper.of_inputs, within=shared)
