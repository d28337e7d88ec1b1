"""Curve: how good a run is over the samples it was trained on, beside the same run without the person."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

EVERY = 0.5  # seconds between two updates
MOST = 400  # points of a line
BEFORE = 10_000.0  # samples that the axis spans before there is a point
PAST = ("#009e73", "#cc79a7", "#e69f00")  # earlier runs, one after another
MINE, OTHER, GREY = "#0072b2", "#d55e00", "#808080"  # seen on light and dark


class Curve:
    """A bqplot figure that one thread feeds; importing bqplot takes half a second, so it is made when it is shown.

    >>> curve = Curve()
    >>> curve.tell([64, 128], [0.4, 0.6], now=True)
    >>> curve.figure
    """

    def __init__(self) -> None:
        import bqplot

        # up to 0.12 an axis has an orientation as well
        upright = {"side": "left"}
        if "orientation" in bqplot.Axis.class_trait_names():
            upright["orientation"] = "vertical"
        scales = {"x": bqplot.LinearScale(min=0, max=BEFORE), "y": bqplot.LinearScale(min=0, max=1)}
        self._scales = scales
        self.mine = self._line(MINE, "solid", "with you", 2)
        self.other = self._line(OTHER, "dashed", "without you", 2)
        self.before = self._line(MINE, "dotted", "before you began again", 1)
        for line in (self.other, self.before):
            line.visible = line.display_legend = False
        self.solved = bqplot.Scatter(
            x=np.zeros(0),
            y=np.zeros(0),
            scales=scales,
            colors=["transparent"],  # hollow: nothing was trained for it
            stroke=MINE,
            stroke_width=2,
            default_size=48,
            labels=["solved"],
        )
        self.figure = bqplot.Figure(
            marks=[self.before, self.mine, self.other, self.solved],
            axes=[
                bqplot.Axis(
                    scale=scales["x"],
                    label="samples trained on",
                    label_offset="38px",
                    tick_format="~s",
                    grid_lines="none",
                    label_color=GREY,
                ),
                bqplot.Axis(
                    scale=scales["y"],
                    label="accuracy",
                    label_offset="46px",
                    tick_format=".0%",
                    tick_values=np.linspace(0, 1, 5),
                    label_color=GREY,
                    **upright,
                ),
            ],
            legend_location="bottom-right",
            # the colour of a line is too dark for letters on a dark page
            legend_text={"fill": "var(--jp-ui-font-color1, #808080)"},
            fig_margin={"top": 12, "bottom": 44, "left": 60, "right": 18},
            padding_y=0,
            layout={"height": "230px", "width": "98%"},
            animation_duration=0,
        )
        self._told = 0.0

    def _line(self, colour: str, style: str, label: str, width: int) -> Any:
        import bqplot

        return bqplot.Lines(
            x=np.zeros(0),
            y=np.zeros(0),
            scales=self._scales,
            colors=[colour],
            stroke_width=width,
            line_style=style,
            labels=[label],
            display_legend=True,
        )

    def tell(self, x: Sequence[float], y: Sequence[float], *, now: bool = False) -> None:
        """Show the run as it stands, unless that was done a moment ago."""
        if now or time.perf_counter() - self._told > EVERY:
            self._told = time.perf_counter()
            if len(x):
                self.figure.axes[0].scale.max = None
            _put(self.mine, x, y)

    def compare(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Show the run without the person beside it."""
        self._show(self.other, x, y)

    def keep(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Show the run that this one began again from, as a thin line."""
        self._show(self.before, x, y)

    def solve(self, point: tuple[float, float] | None) -> None:
        """Show what was solved at so many samples as a hollow point; None takes it away."""
        x, y = ([point[0]], [point[1]]) if point is not None else ([], [])
        if list(self.solved.x) != x or list(self.solved.y) != y:
            with self.solved.hold_sync():
                self.solved.x, self.solved.y = np.asarray(x, float), np.asarray(y, float)

    def lay(self, curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> None:
        """Lay curves of other runs over this one, by their names, in place of those that lay there before."""
        old = {mark.labels[0]: mark for mark in self.figure.marks[4:]}
        if old.keys() == curves.keys():
            return
        new = [
            old.get(name) or self._line(PAST[k % len(PAST)], "dash_dotted", name, 1)
            for k, name in enumerate(curves)
        ]
        for mark, (x, y) in zip(new, curves.values(), strict=True):
            _put(mark, x, y)
        self.figure.marks = [*self.figure.marks[:4], *new]

    def _show(self, line: Any, x: Sequence[float], y: Sequence[float]) -> None:
        _put(line, x, y)
        with line.hold_sync():
            line.visible = line.display_legend = True


def _put(line: Any, x: Sequence[float], y: Sequence[float]) -> None:
    """Set both ends of a line at once, in so few points that a page can draw them."""
    step = max(1, -(-len(x) // MOST))
    at = sorted({*range(0, len(x), step), *([len(x) - 1] if len(x) else [])})
    new_x, new_y = np.asarray(x, float)[at], np.asarray(y, float)[at]
    if np.array_equal(line.x, new_x) and np.array_equal(line.y, new_y):
        return
    with line.hold_sync():
        line.x, line.y = new_x, new_y
        line.marker = "circle" if len(at) == 1 else None  # a line of one point is nothing
