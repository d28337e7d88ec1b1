"""Theme: a view has the colours of the page around it, whenever and however these come."""

import numpy as np
import pytest

import greenlatent as gl

DARK = "--jp-layout-color0: #111; --jp-ui-font-color1: rgba(255, 255, 255, 1)"
SHEET = f"document.head.append(Object.assign(document.createElement('style'), {{textContent: 'body {{ {DARK} }}'}}))"
READ = "getComputedStyle(document.querySelector('.greenlatent > *')).colorScheme"  # what the view drew by
INK = """() => { let light = 0, dark = 0;
  for (const canvas of document.querySelectorAll('canvas')) {
    const pen = canvas.width && canvas.getContext('2d');
    const all = pen ? pen.getImageData(0, 0, canvas.width, canvas.height).data : [];
    for (let i = 0; i < all.length; i += 4) {
      const [r, g, b, a] = all.slice(i, i + 4);
      if (a < 100 || Math.max(r, g, b) - Math.min(r, g, b) > 12) continue;
      if (r > 170) light++;
      if (r < 110) dark++;
    }
  }
  return light > dark; }"""  # whether axes and their labels are drawn in light grey


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


def test_axes_are_drawn_in_ink_that_can_be_read_where_colours_come_late(show):
    view = show(gl.Parallel(np.random.default_rng(0).normal(size=(60, 4))), alone=True).ready()
    assert not view.page.evaluate(INK)
    view.page.evaluate("document.body.dataset.jpThemeName = 'dark'")
    view.page.wait_for_timeout(100)
    view.page.evaluate(SHEET)
    view.until(lambda: view.page.evaluate(INK), "axes in light ink")


def test_a_view_that_is_built_before_it_hangs_in_a_page_has_the_ink_of_that_page(show):
    view = show(gl.Parallel(np.random.default_rng(0).normal(size=(60, 4))), alone=True).ready()
    view.page.evaluate(
        "window.views.splice(0)[0](); document.querySelectorAll('body > div').forEach(d => d.remove())"
    )
    view.page.evaluate(f"document.body.style.cssText = '{DARK}'")
    view.page.evaluate("""async () => { const { default: widget } = await import('/widget.js');
      window.loose = document.createElement('div');
      window.views.push(widget.render({ model: window.models[0], el: window.loose })); }""")
    view.page.wait_for_timeout(200)
    view.page.evaluate("document.body.append(window.loose)")
    view.ready()
    view.until(lambda: view.page.evaluate(INK), "axes in light ink")
