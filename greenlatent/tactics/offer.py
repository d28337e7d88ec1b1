"""Offer: what a tactic found to do about a run, before anybody priced it; and what a tactic is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..energy.joules import Ratio
from ..run.run import Run
from ..run.setup import Setup
from .altered import Altered

BESIDE = "not of joules"  # how it is known: what it saves is memory, bytes or grams, and nobody prices it


@dataclass(frozen=True)
class Asked:
    """What a tactic looks at: a run on its own thread, how many steps are planned in all, how many answers its model
    is to give, and `left()`, the processor seconds that advice may still take."""

    run: Run
    steps: int
    answers: int = 0
    margin: float = 0.01
    left: Callable[[], float] = lambda: 0.0
    plan: float = 0.0  # processor seconds of all steps planned
    told: list[str] = field(default_factory=list)  # what a person has to know before all advice


@dataclass(frozen=True)
class Offer:
    """What could be done, why, and by which of five ways.

    `altered`: twins price and rehearse it, and `apply` gives its Set-up. `act(run)`: done at once in the live run, on
    the thread that owns the model; it returns what undoes it. `made(run)`: a model or an estimator to deploy.
    `figures(run)`: what would be, as a value that prints. `setup(run)`: a Set-up that twins tell nothing of. All are
    given the options of `apply`. `ratio` is that of the plan's joules with and without where these were counted or
    measured (`known`), and `points` of accuracy where they were. `ids` are the samples that it is about.
    """

    tactic: str  # of the catalogue: "T2", "threads"
    what: str
    why: str
    altered: Altered | None = None
    act: Callable[..., Callable[[], object]] | None = None
    made: Callable[..., Any] | None = None
    figures: Callable[..., Any] | None = None
    setup: Callable[..., Setup] | None = None
    ratio: Ratio | None = None
    plans: float = 1.0  # what the ratio is of, over the plan's training: more than 1 with its answers
    known: str = "priced"  # or "counted", "measured", BESIDE
    points: tuple[float, float, float] | None = None
    accuracy: str = ""  # what else is known of it, in words
    ids: tuple[int, ...] = ()
    first: bool = False  # said before what saves more
    left: str = ""  # why it is not advised, though whoever asks for it by name may have it
    goes_on: bool = (
        False  # from the weights of now, for the steps left: no twin from the first weights tells of it
    )

    @property
    def how(self) -> str:
        """Whether it acts at once, or hands something back."""
        ways = (("live", self.act), ("model", self.made), ("what-if", self.figures))
        return next((way for way, does in ways if does is not None), "set-up")


# A tactic: what it found, or why it was left.
Finder = Callable[[Asked], Offer | Sequence[Offer | str] | str]
