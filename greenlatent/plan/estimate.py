"""Estimate: joules, seconds, memory and grams before anything runs, with intervals, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..energy.emissions.carbon import Grams
from ..energy.intervals import student
from ..energy.joules import Joules
from ..energy.machine import cpus, machine
from ..energy.names import plain
from ..energy.sources.model import Model
from . import because
from .costs import devices, watts
from .costs.experience import Correction, Experience
from .costs.speeds import Speeds
from .facts.amount import Amount, within
from .facts.reasons import Reason, many
from .facts.tables import Fact, look_up
from .life import Life, life
from .models import count
from .models.workload import FITS, Workload
from .wanted import ASSUMED, HERE, Wanted

LITTLE = 0.1  # joules below which no number is said
TORCH, PLAIN = 320e6, 200e6  # bytes that a process holds with torch, and with scikit-learn alone
OF_A_PARAMETER = 16.0  # itself, its gradient and two moments of Adam
OF_AN_ELEMENT = 2.0  # of those that a step writes, about half are held at once
MEMORY_WITHIN = {"gru": 3.0, "lstm": 3.0}


@dataclass(frozen=True)
class Estimate:
    """What a model will take. `joules` and `grams` are of its whole life as planned; `stages` add up to them.

    `training`, `processor_seconds`, `seconds` and `memory` are of one training; `answer` is one answer.
    """

    name: str
    workload: Workload
    wanted: Wanted
    training: Joules
    answer: Joules
    processor_seconds: Amount
    seconds: Amount
    answer_seconds: Amount
    memory: Amount
    life: Life
    known_by: str
    reasons: tuple[Reason, ...]
    widest: str = ""
    """The unknown field that widens it most."""
    terms: tuple[float, ...] = ()
    """Processor seconds of one unit by term, as the speeds alone have it."""
    set_aside: tuple[str, ...] = ()

    @property
    def joules(self) -> Joules:
        """Of all stages."""
        return self.life.joules

    @property
    def stages(self) -> Mapping[str, Joules]:
        return self.life.stages

    @property
    def grams(self) -> Grams | None:
        """Of all stages; None without a region, which nobody guesses."""
        return self.life.grams

    @property
    def little(self) -> bool:
        """Whether it is too little for a number."""
        return self.joules.known and self.joules.value < LITTLE

    def why(self) -> str:
        """Every term as a formula with your own numbers, and the row that it came from."""
        lines = [str(reason) for reason in (*self.reasons, *self.life.reasons)]
        return "\n".join([str(self), *lines, f"known by {self.known_by}; {because.QUIET}", *self.set_aside])

    def __str__(self) -> str:
        what = f"less than {LITTLE:g} J" if self.little else str(self.joules)
        parts = [f"{self.name}: {what}", f"one training {self.seconds}", f"memory {self.memory}"]
        if self.grams is not None:
            parts.append(str(self.grams))
        if self.widest:
            parts.append(f"widest for not knowing {self.widest}")
        return "; ".join(parts)


@dataclass(frozen=True)
class _Price:
    """Seconds of one unit here or elsewhere, with what to multiply them by and how sure that is."""

    seconds: float
    correction: Correction
    terms: tuple[float, ...]


def estimate(
    model: Any,
    wanted: Wanted,
    speeds: Speeds,
    experience: Experience,
    *,
    example: Any = None,
    call: Any = None,
) -> Estimate:
    """The estimate of a model in words, a module or a Workload. Nothing is trained."""
    given = isinstance(model, Workload)
    if given and model.steps != 1 and wanted.steps is None:
        wanted = Wanted(**{**wanted.__dict__, "steps": model.steps})

    def made(asked: Wanted) -> Workload:
        return count.of(
            model,
            rows=asked.rows or 1,
            features=asked.features if asked.features is not None else (),
            classes=asked.classes or 2,
            size=asked.size,
            batch=asked.batch,
            epochs=asked.epochs,
            steps=asked.steps,
            example=example,
            call=call,
            precision=asked.precision,
        )

    unknown = _unknown(model, wanted)
    asked = wanted.assuming()
    work = made(asked)
    if wanted.device != HERE:
        fact = look_up("devices", wanted.device, "device")
        if fact.words["kind"] in ("gpu", "tpu", "board"):
            return _on_a_card(work, wanted, fact)
    spread = {name: _spread(made, asked, speeds, name, made(asked)) for name in unknown}
    return _here(work, wanted, speeds, experience, spread)


def _unknown(model: Any, wanted: Wanted) -> list[str]:
    """The fields that this model's cost depends on and nobody named."""
    if isinstance(model, Workload):
        return []
    names = wanted.unknown
    if isinstance(model, str):
        return [name for name in names if not (name == "epochs" and model in FITS)]
    return [name for name in names if name in ("rows", "epochs")]


