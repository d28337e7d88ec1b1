"""A search in JupyterLab: its lines, a brush that narrows it, the buttons of the list, the keyboard, and a reload."""

import re
from collections.abc import Callable
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

    def rows(self) -> list[str]:
        return self.root.locator(".greenlatent-search-row").all_inner_texts()


@pytest.fixture
def shown(tab: Notebook) -> Callable[..., Shown]:
    def show(*cells: str) -> Shown:
        tab.open([MAKE, *cells, "search"])
        tab.run_all()
        return Shown(tab)

    return show


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
    wait_until(
        lambda: f"{count} points" in (page.stage.get_attribute("aria-label") or ""), "a line for each"
    )
    wait_until(lambda: f"{count} candidates, best first" in page.root.inner_text(), "all in the list")
    best = tab.kernel("search.best.n")
    assert page.rows()[0].startswith(str(best)), "the best comes first"
    assert "Paused: you paused it." in page.root.inner_text()
