"""What marimo makes of a Lab: its own formatter finds the dashboard."""

import subprocess
import sys

import pytest

from greenlatent.lab.lab import Lab

from ..parts import clusters, linear_net


def test_a_labs_display_hook_gives_its_widget():
    with Lab(linear_net(), clusters(), latent="0", threads=1, session=False) as lab:
        assert lab._display_() is lab.widget


@pytest.mark.filterwarnings("ignore")
def test_marimo_formats_a_lab_as_its_widget(tmp_path):
    pytest.importorskip("marimo", reason="marimo is not installed")
    (tmp_path / "app.py").write_text(APP)
    page = tmp_path / "app.html"
    command = [sys.executable, "-m", "marimo", "export", "html", "app.py", "-o", str(page)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "marimo-anywidget data-initial-value" in page.read_text() and "Lab(paused" not in page.read_text()


APP = """
import marimo

app = marimo.App()


@app.cell
def _():
    import torch
    import greenlatent as gl

    train, valid = gl.datasets.digits().split(valid=0.3)
    model = torch.nn.Sequential(torch.nn.Linear(64, 16), torch.nn.ReLU(), torch.nn.Linear(16, 10))
    lab = gl.Lab(model, train, valid=valid, latent="0", session=False, threads=1)
    lab
    return (lab,)
"""
