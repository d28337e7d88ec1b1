"""Price: what the steps of a plan take with a change over without, from twins of the run as it is now, in turns."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median

import numpy as np
import torch

from ..energy.intervals import student
from ..energy.joules import Ratio
from ..run.run import Run
from ..training.trainer import Trainer
from .altered import SAME, Altered

# Of the joules: what a price says is nearer to all of them is no saving. On a busy machine the same once more has come
# to 0.92 with an interval that held less than 1.
PRICED = 0.9
TURNS, USUAL, MOST = 5, 12, 25  # of each twin: at least, where there is time, at most
MANY = 200  # steps of a turn, at most: one that waits takes no processor
LONG, LONG_THERE = 0.02, 0.1  # seconds of a turn, at most here; at least on a card, whose counters are slow


@dataclass
class Priced:
    """The ratio of the plan's cost with a change over without; or why it does not work here."""

    change: Altered
    ratio: Ratio | None = None
    failed: str = ""
    turns: list[float] = field(default_factory=list)  # the cost of a sample in each
    beside: list[float] = field(default_factory=list)  # that of the run as it is, in the same rounds

    @property
    def saves(self) -> bool:
        """Whether that may be said: the interval lies below 1, and the ratio is worth a word."""
        return self.ratio is not None and self.ratio.high < 1 and self.ratio.value <= PRICED

    @property
    def settled(self) -> bool:
        """Whether more turns would hardly change what is said of it: it saves well, or is dearer."""
        return self.ratio is not None and (self.ratio.high < PRICED or self.ratio.low > 1)

    @property
    def words(self) -> str:
        """What is said of it where it is left."""
        if self.ratio is None:
            return f"does not work here: {self.failed}" if self.failed else "not priced"
        return f"{'dearer' if self.ratio.low > 1 else 'no saving shown'}, {self.ratio}"


