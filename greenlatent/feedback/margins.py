"""Margins: separations and shifts, which ask for a distance between two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch

from ..edits.kinds import Separate, Shift
from ..edits.mending import Mending
from . import losses
from .contrast import between
from .survey import Aim, Fade, Standing

# What a contrast of two sides counts beside a margin: centroids end a fifth or more farther apart, and no accuracy goes
BETWEEN = 4.0


class Margins:
    """The means of classes and of named samples as they stand, and what moves two of them apart."""

    def __init__(self, standing: Standing, mending: Mending):
        self.means, self.scale = standing.means, standing.variance.sum()
        self._standing, self._mending = standing, mending
        self._fresh_row = {i: row for row, i in enumerate(standing.named)}
        self._aims: list[Aim] = []

    def aim(self, aims: list[Aim]) -> None:
        """Take up those of these edits that are margins."""
        self._aims = [a for a in aims if type(a.edit) in MARGINS]

    def pull(self, z: torch.Tensor, ids: torch.Tensor, y: torch.Tensor, fade: Fade) -> losses.Pair | None:
        """On means whose value is the stored one and whose slope is this batch's; or on the rows of both sides.

        z (b, d), ids (b,) on the host, y (b,) -> value (), slope (b, d); None without any.
        """
        total = None
        for a in self._aims:
            assert a.goal is not None
            kind = MARGINS[type(a.edit)]
            first, second = kind.sides(a.edit)
            shares = self._share(first, ids, y), self._share(second, ids, y)  # (b,) of each row in a mean
            if kind.loss is None:
                v, s = between(z, *shares, BETWEEN)
            else:
                v, s = kind.loss(self, a.edit, self._mean(first) - self._mean(second), a.goal)
                s = (shares[0] - shares[1])[:, None] * s
            weight = fade(a.born)
            pair = weight * v, weight * s
            total = pair if total is None else (total[0] + pair[0], total[1] + pair[1])
        return total

    def separation(self, edit: Separate | Shift) -> float:
        """How far apart the two sides are now, in pooled deviations (along the axis, for a shift)."""
        kind = MARGINS[type(edit)]
        a, b = kind.sides(edit)
        return float(kind.measure(self, edit, self._mean(a) - self._mean(b)))

    def middle(self, ids: Iterable[int]) -> torch.Tensor:
        """The mean (d,) of named samples."""
        return self._standing.fresh[[self._fresh_row[i] for i in ids]].mean(0)

    def axis(self, edit: Shift) -> torch.Tensor:
        """The direction (d,) that a shift goes along."""
        d, device = self.means.shape[1], self.means.device
        if isinstance(edit.axis, int):
            return torch.nn.functional.one_hot(torch.tensor(edit.axis, device=device), d).float()
        return torch.tensor(edit.axis, device=device)

    def spread(self, axis: torch.Tensor) -> torch.Tensor:
        """Pooled deviation within classes along an axis, never under a tenth of the average axis."""
        floor = 0.1 * (self.scale / len(axis)).sqrt()
        return (self._standing.variance @ axis.square()).sqrt().clamp(min=floor)

    def _classes_of(self, side: Any) -> torch.Tensor:
        """(c,) 1 for the classes of a side."""
        all_but = isinstance(side, tuple)
        chosen = torch.zeros(len(self.means), device=self.means.device)
        chosen[self._mending.class_index(side[1] if all_but else side)] = 1.0
        return 1.0 - chosen if all_but else chosen

    def _mean(self, side: Any) -> torch.Tensor:
        if _is_ids(side):
            return self.middle(side)
        weight = self._classes_of(side) * self._standing.counts
        return (self.means * weight[:, None]).sum(0) / weight.sum().clamp(min=1)

    def _share(self, side: Any, ids: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """How much each row of the batch counts in the mean of a side: (b,), adding up to 1 or to 0."""
        if _is_ids(side):
            rows = torch.isin(ids, torch.tensor(side)).to(y.device).float()
        else:
            rows = self._classes_of(side)[y.clamp(min=0)] * (y >= 0)
        return rows / rows.sum().clamp(min=1)


def _is_ids(side: Any) -> bool:
    return isinstance(side, tuple) and side[0] is not None


class _Margin(NamedTuple):
    """What a kind of edit asks of the gap (d,) between its sides."""

    sides: Callable[
        [Any], tuple[Any, Any]
    ]  # each a class name, a tuple of ids, or (None, name): all but that class
    measure: Callable[[Margins, Any, torch.Tensor], torch.Tensor]  # the gap, in pooled deviations
    # value (), slope (d,) for the gap; None for a contrast between the rows of the two sides, which costs less accuracy
    loss: Callable[[Margins, Any, torch.Tensor, float], losses.Pair] | None


def _along(margins: Margins, edit: Shift, gap: torch.Tensor, goal: float) -> losses.Pair:
    axis = margins.axis(edit)
    return losses.axis_margin(gap, axis, margins.spread(axis), goal, up=edit.amount > 0)


def _distance(margins: Margins, edit: Separate, gap: torch.Tensor) -> torch.Tensor:
    return (gap.square().sum() / margins.scale).sqrt()


def _distance_along(margins: Margins, edit: Shift, gap: torch.Tensor) -> torch.Tensor:
    axis = margins.axis(edit)
    return gap @ axis / margins.spread(axis)


def _shifted(edit: Shift) -> tuple[Any, Any]:
    return edit.label, (None, edit.label) if edit.against is None else edit.against


MARGINS: dict[type, _Margin] = {
    Separate: _Margin(lambda edit: (edit.a, edit.b), _distance, None),
    Shift: _Margin(_shifted, _distance_along, _along),
}
