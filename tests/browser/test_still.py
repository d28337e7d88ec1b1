"""The still: a saved notebook shows the last picture where there is no kernel to draw a live one."""

import base64

from tests.browser.harness import Notebook, wait_until
from tests.browser.plot import COLOURED, Plot
from tests.browser.test_lab import LAB, MODEL


def stills(notebook: Notebook) -> list[dict]:
    return [output for output in notebook.outputs(1) if "image/png" in output.get("data", {})]


def test_a_reopened_notebook_shows_the_picture_that_the_live_view_had_hidden(each_tab: Notebook):
    each_tab.show(MODEL, LAB)
    plot = Plot(each_tab)
    plot.button("Ten training steps").click()
    each_tab.wait_kernel("lab.trainer.steps == 10")
    (still,) = wait_until(lambda: stills(each_tab), "a picture in the outputs")
    image = each_tab.page.locator(".jp-OutputArea-output img")
    assert image.count() == 1 and not image.is_visible(), "the live view hides the still"
    assert len(base64.b64decode(still["data"]["image/png"])) <= 100 * 1024

    (saved,) = [
        output for output in each_tab.saved().cells[1].outputs if "image/png" in output.get("data", {})
    ]
    assert "greenlatent" in saved.metadata["image/png"]["alt"]
    # nbconvert, as "Save and Export Notebook As" calls it
    server = each_tab.server
    ours = {"Authorization": f"token {server.token}"}
    exported = each_tab.page.request.get(f"{server.url}/nbconvert/html/{each_tab.path}", headers=ours)
    assert exported.ok, exported.text()
    assert saved.data["image/png"].strip()[:200] in exported.text().replace("\n", "")

    each_tab.reopen()
    image.wait_for()
    shown = each_tab.photograph(image, f"still-{each_tab.app}")
    assert each_tab.count_pixels(shown, COLOURED) > 2000

    each_tab.reopen_without_kernel()
    image.wait_for()
    assert each_tab.count_pixels(each_tab.photograph(image, f"no-kernel-{each_tab.app}"), COLOURED) > 2000
