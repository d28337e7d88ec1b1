"""System: what is decided around a run: batches by trial, other machines, other hours, when to train again."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import greenlatent as gl

from ...data.samples import Samples
from ...energy.arguments import whole
from ...energy.emissions.hours import Job, Queued, queue
from ...energy.joules import Joules
from ...run.run import Run
from ...run.session import HOME, LEDGER
from ..altered import Altered, no_twin
from ..offer import Asked, Offer
from ..price import Turns
from ..watch import Remedies, Watch

TIMES = (0.5, 1, 2, 4)  # the batch as it is
PULLS, BRAVE = 200, 1.0  # of a bandit; how far it doubts a mean
PRICING = 0.3  # processor seconds of it
CARDS = ("NVIDIA L4", "NVIDIA A100 SXM4 80 GB", "NVIDIA H100 SXM")
HOUR, WATTS = 3600.0, 10.0  # of a plan worth waiting for; where no reading tells
CALLED = "the model is called by a function of yours (call=), and a watch calls it with a batch"
SESSIONS = 5  # that a trend is seen over


@dataclass(frozen=True)
class Bandit:
    """What a learner of batch sizes would choose and pay: `regret` is what was paid over the best of all sizes, as a
    share of that. It knows joules alone: larger batches take fewer steps, and want another rate."""

    sizes: tuple[int, ...]
    costs: tuple[float, ...]  # of a sample, over the cheapest
    pulls: tuple[int, ...]
    regret: float

    @property
    def best(self) -> int:
        """The size that was chosen most."""
        return self.sizes[int(np.argmax(self.pulls))]

    def __str__(self) -> str:
        rows = [
            f"batches of {size}: x{cost:.2f} a sample, chosen {many} times"
            for size, cost, many in zip(self.sizes, self.costs, self.pulls, strict=True)
        ]
        return "\n".join([*rows, f"regret {self.regret:.1%} over {sum(self.pulls)} choices"])


def learned_batches(asked: Asked) -> Offer | str:
    """A bandit over batch sizes, on costs that twins took: what learning to save takes itself."""
    if hindered := no_twin(asked.run.trainer):
        return f"it is simulated on twins of the run, and {hindered}"
    why = (
        "trying batch sizes while training costs something, too, so it is never advised; .apply() plays it on what"
        " twins of this run take"
    )
    return Offer("T9", "batch sizes by a bandit, simulated", why, figures=_played, left=why)


def _played(run: Run, pulls: int = PULLS, seed: int = 0) -> Bandit:
    seed = whole("seed", seed, "a whole number from 0 up")
    own, most = run.trainer.batch_size, len(run.trainer.train)
    sizes = tuple(dict.fromkeys(max(1, min(most, round(own * times))) for times in TIMES))
    with run.trainer.doing("advise"):
        priced = Turns(run, 1000).of([Altered({"batch_size": size}) for size in sizes], PRICING)
    turns = [
        (size, one.turns) for size, one in zip(sizes, priced, strict=True) if one.turns and not one.failed
    ]
    return played([size for size, _ in turns], [costs for _, costs in turns], pulls, seed)


def played(sizes: Sequence[int], costs: Sequence[Sequence[float]], pulls: int, seed: int) -> Bandit:
    """By the lower bound of each mean (UCB1, Auer et al. 2002), each pull a draw from what a size has cost."""
    if isinstance(pulls, bool) or not isinstance(pulls, int) or pulls < len(sizes):
        raise ValueError(f"pulls is how often a size is chosen, from {len(sizes)} up, got {pulls!r}")
    rng = np.random.default_rng(seed)
    means = np.array([np.mean(each) for each in costs])
    spread = max(float(np.mean([np.std(each) for each in costs])), 1e-12)
    counts, sums = np.zeros(len(sizes), int), np.zeros(len(sizes))
    for t in range(pulls):
        if t < len(sizes):
            k = t
        else:
            bound = sums / counts - BRAVE * spread * np.sqrt(2 * math.log(t) / counts)
            k = int(np.argmin(bound))
        counts[k] += 1
        sums[k] += rng.choice(costs[k])
    best = float(means.min())
    regret = float(counts @ means) / (pulls * best) - 1
    return Bandit(tuple(sizes), tuple(means / best), tuple(counts.tolist()), regret)


def elsewhere(asked: Asked) -> Offer | str:
    """The same plan on other machines, from the tables of a plan."""
    why = "other machines are known from tables alone, within a factor of several; .apply(devices=[...]) shows them"

    def figures(run: Run, devices: Sequence[str] = CARDS) -> Machines:
        trainer = run.trainer
        if isinstance(devices, str) or not isinstance(devices, Sequence):
            raise TypeError(f"devices is a list of names, such as [{CARDS[0]!r}], got {devices!r}")
        found = {}
        epochs = max(
            1e-9, asked.steps * trainer.batch_size * trainer.settings.accumulate / len(trainer.train)
        )
        model = trainer.network.copied(trainer.initial).cpu()
        with tempfile.TemporaryDirectory() as home:
            plan = gl.Plan("machines", home=home)
            for device in ("here", *devices):
                told = {"epochs": epochs, "batch": trainer.batch_size, "device": device}
                told |= {} if trainer.settings.call is None else {"call": trainer.settings.call}
                found[device] = plan.estimate(model, train=trainer.train, **told).stages["train"]
        return Machines(found)

    return Offer("T24", "the plan on other machines", why, figures=figures, left=why)


class Machines(dict[str, Joules]):
    """Joules of training by machine, estimates all; making a machine is in `gl.Plan(...).estimate(hardware=...)`."""

    def __str__(self) -> str:
        return "\n".join(f"{name}: {joules}" for name, joules in self.items())


def hours(asked: Asked) -> Offer | str:
    """When to begin, where somebody has a profile of the grid's hours."""
    long = asked.plan / HOUR
    why = (
        "the hours in a row that emit least, of a profile that you give: .apply(profile=[grams an hour, ...])"
    )
    left = (
        why
        if long >= 1
        else f"a plan of {asked.plan:,.0f} processor seconds ends in the hour it begins in, so no hour is better; of a"
        f" longer one {why}"
    )

    def figures(run: Run, profile: Sequence[float] | None = None, before: int | None = None) -> Queued:
        if profile is None:
            raise ValueError(
                "profile is grams per kilowatt-hour, one number an hour: .apply(profile=[300, 280, 90])"
            )
        if not isinstance(profile, Sequence | np.ndarray):
            raise TypeError(
                f"profile is grams per kilowatt-hour, a list of one number an hour, got {profile!r}"
            )
        if before is not None:
            before = whole("before", before, "an hour of the profile, from 1 up", least=1)
        seconds = run.meter.seconds_of("train")
        spent = run.energy.get("train", Joules.missing())
        watts = spent.value / seconds if spent.known and seconds else WATTS
        hours = max(1, math.ceil(long))  # an hour that is not filled draws less on average
        return queue([Job("this plan", hours, watts * long / hours, before)], profile)

    return Offer("T26", "a later hour, that emits less", why, figures=figures, left=left)


