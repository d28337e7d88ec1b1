"""Watching changes nothing: a run that a browser looks at ends with the weights of one that nobody sees."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.browser.harness import CHECKOUT, Notebook
from tests.browser.plot import Plot

STEPS = 300

# Everything that a look at the model could disturb: dropout draws random numbers, one batch norm counts what
# passes through it, the other is frozen and must stay so.
RUN = """
import hashlib
import torch
import greenlatent as gl

train, valid = gl.datasets.digits().split(valid=0.3, seed=0)
torch.manual_seed(0)
frozen = torch.nn.BatchNorm1d(16)
frozen.eval()
frozen.requires_grad_(False)
model = torch.nn.Sequential()
model.add_module("encoder", torch.nn.Sequential(
    torch.nn.Linear(64, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU(), torch.nn.Dropout(0.3),
    torch.nn.Linear(32, 16), frozen,
))
model.add_module("head", torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(16, 10)))
lab = gl.Lab(model, train, valid=valid, latent="encoder", session=False, seed=0, threads=1)

def weights():
    state = model.state_dict().items()
    return {name: hashlib.sha256(value.numpy().tobytes()).hexdigest() for name, value in state}
"""

NOISE = """
import threading

quiet = threading.Event()

def draw():
    while not quiet.wait(0.0005):
        torch.rand(3)

noise = threading.Thread(target=draw, daemon=True)
noise.start()
"""

WITNESS = """
published = []
publish = lab.widget.publish
lab.widget.publish = lambda points, *, step, **options: (published.append(step), publish(points, step=step, **options))
"""


@pytest.fixture
def unwatched() -> Iterator[subprocess.Popen]:
    """The same run in a Python without Jupyter, which goes on while the other one is watched."""
    code = f"{RUN}\nimport json\nlab.start({STEPS})\nlab.wait()\nprint(json.dumps(weights()))\nlab.close()"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes) as process:
        yield process
        process.kill()


@pytest.mark.slow
def test_a_watched_run_has_the_weights_of_an_unwatched_one(tab: Notebook, unwatched):
    tab.show(RUN, "lab", NOISE)
    Plot(tab)  # on the screen, its points drawn
    tab.execute(WITNESS)
    tab.execute(f"lab.start({STEPS}, pace=100)")  # slow enough that frames are drawn meanwhile
    tab.wait_kernel(f"lab.trainer.steps == {STEPS} and not lab.runner.running")
    tab.execute("lab.refresh(); quiet.set(); noise.join(); assert not frozen.training")
    assert tab.kernel("len(set(published))") > 2
    printed, error = unwatched.communicate()
    assert unwatched.returncode == 0, error
    assert tab.kernel("weights()") == json.loads(printed)
