"""The radar in a real browser, with a real widget as its kernel: spokes, classes dragged along them, keys, looks."""

import math

import numpy as np
import pytest

from greenlatent.edits import Shift
from greenlatent.plots import Parallel, Radar
from tests.browser.harness import CHECKOUT
from tests.browser.test_manners import darken, faults
from tests.browser.test_parallel import CLASSES, samples
from tests.browser.view import View

ROOM, HUB = 36, 0.12  # as in wheel.ts


class Spokes(View):
    def at(self, place: int, height: float) -> tuple[float, float]:
        box, n = self.stage.bounding_box(), min(len(self.widgets[0].order), 16)
        far = (min(box["width"], box["height"]) / 2 - ROOM) * (HUB + (1 - HUB) * height)
        turn = 2 * math.pi * place / n
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        return middle[0] + far * math.sin(turn), middle[1] - far * math.cos(turn)

    def mean(self, place: int, label: int) -> tuple[float, float]:
        widget = self.widgets[0]
        values = widget.values[:, widget.order[place]]
        mean = values[widget.labels == label].mean()
        return self.at(place, (mean - values.min()) / (values.max() - values.min()))


def radar(dims: int = 5, **options) -> Radar:
    values, labels = samples(60, dims)
    return Radar(values, labels=labels, classes=CLASSES, **options)


@pytest.fixture
def show(browser):
    made = []

    def open_(*widgets, **context):
        made.append(Spokes(browser, *widgets, **context))
        return made[-1]

    yield open_
    for view in made:
        assert view.errors == []
        view.context.close()


def test_a_class_is_taken_where_its_mean_is_and_dragged_along_its_spoke(show):
    heard, widget = [], radar()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    view.drag(view.mean(2, 1), view.at(2, 0.9))
    view.settle()
    view.page.screenshot(path=CHECKOUT / "tests" / "output" / "radar-asked.png")
    assert heard == [], "nothing counts before it is answered"
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    [edit] = heard
    values = widget.values[:, 2]
    pooled = np.sqrt(np.mean([values[widget.labels == k].var(ddof=1) for k in range(3)]))
    asked = values.min() + 0.9 * np.ptp(values) - values[widget.labels == 1].mean()
    assert isinstance(edit, Shift) and edit.label == "busy" and edit.axis == (0, 0, 1, 0, 0)
    assert edit.amount == pytest.approx(asked / pooled, abs=0.06)


def test_a_class_is_selected_by_its_mark_here_and_in_the_parallel_view(show):
    values, labels = samples(60, 5)
    other = Parallel(values, labels=labels, classes=CLASSES, link="one")
    widget = radar(link="one")
    view = show(widget, other).ready()
    view.page.mouse.click(*view.mean(0, 2))
    view.until(lambda: widget.selection.tolist() == list(range(120, 180)), "a class")
    view.until(lambda: other.selection.tolist() == list(range(120, 180)), "the same in the other view")
    before = view.coloured()
    view.page.mouse.click(*view.at(0.5, 1))
    view.until(lambda: not widget.selection.size, "nothing")
    view.until(lambda: view.coloured() < before, "fewer outlines")


def test_everything_can_be_done_by_keyboard(show):
    heard, widget = [], radar()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    view.stage.focus()
    live = view.page.locator(".greenlatent-foot .greenlatent-live")
    view.press("ArrowRight")
    assert live.inner_text().startswith("z2, axis 2 of 5, F-ratio")
    view.press("t", "ArrowUp", "ArrowUp", "Enter")
    view.page.get_by_role("dialog").wait_for()
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    assert (
        isinstance(heard[0], Shift)
        and heard[0].axis == (0, 1, 0, 0, 0)
        and heard[0].amount == pytest.approx(0.5)
    )
    view.press("s")
    view.until(lambda: widget.order[0] == widget.relevance().order[0], "sorted by their scores")
    view.press("h")
    view.until(lambda: len(widget.order) == 4, "one is hidden")
    view.settle()
    assert "4 axes, 1 not shown" in view.stage.get_attribute("aria-label")


def test_of_many_axes_sixteen_are_drawn_and_it_says_how_many_are_not(show):
    view = show(radar(dims=20)).ready()
    assert "16 axes, 4 not shown" in view.stage.get_attribute("aria-label")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [480, 900, 1366])
def test_it_looks_right_in_every_width_and_theme(show, theme, width):
    widget = radar(
        dims=8, axes=["mean of x", "y", "z", "rotation x", "rotation y", "rotation z", "pulse", "<b>t</b>"]
    )
    view = show(widget, viewport={"width": width, "height": 700})
    if theme == "dark":
        darken(view)
    view.ready()
    widget.selection = [3, 70, 150]
    view.settle()
    view.page.mouse.move(*view.mean(0, 2))
    view.page.get_by_role("button", name="wild").first.hover()
    view.settle()
    view.page.screenshot(path=CHECKOUT / "tests" / "output" / f"radar-{width}-{theme}.png")
    assert view.coloured() > 1000 and faults(view) == []
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
