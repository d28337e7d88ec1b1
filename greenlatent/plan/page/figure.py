"""Figure: candidates as points with whiskers, the front as a step line, the unknown in a strip; nothing is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bqplot
import numpy as np

from ..front.front import AXES, Front, Placed

BLUE, GREY = "#0072b2", "#808080"  # seen on light and dark
NEAR = 0.14  # of the width: names nearer than this stand on two sides
HEIGHT, LOW = "340px", "150px"


class Figure:
    """One bqplot figure; a click tells a name."""

    def __init__(self, clicked: Callable[[str], Any]) -> None:
        self._clicked = clicked
        self._names: list[str] = []
        self._strip: list[str] = []
        self.x, self.y = bqplot.LogScale(), bqplot.LinearScale()
        scales = {"x": self.x, "y": self.y}
        empty = np.zeros(0)
        self.steps = bqplot.Lines(x=empty, y=empty, scales=scales, colors=[BLUE], stroke_width=2)
        self.behind = _grey(scales, line_style="dotted", stroke_width=2, labels=["ICT4S 2022"])
        self.target = _grey(scales, line_style="dashed")
        self.related, self.across, self.upright = (_grey(scales, x=[[1, 1]], y=[[0, 0]]) for _ in range(3))
        self.points = self._scatter(scales, "circle")
        self.strip = self._scatter(scales, "rectangle")
        self.names = [
            bqplot.Label(
                x=empty, y=empty, text=[], scales=scales, colors=[GREY], default_size=12, y_offset=offset
            )
            for offset in (-12, 16)
        ]
        self.said = bqplot.Label(
            x=empty, y=empty, text=[], scales=scales, colors=[GREY], default_size=11, y_offset=-14
        )
        for names in (*self.names, self.said):
            names.x_offset = 6
            names.font_weight = "normal"
        upright = {"orientation": "vertical"} if "orientation" in bqplot.Axis.class_trait_names() else {}
        self._axes = [
            bqplot.Axis(
                scale=self.x, label_offset="36px", tick_format="~s", grid_lines="none", label_color=GREY
            ),
            bqplot.Axis(
                scale=self.y, label_offset="48px", label_color=GREY, side="left", num_ticks=6, **upright
            ),
        ]
        marks = [
            self.behind,
            self.target,
            self.related,
            self.across,
            self.upright,
            self.steps,
            self.strip,
            self.points,
            *self.names,
            self.said,
        ]
        self.figure = bqplot.Figure(
            marks=marks,
            axes=self._axes,
            fig_margin={"top": 14, "bottom": 46, "left": 62, "right": 24},
            layout={"height": HEIGHT, "width": "100%", "min_width": "0"},
            animation_duration=0,
            title="",
        )

    def _scatter(self, scales: Any, marker: str) -> Any:
        made = bqplot.Scatter(
            x=np.zeros(0),
            y=np.zeros(0),
            scales=scales,
            marker=marker,
            default_size=70,
            colors=[BLUE],
            stroke=GREY,
            selected_style={"stroke": "#d55e00", "stroke-width": 4},
            interactions={"click": "select"},
        )
        made.observe(self._heard, names="selected")
        return made

    def _heard(self, change: Any) -> None:
        there = self._names if change["owner"] is self.points else self._strip
        found = change["new"]
        if found is not None and len(found) and int(found[-1]) < len(there):
            self._clicked(there[int(found[-1])])

    def show(self, front: Front, chosen: str, relatives: bool) -> None:
        """Draw a front; `chosen` is what the list has."""
        known, unknown = front.known, front.unknown
        everything = [*known, *unknown]
        if not everything:
            return
        low = min(max(each.x.low if each.y else each.x.value, 1e-9) for each in everything)
        high = max(each.x.high if each.y else each.x.value for each in everything)
        accuracy = [end for each in known if each.y for end in (each.y.low, each.y.high)] or [0.0, 1.0]
        target = [front.target] if known and front.target is not None else []
        bottom, top = min(accuracy + target), max(accuracy + target)
        strip = bottom - 0.08 * (top - bottom or 0.1)
        with self.x.hold_sync(), self.y.hold_sync():
            self.x.min, self.x.max = low / 1.25, high * 1.6
            self.y.min, self.y.max = strip - 0.06 * (top - bottom or 0.1), top + 0.05 * (top - bottom or 0.1)
        self._axes[1].tick_values = _ticks(bottom, top)
        with self.said.hold_sync():
            told = [(strip, "accuracy not known")] if unknown else []
            told += [(value, f"target {value:g}") for value in target]
            self.said.x = np.array([low / 1.2] * len(told))
            self.said.y, self.said.text = np.array([y for y, _ in told]), [words for _, words in told]
        _line(self.target, [low / 1.25, high * 1.6] if target else [], 2 * target)
        self._axes[0].label = f"{AXES[front.x][0]} (log)"
        self._axes[1].label = front.y if known else ""
        self._axes[1].visible = bool(known)
        self._axes[1].tick_format = ".2f" if top - bottom > 0.05 else ".3f"
        self.figure.layout.height = HEIGHT if known else LOW
        self._names, self._strip = [each.name for each in known], [each.name for each in unknown]
        self._place(self.points, known, [each.y.value for each in known if each.y], chosen)
        self._place(self.strip, unknown, [strip] * len(unknown), chosen)
        corners = front.steps
        _line(self.steps, [x for x, _ in corners], [y for _, y in corners])
        self._whiskers(known)
        self._label(known, low, high)
        self._lay(front, relatives)

    def _place(self, mark: Any, candidates: list[Placed], y: list[float], chosen: str) -> None:
        with mark.hold_sync():
            mark.unobserve(self._heard, names="selected")
            mark.x, mark.y = np.array([each.x.value for each in candidates]), np.array(y)
            mark.colors = [GREY if each.breaks else BLUE for each in candidates] or [BLUE]
            place = [k for k, each in enumerate(candidates) if each.name == chosen]
            mark.selected = place or None
            mark.observe(self._heard, names="selected")

    def _whiskers(self, known: list[Placed]) -> None:
        x = [[each.x.low, each.x.high] for each in known] or [[1, 1]]
        y = [[each.y.value] * 2 for each in known if each.y] or [[0, 0]]
        _line(self.across, x, y)
        x = [[each.x.value] * 2 for each in known] or [[1, 1]]
        y = [[each.y.low, each.y.high] for each in known if each.y] or [[0, 0]]
        _line(self.upright, x, y)
        self.across.visible = self.upright.visible = bool(known)

    def _label(self, known: list[Placed], low: float, high: float) -> None:
        """Names above; under a point that has another near and above it."""
        width = np.log(high / low) or 1.0
        sides: list[list[Placed]] = [[], []]
        for each in known:
            over = [
                other
                for other in known
                if other.y
                and each.y
                and other.y.value > each.y.value
                and abs(np.log(other.x.value / each.x.value)) < NEAR * width
            ]
            sides[bool(over)].append(each)
        for mark, candidates in zip(self.names, sides, strict=True):
            with mark.hold_sync():
                mark.x = np.array([each.x.value for each in candidates])
                mark.y = np.array([each.y.value for each in candidates if each.y])
                mark.text = [each.name for each in candidates]

    def _lay(self, front: Front, relatives: bool) -> None:
        where = {each.name: (each.x.value, each.y.value) for each in front.known if each.y}
        pairs = [(where[a], where[b]) for a, b in front.relatives if a in where and b in where]
        self.related.visible = relatives and bool(pairs)
        if self.related.visible:
            _line(self.related, [[a[0], b[0]] for a, b in pairs], [[a[1], b[1]] for a, b in pairs])
        dearest = max((each.x.value for each in front.known), default=0.0)
        curve = sorted((share * dearest, score) for share, score, _ in front.benchmark) if dearest else []
        _line(self.behind, [x for x, _ in curve], [y for _, y in curve])


def _grey(scales: Any, **more: Any) -> Any:
    """Lines that stand behind the candidates; none as yet."""
    options = {"x": np.zeros(0), "y": np.zeros(0), "stroke_width": 1} | more
    return bqplot.Lines(scales=scales, colors=[GREY], **options)


def _line(mark: Any, x: Any, y: Any) -> None:
    with mark.hold_sync():
        mark.x, mark.y = np.array(x, dtype=float), np.array(y, dtype=float)


def _ticks(low: float, high: float) -> np.ndarray:
    """Round values of accuracy between two, few enough to be read."""
    step = next(each for each in (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0) if (high - low) / each <= 7)
    return np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step, 4)
