"""A view in a real browser, with a real widget as its kernel and no notebook between: drawing and every gesture."""

import re
from typing import Any

import numpy as np
import pytest

from greenlatent.edits import Move, Near, Relabel
from greenlatent.plots import Scatter
from greenlatent.widgets import Widget
from tests.browser.view import CLASSES, CORES, HOMES, View, blobs, listen, only, scatter

# Drawing


@pytest.mark.parametrize("n", [60, 4000, pytest.param(40_000, marks=pytest.mark.slow)])
def test_the_processor_draws_the_picture_that_webgl_draws(show, n):
    """Marks, dots, a crowd, a selection, left out and edited points: pixel for pixel but for their edges."""
    pictures = []
    for emulated in (False, True):
        widget = scatter(n)
        listen(widget)
        view = show(widget, device_scale_factor=1.5)
        view.page.add_init_script(f"window.emulated = {str(emulated).lower()}")
        view.load()
        view.ready()
        widget.selection = np.arange(0, 3 * n, 9)
        view.until(lambda view=view: "selected" in view.texts("hint")[0], "the selection")
        view.stage.focus()
        view.press("Delete")
        widget.selection = np.arange(0, 3 * n, 11)
        view.settle()
        pictures.append(view.ink())
        assert widget.webgl is not emulated
    by_webgl, by_processor = pictures
    assert (by_webgl[:, 3] > 60).sum() > 2000
    apart = np.abs(by_webgl - by_processor).max(1)
    assert (apart > 60).mean() < 0.01
    np.testing.assert_allclose(by_processor.mean(0), by_webgl.mean(0), rtol=0.02)


COUNT_DRAWS = """() => {
    window.drawn = 0;
    for (const name of ["drawArrays", "drawElements"]) {
        const draw = WebGL2RenderingContext.prototype[name];
        WebGL2RenderingContext.prototype[name] = function (...all) {
            window.drawn++;
            draw.apply(this, all);
        };
    }
}"""


def test_points_in_hand_move_and_nothing_is_drawn_again(show):
    widget = scatter()
    listen(widget)
    view = show(widget).ready()
    view.page.mouse.move(*view.point(0))
    view.page.mouse.down()
    view.page.mouse.move(*view.spot(2, 4), steps=3)
    view.settle()
    before = view.ink()
    view.page.evaluate(COUNT_DRAWS)
    view.page.mouse.move(*view.spot(2.4, 4.4), steps=4)
    view.settle()
    assert view.page.evaluate("drawn") == 0 and (view.ink() == before).all()
    carried = view.ink("overlay")
    view.page.mouse.move(*view.spot(3, 5), steps=4)
    view.settle()
    assert (view.ink("overlay") != carried).any()
    view.press("Escape")
    view.page.mouse.up()


@pytest.mark.parametrize("emulated", [False, True])
def test_points_in_hand_come_in_from_beyond_the_edge(show, emulated):
    widget = Scatter([[-10, 0], [0, 0], [10, 0], [0, 4], [0, -4]])
    listen(widget)
    view = show(widget, alone=True)
    view.page.add_init_script(f"window.emulated = {str(emulated).lower()}")
    view.load()
    view.ready()
    widget.selection = [1, 2]
    view.settle()
    view.stage.focus()
    view.press("+")  # by 1.3: the points to the left and to the right leave the view
    view.settle()
    (x, y), (right, _) = view.point(1), view.point(2)
    box = view.stage.bounding_box()
    home = x + 1.3 * (right - x)
    by = 0.3 * box["width"]
    assert home > box["x"] + box["width"] > home - by + 20
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x - by, y, steps=5)
    view.settle()
    ink = view.ink("overlay").reshape(round(box["height"]), round(box["width"]), 4)
    for at in (x - by, home - by):
        row, column = round(y - box["y"]), round(at - box["x"])
        assert ink[row - 3 : row + 4, column - 3 : column + 4, 3].min() > 200, "a mark"
    view.press("Escape")
    view.page.mouse.up()


