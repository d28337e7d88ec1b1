"""Rising: joules of a unit of work over many sessions, and an alarm when they rise."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import combinations
from pathlib import Path
from statistics import NormalDist

import numpy as np

from .arguments import number
from .joules import Joules
from .names import called, count
from .record import Record, read

FEWEST = 6  # sessions: with fewer, five in falling order would come by chance as often as a rise is believed
SURE = 0.05  # how often, at most, a rise is believed where the order is chance


@dataclass(frozen=True)
class Trend:
    """Joules a unit by session, of one machine and one way of knowing: the newest session's. `change` is the last
    over the first on a line through the logarithms (Theil and Sen), with its 95 % interval; `p` how often chance gives
    as rising an order (Kendall)."""

    kind: str
    sessions: tuple[tuple[float, Joules], ...]  # when it began (seconds since 1970), and joules a unit
    others: int  # sessions of other machines, or known in another way: never one row
    empty: int  # sessions without such work, or without a reading of it
    change: tuple[float, float, float]
    p: float
    rise: float  # the change from which on it is an alarm
    damaged: tuple[str, ...] = ()  # sessions whose ledger could not be read, and why

    @property
    def alarm(self) -> bool:
        """Whether joules a unit rise: by as much as was asked for, and more surely than by chance."""
        value, low, _ = self.change
        return self.p < SURE and low > 1 and value >= 1 + self.rise

    def __str__(self) -> str:
        left = [f"{self.others} of other machines or ways of knowing"] if self.others else []
        left += [f"{self.empty} without a reading"] if self.empty else []
        left += [f"{len(self.damaged)} damaged: {self.damaged[0]}"] if self.damaged else []
        told = f"{called(self.kind)}, {count(len(self.sessions), 'session')}"
        told += f" (left out: {', '.join(left)})" if left else ""
        if len(self.sessions) < FEWEST:
            return f"{told}: too few for a trend, which takes {FEWEST}"
        (first, _), (when, last) = self.sessions[0], self.sessions[-1]
        value, low, high = self.change
        days = [datetime.fromtimestamp(t, timezone.utc).date().isoformat() for t in (first, when)]
        what = "ALARM, a unit takes ever more" if self.alarm else "no rise shown"
        return (
            f"{told}, {days[0]} to {days[1]}: x{value:.2f} [{low:.2f}, {high:.2f}] from first to last, p {self.p:.3f};"
            f" {what}; the last took {last} a unit"
        )


def trend(path: str | Path, kind: str = "train", *, rise: float = 0.1) -> Trend:
    """Whether joules of a unit of `kind`, such as a step, rise over the sessions in a folder, or over the runs that a
    meter exported to a file.

    Of a session whose ledger has several lines the newest counts. `rise` is what makes an alarm: 0.1 for 10 %.

    >>> print(gl.energy.trend("greenlatent-sessions"))
    """
    rise = number("rise", rise, "the share by which it must rise for an alarm, as 0.1", least=0)
    damaged: list[str] = []
    records = sorted(_records(Path(path), damaged), key=lambda record: float(record.about["start"]))
    found = [
        (record, record.lines[kind] / record.units[kind])
        for record in records
        if record.units.get(kind) and record.lines[kind].known and record.lines[kind].value > 0
    ]
    newest = _way(*found[-1]) if found else None
    ours = [(record, joules) for record, joules in found if _way(record, joules) == newest]
    change, p = _line([math.log(joules.value) for _, joules in ours])
    sessions = tuple((float(record.about["start"]), joules) for record, joules in ours)
    empty = len(records) - len(found)
    return Trend(kind, sessions, len(found) - len(ours), empty, change, p, rise, tuple(damaged))


def _records(path: Path, damaged: list[str]) -> Iterable[Record]:
    """Of every session that can be read: one that a crash damaged does not hide the others."""
    if path.is_dir():
        ledgers = sorted({*path.glob("ledger.jsonl"), *path.glob("*/ledger.jsonl")})
        if not ledgers:
            raise ValueError(
                f"{path} holds no session with a ledger.jsonl; give the folder that sessions lie in"
            )
        runs = []
        for ledger in ledgers:
            try:
                runs += read(ledger)
            except ValueError as error:
                damaged.append(f"{ledger.parent.name}/{error}")
    else:
        runs = read(path)
    return {record.about["run"]: record for record in runs}.values()  # the newest line of each


def _way(record: Record, joules: Joules) -> tuple[str, tuple[str, ...]]:
    return record.about["machine"], tuple(sorted(joules.badges))


def _line(logs: list[float]) -> tuple[tuple[float, float, float], float]:
    if len(logs) < FEWEST:
        return (math.nan, math.nan, math.nan), math.nan
    slopes = sorted((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(logs), 2))
    n, pairs = len(logs), len(slopes)
    half = (
        NormalDist().inv_cdf(0.975) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18) / 2
    )  # of the ranks it covers
    low, high = max(round(pairs / 2 - half) - 1, 0), min(round(pairs / 2 + half), pairs - 1)
    value, lowest, highest = (
        math.exp(each * (n - 1)) for each in (float(np.median(slopes)), slopes[low], slopes[high])
    )
    return (value, lowest, highest), _by_chance(n, sum(slope > 0 for slope in slopes))


def _by_chance(n: int, rising: int) -> float:
    """How often n values in an order of chance have at least so many pairs that rise: each new value may stand behind
    any number of those before it."""
    counts = np.ones(1)
    for k in range(1, n):
        counts = np.convolve(counts, np.full(k + 1, 1 / (k + 1)))
    return float(counts[rising:].sum())
