"""Count: the workload of a model that was given in words, as a module, or as counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from . import words
from .workload import Workload


def of(
    model: Any,
    *,
    rows: float,
    features: int | Sequence[int],
    classes: int = 2,
    size: str | None = None,
    batch: int = 64,
    epochs: float | None = None,
    steps: float | None = None,
    example: Any = None,
    call: Any = None,
    precision: str = "fp32",
) -> Workload:
    """A run from words ("cnn", "forest"), from a module, or from counts that somebody made.

    `features` is the shape of one row. `example` is a batch, or rows, of what a module takes; without one it is given
    floats of that shape.
    """
    if isinstance(model, Workload):
        return model if steps is None else model.times(steps)
    if isinstance(model, str):
        made = words.workload(model, size, rows=rows, shape=features, classes=classes, batch=batch)
    else:
        from . import counted

        made = counted.workload(model, features, example=example, batch=batch, call=call)
    if not made.fit:
        made = made.times(
            steps if steps is not None else steps_of(rows, batch, 20 if epochs is None else epochs)
        )
    return replace(made, precision=precision)


def steps_of(rows: float, batch: int, epochs: float) -> float:
    """Steps of so many epochs."""
    return math.ceil(rows / batch) * epochs
