"""The server's reader leaves out the widgets that a stranger saved, and nothing else; one's own stay."""

import asyncio

import nbformat
import pytest
from nbformat.sign import MemorySignatureStore, NotebookNotary

from greenlatent.course.contents import Careful


@pytest.fixture
def server(tmp_path):
    notary = NotebookNotary(data_dir=str(tmp_path), store_factory=MemorySignatureStore)
    return Careful(root_dir=str(tmp_path), notary=notary)


@pytest.fixture
def book(server, tmp_path):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("text")])
    book.metadata.widgets = {"any": "state"}
    book.metadata.title = "kept"
    nbformat.write(book, tmp_path / "a.ipynb")
    return nbformat.read(tmp_path / "a.ipynb", as_version=4)


def read(server):
    return asyncio.run(server.get("a.ipynb"))["content"].metadata


def test_a_strangers_saved_widgets_are_not_handed_on(server, book, tmp_path):
    assert read(server) == {"title": "kept"}
    assert "widgets" in (tmp_path / "a.ipynb").read_text(), "looking changes nothing"


def test_those_of_a_trusted_notebook_are(server, book):
    server.notary.sign(book)
    assert read(server) == {"title": "kept", "widgets": {"any": "state"}}
