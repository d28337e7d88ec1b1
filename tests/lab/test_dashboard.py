import ast
import inspect
import typing
from collections.abc import Callable

import pytest

from greenlatent.edits import Drop, Relabel
from greenlatent.lab import commands, dashboard, feed, panels, presence, questions, views

from ..house.source import PACKAGE, tree
from ..run.test_runner import wait_for
from .test_lab import Page, here, lab  # noqa: F401
from .test_panels import heard

MODULES = (commands, dashboard, feed, panels, presence, questions, views)


def constructors():
    for module in MODULES:
        for name, each in vars(module).items():
            if inspect.isclass(each) and each.__module__ == module.__name__:
                yield pytest.param(each, id=f"{module.__name__.rpartition('.')[2]}.{name}")


@pytest.mark.parametrize("made", list(constructors()))
def test_no_part_below_the_lab_is_handed_a_function_that_works_for_it(made):
    kinds = typing.get_type_hints(made.__init__)
    kinds.pop("return", None)
    assert set(kinds) == set(inspect.signature(made).parameters), "each parameter has a type"
    for name, kind in kinds.items():
        parts = (kind, *typing.get_args(kind))
        assert not any(
            part is Callable or typing.get_origin(part) is Callable or part is typing.Any for part in parts
        ), name


def test_a_method_of_the_lab_hands_on_in_one_statement():
    (made,) = (node for node in tree(PACKAGE / "lab" / "lab.py").body if isinstance(node, ast.ClassDef))
    methods = [node for node in made.body if isinstance(node, ast.FunctionDef)]
    long = {
        method.name
        for method in methods
        if not method.name.startswith("_") and len(method.body) - (ast.get_docstring(method) is not None) > 1
    }
    assert long == {"on_step", "projection"}


def test_an_edit_by_code_is_shown_while_training_pauses(lab):  # noqa: F811
    page = Page(lab)
    lab.step(3)
    lab.wait()
    page.heard.clear()
    lab.journal.add(Relabel([3, 4], "7"))
    wait_for(lambda: heard(page, "status") and heard(page, "status")[-1]["edits"] == 1)
    wait_for(lambda: heard(page, "journal") and heard(page, "journal")[-1]["rows"])
    assert heard(page, "journal")[-1]["rows"][0]["text"] == "2 samples relabelled 7"
    lab.journal.add(Drop([5]))
    lab.journal.undo()
    wait_for(lambda: page.status()["edits"] == 1 and page.status()["redo"])


def test_a_page_is_told_of_an_edit_of_its_own_as_of_one_by_code(lab):  # noqa: F811
    page = Page(lab)
    page.edit({"kind": "Drop", "ids": {"buffer": 0}}, [4])
    wait_for(lambda: page.status()["edits"] == 1 and page.status()["undo"])


def test_a_diagnosis_is_a_column_of_the_page_from_then_on(lab):  # noqa: F811
    page = Page(lab)
    lab.step(40)

    def columns():
        told = [
            column for header, _ in page.heard if header["type"] == "labels" for column in header["columns"]
        ]
        return {column["name"]: column for column in told}

    assert "diagnosis" not in columns()
    found = lab.diagnose([3, 4])
    assert found.ids.tolist() == [3, 4] and "suggest" in lab.energy
    column = columns()["diagnosis"]
    assert column["kind"] == "text" and "the model is too small or too young here" in column["names"]
