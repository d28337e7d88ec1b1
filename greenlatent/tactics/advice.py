"""Advice: one thing that would save joules: why, how much, tried on request, applied with a call, looked at after."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..energy.joules import Joules, Ratio
from ..run.comparison import rough
from ..run.run import Run
from ..run.setup import Setup
from .altered import no_twin
from .judging import in_words
from .offer import Offer
from .outcome import Applied
from .rehearsal import SideBySide, Tryout, TwinJoules, due

Points = tuple[float, float, float]
OURS = "on our data"  # said of points of accuracy, which are those of classes


@dataclass(frozen=True)
class Expected:
    """What following advice is expected to do: joules of the plan with it over without, joules saved of that, points of
    accuracy with their interval where they are known, and how it is known: counted, priced, measured or rehearsed."""

    ratio: Ratio
    joules: Joules
    points: Points | None
    known: str


class Advice:
    """One thing that would save joules of a plan. `forecast` says how much and how that is known, `cost` what a
    rehearsal takes, `how` whether `apply` acts in the run ("live"), hands back a "set-up" or a "model", or tells what
    would be ("what-if").

    >>> print(advice)
    >>> advice.rehearse()
    >>> lab = gl.Lab(**advice.apply())
    """

    def __init__(
        self,
        run: Run,
        offer: Offer,
        forecast: Expected,
        twin: TwinJoules,
        *,
        steps: int,
        plan: Joules,
        margin: float,
    ):
        self._run, self._offer, self._margin, self._plan, self._twin = run, offer, margin, plan, twin
        self.tactic, self.what, self.why, self.how = offer.tactic, offer.what, offer.why, offer.how
        self.ids, self.steps, self.first = offer.ids, steps, offer.first
        self.forecast = forecast
        self.rehearsed: Tryout | None = None  # what the last rehearsal found
        self._applied: Applied | None = None

    @property
    def verdict(self) -> str:
        """What a rehearsal says; empty before one."""
        return "" if self.rehearsed is None else self.rehearsed.verdict

    @property
    def pays_after(self) -> float:
        """Trainings until a rehearsal is paid back: what it took, or would take, over what is saved; infinite where
        nothing is."""
        cost = self.cost if self.rehearsed is None else self.rehearsed.joules
        saved = self.forecast.joules
        if not (cost.known and saved.known) or saved.value <= 0:
            return math.inf
        return cost.value / saved.value

    @property
    def cost(self) -> Joules:
        """What `rehearse()` would take, as a forecast; missing where there is nothing to rehearse."""
        return self._cost(0.5, 1)

    def _cost(self, share: float, seeds: int) -> Joules:
        ratio = self.forecast.ratio.value
        if not (self._twins and self._plan.known and math.isfinite(ratio)):
            return Joules.missing()
        _, steps, _ = due(self._run.trainer, share, self.steps, seeds, ratio)
        return self._twin.of(steps, seeds)

    @property
    def _twins(self) -> bool:
        """Whether two twins from the first weights tell of it."""
        offer = self._offer
        return offer.altered is not None and not offer.goes_on and not no_twin(self._run.trainer)

    def rehearse(
        self,
        share: float = 0.5,
        seeds: int = 1,
        by: str | None = None,
        *,
        progress: Callable[[float], bool | None] | None = None,
    ) -> Tryout | None:
        """Two twins from the first weights, with and without, epoch by epoch in turns, over that share of the plan;
        where the run has come that far unedited, it is the twin without, over as many steps as it has done. Accuracy is
        judged on the validation part, by its groups where `by` names them. It is booked as `rehearse`, and takes about
        `cost`. `progress(share)` may return False to call it off: then None.
        """
        if not self._twins or self._offer.altered is None:
            raise ValueError(f"{self.what}: it cannot be rehearsed, {self._unrehearsed()}")
        going = SideBySide(
            self._run,
            self._offer.altered,
            self.steps,
            margin=self._margin,
            ratio=self.forecast.ratio.value,
        )
        found = self._run.runner.call(lambda: going.done(share, seeds, by, progress))
        if found is not None:
            self.rehearsed = found
            saved = saved_of(self._plan, found.ratio)
            self.forecast = Expected(found.ratio, saved, found.points, "rehearsed")
        return found

    def _unrehearsed(self) -> str:
        if why := no_twin(self._run.trainer):
            return f"as it takes twins of the run, and {why}"
        if self._offer.goes_on:
            return "as it goes on from the weights of now, and twins begin with the first ones"
        if math.isnan(self.forecast.ratio.value):
            return "as no step of training changes"
        if self.how == "live":
            return "as it changes no step, but when training ends; advice.apply(), and advice.outcome() later"
        return f"as no step of training changes; what it does was {self.forecast.known} on your data already"

    def apply(self, **options: Any) -> Any:
        """Live advice acts from the next step on; else what is handed back is a `Setup`, for `gl.Lab(**setup)`, what
        answers in the model's place, or what would be. The Lab is left as it is then. `options` are those of a tactic:
        docs/tactics.md."""
        run, offer = self._run, self._offer
        if run.trainer.closed:
            raise RuntimeError(
                "this Lab was closed: load its session, or make a new one, and ask for advice there"
            )
        does = offer.act or offer.made or offer.figures or offer.setup or partial(self._setup, offer)
        self._check(does, options)
        if offer.act is not None:
            if self.acts:
                raise ValueError(f"{self.what}: it acts already; take it back with advice.undo()")
            act = partial(offer.act, **options)
            self._applied = run.runner.call(lambda: Applied(run, act, self.what))
            run.deeds.did(self._applied)
            return self
        return run.runner.call(lambda: does(run, **options))

    def _check(self, does: Callable[..., Any], options: Mapping[str, Any]) -> None:
        """Refuse options that this tactic has not."""
        known = list(inspect.signature(does).parameters)[1:]  # the first is the run
        for name in options:
            if name not in known:
                there = f"those that it takes: {', '.join(known)}" if known else "it takes none"
                raise TypeError(f"{name} is no option of {self.tactic}, {self.what}; {there}")

    def _setup(self, offer: Offer, run: Run) -> Setup:
        assert offer.altered is not None
        steps = self.steps - run.trainer.steps if offer.goes_on else self.steps
        return offer.altered.setup(run.trainer, max(1, steps), f"{self.what}: {self.why}")

    @property
    def acts(self) -> bool:
        """Whether it acts in this run now."""
        return self._applied is not None and self._applied.acts

    def undo(self) -> None:
        """Take live advice back, as `lab.undo()` does while nothing else was done since; weights are not rewound."""
        if self._applied is None or not self._applied.acts:
            raise ValueError(f"{self.what}: nothing of it acts in this run, so there is nothing to take back")
        self._run.runner.call(self._applied.undo)

    def outcome(self) -> Any:
        """Joules a sample and accuracy before and after it was applied, in this run: by this and all else."""
        if self._applied is None:
            raise ValueError(f"{self.what}: it was not applied in this run; advice.apply() first")
        return self._run.runner.call(self._applied.outcome)

    def __str__(self) -> str:
        parts = [
            f"{capital(self.what)} ({self.tactic}).",
            f"{capital(self.why)}.",
            self.saving,
            self.fewer,
            self.accuracy,
        ]
        if self.rehearsed is None and self.cost.known and self.forecast.points is None:
            parts.append(f"Rehearse: about {rough(self.cost)}.")
        if self.acts:
            parts.append("In force; advice.undo() takes it back.")
        return " ".join(part for part in parts if part)

    @property
    def saving(self) -> str:
        """What it saves, in a sentence; empty where nothing is known."""
        forecast = self.forecast
        if math.isnan(forecast.ratio.value):
            return ""
        saved = f"About {rough(forecast.joules)} less: " if forecast.joules.known else ""
        known = "on our data" if forecast.known == "published" else forecast.known
        return f"{saved}{in_words(forecast.ratio)} of the joules of the plan, {known}."

    @property
    def fewer(self) -> str:
        """How many steps to ask for instead, where live advice saves by fewer; empty where each step is cheaper."""
        altered, trainer = self._offer.altered, self._run.trainer
        if self.how != "live" or altered is None or trainer.foreign:
            return ""
        left = self.steps - trainer.steps
        many = altered.steps(trainer, left) if left > 0 else left
        if many >= left:
            return ""
        return f"It is saved by fewer steps: ask for {many:,} steps instead of {left:,} from here on."

    @property
    def accuracy(self) -> str:
        """What becomes of accuracy, in a sentence or two."""
        trained = self._run.trainer.train
        known = "" if trained.regression and OURS in self._offer.accuracy else self._offer.accuracy
        if self.how == "what-if" and not known and self.forecast.points is None:
            return ""
        of = "Error" if trained.regression else "Accuracy"
        said = f"{of}: {in_points(self.forecast.points) or known or 'not known'}."
        if self.rehearsed is None:
            return said
        return f"{said} Rehearsed over {self.rehearsed.over}: {self.verdict}."

    def __repr__(self) -> str:
        ratio = "" if math.isnan(self.forecast.ratio.value) else f", {in_words(self.forecast.ratio)}"
        return f"Advice({self.tactic}: {self.what}{ratio}, {self.forecast.known})"


def capital(text: str) -> str:
    """A sentence's beginning."""
    return text[:1].upper() + text[1:]


def saved_of(plan: Joules, ratio: Ratio) -> Joules:
    """Joules of a plan that are not spent, as a forecast; 0 where it is dearer."""
    if not plan.known or math.isnan(ratio.value):
        return Joules.missing()
    value, least, most = (plan.value * max(0.0, 1 - end) for end in (ratio.value, ratio.high, ratio.low))
    return Joules(value, min(least, value), max(most, value), {"forecast": 1.0})


def in_points(points: Points | None) -> str:
    """Points of accuracy with their interval, which are shares here; empty where nobody knows them."""
    if points is None:
        return ""
    value, low, high = (100 * each for each in points)
    return f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]"
