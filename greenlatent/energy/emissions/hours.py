"""Hours: when work emits least, of hours with known grams; jobs in a queue under deadlines; regions in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arguments import number, whole
from ..joules import Joules
from ..names import plain
from .carbon import Grams, grids

MOST = 14  # jobs that are put in the best order; beyond that there are too many orders


@dataclass(frozen=True)
class Slot:
    """So many hours from `start` on, and the mean grams of a kilowatt-hour in them."""

    start: int
    hours: int
    grams_per_kwh: float
    others: float
    """The mean over all hours of the profile: what an hour at random would have been."""

    def __str__(self) -> str:
        mean = f"{self.others:.0f} on average"
        return f"from hour {self.start}, {self.hours} h at {self.grams_per_kwh:.0f} g/kWh ({mean})"


@dataclass(frozen=True)
class Job:
    """Work of so many hours at so many watts, to be done before hour `before`."""

    name: str
    hours: int
    watts: float = 100.0
    before: int | None = None

    def __post_init__(self) -> None:
        whole(f"hours of {self.name}", self.hours, "so many whole hours in a row", least=1)
        number(f"watts of {self.name}", self.watts, "its power, such as 100", least=0)
        if self.before is not None:
            whole(f"before of {self.name}", self.before, "an hour of the profile, from 1", least=1)


@dataclass(frozen=True)
class Queued:
    """When each job begins, the grams of all, and which jobs have no place."""

    starts: dict[str, int]
    grams: float
    impossible: tuple[str, ...]

    def __str__(self) -> str:
        told = [f"{name} from hour {start}" for name, start in self.starts.items()]
        told += [f"{name} has no place" for name in self.impossible]
        grams = "under 0.001" if 0 < self.grams < 0.001 else plain(self.grams)
        return f"{', '.join(told) or 'no jobs'}: {grams} g"


def best_hours(profile: Sequence[float], hours: int, before: int | None = None) -> Slot:
    """The hours in a row with the fewest grams, ended before hour `before`; of equals the first.

    >>> best_hours([300, 280, 90, 80, 310], 2).start
    2
    """
    grams = _profile(profile)
    hours = whole("hours", hours, "so many whole hours in a row", least=1)
    end = (
        len(grams)
        if before is None
        else min(whole("before", before, "an hour of the profile", least=1), len(grams))
    )
    if hours > end:
        raise ValueError(f"{hours} hours have no place before hour {end} of a profile of {len(grams)}")
    sums = np.convolve(grams[:end], np.ones(hours), "valid")
    start = int(np.argmin(np.round(sums, 9)))
    return Slot(start, hours, float(sums[start] / hours), float(grams.mean()))


def queue(jobs: Sequence[Job], profile: Sequence[float]) -> Queued:
    """Jobs, no two at once, each before its deadline, for the fewest grams; those that have no place are named."""
    grams = _profile(profile)
    names = [job.name for job in jobs]
    if len(set(names)) < len(names):
        raise ValueError("two jobs bear one name; tell them apart")
    fits = [job for job in jobs if job.hours <= min(len(grams), job.before or len(grams))]
    if len(fits) > MOST:
        raise ValueError(f"{len(fits)} jobs have too many orders to try; give at most {MOST} at once")
    impossible = [job.name for job in jobs if job not in fits]
    while (found := _orders(fits, grams)) is None:  # together they have no room: the longest goes first
        longest = max(fits, key=lambda job: job.hours)
        impossible.append(longest.name)
        fits.remove(longest)
    starts, total = found
    return Queued(dict(sorted(starts.items(), key=lambda item: item[1])), total, tuple(impossible))


def regions(joules: Joules) -> list[Grams]:
    """The grams of a reading in each country of the table, the fewest first, each with its year and source."""
    return sorted((grid.grams(joules) for grid in grids().values()), key=lambda grams: grams.value)


def _orders(jobs: Sequence[Job], grams: np.ndarray) -> tuple[dict[str, int], float] | None:
    """The best of all orders, by what is the least that a set of jobs takes when it is done by an hour."""
    hours, sets = len(grams), 1 << len(jobs)
    sums = np.concatenate([[0.0], np.cumsum(grams)])
    least = np.full((sets, hours + 1), np.inf)
    least[0] = 0.0
    last = np.full((sets, hours + 1), -1, dtype=np.int8)  # which job ends at this hour; -1: none
    for done in range(1, sets):
        for end in range(1, hours + 1):
            best, which = least[done, end - 1], -1
            for j, job in enumerate(jobs):
                begin = end - job.hours
                if done >> j & 1 and begin >= 0 and end <= (job.before or hours):
                    cost = least[done ^ (1 << j), begin] + job.watts * (sums[end] - sums[begin]) / 1000
                    if cost < best - 1e-12:
                        best, which = cost, j
            least[done, end], last[done, end] = best, which
    if not np.isfinite(least[-1, hours]):
        return None
    starts, done, end = {}, sets - 1, hours
    while done:
        j = int(last[done, end])
        if j < 0:
            end -= 1
            continue
        end -= jobs[j].hours
        starts[jobs[j].name] = end
        done ^= 1 << j
    return starts, float(least[-1, hours])


def _profile(profile: Sequence[float]) -> np.ndarray:
    wanted = "grams per kilowatt-hour, one number an hour"
    grams = np.array([number(f"profile[{i}]", value, wanted, least=0) for i, value in enumerate(profile)])
    if not len(grams):
        raise ValueError(f"profile is empty; give {wanted}")
    return grams
