"""Pictures: the candidates as lines over axes, and as points of accuracy over joules, with one selection."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...plots.parallel import Parallel
from ...plots.scatter import Scatter
from ...widgets.widget import LEFT_OUT
from .shown import STANDINGS, SearchShown

OFFER = "Search here"
COLOUR = "candidates"  # the column that colours both
WIDE = 1.5  # the shape of the points' picture


class Pictures:
    """Both show the candidates of one search, by their numbers; a row comes when a candidate begins."""

    def __init__(self, kinds: Mapping[str, Any], measure: str, space: Mapping[str, Any]):
        axes = list(kinds)
        link = uuid.uuid4().hex
        self.measure = measure
        told = {name: kind for name, kind in kinds.items() if kind is not None}
        self.parallel = Parallel(
            np.empty((0, len(axes)), object),
            axes=axes,
            kinds=told,
            link=link,
            editable=False,
            height=380,
            title="Candidates",
        )
        self.scatter = Scatter(
            np.empty((0, 2)),
            link=link,
            editable=False,
            height=300,
            title=f"{measure.capitalize()} over joules",
        )
        for widget in (self.parallel, self.scatter):
            widget.classes, widget.colour = STANDINGS, COLOUR
        self.parallel.share_selection(self.scatter)
        self._space = [name for name in axes if name in space]
        self._shown: tuple[Any, ...] = ()

    def offer(self, callback: Callable[[dict[str, Any]], object]) -> None:
        self.parallel.offer(OFFER, callback, self._space)

    def name(self, what: Callable[[int], str]) -> None:
        """What a candidate is called where it is pointed at."""
        for widget in (self.parallel, self.scatter):
            widget.on_name(what)

    def show(self, now: SearchShown) -> None:
        """Sends what has changed."""
        places, points, standings = now.places, framed(now.points), now.standings
        told = (places.tolist(), np.nan_to_num(points, nan=-1.0).tolist(), standings.tolist())
        bands = {name: to for name, (to, _) in now.region.items() if name in self._space}
        if bands != self.parallel.bands:
            self.parallel.bands = bands
        if told == self._shown:
            return
        self._shown = told
        ended = standings == STANDINGS.index("ended")
        columns: dict[str, tuple[str, Any]] = {
            COLOUR: ("class", standings),
            "state": ("flags", np.where(ended, LEFT_OUT, 0).astype(np.uint8)),
        }
        self.parallel.grow(places, columns)
        self.scatter.grow(points, columns)


def framed(points: np.ndarray) -> np.ndarray:
    """Points in a box of one shape: a Scatter keeps what lies across and what lies up to one scale."""
    found = np.array(points, float)
    known = found[~np.isnan(found).any(1)]
    if len(known):
        low, high = known.min(0), known.max(0)
        found = (found - low) / np.where(high > low, high - low, 1.0)
        found[:, 0] *= WIDE
    return found


def ends(points: np.ndarray, measure: str) -> str:
    """What the edges of the picture of points stand for, in words."""
    known = points[~np.isnan(points).any(1)]
    if not len(known):
        return ""
    (left, bottom), (right, top) = known.min(0), known.max(0)
    told = (f"{bottom:.1%}", f"{top:.1%}") if measure == "accuracy" else (f"{bottom:.3g}", f"{top:.3g}")
    return (
        f"↑ {measure} {told[0]} to {told[1]}   → joules {10**left:.2g} to {10**right:.2g}, by their logarithm."
        " Front: no other is better for fewer joules."
    )
