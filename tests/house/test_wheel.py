"""What people install: the wheel and the source distribution hold all they need, and nothing else."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
pytestmark = pytest.mark.whole

# Python has it since 3.10.12, 3.11.4 and 3.12
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def build(source: Path, folder: Path, target: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    return build(CHECKOUT, tmp_path_factory.mktemp("sdist"), "sdist")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_whole_package_and_its_bundle(wheel):
    package = CHECKOUT / "greenlatent"
    here = {
        path.relative_to(CHECKOUT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    in_wheel = {name for name in names(wheel) if ".dist-info/" not in name}
    teaching = {name for name in in_wheel if name.startswith("greenlatent/teaching/")}
    assert in_wheel - teaching == here
    sheets = {f"notebooks/{path.name}" for path in (CHECKOUT / "notebooks").glob("*.ipynb")}
    wanted = {*sheets, "docs/course/lesson.py"}
    assert {name.removeprefix("greenlatent/teaching/") for name in teaching} == wanted
    assert {
        "greenlatent/static/widget.js",
        "greenlatent/static/widget.css",
        "greenlatent/py.typed",
    } <= in_wheel


def test_the_source_distribution_builds_the_same_wheel(wheel, sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        assert not [name for name in archive.getnames() if "node_modules" in name or ".venv" in name]
        archive.extractall(tmp_path, **SAFELY)
    (source,) = tmp_path.iterdir()
    (tmp_path / "dist").mkdir()
    assert names(build(source, tmp_path / "dist", "wheel")) == names(wheel)


def test_the_installed_wheel_works_away_from_its_sources(wheel, tmp_path):
    installed = tmp_path / "site"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(installed),
    ]
    subprocess.run([*command, str(wheel)], check=True)
    # A class whose bundle is missing cannot be made: anywidget reads the files as the class is defined.
    code = (
        "import greenlatent as gl\n"
        "print(gl.__file__, gl.__version__)\n"
        "shown = gl.Scatter([[0, 0], [1, 1]], labels=['a', 'b'])\n"
        "assert len(shown._esm) > 1000 and '.greenlatent' in shown._css\n"
        "print(type(shown).__name__)\n"
        "from greenlatent import notebooks\n"
        "assert notebooks.main(['mine']) == 0\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(str(installed))
    assert done.stdout.splitlines()[1] == "Scatter"
    assert (tmp_path / "mine" / "notebooks" / "01-quickstart.ipynb").exists()
