"""Parallel coordinates in a real browser, with a real widget as its kernel: drawing, brushes, axes, classes."""

from typing import Any

import numpy as np
import pytest

from greenlatent.edits import Drop, RankFeatures, Relabel, Shift
from greenlatent.plots import Parallel, Scatter
from tests.browser.view import CORES, View

CLASSES = ["calm", "busy", "wild"]
LEFT, RIGHT, TOP, BOTTOM = 52, 34, 16, 14  # margins of the axes on the stage: arrangement.ts, parallel.ts


def samples(n: int = 60, dims: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Three classes of n samples; they lie apart on the first axis and nowhere else."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], n)
    values = random.normal(0, 1, (3 * n, dims))
    values[:, 0] += 6 * labels
    return values, labels


def parallel(n: int = 60, dims: int = 5, **options: Any) -> Parallel:
    values, labels = samples(n, dims)
    return Parallel(values, labels=labels, classes=CLASSES, **options)


class Axes(View):
    """A page with parallel coordinates, whose axes are where arrangement.ts puts them."""

    @property
    def widget(self) -> Any:
        return self.widgets[0]

    def x(self, place: int) -> float:
        box = self.stage.bounding_box()
        gap = max((box["width"] - LEFT - RIGHT) / (len(self.widget.order) - 1), 58)
        return box["x"] + LEFT + place * gap

    def at(self, place: int, height: float) -> tuple[float, float]:
        """A spot of an axis, by its place from the left and its height from 0 to 1."""
        box = self.stage.bounding_box()
        tall = box["height"] - TOP - BOTTOM
        return self.x(place), box["y"] + TOP + (1 - height) * tall

    def height(self, place: int, value: float) -> float:
        values = self.widget.values[:, self.widget.order[place]]
        return (value - values.min()) / (values.max() - values.min())

    def value(self, place: int, value: float) -> tuple[float, float]:
        return self.at(place, self.height(place, value))

    def brush(self, place: int, low: float, high: float) -> None:
        """Drags along an axis, from one height to another, so fast that the kernel hears of the end alone."""
        start, end = self.at(place, low), self.at(place, high)
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.stage.evaluate(
            """(stage, [from, to]) => {
                for (let k = 1; k <= 6; k++) stage.dispatchEvent(new PointerEvent("pointermove", {
                    pointerId: 1, pointerType: "mouse", bubbles: true, buttons: 1,
                    clientX: from[0] + (to[0] - from[0]) * k / 6, clientY: from[1] + (to[1] - from[1]) * k / 6 }));
            }""",
            [start, end],
        )
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def title(self, name: str) -> Any:
        return self.page.get_by_role("button", name=f"Axis {name}")

    def names(self) -> list[str]:
        return self.page.locator(".greenlatent-axis-name:visible").all_inner_texts()

    def mean(self, place: int, label: int) -> tuple[float, float]:
        axis = self.widget.order[place]
        return self.value(place, self.widget.values[self.widget.labels == label, axis].mean())


@pytest.fixture
def kind() -> type[View]:
    return Axes


def inside(values: np.ndarray, low: float, high: float) -> list[int]:
    return np.flatnonzero((values >= low) & (values <= high)).tolist()


# Drawing


def test_the_legend_lights_up_a_class_and_those_without_one(show):
    labels = np.repeat([0, 1, 2], 60)
    labels[::6] = -1
    view = show(Parallel(samples()[0], labels=labels, classes=CLASSES)).ready()
    before = view.ink()

    def light(row: str) -> np.ndarray:
        view.page.get_by_role("button", name=row).hover()
        view.until(lambda: (view.ink() != before).any(), f"{row}: a class that is lit")
        view.settle()
        return view.ink()

    def share_of_grey(ink: np.ndarray) -> float:
        strong = ink[ink[:, 3] > 60]
        return float((np.ptp(strong[:, :3], axis=1) < 12).mean())

    calm = light("Select calm")
    none = light("Select those without one")
    assert share_of_grey(none) > 0.9 > 0.3 > share_of_grey(calm)
    view.page.mouse.move(5, 5)
    view.until(lambda: (view.ink() == before).all(), "the picture as before")


def test_what_a_scrolled_view_comes_to_rest_on_is_as_sharp_as_any(show):
    view = show(parallel(300, 60)).ready()
    view.page.mouse.move(*view.at(3, 0.5))
    view.page.mouse.wheel(300, 0)
    view.settle()
    view.page.mouse.wheel(-300, 0)
    view.until(lambda: view.names()[0] == "z1", "the first axes")
    whole = show(parallel(300, 60)).ready().ink()
    view.until(lambda: (view.ink() == whole).all(), "the picture that a view has which was never scrolled")


def test_lines_are_drawn_without_webgl(show):
    view = show(parallel()).ready()
    assert view.coloured() > 5000
    assert view.page.evaluate("contexts.size") == 0
    assert view.names() == ["z1", "z2", "z3", "z4", "z5"]
    assert "180 points, 3 classes, 5 axes" in view.stage.get_attribute("aria-label")


NASTY = '<img src=x onerror="window.hacked=1">'


@pytest.mark.parametrize(
    "values, options",
    [
        (np.zeros((0, 3)), {}),
        (np.zeros((1, 3)), {}),
        (np.random.default_rng(0).normal(size=(50, 1)), {}),
        (np.full((20, 4), 3.0), {"labels": np.arange(20) % 2}),
        (np.full((4, 3), np.nan), {}),
        (np.array([[0.0, np.inf], [np.nan, 1.0], [1.0, -np.inf], [2.0, 2.0]]), {"labels": [0, 0, 1, 1]}),
        (np.array([[0.0, 1e29], [1.0, -1e29], [1e40, 0.0]]), {}),
        (np.random.default_rng(0).normal(size=(9, 2)), {"axes": ["same", "same"]}),
        (np.random.default_rng(0).normal(size=(2000, 4)), {"labels": np.arange(2000) % 1000}),
        (np.random.default_rng(0).normal(size=(30, 3)), {"axes": [NASTY, "b", "c"], "title": NASTY}),
    ],
    ids=[
        *("no samples", "one", "one axis", "constant axes", "nothing but gaps", "gaps and infinities"),
        *("huge", "axes of one name", "a thousand classes", "names with markup"),
    ],
)
def test_odd_values_are_a_picture(show, values, options):
    widget = Parallel(values, **options)
    view = show(widget).ready()
    view.stage.focus()
    view.press(
        "ArrowRight", "ArrowUp", " ", "ArrowUp", "ArrowUp", " ", "f", "q", "s", "t", "ArrowUp", "Escape"
    )
    view.press("Enter", "Escape", "a", "Escape", "Home", "h", "Escape", "Escape")
    view.settle()
    widget.values = widget.values + 1
    view.settle()
    assert view.page.evaluate("[window.hacked ?? 0, document.images.length]") == [0, 0]
    assert view.texts("notice") == []
    if len(values) > 4 and np.isfinite(values).all() and values.std() > 0:
        assert view.coloured() + view.page.evaluate(INK) > 300


# Pixels of the lines' canvas that are drawn at all: without classes lines are grey.
INK = """() => { const c = document.querySelector("canvas.greenlatent-points");
    const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    let n = 0; for (let i = 3; i < data.length; i += 4) if (data[i] > 20) n++; return n; }"""


def test_infinities_and_huge_values_are_gaps_and_said_so(show):
    view = show(Parallel(np.array([[0.0, np.inf], [np.nan, 1.0], [1.0, -1e31], [2.0, 2.0]]))).ready()
    view.title("z2").click()
    assert "2 points without a value" in view.texts("menu")[0]


def test_both_themes_and_the_change_between_them(show):
    view = show(parallel()).ready()
    dark = "--jp-layout-color0: #111; --jp-ui-font-color1: rgba(255, 255, 255, 1)"
    view.page.evaluate(f"document.body.style.cssText += '{dark}'; document.body.dataset.jpThemeName = 'dark'")
    view.settle()
    ground = "getComputedStyle(document.querySelector('.greenlatent')).backgroundColor"
    assert view.page.evaluate(ground) == "rgb(17, 17, 17)"
    assert view.coloured() > 5000


@pytest.mark.parametrize("width", [480, 900, 1600])
def test_nothing_overflows(show, width):
    view = show(parallel(dims=12, space="input"), viewport={"width": width, "height": 900}).ready()
    assert view.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    bar, stage = view.page.locator(".greenlatent-axis-bar").bounding_box(), view.stage.bounding_box()
    assert stage["width"] > 300 and stage["height"] > 280
    assert bar["y"] + bar["height"] <= stage["y"]


def test_lines_glide_and_reduced_motion_stands(show):
    for motion, glides in (("no-preference", True), ("reduce", False)):
        widget = parallel()
        view = show(widget, reduced_motion=motion).ready()
        view.page.evaluate(
            """() => { const pen = CanvasRenderingContext2D.prototype, put = pen.putImageData; window.drawn = 0;
            pen.putImageData = function (...all) { window.drawn++; return put.apply(this, all); } }"""
        )
        widget.values = widget.values[::-1]
        view.settle()
        assert (view.page.evaluate("window.drawn") > 3) is glides


def test_the_next_frame_is_asked_for_once_the_last_was_drawn(show):
    widget = parallel()
    view = show(widget)
    assert not widget.wants_frame()
    view.ready()
    assert widget.wants_frame()
    widget.values = widget.values + 1
    assert not widget.wants_frame()
    view.settle()
    assert widget.wants_frame()


def test_views_leave_nothing_behind(show):
    widget = parallel()
    view = show(widget)
    view.add_view(0)
    view.ready()
    for k in range(2):
        view.end_view(k)
    view.carry()
    assert view.page.evaluate("models.map(model => model.heard.length)") == [0]
    assert view.page.evaluate(CORES) == 0
    assert not widget.wants_frame()


# Brushes


def test_a_drag_along_an_axis_brushes_and_selects(show):
    widget = parallel()
    view = show(widget).ready()
    view.brush(1, 0.2, 0.5)
    least, spread = widget.values[:, 1].min(), np.ptp(widget.values[:, 1])
    wanted = pytest.approx([least + 0.2 * spread, least + 0.5 * spread], abs=0.01 * spread)
    view.until(lambda: widget.brushes and list(widget.brushes[1][0]) == wanted, "the brush in the kernel")
    [(low, high)] = widget.brushes[1]
    view.settle()
    assert widget.selection.tolist() == inside(widget.values[:, 1], low, high)
    assert view.texts("hint")[0].startswith(f"{len(widget.selection)} points selected")


def test_brushes_are_moved_resized_and_removed(show):
    widget = parallel()
    view = show(widget).ready()
    view.brush(1, 0.3, 0.5)
    view.until(lambda: widget.brushes, "a brush")
    [(low, high)] = widget.brushes[1]
    view.drag(view.at(1, 0.4), view.at(1, 0.6))
    there = low + 0.2 * np.ptp(widget.values[:, 1])
    view.until(lambda: widget.brushes[1][0][0] == pytest.approx(there, abs=0.1), "the brush moved")
    [(moved_low, moved_high)] = widget.brushes[1]
    assert moved_high - moved_low == pytest.approx(high - low, rel=0.02)
    view.drag(view.at(1, view.height(1, moved_high)), view.at(1, 0.9))
    view.until(lambda: widget.brushes[1][0][1] > moved_high + 0.1, "its end moved")
    assert widget.brushes[1][0][0] == pytest.approx(moved_low)
    view.page.mouse.click(*view.at(1, 0.7))
    view.until(lambda: not widget.brushes, "the brush gone")
    assert widget.selection.size == 0


def test_several_intervals_and_axes_combine_by_and_or_by_or(show):
    widget = parallel()
    view = show(widget).ready()
    view.brush(1, 0.1, 0.3)
    view.brush(1, 0.7, 0.9)
    view.brush(2, 0.6, 0.9)
    view.until(
        lambda: widget.brushes.get(1, ()) and len(widget.brushes[1]) == 2 and 2 in widget.brushes, "all"
    )
    x, y = widget.values[:, 1], widget.values[:, 2]
    one = set(inside(x, *widget.brushes[1][0])) | set(inside(x, *widget.brushes[1][1]))
    other = set(inside(y, *widget.brushes[2][0]))
    view.until(lambda: set(widget.selection.tolist()) == one & other, "both axes")
    view.page.get_by_role("button", name="within a brush of every axis").click()
    view.until(lambda: set(widget.selection.tolist()) == one | other, "either axis")
    view.until(lambda: widget.combine == "or", "the word for it in the kernel")
    view.page.get_by_role("button", name="Clear all brushes").click()
    view.until(lambda: not widget.brushes and widget.selection.size == 0, "nothing")


def test_the_kernel_sets_brushes_and_the_page_follows(show):
    widget = parallel()
    view = show(widget).ready()
    widget.brushes = {0: [(-10.0, 3.0)]}
    view.until(
        lambda: widget.selection.tolist() == inside(widget.values[:, 0], -10, 3), "the brush's selection"
    )
    widget.brushes = {}
    view.until(lambda: widget.selection.size == 0, "no selection")


def test_a_brush_follows_the_lines(show):
    widget = parallel()
    view = show(widget).ready()
    widget.brushes = {0: [(3.0, 9.0)]}
    view.until(
        lambda: set(widget.selection.tolist()) <= set(range(60, 120)) and len(widget.selection) > 50, "busy"
    )
    widget.values = widget.values + 6
    view.until(
        lambda: set(widget.selection.tolist()) <= set(range(60)) and len(widget.selection) > 50, "calm"
    )


def test_the_selection_is_shared_with_a_linked_scatter_and_overrules_brushes(show):
    widget = parallel(link="a")
    values, labels = samples()
    scatter = Scatter(values[:, :2], labels=labels, classes=CLASSES, link="a")
    view = show(widget, scatter, viewport={"width": 940, "height": 1200}).ready()
    view.brush(1, 0.2, 0.5)
    view.until(lambda: widget.selection.size and widget.brushes, "a brush")
    view.until(lambda: scatter.selection.tolist() == widget.selection.tolist(), "the scatter's selection")
    view.page.get_by_role("button", name="Select wild").nth(1).click()
    view.until(lambda: widget.selection.tolist() == list(range(120, 180)), "the class")
    view.until(lambda: not widget.brushes, "no brush that says otherwise")


def test_a_finger_brushes_and_two_fingers_scroll(show):
    widget = parallel(dims=30)
    view = show(widget, has_touch=True).ready()
    finger = view.context.new_cdp_session(view.page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", view.at(1, 0.2))
    for step in range(1, 7):
        touch("touchMove", view.at(1, 0.2 + 0.05 * step))
    touch("touchEnd")
    view.until(lambda: 1 in widget.brushes, "a brush")
    x, y = view.at(4, 0.5)
    touch("touchStart", (x, y))
    touch("touchStart", (x, y), (x + 90, y))
    touch("touchMove", (x - 150, y), (x - 60, y))
    touch("touchEnd")
    view.until(lambda: "z1" not in view.names(), "other axes")
    assert list(widget.brushes) == [1]


# Axes


def test_a_dragged_title_puts_its_axis_elsewhere(show):
    widget = parallel()
    view = show(widget).ready()
    box = view.title("z1").bounding_box()
    y = box["y"] + 10
    view.drag((view.x(0), y), (view.x(2) + 5, y))
    view.until(lambda: widget.order == (1, 2, 0, 3, 4), "the new order")
    assert view.names() == ["z2", "z3", "z1", "z4", "z5"]
    assert view.texts("menu") == [], "a drag is no click"


def test_the_menu_of_an_axis_flips_rescales_and_hides_it(show):
    widget = parallel()
    view = show(widget).ready()
    for name in ("Flip", "Quantile scale", "Hide"):
        view.title("z2").click()
        view.page.get_by_role("menuitem", name=name).click()
        view.settle()
    kept = widget.arrangement
    assert (kept["flipped"], kept["quantile"], kept["hidden"]) == ([1], [1], [1])
    assert view.names() == ["z1", "z3", "z4", "z5"]
    view.page.get_by_role("button", name="Show 1 hidden").click()
    view.until(lambda: widget.order == (0, 1, 2, 3, 4), "all axes again")


def test_brushes_on_a_flipped_quantile_axis_cover_the_values_under_them(show):
    widget = parallel()
    widget.arrangement = {"flipped": [1], "quantile": [1]}
    view = show(widget).ready()
    view.brush(1, 0.0, 0.25)
    view.until(lambda: widget.brushes, "a brush")
    highest = np.argsort(widget.values[:, 1])[-45:]
    assert len(set(widget.selection.tolist()) ^ set(highest.tolist())) <= 4


def test_axes_are_sorted_by_their_score_and_the_score_is_explained(show):
    values, labels = samples()
    widget = Parallel(values[:, [1, 2, 0, 3, 4]], labels=labels, classes=CLASSES, axes=list("abcde"))
    view = show(widget).ready()
    assert "F-ratio" in view.title("c").get_attribute("aria-label")
    view.page.get_by_role("button", name="Sort the axes").click()
    view.until(lambda: widget.order == tuple(widget.relevance().order), "the order of the scores")
    assert view.names()[0] == "c"
    assert "class means lie apart" in view.texts("hint")[0]
    view.page.get_by_label("Score the axes by").select_option("mutual_information")
    view.until(lambda: "Mutual information" in view.title("c").get_attribute("aria-label"), "bits")
    view.title("c").click()
    assert "Bits that the value on this axis" in view.texts("menu")[0]


def test_many_axes_scroll_by_wheel_drag_and_key(show):
    widget = parallel(dims=64)
    view = show(widget).ready()
    assert view.names()[0] == "z1" and len(view.names()) < 20
    view.page.mouse.move(*view.at(3, 0.5))
    view.page.mouse.wheel(400, 0)
    view.until(lambda: view.names()[0] != "z1", "axes further right")
    view.stage.focus()
    view.press("End")
    view.until(lambda: view.names()[-1] == "z64", "the last axis")
    view.press("Home")
    view.until(lambda: view.names()[0] == "z1", "the first")


def test_input_features_are_ranked_by_a_person(show):
    heard: list[Any] = []
    widget = parallel(space="input", axes=["ax", "ay", "az", "gx", "gy"])
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    rank = view.page.get_by_role("button", name="Use this ranking")
    assert rank.is_disabled()
    box = view.title("ax").bounding_box()
    view.drag((view.x(0), box["y"] + 10), (view.x(4), box["y"] + 10))
    view.page.get_by_label("How many features to keep").fill("3")
    rank.click()
    view.until(lambda: heard == [RankFeatures((1, 2, 3, 4, 0), 3)], "the ranking")


# Classes


def test_a_dragged_class_is_a_shift_in_pooled_deviations(show):
    heard: list[Any] = []
    widget = parallel()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    start = view.mean(2, 1)
    up = 0.25 * np.ptp(widget.values[:, 2])
    mouse = view.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(*view.value(2, widget.values[60:120, 2].mean() + up), steps=8)
    mouse.up()
    dialog = view.page.get_by_role("dialog")
    assert "Move busy by +" in dialog.inner_text() and "Training keeps a margin" in dialog.inner_text()
    view.settle()
    assert heard == [], "nothing counts before it is answered"
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    [edit] = heard
    pooled = np.sqrt(np.mean([widget.values[widget.labels == k, 2].var(ddof=1) for k in range(3)]))
    assert isinstance(edit, Shift) and edit.label == "busy" and edit.against is None
    assert edit.axis == (0.0, 0.0, 1.0, 0.0, 0.0), "kept as a vector"
    assert edit.amount == pytest.approx(up / pooled, abs=0.06)


def test_a_class_can_be_moved_against_one_other_and_the_drop_can_be_cancelled(show):
    heard: list[Any] = []
    widget = parallel()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    view.drag(view.mean(0, 2), view.at(0, 0.99))
    view.page.get_by_role("button", name="Apart from busy only").click()
    view.until(lambda: heard and heard[0].against == "busy", "the edit")
    view.drag(view.mean(0, 2), view.at(0, 0.99))
    view.press("Escape")
    view.settle()
    assert len(heard) == 1 and view.page.get_by_role("dialog").count() == 0


def test_a_class_moves_down_a_flipped_axis_towards_larger_values(show):
    heard: list[Any] = []
    widget = parallel()
    widget.arrangement = {"flipped": [0]}
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    mean = view.height(0, widget.values[120:, 0].mean())
    view.drag(view.at(0, 1 - mean), view.at(0, 0.0))
    view.press("Enter")
    view.until(lambda: heard and heard[0].amount > 0.5, "a shift up the values")


def test_a_shift_without_a_model_is_refused_in_words(show):
    view = show(parallel()).ready()
    view.drag(view.mean(2, 1), view.at(2, 0.9))
    view.press("Enter")
    view.until(lambda: view.texts("notice-text"), "the refusal")
    assert "this Parallel has no model that could follow a Shift" in view.texts("notice-text")[0]


# Keyboard, reload, hands off


def test_everything_can_be_done_by_keyboard(show):
    heard: list[Any] = []
    widget = parallel()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    view.stage.focus()
    live = view.page.locator(".greenlatent-foot .greenlatent-live")
    view.press("ArrowRight")
    assert live.inner_text().startswith("z2, axis 2 of 5, F-ratio")
    view.press(" ", *["ArrowUp"] * 6, " ")
    # Keys that come slowly make a brush a key, and each is told: the page says how many the last one holds.
    last = live.inner_text().split()[0]
    view.until(lambda: 1 in widget.brushes and str(widget.selection.size) == last, "a brush by keys")
    z2 = widget.values[:, 1]
    view.until(
        lambda: widget.selection.tolist() == inside(z2, *widget.brushes[1][0]), "what lies within the brush"
    )
    chosen = tuple(widget.selection.tolist())
    view.press("2", "ArrowDown", "Enter")  # more than a quarter of the data: it asks first
    view.until(lambda: heard == [Relabel(chosen, "busy")], "a relabel")
    view.stage.focus()
    view.press("Delete")
    view.until(lambda: heard[1:] == [Drop(chosen)], "a drop")
    view.press("u", "u")
    view.until(lambda: (widget.labels == samples()[1]).all(), "both undone")
    view.press("ArrowUp", "Escape")
    view.until(lambda: not widget.brushes and not widget.selection.size, "nothing")
    view.press("Shift+ArrowRight")
    view.until(lambda: widget.order == (0, 2, 1, 3, 4), "another order")
    view.press("Home", "t", *["ArrowUp"] * 4, "Enter")
    view.page.get_by_role("dialog").wait_for()
    view.press("Enter")
    view.until(lambda: len(heard) == 3, "a shift")
    assert heard[2].amount == pytest.approx(1.0) and heard[2].axis[0] == 1.0
    view.press("Enter")
    view.page.get_by_role("menu").wait_for()
    view.press("h")
    view.until(lambda: widget.arrangement.get("hidden") == [0], "a hidden axis")
    view.press("?")
    assert "begin a brush" in view.texts("help")[0]


def test_a_reload_brings_brushes_order_and_unanswered_edits_back(show):
    heard: list[Any] = []
    widget = parallel()
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    view.stage.focus()
    view.press("Shift+ArrowRight")
    view.brush(2, 0.3, 0.6)
    view.until(lambda: widget.brushes and widget.order[0] == 1, "a brush and an order")
    brushes, selected = widget.brushes, widget.selection.tolist()
    view.stage.focus()
    view.press("3", "ArrowDown", "Enter")  # more than a quarter of the data: it asks first
    lost = view.page.evaluate("window.take", 0)  # the line is cut while the edit is under way
    assert [content.get("type") for content, _ in lost].count("edit") == 1
    view.load()
    view.ready()
    assert heard == [Relabel(tuple(selected), "wild")]
    assert widget.brushes == brushes and widget.selection.tolist() == selected
    assert view.names()[:2] == ["z2", "z1"]


def test_a_view_that_is_not_editable_brushes_only(show):
    widget = parallel(editable=False)
    view = show(widget).ready()
    view.drag(view.mean(2, 1), view.at(2, 0.9))
    view.until(lambda: 2 in widget.brushes, "a brush where a class could not be taken")
    assert view.page.get_by_role("dialog").count() == 0
    view.stage.focus()
    view.press("2")
    view.settle()
    assert (widget.labels == samples()[1]).all()


def test_nothing_moves_under_a_hand(show):
    widget = parallel()
    view = show(widget).ready()
    mouse = view.page.mouse
    mouse.move(*view.mean(2, 1))
    mouse.down()
    mouse.move(*view.at(2, 0.9), steps=4)
    view.settle()
    widget.values = widget.values + 0.5
    view.settle()
    assert not widget.wants_frame(), "a held picture is not drawn, and so asks for no next one"
    mouse.up()
    view.press("Escape")
    view.settle()
    assert widget.wants_frame()


def test_a_line_is_hovered_and_clicked(show):
    values = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 0.2, 0.9]])
    widget = Parallel(values, labels=[0, 0, 1], preview=["a", "b", "c"])
    view = show(widget).ready()
    x, y = (np.array(view.at(0, 0.5)) + np.array(view.at(1, 0.2))) / 2
    view.page.mouse.move(x, y)
    view.until(lambda: view.texts("card") and "sample 2" in view.texts("card")[0], "the card")
    view.until(lambda: "c" in view.texts("preview"), "what it looks like")
    view.page.mouse.click(x, y)
    view.until(lambda: widget.selection.tolist() == [2], "the click's selection")


