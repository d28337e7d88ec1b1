"""Axes: the candidates over accuracy and all that they take at once, as a Parallel in which brushing is filtering."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .front import AXES, Front


def side_by_side(ask: Callable[[str], Front], y: str) -> Any:
    """`ask(x)` is a front; axes that it does not have, such as grams without a region, are left out."""
    import greenlatent as gl

    columns: dict[str, list[float]] = {}
    kinds: dict[str, str] = {}
    names: list[str] = []
    for x, (words, unit) in AXES.items():
        try:
            there = ask(x).candidates
        except ValueError:
            continue
        if not columns:
            names = [each.name for each in there]
            columns[y] = [math.nan if each.y is None else each.y.value for each in there]
        axis = words if unit == "s" or x == "grams" else f"{words} ({unit})"
        columns[axis] = [each.x.value or math.nan for each in there]
        kinds[axis] = "log"
    if not names:
        raise ValueError("no candidate of this package does that, so there is nothing to show")
    families = [name.partition(" ")[0] for name in names]
    values = list(zip(*columns.values(), strict=True))
    return gl.Parallel(
        values, axes=[*columns], kinds=kinds, names=names, labels=families, editable=False, title="Candidates"
    )
