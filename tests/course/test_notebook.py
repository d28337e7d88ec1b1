"""A stranger's notebook is named for what it would run, and its clean copy holds what people wrote and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlatent.course import notebook

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def robber():
    new = nbformat.v4
    output = new.new_output("display_data", {"application/javascript": "steal()", "text/plain": "steal()"})
    hidden = new.new_code_cell(
        "print(1)\nprint(2)", outputs=[output], metadata={"jupyter": {"source_hidden": True}}
    )
    picture = new.new_markdown_cell("![a](attachment:a.png)")
    picture.attachments = {"a.png": {"image/png": "AAAA", "text/html": "<script>steal()</script>"}}
    book = new.new_notebook(cells=[picture, new.new_raw_cell("raw"), hidden])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "env": {"PATH": "steal"}}
    widget = {"model_module": "anywidget", "model_name": "AnyModel", "state": {"_esm": "steal()"}}
    html = {
        "model_module": "@jupyter-widgets/controls",
        "model_name": "HTMLModel",
        "state": {"value": "<img onerror=steal()>"},
    }
    book.metadata.widgets = {notebook.STATE: {"version_major": 2, "state": {"a": widget, "b": html}}}
    book.metadata.other = {"_esm": "steal()"}
    return book


def test_what_runs_without_being_asked_is_named_and_left_out_of_a_copy(home, capsys):
    nbformat.write(robber(), "robber.ipynb")
    before = (home / "robber.ipynb").read_bytes()
    assert notebook.main(["robber.ipynb"]) == 1
    said = capsys.readouterr().out
    assert "danger        robber.ipynb" in said and "1 saved widget with JavaScript (_esm)" in said
    assert "any HTML" in said and "'application/javascript'" in said and "robber-clean.ipynb" in said
    assert (home / "robber.ipynb").read_bytes() == before
    text = (home / "robber-clean.ipynb").read_text()
    copy = nbformat.reads(text, as_version=4)
    nbformat.validate(copy)
    assert "steal" not in text and [cell.source for cell in copy.cells] == [c.source for c in robber().cells]
    assert copy.cells[0].attachments == {"a.png": {"image/png": "AAAA"}} and copy.cells[2].metadata == {}
    assert copy.metadata == {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    assert notebook.main(["*-clean.ipynb"]) == 0
    assert "ok            robber-clean.ipynb" in capsys.readouterr().out


def test_a_copy_replaces_no_file(home, capsys):
    nbformat.write(robber(), "robber.ipynb")
    (home / "robber-clean.ipynb").write_text("mine")
    assert notebook.main(["robber.ipynb"]) == 1
    assert "there is a robber-clean.ipynb already" in capsys.readouterr().out
    assert (home / "robber-clean.ipynb").read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["", "no", "[]", "{}", '{"worksheets": []}', '{"cells": {}}', "[" * 100_000, '{"cells": 1e']
)
def test_what_is_no_notebook_is_refused_in_words(home, capsys, text):
    (home / "odd.ipynb").write_text(text)
    assert notebook.main(["odd.ipynb", "none.ipynb"]) == 1
    said = capsys.readouterr().out
    assert said.count("refused") == 2 and "it is no notebook" in said and "it cannot be read" in said
    assert [path.name for path in home.iterdir()] == ["odd.ipynb"]


def test_a_notebook_without_end_is_not_read_to_its_end(home, monkeypatch):
    monkeypatch.setattr(notebook, "LARGEST", 100)
    (home / "long.ipynb").write_text(" " * 101)
    with pytest.raises(ValueError, match="more than"):
        notebook.read("long.ipynb")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "metadata",
                    "widgets",
                    notebook.STATE,
                    "state",
                    "_esm",
                    "outputs",
                    "data",
                    "attachments",
                    "kernelspec",
                    "name",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(anything, max_size=3), anything)
@example([], {"kernelspec": {"name": None, "display_name": "a"}})
@example([], {"kernelspec": {"name": "a"}})
def test_whatever_is_in_it_a_clean_copy_is_a_notebook_without_danger(cells, metadata):
    given = {"cells": cells, "metadata": metadata}
    notebook.dangers(given)
    copy = notebook.clean(given)
    nbformat.validate(nbformat.from_dict(copy))
    assert notebook.dangers(copy) == [] and '"_esm":' not in json.dumps(copy["metadata"])


def test_our_own_notebooks_hold_no_danger():
    for path in [*(CHECKOUT / "notebooks").glob("*.ipynb"), *(CHECKOUT / "docs").rglob("*.ipynb")]:
        assert notebook.dangers(notebook.read(path)) == []


@pytest.mark.whole
def test_the_command_of_the_manual_names_it(home):
    nbformat.write(robber(), "robber.ipynb")
    command = [sys.executable, "-m", "greenlatent.check", "robber.ipynb"]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(CHECKOUT)})
    assert done.returncode == 1 and "_esm" in done.stdout and (home / "robber-clean.ipynb").exists(), (
        done.stderr
    )