# Where a person is in the way of the machine, and the other way round


@pytest.mark.parametrize("held", ["a brush", "a title"])
def test_frames_that_come_under_a_hand_wait_and_then_show(show, held):
    widget = parallel()
    view = show(widget, reduced_motion="no-preference").ready()
    title = view.title("z1").bounding_box()["y"] + 10
    mouse = view.page.mouse
    mouse.move(*((view.x(0), title) if held == "a title" else view.at(1, 0.3)))
    mouse.down()
    for k in range(6):
        mouse.move(*((view.x(0) + 50 * (k + 1), title) if held == "a title" else view.at(1, 0.3 + 0.05 * k)))
        widget.values = widget.values + 0.5
        view.carry()
    assert not widget.wants_frame()
    mouse.up()
    view.until(widget.wants_frame, "the newest frame on the screen")
    if held == "a title":
        view.until(lambda: widget.order.index(0) > 1, "the axis elsewhere")
    else:
        view.until(lambda: 1 in widget.brushes, "the brush")
        view.until(
            lambda: widget.selection.tolist() == inside(widget.values[:, 1], *widget.brushes[1][0]),
            "what lies within now",
        )


@pytest.mark.parametrize("keys", [(" ", "ArrowUp", "ArrowUp"), ("t", "ArrowUp")], ids=["a brush", "a class"])
def test_keys_that_go_elsewhere_let_go(show, keys):
    widget = parallel()
    view = show(widget).ready()
    view.stage.focus()
    view.press(*keys, "Tab")
    widget.values = widget.values + 1
    view.until(widget.wants_frame, "the new frame on the screen")


