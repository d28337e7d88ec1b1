"""Because: every term of an estimate as a formula, with the numbers that went in and where they are from."""

from __future__ import annotations

from ..energy.joules import Joules
from ..energy.machine import machine
from ..energy.names import plain
from ..energy.sources.model import Model
from .costs.experience import FILE, Correction
from .costs.speeds import TERMS, Speeds
from .facts.reasons import Reason, many
from .facts.tables import Fact
from .models.workload import Workload
from .wanted import ASSUMED

QUIET = "for a quiet machine: others' work beside it makes every step longer"


def counts(work: Workload, speeds: Speeds, terms: tuple[float, ...]) -> list[Reason]:
    """What one unit does, and what that takes as the speeds alone have it."""
    unit = "fit" if work.fit else "step"
    speed = "speeds.json of the package" if not speeds.measured else "the benchmark of this machine"
    costs = (*speeds.costs[work.family], 0.0 if work.fit else speeds.parameter)
    each = list(zip(TERMS, work.counts, costs, strict=True))
    parts = [
        f"{many(count, term.removesuffix('s'))} x {cost:.3g} s"
        for term, count, cost in each
        if count and cost
    ]
    found = [
        Reason("counts", f"{work}, {many(work.parameters, 'parameter')}", work.how),
        Reason(f"a {unit}", f"{' + '.join(parts)} = {plain(sum(terms))} s", speed),
    ]
    lacking = [term for term, count, cost in each if cost and not count]
    if work.how == "given" and lacking:
        found.append(Reason("not given", f"{', '.join(lacking)}: counted as 0", "give them to the Workload"))
    if work.precision != "fp32":
        words = f"{work.precision} is priced as fp32 is: what it saves on a processor is not modelled"
        found.append(Reason("precision", words, "measure a run with it"))
    return found


def runs(correction: Correction) -> str:
    """How many runs taught it, and whose."""
    told = [(correction.runs, "of yours"), (correction.elsewhere, "of other machines")]
    return " and ".join(f"{many(count, 'run')} {whose}" for count, whose in told if count)


def experience(correction: Correction) -> list[Reason]:
    if not correction.runs and not correction.elsewhere:
        return []
    return [Reason("experience", f"x {correction.factor:.2f}", f"{runs(correction)}, {FILE}")]


def times(work: Workload, processor: float, seconds: float, threads: float, asked: float) -> list[Reason]:
    """Of the whole run; `threads` are those that help."""
    unit = "fit" if work.fit else "step"
    found = [Reason("processor seconds", f"{many(work.steps, unit)} = {plain(processor)} s", QUIET)]
    if threads > 1:
        said = f"{plain(processor)} s / {threads:g}^0.7 = {plain(seconds)} s"
        found.append(Reason("seconds", said, "threads"))
    if threads < asked:
        why = "a fit has one" if work.fit else "there are no more processors"
        found.append(Reason("threads", f"{threads:g} of {asked:g} help", why))
    return found


def joules(
    processor: float,
    seconds: float,
    memory: float,
    training: Joules,
    counted: float | None,
    elsewhere: Fact | None,
) -> Reason:
    """`counted` is watts that counters read here; `memory` bytes."""
    value = plain(training.value)
    if elsewhere is not None:
        return Reason("joules", f"{plain(processor)} s at its limit by core = {value} J", elsewhere.cited)
    if counted is not None:
        formula = f"{plain(processor)} s x {counted:.4g} W = {value} J"
        return Reason("joules", formula, f"the median of what counters read in runs of {machine()}, {FILE}")
    model = Model()
    formula = (
        f"{plain(seconds)} s x {model.idle_watts[0]:g} W x {model.cpus:g} at rest + {plain(processor)} s x "
        f"{model.busy_watts[0]:g} W + {plain(seconds)} s x {memory * 1e-9:.3g} GB of memory x "
        f"{model.memory_watts[0]:g} W = {value} J"
    )
    return Reason("joules", formula, "the meter's model of this machine, as docs/energy.md has it")


def assumed(spread: dict[str, float]) -> list[Reason]:
    """What stands for fields that nobody named."""
    return [
        Reason(
            name,
            "not known: {:g} ({:g}-{:g}), a factor of {:.1f}".format(*ASSUMED[name], factor),
            "assumed; name it",
        )
        for name, factor in spread.items()
    ]
