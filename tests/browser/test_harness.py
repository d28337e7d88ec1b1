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


def test_a_drag_reaches_the_kernel_and_the_kernel_the_picture(each: Notebook):
    each.open([WIDGET, "dot = Dot(); dot", "print('seen')"])
    each.run_all()
    canvas = each.page.locator("canvas.dot")
    canvas.wait_for()
    assert each.count_pixels(each.photograph(canvas, f"harness-{each.app}"), RED) == 100
    box = canvas.bounding_box()
    each.drag((box["x"] + 50, box["y"] + 50), (box["x"] + 120, box["y"] + 50))
    each.wait_kernel("dot.x == 120")
    assert each.outputs(2)[0]["text"] == "seen\n"
    each.execute("dot.x = 20")
    each.page.wait_for_function(
        "() => document.querySelector('canvas.dot').getContext('2d').getImageData(20, 50, 1, 1).data[1] === 0"
    )


def test_a_reload_keeps_the_kernel_and_a_reopened_notebook_has_a_new_one(lab: Notebook):
    lab.open(["x = 41"])
    lab.run(0)
    lab.reload()
    assert lab.kernel("x + 1") == 42
    lab.reopen()
    assert lab.kernel("'x' in globals()") is False
    lab.execute("x = 1")
    lab.restart_kernel()
    assert lab.kernel("'x' in globals()") is False


def test_an_error_in_a_cell_is_an_error_of_the_test(lab: Notebook):
    lab.open(["1 / 0"])
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.run(0)
    with pytest.raises(AssertionError, match="NameError"):
        lab.kernel("nowhere")


def test_the_kernel_imports_this_checkout(lab: Notebook):
    lab.open(["import greenlatent"])
    lab.run(0)
    from tests.browser.harness import CHECKOUT

    assert lab.kernel("greenlatent.__file__") == str(CHECKOUT / "greenlatent" / "__init__.py")


def test_both_themes_can_be_chosen(lab: Notebook):
    lab.open([""])
    background = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim()"
    lab.theme("dark")
    dark = lab.page.evaluate(background)
    lab.theme("light")
    assert dark != lab.page.evaluate(background)


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
