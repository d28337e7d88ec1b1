"""Agreement: how often two raters, or one asked again, gave the same samples the same label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from ..data.samples import Samples
from .events import Event
from .found import class_index
from .kinds import Relabel


@dataclass(frozen=True)
class Agreement:
    """Two who labelled the same n samples; the same name twice: one who was asked again."""

    a: str
    b: str
    n: int
    share: float  # of the n samples that both gave the same label
    kappa: float  # NaN where only one label was given at all


def agreement_of(active: Sequence[Event], train: Samples, found: Sequence[str] = ()) -> list[Agreement]:
    """Of the relabels in force, for every two `by`; Cohen's kappa is 0 where they agree as often as chance would."""
    from sklearn.metrics import cohen_kappa_score

    said: dict[str, dict[int, list[int]]] = {}  # by -> sample -> its labels, in order
    for event in active:
        if isinstance(event.edit, Relabel) and not train.regression:
            label = class_index(event.edit.label, train, found)  # type: ignore[arg-type]
            for i in event.edit.ids:
                said.setdefault(event.by, {}).setdefault(i, []).append(label)
    table: list[Agreement] = []
    for a, b in combinations_with_replacement(sorted(said), 2):
        if a == b:
            pairs = [(labels[0], labels[-1]) for labels in said[a].values() if len(labels) > 1]
        else:
            pairs = [(said[a][i][-1], said[b][i][-1]) for i in sorted(said[a].keys() & said[b].keys())]
        if pairs:
            first, second = zip(*pairs, strict=True)
            share = sum(x == y for x, y in pairs) / len(pairs)
            same = len({*first, *second}) == 1  # one label only: kappa is 0 / 0
            kappa = math.nan if same else float(cohen_kappa_score(first, second))
            table.append(Agreement(a, b, len(pairs), share, kappa))
    return table
