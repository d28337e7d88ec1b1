"""Reading: everything that a meter knows of a span at one moment, as one frozen value."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .counting.ledger import Ledger
from .counting.sums import Sums
from .emissions.carbon import Grams
from .joules import Joules, Origin, Ratio


class Lines(dict[str, Joules]):
    """A ledger's lines; `nodes` says which part of them each other machine spent."""

    def __init__(self, nodes: Mapping[str, Joules], lines: Mapping[str, Joules]):
        super().__init__(lines)
        self.nodes = dict(nodes)


@dataclass(frozen=True)
class Reading:
    """What `Meter.reading` found; reports, files and pages are made of it."""

    run: str
    """The meter's own name of what it counted."""
    total: Joules
    lines: Mapping[str, Joules]
    """Joules of each kind of work; they add up to the total."""
    together: Mapping[tuple[str, ...], Joules]
    """The same, with kinds that cannot be told apart as one line."""
    idle: Joules
    """What of the total the hardware would have drawn at rest."""
    own: Joules
    """Our part of the total, by our time, where others load the hardware."""
    units: Mapping[str, int]
    """How often each kind was begun."""
    seconds: float
    overhead: float
    """The meter's own processor time, as a share of one core."""
    origin: Origin
    measured: tuple[str, ...]
    """What was read, a line a source."""
    modelled: tuple[str, ...]
    """What nothing read, and how it was estimated."""
    notes: tuple[str, ...]
    """What went wrong, without the addresses of a home."""
    carbon: Grams | None
    compared: Mapping[tuple[str, str], Ratio]
    """Where two sources cover the same parts: the one over the other."""
    calibration: str | None
    corrections: tuple[str, ...]
    """Sentences on what was done to the readings before they counted."""
    settings: Mapping[str, Any]

    @property
    def method(self) -> list[str]:
        """How it was measured, a line a source."""
        return [*self.measured, *self.modelled]


def reading_of(
    ledger: Ledger,
    span: tuple[Sums, Sums, Origin],
    *,
    run: str,
    total: Joules,
    overhead: float,
    notes: list[str],
    carbon: Grams | None,
    compared: Mapping[tuple[str, str], Ratio],
    grid: str | None,
) -> Reading:
    """The reading of a span, from the ledger that holds it and from what only its meter knows."""
    sums, _, origin = span
    lines = ledger.lines(*span)
    return Reading(
        run=run,
        total=total,
        lines=lines,
        together=ledger.together(*span),
        idle=ledger.idle(sums, origin),
        own=ledger.own(*span),
        units={kind: sums.count(kind) for kind in lines},
        seconds=sums.elapsed,
        overhead=overhead,
        origin=origin,
        measured=tuple(_read(ledger)),
        modelled=tuple(_estimated(ledger)),
        notes=tuple(re.sub(r"https?://\S+", "the plug", note) for note in notes),
        carbon=carbon,
        compared=compared,
        calibration=None if ledger.calibration is None else str(ledger.calibration),
        corrections=tuple(_corrections(ledger)),
        settings={"pue": ledger.pue, "psu": ledger.psu, "grid": grid},
    )


def _read(ledger: Ledger) -> Iterator[str]:
    for i, account in enumerate(ledger.accounts):
        channel = account.channel
        how = {"counter": "an energy counter", "wall": "power at the wall, summed up"}.get(
            channel.badge, "power, summed up"
        )
        moved = account.period and channel.jumps
        period = f", which moved every {account.period * 1e3:.0f} ms" if moved else ""
        beside = "" if i in ledger.counts() else ", beside the total"
        bound = "; others may load it, so it is an upper bound" if channel.shared else ""
        warm = (
            f", at {channel.degrees[0]:.0f} to {channel.degrees[1]:.0f} degrees Celsius"
            if channel.degrees
            else ""
        )
        error = f" (+-{channel.error:.0%})"
        yield f"{channel.name} ({channel.part}) by {how}{period}{error}{warm}{beside}{bound}"


def _estimated(ledger: Ledger) -> Iterator[str]:
    """What nothing reads."""
    processor, memory = ledger.modelled()
    if ledger.model is not None and (processor or memory):
        idle, busy, held = ledger.model.idle_watts, ledger.model.busy_watts, ledger.model.memory_watts
        parts = []
        if processor:
            parts.append(
                f"processor time times {busy[0]:.2g} W ({busy[1]:.2g}-{busy[2]:.2g}) and {idle[0]:.2g} W "
                f"({idle[1]:.2g}-{idle[2]:.2g}) at rest for each of {ledger.model.cpus:g} processors"
            )
        if memory and held[0]:
            parts.append(f"{held[0]:.2g} W ({held[1]:.2g}-{held[2]:.2g}) per gigabyte held")
        if parts:
            known = "a model with watts that were given" if ledger.model.badge == "device" else "a model"
            yield f"{known}: {', and '.join(parts)}"


def _corrections(ledger: Ledger) -> Iterator[str]:
    if (c := ledger.calibration) is not None and not ledger.on_the_wall():
        formula = f"{c.gain:.3f} x + {c.watts:.1f} W"
        yield f"Readings are calibrated to the wall by {formula}, from {c.runs} runs beside {c.plug}"
        yield f"(+-{c.residual:.1%})."
    if ledger.psu != 1.0:
        yield f"They are divided by a power supply's efficiency of {ledger.psu:g}."
    if ledger.pue != 1.0:
        yield f"All are multiplied by a PUE of {ledger.pue:g}."
