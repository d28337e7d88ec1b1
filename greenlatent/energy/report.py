"""A run on paper: the methods paragraph, the table, the versions."""

import platform
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .counting.book import Stamp
    from .counting.ledger import Ledger
    from .meter import Meter


def method(meter: "Meter") -> list[str]:
    """How it was measured, a line per source."""
    return [line for lines in known(meter).values() for line in lines]


def known(meter: "Meter") -> dict[str, list[str]]:
    """What is measured and what is modelled, a line per source."""
    return {"measured": [*_read(meter._ledger)], "modelled": [*_estimated(meter._ledger)]}


def _read(book: "Ledger") -> Iterator[str]:
    for i, account in enumerate(book.accounts):
        channel = account.channel
        how = {"counter": "an energy counter", "wall": "power at the wall, summed up"}.get(
            channel.badge, "power, summed up"
        )
        moved = account.period and channel.jumps
        period = f", which moved every {account.period * 1e3:.0f} ms" if moved else ""
        beside = "" if i in book.counts() else ", beside the total"
        bound = "; others may load it, so it is an upper bound" if channel.shared else ""
        warm = (
            f", at {channel.degrees[0]:.0f} to {channel.degrees[1]:.0f} degrees Celsius"
            if channel.degrees
            else ""
        )
        error = f" (+-{channel.error:.0%})"
        yield f"{channel.name} ({channel.part}) by {how}{period}{error}{warm}{beside}{bound}"


def _estimated(book: "Ledger") -> Iterator[str]:
    """What nothing reads."""
    processor, memory = book.modelled()
    if book.model is not None and (processor or memory):
        idle, busy, held = book.model.idle_watts, book.model.busy_watts, book.model.memory_watts
        parts = []
        if processor:
            parts.append(
                f"processor time times {busy[0]:.2g} W ({busy[1]:.2g}-{busy[2]:.2g}) and {idle[0]:.2g} W "
                f"({idle[1]:.2g}-{idle[2]:.2g}) at rest for each of {book.model.cpus:g} processors"
            )
        if memory and held[0]:
            parts.append(f"{held[0]:.2g} W ({held[1]:.2g}-{held[2]:.2g}) per gigabyte held")
        if parts:
            known = "a model with watts that were given" if book.model.badge == "device" else "a model"
            yield f"{known}: {', and '.join(parts)}"


def notes(meter: "Meter") -> list[str]:
    """What went wrong, without the addresses of a home."""
    return [re.sub(r"https?://\S+", "the plug", note) for note in meter.notes]


def report(meter: "Meter") -> str:
    """A methods paragraph, a table, notes and versions."""
    now = meter.stamp()  # so that the lines add up to the total while the meter runs
    whole = meter.spent(until=now)
    out = [" ".join(_methods(meter)), "", *_table(meter, now), ""]
    out.append(f"Total: {whole}, of which at rest {meter.idle(until=now)}")
    if "upper bound" in whole.badges:
        out.append(f"Our own part, by our time: {meter.own(until=now)}")
    if (grams := meter.carbon(whole)) is not None:
        out.append(f"Carbon: {grams}")
    else:
        out.append("Carbon: not given; it depends on the region (20 to 700 g/kWh), and none was named")
    out += [f"{one} over {other}: {ratio}" for (one, other), ratio in meter.compare().items()]
    out += [f"Note: {note}" for note in notes(meter)]
    out.append("Versions: " + ", ".join(f"{name} {number}" for name, number in versions().items()))
    return "\n".join(out)


def _methods(meter: "Meter") -> Iterator[str]:
    book = meter._ledger
    read, estimated = list(_read(book)), list(_estimated(book))
    if read:
        yield f"Energy was read from {'; '.join(read)}."
    for line in estimated:
        yield f"{'The rest' if read else 'Energy'} was estimated by {line}."
    if not read and not estimated:
        yield "No source of energy could be read."
    if book.accounts:
        yield (
            "Work was told apart by marks in the program; the watts of each kind come from a non-negative "
            "regression of counter intervals on the seconds of each kind, and kinds that it cannot tell apart "
            "are given as one."
        )
    else:
        yield "Work was told apart by marks in the program and the processor time of its threads."
    yield "Intervals are 95 %."
    if (c := book.calibration) is not None and not book.on_the_wall():
        formula = f"{c.gain:.3f} x + {c.watts:.1f} W"
        yield f"Readings are calibrated to the wall by {formula}, from {c.runs} runs beside {c.plug}"
        yield f"(+-{c.residual:.1%})."
    if book.psu != 1.0:
        yield f"They are divided by a power supply's efficiency of {book.psu:g}."
    if book.pue != 1.0:
        yield f"All are multiplied by a PUE of {book.pue:g}."
    yield f"The meter itself used {meter.overhead:.2%} of one core."


def _table(meter: "Meter", now: "Stamp") -> list[str]:
    """A line per kind; kinds that cannot be told apart are one line."""
    span, run, origin = meter._span(None, now)
    lines = meter._ledger.together(span, run, origin)
    rows = [("kind", "joules", "interval", "units", "joules per unit", "known by")]
    for kinds, joules in sorted(lines.items(), key=lambda line: -line[1].value if line[1].known else 0.0):
        n = span.count(kinds[0]) if len(kinds) == 1 else 0
        per = f"{joules.value / n:.3g}" if n and joules.known else ""
        interval = f"{joules.low:.3g}-{joules.high:.3g}" if joules.known else ""
        known = ", ".join(f"{badge} {share:.0%}" for badge, share in joules.badges.items())
        value = f"{joules.value:.4g}" if joules.known else "no reading"
        rows.append((" + ".join(map(_short, kinds)), value, interval, str(n or ""), per, known))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _short(kind: str) -> str:
    """A kind may hold line ends, and be as long as it likes."""
    kind = " ".join(kind.split())
    return kind if len(kind) <= 40 else kind[:37] + "..."


def versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in ("greenlatent", "nvidia-ml-py"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
