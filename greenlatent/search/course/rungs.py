"""Rungs: how far a candidate trains before it is looked at, and which of them goes on from there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from .candidate import Candidate, Rating

FIRST = 27  # the first rung lies at a 27th of the plan
FACTOR = 3  # each next one at thrice the one before, and the best third of those that reached one goes on
LOOKS = 2  # a whole run is looked at at a 27th of the plan and at twice as far each time
RULES = ("mean", "joules", "passes")
Measures = tuple[float, ...]  # what is wanted of a look, each the more the better


def place(k: float, *, plan: int, dearness: float, rule: str, factor: int = FACTOR) -> int:
    """Passes at which rung k lies; the last is the plan. Half-way to the next one is k + 1/2.

    By "passes" it is a share of the plan; by "joules" one of what a run of median price costs; the "mean" of the two
    is geometric. Measured on four tables: joules alone are as cheap to a target in the mean, and on one cost half as
    much again.
    """
    share = factor**k / FIRST
    share /= {"passes": 1.0, "mean": math.sqrt(dearness), "joules": dearness}[rule]
    return max(1, min(plan, round(plan * share)))


def ranked(looks: Sequence[Rating], measured: Callable[[Rating], Measures]) -> list[int]:
    """The best first: by how many rounds of the undominated it survives, then the first thing wanted, then loss."""
    if not looks:
        return []
    measures = np.array([measured(look) for look in looks])
    layer = layers(measures)
    return sorted(range(len(looks)), key=lambda i: (layer[i], -measures[i, 0], looks[i].loss, i))


def layers(measures: np.ndarray) -> np.ndarray:
    """For each row how many layers of undominated rows lie over it."""
    found = np.zeros(len(measures), dtype=int)
    if measures.shape[1] == 1:  # equal ones are one layer
        return np.unique(-measures[:, 0], return_inverse=True)[1]
    left = np.arange(len(measures))
    layer = 0
    while len(left):
        top = undominated(measures[left])
        found[left[top]] = layer
        left, layer = left[~top], layer + 1
    return found


def undominated(measures: np.ndarray) -> np.ndarray:
    """Which rows no other row is better than in one column without being worse in any."""
    at_least = (measures[:, None] >= measures[None]).all(-1)
    better = (measures[:, None] > measures[None]).any(-1)
    return np.asarray(~(at_least & better).any(0))


def how_many(reached: int, factor: int = FACTOR) -> int:
    """How many of so many go on from a rung: the best third, or what `factor` says, and of two the better one.

    High rungs are dear: to wait for a third there delays the first whole run. Chosen for live searches; on recorded
    curves it is as good as waiting (docs/search.md).
    """
    return max(reached // factor, min(1, reached // 2))


def next_on(
    candidates: Sequence[Candidate],
    measured: Callable[[Rating], Measures],
    *,
    may: Callable[[Candidate], bool],
    factor: int = FACTOR,
) -> Candidate | None:
    """Of those that go on from a rung, the best that still waits there, highest rung first."""
    highest = max((c.rung for c in candidates), default=-1)
    for k in range(highest, -1, -1):
        reached = [c for c in candidates if c.rung >= k and k in c.at]
        order = ranked([c.at[k] for c in reached], measured)
        for i in order[: how_many(len(reached), factor)]:
            if reached[i].rung == k and may(reached[i]):
                return reached[i]
    return None