@pytest.mark.parametrize("emulated", [False, True])
def test_a_drag_leaves_ghosts_and_lights_up_the_class_that_would_take_it_in(show, emulated):
    homes = np.array([[0, 0], [10, 0], [5, 6]])
    widget = Scatter(homes[[0, 0, 1, 2]] + [[0, 0], [1, 0], [0, 0], [0, 0]], labels=[0, 0, 1, 2])
    listen(widget)
    view = show(widget, alone=True)
    view.page.add_init_script(f"window.emulated = {str(emulated).lower()}")
    view.load()
    view.ready()
    box = view.stage.bounding_box()

    def strengths() -> list[float]:
        """How opaque the middle of each of the four marks is, where its point is."""
        ink = view.ink().reshape(round(box["height"]), round(box["width"]), 4)
        return [ink[round(y - box["y"]), round(x - box["x"]), 3] / 255 for x, y in map(view.point, range(4))]

    assert min(strengths()) > 0.85
    widget.selection = [0, 1]
    view.settle()
    assert strengths() == pytest.approx([1, 1, 0.36, 0.36], abs=0.1), "others step back"
    view.page.mouse.move(*view.point(0))
    view.page.mouse.down()
    x, y = view.point(2)
    view.page.mouse.move(x - 20, y, steps=5)
    view.settle()
    first, second, target, other = strengths()
    assert 0 < first < 0.3 and 0 < second < 0.3, "ghosts where they were"
    assert target > 0.85 and 0 < other < 0.3, "the class of the neighbours is lit, and no other"
    assert view.page.locator(".greenlatent-class[data-lit]").inner_text().startswith("1")
    view.press("Escape")
    view.page.mouse.up()
    view.settle()
    assert strengths() == pytest.approx([1, 1, 0.36, 0.36], abs=0.1), "nothing stays of it"


def test_a_page_that_moves_to_a_finer_screen_is_drawn_in_its_pixels(show):
    view = show(scatter(), alone=True)
    view.page.add_init_script(
        """window.queries = [];
        const query = window.matchMedia;
        window.matchMedia = text => { const list = query.call(window, text); queries.push(list); return list; };"""
    )
    view.load()
    view.ready()
    before = view.coloured()
    screen = view.context.new_cdp_session(view.page)
    for scale in (2, 1):
        metrics = {"width": 940, "height": 700, "deviceScaleFactor": scale, "mobile": False}
        screen.send("Emulation.setDeviceMetricsOverride", metrics)
        # Chromium tells of a true change of screens, and not of this one.
        view.page.evaluate("queries.splice(0).forEach(list => list.dispatchEvent(new Event('change')))")
        expected = [scale * view.stage.bounding_box()["width"]] * 2
        widths = "[...document.querySelectorAll('canvas')].map(canvas => canvas.width)"
        view.until(lambda: view.page.evaluate(widths) == expected, f"{scale} pixels a pixel")  # noqa: B023
        view.settle()
        assert 0.8 < view.coloured() / before / scale**2 < 1.2


def test_a_lost_context_is_replaced_by_the_processor_and_comes_back(show):
    view = show(scatter()).ready()
    before = view.coloured()
    view.page.evaluate(
        "window.loss = [...contexts][0].getExtension('WEBGL_lose_context'); loss.loseContext()"
    )
    view.until(lambda: view.page.evaluate("[...contexts][0].isContextLost()"), "the context to be lost")
    view.widgets[0].points = view.widgets[0].points + 0.1
    view.settle()
    assert 0.85 < view.coloured() / before < 1.15
    view.page.evaluate("loss.restoreContext()")
    view.until(lambda: not view.page.evaluate("[...contexts][0].isContextLost()"), "the context to be back")
    view.widgets[0].points = view.widgets[0].points - 0.1
    view.settle()
    assert view.coloured() == before


