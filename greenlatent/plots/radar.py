"""Radar: class means and selected samples over a few axes as spokes, alone on any array or data frame."""

from __future__ import annotations

from typing import Any

from .parallel import Parallel

SPOKES = (3, 16)  # axes that are drawn, at least and at most


class Radar(Parallel):
    """What a Parallel shows, around a middle: the mean of each class over 3 to 16 axes, its spread as a band where it
    is pointed at, and selected samples. Of more axes the first 16 in their order, and it says how many are not shown.

    A class dragged along a spoke is a `Shift` for the callback of `on_edit`. Everything else is as in a Parallel:
    the order, flips and scores of axes, the keyboard, `link`, `groups`.

    >>> radar = Radar([[0, 1, 2], [1, 2, 0], [2, 0, 4]], labels=["calm", "busy", "calm"])
    >>> radar.arrangement = {"order": radar.relevance().order.tolist()}  # the best axis first
    """

    kind = "radar"

    def __init__(self, values: Any, *, labels: Any = None, **options: Any) -> None:
        """`values` (n, axes) or a pandas DataFrame, and what a Parallel takes."""
        super().__init__(values, labels=labels, **options)
        if len(self.axes) < SPOKES[0]:
            raise ValueError(
                f"a radar takes {SPOKES[0]} axes or more, got {len(self.axes)}; a Parallel shows them"
            )
