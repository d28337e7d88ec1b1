"""The cells of the published comparison: data with their noise, nets, what was tuned on other seeds, who sits down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import nn

import greenlatent as gl
from greenlatent.study import Arm, Data, Person, Schedule, with_person, without_person
from greenlatent.study.person.automatic import revise

FRESH = range(3000, 3020)  # seeds that nobody had seen when the published ones came out
Tuned = tuple[float, int]  # rate and batch size


def mlp(inputs: int, classes: int = 10, *, norm: bool = False) -> nn.Module:
    """Inputs to a 16-d latent, "0", to classes."""
    first = [nn.BatchNorm1d(inputs)] if norm else []
    encoder = nn.Sequential(nn.Flatten(), *first, nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, 16))
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(16, classes)))


def cnn() -> nn.Module:
    """28 x 28 pixels to a 32-d latent, "0", to ten classes."""
    encoder = nn.Sequential(
        *(nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 7 * 7, 32)),
    )
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(32, 10)))


@dataclass(frozen=True)
class Goal:
    """What a cell is to reach with "labels only": ratios of joules and points of test accuracy, with their far ends."""

    ratio: float | None = None
    ratio_high: float | None = None
    strict: float | None = None
    points: float | None = None
    points_low: float | None = None


@dataclass(frozen=True)
class Cell:
    """One problem: data with their noise, a network, what was tuned on other seeds, and who sits where and when."""

    data: Data
    plan: Schedule
    target: str  # the best arm without a person on the tuning seeds
    tuned: dict[str, Tuned]  # rate and batch size by arm
    person: dict[
        str, Any
    ]  # what the arms with a person share: loss, rate, batch size, groups, what follows them
    at: tuple[int, ...]  # when he sits down
    who: Person = field(default_factory=lambda: Person(how="review"))
    seeds: Sequence[int] = range(30, 40)  # published first
    goal: Goal = field(default_factory=Goal)
    only: tuple[str, ...] = ()  # arms without a person, where a few will do
    often: tuple[int, ...] = (60, 100, 140, 180, 240, 320)  # when what was dropped may be taken back

    def rivals(self) -> list[Arm]:
        """Every arm without a person at its tuned rate and batch, the control as it comes, and the same training as
        with the person, automatic part included, but for them."""
        arms = [Arm("control")]
        for arm in without_person(AUTOMATIC_AT, self.often):
            rate, size = self.tuned[arm.name]
            name = "tuned control" if arm.name == "control" else arm.name
            arms.append(arm.with_(name=name, rate=rate, batch_size=size))
        arms = [arm for arm in arms if not self.only or arm.name in self.only]
        return [*arms, Arm("the same, nobody there", **{**self.person, "groups": ()})]

    def arms(self) -> list[Arm]:
        """Those, and a person's."""
        return [*self.rivals(), *with_person(self.who, self.at, **self.person)]


AUTOMATIC_AT = (60, 120, 180)
HAND, STROKES = gl.datasets.digits, gl.datasets.mnist5k
SIGNALS = partial(gl.datasets.watch, statistics=True)
SMALL = Schedule(partial(mlp, 64), "0", 40_000, 256)
MIDDLE = Schedule(partial(mlp, 784), "0", 75_000, 1024)
LARGE = Schedule(cnn, "0", 40_000, 1024)
WORN = Schedule(partial(mlp, 48, 7, norm=True), "0", 32_000, 256)


def digits(noise: str | None) -> Data:
    """1,000 to train on, 350 to validate, 447 to test."""
    return Data(HAND, noise, valid=350, test=447, train=1000)


def mnist(noise: str) -> Data:
    """3,000 to train on, 800 to validate, 1,200 to test."""
    return Data(STROKES, noise, valid=800, test=1200, train=3000)


NAMES = [arm.name for arm in without_person()]


def tuned(**by_arm: Tuned) -> dict[str, Tuned]:
    """Rates and batch sizes in the order of `without_person`, as `--tune` found them."""
    return dict(zip(NAMES, by_arm.values(), strict=True))