class Turns:
    """Turns changes against the run as it is, on the thread that owns the model; nothing of the run changes, and
    what it takes is the caller's to mark. `step` is what a step of the run costs, `beginning` what a twin of it costs
    until its first is done, in processor seconds here, in joules on a card.
    """

    def __init__(self, run: Run, steps: int):
        self.run, self.trainer, self.steps = run, run.trainer, steps
        self.step = self.beginning = math.nan

    def of(
        self, changes: Sequence[Altered], seconds: float, *, goes_on: Callable[[], object] = lambda: None
    ) -> list[Priced]:
        """In turns, without and then with each, for so many seconds, but five turns of a step at least."""
        own, found = Priced(SAME), [Priced(change) for change in changes]
        threads = torch.get_num_threads()
        with ExitStack() as stack:
            stack.enter_context(uncollected())
            stack.callback(torch.set_num_threads, threads)
            took: list[float] = []
            twins = [(one, self._twin(one, stack, took)) for one in (own, *found)]
            if own.failed:
                raise RuntimeError(f"a twin of this run as it is does not step: {own.failed}")
            # what is first in a process takes longer, and is no cost of these
            end = time.thread_time() + seconds - len(took) * min(took)
            self._turns([(one, twin) for one, twin in twins if twin is not None], end, goes_on)
        self.step = low(own.turns) * self.trainer.batch_size * self.trainer.settings.accumulate
        return found

    def _passes(self, change: Altered) -> int:
        """Samples that a plan of it trains on."""
        given = change.given(self.trainer, self.steps)
        return int(change.steps(self.trainer, self.steps) * given["batch_size"] * given["accumulate"])

    def _twin(self, one: Priced, stack: ExitStack, took: list[float]) -> Trainer | None:
        """A twin that has done its first step, the dearest of all; None, with the reason, where it cannot."""
        try:
            begun, cost = time.thread_time(), clock(self.run, self.trainer)
            statistics = self.trainer.statistics
            twin = one.change.twin(self.trainer, self.steps, fresh=False, statistics=statistics)
            stack.callback(twin.close)
            twin.step()
        except Exception as error:  # code of somebody else, at a size that it was not written for
            one.failed = first_line(error)
            return None
        if twin.stepper.diverged:
            one.failed = "its first loss is no number"
            return None
        self.beginning = float(np.fmin(self.beginning, cost()))
        took.append(time.thread_time() - begun)
        return twin

    def _turns(
        self, twins: Sequence[tuple[Priced, Trainer]], end: float, goes_on: Callable[[], object]
    ) -> None:
        """Rounds in which each has a turn; where there is time for more, those who are not settled, if any."""
        longest = LONG if self.trainer.device.type == "cpu" else LONG_THERE
        counts, done = [1] * len(twins), 0  # steps of a turn
        (own, _), others = twins[0], [one for one, _ in twins[1:]]
        passes = [self._passes(one.change) / self._passes(SAME) for one in others]
        while done < TURNS or (time.thread_time() < end and done < MOST):
            open_ones = [one for one in others if not (one.failed or one.settled)]
            for k, (one, twin) in enumerate(twins):
                if one.failed or (one.settled and open_ones):
                    continue
                goes_on()
                begun = time.thread_time()
                try:
                    one.turns.append(self._turn(twin, counts[k]))
                    one.beside.append(own.turns[-1])
                except Exception as error:
                    one.failed, one.ratio = first_line(error), None
                if done == 0:  # many short turns tell more than a few long ones where others load the machine
                    room = min((end - begun) / USUAL / len(twins), longest)
                    counts[k] = max(1, min(MANY, int(room / max(time.thread_time() - begun, 1e-6))))
            done += 1
            for one, times in zip(others if done >= TURNS else (), passes, strict=False):
                if not one.failed:
                    one.ratio = ratio(one.turns, one.beside, times)

    def _turn(self, twin: Trainer, count: int) -> float:
        """The cost of a sample over so many steps; the first of many, into cold caches, is not counted."""
        torch.set_num_threads(twin.settings.threads)
        if count > 2:
            twin.step()
        before, cost = twin.passes, clock(self.run, twin)
        twin.step(count)
        return cost() / (twin.passes - before)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for: where much is loaded that takes 30 ms, in whichever turn it falls."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def clock(run: Run, trainer: Trainer) -> Callable[[], float]:
    """What this trainer's work costs from now on: seconds of its thread, of all of them where it has several; joules
    on a card. Other processes, and other threads of this one, change neither."""
    if trainer.device.type != "cpu":
        since = run.meter.stamp()
        return lambda: float(run.meter.spent(since, run.meter.stamp()).value)
    return thread_cost() if trainer.settings.threads == 1 else thread_cost(time.process_time)


def thread_cost(now: Callable[[], float] = time.thread_time) -> Callable[[], float]:
    """Processor seconds from now on, of this thread or by another clock."""
    begun = now()
    return lambda: now() - begun


def low(turns: Sequence[float]) -> float:
    """What a turn costs while nobody disturbs it."""
    # by hand: numpy's takes as long as a step of a small net
    ordered, at = sorted(turns), (len(turns) - 1) / 4
    k = int(at)
    return ordered[k] + (at - k) * (ordered[min(k + 1, len(ordered) - 1)] - ordered[k])


def ratio(mine: Sequence[float], theirs: Sequence[float], times: float = 1.0) -> Ratio:
    """Turns over those of others: by their lower quartiles, as nobody disturbed them, and by the median of pairs, which
    were disturbed alike. Where others load the machine these differ: the dearer is said, so that no saving is promised
    that one of them denies, and the interval holds both, with the spread of pairs without the few that stand out."""
    pairs = [math.log(a / b) for a, b in zip(mine, theirs, strict=False)]
    quiet, n, middle = math.log(low(mine) / low(theirs)), len(pairs), median(pairs)
    spread = 1.4826 * median(abs(pair - middle) for pair in pairs)
    half = student(n - 1) * spread / math.sqrt(n) if n > 1 else math.inf
    dearer, cheaper = max(quiet, middle), min(quiet, middle)
    ends = (times * math.exp(each) for each in (dearer, cheaper - half, min(dearer + half, 700.0)))
    return Ratio(*ends)


def first_line(error: BaseException) -> str:
    """What an error says, in a line."""
    said = str(error).strip().splitlines()
    return (said[0][:200] if said else "") or type(error).__name__
