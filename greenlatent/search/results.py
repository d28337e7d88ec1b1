"""Results: what a search came to, as words, tables and files, and the Lab that goes on from one of its candidates."""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..edits.journal import Journal
from ..energy.joules import Joules, total
from ..energy.meter import Meter
from ..energy.names import count
from ..energy.report import versions
from ..files import place, whole_or_nothing
from ..run.run import Run
from ..run.session import Session
from ..training.trainer import Trainer
from .course.candidate import Candidate
from .course.course import Course, better_outside
from .course.record import FILE
from .driver import Driver
from .workers.slice import Work

DEAR_CHOICE = 0.1  # of a search's joules: where more goes into choosing, it is said
UNSURE = 0.3  # of a price measured over a few steps


@dataclass(frozen=True)
class Forecast:
    """What is still to be had, and what pausing has saved so far: never added to what was measured."""

    candidates: tuple[float, float]
    """So many more can begin, as those so far went on: from, to."""
    whole_runs: tuple[float, float]
    """So many runs of median price would go to the end of the plan: from, to."""
    saved: Joules
    """Joules that were not spent on running everything that was begun to the end."""
    best: float
    """The accuracy beside which a saving is to be read."""

    def __str__(self) -> str:
        more = f"{self.candidates[0]:.0f} to {self.candidates[1]:.0f} candidates more"
        return (
            f"{more}, or {self.whole_runs[0]:.1f} to {self.whole_runs[1]:.1f} whole runs; {self.saved} were not spent"
            f" on running all to the end, at {self.best:.1%} so far"
        )


def forecast(driver: Driver) -> Forecast:
    course, plan, spent = driver.course, driver.rules.plan, driver.purse.spent
    begun = [c for c in course.candidates if c.price]
    budget, best = driver.budget, driver.best
    left = math.inf if budget is None or budget.joules is None else max(0.0, budget.joules - spent)
    rest = sum((plan - c.passes) * (c.price or 0.0) for c in begun if c.state not in ("failed", "limited"))
    each = spent / len(begun) if begun else math.nan
    run = float(np.median([c.price for c in begun])) * plan if begun else math.nan
    return Forecast(
        (left / each * (1 - UNSURE), left / each * (1 + UNSURE)),
        (left / run * (1 - UNSURE), left / run * (1 + UNSURE)),
        Joules.of(rest, UNSURE * rest, None, {"forecast": 1.0}),
        math.nan if best is None else best.accuracy,
    )


def notes(driver: Driver) -> list[str]:
    """What deserves to be known: dear choosing, a band that keeps better ones out, what failed."""
    found = []
    energy = driver.purse.lines()
    whole = total(list(energy.values())) if energy else Joules.missing()
    choose = energy.get("choose")
    if choose is not None and whole.known and choose.value > DEAR_CHOICE * whole.value:
        found.append(
            f"Choosing took {choose.value / whole.value:.0%} of the joules ({choose});"
            ' sampler="random" would save nearly all of it.'
        )
    outside = better_outside(driver.course, lambda look: driver.aims.measured(look)[0])
    if outside is not None:
        a, n, b, m = outside
        found.append(
            f"Outside your band {abs(a):.3g} in {n}, inside {abs(b):.3g} in {m}: widen() takes it back."
        )
    failed = [c for c in driver.course.candidates if c.state == "failed"]
    if failed:
        found.append(
            f"{len(failed)} of {count(len(driver.course.candidates), 'candidate')} failed; the last: {failed[-1].why}."
        )
    return [*found, *driver.purse.meter.notes]


