"""Theme: a view has the colours of the page around it, whenever and however these come."""

import numpy as np
import pytest

import greenlatent as gl

DARK = "--jp-layout-color0: #111; --jp-ui-font-color1: rgba(255, 255, 255, 1)"
SHEET = f"document.head.append(Object.assign(document.createElement('style'), {{textContent: 'body {{ {DARK} }}'}}))"
READ = "getComputedStyle(document.querySelector('.greenlatent > *')).colorScheme"  # what the view drew by


@pytest.fixture
def view(show):
    points = np.random.default_rng(0).normal(size=(200, 2))
    return show(gl.Scatter(points), alone=True).ready()


def test_colours_that_come_after_the_word_of_them_are_seen(view):
    view.page.evaluate("document.body.dataset.jpThemeName = 'dark'")
    view.page.wait_for_timeout(100)
    assert view.page.evaluate(READ) == "light"
    view.page.evaluate(SHEET)
    view.until(lambda: view.page.evaluate(READ) == "dark", "dark ink")


def test_colours_that_come_without_a_word_are_seen_in_both_directions(view):
    for name in ("dark", "light"):
        view.page.evaluate(f"document.body.style.cssText = '{DARK if name == 'dark' else ''}'")
        view.until(lambda name=name: view.page.evaluate(READ) == name, f"{name} ink")


def test_a_view_that_is_hidden_meanwhile_has_them_once_it_is_shown(view):
    view.page.evaluate("document.querySelector('.greenlatent').parentElement.style.display = 'none'")
    view.page.wait_for_timeout(50)
    view.page.evaluate(SHEET)
    view.page.evaluate("document.querySelector('.greenlatent').parentElement.style.display = ''")
    view.until(lambda: view.page.evaluate(READ) == "dark", "dark ink")


def test_where_nothing_changes_nothing_is_drawn_anew(view):
    view.page.evaluate(
        """() => { const pen = CanvasRenderingContext2D.prototype, clear = pen.clearRect; window.cleared = 0;
        pen.clearRect = function (...all) { window.cleared++; return clear.apply(this, all); } }"""
    )
    view.page.evaluate("document.body.dataset.jpThemeName = 'of the same colours'")
    view.page.wait_for_timeout(100)
    assert view.page.evaluate("window.cleared") == 0
