"""A run on paper: the methods paragraph, the table, the versions."""

import platform
from collections.abc import Iterator

import numpy as np

from .reading import Reading


def report(reading: Reading) -> str:
    """A methods paragraph, a table, notes and versions."""
    out = [" ".join(_methods(reading)), "", *_table(reading), ""]
    out.append(f"Total: {reading.total}, of which at rest {reading.idle}")
    if "upper bound" in reading.total.badges:
        out.append(f"Our own part, by our time: {reading.own}")
    if reading.carbon is not None:
        out.append(f"Carbon: {reading.carbon}")
    else:
        out.append("Carbon: not given; it depends on the region (20 to 700 g/kWh), and none was named")
    out += [f"{one} over {other}: {ratio}" for (one, other), ratio in reading.compared.items()]
    out += [f"Note: {note}" for note in reading.notes]
    out.append("Versions: " + ", ".join(f"{name} {number}" for name, number in versions().items()))
    return "\n".join(out)


def _methods(reading: Reading) -> Iterator[str]:
    read, estimated = reading.measured, reading.modelled
    if read:
        yield f"Energy was read from {'; '.join(read)}."
    for line in estimated:
        yield f"{'The rest' if read else 'Energy'} was estimated by {line}."
    if not read and not estimated:
        yield "No source of energy could be read."
    if read:
        yield (
            "Work was told apart by marks in the program; the watts of each kind come from a non-negative "
            "regression of counter intervals on the seconds of each kind, and kinds that it cannot tell apart "
            "are given as one."
        )
    else:
        yield "Work was told apart by marks in the program and the processor time of its threads."
    yield "Intervals are 95 %."
    yield from reading.corrections
    yield f"The meter itself used {reading.overhead:.2%} of one core."


def _table(reading: Reading) -> list[str]:
    """A line per kind; kinds that cannot be told apart are one line."""
    rows = [("kind", "joules", "interval", "units", "joules per unit", "known by")]
    dearest = sorted(reading.together.items(), key=lambda line: -line[1].value if line[1].known else 0.0)
    for kinds, joules in dearest:
        n = reading.units.get(kinds[0], 0) if len(kinds) == 1 else 0
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


def versions(*more: str) -> dict[str, str]:
    """Of python and numpy, and of these libraries where they are installed."""
    # Late: it loads email, and with it sockets, which a meter that only counts has no use for.
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "numpy": np.__version__}
    for name in more or ("greenlatent", "torch", "nvidia-ml-py"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