def watched(asked: Asked) -> Offer | str:
    """Whether to adapt, told by a watch on what the model is asked."""
    valid = asked.run.trainer.valid
    if valid is None or valid.unlabelled:
        return "a watch holds answers against labelled validation data, and there are none"
    if asked.run.trainer.settings.call is not None:
        return CALLED
    why = "it is for a model in use: .apply() gives a watch, which tells when what the model is asked has changed"

    def figures(run: Run) -> Watch:
        return _watch(run)

    return Offer("T28", "a watch on the deployed model", why, figures=figures, left=why)


def again(asked: Asked) -> Offer | str:
    """Whether to train again, of three ways tried on new data."""
    train, valid = asked.run.trainer.train, asked.run.trainer.valid
    if train.regression or valid is None or valid.unlabelled:
        return "ways to go on are compared by accuracy on labelled data"
    if asked.run.trainer.settings.call is not None:
        return CALLED
    why = (
        "it is for later: once a watch (T28) tells of a drift, .apply(new=samples) compares leaving the model, a warm"
        " start and a new net"
    )

    def figures(run: Run, new: Samples | None = None, steps: int = 500) -> Remedies:
        if new is None:
            raise ValueError("new is the labelled Samples that the drift is in: .apply(new=samples)")
        steps = whole("steps", steps, "how many steps each way trains, from 1 up", least=1)
        trainer = run.trainer
        given: dict[str, Any] = {"batch_size": trainer.batch_size, "lr": trainer.settings.lr}
        given |= {
            "optimizer": trainer.settings.optimizer,
            "latent": trainer.network.layer,
            "seed": trainer.seed,
        }
        with trainer.doing("rehearse"):
            return _watch(run).options(new, steps=steps, **given)

    return Offer("T29", "training again only if needed", why, figures=figures, left=why)


def _watch(run: Run) -> Watch:
    trainer = run.trainer
    assert trainer.valid is not None
    model = trainer.network.copied(trainer.model.state_dict()).eval()
    return Watch(model, trainer.valid, trained_on=None if trainer.train.lazy else trainer.train)


def trend(asked: Asked) -> str:
    """What many sessions tell together."""
    many = len(list(HOME.glob(f"*/{LEDGER}")))
    call = "then gl.energy.trend(path) tells whether a step takes more joules than it did"
    return f"a trend is seen over more than {SESSIONS} sessions, and there are {many} here; {call}"


def exits(asked: Asked) -> str:
    """Adapting to each sample."""
    return (
        "leaving out easy samples is a tactic of its own (T1); answers that leave the net early took 1.03 to 2.1 times"
        " the joules on our data"
    )
