"""Machine: checkpoints before a long run, steps that need less memory, a card that may draw fewer watts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...data.inputs import memory_bytes
from ...energy.sources.channel import Unavailable
from ...energy.sources.limit import PowerLimit
from ...run.run import Run
from ...run.setup import Setup
from ...training.trainer import Trainer
from ..altered import SAME, Altered
from ..offer import BESIDE, Asked, Offer
from ..putting import acts, put
from .inputs import resident

LONG = 600.0  # processor seconds of a plan that nobody wants to do again
FULL = 0.8  # of the memory that there is, from which on steps are to take less
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
CAP = 0.7  # of a card's limit


def checkpoints(asked: Asked) -> Offer | str:
    """A session, where there is none and the plan is long."""
    run = asked.run
    if run.session is not None:
        return "the session keeps checkpoints already"
    why = f"a plan of {asked.plan:,.0f} processor seconds would be lost whole; a session keeps a checkpoint a minute"

    def setup(run: Run) -> Setup:
        kept = Setup({"session": None}, why={"session": why}, by="advice")
        return SAME.setup(run.trainer, asked.steps, why).also(kept)

    left = "" if asked.plan > LONG else f"a plan of {asked.plan:,.0f} processor seconds is soon done again"
    return Offer("T19", "a session, which keeps checkpoints", why, setup=setup, known=BESIDE, left=left)


def less_memory(asked: Asked) -> Offer | str:
    """Half of a batch at a time, twice for each step: the same step in half of the activations."""
    trainer = asked.run.trainer
    if trainer.batch_size < 2:
        return "a batch of one sample has no half"
    size, times = trainer.batch_size // 2, 2 * trainer.settings.accumulate
    share = resident() / memory_limit()
    return Offer(
        "T20",
        f"batches of {size}, {times} of them a step",
        f"this process holds {share:.0%} of the memory there is; activations of half a batch take half",
        altered=Altered({"batch_size": size, "accumulate": times}),
        known=BESIDE,
        accuracy="the same sums in another order, but where layers look across a batch",
        left=""
        if share > FULL
        else f"memory is not short ({share:.0%} of it), and smaller passes are dearer",
    )


def memory_limit() -> float:
    """Bytes that this process may have: those of its container, else of the machine."""
    found = memory_bytes()
    for path in LIMITS:
        try:
            found = min(found, float(Path(path).read_text()))
        except (OSError, ValueError):  # no container, or "max"
            continue
    return found


def cap(asked: Asked) -> Offer | str:
    """Fewer watts for the card, where the driver lets us."""
    index = _card(asked.run.trainer)
    if index is None:
        return (
            "there is no graphics card here whose watts could be capped; on a processor fewer threads do that"
        )
    if acts(asked.run, "watts"):  # a cap ends with the process that has set it
        return f"the card is capped at {asked.run.journal.settings['watts']:g} W already"
    try:
        limit = PowerLimit(index)
    except Unavailable as error:
        return str(error)
    usual = max(limit.least, float(round(CAP * limit.watts)))
    said = f"it may draw {limit.watts:g} W, and takes a limit from {limit.least:g} to {limit.most:g} W"
    limit.close()
    return Offer(
        "T25",
        f"the card capped at {usual:g} W",
        f"{said}: a card takes more joules a sample near its limit; advice.outcome() tells of this run, and another"
        " cap is .apply(watts=...). The limit is put back at undo() and when the Lab is closed",
        act=lambda run, watts=usual: _capped(run, index, watts),
        known=BESIDE,
        accuracy="the same: steps are slower",
    )


def _capped(run: Run, index: int, watts: float) -> Callable[[], None]:
    try:
        limit = PowerLimit(index)
    except Unavailable as error:
        raise PermissionError(f"the card is not capped: {error}") from error
    try:
        limit.set(watts)
    except BaseException:
        limit.close()
        raise
    back = put(run, "watts", float(watts))
    run.trainer.at_close.append(limit.close)

    def undo() -> None:
        limit.close()
        back()

    return undo


def _card(trainer: Trainer) -> int | None:
    """Its number among those that CUDA shows; None on a processor."""
    return (trainer.device.index or 0) if trainer.device.type == "cuda" else None
