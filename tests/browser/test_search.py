"""A search in JupyterLab: its lines, a brush that narrows it, the buttons of the list, the keyboard, and a reload."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.harness import Notebook, wait_until

MAKE = """
import tempfile, torch
import greenlatent as gl
from torch import nn

train, valid = gl.datasets.digits().split(valid=0.3)


def make(rate, width, act):
    encoder = nn.Sequential(nn.Linear(64, width), {"relu": nn.ReLU, "tanh": nn.Tanh}[act]())
    adam = lambda parameters: torch.optim.Adam(parameters, lr=rate)
    return {"model": nn.Sequential(encoder, nn.Linear(width, 10)), "latent": "0", "batch_size": 32, "optimizer": adam}


def searching(**options):
    space = {"rate": (1e-4, 1e-1, "log"), "width": [8, 16, 32, 64], "act": ["relu", "tanh"]}
    folder = tempfile.mkdtemp()
    return gl.Search(make, train, valid=valid, epochs=20, space=space, sampler="random", folder=folder, **options)


search = searching(budget=gl.Budget(joules=200))
"""


class Shown:
    """The page of a search, by the names of what is on it."""

    def __init__(self, notebook: Notebook):
        self.notebook, self.page = notebook, notebook.page
        self.root: Locator = self.page.locator(".greenlatent-search").first
        self.root.wait_for()
        self.axes = self.root.locator(".greenlatent-search-axes")
        self.stage = self.axes.get_by_role("application")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=re.compile(name))

    def spot(self, axis: int, height: float) -> tuple[float, float]:
        """A place on an axis: see arrangement.ts."""
        box = self.stage.bounding_box()
        assert box
        gap = max((box["width"] - 52 - 34) / 5, 58)
        return box["x"] + 52 + axis * gap, box["y"] + 16 + (1 - height) * (box["height"] - 30)

    def brush(self, axis: int, low: float, high: float) -> None:
        self.stage.scroll_into_view_if_needed()
        self.notebook.drag(self.spot(axis, low), self.spot(axis, high))

    def list_first(self) -> bool:
        tops = [self.root.locator(".greenlatent-search-list").bounding_box(), self.stage.bounding_box()]
        return tops[0]["y"] < tops[1]["y"]

    def rows(self) -> list[str]:
        return self.root.locator(".greenlatent-search-row").all_inner_texts()


@pytest.fixture
def shown(tab: Notebook) -> Iterator[Callable[..., Shown]]:
    """A fresh search on the screen; the kernel goes on from test to test, so each search ends with its test."""

    def show(*cells: str) -> Shown:
        tab.show(MAKE, *cells, "search")
        return Shown(tab)

    yield show
    tab.execute("'search' in globals() and search.close()")  # a notebook opened again has none


def begun(notebook: Notebook, count: int) -> None:
    notebook.wait_kernel(f"sum(c.look is not None for c in search.candidates) >= {count}")


def test_lines_appear_while_it_runs_and_a_pause_leaves_a_still(shown: Any, tab: Notebook):
    page = shown()
    assert "No candidate yet" in page.root.inner_text()
    page.button("^Run$").click()
    begun(tab, 3)
    wait_until(lambda: len(page.rows()) >= 3, "candidates in the list")
    wait_until(lambda: "points" in (page.stage.get_attribute("aria-label") or ""), "lines in words")
    page.button("^Pause$").click()
    page.button("^Run$").wait_for()
    assert tab.kernel("search.running") is False
    count = tab.kernel("len(search.candidates)")
    wait_until(lambda: f"{count} points" in (page.stage.get_attribute("aria-label") or ""), "a line for each")
    wait_until(lambda: f"{count} candidates, best first" in page.root.inner_text(), "all in the list")
    best = tab.kernel("search.best.n")
    assert page.rows()[0].startswith(str(best)), "the best comes first"
    assert "Paused: you paused it." in page.root.inner_text()


SOME = "search.start(candidates=8); search.wait()"


def test_a_brush_narrows_only_when_somebody_says_so_and_undo_widens_again(shown: Any, tab: Notebook):
    page = shown(SOME)
    page.brush(0, 0.4, 0.8)
    offer = page.axes.get_by_role("button", name="Search here: rate")
    offer.wait_for()
    tab.wait_kernel("list(search._board.pictures.parallel.ranges) == ['rate']")
    assert tab.kernel("search.course.region") == {}, "brushing alone changes nothing"

    def lists_the_selected() -> bool:
        count = len(tab.kernel("search._board.pictures.parallel.selection.tolist()"))
        told = f"{count} of 8 candidates, those that are selected"
        return count > 0 and told in page.root.inner_text() and len(page.rows()) == count

    wait_until(lists_the_selected, "the list of those selected")
    offer.click()
    tab.wait_kernel("'rate' in search.course.region")
    (low, high), firmly = tab.kernel("search.course.region")["rate"]
    assert 1e-3 < low < 3e-3 and 1e-2 < high < 5e-2 and not firmly
    band = page.root.locator(".greenlatent-search-band")
    band.get_by_text("3 of 4 from here, 1 of 4 from everywhere").wait_for()
    band.get_by_role("checkbox", name="only here").check()
    tab.wait_kernel("search.course.region['rate'][1] is True")
    band.get_by_text("all from here").wait_for()
    for count in (1, 0):
        page.button("^Undo: search").click()
        tab.wait_kernel(f"len(search.course.hand) == {count}")
    wait_until(lambda: band.count() == 0, "no band")
    assert tab.kernel("search.course.region") == {}


def test_stop_further_and_open_in_a_lab(shown: Any, tab: Notebook):
    page = shown(SOME)
    worst = tab.kernel("[c.n for c in search.candidates if c.state == 'paused'][-1]")
    page.button("Show .* more of 8").click()
    page.button(f"^Stop {worst}$").click()
    tab.wait_kernel(f"search.candidates[{worst}].state == 'stopped'")
    wait_until(lambda: any("stopped by you" in row for row in page.rows()), "the word in the list")
    wait_until(page.button(f"^Stop {worst}$").is_disabled, "nothing left to stop")

    best = tab.kernel("next(c.n for c in search.candidates if c.state == 'paused')")
    passes = tab.kernel(f"search.candidates[{best}].passes")
    further = page.button(f"^Further {best}, about .* J$")
    further.click()
    tab.wait_kernel(f"search.candidates[{best}].wanted")
    page.root.get_by_label("until").select_option("one more candidate has begun")
    page.button("^Run$").click()
    tab.wait_kernel(f"not search.running and search.candidates[{best}].passes > {passes}")

    page.button("What was decided").click()
    page.root.get_by_text(f"you: further with candidate {best}").wait_for()

    page.button(f"^Open {best} in a Lab$").click()
    dashboard = page.root.locator(".greenlatent-lab, .greenlatent").nth(2)
    dashboard.get_by_role("button", name="Ten training steps").wait_for()
    steps = tab.kernel(f"search._board._labs[{best}].trainer.steps")
    assert steps > 0, "it is warm"
    page.button(f"^Close the Lab of {best}$").click()
    tab.wait_kernel("search._board._labs == {}")


BRIGHT = "Math.max(r, g, b) - Math.min(r, g, b) > 90"


def test_lines_of_candidates_that_ended_step_back(shown: Any, tab: Notebook):
    page = shown(SOME)
    bright = lambda: tab.count_pixels(page.stage.screenshot(), BRIGHT)  # noqa: E731
    wait_until(lambda: bright() > 1000, "lines in colour")
    before = bright()
    tab.execute("for c in search.candidates: c.state == 'paused' and search.stop(c.n)")
    wait_until(lambda: bright() < 0.8 * before, "fainter ones, beside those of the front")
    tab.photograph(page.stage, "search-lines-ended")


def test_all_of_it_by_keyboard_alone(shown: Any, tab: Notebook):
    page = shown(SOME)
    page.button("^Run$").focus()
    for _ in range(2):
        page.page.keyboard.press("Tab")
    # From the top line on Tab reaches the axes.
    for _ in range(12):
        if page.stage.evaluate("stage => stage === document.activeElement"):
            break
        page.page.keyboard.press("Tab")
    assert page.stage.evaluate("stage => stage === document.activeElement")
    for key in ("ArrowRight", "Space", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "Space"):
        page.page.keyboard.press(key)
    page.axes.get_by_role("button", name="Search here: width").wait_for()
    page.page.keyboard.press("Enter")
    tab.wait_kernel("search.course.region.get('width') is not None")
    (values, _) = tab.kernel("search.course.region")["width"]
    assert values == [32] or 32 in values
    undo = page.button("^Undo: search")
    undo.wait_for()
    undo.focus()
    page.page.keyboard.press("Enter")
    tab.wait_kernel("search.course.region == {}")
    first = tab.kernel("[c.n for c in search.candidates if c.state == 'paused'][0]")
    page.button(f"^Stop {first}$").focus()
    page.page.keyboard.press("Enter")
    tab.wait_kernel(f"search.candidates[{first}].state == 'stopped'")


def test_the_tools_of_the_front_do_not_cover_what_is_accurate_and_cheap(shown: Any, tab: Notebook):
    page = shown(SOME)
    front = page.root.locator(".greenlatent-search-front")
    tools = front.get_by_role("toolbar").bounding_box()
    stage = front.get_by_role("application").bounding_box()
    assert tools["x"] > stage["x"] + stage["width"] / 3 and tools["y"] > stage["y"] + stage["height"] / 2


@pytest.mark.slow
def test_a_reload_in_mid_search_finds_everything_again(shown: Any, tab: Notebook):
    page = shown(SOME, "search.narrow(rate=(1e-3, 1e-2)); search.start()")
    page.brush(1, 0.6, 1.0)
    tab.wait_kernel("list(search._board.pictures.parallel.ranges) == ['width']")
    begun(tab, 10)
    tab.reload()
    page = Shown(tab)
    page.button("^Pause$").wait_for()
    page.axes.get_by_role("button", name="Search here: width").wait_for()
    page.root.get_by_text("3 of 4 from here").wait_for()
    begun(tab, 14)
    tab.execute("search.pause()")
    count = tab.kernel("len(search.candidates)")
    wait_until(lambda: f"{count} points" in (page.stage.get_attribute("aria-label") or ""), "a line for each")
    assert tab.kernel("list(search._board.pictures.parallel.ranges)") == ["width"], (
        "rows came, the brush stayed"
    )


@pytest.mark.slow
def test_a_saved_notebook_shows_axes_and_list_without_a_kernel(shown: Any, tab: Notebook):
    page = shown(SOME, "search.start(candidates=1); search.wait()")
    image = tab.page.locator(".jp-OutputArea-output img")
    wait_until(lambda: image.count() == 1, "a still of the axes")
    text = tab.page.locator(".jp-OutputArea-output pre", has_text="candidates, best first")
    assert not image.is_visible() and not text.is_visible(), "the live page hides both"
    assert page.root.is_visible()
    tab.reopen()
    image.wait_for()
    text.wait_for()
    tab.photograph(tab.page.locator(".jp-Cell").last, "search-still")
    assert "rate" in text.inner_text()


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_a_narrow_page_has_the_list_first_and_nothing_sticks_out(shown: Any, tab: Notebook, theme: str):
    page = shown(SOME)
    tab.theme(theme)
    try:
        for width in (480, 900, 1366):
            tab.page.set_viewport_size({"width": width, "height": 1000})
            wait_until(lambda first=width == 480: page.list_first() is first, "the order of this width")
            sticking = page.root.evaluate(
                """root => [...root.querySelectorAll(".widget-button, .widget-html, .widget-dropdown, .greenlatent")]
                    .filter(each => each.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
                    .map(each => each.outerHTML.slice(0, 200))"""
            )
            assert sticking == []
            tab.photograph(page.root, f"search-{width}-{theme}")
    finally:
        tab.page.set_viewport_size({"width": 1200, "height": 900})
        tab.theme("light")