def _spread(made: Any, asked: Wanted, speeds: Speeds, name: str, work: Workload) -> float:
    """How far a field that nobody knows may push the seconds, as a factor; of a module only counts of rows move."""
    _, low, high = ASSUMED[name]
    middle = speeds.seconds(work)
    ends = [speeds.seconds(made(asked.assuming(**{name: end}))) for end in (low, high)]
    return math.exp(max(abs(math.log(max(end, 1e-12) / max(middle, 1e-12))) for end in ends))


def _here(
    work: Workload, wanted: Wanted, speeds: Speeds, experience: Experience, spread: dict[str, float]
) -> Estimate:
    elsewhere = None if wanted.device == HERE else look_up("devices", wanted.device, "device")
    measured = speeds.measured and elsewhere is None
    price = _priced(work, speeds, experience, measured)
    processor = price.seconds * work.steps
    threads = _helping(work, wanted.threads, elsewhere)
    seconds = processor / threads**0.7  # less than their number, as what one thread does stays
    memory = _memory(work)
    name = work.name or work.family
    errors = _errors(price.correction, name, work, spread, elsewhere)
    counted = watts.learned(experience.here) if elsewhere is None else None
    training = _joules(processor, seconds, memory.value, errors, counted, elsewhere)
    answering, guessed = work.one_answer
    one = _priced(answering, speeds, experience, measured)
    answer_errors = _errors(one.correction, name, answering, guessed, elsewhere)
    answer = _joules(one.seconds, one.seconds, memory.value, answer_errors, counted, elsewhere)
    whole = _factor(errors)
    widest = max(spread, key=spread.__getitem__, default="")
    return Estimate(
        name=name,
        workload=work,
        wanted=wanted,
        training=training,
        answer=answer,
        processor_seconds=Amount.within(processor, whole, "s"),
        seconds=Amount.within(seconds, whole, "s"),
        answer_seconds=Amount.within(one.seconds, _factor(answer_errors), "s"),
        memory=memory,
        life=life(training, answer, seconds, one.seconds, wanted),
        known_by=_known_by(measured, price.correction),
        reasons=(
            *because.counts(work, speeds, price.terms),
            *because.experience(price.correction),
            *because.times(work, processor, seconds, threads, wanted.threads),
            because.joules(processor, seconds, memory.value, training, counted, elsewhere),
            *(Reason("an answer", words, "give answer= to the Workload") for words in guessed),
            *because.assumed(spread),
        ),
        widest=widest,
        terms=price.terms,
        set_aside=tuple(f"set aside: {line}" for line in experience.doubted),
    )


def _priced(work: Workload, speeds: Speeds, experience: Experience, measured: bool) -> _Price:
    terms = speeds.terms(work)
    if sum(terms) <= 0:
        return _Price(0.0, Correction(0.0, 0.0, 0.0, 0.0, 10.0, 0), terms)
    correction = experience.correction(work, terms, measured=measured)
    return _Price(sum(terms) * correction.factor, correction, terms)


def _helping(work: Workload, threads: float, elsewhere: Fact | None) -> float:
    """Of so many threads those that have a processor; a fit of scikit-learn has one."""
    if work.fit:
        return 1.0
    there = float(cpus()) if elsewhere is None else elsewhere.numbers.get("cores", math.inf)
    return max(1.0, min(float(threads), there))


