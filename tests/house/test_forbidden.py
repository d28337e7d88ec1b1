"""What may stand in no file of the repository, and what Binder installs."""

import re
import subprocess
from pathlib import Path

import pytest

from .source import CHECKOUT

# Each pattern is in two pieces, so that this file holds none of them.
FORBIDDEN = {
    "runs text as code": r"(?<![.\w])ev" r"al\(|(?<![.\w])ex" r"ec\(",
    "loads a pickle": r"pickle\.lo" r"ads?\b|weights_only *= *Fal" r"se",
    "turns text into markup": r"innerHTML *" r"=|insertAdjacent" r"HTML|outerHTML *" r"=",
    "switches off a check of the server": r"disable_check_"
    r"xsrf|IdentityProvider\.token *=|allow_root *= *Tr"
    r"ue",
    "names the host of a package registry": r"registry\.np"
    r"mjs|\bpy"
    r"pi\.org|python"
    r"hosted|deb\.deb"
    r"ian",
    "holds a path of one machine": r"(?<![\w./])/(wo" r"rk|ro" r"ot|ho" r"me/\w+|Us" r"ers/\w+)/",
    "is left for later": r"\bTO" r"DO\b|\bFIX" r"ME\b|\bXX" r"X\b",
}
TEXT = {
    ".py",
    ".ts",
    ".css",
    ".md",
    ".toml",
    ".json",
    ".yml",
    ".yaml",
    ".cff",
    ".ipynb",
    ".sh",
    ".txt",
    ".mjs",
    "",
}

# What a kernel sends to workers that it started, over their own pipe: no file, and nobody else's.
EXCEPT = {("greenlatent/children.py", "loads a pickle")}


TOP = {
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE"),
    *("Makefile", "pyproject.toml", "constraints-cpu.txt"),
}


def kept() -> list[Path]:
    """The files of the repository; where it came without its history, all that is not built or installed."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    else:
        built = {".git", ".venv", "node_modules", "dist", "build", "output", "__pycache__"}
        paths = [path for path in CHECKOUT.rglob("*") if not built & set(path.relative_to(CHECKOUT).parts)]
    return [path for path in paths if path.is_file()]


def tracked() -> list[Path]:
    """Those that are text."""
    return [path for path in kept() if path.suffix in TEXT]


@pytest.mark.parametrize("why", FORBIDDEN)
def test_no_file(why):
    pattern = re.compile(FORBIDDEN[why])
    found = [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line) and (path.relative_to(CHECKOUT).as_posix(), why) not in EXCEPT
    ]
    assert found == []


def test_nothing_that_a_run_left_is_kept_at_the_top():
    top = {path.name for path in kept() if path.parent == CHECKOUT and not path.name.startswith(".")}
    assert top == TOP


def test_no_file_is_large():
    assert [path.name for path in tracked() if path.stat().st_size > 2**21] == []


def test_binder_installs_what_the_package_needs():
    """Binder keeps the heavy layer apart, so its list repeats the dependencies; only torch is pinned there."""
    text = (CHECKOUT / "pyproject.toml").read_text()
    needs = re.findall(
        r'^  "(.+)",$', re.search(r"\ndependencies = \[(.*?)\n\]", text, re.DOTALL)[1], re.MULTILINE
    )
    for extra in ("data", "search"):
        needs += re.findall(r'"(.+?)"', re.search(rf"^{extra} = \[(.*)\]$", text, re.MULTILINE)[1])
    binder = (CHECKOUT / "binder" / "requirements.txt").read_text().splitlines()
    listed = [line for line in binder if line[0] not in "#-"]
    pinned = (CHECKOUT / "constraints-cpu.txt").read_text().splitlines()[-1]
    assert set(listed) == {pinned if need.startswith("torch>") else need for need in needs}
