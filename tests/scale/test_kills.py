"""Kernels that are killed at any moment, and lives that begin and end: nothing of a rank is left."""

import os
import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import greenlatent as gl
from tests.parts import clusters, linear_net, weights
from tests.scale.test___main__ import kernel, make
from tests.scale.test_leader import apart, gone, until

pytestmark = pytest.mark.slow


def test_after_thirty_kernels_killed_at_random_no_rank_is_left_in_five_seconds():
    rng = random.Random(0)
    for _ in range(30):
        process, other = kernel(10**9)
        time.sleep(rng.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        begun = time.monotonic()
        process.wait()
        until(lambda other=other: gone(other))
        assert time.monotonic() - begun < 5
        process.stdin.close()
        process.stdout.close()


def left() -> tuple[int, int, int]:
    """Threads, open files and children of this process."""
    children = sum(
        len(Path(f"/proc/self/task/{task}/children").read_text().split())
        for task in os.listdir("/proc/self/task")
    )
    return threading.active_count(), len(os.listdir("/proc/self/fd")), children


def test_fifty_lives_leave_no_thread_file_port_or_process():
    def life(k):
        with gl.scale.Ranks(2) as ranks:
            trainer = gl.Trainer(**make(), ranks=ranks)
            trainer.step(3)
            port = int(ranks.address.rsplit(":", 1)[1])
            if k % 3 == 0:
                os.kill(ranks.nodes[1]["pid"], signal.SIGKILL)
            trainer.close()
        return port

    life(1)
    before = left()
    for k in range(50):
        port = life(k)
        with socket.socket() as there:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            there.bind(("127.0.0.1", port))
    threads, files, children = left()
    assert threads <= before[0] and children <= before[2]
    assert files <= before[1] + 2


@pytest.fixture(scope="module")
def both():
    """The same training over two ranks and alone, for any order of orders."""
    trainers = (
        gl.Trainer(**make(), ranks=2),
        gl.Trainer(linear_net(), clusters(), **{"latent": "0", "batch_size": 8}),
    )
    yield trainers
    for trainer in trainers:
        trainer.close()


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(1, 6)),
        st.tuples(st.just("relabel"), st.integers(0, 59)),
        st.tuples(st.just("weigh"), st.integers(0, 59)),
        st.tuples(st.just("pull"), st.integers(0, 57)),
        st.tuples(st.just("undo"), st.just(0)),
        st.tuples(st.just("redo"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
        st.tuples(st.just("reset"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
def test_any_order_of_deeds_leads_to_the_weights_of_one_process(both, deeds):
    for trainer in both:
        for event in reversed(trainer.journal.active):
            trainer.journal.mute(event.n)
        trainer.reset()
        for deed, n in deeds:
            if deed == "step":
                trainer.step(n)
            elif deed == "relabel":
                trainer.journal.add(gl.Relabel([n], f"class {n % 3}"))
            elif deed == "weigh":
                trainer.journal.add(gl.Weigh([n], 2.0))
            elif deed == "pull":
                trainer.journal.add(gl.Move([n], gl.Near([58, 59])))
            elif deed == "undo":
                trainer.journal.undo()
            elif deed == "redo":
                trainer.journal.redo()
            elif deed == "look":
                trainer.evaluate()
                trainer.latents()
            else:
                trainer.reset()
        trainer.step(3)
    two, one = both
    assert two.steps == one.steps
    assert apart(weights(two.model), weights(one.model)) < 1e-4
