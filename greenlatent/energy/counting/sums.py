"""All that was counted up to a moment: a stamp stands for it, and a span is the difference of two."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..joules import Joules
from .accounts import Tally


@dataclass(frozen=True)
class Sums:
    """Everything that has been counted up to a moment, so that a span is the difference of two."""

    now: float  # seconds on the machine's clock
    elapsed: float  # seconds metered
    kinds: tuple[str, ...]
    seconds: np.ndarray
    device: np.ndarray  # seconds on the device's time line
    cpu: np.ndarray
    units: np.ndarray
    gigabyte_seconds: float
    tallies: tuple[Tally, ...] = ()
    charges: tuple[tuple[str, Joules], ...] = ()  # what others spent for us: a kind of work, and how much

    def since(self, before: "Sums | None") -> "Sums":
        if before is None:
            return self

        def less(now: np.ndarray, then: np.ndarray) -> np.ndarray:
            return now - np.pad(then, (0, len(now) - len(then)))

        fewer = len(before.tallies)  # a source that came with a later start has no tally then
        return Sums(
            self.now,
            self.elapsed - before.elapsed,
            self.kinds,
            less(self.seconds, before.seconds),
            less(self.device, before.device),
            less(self.cpu, before.cpu),
            less(self.units, before.units),
            self.gigabyte_seconds - before.gigabyte_seconds,
            tuple(t.since(before.tallies[i] if i < fewer else None) for i, t in enumerate(self.tallies)),
            self.charges[len(before.charges) :],
        )

    def seconds_of(self, kind: str) -> float:
        return float(self.seconds[self.kinds.index(kind)]) if kind in self.kinds else 0.0

    def processor_seconds_of(self, kind: str) -> float:
        return float(self.cpu[self.kinds.index(kind)]) if kind in self.kinds else 0.0

    def count(self, kind: str) -> int:
        return int(self.units[self.kinds.index(kind)]) if kind in self.kinds else 0


class Second(NamedTuple):
    """A second of a run, to look back on."""

    elapsed: float
    joules: float
    units: dict[str, float]
    counted: tuple[float, ...]  # joules of each account
    covered: tuple[float, ...]  # and the seconds they are from
    seconds: dict[str, float] = {}  # noqa: RUF012  # by kind of work; read, never written
    cpu: dict[str, float] = {}  # noqa: RUF012  # processor seconds
    busy: float = math.nan  # the share of its time that a card was busy, the mean over cards; NaN without one
