"""Killed at any moment, a session keeps every edit that was told of, and its run is replayed bit for bit."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import greenlatent as gl
from greenlatent.edits.journal import Journal

from ..parts import clusters, linear_net, same, weights

# Somebody edits a run, as fast as it goes, with a checkpoint every 0.3 seconds; it tells of every edit.
CHILD = """
import contextlib, itertools, sys
import numpy as np
import greenlatent as gl
from greenlatent import session
from greenlatent.edits import Found, Link, Move, Near, Relabel, Separate, Shift
from tests.parts import clusters, linear_net
session.EVERY = session.CALM = 0.3
folder, seed, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(seed)
if first:
    lab = gl.Lab(linear_net(), clusters(), latent="0", batch_size=8, threads=1, session=folder)
else:
    lab = gl.Lab.load(folder, linear_net(seed=9), clusters())
for k in itertools.count():
    lab.start(int(rng.integers(1, 150)))
    ids = rng.choice(60, 8, replace=False)
    edits = [
        Move(ids[:3], f"class {rng.integers(3)}"),
        Move(ids[:2], Near(ids[2:6])),
        Link(ids[:4], ids[4:], alike=bool(rng.integers(2))),
        Separate("class 0", "class 1", 1.0),
        Shift("class 2", int(rng.integers(5)), float(rng.normal())),
        Relabel(ids[:2], int(rng.integers(3))),
        Found(ids[:2], "fourth"),
        Relabel(ids[:3], "fourth" if "fourth" in lab.journal.found else 0),
    ]
    kind = int(rng.integers(11))
    if kind < len(edits):
        with contextlib.suppress(ValueError):  # two names cannot be alike
            lab.journal.add(edits[kind])
    elif kind == len(edits):
        lab.journal.undo()
    elif kind == len(edits) + 1:
        lab.journal.redo()
    elif k % 40 == 0:
        lab.trainer.reset()
    print(len(lab.journal), flush=True)
    lab.wait()
"""


def run_and_kill(folder: Path, seed: int, kill: int) -> int:
    """How many lines of the journal the killed process had told of."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(10 * seed + kill), str(int(kill == 0))],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert child.stdout is not None
    told, wanted = 0, random.Random(10 * seed + kill).randint(2, 60)
    for _ in range(wanted):
        told = int(child.stdout.readline() or -1)
    child.send_signal(signal.SIGKILL)
    told = max([told, *(int(line) for line in child.stdout.read().split("\n")[:-1])])
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return told


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_session_killed_three_times_keeps_every_edit_and_is_replayed_bit_for_bit(seed, tmp_path):
    folder, gone_on_from = tmp_path / "session", []
    for kill in range(3):
        told = run_and_kill(folder, seed, kill)
        copy = shutil.copytree(folder, tmp_path / f"copy {kill}")
        lab = gl.Lab.load(copy, linear_net(seed=9), clusters())
        assert len(lab.journal) >= told
        gone_on_from.append(lab.trainer.steps)
        lab.step(200)
        found = weights(lab.trainer.model)
        lab.close()
        again = gl.replay(Journal.load(copy / "journal.jsonl"), linear_net(), clusters())
        assert again.steps == lab.trainer.steps and same(weights(again.model), found), kill
    assert any(gone_on_from), "no checkpoint was gone on with"
