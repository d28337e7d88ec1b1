"""Life: what a model takes from its data to its last answer, stage by stage, with cooling and hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..energy.emissions.carbon import Grams
from ..energy.joules import Joules, total
from ..energy.names import plain
from .facts.amount import Amount, widened
from .facts.reasons import Reason
from .facts.tables import Fact, Region, look_up, region
from .wanted import Wanted

YEAR = 365.25 * 86400.0  # seconds
WATT_HOUR = 3600.0
# In reading order; cooling is of what computes and stores.
STAGES = ("collect", "store", "search", "train", "train again", "answer", "move", "cooling")
COOLED = ("store", "search", "train", "train again", "answer")
NOT_MODELLED = "not modelled: there is no table of it that is good enough"


@dataclass(frozen=True)
class Life:
    """Joules of each stage over all the years, and the grams of them and of the hardware."""

    stages: Mapping[str, Joules]
    years: float
    region: Region | None
    hardware: Amount | None
    """Grams of making the hardware, for the time that it is used; None where none was named."""
    facts: tuple[Fact, ...]
    reasons: tuple[Reason, ...]

    @property
    def joules(self) -> Joules:
        return total(self.stages.values()) if self.stages else Joules(0.0, 0.0, 0.0, {"estimate": 1.0})

    @property
    def per_year(self) -> Mapping[str, Joules]:
        """The same, divided by the years."""
        return {name: joules / self.years for name, joules in self.stages.items()}

    @property
    def grams(self) -> Grams | None:
        """Of electricity; its interval holds how far a year's table may be off."""
        return None if self.region is None else grams(self.joules, self.region)

    @property
    def three(self) -> Mapping[str, Amount]:
        """Grams of hardware, of training (with data, its storing and moving, and search) and of answers, each with its
        cooling: the last two add up to `grams`. What is not known is not in it."""
        found = {} if self.hardware is None else {"hardware": self.hardware}
        if self.region is not None:
            answering, rest = self._apart()
            for name, parts in (("training", rest), ("answers", answering)):
                if parts:
                    told = grams(total(parts), self.region)
                    found[name] = Amount(told.value, told.low, told.high, "g CO2e")
        return found

    def _apart(self) -> tuple[list[Joules], list[Joules]]:
        """The stages of answering and all others, each with what cools it."""
        cooled = sum(joules.value for name, joules in self.stages.items() if name in COOLED)
        of_answers = self.stages["answer"].value / cooled if "answer" in self.stages and cooled else 0.0
        answering, rest = [], []
        for name, joules in self.stages.items():
            if name == "cooling":
                answering += [joules * of_answers] if of_answers else []
                rest += [joules * max(1 - of_answers, 0.0)]
            else:
                (answering if name == "answer" else rest).append(joules)
        return answering, rest


def grams(joules: Joules, where: Region) -> Grams:
    """Of joules in a region, with the error of its year."""
    value = joules.value * where.per_joule
    low, high = widened(value, joules.low * where.per_joule, joules.high * where.per_joule, where.factor)
    return Grams(value, min(low, value), max(high, value), where.grid)


