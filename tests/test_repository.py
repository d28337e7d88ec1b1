"""The house rules: which part may know which, what may stand in a file, what an import costs."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import greenlatent

CHECKOUT = Path(__file__).parents[1]
PACKAGE = CHECKOUT / "greenlatent"

# The order in which to read the package. A part may import those before it, and none after.
READING = (
    *(
        "edits",
        "samples",
        "datasets",
        "relevance",
        "tap",
        "randomness",
        "sampler",
        "reader",
        "losses",
        "mending",
        "locking",
        "journal",
    ),
    *(
        "pulls",
        "feedback",
        "projection",
        "embedding_worker",
        "embedding",
        "checkpoint",
        "optimizers",
        "ownership",
        "task_loss",
        "marking",
        "processors",
        "report",
        "trainer",
        "replaying",
        "suggest",
        "review",
        "layers",
        "priorities",
        "outcome",
        "control",
        "picture",
        "work",
        "runner",
        "session",
        "handin",
        "grading",
        "course",
        "spending",
        "widgets",
        "views",
        "pages",
        "questions",
        "panels",
        "display",
        "desk",
    ),
    *("lab", "study", "check"),
)
ENERGY_IS_KNOWN_TO = {
    "control",
    "course",
    "desk",
    "display",
    "grading",
    "spending",
    "trainer",
    "runner",
    "widgets",
    "panels",
    "lab",
    "check",
}  # energy itself knows none of ours
WIDGETS_KNOW = {"edits", "samples", "relevance", "energy"}
JUPYTER = {"IPython", "anywidget", "bqplot", "comm", "ipykernel", "ipywidgets", "jupyter_client", "traitlets"}


def part(path: Path) -> str:
    """The part of the house that a file belongs to: a module of the package or one of its folders."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, anywhere in it: a lazy import is an arrow, too."""
    package = path.relative_to(CHECKOUT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


SOURCES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.name != "__init__.py"
)
PARTS = {part(path) for path in SOURCES}


@pytest.fixture(scope="module")
def arrows() -> set[tuple[str, str]]:
    found = set()
    for path in SOURCES:
        for name in imported(path):
            package, _, rest = name.partition(".")
            if package == "greenlatent":
                found.add((part(path), rest.split(".")[0]))
    return {(a, b) for a, b in found if a != b and b in PARTS}


def test_every_part_has_its_place_in_the_reading_order():
    assert PARTS - {*READING, "energy"} == set()


def test_arrows_point_one_way(arrows):
    place = {name: index for index, name in enumerate(READING)}
    back = {(a, b) for a, b in arrows if a in place and b in place and place[b] > place[a]}
    assert back == set()


def test_energy_knows_none_of_ours_and_few_know_energy(arrows):
    assert {b for a, b in arrows if a == "energy"} == set()
    assert {a for a, b in arrows if b == "energy"} <= ENERGY_IS_KNOWN_TO


def test_widgets_know_arrays_ids_and_edits_but_no_trainers(arrows):
    assert {b for a, b in arrows if a == "widgets"} <= WIDGETS_KNOW


def test_study_uses_the_public_names_only():
    private = {
        (path.name, name)
        for path in SOURCES
        if part(path) == "study"
        for name in imported(path)
        if name.startswith("greenlatent.")
        and not name.startswith("greenlatent.study")
        and name.split(".")[1] not in greenlatent.__all__
    }
    assert private == set()


def test_only_widgets_know_jupyter():
    knowing = {part(path) for path in SOURCES for name in imported(path) if name.split(".")[0] in JUPYTER}
    assert knowing <= {"widgets", "check"}


def test_only_the_runner_and_the_meter_start_threads():
    starting = {
        part(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in ("Thread", "ThreadPoolExecutor", "Timer"))
        or (
            isinstance(node, ast.ImportFrom)
            and {a.name for a in node.names} & {"Thread", "ThreadPoolExecutor"}
        )
    }
    assert starting <= {"runner", "energy"}


def test_only_energy_sources_know_hardware():
    knowing = {
        path.relative_to(PACKAGE).parts[:2]
        for path in SOURCES
        if "pynvml" in imported(path) or "/sys/class/powercap" in path.read_text()
    }
    assert knowing <= {("energy", "sources")}


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


def python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


HEAVY = "{'torch', 'sklearn', 'bqplot', 'umap', 'anywidget', 'ipywidgets', 'numpy'} & set(sys.modules)"


def test_importing_greenlatent_loads_nothing_heavy():
    assert python(f"import sys, greenlatent; print({HEAVY})") == "set()"


def test_the_meter_works_without_torch():
    heavy = python(f"import sys, greenlatent; greenlatent.Meter; print({HEAVY} - {{'numpy'}})")
    assert heavy == "set()"


# --- what may stand in a file; each pattern is in two pieces, so that this file holds none of them ---

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


def tracked() -> list[Path]:
    """The files of the repository; where it came without its history, all that is not built or installed."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [CHECKOUT / name for name in listed.stdout.split("\0") if name]
    else:
        built = {".git", ".venv", "node_modules", "dist", "build", "output", "__pycache__"}
        paths = [path for path in CHECKOUT.rglob("*") if not built & set(path.relative_to(CHECKOUT).parts)]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


@pytest.mark.parametrize("why", FORBIDDEN)
def test_no_file(why):
    pattern = re.compile(FORBIDDEN[why])
    found = [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_no_file_is_large():
    assert [path.name for path in tracked() if path.stat().st_size > 2**21] == []


def test_binder_installs_what_the_package_needs():
    """Binder keeps the heavy layer apart, so its list repeats the dependencies; only torch is pinned there."""
    text = (CHECKOUT / "pyproject.toml").read_text()
    needs = re.findall(
        r'^  "(.+)",$', re.search(r"\ndependencies = \[(.*?)\n\]", text, re.DOTALL)[1], re.MULTILINE
    )
    needs += re.findall(r'"(.+?)"', re.search(r"^data = \[(.*)\]$", text, re.MULTILINE)[1])
    binder = (CHECKOUT / "binder" / "requirements.txt").read_text().splitlines()
    listed = [line for line in binder if line[0] not in "#-"]
    pinned = (CHECKOUT / "constraints-cpu.txt").read_text().splitlines()[-1]
    assert set(listed) == {pinned if need.startswith("torch>") else need for need in needs}
