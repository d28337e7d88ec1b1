"""Rating: what stars of several people amount to, and how far each of them is to be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..data.samples import Samples
from .events import Event
from .kinds import Edit, Rate, Weigh, weight_of

FEW = 5  # samples in common that count as much as what is thought of everybody before: that they agree
ROUNDS = 3  # in which trust settles: with dice among three, more of them changed no verdict in 120 seeds

Said = dict[str, dict[int, list[int]]]  # rater -> sample -> its stars, in order


@dataclass(frozen=True)
class Rater:
    """One who rates samples: how far their stars agree with the mean of the others' and with their own before, as
    kappa with quadratic weights (0 is chance, NaN where nothing is known), and the trust that multiplies them."""

    by: str
    samples: int
    share: float  # of all samples that they rated
    common: int  # samples that others rated, too
    kappa: float
    repeats: int  # samples that they rated again
    again: float  # kappa of the last against the first
    trust: float  # from 0 to 1, the product of the two; 1 where nothing is known


def edits_of(events: Iterable[Event]) -> list[Edit]:
    """The edits of events in force, in order, as `mend` takes them: each rating as the weight that all stars of its
    samples so far come to, each rater's last multiplied by their trust."""
    events = [event for event in events if event.edit is not None]
    if not any(isinstance(event.edit, Rate) for event in events):
        return [event.edit for event in events if event.edit is not None]
    trust = trusts(_said(events))
    last: dict[int, dict[str, int]] = {}
    edits: list[Edit] = []
    for event in events:
        if not isinstance(event.edit, Rate):
            edits += [event.edit] if event.edit is not None else []
            continue
        alike: dict[float, list[int]] = {}
        for i in event.edit.ids:
            last.setdefault(i, {})[event.by] = event.edit.stars
            alike.setdefault(weight_of(_mean(last[i], trust)), []).append(i)
        edits += [Weigh(tuple(ids), weight) for weight, ids in alike.items()]
    return edits


def raters_of(active: Iterable[Event], train: Samples) -> list[Rater]:
    """Everybody who rated samples in force, by name."""
    said = _said(active)
    found = trusts(said)
    table = []
    for by, mine in sorted(said.items()):
        pairs, twice = _beside(said, by, found), _again(mine)
        kappa, again, share = weighted_kappa(pairs), weighted_kappa(twice), len(mine) / len(train)
        table.append(Rater(by, len(mine), share, len(pairs), kappa, len(twice), again, found[by]))
    return table


def trusts(said: Said) -> dict[str, float]:
    """Each rater's trust, from 0 to 1: beside the others as far as these are trusted, which is why it takes rounds."""
    found = dict.fromkeys(said, 1.0)
    for _ in range(ROUNDS):
        found = {by: _trust(_beside(said, by, found)) * _trust(_again(mine)) for by, mine in said.items()}
    return found


def weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float:
    """Cohen's kappa with quadratic weights, for numbers between two stars, too: 1 less the mean squared difference
    over what chance would leave of it; NaN where neither varies."""
    if not pairs:
        return math.nan
    a, b = np.array(pairs, float).T
    chance = a.var() + b.var() + (a.mean() - b.mean()) ** 2
    return float(1 - np.mean((a - b) ** 2) / chance) if chance else math.nan


def _said(events: Iterable[Event]) -> Said:
    said: Said = {}
    for event in events:
        if isinstance(event.edit, Rate):
            for i in event.edit.ids:
                said.setdefault(event.by, {}).setdefault(i, []).append(event.edit.stars)
    return said


def _beside(said: Said, by: str, trust: Mapping[str, float]) -> list[tuple[float, float]]:
    """Their last stars beside the mean of the others', by trust, for the samples that both have rated."""
    pairs = []
    for i, mine in said[by].items():
        others = {who: theirs[i][-1] for who, theirs in said.items() if who != by and i in theirs}
        if others:
            pairs.append((float(mine[-1]), _mean(others, trust)))
    return pairs


def _again(mine: Mapping[int, Sequence[int]]) -> list[tuple[float, float]]:
    return [(float(stars[0]), float(stars[-1])) for stars in mine.values() if len(stars) > 1]


def _trust(pairs: Sequence[tuple[float, float]]) -> float:
    """Kappa where many samples tell it, 1 where none does; never below 0."""
    kappa, n = weighted_kappa(pairs), len(pairs)
    return 1.0 if math.isnan(kappa) else min(1.0, max(0.0, (n * kappa + FEW) / (n + FEW)))


def _mean(stars: Mapping[str, int], trust: Mapping[str, float]) -> float:
    """By trust; where nobody who rated a sample has any, all count alike."""
    counts = {by: trust[by] for by in stars}
    whole = sum(counts.values())
    if not whole:
        return sum(stars.values()) / len(stars)
    return sum(count * stars[by] for by, count in counts.items()) / whole
