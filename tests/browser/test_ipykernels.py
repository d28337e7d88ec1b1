"""Which thread hears a page changed from ipykernel to ipykernel: one whole gesture on each, beside training."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import CHECKOUT, Notebook, Server
from tests.browser.plot import Plot
from tests.browser.test_lab import LAB, MODEL

VERSIONS = ["6.30.1", "7.1.0", "7.3.0", "7.4.0"]


@pytest.fixture(params=VERSIONS)
def notebook(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path):
    """A notebook whose kernel has that ipykernel, and all else as it is here."""
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path)]
    done = subprocess.run([*pip, f"ipykernel=={request.param}"], capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"ipykernel {request.param} cannot be had here: {done.stderr.strip()[-200:]}")
    server = Server("lab", {"PYTHONPATH": f"{tmp_path}:{CHECKOUT}"})
    tab = Notebook(server, browser)
    tab.version = request.param
    yield tab
    tab.leave()
    server.stop()


@pytest.mark.slow
def test_a_gesture_while_training_becomes_an_edit_and_the_picture_follows(notebook: Notebook):
    notebook.open([MODEL, LAB])
    notebook.run_all()
    assert notebook.kernel("__import__('ipykernel').__version__") == notebook.version
    plot = Plot(notebook)
    start, sample = plot.lone()
    crowd = plot.spots()[0]
    plot.root.get_by_label("How fast to run").select_option("5 steps a second")  # points stay where they are
    plot.button("Run training").click()
    notebook.wait_kernel("lab.trainer.steps > 5")
    plot.drag(start, crowd)
    plot.answer("^This one is|^Pull")
    notebook.wait_kernel(f"[list(e.edit.ids) for e in lab.journal] == [[{sample}]]")
    before = plot.picture()
    plot.root.get_by_label("How fast to run").select_option("as fast as possible")
    notebook.wait_kernel("lab.trainer.steps > 500")
    plot.button("Pause training").click()
    notebook.wait_kernel("not lab.runner.running")
    assert plot.picture() != before
