"""The whole Lab at the widths of a phone, a notebook and a full tab: side by side where there is room."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.edits import Shift
from tests.browser.test_manners import FITS, darken, faults
from tests.browser.view import View
from tests.parts import digit_samples, net

AXES = "Show every latent dimension as an axis"


@pytest.fixture(scope="module")
def lab():
    train, valid = digit_samples("blob")
    train.groups = {"writer": np.arange(len(train)) // 60}
    lab = gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False, budget=gl.Budget(1e6))
    lab.step(300)
    lab.journal.add(gl.Relabel([3, 4, 5], "7"), by="human")
    lab.step(20)
    yield lab
    lab.close()


def boxes(view: View) -> list[dict[str, float]]:
    stages = view.page.get_by_role("application")
    return [stages.nth(k).bounding_box() for k in range(stages.count())]


def open_fold(view: View, name: str) -> None:
    fold = view.page.locator(".greenlatent-fold", has_text=name)
    if fold.get_attribute("aria-expanded") != "true":
        fold.click()
    view.settle()


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        *((480, "dark"), (1600, "light")),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((480, "light"), (900, "light"))),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((900, "dark"), (1600, "dark"))),
    ],
)
def test_scatter_axes_and_panels_fit_and_axe_finds_no_serious_fault(show, lab, width, theme):
    view = show(lab.widget, viewport={"width": width + 40, "height": 1000})
    if theme == "dark":
        darken(view)
    view.ready()
    assert len(boxes(view)) == (2 if width == 1600 else 1), (
        "axes stand beside the scatter where there is room"
    )
    if width < 1600:
        view.page.get_by_role("button", name=AXES).click()
        view.ready()
    one, two = boxes(view)
    if width == 1600:
        assert two["x"] >= one["x"] + one["width"] and abs(one["y"] - two["y"]) < 120
    else:
        assert two["y"] >= one["y"] + one["height"]
    lab.runner.call(lab._dashboard.panels.questions.suggest)
    for name in ("Agent", "Energy", "Edits", "Find", "Compare"):
        open_fold(view, name)
        assert view.page.evaluate(FITS), name
        assert faults(view) == [], name


def test_the_row_below_the_plot_is_one_line_and_on_a_phone_two(show, lab):
    view = show(lab.widget, viewport={"width": 1640, "height": 900}).ready()
    assert view.page.locator(".greenlatent-fold", has_text="Edits").inner_text() == "Edits\n1"
    lines = """() => {
        const parts = document.querySelectorAll(".greenlatent-meter-total, .greenlatent-fold");
        const boxes = [...parts].map(part => part.getBoundingClientRect());
        const middles = boxes.map(({ top, bottom }) => (top + bottom) / 2);
        return 1 + Math.round((Math.max(...middles) - Math.min(...middles)) / boxes[1].height);
    }"""
    for width, count in ((1600, 1), (1200, 1), (900, 1), (690, 1), (600, 2), (480, 2), (420, 2)):
        view.page.set_viewport_size({"width": width + 40, "height": 900})
        view.settle()
        assert view.page.evaluate(lines) == count, f"at {width} pixels"


def test_axes_are_sent_to_views_that_draw_them_and_to_no_other(show, lab):
    lab.widget._channel._views.clear()  # pages of other tests that are gone without a word
    view = show(lab.widget, viewport={"width": 940, "height": 900}).ready()
    assert not lab.widget.draws_axes
    button = view.page.get_by_role("button", name=AXES)
    button.click()
    view.ready()
    assert lab.widget.draws_axes and button.get_attribute("aria-pressed") == "true"
    before = view.page.get_by_role("application").nth(1).screenshot()
    lab.step(200)
    view.until(
        lambda: view.page.get_by_role("application").nth(1).screenshot() != before,
        "axes that follow training",
    )
    button.click()
    view.settle()
    assert not lab.widget.draws_axes and len([b for b in boxes(view) if b]) == 1
    view.load()
    view.ready()
    assert not lab.widget.draws_axes


def test_scatter_and_axes_of_one_lab_share_selection_and_colour(show, lab):
    view = show(lab.widget, viewport={"width": 1640, "height": 900}).ready()
    lab.selection = [1, 2, 3]
    view.settle()
    assert view.texts("hint")[1].startswith("3 ") and view.texts("hint")[0].startswith("3 ")
    view.page.get_by_label("Colour").first.select_option(label="writer")
    view.settle()
    names = view.page.locator(".greenlatent-parallel .greenlatent-legend").inner_text()
    assert "label" not in names
    assert view.page.locator(".greenlatent-parallel select").first.input_value() != ""
    lab.selection = []


def test_a_class_dragged_along_an_axis_of_the_lab_is_a_shift_along_that_dimension(lab):
    lab._dashboard.feed.axes.shown = np.array([2, 5])
    widget = lab.widget
    widget._on_edit(Shift("3", 1, 1.0), seconds=1.0, frame=lab.trainer.steps)
    edit = lab.journal.active[-1].edit
    assert int(np.argmax(edit.axis)) == 5 and len(edit.axis) == lab.trainer.dims
    lab.undo()
