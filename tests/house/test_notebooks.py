"""The notebooks: stored without outputs, numbered, and each runs from top to bottom without a person."""

import re
import shutil
from pathlib import Path
from runpy import run_path

import nbformat
import pytest
from nbclient import NotebookClient

from greenlatent.course.grading import grade

CHECKOUT = Path(__file__).parents[2]
NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
COURSE = CHECKOUT / "docs" / "course"
SAVING = {"01-quickstart": 0.5, "02-activity": 0.6}  # of the samples at most, once begun again
# The whole way passes through every part, and the quick start and the course are what newcomers meet; the others, whose
# parts are tested one by one, belong to the long tests.
QUICK = {"00-whole", "01-quickstart", "04-your-model", "05-course-lab"}
named = pytest.mark.parametrize("path", [*NOTEBOOKS, COURSE / "solution.ipynb"], ids=lambda path: path.stem)


def test_they_are_numbered_and_begin_with_the_whole_way_and_a_quick_start():
    assert [path.name for path in NOTEBOOKS[:2]] == ["00-whole.ipynb", "01-quickstart.ipynb"]
    numbers = [int(path.name[:2]) for path in NOTEBOOKS]
    assert numbers == sorted(set(numbers)) and all(path.name[2] == "-" for path in NOTEBOOKS)


@named
def test_is_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    assert "widgets" not in notebook.metadata and "_esm" not in path.read_text(encoding="utf-8")


def run(path, folder, monkeypatch):
    """As in a checkout: in a folder that has the course beside it."""
    shutil.copytree(COURSE, folder / "docs" / "course")
    folder = folder / "notebooks"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


@pytest.mark.whole
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem not in QUICK else []) for path in NOTEBOOKS],
    ids=lambda path: path.stem,
)
def test_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    ran = run(path, tmp_path, monkeypatch)
    shown = [output.get("data", {}) for cell in ran.cells for output in cell.get("outputs", [])]
    assert not any("Figure size" in data.get("text/plain", "") for data in shown if "image/png" not in data)
    if most := SAVING.get(path.stem):
        texts = [output.get("text", "") for cell in ran.cells for output in cell.get("outputs", [])]
        shares = re.findall(r"the same accuracy takes (\d\.\d+) \(", "".join(texts))
        assert float(shares[-1]) <= most, "begun again with what was mended"
    if "course" in path.stem:
        said = "".join(output.get("text", "") for output in ran.cells[-1].outputs)
        assert "ok, 0 edits   0.zip" in said, "the check of the file that was handed in"


@pytest.mark.whole
def test_the_solution_of_the_course_lab_passes_its_check(tmp_path, monkeypatch):
    run(COURSE / "solution.ipynb", tmp_path, monkeypatch)
    lesson = run_path(str(COURSE / "lesson.py"))["lesson"]
    (row,) = grade([tmp_path / "notebooks" / "7.zip"], lesson)
    assert row.remarks == [f"{row.values['claimed_by_code']} edits made by code"]
    assert row.values["accuracy_replayed"] > row.values["accuracy_control"] + 0.1


def test_sheet_solution_and_check_of_the_course_lab_are_about_the_same_lesson():
    sheet = nbformat.read(CHECKOUT / "notebooks" / "05-course-lab.ipynb", as_version=4)
    solution = nbformat.read(COURSE / "solution.ipynb", as_version=4)
    asked, solved, checked = (
        {line.strip() for text in texts for line in text.splitlines()}
        for texts in (
            [cell.source for cell in sheet.cells],
            [cell.source for cell in solution.cells],
            [(COURSE / "lesson.py").read_text(encoding="utf-8")],
        )
    )
    for piece in ("torch.manual_seed(0)", "encoder = ", "model = ", "train, valid = "):
        (line,) = {line for line in asked if line.startswith(piece)}
        assert line in solved and line in checked, line


def test_the_course_lab_misses_every_answer_whose_cell_was_not_run():
    sheet = nbformat.read(CHECKOUT / "notebooks" / "05-course-lab.ipynb", as_version=4)
    sources = [cell.source for cell in sheet.cells if cell.cell_type == "code"]
    (check,) = (source for source in sources if "def check_answers" in source)
    asked = [
        line.split('"')[1]
        for source in sources
        for line in source.splitlines()
        if line.startswith('answers["')
    ]
    assert len(asked) == 6 and all(f'"{question}"' in check for question in asked)
