"""Changes: rows of what edits changed, and of what raters said, as tables to take home."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np

from ..data.samples import Samples
from ..files import cell
from .events import Event
from .kinds import Found, Rate
from .mending import mend
from .rating import edits_of

COLUMNS = ("name", "old", "new", "weight", "by")


class Changes(list[dict[str, Any]]):
    """Rows of changed samples; `to_csv` writes them for a spreadsheet, with formulas made harmless."""

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows; a cell that a spreadsheet would run as a formula is quoted."""
        names = list(dict.fromkeys(name for row in self for name in row)) or list(COLUMNS)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow([cell(name) for name in names])
            writer.writerows([cell(row.get(name, "")) for name in names] for row in self)

    def to_frame(self) -> Any:
        """The rows as a pandas table."""
        import pandas

        return pandas.DataFrame(list(self))


def mended_of(active: Sequence[Event], train: Samples, found: Sequence[str]) -> Samples:
    """The data as these events, the ones in force, left them."""
    edits = edits_of(active)
    there = {edit.name for edit in edits if isinstance(edit, Found)}
    mending = mend(edits, train, [name for name in found if name in there])
    kept = np.flatnonzero(mending.weights > 0)
    return train.take(kept, y=mending.y, weights=mending.weights, classes=mending.classes or None)


def changes_of(active: Sequence[Event], train: Samples, found: Sequence[str] = ()) -> Changes:
    """What these events, the ones in force, changed."""
    last: dict[int, str] = {}
    for event in active:
        for i in getattr(event.edit, "ids", ()):
            last[i] = event.by
    mending = mend(edits_of(active), train, found)

    def name(value: Any) -> Any:
        if train.regression:
            return float(value)
        return "" if value < 0 else mending.classes[int(value)]

    rows = []
    for i in sorted(last):
        old, new = name(train.y[i]), name(mending.y[i])
        if old == new and mending.weights[i] == train.weights[i]:
            continue
        groups = {group: values[[i]].tolist()[0] for group, values in train.groups.items()}
        weight = float(mending.weights[i])
        rows.append({"name": train.key(i), **groups, "old": old, "new": new, "weight": weight, "by": last[i]})
    return Changes(rows)


def ratings_of(active: Iterable[Event], train: Samples) -> Changes:
    """A row for each sample of each rating in force: the sample, who, when (UTC), and how many stars."""
    return Changes(
        {
            "name": train.key(i),
            "rater": event.by,
            "time": datetime.fromtimestamp(event.t, timezone.utc).isoformat(timespec="seconds"),
            "stars": event.edit.stars,
        }
        for event in active
        if isinstance(event.edit, Rate)
        for i in event.edit.ids
    )
