"""Advisor: what is looked at, in which order, within what it may take; nothing is trained and nothing changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from numbers import Real

import torch

from ..energy.joules import Joules, Ratio
from ..energy.names import plain
from ..run.progress import Cancelled
from ..run.run import Run
from .advice import Advice, Expected, capital, saved_of
from .altered import SAME, no_twin
from .entries import catalogue
from .entries import tactic as named
from .finders import (
    data,
    deployment,
    features,
    inputs,
    learners,
    machine,
    model,
    places,
    stopping,
    system,
    trained,
    training,
)
from .judging import NEAR, in_words
from .offer import BESIDE, Asked, Finder, Offer
from .planned import KIND, LEAST, SHARE, planned
from .price import Priced, Turns, first_line, uncollected
from .rehearsal import TwinJoules

OWN = 0.6  # of that share, as what has begun is finished
STEPS, MAKING = 6, 0.006  # of a twin that is priced, at least; seconds in which one is made
MOST_SECONDS = 2.0  # of pricing, however long the plan
ANYWHERE = ("T2", "T6", "T27")  # what is no matter of whose loop it is
OUTSIDE = "the steps are those of a training loop of your own, which advice cannot change"
NO_TIME = "looking may take 2 % of the plan, and that was spent before this could be priced"
# What nothing but a price speaks for, where looking itself takes time.
BY_PRICE = ("T5", "T18", "T8", "T15", "T3")
CALLED_OFF = "The search for advice was called off."
NO_RATIO = Ratio(math.nan, math.nan, math.nan)
SMALL = ("threads", "T2", "T6")  # what is looked at all the same

# In the order of what looking takes; a tactic may stand twice.
TACTICS: tuple[tuple[str, Finder], ...] = (
    ("threads", training.threads),
    ("T11", training.fused),
    ("T11", training.own_loss),
    ("T4", inputs.smaller_inputs),
    ("T5", data.projected),
    ("batch", training.batch),
    ("schedule", training.schedule),
    ("T12", training.budget),
    ("T1", data.skimmed),
    ("T18", training.half_precision),
    ("T27", data.kept),
    ("T2", data.copies),
    ("T8", model.narrower),
    ("T13", model.parts),
    ("T15", model.pruned),
    ("T14", trained.zeros),
    ("T16", trained.warm),
    ("T3", features.fewer),
    ("stop", stopping.stop),
    ("T18", deployment.smaller_numbers),
    ("T21", places.separate),
    ("T22", places.halves),
    ("T23", places.tiers),
    ("T9", system.learned_batches),
    ("T10", system.exits),
    ("T19", machine.checkpoints),
    ("T20", machine.less_memory),
    ("T24", system.elsewhere),
    ("T25", machine.cap),
    ("T26", system.hours),
    ("T28", system.watched),
    ("T29", system.again),
    ("T30", system.trend),
    ("T17", trained.distilled),
    ("T6", learners.learners),
)


@dataclass(frozen=True)
class LookedAt:
    """A candidate that was looked at: its number, and why it was left; no reason where it became advice."""

    tactic: str
    what: str
    ratio: Ratio | None
    reason: str
    advice: Advice | None = field(default=None, repr=False, compare=False)  # for who wants it all the same

    @property
    def beside(self) -> bool:
        """Whether it was left, and is no matter of joules."""
        return bool(self.reason) and self.advice is not None and self.advice.forecast.known == BESIDE

    def __str__(self) -> str:
        number = "" if self.ratio is None or self.reason else f", {in_words(self.ratio)}"
        return f"{self.name}: {self.reason or 'advised'}{number}"

    @property
    def name(self) -> str:
        """What it is, and its code, by which `lab.advice.of` has it."""
        return f"{capital(self.what or named(self.tactic).name)} ({self.tactic})"


class Advised(list[Advice]):
    """Advice on a run, best first; `looked_at` has all candidates, those that were left with the reason."""

    def __init__(self, found: Iterable[Advice] = (), looked_at: Sequence[LookedAt] = (), note: str = ""):
        super().__init__(found)
        self.looked_at, self.note = tuple(looked_at), note

    @property
    def left(self) -> list[str]:
        """What was looked at and left, in lines."""
        return reasons_of(self.looked_at)

    def of(self, tactic: str) -> Advice:
        """That of one tactic, advised or left: what was left may be tried all the same.

        >>> print(lab.advice.of("T14").apply())
        """
        left = [each for each in self.looked_at if each.tactic == tactic]
        found = [each for each in self if each.tactic == tactic] or [
            each.advice for each in left if each.advice is not None
        ]
        if not found:
            row = named(tactic)
            why = "; ".join(each.reason for each in left if each.reason) or row.verdict
            raise ValueError(f"there is nothing to be had of {row.id} here: {why}")
        return found[0]

    def __str__(self) -> str:
        # what saves no joules is a list of names: its reasons are in looked_at
        beside = {each.tactic for each in self.looked_at if each.beside}
        aside = [row for row in catalogue() if row.id in beside]
        left = [f"  {line}" for line in reasons_of(each for each in self.looked_at if not each.beside)]
        lines = [self.note] * bool(self.note) + [str(advice) for advice in self]
        lines += ["Nothing cheaper was found."] * (not self)
        lines += ["Looked at and left:", *left] if left else []
        if aside:
            named_so = "; ".join(f"{row.name} ({row.id})" for row in aside)
            lines.append(f'Not of joules, but to be had, as lab.advice.of("{aside[0].id}"): {named_so}.')
        return "\n".join(lines)


def reasons_of(looked_at: Iterable[LookedAt]) -> list[str]:
    """What was left, in lines: those that were left for one reason stand together."""
    reasons: dict[str, list[str]] = {}
    for each in looked_at:
        if each.reason and each.name not in (names := reasons.setdefault(each.reason, [])):
            names.append(each.name)
    return [f"{'; '.join(names)}: {reason}" for reason, names in reasons.items()]


def advise(
    run: Run,
    steps: int | None = None,
    answers: int = 0,
    margin: float = 0.01,
    progress: Callable[[float], bool | None] | None = None,
) -> Advised:
    """What would save joules of a plan of so many steps and answers; on the thread that owns the model."""
    if isinstance(answers, bool) or not isinstance(answers, int) or answers < 0:
        raise ValueError(f"answers is how many the model is to give, from 0 up, got {answers!r}")
    if isinstance(margin, bool) or not isinstance(margin, Real) or not 0 <= margin < 1:
        raise ValueError(f"margin is a share of accuracy, such as 0.01 for a point, got {margin!r}")
    doing = run.progress.doing("Looking for what could be cheaper")
    with run.trainer.doing(KIND), uncollected(), doing as going:
        told = Telling(run, going, progress)
        try:
            return Advisor(run, planned(run, steps), answers, margin, told).found()
        except Cancelled:
            return Advised(note=CALLED_OFF)


class Telling:
    """How far it is; asked between two pieces of work, it raises where somebody called it off."""

    def __init__(
        self,
        run: Run,
        going: Callable[[float | None], bool],
        progress: Callable[[float], bool | None] | None,
    ):
        self._run, self._going, self._progress, self.share = run, going, progress, 0.0

    def __call__(self) -> None:
        self._run.trainer.network.goes_on()
        heard = self._progress is None or self._progress(self.share) is not False
        if not (self._going(self.share) and heard):
            raise Cancelled("the search for advice was called off")


class Advisor:
    """One look at a run."""

    def __init__(self, run: Run, steps: int, answers: int, margin: float, told: Telling):
        self.run, self.steps, self.answers, self.margin, self.told = run, steps, answers, margin, told
        self.prices = Turns(run, steps)
        self.looked: list[LookedAt] = []
        self.joules = Joules.missing()  # of a step
        self.twin = TwinJoules(math.nan, math.nan)

    def found(self) -> Advised:
        """All that is worth a word, best first."""
        with torch.random.fork_rng(devices=[]):  # once: to keep the state takes as long as many a finder
            return self._looked()

    def _looked(self) -> Advised:
        hindered = no_twin(self.run.trainer)
        seconds = self._a_step()
        plan = seconds * self.steps
        self.twin = TwinJoules(0.0, self.joules.value)
        learners.load(self.run.trainer)
        begun = time.thread_time()  # what others do meanwhile is no cost of this
        spend = min(OWN * SHARE * plan, MOST_SECONDS)

        def left() -> float:
            return spend - (time.thread_time() - begun)

        least = STEPS * seconds + MAKING  # a first step, and five turns of one
        fit = max(2, int(0.4 * LEAST * plan / least) - 1)
        told: list[str] = []
        asked = Asked(self.run, self.steps, self.answers, self.margin, left, plan, told)
        offers: list[Offer] = []
        tried: list[Offer] = []
        small = False
        for k, (name, finder) in enumerate(TACTICS):
            self.told.share = 0.5 * k / len(TACTICS)
            self.told()
            if name in BY_PRICE and len(tried) >= fit:
                self.looked.append(LookedAt(name, "", None, NO_TIME))
                continue
            offers += self._offered(name, finder, asked)
            for offer in [each for each in offers if each.left]:
                offers.remove(offer)
                self._leave(offer, offer.ratio, offer.left)
            tried = [offer for offer in offers if offer.ratio is None and not _beside(offer)]
        if tried and 2 * least > LEAST * plan:
            small = True
            for offer in [each for each in offers if each.tactic not in SMALL and not _beside(each)]:
                offers.remove(offer)
                self._leave(
                    offer, None, "the run is so short that its price would cost more than it could save"
                )
            tried = [offer for offer in tried if offer.tactic in SMALL]
        for offer in tried[fit:]:
            offers.remove(offer)
            self._leave(offer, None, NO_TIME)
        tried = tried[:fit]
        if tried and hindered:
            for offer in tried:
                offers.remove(offer)
                self._leave(offer, None, f"its price takes twins of the run, and {hindered}")
            tried = []
        found = [each for each in self._priced(tried, max(left(), 0.0)) if each is not None]
        found += [each for offer in offers if (each := self._known(offer)) is not None]
        if small:
            told.append(f"this run costs about {plain(self._plan.value)} J: not worth advice")
        note = " ".join(f"{capital(each)}." for each in [*told, *self._circumstances()])
        found.sort(key=lambda each: (not each.first, -_worth(each)))
        return Advised(found, self.looked, note)

    def _circumstances(self) -> list[str]:
        """What advice is not about, in sentences."""
        trainer = self.run.trainer
        found = [OUTSIDE] if trainer.foreign else []
        if trainer.ranks > 1:
            found.append(
                f"{trainer.ranks} processes train together: prices and rehearsals are of one; set-ups keep the"
                f" {trainer.ranks}"
            )
        return found

    def _offered(self, name: str, finder: Finder, asked: Asked) -> list[Offer]:
        if self.run.trainer.foreign and name not in ANYWHERE:
            self.looked.append(LookedAt(name, "", None, OUTSIDE))
            return []
        try:
            told = finder(asked)
        except Cancelled:
            raise
        except Exception as error:  # somebody's model, data or loss does what nobody thought of
            told = f"does not work here: {first_line(error)}"
        each = [told] if isinstance(told, Offer | str) else list(told)
        self.looked += [LookedAt(name, "", None, said) for said in each if isinstance(said, str)]
        return [found for found in each if isinstance(found, Offer)]

    def _priced(self, offers: Sequence[Offer], seconds: float) -> list[Advice | None]:
        if not offers:
            return []
        self.told.share = 0.5
        changes = [offer.altered for offer in offers if offer.altered is not None]
        priced = self.prices.of(changes, seconds, goes_on=self.told)
        self.twin = TwinJoules.of_turns(self.prices, self.joules.value)
        return [self._judged(offer, one) for offer, one in zip(offers, priced, strict=True)]

    def _known(self, offer: Offer) -> Advice | None:
        """Where it was counted or measured, or is beside joules: what is counted is said, however little it is."""
        if offer.ratio is None:
            return self._advice(offer, NO_RATIO, BESIDE) if _beside(offer) else None
        if offer.known == "counted" or offer.ratio.value <= NEAR:
            return self._advice(offer, offer.ratio, offer.known)
        self._leave(offer, offer.ratio, f"no saving shown, {in_words(offer.ratio)}")
        return None

    def _judged(self, offer: Offer, one: Priced) -> Advice | None:
        if one.saves and one.ratio is not None:
            return self._advice(offer, one.ratio, "priced")
        self._leave(offer, one.ratio, one.words)
        return None

    def _leave(self, offer: Offer, ratio: Ratio | None, reason: str) -> None:
        advice = self._made(offer, ratio or NO_RATIO, BESIDE if _beside(offer) else offer.known)
        self.looked.append(LookedAt(offer.tactic, offer.what, ratio, reason, advice))

    def _advice(self, offer: Offer, ratio: Ratio, known: str) -> Advice:
        advice = self._made(offer, ratio, known)
        shown = None if math.isnan(ratio.value) else ratio
        self.looked.append(LookedAt(offer.tactic, offer.what, shown, "", advice))
        return advice

    def _made(self, offer: Offer, ratio: Ratio, known: str) -> Advice:
        plan = self._plan * offer.plans if self._plan.known else self._plan
        if (offer.how == "live" or offer.goes_on) and self.steps > 0:  # what is spent is spent
            plan = plan * max(0.0, 1 - self.run.trainer.steps / self.steps) if plan.known else plan
        saved = Joules.missing() if known == "published" else saved_of(plan, ratio)
        forecast = Expected(ratio, saved, offer.points, known)
        given = self.run, offer, forecast, self.twin
        return Advice(*given, steps=self.steps, plan=self._plan, margin=self.margin)

    @property
    def _plan(self) -> Joules:
        return self.joules * self.steps if self.joules.known else self.joules

    def _a_step(self) -> float:
        """Seconds of a step of the run, and its joules: as metered so far, or of a twin that does a few."""
        meter, done = self.run.meter, self.run.meter.units("train")
        lines = meter.ledger()
        spent = [lines[kind] for kind in ("train", "feedback") if kind in lines and lines[kind].known]
        if done >= 20 and spent:
            self.joules = sum(spent[1:], spent[0]) / done
            return float(meter.processor_seconds_of("train") / done)
        if no_twin(self.run.trainer):
            return 0.0
        twin = SAME.twin(self.run.trainer, self.steps)
        try:
            twin.step()
            since, begun, before = meter.stamp(), time.perf_counter(), twin.steps
            while twin.steps < before + 5 and time.perf_counter() - begun < 1.0:
                self.told()
                twin.step()
            count = twin.steps - before
            until = meter.stamp()
            own = meter.own(since, until)
            self.joules = (own if own.known else meter.spent(since, until)) / count
            return (time.perf_counter() - begun) / count
        finally:
            twin.close()
            torch.set_num_threads(self.run.trainer.settings.threads)


def _beside(offer: Offer) -> bool:
    """Whether what it does is no matter of joules, or of no twin."""
    return offer.ratio is None and (offer.altered is None or offer.known == BESIDE)


def _worth(advice: Advice) -> float:
    saved = advice.forecast.joules
    return saved.value if saved.known else -math.inf
