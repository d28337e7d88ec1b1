"""What README and docs promise in code runs as it stands, from top to bottom of each page."""

import re
import runpy
from pathlib import Path

import pytest

import greenlatent

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.whole
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_snippet_runs_as_pasted(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    (tmp_path / "page.py").write_text("\n".join(snippets), encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "page.py"))
    if "lab" in names:
        names["lab"].close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_local_link_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = [*re.findall(r"\]\(([^)#]+)\)", text), *re.findall(r'(?:src|srcset)="([^"]+)"', text)]
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_the_api_page_says_what_the_docstrings_say():
    made = runpy.run_path(str(ROOT / "docs" / "make_api.py"))
    told = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines()
    assert set(made["page"]().splitlines()) ^ set(told) == set(), "run: make docs"
    public = set(greenlatent.__all__) - {"__version__"}
    told = {name for names in made["CHAPTERS"].values() for name in names} | set(made["MODULES"])
    assert public == told
