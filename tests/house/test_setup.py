"""The set-up: which torch is installed where, and that no check of the server is switched off."""

import importlib.util
import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

CHECKOUT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("install_torch", CHECKOUT / ".ci" / "install_torch.py")
install_torch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(install_torch)

CPU = ["torch", "filelock", "sympy"]
CUDA = ["torch", "nvidia-cublas", "cuda-bindings", "triton"]


@pytest.fixture
def pip(monkeypatch):
    """pip as it would be called; `finds` is what it would install without being told of another index."""
    machine = SimpleNamespace(finds=CPU, gpu=False, works=True, calls=[])

    def run(command, **_):
        machine.calls.append(command)
        report = {"install": [{"metadata": {"name": name}} for name in machine.finds]}
        return SimpleNamespace(returncode=0 if machine.works else 1, stdout=json.dumps(report))

    monkeypatch.setattr(install_torch.subprocess, "run", run)
    monkeypatch.setattr(install_torch, "has_nvidia_gpu", lambda: machine.gpu)
    return machine


def test_a_cpu_build_that_pip_finds_by_itself_needs_no_other_index(pip):
    assert install_torch.main() == 0
    assert len(pip.calls) == 2 and "--index-url" not in pip.calls[-1]
    assert any(word.endswith("constraints-cpu.txt") for word in pip.calls[-1])


def test_without_a_gpu_cuda_libraries_are_refused(pip):
    pip.finds = CUDA
    assert install_torch.main() == 0
    assert pip.calls[-1][pip.calls[-1].index("--index-url") + 1] == "https://download.pytorch.org/whl/cpu"


def test_with_a_gpu_the_usual_torch_is_installed(pip):
    pip.gpu, pip.finds = True, CUDA
    assert install_torch.main() == 0
    assert len(pip.calls) == 1 and "--index-url" not in pip.calls[0] and "-c" not in pip.calls[0]


def test_a_failure_is_a_failure(pip):
    pip.works = False
    assert install_torch.main() != 0


def test_make_lab_refuses_root_in_words_and_changes_no_check(tmp_path):
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "id").write_text("#!/bin/sh\necho $FAKE_UID\n")
    (bin / "uname").write_text("#!/bin/sh\necho Linux\n")
    (bin / "jupyter").write_text('#!/bin/sh\necho "$@"\n')
    for tool in bin.iterdir():
        tool.chmod(0o755)

    def lab(uid: str, *args: str):
        environment = {"PATH": f"{bin}:{os.environ['PATH']}", "FAKE_UID": uid}
        command = [CHECKOUT / ".ci" / "lab", bin / "jupyter", "notebooks/01-quickstart.ipynb", *args]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    refused = lab("0")
    assert refused.returncode == 1 and "another user" in refused.stderr and refused.stdout == ""
    started = lab("1000").stdout.splitlines()
    assert "no display" in started[0]
    assert started[1] == (
        "lab --LabApp.default_url=/lab/tree/notebooks/01-quickstart.ipynb"
        " --ServerApp.contents_manager_class=greenlatent.course.contents.Careful --no-browser"
    )
    assert lab("0", "--allow-root").stdout.splitlines()[1].endswith("--allow-root")