def test_a_pointer_that_hovers_or_draws_a_lasso_does_not_draw_the_points_again(show):
    view = show(scatter()).ready()
    view.page.evaluate(COUNT_DRAWS)
    view.page.mouse.move(*view.point(0))
    view.settle()
    view.drag(*view.circle(view.spot(5, 3), 20)[:-4])
    view.settle()
    assert view.page.evaluate("drawn") == 0
    view.page.mouse.move(5, 5)
    view.press("+")
    view.settle()
    assert view.page.evaluate("drawn") > 0


def test_views_share_one_context_and_leave_nothing_behind(show):
    first, second = scatter(), scatter()
    view = show(first, second)
    view.add_view(0)
    view.ready()
    assert view.page.evaluate("contexts.size") == 1
    assert all(view.coloured(k) > 2000 for k in range(3))
    for k in range(3):
        view.end_view(k)
    view.carry()
    assert view.page.evaluate("models.map(model => model.heard.length)") == [0, 0]
    assert view.page.evaluate("document.querySelectorAll('.greenlatent').length") == 0
    assert view.page.evaluate(CORES) == 0
    assert view.page.evaluate("[...contexts][0].isContextLost()") is True
    assert not first.wants_frame() and not second.wants_frame()


def test_a_hundred_views_opened_and_closed_use_one_context_and_keep_no_listener(show):
    view = show(scatter()).ready()
    listeners = view.page.evaluate("models[0].heard.length")
    view.page.evaluate("async () => { for (let k = 1; k <= 100; k++) { await addView(0); views[k]() } }")
    view.settle()
    assert view.page.evaluate("models[0].heard.length") == listeners
    assert view.page.evaluate("contexts.size") == 1
    assert view.page.evaluate("document.querySelectorAll('.greenlatent').length") == 1
    assert view.coloured() > 2000


@pytest.mark.parametrize(
    "points, words",
    [
        (np.zeros((0, 2)), "0 points"),
        (np.zeros((1, 2)), "1 point"),
        (np.full((50, 2), 3.0), "50 points"),
        (np.array([[0.0, 0.0], [np.nan, 1.0], [1.0, 1.0]]), "3 points"),
        (np.full((4, 2), np.nan), "4 points"),
        (np.array([[0.0, 0.0], [1e12, 1.0]]), "2 points"),
    ],
    ids=["none", "one", "all in one place", "a gap", "no places", "far apart"],
)
def test_odd_pictures_are_pictures(show, points, words):
    view = show(Scatter(points)).ready()
    assert words in view.stage.get_attribute("aria-label")
    gaps = int(np.isnan(points).any(1).sum())
    assert view.texts("quality") == ([f"{gaps} without a place"] if gaps else [])
    view.stage.focus()
    view.press("ArrowRight", "a", "f", "Escape", "Escape")
    view.settle()


def test_text_from_data_never_becomes_markup(show):
    nasty = '<img src=x onerror="window.hacked=1">'
    points, labels = blobs(10)
    widget = Scatter(points, labels=labels, classes=[nasty, "b", "c"], title=nasty, preview=lambda id: nasty)
    view = show(widget).ready()
    widget.show_error(nasty)
    view.page.mouse.move(*view.point(0))
    view.until(lambda: nasty in "".join(view.texts("card")), "the preview in the card")
    view.page.mouse.click(*view.point(0))
    view.settle()
    assert nasty in view.texts("title")[0] and nasty in view.texts("notice")[0]
    assert nasty in view.texts("legend")[0]
    assert view.page.evaluate("[window.hacked ?? 0, document.images.length]") == [0, 0]


