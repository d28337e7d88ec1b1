"""Twins: copies of a run that go its way once more, with its edits or without, and are looked at on the way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from ..energy.joules import Joules, Ratio
from ..model.ownership import weights_hash
from ..training.trainer import Trainer
from .comparison import NOTHING, Comparison, Point, rough

LOOKS = 60  # at a run, evenly spread
FEWEST = 10
SHARE = 2  # samples that are looked at for each that is trained on, at most: a look costs a third of a step

Told = Callable[[float], bool]


def looks(trainer: Trainer, steps: int) -> list[int]:
    """The steps after which a run of so many is looked at, by everybody who compares it: sheet, page and check see the
    same times to an accuracy, because they look at the same places."""
    part = trainer.train if trainer.valid is None else trainer.valid
    trained = steps * trainer.batch_size * trainer.settings.accumulate
    most = min(LOOKS, max(FEWEST, SHARE * trained // max(1, len(part))))
    every = max(1, math.ceil(steps / most))
    return sorted({*range(every, steps, every), steps})


def retrace(
    trainer: Trainer, course: Sequence[Point], *, progress: Callable[[float], bool | None] | None = None
) -> list[Point] | None:
    """The run with its edits as `looks` sees it: from its own course where it was looked at there, else from a twin
    that repeats it. None when it was cancelled.

    What cannot be repeated bit for bit, as with random views of the data, keeps the looks that there were. On the
    thread that owns the model.
    """
    due = looks(trainer, trainer.steps)
    seen = {point.step: point for point in course}
    if all(step in seen for step in due):
        return [seen[step] for step in due]
    twin = _twin(trainer, edits=True)
    try:
        points = _run(twin, trainer, due, "steps", _telling(trainer, progress), edits=True)
        if points is None:
            return None
        if weights_hash(twin.model) != weights_hash(trainer.model):
            return list(course)
    finally:
        twin.close()
    return [Point(p.step, p.passes, p.accuracy, _spent(course, p.step)) for p in points]


def control(
    trainer: Trainer,
    curve: Sequence[Point],
    *,
    seeds: int = 1,
    beside: dict[str, Joules] | None = None,
    former: Joules | None = None,
    progress: Callable[[float], bool | None] | None = None,
) -> Comparison | None:
    """Train a copy without edits over as many samples as this trainer was, and compare.

    To be called on the thread that owns the model. `curve` is how the run went so far. The control is looked at after
    as many samples as the run was: what is looked at more often is seen at its best. Its work is metered as "control".
    The first seed is that of the run; for each further one the run with its edits is repeated as well, so that both
    have a pair. `progress(share)` hears how far it is after each step and cancels by returning False: then there is no
    comparison.
    """
    check_comparable(trainer, curve, seeds)
    due = sorted({*(p.passes for p in curve if 0 < p.passes < trainer.passes), trainer.passes})
    curves: dict[bool, list[tuple[Point, ...]]] = {False: [], True: []}  # without the edits, and with them
    arms, solved = [(0, False), *((k, edits) for k in range(1, seeds) for edits in (False, True))], None
    for n, (k, edits) in enumerate(arms):

        def share(part: float, done: int = n) -> bool | None:
            return None if progress is None else progress((done + part) / len(arms))

        twin = _twin(trainer, seed=trainer.seed + k, edits=edits)
        try:
            points = _run(twin, trainer, due, "passes", _telling(trainer, share), edits=edits)
            if points is not None and solved is None:
                solved = _solved(trainer, twin)
        finally:
            twin.close()
        if points is None:
            return None
        curves[edits].append(tuple(points))
    return Comparison(
        tuple(p for p in curve if p.step),
        tuple(curves[False]),
        dict(beside or {}),
        len(trainer.journal.active),
        _fed(trainer),
        former,
        solved,
        tuple(curves[True]),
    )


def _solved(trainer: Trainer, twin: Trainer) -> tuple[float, float] | None:
    """Accuracies of both read-outs: with what people named, and from the labels as given alone; None without either."""
    try:
        mine = trainer.solve().accuracy
        with nullcontext() if trainer.meter is None else trainer.meter.doing("control"):
            theirs = twin.readout.solve(twin.steps, twin.executor, named=False).accuracy
    except ValueError:  # nothing is named, or there is one class only
        return None
    return None if mine is None or theirs is None else (mine.value, theirs.value)


def price(trainer: Trainer, course: Sequence[Point], meter: Any) -> str:
    """What a comparison would take, and starting again with one, at what steps and looks took so far; "" if unknown."""
    lines, steps = meter.ledger(), meter.units("train")
    parts = [lines.get(kind, Joules.missing()) for kind in ("train", "feedback", "evaluate")]
    if not trainer.steps or not steps or not (parts[0].known and parts[2].known):
        return ""
    due, seen = looks(trainer, trainer.steps), {point.step for point in course}
    trained = (parts[0] + parts[1] if parts[1].known else parts[0]) * (trainer.steps / steps)
    one = trained + parts[2] * (len(due) / meter.units("evaluate"))
    runs = 1 if seen.issuperset(due) else 2
    return f"Comparing takes about {rough(one * runs)}, starting again about {rough(one * 2)}."


def check_comparable(trainer: Trainer, curve: Sequence[Point], seeds: int = 1) -> None:
    """Raise unless there is a run, an accuracy to compare by, and a number of seeds."""
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise ValueError(f"seeds counts from 1, got {seeds!r}")
    if trainer.foreign:
        raise ValueError(
            "the steps of this run are those of a loop outside, which nothing here can repeat: for the same run"
            " without the edits run that loop again with an empty journal, and compare lab.course"
        )
    if not trainer.passes:
        raise ValueError("there is nothing to compare yet: train some steps first")
    if not any(point.step for point in curve):
        raise ValueError(
            "there is no accuracy to compare by: that takes classes, and validation data with labels (valid=)"
        )


def _twin(trainer: Trainer, *, seed: int | None = None, edits: bool = False) -> Trainer:
    twin = trainer.twin(seed=seed, edits=edits)
    twin.network.goes_on = trainer.network.goes_on
    return twin


def _telling(trainer: Trainer, progress: Callable[[float], bool | None] | None) -> Told:
    def told(share: float) -> bool:
        trainer.network.goes_on()
        return progress is None or progress(share) is not False

    return told


def _run(
    twin: Trainer, of: Trainer, due: Sequence[int], unit: str, told: Told, *, edits: bool = False
) -> list[Point] | None:
    """The twin's curve, looked at when its `unit` ("steps" or "passes") is due; None when it was cancelled.

    With `edits` it repeats what came into the journal of the run that it is a twin of, each at its step; without, that
    run's learning rates alone.
    """
    meter: Any = of.meter
    coming = of.journal.schedule()
    begins = max((k + 1 for k, (_, event) in enumerate(coming) if event.do == "reset"), default=0)
    for _, event in coming[: begins if edits else 0]:  # of runs before: what they left in force counts
        twin.journal.repeat(event)
    coming = [(step, event) for step, event in coming[begins:] if edits or event.do in ("slow", "set")]
    begun = None if meter is None else meter.stamp()
    points: list[Point] = []
    for target in due:
        with nullcontext() if meter is None else meter.doing("control"):
            while getattr(twin, unit) < target:
                while coming and coming[0][0] <= twin.steps:
                    twin.journal.repeat(coming.pop(0)[1])
                twin.step()
                if not told(min(1.0, getattr(twin, unit) / due[-1])):
                    return None
        with nullcontext() if meter is None else meter.doing("evaluate"):
            accuracy = twin.evaluate().get("accuracy", math.nan)
        spent = Joules.missing() if meter is None else meter.ledger(since=begun).get("control")
        points.append(Point(twin.steps, twin.passes, accuracy, spent or Joules.missing()))
    return points


def _spent(course: Sequence[Point], step: int) -> Joules:
    """What a run had taken by the first look at or after a step."""
    return next((p.joules for p in course if p.step >= step), Joules.missing())


def _fed(trainer: Trainer) -> Ratio:
    lines = {} if trainer.meter is None else trainer.meter.ledger()
    if "feedback" not in lines or not lines["train"].known:
        return NOTHING
    return lines["feedback"] / lines["train"]