def _errors(
    correction: Correction, name: str, work: Workload, spread: dict[str, float], elsewhere: Fact | None
) -> dict[str, float]:
    """Factors either way, by what estimates have in common: two candidates share the first and their unknown fields."""
    wide = student(correction.freedom)
    where = machine() if elsewhere is None else elsewhere.name
    return {
        f"speed@{where}": math.exp(wide * correction.shared),
        f"cost of {work.family}@{where}": math.exp(wide * correction.family),
        f"cost of {name} ({work.flops:.4g})": math.exp(wide * correction.own),
        **{f"{field} not known": factor for field, factor in spread.items()},
    }


def _factor(errors: dict[str, float]) -> float:
    return math.exp(math.hypot(*(math.log(factor) for factor in errors.values())))


def _joules(
    processor: float,
    seconds: float,
    memory: float,
    errors: dict[str, float],
    counted: float | None,
    elsewhere: Fact | None,
) -> Joules:
    """By the meter's own model of this machine, so that an estimate over a measurement is sharp."""
    if elsewhere is None:
        base = Model().joules("train", seconds, processor, seconds * memory * 1e-9)
        if counted is not None:
            value = counted * processor
            base = Joules.of(value, 0.0, {f"counter@{machine()}": (0.1 * value, 0.1 * value)})
        where = machine()
    else:  # a processor of the table: its limit, by core
        by_core = elsewhere.numbers["peak_watts"] / elsewhere.numbers.get("cores", 1.0)
        value, where = by_core * processor, elsewhere.name
        base = Joules.of(value, 0.0, {f"watts under load@{where}": (0.5 * value, 0.3 * value)})
    factors = {name: (factor, factor) for name, factor in errors.items()}
    if base.value:
        for name, (down, up) in base.shared.items():
            factors[name] = 1 / max(1 - down / base.value, 0.05), 1 + up / base.value
    return within(base.value, factors, where)


def _memory(work: Workload) -> Amount:
    """Of the process: what torch or scikit-learn hold themselves, and what the model adds to it."""
    if work.fit:
        return Amount.within(PLAIN + 8 * work.parameters + 16 * work.elements, 1.5, "B")
    grown = 22e6 + OF_A_PARAMETER * work.parameters + OF_AN_ELEMENT * max(work.elements, work.activations)
    wide = MEMORY_WITHIN.get(work.family, 2.2)
    value = TORCH + grown
    return Amount(value, (TORCH + grown / wide) / 1.2, (TORCH + grown * wide) * 1.2, "B")


def _known_by(measured: bool, correction: Correction) -> str:
    base = "speeds measured here" if measured else "speeds of another machine, within a factor of 5"
    return base + (f" and {because.runs(correction)}" if correction.runs or correction.elsewhere else "")


def _on_a_card(work: Workload, wanted: Wanted, fact: Fact) -> Estimate:
    one = devices.seconds_on(fact.name, work)
    seconds = one.times(work.steps)
    answering = work.one_answer[0]
    answer_seconds = devices.seconds_on(fact.name, answering)
    training, answer = devices.joules_on(fact, seconds), devices.joules_on(fact, answer_seconds)
    memory = _memory(work)
    reasons = (
        Reason("counts", str(work), work.how),
        Reason(
            "seconds",
            f"{devices.SHARE} x {plain(work.flops)} FLOPs / peak + {devices.BYTES['train']} B x "
            f"{plain(work.activations)} activations / bandwidth, or {many(work.operations, 'operation')} x "
            f"{devices.LAUNCH:g} s if that is more (others measured 4 to 20 microseconds), "
            f"for {many(work.steps, 'step')}",
            fact.cited,
        ),
        Reason(
            "joules", f"{plain(seconds.value)} s x {devices.UNDER_LOAD[0]} x its limit of watts", fact.cited
        ),
    )
    return Estimate(
        name=work.name or work.family,
        workload=work,
        wanted=wanted,
        training=training,
        answer=answer,
        processor_seconds=seconds,
        seconds=seconds,
        answer_seconds=answer_seconds,
        memory=memory,
        life=life(training, answer, seconds.value, answer_seconds.value, wanted),
        known_by=f"the data sheet of {fact.name}, the card alone",
        reasons=reasons,
    )
