"""A stranger's notebook: what its saved widgets do when it is opened, and what our own install does about it."""

import subprocess
import sys
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser

from tests.browser.harness import CHECKOUT, Notebook, Server, wait_until

CAREFUL = ("--ServerApp.contents_manager_class=greenlatent.course.contents.Careful",)  # as in .ci/lab
ROBBER = """
window.ran = true;
const files = async () => (await (await fetch("/api/contents")).json()).content.map(({ name }) => name);
export default { initialize: async () => { window.stolen = await files(); } };
"""
WIDGET = {
    "model_module": "anywidget",
    "model_module_version": "~0.11.*",
    "model_name": "AnyModel",
    "state": {
        "_anywidget_id": "stranger.Widget",
        "_esm": ROBBER,
        "_model_module": "anywidget",
        "_model_module_version": "~0.11.*",
        "_model_name": "AnyModel",
        "_view_module": "anywidget",
        "_view_module_version": "~0.11.*",
        "_view_name": "AnyView",
    },
}
OWN = """
import anywidget
class Own(anywidget.AnyWidget):
    _esm = 'export default { render({ el }) { el.textContent = "mine"; } }'
Own()
"""


def stranger() -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(OWN)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    saved = {"version_major": 2, "version_minor": 0, "state": {"a" * 32: WIDGET}}
    notebook.metadata.widgets = {"application/vnd.jupyter.widget-state+json": saved}
    return notebook


@pytest.fixture(scope="module", params=["lab", pytest.param("notebook", marks=pytest.mark.slow)])
def careful_tab(request: pytest.FixtureRequest, browser: Browser, tmp_path_factory) -> Iterator[Notebook]:
    """JupyterLab as .ci/lab starts it, and Notebook 7 with the settings that binder/postBuild lays down."""
    if request.param == "lab":
        server = Server("lab", options=CAREFUL)
    else:
        config = tmp_path_factory.mktemp("config")
        subprocess.run([sys.executable, CHECKOUT / "binder" / "careful.py", config], check=True)
        server = Server("notebook", {"JUPYTER_CONFIG_PATH": str(config)})
    notebook = Notebook(server, browser)
    yield notebook
    notebook.leave()
    server.stop()


def test_elsewhere_a_saved_widget_runs_when_the_notebook_is_opened(each_tab: Notebook, tmp_path):
    """The fault that the next test is about. If this fails, it was mended: tell so in docs/security.md."""
    nbformat.write(stranger(), tmp_path / "stranger.ipynb")
    each_tab.open(tmp_path / "stranger.ipynb", "stranger.ipynb")
    stolen = wait_until(lambda: each_tab.page.evaluate("window.stolen"), "what a stranger reads")
    assert "stranger.ipynb" in stolen and each_tab.counts() == [None], "and no cell was run"


def test_with_our_server_a_strangers_saved_widgets_do_not_run(careful_tab: Notebook, tmp_path):
    tab = careful_tab
    nbformat.write(stranger(), tmp_path / "stranger.ipynb")
    tab.open(tmp_path / "stranger.ipynb", "stranger.ipynb")
    tab.run(0)
    wait_until(lambda: tab.page.get_by_text("mine", exact=True).count(), "a widget that a cell made")
    assert tab.page.evaluate("[window.ran, window.stolen]") == [None, None]
    assert "widgets" in nbformat.read(tab.server.root / "stranger.ipynb", as_version=4).metadata, (
        "looking changes no file"
    )
    assert "widgets" not in tab.saved().metadata
    tab.reload()
    assert tab.page.evaluate("window.ran") is None


def test_a_notebook_with_our_widget_is_saved_without_its_code(each_tab: Notebook):
    each_tab.open(["import greenlatent as gl\nimport numpy as np\ngl.Scatter(np.eye(2))"])
    each_tab.run(0)
    each_tab.page.locator(".greenlatent canvas").first.wait_for()
    each_tab.save()
    text = (each_tab.server.root / each_tab.path).read_text()
    assert "widget-view" in text and "_esm" not in text and "widget-state" not in text
