"""What README and docs promise in code runs as it stands, from top to bottom of each page."""

import doctest
import re
import runpy
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas
import pytest
import torch

import greenlatent

from ..parts import digit_samples, net, trainer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PUBLIC = set(greenlatent.__all__) - {"__version__"}
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
# All but that of gl.check(), which shows a broken installation.
EXAMPLES = [text for text in re.findall(r"^```\n(>>>.*?)^```", API, re.S | re.M) if "+SKIP" not in text]


# They train many runs, or measure the machine first.
SLOW = {"study.md", "plan.md"}


@pytest.mark.whole
@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.slow] if page.name in SLOW else []) for page in PAGES],
    ids=lambda page: page.name,
)
def test_every_snippet_runs_as_pasted(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    (tmp_path / "page.py").write_text("\n".join(snippets), encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "page.py"))
    if "lab" in names:
        names["lab"].close()


class Told(doctest.OutputChecker):
    """What an example shows must be so; what it leaves out may be anything."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return not want or super().check_output(want, got, optionflags)


def make(rate: float, width: int) -> dict[str, Any]:
    """As a search makes its candidates."""
    model = torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))
    return {"model": model, "latent": "0", "optimizer": lambda p: torch.optim.Adam(p, lr=rate)}


def taken_for_granted() -> dict[str, Any]:
    """What the docstrings' examples do not say again."""
    train, valid = digit_samples()
    points = np.arange(6.0).reshape(3, 2)
    frame = {"pc1": [0.0, 1.0], "pc2": [1.0, 0.0], "activity": ["walk", "run"], "recording": [1, 2]}
    names: dict[str, Any] = {name: getattr(greenlatent, name) for name in PUBLIC}
    names |= {
        "gl": greenlatent,
        "model": net(),
        "make": make,
        "train": train,
        "valid": valid,
        "trainer": trainer(),
    }
    names |= {"points": points, "values": points, "frame": pandas.DataFrame(frame), "batches": range(3)}
    names |= {"x": torch.zeros(8, 2), "y": np.arange(8) % 2, "subject": np.arange(8) // 2, "step": abs}
    return names


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0][4:30])
def test_every_example_of_a_docstring_runs(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some save a file
    names = taken_for_granted()
    page = doctest.DocTestParser().get_doctest(example, names, "api.md", "api.md", 0)
    names = page.globs  # a copy, in which it runs
    found = doctest.DocTestRunner(Told(), verbose=False).run(page, out=print, clear_globs=False)
    for made in ("lab", "search", "trainer"):
        if made in names and names[made] is not greenlatent.search:
            names[made].close()
    assert found.attempted and not found.failed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [*re.findall(r"\]\(([^)#]+)\)", text), *re.findall(r'(?:src|srcset)="([^"]+)"', text)]
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_binder_opens_the_first_notebook_and_for_teachers_the_lesson():
    opens = {
        page.name: re.findall(
            r"\]\(https://mybinder\.org/v2/gh/([\w./-]+)\?urlpath=lab%2Ftree%2F([^)]+)\)", text
        )
        for page in PAGES
        if "mybinder.org/v2" in (text := page.read_text(encoding="utf-8"))
    }
    first, lesson = "notebooks/01-quickstart.ipynb", "notebooks/05-course-lab.ipynb"
    there = {name: [unquote(path) for _, path in links] for name, links in opens.items()}
    assert there == {"README.md": [first, lesson], "teachers.md": [lesson]}
    assert all((ROOT / path).exists() for path in (first, lesson))
    assert len({home for links in opens.values() for home, _ in links}) == 1, "all of one repository"


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?<![\w/])((?:tests|js|greenlatent|docs|binder|notebooks)/[\w./-]*\.\w+)", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_api_page_says_what_the_docstrings_say():
    made = runpy.run_path(str(ROOT / "docs" / "make_api.py"))
    assert set(made["page"]().splitlines()) ^ set(API.splitlines()) == set(), "run: make docs"
    told = {name for names in made["CHAPTERS"].values() for name in names} | set(made["MODULES"])
    assert told == PUBLIC


def test_the_table_of_tactics_says_what_the_catalogue_says():
    made = runpy.run_path(str(ROOT / "docs" / "make_api.py"))
    text = (ROOT / "docs" / "tactics.md").read_text(encoding="utf-8")
    assert made["tactics"](text) == text, "run: make docs"


def test_the_table_of_folders_says_what_their_docstrings_say():
    made = runpy.run_path(str(ROOT / "docs" / "make_api.py"))
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert made["architecture"](text) == text, "run: make docs"
