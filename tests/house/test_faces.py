"""What names load, and what loading costs: a folder opened loads nothing heavy."""

import os
import subprocess
import sys
import warnings
from importlib import import_module

import pytest

import greenlatent
from greenlatent import faces

from .source import CHECKOUT, PACKAGE, SOURCES, module

FOLDERS = sorted({module(path) for path in SOURCES if path.name == "__init__.py"} - {"greenlatent"})
HEAVY = "{'torch', 'sklearn', 'bqplot', 'umap', 'anywidget', 'ipywidgets', 'numpy'} & set(sys.modules)"


def python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_public_name_loads():
    missing = []
    for name in greenlatent.__all__:
        try:
            getattr(greenlatent, name)
        except (ImportError, AttributeError) as error:
            missing.append(f"{name}: {error}")
    assert missing == []
    assert dir(greenlatent) == greenlatent.__all__ == sorted(greenlatent.__all__)


def test_a_wrong_name_is_answered_with_the_right_ones():
    with pytest.raises(AttributeError, match=r"no 'Labb'; public names: .*Lab,"):
        greenlatent.Labb  # noqa: B018
    with pytest.raises(AttributeError, match=r"greenlatent\.edits has no 'Relable'; its names: .*Relabel"):
        greenlatent.edits.Relable  # noqa: B018


@pytest.mark.parametrize("name", FOLDERS)
def test_every_name_of_a_face_loads(name):
    folder = import_module(name)
    for each in getattr(folder, "__all__", []):
        assert getattr(folder, each) is not None


def test_opening_every_folder_loads_nothing_heavy():
    opened = "; ".join(f"import {name}" for name in FOLDERS)
    assert python(f"import sys, greenlatent; {opened}; print({HEAVY})") == "set()"


def test_the_package_itself_loads_its_faces_and_nothing_else():
    code = (
        "import importlib.machinery, sys, typing, warnings; had = set(sys.modules); "
        "import greenlatent; print(sorted({*sys.modules} - had))"
    )
    assert python(code) == "['greenlatent', 'greenlatent.faces']"


def test_the_meter_works_without_torch():
    heavy = python(f"import sys, greenlatent; greenlatent.Meter; print({HEAVY} - {{'numpy'}})")
    assert heavy == "set()"


def test_the_map_of_the_package_names_every_folder():
    said = (greenlatent.__doc__ or "").split("\n\n")[-1].splitlines()
    told = {line.split()[0] for line in said if line}
    inside = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()
    }
    assert told == inside - {"__init__"}


@pytest.mark.parametrize("former", sorted(faces._FORMER))
def test_a_module_is_found_under_its_former_name(former):
    sys.modules.pop(f"greenlatent.{former}", None)
    with pytest.warns(DeprecationWarning, match=f"greenlatent.{former} is greenlatent"):
        old = import_module(f"greenlatent.{former}")
    new = import_module(f"greenlatent.{faces._FORMER[former]}")
    name = next(name for name in vars(new) if name[0].isalpha() and name != "annotations")
    assert getattr(old, name) is getattr(new, name)


def test_names_that_were_modules_still_hand_on_what_they_held():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from greenlatent.edits import Relabel, from_json, touched
        from greenlatent.feedback import Feedback
        from greenlatent.lab import Lab
        from greenlatent.picture import Picture
    assert Relabel is greenlatent.Relabel and touched and from_json and Picture
    assert Feedback is greenlatent.Feedback and Lab is greenlatent.Lab