def life(training: Joules, answer: Joules, seconds: float, answer_seconds: float, wanted: Wanted) -> Life:
    """The stages of a plan; one of nothing is left out."""
    facts: list[Fact] = []
    reasons: list[Reason] = []
    answers, again = wanted.answers_a_year * wanted.years, wanted.retrain * wanted.years
    found: dict[str, Joules] = {}
    if wanted.collect:
        found["collect"] = Joules(wanted.collect, wanted.collect, wanted.collect, {"estimate": 1.0})
        reasons.append(Reason("collect", f"{plain(wanted.collect)} J", "given"))
    if wanted.gigabytes:
        fact = look_up("storage", wanted.storage, "storage")
        hours = wanted.years * YEAR / 3600
        found["store"] = _of(fact, WATT_HOUR * hours * wanted.gigabytes / 1000 * wanted.replicas, "store")
        held = f"{plain(wanted.gigabytes)} GB x {wanted.replicas}, {wanted.years:g} years"
        formula = f"{held} x {fact.value:g} Wh a TB and hour"
        reasons.append(Reason("store", formula, fact.cited))
        facts.append(fact)
    for name, times in (("search", wanted.trials), ("train", 1.0), ("train again", again)):
        if times:
            found[name] = training * times
            if name != "train":
                reasons.append(Reason(name, f"{plain(times)} x {plain(training.value)} J", "as training"))
    if answers:
        found["answer"] = answer * answers
        reasons.append(Reason("answer", f"{plain(answers)} x {answer.value:.3g} J", "as a forward pass"))
    if wanted.moved:
        fact = look_up("storage", wanted.network, "network")
        found["move"] = _of(fact, 1000 * WATT_HOUR * wanted.moved * wanted.years, "move")
        reasons.append(Reason("move", f"{plain(wanted.moved)} GB a year x {fact.value:g} kWh", fact.cited))
        facts.append(fact)
    if wanted.pue is not None:
        _cool(found, wanted.pue, facts, reasons)
    used = seconds * (1 + wanted.trials + again) + answer_seconds * answers
    made = _hardware(wanted, used, facts, reasons)
    where = None if wanted.region is None else region(wanted.region)
    if where is not None:
        reasons.append(
            Reason(
                "grams",
                f"x {where.grid.grams_per_kwh:g} g / 3.6 MJ, a year within x{where.factor}",
                str(where),
            )
        )
    reasons += [
        Reason(name, "accepted", NOT_MODELLED)
        for name in ("water", "abiotic")
        if getattr(wanted, name) is not None
    ]
    old = sorted({f"{fact.table}: {fact.name} ({fact.year})" for fact in facts if fact.old})
    if old:
        reasons.append(
            Reason("old facts", ", ".join(old), "older than three years; look whether there are newer")
        )
    return Life(found, wanted.years, where, made, tuple(facts), tuple(reasons))


def _of(fact: Fact, times: float, what: str) -> Joules:
    value, low, high = (each * times for each in fact.band)
    shared = {f"{what}@{fact.name}": (value - low, high - value)}
    return Joules.of(value, 0.0, shared, {"estimate": 1.0})


def _cool(found: dict[str, Joules], pue: float | str, facts: list[Fact], reasons: list[Reason]) -> None:
    """What cooling draws on top, once, of all that computes or stores: a line of its own."""
    value = low = high = float(pue) if not isinstance(pue, str) else 0.0
    source = "given"
    if isinstance(pue, str):
        fact = look_up("pue", pue, "pue")
        value, low, high = fact.band
        source = fact.cited
        facts.append(fact)
    cooled = [found[name] for name in COOLED if name in found]
    if not cooled:
        return
    base = total(cooled)
    joules = base * (value - 1)
    if high > low:
        shared = dict(joules.shared) | {
            f"pue@{pue}": (base.value * (value - low), base.value * (high - value))
        }
        joules = Joules.of(joules.value, joules.own, shared, {"estimate": 1.0})
    found["cooling"] = joules
    reasons.append(Reason("cooling", f"({value:g} - 1) x {plain(base.value)} J", source))


def _hardware(wanted: Wanted, seconds: float, facts: list[Fact], reasons: list[Reason]) -> Amount | None:
    if wanted.hardware is None:
        return None
    fact = look_up("embodied", wanted.hardware, "hardware")
    facts.append(fact)
    share = seconds / (wanted.years_used * YEAR * wanted.share_in_use)
    each, held = 1.0, ""
    if fact.words["per"] == "GB":  # a disk is used while it holds something, and then there is another
        each, share = wanted.gigabytes * wanted.replicas, wanted.years / wanted.years_used
        held = f" x {plain(wanted.gigabytes)} GB x {wanted.replicas}"
    formula = f"{fact.value:g} kg{held} x {share:.3g} of its {wanted.years_used:g} years in use"
    reasons.append(Reason("hardware", formula, fact.cited))
    value, low, high = (1000 * kilograms * share * each for kilograms in fact.band)
    return Amount(value, low, high, "g CO2e")
