"""Parallel coordinates of a Lab in a real JupyterLab: a class dragged while training runs, one selection for all."""

import base64

import pytest

from tests.browser.harness import Notebook, wait_until

MODEL = """
import numpy as np
import torch
import greenlatent as gl
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
some = np.isin(y, [3, 5, 8])
y = np.searchsorted([3, 5, 8], y[some])
train = gl.Samples((x[some] / 16).astype(np.float32), y, classes=["three", "five", "eight"], preview="image")

def network():
    torch.manual_seed(0)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 6))
    return torch.nn.Sequential(encoder, torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(6, 3)))

def slowly(parameters):
    return torch.optim.Adam(parameters, 3e-4)

def apart(trainer, label, axis):
    "How far a class lies above the others along an axis, in pooled deviations."
    z, y = trainer.latents()[:, axis], train.y.numpy()
    pooled = np.sqrt(np.mean([z[y == k].var() for k in range(3)]))
    return float((z[y == label].mean() - z[y != label].mean()) / pooled)
"""
LAB = "lab = gl.Lab(network(), train, latent='0', seed=0, optimizer=slowly, threads=1, session=False)\nlab"
VIEW = "view = lab.view('parallel')\nview"
COLOURED = "Math.max(r, g, b) - Math.min(r, g, b) > 60"
LEFT, RIGHT = 52, 34  # margins of the axes: arrangement.ts

# The middle of the pixels of one exact colour in a part of a picture: class marks are filled with it, lines are not.
FIND = """async ([base64, x0, x1, colour]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
    pen.drawImage(image, 0, 0);
    const { data } = pen.getImageData(x0, 0, x1 - x0, image.height);
    let [n, y] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
        if (colour.every((value, k) => Math.abs(value - data[i + k]) < 2)) {
            n += 1;
            y += Math.floor(i / 4 / (x1 - x0));
        }
    }
    return n > 12 ? y / n : null;
}"""
COLOURS = {"three": [0, 114, 178], "five": [230, 159, 0], "eight": [0, 158, 115]}


class Strands:
    """The parallel view on the page, as a person meets it."""

    def __init__(self, notebook: Notebook):
        self.notebook, self.page = notebook, notebook.page
        self.root = self.page.locator(".greenlatent", has=self.page.locator(".greenlatent-axes"))
        self.stage = self.root.locator(".greenlatent-axes")
        self.stage.scroll_into_view_if_needed()  # out of sight a view asks for nothing
        self.root.locator(".greenlatent-axis-name").first.wait_for()

    def x(self, place: int, axes: int = 6) -> float:
        return LEFT + place * (self.stage.bounding_box()["width"] - LEFT - RIGHT) / (axes - 1)

    def mark(self, place: int, label: str) -> tuple[float, float] | None:
        """Where on the page the mark of a class is on an axis at this moment."""
        picture = base64.b64encode(self.stage.screenshot(animations="disabled")).decode()
        x = round(self.x(place))
        y = self.page.evaluate(FIND, [picture, x - 6, x + 7, COLOURS[label]])
        box = self.stage.bounding_box()
        return None if y is None else (box["x"] + self.x(place), box["y"] + y)

    def over(self, place: int, label: str) -> tuple[float, float]:
        """Brings the pointer over the mark of a class, which may move meanwhile, until a hand could take it."""

        def look() -> tuple[float, float] | None:
            spot = self.mark(place, label)
            if spot is None:
                return None
            self.page.mouse.move(*spot)
            return spot if self.stage.evaluate("stage => stage.style.cursor") == "grab" else None

        return wait_until(look, f"the mark of {label} under the pointer")


@pytest.fixture
def strands(tab: Notebook) -> Strands:
    tab.show(MODEL, LAB, VIEW)
    return Strands(tab)


def test_it_is_a_picture_in_light_and_in_dark(strands: Strands):
    kernel = strands.notebook
    kernel.execute("lab.step(300); lab.refresh()")
    for theme in ("light", "dark"):
        kernel.theme(theme)
        wait_until(lambda: kernel.count_pixels(strands.stage.screenshot(), COLOURED) > 3000, "lines")
        kernel.photograph(strands.root, f"parallel-{theme}")
    kernel.theme("light")


def test_a_class_dragged_while_training_runs_lies_further_out_than_without_the_drag(strands: Strands):
    kernel = strands.notebook
    kernel.execute("lab.step(60); lab.start(pace=3)")
    x, y = strands.over(2, "eight")
    top = strands.stage.bounding_box()["y"] + 30
    kernel.drag((x, y), (x, top))
    dialog = strands.root.get_by_role("dialog")
    assert "Move eight by +" in dialog.inner_text()
    assert kernel.kernel("len(lab.journal)") == 0, "an edit must not count before it is answered"
    assert kernel.kernel("lab.runner.running")
    dialog.get_by_role("button", name="Apart from all").click()
    kernel.wait_kernel("len(lab.journal) == 1")
    kernel.execute("lab.pause(); (event,) = lab.journal; edit = event.edit")
    assert kernel.kernel("[type(edit).__name__, edit.label, event.by]") == ["Shift", "eight", "human"]
    assert kernel.kernel("list(edit.axis)") == [0, 0, 1, 0, 0, 0]
    assert kernel.kernel("edit.amount") > 0.5
    kernel.execute("lab.step(250)")
    kernel.execute("other = gl.Journal(); other.header = dict(lab.journal.header)")
    kernel.execute("control = gl.replay(other, network(), train, optimizer=slowly, steps=lab.trainer.steps)")
    edited, plain = (kernel.kernel(f"apart({t}, 2, 2)") for t in ("lab.trainer", "control"))
    assert edited > plain + 0.4, (
        f"asked for {kernel.kernel('edit.amount'):.1f} more, {plain:.2f} -> {edited:.2f}"
    )


def test_the_selection_is_one_with_the_dashboards_and_survives_a_reload(strands: Strands):
    kernel = strands.notebook
    box = strands.stage.bounding_box()
    x = box["x"] + strands.x(1)
    kernel.drag((x, box["y"] + 30), (x, box["y"] + 120))
    kernel.wait_kernel("len(view.brushes) == 1 and len(view.selection) > 0")
    kernel.wait_kernel("lab.selection.tolist() == view.selection.tolist()")
    n = kernel.kernel("len(view.selection)")
    hint = strands.page.locator(".greenlatent-scatter .greenlatent-hint")
    wait_until(lambda: hint.inner_text().startswith(f"{n} point"), "the selection on the dashboard")
    kernel.reload()
    again = Strands(kernel)
    wait_until(
        lambda: again.root.locator(".greenlatent-hint").inner_text().startswith(f"{n} point"), "it is back"
    )
    assert kernel.kernel("len(view.brushes)") == 1
    kernel.execute("lab.selection = []")
    kernel.wait_kernel("len(view.selection) == 0 and not view.brushes")


def test_keys_pressed_on_the_axes_never_reach_the_notebook(strands: Strands):
    kernel = strands.notebook
    cells = kernel.cells()
    strands.stage.focus()
    for key in ("m", "d", "d", "x", "a", "b", "h", "Escape", "f", "q", "s", "t", "Escape"):
        kernel.page.keyboard.press(key)
    assert kernel.cells() == cells