def report(driver: Driver) -> str:
    """A methods paragraph, as a paper can print it."""
    begun, energy = driver.course.candidates, driver.purse.lines()
    looked = [c for c in begun if c.looks]
    done = sum(c.state == "done" for c in begun)
    plan, header = driver.rules.plan, driver.record.header
    rungs = {
        None: "Every run went to the end of the plan.",
        "mean": "Rungs lie at shares of the plan and of the median joules, by their geometric mean.",
        "joules": "Rungs lie at shares of the median joules.",
        "passes": "Rungs lie at shares of the plan.",
    }[driver.rules.rungs]
    spent = total(list(energy.values())) if energy else Joules.missing()
    lines = ", ".join(f"{kind} {joules}" for kind, joules in energy.items())
    best = driver.best
    won = (
        "Nothing was looked at yet."
        if best is None or best.look is None
        else f"The best, {best.values}, has a validation accuracy of {best.look.accuracy:.4g} and a loss of"
        f" {best.look.loss:.4g} after {best.look.passes} passes, for {best.look.joules:.3g} J of its own."
    )
    hand = len(driver.course.hand)
    asked = f"Asked for by hand: {count(hand, 'thing')}. "
    used = ["greenlatent", "torch", *(["optuna"] if header["sampler"] not in ("random", "grid") else [])]
    return (
        f"Hyperparameters were searched by {header['sampler']}, seed"
        f" {driver.rules.seed}, over {driver.course.space}."
        f" A whole run is {plan} passes over samples. {rungs} {count(len(begun), 'candidate')} begun, {len(looked)} of"
        f" them looked at, {done} trained to the end; the rest were paused, to go on from where they were. {won}"
        f" The search took {spent}: {lines or 'nothing yet'}."
        f" {asked if hand else ''}"
        f"Its seeds vary the order of choices, and each candidate was trained from one seed of weights."
        f"{f' It paused because {driver.reason}.' if driver.reason else ''}"
        f" Versions: {', '.join(f'{name} {number}' for name, number in versions(*used).items())}."
    )


def to_frame(course: Course) -> Any:
    """A row for each candidate."""
    import pandas

    return pandas.DataFrame(
        [
            {
                "n": c.n,
                **c.values,
                "by": c.by,
                "state": c.state,
                "why": c.why,
                "passes": c.passes,
                "rung": c.rung,
                "accuracy": c.accuracy,
                "loss": math.nan if c.look is None else c.look.loss,
                "joules": c.spent,
                "joules a pass": c.price,
                **c.measured,
            }
            for c in course.candidates
        ]
    )


def curves(course: Course, path: str | Path) -> Path:
    """Every look, in the form that `simulate` takes. What was not asked for is missing: test is NaN."""
    kept = [c for c in course.candidates if c.looks and c.price]
    if not kept:
        raise ValueError("no candidate was looked at yet, so there are no curves")
    most = max(len(c.looks) for c in kept)

    def padded(values: list[float]) -> list[float]:
        return [*values, *[values[-1]] * (most - len(values))]

    passes = np.array([padded([float(look.passes) for look in c.looks]) for c in kept])
    arrays: dict[str, Any] = {name: np.array([c.values[name] for c in kept]) for name in course.space.axes}
    arrays |= {
        "steps": passes,  # of one pass each: what is known is the price of a pass
        "passes": passes.astype(np.int64),
        "valid": np.array([padded([look.accuracy for look in c.looks]) for c in kept]),
        "loss": np.array([padded([look.loss for look in c.looks]) for c in kept]),
        "test": np.full(passes.shape, math.nan),
        "step": np.array([(c.price or 0.0) / 3.5 for c in kept]),
        "look": np.zeros(len(kept)),
        "count": np.array([len(c.looks) for c in kept]),
    }
    path = place(path)
    with whole_or_nothing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return path


def save(folder: Path, path: str | Path) -> Path:
    """The record and the checkpoints that there are, in one zip."""
    path = place(path)
    with whole_or_nothing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.write(folder / FILE, FILE)
        for each in sorted(folder.glob("candidates/*/*.pt")):
            pack.write(each, each.relative_to(folder).as_posix())
    return path


def lab(driver: Driver, work: Work, candidate: Candidate, options: dict[str, Any]) -> Any:
    """A Lab that goes on from a candidate's checkpoint, in a session of its own."""
    import greenlatent as gl

    folder = driver.checkpoint(candidate)
    made = work.make(**candidate.values)
    model = made.pop("model")
    kept = {"seed": work.seed, "valid": work.valid, **made}
    session = Session(None, work.train.fingerprint)
    meter = Meter()
    trainer = Trainer.load(folder, model, work.train, journal=Journal(session.journal), meter=meter, **kept)
    with Run(trainer, meter, session) as run:
        where = run.save()
    meter.stop()
    again = work.make(**candidate.values)  # the first one's model was trained
    model = again.pop("model")
    opened = gl.Lab.load(
        where, model, work.train, **{"seed": work.seed, "valid": work.valid, **again, **options}
    )
    rest = driver.purse.spent - candidate.spent
    opened.meter.charge("train", _about(candidate.spent), units=opened.trainer.steps)
    opened.meter.charge("search", _about(max(0.0, rest)))
    return opened


def _about(joules: float) -> Joules:
    return Joules.of(joules, 0.1 * joules, None, {"search": 1.0})
