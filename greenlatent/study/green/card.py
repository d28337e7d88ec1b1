"""Card: what was measured, what is time and watts, and what is counted, in rows that are never added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import energy
from ...statistics.paired import Difference
from .findings import Findings

ESTIMATED = ("model", "device", "search", "given")  # badges of joules that nothing read
STAGES = ("prepare", "train", "infer")


@dataclass(frozen=True)
class EnergyCard:
    """Three ways to tell what training took, which are never added and never share a column."""

    measured: str
    """By a counter or at the wall; empty where there is none."""
    modelled: str
    """Processor time times watts, with its interval."""
    flops: str
    """Counted from the model; it leaves out memory traffic and says nothing of carbon."""
    grams: str
    stages: Mapping[str, str]
    busy: str = ""
    """How much of the processors, and of a card, training kept busy; empty of findings."""
    embodied: str = ""
    """Grams of making the hardware beside those of running it; empty where no hardware was named."""
    methods: str = field(default="", repr=False)
    """The meter's paragraph on how it was measured, for a paper."""

    def __str__(self) -> str:
        rows = [
            ("read by a counter or at the wall", self.measured or "nothing here was"),
            ("time x watts", self.modelled or "nothing here is"),
            ("FLOPs", self.flops or "not counted"),
            ("carbon", self.grams or "no region was named"),
            *([("hardware", self.embodied)] if self.embodied else []),
            *([("busy", self.busy)] if self.busy else []),
            *self.stages.items(),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def card(
    of: Any, *, flops: float | None = None, estimate: Any = None, region: str | None = None
) -> EnergyCard:
    """Of a Lab, a Run, a Meter or Findings: what it took, apart by how that is known.

    `estimate` is a plan's, whose workload tells the FLOPs of a step and whose life the grams of making the hardware.
    `region` is whose grid turns joules into grams; a meter that was given one needs none.

    >>> print(card(lab, estimate=gl.Plan("card").estimate("mlp", hardware="laptop", region="DE")))
    >>> print(card(found, region="DE"))
    """
    named = None if region is None else energy.grid(region)
    if isinstance(of, Findings):
        return _of_findings(of, flops, named)
    meter = getattr(of, "meter", of)
    if not hasattr(meter, "ledger"):
        raise TypeError(f"card takes a Lab, a Run, a Meter or Findings, got {type(of).__name__}")
    total = meter.total
    grams = meter.carbon() if named is None else named.grams(total)
    training = meter.utilisation("train")
    shares = dict(total.badges) if total.known else {}
    read = sum(share for badge, share in shares.items() if badge not in ESTIMATED)
    if flops is None and estimate is not None:
        flops = estimate.workload.flops * (meter.units("train") or estimate.workload.steps)
    return EnergyCard(
        measured=str(total * read) if read > 0.005 else "",
        modelled=str(total * (1 - read)) if total.known and read < 0.995 else "",
        flops=_counted(flops),
        grams="" if grams is None else str(grams),
        stages={stage: str(joules) for stage, joules in meter.stages().items()},
        busy=str(training) if training.seconds else "",
        embodied="" if estimate is None else _embodied(estimate, grams),
        methods=meter.report(),
    )


def _counted(flops: float | None) -> str:
    return "" if flops is None else f"{flops:.3g}; without memory traffic, and no measure of carbon"


def _embodied(estimate: Any, grams: Any) -> str:
    """Making the hardware beside running it: of what the meter read, or else as planned."""
    made = estimate.life.hardware
    if made is None:
        return ""
    running, how = (estimate.grams, "as planned") if grams is None else (grams, "as metered")
    told = f"{made.value:.3g} g CO2e ({made.low:.3g}-{made.high:.3g}) for making it"
    if running is None or not running.value + made.value > 0:
        return told
    share = made.value / (made.value + running.value)
    return f"{told}, {share:.0%} of it and {1 - share:.0%} of running it, {how}"


def _of_findings(found: Findings, flops: float | None, grid: energy.Grid | None) -> EnergyCard:
    """A mean over the seeds of all their cells, each fitted once."""
    if (
        not found.paired
    ):  # repeats of one split by somebody else's meter: no seeds, and joules that nobody vouches for
        raise ValueError(
            "joules of a published study are not credited, so a card has nothing to tell of them"
        )
    read = [cell for cell in found.cells if cell.get("badge") not in ESTIMATED]
    rest = [cell for cell in found.cells if cell.get("badge") in ESTIMATED]
    return EnergyCard(
        measured=_a_seed(read, STAGES),
        modelled=_a_seed(rest, STAGES),
        flops=_counted(flops),
        grams=""
        if grid is None
        else _a_seed(found.cells, STAGES, "g CO2e", grid.grams_per_kwh / 3.6e6, f"; {grid}"),
        stages={stage: _a_seed(found.cells, (stage,)) for stage in STAGES},
    )


def _a_seed(
    cells: list[dict[str, Any]], stages: tuple[str, ...], unit: str = "J", each: float = 1.0, source: str = ""
) -> str:
    """The mean over seeds of what all these cells took, in joules or, with how much each is, in another unit."""
    by_seed: dict[Any, float] = {}
    for cell in cells:
        joules = sum(cell.get(f"{stage}_joules", 0.0) for stage in stages)
        by_seed[cell["seed"]] = by_seed.get(cell["seed"], 0.0) + joules
    if not by_seed:
        return ""
    mean = Difference.of([each * joules for joules in by_seed.values()])
    ends = f" [{mean.low:.3g}, {mean.high:.3g}]" if len(by_seed) > 1 else ""
    return f"{mean.value:.3g} {unit} a seed{ends}, {len(by_seed)} seeds{source}"