def test_both_themes_and_the_change_between_them(show):
    view = show(scatter()).ready()
    dark = "--jp-layout-color0: #111; --jp-ui-font-color1: rgba(255, 255, 255, 1)"
    ground = "getComputedStyle(document.querySelector('.greenlatent')).backgroundColor"
    light = view.page.evaluate(ground)
    view.page.evaluate(f"document.body.style.cssText += '{dark}'; document.body.dataset.jpThemeName = 'dark'")
    view.settle()
    assert view.page.evaluate(ground) == "rgb(17, 17, 17)" != light
    assert view.coloured() > 2000


# Frames


def test_points_glide_and_reduced_motion_stands(show):
    for motion, glides in (("no-preference", True), ("reduce", False)):
        widget = scatter()
        view = show(widget, reduced_motion=motion).ready()
        view.page.evaluate(
            """() => { const pen = CanvasRenderingContext2D.prototype, draw = pen.drawImage; window.drawn = 0;
            pen.drawImage = function (...all) { window.drawn++; return draw.apply(this, all); } }"""
        )
        widget.points = widget.points[::-1]
        view.settle()
        assert (view.page.evaluate("window.drawn") > 3) is glides


def test_the_next_frame_is_asked_for_once_the_last_was_drawn(show):
    widget = scatter()
    view = show(widget)
    assert not widget.wants_frame()
    view.ready()
    assert widget.wants_frame()
    widget.points = widget.points + 1
    assert not widget.wants_frame()
    view.settle()
    assert widget.wants_frame()


def test_nothing_moves_under_a_hand(show):
    widget = scatter()
    view = show(widget).ready()
    mouse = view.page.mouse
    mouse.move(*view.point(0))
    mouse.down()
    mouse.move(*view.point(70), steps=4)
    view.settle()
    widget.points = widget.points + 0.5
    view.settle()
    assert not widget.wants_frame(), "a held picture is not drawn, and so asks for no next one"
    mouse.up()
    view.press("Escape")
    view.settle()
    assert widget.wants_frame()


# Selecting


def test_a_lasso_selects_what_is_inside_and_shift_adds_and_alt_removes(show):
    widget = scatter()
    view = show(widget).ready()
    view.drag(*view.circle(view.spot(*HOMES[0]), 100))
    view.until(lambda: widget.selection.tolist() == list(range(60)), "the first cluster")
    assert view.texts("hint")[0].startswith("60 points selected, 100 % calm")
    view.page.keyboard.down("Shift")
    view.drag(*view.circle(view.spot(*HOMES[1]), 100))
    view.page.keyboard.up("Shift")
    view.until(lambda: widget.selection.tolist() == list(range(120)), "the second as well")
    view.page.keyboard.down("Alt")
    view.drag(*view.circle(view.spot(*HOMES[0]), 100))
    view.page.keyboard.up("Alt")
    view.until(lambda: widget.selection.tolist() == list(range(60, 120)), "the first no more")


def test_a_box_a_click_a_double_click_and_the_legend_select(show):
    widget = scatter()
    view = show(widget).ready()
    selected = lambda: widget.selection.tolist()  # noqa: E731
    view.page.get_by_role("button", name="Rectangle").click()
    wild = widget.points[120:]
    view.drag(view.spot(*wild.min(0) - 0.2), view.spot(*wild.max(0) + 0.2))
    view.until(lambda: selected() == list(range(120, 180)), "a box")
    view.page.mouse.click(*view.point(3))
    view.until(lambda: selected() == [3], "a click")
    view.page.mouse.click(*view.spot(5, 2.5))
    view.until(lambda: selected() == [], "a click on nothing")
    view.page.mouse.dblclick(*view.point(65))
    view.until(lambda: selected() == list(range(60, 120)), "a double click")
    view.page.get_by_role("button", name="Select wild").click(modifiers=["Shift"])
    view.until(lambda: selected() == list(range(60, 180)), "the legend")


