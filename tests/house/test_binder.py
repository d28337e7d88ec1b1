"""Binder's environment, built from Binder's own files in a clean virtual environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
BINDER = CHECKOUT / "binder"
NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
MEGABYTES = 1500  # Binder ends a session at 2 GB, of which the server needs its part

RUN = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
memory = "from resource import *; most = [getrusage(who).ru_maxrss for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]"
notebook.cells.append(nbformat.v4.new_code_cell(memory + "; print(sum(most) // 1024)"))
NotebookClient(notebook, timeout=300).execute()
print(notebook.cells[-1].outputs[0].text)
"""


def run(python: Path, *command: str | Path, **environment: str) -> str:
    """What a command said, with this Python first on its path; it must end well."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=CHECKOUT,
        env={**os.environ, "PATH": f"{python.parent}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of an environment which Binder's files made."""
    folder = tmp_path_factory.mktemp("binder")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = (python, "-m", "pip", "install", "-q")
    run(python, *install, "jupyterlab", "nbclient")  # which the base image brings
    # PIP_RETRIES lets a machine that cannot reach PyTorch's index go on
    run(python, *install, "--no-cache-dir", "-r", BINDER / "requirements.txt", PIP_RETRIES="0")
    run(python, BINDER / "postBuild")
    return python


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_runs_in_binders_environment_and_memory(notebook, python, tmp_path):
    copy = shutil.copy(notebook, tmp_path)
    used = int(run(python, BINDER / "start", python, "-c", RUN, copy, IPYTHONDIR=str(tmp_path / "ipython")))
    assert used < MEGABYTES
