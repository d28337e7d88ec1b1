"""Ranks that somebody else starts, at an address; and that nothing of them is left once the first one is gone."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

import greenlatent as gl
from tests.house.source import CHECKOUT
from tests.parts import clusters, linear_net
from tests.scale.test_leader import gone, until

KERNEL = """
import sys
import greenlatent as gl
from tests.parts import clusters, linear_net
trainer = gl.Trainer(linear_net(), clusters(), latent="0", batch_size=8, threads=1, ranks=2)
print(trainer.company.who.nodes[1]["pid"], flush=True)
trainer.step(int(sys.argv[1]))
sys.stdin.read()
"""


def make():
    """What a rank that is started elsewhere trains."""
    return {"model": linear_net(), "train": clusters(), "latent": "0", "batch_size": 8, "threads": 1}


def make_another():
    """Another model, which must be refused by name."""
    return make() | {"model": linear_net(seed=1)}


def make_other_data():
    return make() | {"train": clusters(seed=1)}


def environment(**more):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path]), **more}


def free_port():
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return there.getsockname()[1]


# as `python -m greenlatent.scale`, but that it asks without a rest whether the first rank is there
RESTLESS = """
import runpy, types
from greenlatent import children
children.time = types.SimpleNamespace(sleep=lambda seconds: None)
runpy.run_module("greenlatent.scale", run_name="__main__", alter_sys=True)
"""


@contextmanager
def started(address, rank, what="make", module="tests.scale.test___main__", restless=False, **more):
    """A rank as somebody types it in; gone afterwards, whatever came of it."""
    process = subprocess.Popen(
        [
            *(sys.executable, *(("-c", RESTLESS) if restless else ("-m", "greenlatent.scale"))),
            *(address, str(rank), "--make", f"{module}:{what}", "--timeout", "30"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_whoever_comes_to_the_address_trains_along_and_ends_with_the_trainer():
    address = f"127.0.0.1:{free_port()}"
    with started(address, 1) as other, gl.scale.Ranks(2, address=address, timeout=30) as ranks:
        trainer = gl.Trainer(**make(), ranks=ranks)
        assert f"pid {other.pid}" in repr(ranks)
        trainer.journal.add(gl.Relabel([3], "class 1"))
        assert trainer.step(6).step == 6
        trainer.close()
        assert other.wait(60) == 0


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("make_another", "begins with other weights"),
        pytest.param("make_other_data", "its samples is", marks=pytest.mark.slow),
    ],
)
def test_a_rank_with_another_model_or_data_is_refused_by_name(what, named):
    address = f"127.0.0.1:{free_port()}"
    there = started(address, 1, what, restless=True)
    with there as other, gl.scale.Ranks(2, address=address, timeout=30) as ranks:
        with pytest.raises(ValueError, match=f"rank 1 .*cannot train along: .*{named}"):
            gl.Trainer(**make(), ranks=ranks)
        assert other.wait(20) == 1
        assert named in other.stderr.read()


@pytest.mark.slow
def test_a_rank_with_another_token_is_refused():
    address = f"127.0.0.1:{free_port()}"
    ranks = gl.scale.Ranks(2, address=address, timeout=30, token="mine")
    with started(address, 1, GREENLATENT_TOKEN="guessed") as other, ranks:
        with pytest.raises(ValueError, match="rank 1 cannot train along: it has another token"):
            gl.Trainer(**make(), ranks=ranks)
        assert other.wait(20) == 1


def test_nobody_who_comes_is_told_with_the_command_to_type():
    ranks = gl.scale.Ranks(2, address=f"127.0.0.1:{free_port()}", timeout=0.2)
    told = r"rank 1 of 2 did not come.*python -m greenlatent.scale 127.0.0.1"
    with ranks, pytest.raises(TimeoutError, match=told):
        gl.Trainer(**make(), ranks=ranks)


def test_an_address_that_is_taken_or_unknown_is_told():
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()
        port = there.getsockname()[1]
        ranks = gl.scale.Ranks(2, address=f"127.0.0.1:{port}", timeout=1)
        with ranks, pytest.raises(ConnectionError, match=f"127.0.0.1:{port}: the address is taken"):
            gl.Trainer(**make(), ranks=ranks)
    with pytest.raises(ValueError, match="address is"):
        gl.scale.Ranks(2, address="node1")


def kernel(steps):
    """A process that trains over two ranks, and the pid of its other one."""
    process = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(steps)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=CHECKOUT,
    )
    return process, int(process.stdout.readline())


@pytest.mark.parametrize(
    "steps", [pytest.param(0, marks=pytest.mark.slow, id="paused"), pytest.param(10**9, id="running")]
)
def test_a_kernel_that_is_killed_leaves_no_rank_after_five_seconds(steps):
    process, other = kernel(steps)
    process.send_signal(signal.SIGKILL)
    begun = time.monotonic()
    process.wait()
    until(lambda: gone(other))
    assert time.monotonic() - begun < 5
    process.stdin.close()
    process.stdout.close()