def test_two_views_of_one_widget_are_arranged_and_brushed_alike(show):
    widget = parallel()
    view = show(widget, viewport={"width": 940, "height": 1300})
    view.add_view(0)
    view.ready()
    view.brush(1, 0.2, 0.5)
    view.stage.focus()
    view.press("Shift+ArrowRight")
    view.until(lambda: 1 in widget.brushes and widget.order == (0, 2, 1, 3, 4), "both in the kernel")
    names = view.names()
    assert names[:5] == names[5:]
    first, second = view.page.get_by_role("application").all()
    assert first.get_attribute("aria-label") == second.get_attribute("aria-label")


def test_axes_that_are_all_hidden_come_back(show):
    widget = parallel()
    view = show(widget).ready()
    widget.arrangement = {"hidden": [0, 1, 2, 3, 4]}
    view.settle()
    view.stage.focus()
    view.press("ArrowRight", " ", "ArrowUp", " ", "f", "q", "h", "t", "Enter", "Backspace", "Home", "End")
    view.page.mouse.click(300, 300)
    view.page.get_by_role("button", name="Show 5 hidden").click()
    view.until(lambda: len(view.names()) == 5, "all axes")


def test_a_reload_keeps_flipped_quantile_hidden_and_brushed_axes(show):
    widget = parallel()
    widget.arrangement = {"flipped": [1], "quantile": [1, 2], "hidden": [3], "order": [4, 3, 2, 1, 0]}
    view = show(widget).ready()
    view.brush(2, 0.1, 0.5)
    view.until(lambda: 1 in widget.brushes and widget.selection.size, "a brush")
    before = widget.brushes, widget.selection.tolist()
    view.load()
    view.ready()
    assert (widget.brushes, widget.selection.tolist()) == before
    assert view.names() == ["z5", "z3", "z2", "z1"]


