"""Amounts: what the edits in force of a journal amount to: mended data, tables to take home, who agrees with whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..data.samples import Samples
from .agreement import Agreement, agreement_of
from .changes import Changes, changes_of, mended_of, ratings_of
from .events import Event
from .kinds import to_json
from .rating import Rater, raters_of


class Amounts(Iterable[Event]):
    """What a journal, as its events in order, answers about its edits; it changes nothing."""

    active: Any  # the edits in force, in order
    found: Any  # names of classes that were found

    def mended(self, train: Samples) -> Samples:
        """The data as the person left them: new labels, weights and classes, dropped rows gone."""
        return mended_of(self.active, train, self.found)

    def changes(self, train: Samples) -> Changes:
        """One row per sample whose label or weight changed: what to take home."""
        return changes_of(self.active, train, self.found)

    def agreement(self, train: Samples) -> list[Agreement]:
        """How far those who labelled the same samples agree, and how far each agrees with themselves when asked again.

        Of relabels in force, for every two `by`; Cohen's kappa is 0 where they agree as often as chance would.
        """
        return agreement_of(self.active, train, self.found)

    def raters(self, train: Samples) -> list[Rater]:
        """Everybody who rated samples: their kappa against the others and against themselves, and the trust that
        multiplies their stars."""
        return raters_of(self.active, train)

    def ratings(self, train: Samples) -> Changes:
        """A row for each sample of each `Rate` in force, with rater, time and stars.

        >>> journal.ratings(train).to_csv("ratings.csv")
        """
        return ratings_of(self.active, train)

    def to_frame(self) -> Any:
        """All events as a pandas table."""
        import pandas

        rows = [
            {**vars(event), "edit": None if event.edit is None else to_json(event.edit)} for event in self
        ]
        return pandas.DataFrame(rows, columns=list(Event.__dataclass_fields__))