def test_shift_adds_and_alt_removes_a_point_or_a_class(show):
    widget = scatter()
    view = show(widget).ready()
    selected = lambda: widget.selection.tolist()  # noqa: E731
    keys = view.page.keyboard
    view.page.mouse.click(*view.point(3))
    keys.down("Shift")
    view.page.mouse.click(*view.point(70))
    view.until(lambda: selected() == [3, 70], "a second point")
    view.page.mouse.dblclick(*view.point(130))
    view.until(lambda: selected() == [3, 70, *range(120, 180)], "and a class")
    keys.up("Shift")
    keys.down("Alt")
    view.page.mouse.click(*view.point(70))
    view.until(lambda: selected() == [3, *range(120, 180)], "without that point")
    view.page.mouse.dblclick(*view.point(140))
    view.until(lambda: selected() == [3], "without the class")
    keys.up("Alt")


def test_in_a_crowd_a_lasso_may_begin_on_a_point_with_shift(show):
    across, down = np.divmod(np.arange(900), 30)
    points = np.stack([across, down], 1) * 1.0
    widget = Scatter(points)
    heard = listen(widget)
    view = show(widget).ready()
    way = [view.spot(x, y) for x, y in ((10, 10), (20, 10), (20, 20), (10, 20), (9.6, 9.6))]
    view.page.keyboard.down("Shift")
    view.drag(*way)
    view.page.keyboard.up("Shift")
    among = ((points > 10) & (points < 20)).all(1)
    view.until(lambda: len(widget.selection), "a selection")
    assert set(np.flatnonzero(among)) <= set(widget.selection.tolist())
    assert len(widget.selection) < 130 and heard == [] and view.page.get_by_role("dialog").count() == 0


def test_a_double_click_on_nothing_selects_nothing(show):
    points, labels = blobs()
    labels[::9] = -1
    widget = Scatter(points, labels=labels, classes=CLASSES)
    view = show(widget).ready()
    widget.selection = [1]
    view.settle()
    view.page.mouse.dblclick(*view.spot(5, 2.5))
    view.until(lambda: widget.selection.tolist() == [], "none")
    view.settle()
    assert view.texts("hint")[0].startswith("Drag a point")


def test_the_kernel_selects_and_the_page_follows(show):
    widget = scatter()
    view = show(widget).ready()
    widget.selection = [1, 2, 100]
    view.settle()
    assert view.texts("hint")[0].startswith("3 points selected, 67 % calm")
    view.load()
    view.ready()
    assert view.texts("hint")[0].startswith("3 points selected"), "and still does after a reload"


def test_linked_views_share_their_selection_and_others_do_not(show):
    one, two, apart = scatter(link="a"), scatter(link="a"), scatter()
    view = show(one, two, apart, viewport={"width": 940, "height": 1700}).ready()
    view.page.mouse.click(*view.point(3))
    view.until(lambda: two.selection.tolist() == [3], "the selection in the linked widget")
    view.settle()
    assert apart.selection.tolist() == []
    assert [text[:7] for text in view.texts("hint")] == ["1 point", "1 point", "Drag a "]


def test_a_finger_draws_a_lasso_and_two_fingers_zoom(show):
    widget = scatter()
    view = show(widget, has_touch=True).ready()
    finger = view.context.new_cdp_session(view.page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    way = view.circle(view.spot(*HOMES[0]), 100)
    touch("touchStart", way[0])
    for place in way[1:]:
        touch("touchMove", place)
    touch("touchEnd")
    view.until(lambda: len(widget.selection) == 60, "the lasso's selection")

    before = view.coloured()
    x, y = view.spot(*HOMES[2])
    touch("touchStart", (x - 20, y))
    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 120, y), (x + 120, y))
    touch("touchEnd")
    view.settle()
    assert view.coloured() < before, "zoomed in, so that two clusters are out of sight"
    assert len(widget.selection) == 60, "a pinch selects nothing"