def test_how_many_to_keep_is_never_none_or_more_than_there_are(show):
    heard: list[Any] = []
    widget = parallel(space="input")
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    view = show(widget).ready()
    keep = view.page.get_by_label("How many features to keep")
    for text, kept in (("0", "1"), ("-3", "1"), ("9", "5"), ("2.4", "2"), ("", "2")):
        keep.fill(text)
        keep.blur()
        assert keep.input_value() == kept
    view.page.get_by_role("button", name="Use this ranking").click()
    view.until(lambda: heard == [RankFeatures((0, 1, 2, 3, 4), 2)], "the ranking")


@pytest.mark.parametrize("zoom", [0.5, 1.25, 3])
def test_a_zoomed_browser_brushes_what_is_under_the_hand(show, zoom):
    widget = parallel()
    view = show(widget, device_scale_factor=zoom).ready()
    view.brush(1, 0.2, 0.5)
    wanted = pytest.approx(0.3 * np.ptp(widget.values[:, 1]), rel=0.03)
    view.until(
        lambda: [high - low for low, high in widget.brushes.get(1, [])] == [wanted], "the brush at rest"
    )


def test_no_samples_are_said_so(show):
    view = show(Parallel(np.zeros((0, 3))))
    view.until(lambda: view.texts("waiting") == ["There are no points to show."], "the words")