TUNED_DIGITS = tuned(
    control=(1e-3, 64),
    smooth=(3e-3, 32),
    gce=(3e-3, 64),
    elr=(3e-3, 32),
    vote=(1e-3, 32),
    vote_gce=(3e-3, 64),
    drop=(3e-3, 128),
    relabel=(3e-3, 128),
    smooth_drop=(3e-3, 64),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(3e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 64),
    valid=(3e-3, 64),
    affirm=(1e-3, 32),
)
TUNED_MNIST = tuned(
    control=(1e-3, 128),
    smooth=(3e-3, 32),
    gce=(3e-3, 32),
    elr=(1e-3, 64),
    vote=(3e-3, 64),
    vote_gce=(3e-3, 32),
    drop=(3e-3, 64),
    relabel=(3e-3, 128),
    smooth_drop=(3e-3, 64),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(3e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 128),
    valid=(3e-3, 32),
    affirm=(1e-3, 64),
)
TUNED_WATCH = tuned(
    control=(1e-3, 32),
    smooth=(1e-3, 32),
    gce=(3e-3, 32),
    elr=(1e-3, 64),
    vote=(1e-3, 32),
    vote_gce=(1e-3, 32),
    drop=(1e-3, 32),
    relabel=(3e-3, 64),
    smooth_drop=(1e-3, 32),
    smooth_relabel=(3e-3, 64),
    smooth_revise=(1e-3, 64),
    gce_revise=(3e-3, 64),
    confident=(3e-3, 32),
    valid=(3e-3, 32),
    affirm=(1e-3, 32),
)
BEST = "label smoothing, drop and take back"
DROP = "label smoothing, automatic drop"
NOBODY = "the same, nobody there"
STEADY = {"loss": "smooth", "rate": 5e-3, "batch_size": 64, "act": revise}
FAST = {**STEADY, "rate": 8e-3}
ROBUST = {"loss": "gce", "rate": 3e-3, "batch_size": 32, "act": revise}
# The larger cells leave out what came last on the tuning seeds.
STRONG = ("tuned control", "GCE", "ELR", DROP, BEST)
WORN_STRONG = ("GCE", DROP, BEST, "GCE, drop and take back", "GCE, confident learning")
FEW = ("control", "tuned control", "label smoothing", "GCE", DROP, BEST)
TWICE = {**STEADY, "act_at": (60, 90, 120, 160, 200, 280)}
LATE = {**FAST, "act_at": (180, 240)}

CELLS: dict[str, Cell] = {
    "digits-blob": Cell(
        digits("blob"),
        SMALL,
        BEST,
        TUNED_DIGITS,
        {**STEADY, "act_at": (50, 80, 140, 200, 280)},
        (80, 140, 200),
        goal=Goal(0.40, 0.55, None, 8, 5),
    ),
    "mnist-blob": Cell(
        mnist("blob"),
        MIDDLE,
        BEST,
        TUNED_MNIST,
        TWICE,
        (120, 200),
        only=STRONG,
        goal=Goal(0.30, 0.50, 0.45, 6, 4),
    ),
    "mnist-annotator": Cell(
        mnist("annotator"),
        MIDDLE,
        BEST,
        {**TUNED_MNIST, "ELR": (1e-3, 32), BEST: (3e-3, 128)},
        {**STEADY, "act_at": (100, 160, 220, 300, 400), "groups": ("annotator",)},
        (60, 100, 160, 220),
        only=STRONG,
        goal=Goal(0.55, 0.95, None, 2, 1),
    ),
    "mnist-blob-cnn": Cell(
        mnist("blob"),
        LARGE,
        BEST,
        {**TUNED_MNIST, BEST: (5e-3, 64)},
        TWICE,
        (120, 200),
        only=("tuned control", "GCE", "ELR", DROP, BEST),
        goal=Goal(0.30, 0.50, 0.45, 6, 4),
    ),
    "watch": Cell(
        Data(SIGNALS, "recording", valid=2, test=2, by="subject"),
        WORN,
        NOBODY,
        TUNED_WATCH,
        {**ROBUST, "act_at": (100, 140, 220), "groups": ("recording",)},
        (60, 140),
        only=WORN_STRONG,
        seeds=range(80, 100),
        goal=Goal(1.0, None, None, 6, 3),
    ),
    "digits-annotator": Cell(
        digits("annotator"),
        SMALL,
        NOBODY,
        TUNED_DIGITS,
        {**FAST, "act_at": (60, 100, 140, 200, 280)},
        (140, 200),
        often=(60, 120, 180, 240, 320),
    ),
    "digits-symmetric": Cell(digits("symmetric"), SMALL, NOBODY, TUNED_DIGITS, LATE, (240,), only=FEW),
    "digits-clean": Cell(digits(None), SMALL, NOBODY, TUNED_DIGITS, LATE, (240,), only=FEW),
}