def test_a_finger_drags_a_point_and_a_second_one_lets_go_of_it(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget, has_touch=True).ready()
    hand = view.context.new_cdp_session(view.page)

    def touch(kind: str, *spots: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(spots)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(*ends: tuple[float, float]) -> None:
        touch("touchStart", (x, y))
        touch("touchMove", (x + 40, y))
        touch("touchMove", ends[0])
        touch("touchStart" if len(ends) > 1 else "touchMove", *ends)
        touch("touchEnd")
        view.settle()

    (x, y), end = view.point(0), view.spot(*HOMES[1])
    drag(end)
    only(view)
    view.page.get_by_role("button", name="This one is busy").click()
    view.until(lambda: heard == [Relabel((0,), "busy")], "the edit")
    drag(end, (x, y - 50))
    assert view.page.get_by_role("dialog").count() == 0
    assert view.stage.get_attribute("data-dragging") is None


def test_a_tap_shows_the_card_of_a_point_until_the_next_touch(show):
    widget = scatter()
    view = show(widget, has_touch=True).ready()
    view.page.touchscreen.tap(*view.point(3))
    view.until(lambda: widget.selection.tolist() == [3], "the selection")
    assert view.texts("card-title") == ["sample 3"]
    view.page.touchscreen.tap(*view.spot(5, 2.5))
    view.until(lambda: widget.selection.tolist() == [], "none")
    assert view.texts("card-title") == []


def test_zooming_with_a_point_in_hand_keeps_it_in_hand(show):
    widget = scatter()
    listen(widget)
    view = show(widget).ready()
    view.stage.focus()
    view.page.mouse.move(*view.point(0))
    view.page.mouse.down()
    x, y = view.spot(5, 2)
    view.page.mouse.move(x, y, steps=5)
    view.page.mouse.wheel(0, -360)
    view.settle()
    box = view.stage.bounding_box()
    for by in (0, 30):
        view.page.mouse.move(x + by, y)
        view.settle()
        ink = view.ink("overlay").reshape(round(box["height"]), round(box["width"]), 4)
        row, column = round(y - box["y"]), round(x + by - box["x"])
        assert ink[row - 2 : row + 3, column - 2 : column + 3, 3].min() > 200
    view.press("Escape")
    view.page.mouse.up()


def test_the_wheel_zooms_only_a_view_that_was_clicked(show):
    view = show(scatter()).ready()
    before = view.coloured()
    view.page.mouse.move(*view.spot(*HOMES[2]))
    view.page.mouse.wheel(0, -800)
    view.settle()
    assert view.coloured() == before
    view.page.mouse.click(*view.spot(5, 2.5))
    view.page.mouse.move(*view.spot(*HOMES[2]))
    for _ in range(8):
        view.page.mouse.wheel(0, -120)
    view.until(lambda: view.coloured() < 0.8 * before, "a closer view")
    view.press("f")
    view.until(lambda: view.coloured() == before, "all points again")


def test_a_picture_that_grows_past_its_room_keeps_the_view_that_was_zoomed(show):
    """One row more, and ten times as many: room for rows is doubled as it is needed."""
    widget = scatter(20)
    view = show(widget).ready()
    view.page.mouse.click(*view.spot(5, 2.5))
    view.page.mouse.move(*view.spot(*HOMES[2]))
    whole = view.coloured()
    for _ in range(8):
        view.page.mouse.wheel(0, -120)
    view.until(lambda: view.coloured() < 0.8 * whole, "a closer view")
    view.settle()
    closer = view.coloured()
    far = np.array(HOMES[0]) + np.random.default_rng(0).normal(size=(200, 2)) * 0.1
    for more in (1, 200):
        widget.grow(np.vstack([widget.points, far[:more]]))
        view.settle()
        assert view.coloured() == closer, "nothing of what came is in sight"
    view.press("f")
    view.until(lambda: view.coloured() != closer, "all points, old and new")


# Editing


def ask(view: View) -> list[str]:
    return view.page.get_by_role("dialog").get_by_role("button").all_inner_texts()


def test_a_drop_into_another_class_offers_to_relabel_and_enter_says_yes(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.drag(view.point(0), view.spot(*HOMES[1]))
    only(view)
    assert [re.split("\n|Enter|Esc", text)[0] for text in ask(view)] == ["This one is busy", "Cancel"]
    view.settle()
    assert heard == [], "nothing counts before it is answered"
    view.press("Enter")
    view.until(lambda: heard == [Relabel((0,), "busy")], "the edit")
    assert widget.labels[0] == 1
    view.settle()
    assert view.page.evaluate("sessionStorage.length") == 0, "what was answered is not kept"


def test_a_drop_among_its_own_pulls_to_the_neighbours_and_one_can_mean_nothing(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.drag(view.point(60), view.point(70))
    view.settle()
    view.page.get_by_role("button", name="Pull to these neighbours").click()
    view.until(lambda: heard, "the edit")
    near = np.argsort(((widget.points - widget.points[70]) ** 2).sum(1))
    near = near[near != 60][:10]
    assert isinstance(heard[0], Move) and isinstance(heard[0].to, Near)
    assert set(heard[0].to.ids) == set(near.tolist())
    for cancel in (
        lambda: view.press("Escape"),
        lambda: view.page.get_by_role("button", name="Cancel").click(),
        lambda: view.page.mouse.click(*view.spot(0, 4)),
    ):
        view.drag(view.point(3), view.point(70))
        cancel()
        view.settle()
        assert view.page.get_by_role("dialog").count() == 0
    view.drag(view.point(3), view.spot(5, 2))
    view.settle()
    assert view.texts("hint") == ["No point is near. Drop closer to the ones it belongs to."]
    assert len(heard) == 1


def test_a_dragged_point_of_the_selection_takes_the_selection_along(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    widget.selection = [0, 1, 2]
    view.settle()
    view.drag(view.point(1), view.spot(*HOMES[2]))
    view.press("Enter")
    view.until(lambda: heard == [Relabel((0, 1, 2), "wild")], "the edit")


def test_a_drop_on_the_legend_is_a_drop_into_that_class(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    row = view.page.get_by_role("button", name="Select wild").bounding_box()
    view.drag(view.point(0), (row["x"] + 20, row["y"] + 10))
    only(view)
    view.page.get_by_role("button", name="This one is wild").click()
    view.until(lambda: heard == [Relabel((0,), "wild")], "the edit")


def test_a_digit_relabels_the_selection(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    view.press("3")
    view.until(lambda: heard == [Relabel((0,), "wild")], "the edit")
    assert view.page.get_by_role("button", name="Select wild, 61 points").count() == 1
    view.press("9")
    view.settle()
    assert len(heard) == 1, "there is no ninth class"


def test_everything_can_be_done_by_keyboard(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.stage.focus()
    view.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "Space")
    view.until(lambda: len(widget.selection) == 1, "a point selected by the cursor")
    (first,) = widget.selection.tolist()
    view.press("Shift+ArrowRight")
    view.until(lambda: len(widget.selection) == 2, "another on the way")
    view.press("Escape")
    view.until(lambda: len(widget.selection) == 0, "none")
    view.press("a")
    view.until(lambda: len(widget.selection) == 180, "all")
    view.press("i")
    view.until(lambda: len(widget.selection) == 0, "the others of all")
    widget.selection = [first]
    view.settle()
    target = 1 if widget.labels[first] != 1 else 0
    for _ in range(60):  # walk until the cursor is in another cluster
        view.press("ArrowRight" if target == 1 else "ArrowLeft")
        said = view.page.locator(".greenlatent-live").inner_text()
        if f"labelled {CLASSES[target]}" in said:
            break
    view.press("Enter")
    view.page.get_by_role("dialog").wait_for()
    view.settle()
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    assert first in heard[0].ids and heard[0].label == CLASSES[target]
    assert view.stage.evaluate("stage => stage === document.activeElement"), "the keys are back on the plot"


def test_a_refused_edit_is_told_in_words_and_can_be_dismissed(show):
    widget = scatter()

    def refuse(edit, **_):
        raise ValueError("sample 0 is fixed")

    widget.on_edit(refuse)
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    view.press("2")
    view.until(lambda: view.texts("notice-text") == ["sample 0 is fixed"], "the error")
    assert widget.labels[0] == 0
    view.page.get_by_role("button", name="Dismiss").click()
    assert view.texts("notice-text") == []


def test_an_edit_that_was_not_answered_is_sent_again_after_a_reload_and_applied_once(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    view.press("2")
    lost = view.page.evaluate("window.take", 0)  # the line is cut while the edit is under way
    assert [content["type"] for content, _ in lost].count("edit") == 1
    assert heard == []
    view.load()
    view.ready()
    assert heard == [Relabel((0,), "busy")]
    view.load()
    view.ready()
    assert len(heard) == 1


def test_a_kernel_that_is_gone_is_told_and_the_edit_is_kept(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.page.evaluate("models[0].cut = true")
    view.page.mouse.click(*view.point(0))
    view.press("2")
    view.until(lambda: view.texts("notice-text"), "a message")
    assert "cannot be reached" in view.texts("notice-text")[0]
    view.load()
    view.ready()
    assert heard == [Relabel((0,), "busy")]


def test_a_view_that_is_not_editable_selects_only(show):
    widget = scatter(editable=False)
    view = show(widget).ready()
    view.drag(view.point(0), view.spot(*HOMES[1]))
    assert view.page.get_by_role("dialog").count() == 0
    view.stage.focus()
    view.press("a", "2")
    view.until(lambda: len(widget.selection) == 180, "the selection")
    assert (widget.labels == blobs()[1]).all()


# The Lab


def test_the_labs_buttons_are_commands_and_its_readings_the_status(show):
    lab = Widget("lab", classes=CLASSES)
    heard: list[Any] = []
    lab.on_command(lambda do, **arguments: heard.append((do, arguments)))
    lab.set_ids(np.arange(180))
    lab.publish(blobs()[0], step=0)
    energy = {"value": 0.43, "low": 0.38, "high": 0.48, "unit": "J"}
    energy |= {"per": "step", "badges": {"counter": 0.93, "model": 0.07}}
    lab.set_status(
        {"step": 1240, "epoch": 3, "accuracy": 0.9417, "loss": 0.2134, "energy": energy, "edits": 2}
    )
    view = show(lab).ready()
    for name in ("One training step", "Ten training steps", "Run training"):
        view.page.get_by_role("button", name=name).click()
    assert view.page.get_by_role("button", name="Undo what").is_disabled()
    lab.set_status({"running": True, "undo": True})
    view.settle()
    view.page.get_by_role("button", name="Pause").click()
    view.page.get_by_role("button", name="Undo what").click()
    view.stage.focus()
    view.press("r", "Control+z")
    view.settle()
    assert heard == [
        ("step", {"n": 1}),
        ("step", {"n": 10}),
        ("start", {"pace": "epoch", "until": "suggestion"}),
        ("pause", {}),
        ("undo", {}),
        ("redo", {}),
        ("undo", {}),
    ]


def test_a_reading_that_is_missing_is_missing_and_never_nought(show):
    lab = Widget("lab")
    lab.set_ids([0])
    lab.publish([[0.0, 0.0]], step=0)
    lab.set_status({"step": 0})
    view = show(lab).ready()
    readings = dict(zip(view.texts("reading-name"), view.texts("reading-value"), strict=True))
    assert readings["Step"] == "0"
    assert readings["Accuracy"] == readings["Loss"] == readings["Edits"] == "–"
    assert "not measured" in readings["Energy"]