# Kinds of axes, and rows that come

KINDS = {"rate": (1e-4, 1e-1, "log"), "width": [8, 16, 32]}


def runs(n: int = 12) -> np.ndarray:
    random = np.random.default_rng(1)
    return np.stack(
        [10 ** random.uniform(-4, -1, n), random.choice([8, 16, 32], n), random.normal(size=n)], 1
    )


def searched(**options: Any) -> Parallel:
    return Parallel(runs(), axes=["rate", "width", "score"], kinds=KINDS, editable=False, **options)


def test_a_brush_is_told_in_values_and_its_button_hands_them_on(show):
    heard: list[Any] = []
    widget = searched()
    widget.offer("Search here", heard.append, axes=["rate", "width"])
    view = show(widget).ready()
    view.brush(2, 0.2, 0.8)
    view.until(lambda: widget.brushes, "the brush in the kernel")
    button = view.page.get_by_role("button", name="Search here")
    assert button.count() == 0, "the score offers nothing"
    view.brush(0, 1 / 3, 2 / 3)
    view.until(lambda: len(widget.ranges) == 2, "both brushes")
    button.click()
    view.until(lambda: heard, "what is brushed")
    assert list(heard[0]) == ["rate"] and heard[0]["rate"] == pytest.approx((1e-3, 1e-2), rel=0.1)
    view.stage.focus()
    view.press("Enter")
    view.until(lambda: len(heard) == 2, "the same by Enter")
    assert heard[1] == heard[0]
    view.press("Escape")
    view.until(lambda: not widget.brushes and not button.count(), "no brush, no button")
    view.press("Enter")
    view.page.get_by_role("menu").wait_for()


