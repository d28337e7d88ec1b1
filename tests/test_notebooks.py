"""The notebooks: stored without outputs, numbered, and each runs from top to bottom without a person."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CHECKOUT = Path(__file__).parents[1]
NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_is_a_quick_start():
    assert NOTEBOOKS and NOTEBOOKS[0].name == "01-quickstart.ipynb"


@named
def test_is_stored_without_outputs_and_under_its_number(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.name[:2].isdigit() and path.name[2] == "-"
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    assert "widgets" not in notebook.metadata


@pytest.mark.whole
@named
def test_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
