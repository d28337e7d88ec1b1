"""Views on a page: one WebGL context for all, the processor where there is none, nothing for nobody."""

from playwright.sync_api import Browser

from tests.browser.harness import Notebook, Server, launch, wait_until
from tests.browser.plot import Plot
from tests.browser.view import CARD

PLOT = """
import numpy as np
import greenlatent as gl
points = np.random.default_rng(0).normal(size=(300, 2))
plot = gl.Scatter(points, labels=np.arange(300) % 3)
plot
"""
CONTEXTS = """
window.contexts = [];
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const context = getContext.call(this, kind, ...rest);
    if (context && kind.startsWith("webgl") && !window.contexts.includes(context)) window.contexts.push(context);
    return context;
};
"""


def test_all_views_of_a_page_share_one_webgl_context(lab_server: Server, browser: Browser):
    notebook = Notebook(lab_server, browser)
    notebook.page.add_init_script(CARD + CONTEXTS)
    notebook.open([PLOT, "plot", "gl.Scatter(-points)"], name="views.ipynb")
    notebook.run_all()
    plots = [Plot(notebook, index) for index in range(3)]
    assert all(plot.coloured() > 1000 for plot in plots[:2])
    assert notebook.page.evaluate("window.contexts.length") == 1
    assert "draws with WebGL2" in notebook.kernel("str(gl.check())")
    notebook.page.evaluate("window.end = window.contexts[0].getExtension('WEBGL_lose_context')")
    notebook.page.evaluate("window.end.loseContext()")
    notebook.execute("plot.points = -points")
    wait_until(lambda: plots[0].coloured() > 1000, "a picture without the context")
    notebook.page.evaluate("window.end.restoreContext()")
    notebook.execute("plot.points = points")
    wait_until(lambda: plots[0].coloured() > 1000, "a picture with a new context")
    assert notebook.page.evaluate("window.contexts.length") == 1
    notebook.leave()


def test_without_webgl_the_processor_draws_the_points(lab_server: Server, browser: Browser):
    plain = launch(browser.browser_type, "--disable-3d-apis")
    notebook = Notebook(lab_server, plain)
    notebook.open([PLOT], name="plain.ipynb")
    notebook.run(0)
    plot = Plot(notebook)
    assert "no WebGL2" in notebook.kernel("str(gl.check())")
    assert not notebook.page.evaluate("Boolean(document.createElement('canvas').getContext('webgl2'))")
    assert plot.coloured() > 1000
    notebook.photograph(plot.root, "without-webgl")
    assert notebook.errors == []
    notebook.leave()
    plain.close()


def test_a_view_that_nobody_sees_asks_for_no_frames(tab: Notebook):
    tab.show(PLOT, "one = 1\n" * 80, "two = 2")
    Plot(tab)
    tab.wait_kernel("plot.wants_frame()")
    tab.execute("plot.points = -points")
    tab.wait_kernel("plot.wants_frame()")
    tab.page.locator(".jp-Cell").nth(2).scroll_into_view_if_needed()
    tab.wait_kernel("not plot.wants_frame()")
    Plot(tab)
    tab.wait_kernel("plot.wants_frame()")


def test_the_kernel_finds_its_server_able_to_show_widgets(tab: Notebook):
    tab.open(["import greenlatent as gl\ngl.check()"])
    tab.run(0)
    (output,) = tab.outputs(0)
    assert "can show widgets" in output["data"]["text/plain"]
    assert "no page has shown a widget" in output["data"]["text/plain"]
    assert "text/html" not in output["data"]


def test_two_notebooks_are_open_and_each_keeps_its_own(tab: Notebook, browser: Browser):
    """Two tabs of one browser, two kernels: a selection and an edit stay where they were made."""
    first, second = tab, Notebook(tab.server, browser)
    second.open([PLOT], name="second.ipynb")
    for notebook in (first, second):
        notebook.show(PLOT)
    plots = [Plot(notebook) for notebook in (first, second)]
    first.page.bring_to_front()
    plots[0].stage.focus()
    first.page.keyboard.press("a")
    for key in ("2", "ArrowDown", "Enter"):  # all of the data: it asks first
        first.page.keyboard.press(key)
    first.wait_kernel("len(plot.selection) == 300 and len(plot.edits) == 1")
    second.page.bring_to_front()
    plots[1].stage.focus()
    second.page.keyboard.press("ArrowRight")
    second.page.keyboard.press("Space")
    second.wait_kernel("len(plot.selection) == 1")
    assert second.kernel("len(plot.edits)") == 0 and first.kernel("len(plot.selection)") == 300
    assert second.errors == []
    second.leave()