def test_a_band_is_drawn_beside_its_axis(show):
    widget = searched()
    view = show(widget).ready()
    before = view.ink("overlay")
    widget.bands = {"rate": (1e-3, 1e-2)}
    view.until(lambda: (view.ink("overlay") != before).any(), "the band")
    widget.bands = {}
    view.until(lambda: (view.ink("overlay") == before).all(), "the picture as before")


def test_rows_come_and_arrangement_brush_and_selection_stay(show):
    widget = searched()
    view = show(widget).ready()
    widget.arrangement = {"order": [1, 0, 2], "hidden": [], "flipped": [2], "quantile": []}
    view.until(lambda: view.names() == ["width", "rate", "score"], "the other order")
    view.brush(1, 1 / 3, 2 / 3)
    view.until(lambda: widget.brushes, "the brush in the kernel")
    for k in range(3):
        widget.grow(np.vstack([widget.values, [3e-3, 16, 0.1 * k]]))
        view.until(lambda k=k: 12 + k in widget.selection, "the row that came into the brush")
    assert f"{len(widget.values)} points" in view.stage.get_attribute("aria-label")
    assert view.names() == ["width", "rate", "score"] and widget.arrangement["flipped"] == [2]
    assert widget.ranges["rate"] == pytest.approx((1e-3, 1e-2), rel=0.1)


def test_rows_come_while_the_page_is_away_and_the_brush_stays(show):
    widget = searched()
    other = Scatter(runs()[:, :2], link=widget.link, editable=False)
    view = show(widget, other).ready()
    view.brush(0, 1 / 3, 2 / 3)
    view.until(lambda: len(widget.selection) and len(other.selection) == len(widget.selection), "both know")
    view.until(lambda: widget.brushes, "the brush in the kernel")
    widget.grow(np.vstack([widget.values, [3e-3, 16, 0.5]]))
    other.grow(np.vstack([other.points, [3e-3, 16]]))
    view.load()
    view.ready()
    view.until(lambda: 12 in widget.selection, "the row that came meanwhile")
    assert widget.ranges["rate"] == pytest.approx((1e-3, 1e-2), rel=0.1)
