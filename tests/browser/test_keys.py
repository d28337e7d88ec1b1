"""The keyboard guard: no key pressed on a plot reaches the notebook, where `x` cuts a cell and `0 0` restarts."""

from tests.browser.harness import Notebook
from tests.browser.plot import Plot

PLOT = """
import numpy as np
import greenlatent as gl
points = np.random.default_rng(0).normal(size=(200, 2))
plot = gl.Scatter(points, labels=np.arange(200) % 3)
plot
"""
OTHERS = ["one = 1", "two = 2"]

# What JupyterLab and Notebook 7 do in command mode, and what the plot itself is bound to.
KEYS = """
    x m z a b c v y r o l h k j f p i u g w e n 1 2 6 0 + - ? d d 0 0 i i Shift+m Shift+v Shift+l Shift+o Shift+Space
    Delete Backspace Shift+ArrowDown ArrowDown ArrowUp ArrowLeft ArrowRight Home End PageDown Space Enter Escape
    Control+z Control+y Control+Enter Shift+Enter Alt+Enter Control+Shift+- Control+a
""".split()  # noqa: SIM905 - a table to read


def test_no_key_pressed_on_a_plot_changes_the_notebook(each_tab: Notebook):
    each_tab.show(PLOT, *OTHERS)
    plot = Plot(each_tab)
    before, counts = each_tab.cells(), each_tab.counts()
    kernel = each_tab.kernel("id(plot)")
    for key in KEYS:
        plot.stage.focus()
        each_tab.page.keyboard.press(key)
    assert each_tab.cells() == before
    assert each_tab.counts() == counts, "a cell was run"
    assert each_tab.kernel("id(plot)") == kernel, "the kernel was restarted"
    assert plot.page.get_by_role("dialog", name="Restart").count() == 0


def test_a_second_escape_gives_the_keys_back_to_the_notebook(each_tab: Notebook):
    """And so the keys above would have done something, had they arrived."""
    each_tab.show(PLOT, *OTHERS)
    plot = Plot(each_tab)
    plot.stage.focus()
    plot.page.keyboard.press("a")
    assert len(each_tab.cells()) == 3
    plot.page.keyboard.press("Escape")
    plot.page.keyboard.press("Escape")
    plot.page.keyboard.press("a")
    plot.page.wait_for_function("window.jupyterapp.shell.currentWidget.content.widgets.length === 4")


def test_tab_always_leaves_the_plot(each_tab: Notebook):
    each_tab.show(PLOT, *OTHERS)
    plot = Plot(each_tab)
    plot.stage.focus()
    for _ in range(20):
        each_tab.page.keyboard.press("Tab")
        if not plot.root.evaluate("(root) => root.contains(document.activeElement)"):
            return
    raise AssertionError("the focus did not leave the plot in 20 steps")
