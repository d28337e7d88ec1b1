"""The harness itself, on a widget of twenty lines: what it promises to the other browser tests."""

import pytest

from tests.browser.harness import Notebook, Server

WIDGET = '''
import anywidget, traitlets

class Dot(anywidget.AnyWidget):
    """A red dot that can be dragged; the kernel learns where it was dropped."""
    _esm = """
    export default { render({ model, el }) {
      const canvas = document.createElement("canvas");
      canvas.width = 200; canvas.height = 100; canvas.tabIndex = 0;
      const draw = () => {
        const pen = canvas.getContext("2d");
        pen.fillStyle = "white"; pen.fillRect(0, 0, 200, 100);
        pen.fillStyle = "red"; pen.fillRect(model.get("x") - 5, 45, 10, 10);
      };
      canvas.onpointerup = (event) => { model.set("x", Math.round(event.offsetX)); model.save_changes(); };
      model.on("change:x", draw);
      canvas.className = "dot";
      draw(); el.append(canvas);
    } };
    """
    x = traitlets.Int(50).tag(sync=True)
'''
RED = "r > 200 && g < 60 && b < 60"


def test_a_drag_reaches_the_kernel_and_the_kernel_the_picture(each_tab: Notebook):
    each_tab.show(WIDGET, "dot = Dot(); dot", "print('seen')")
    canvas = each_tab.page.locator("canvas.dot")
    canvas.wait_for()
    assert each_tab.count_pixels(each_tab.photograph(canvas, f"harness-{each_tab.app}"), RED) == 100
    box = canvas.bounding_box()
    each_tab.drag((box["x"] + 50, box["y"] + 50), (box["x"] + 120, box["y"] + 50))
    each_tab.wait_kernel("dot.x == 120")
    assert each_tab.outputs(2)[0]["text"] == "seen\n"
    each_tab.execute("dot.x = 20")
    each_tab.page.wait_for_function(
        "() => document.querySelector('canvas.dot').getContext('2d').getImageData(20, 50, 1, 1).data[1] === 0"
    )


@pytest.mark.slow
def test_a_reload_keeps_the_kernel_and_a_reopened_notebook_has_a_new_one(tab: Notebook):
    tab.open(["x = 41"])
    tab.run(0)
    tab.reload()
    assert tab.kernel("x + 1") == 42
    tab.reopen()
    assert tab.kernel("'x' in globals()") is False
    tab.execute("x = 1")
    tab.restart_kernel()
    assert tab.kernel("'x' in globals()") is False


def test_an_error_in_a_cell_is_an_error_of_the_test(tab: Notebook):
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        tab.show("1 / 0")
    with pytest.raises(AssertionError, match="NameError"):
        tab.kernel("nowhere")


def test_the_kernel_imports_this_checkout(tab: Notebook):
    tab.show("import greenlatent")
    from tests.browser.harness import CHECKOUT

    assert tab.kernel("greenlatent.__file__") == str(CHECKOUT / "greenlatent" / "__init__.py")


def test_both_themes_can_be_chosen(tab: Notebook):
    tab.show("0")
    background = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim()"
    tab.theme("dark")
    dark = tab.page.evaluate(background)
    tab.theme("light")
    assert dark != tab.page.evaluate(background)


@pytest.mark.slow
def test_a_server_keeps_its_token_and_ends_when_told(browser):
    server = Server("lab")
    page = browser.new_page()
    page.goto(f"{server.url}/lab")
    assert "/login" in page.url
    assert page.request.get(f"{server.url}/api/contents").status == 403
    page.close()
    server.stop()
    server.stop()
    assert not server.root.exists()
