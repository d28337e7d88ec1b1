"""How large a part may become before it is two: files at the top and in a folder, lines of a file and a function."""

import ast
from collections import Counter

import pytest

from .source import CHECKOUT, PACKAGE, SOURCES, tree
from .test_arrows import FLOORS

TOP, FOLDER, HIGH = 8, 16, 8
LINES, FUNCTION = 400, 60
# Longer than a file may be; the list may only shrink.
LONG_FILES: set[str] = set()
# Functions that take a user's whole sentence: their parameters, and what each means, fill the lines.
LONG_FUNCTIONS = {"Trainer.__init__", "Lab.__init__", "Scatter.__init__", "read"}

FOLDERS = sorted({path.parent for path in SOURCES} - {PACKAGE})


def named(path) -> str:
    return str(path.relative_to(PACKAGE))


def test_few_files_lie_at_the_top():
    top = [path.name for path in SOURCES if path.parent == PACKAGE]
    assert len(top) <= TOP, f"the top of the package has {len(top)} files: {top}; which folder is each about?"


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_a_folder_holds_one_subject(folder):
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= FOLDER, (
        f"{named(folder)} has {len(files)} files; so many mean that it holds two subjects: which?"
    )


def test_there_are_few_floors():
    assert len(FLOORS) <= HIGH


def test_no_file_is_long():
    long = {named(path) for path in SOURCES if len(path.read_text().splitlines()) > LINES}
    assert long <= LONG_FILES, f"over {LINES} lines, so of several subjects: {long - LONG_FILES}"
    assert long == LONG_FILES, f"no longer long, so off the list: {LONG_FILES - long}"


def test_no_function_is_long():
    long = {}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            inner = node.body if isinstance(node, ast.ClassDef) else []
            prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
            if isinstance(node, ast.Module):
                inner = node.body
            for part in inner:
                if isinstance(part, ast.FunctionDef) and part.end_lineno - part.lineno >= FUNCTION:
                    long[prefix + part.name] = f"{named(path)}:{part.lineno}"
    assert {name: where for name, where in long.items() if name not in LONG_FUNCTIONS} == {}


def test_no_two_public_classes_bear_one_name():
    names = Counter(
        node.name
        for path in SOURCES
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    # a study's Run, the record of one arm on one seed, is a public name that came first
    assert [name for name, count in names.items() if count > 1 and name != "Run"] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_a_folder_opens_with_a_map_of_its_files_and_a_face(folder):
    opening = tree(folder / "__init__.py")
    said = ast.get_docstring(opening) or ""
    told = {line.split()[0] for line in said.split("\n\n")[-1].splitlines() if line}
    inside = {path.stem for path in folder.glob("*.py")} | {
        path.name for path in folder.iterdir() if (path / "__init__.py").exists()
    }
    assert told == inside - {"__init__"}, f"{named(folder)}/__init__.py: a line for each file, and no other"
    kinds = {type(node) for node in opening.body[1:]}
    assert kinds <= {ast.ImportFrom, ast.Assign}, f"{named(folder)}/__init__.py holds more than a face"


def test_no_file_of_the_repository_is_large():
    large = [
        path
        for path in (CHECKOUT / "greenlatent").rglob("*")
        if path.is_file() and path.stat().st_size > 2**21
    ]
    assert large == []
