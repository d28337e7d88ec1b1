"""Compare: every arm on every seed, on record as it goes, then the joules of each kind of work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import nn

from ... import Meter
from ..costs import Cost, measure, start_seconds
from ..record import Log, words
from .advised import PARTS
from .arms import Arm
from .done import Run, Schedule
from .results import Prices, Results
from .run import run
from .trial import Trial
from .works import works

Progress = Callable[[float, str], None]


def compare(
    arms: Sequence[Arm],
    data: Callable[[int], Trial],
    seeds: Sequence[int],
    target: str | float,
    *,
    model: Callable[[], nn.Module],
    latent: str,
    passes: int,
    every: int,
    path: str | os.PathLike[str] | None = None,
    meter: Meter | None = None,
    seconds: float = 10.0,
    margin: float = 0.01,
    prices: Prices | None = None,
    progress: bool | Progress = True,
) -> Results:
    """Train every arm on every seed's trial and tell what the same accuracy costs.

    `target` is the name of the arm without a person whose own best validation accuracy is to be reached (chosen on
    other seeds), or an accuracy. `passes` and `every` count samples trained on: in all, and between two looks.
    With a `path`, each run is a line on disk before the next begins, and a comparison that was cut off goes on
    where it was. Each kind of work is measured for `seconds` at least, all in turns.

    >>> arms = without_person() + with_person()
    >>> compare(arms, data, range(10), "GCE", model=net, latent="0", passes=40_000, every=256)
    """
    names = [arm.name for arm in arms]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two arms are called {twice.pop()!r}; give each its own name")
    if not seeds:
        raise ValueError("seeds is empty; pass ten or more for a claim, three for a try")
    human = {arm.name: arm.human for arm in arms}
    if isinstance(target, str) and human.get(target, True):
        raise ValueError(f"target is an accuracy or an arm without a person, got {target!r}")
    plan = Schedule(model, latent, passes, every)
    tell: Progress = progress if callable(progress) else _bar if progress else lambda share, text: None
    known = Known(path, data, plan)
    runs, by_work = _train(arms, data, seeds, plan, known, tell)
    costs = known.costs
    missing = {name: arm for name, arm in by_work.items() if name not in costs and _as_step(name) == name}
    if missing:
        meter = meter or Meter()
        with meter:
            found = measure(
                works(missing, data(seeds[0]), seeds[0], plan, meter),
                meter,
                seconds=seconds,
                progress=lambda text: tell(1.0, text),
            )
        costs.update(found)
        known.log.add({"costs": {name: cost.to_json() for name, cost in found.items()}})
    start = known.start
    if start is None:
        start = start_seconds() * _watts(costs)
        known.log.add({"start": start})
    _cut(costs, by_work)
    tell(1.0, "done")
    return Results(runs, costs, human=human, target=target, margin=margin, prices=prices, start=start)


def _train(
    arms: Sequence[Arm],
    data: Callable[[int], Trial],
    seeds: Sequence[int],
    plan: Schedule,
    known: Known,
    tell: Progress,
) -> tuple[list[Run], dict[str, Arm]]:
    """All runs, those on record as they are there; and for each kind of work an arm that does it."""
    runs: list[Run] = []
    by_work: dict[str, Arm] = {}
    for number, seed in enumerate(seeds):
        trial: Trial | None = None
        for place, arm in enumerate(arms):
            done = known.find(arm, seed)
            if done is None:
                trial = trial or data(seed)
                tell((number * len(arms) + place) / (len(arms) * len(seeds)), f"seed {seed}, {arm.name}")
                done = run(arm, trial, seed, plan)
                known.put(arm, done)
            runs.append(done)
            for work in done.work:
                for name in work:
                    by_work.setdefault(name, arm)
    return runs, by_work


def _as_step(name: str) -> str:
    """The step in whose parts this work is counted, or itself."""
    return name.replace("agent ", "step ", 1) if name.startswith("agent ") else name


def _cut(costs: dict[str, Cost], works: Iterable[str]) -> None:
    """Joules of what is counted in parts of a step."""
    for name in works:
        if (step := _as_step(name)) != name:
            costs[name] = costs[step].part(name.split()[0], PARTS)


def _watts(costs: dict[str, Cost]) -> float:
    """Joules for each second of work, over all that was measured: what a second of starting up is charged."""
    joules = sum(sum(cost.joules.values()) * cost.units for cost in costs.values())
    return joules / sum(cost.seconds for cost in costs.values())


class Known:
    """The runs, costs and start of a comparison that are on record already."""

    def __init__(self, path: str | os.PathLike[str] | None, data: Callable[[int], Trial], plan: Schedule):
        self.costs: dict[str, Cost] = {}
        self.start: float | None = None
        self._runs: dict[tuple[str, int], tuple[str, Run]] = {}
        self.log = Log(path, f"{words(data)}; {plan.describe()}", self._take)

    def find(self, arm: Arm, seed: int) -> Run | None:
        """The run of this arm and seed, if it was done before."""
        said, found = self._runs.get((arm.name, seed), ("", None))
        if found is not None and said != arm.describe():
            raise ValueError(
                f"{self.log.path} holds another arm called {arm.name!r} ({said}); rename this one or choose another"
                " path"
            )
        return found

    def put(self, arm: Arm, done: Run) -> None:
        """Keep a run."""
        self.log.add({"words": arm.describe(), "run": done.to_json()})

    def _take(self, line: dict[str, Any]) -> None:
        if "run" in line:
            done = Run.from_json(line["run"])
            self._runs[done.arm, done.seed] = line["words"], done
        elif "costs" in line:
            self.costs.update({name: Cost.from_json(cost) for name, cost in line["costs"].items()})
        else:
            self.start = line["start"]


def _bar(share: float, text: str) -> None:
    """A line on the error stream that is written over."""
    full = round(24 * share)
    sys.stderr.write(f"\r{'#' * full}{'.' * (24 - full)} {share:4.0%} {text:<44.44}")
    if text == "done":
        sys.stderr.write("\n")
    sys.stderr.flush()
