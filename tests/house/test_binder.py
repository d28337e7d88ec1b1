"""Binder's environment, built from Binder's own files in a clean virtual environment."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

CHECKOUT = Path(__file__).parents[2]
BINDER = CHECKOUT / "binder"
MEGABYTES = 1500  # Binder ends a session at 2 GB, of which the server needs its part

RUN = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
memory = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
notebook.cells.append(nbformat.v4.new_code_cell(memory))
NotebookClient(notebook, timeout=300).execute()
print(notebook.cells[-1].outputs[0].text)
"""


@pytest.mark.slow
def test_the_quick_start_runs_in_binders_environment_and_memory(tmp_path):
    python = tmp_path / "venv" / "bin" / "python"

    def run(*command: str | Path, **environment: str) -> str:
        path = f"{python.parent}:/usr/bin:/bin"
        done = subprocess.run(
            [str(word) for word in command],
            cwd=CHECKOUT,
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    # The base image brings JupyterLab; PIP_RETRIES lets a machine that cannot reach PyTorch's index go on.
    run(python, "-m", "pip", "install", "-q", "jupyterlab", "nbclient")
    run(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-cache-dir",
        "-r",
        BINDER / "requirements.txt",
        PIP_RETRIES="0",
    )
    run(BINDER / "postBuild")
    notebook = CHECKOUT / "notebooks" / "01-quickstart.ipynb"
    copy = tmp_path / notebook.name
    nbformat.write(nbformat.read(notebook, as_version=4), copy)
    used = int(run(BINDER / "start", python, "-c", RUN, copy, IPYTHONDIR=str(tmp_path / "ipython")))
    assert used < MEGABYTES
