"""Joules of a call: by whoever knows best; what nobody knows is missing, and nothing is booked twice."""

import os
import subprocess
import sys

import pytest

import greenlatent as gl
from greenlatent.agent.asking.price import Server, priced, tokens
from greenlatent.energy import Watts

URL = "http://127.0.0.1:9/v1"
TIMED = {"timings": {"prompt_ms": 1000.0, "predicted_ms": 3000.0}}
LISTENS = """
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True)
for line in sys.stdin:
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    print("done", flush=True)
"""


@pytest.fixture
def meter():
    meter = gl.Meter(calibration=False)
    meter.start()
    yield meter
    meter.stop()


class Scripted(Server):
    """Whose processor seconds are these."""

    ours = False

    def __init__(self, seconds):
        self._after = seconds

    def seconds(self):
        return self._after


def test_processor_seconds_of_the_local_server_come_first(meter):
    found = priced(meter, gl.Llm(URL, joules=99), TIMED, loopback=True, server=Scripted(12.0), before=10.0)
    assert found.value == pytest.approx(2 * 2.8) and "model" in found.badges
    assert 2 * 1.1 <= found.low < found.value < found.high <= 2 * 5


def test_then_its_own_times_at_one_busy_core_then_what_is_given_then_nothing(meter):
    of = {"loopback": True, "server": Scripted(None), "before": None}
    timed = priced(meter, gl.Llm(URL, joules=99), TIMED, **of)
    assert timed.value == pytest.approx(4 * 2.8) and timed.low <= timed.value / 2
    assert priced(meter, gl.Llm(URL, joules=(99, 90, 120)), {}, **of).badges == {"given": 1.0}
    assert not priced(meter, gl.Llm(URL), {}, **of).known
    assert not priced(
        meter, gl.Llm("https://a.example.org"), TIMED, loopback=False, server=None, before=None
    ).known


@pytest.mark.parametrize("times", [{}, {"prompt_ms": "4"}, {"prompt_ms": -1, "predicted_ms": 2}, 7])
def test_times_that_are_none_tell_nothing(meter, times):
    of = {"loopback": True, "server": Scripted(None), "before": None}
    assert not priced(meter, gl.Llm(URL), {"timings": times}, **of).known


def test_what_a_wall_plug_contains_already_is_not_booked_twice():
    meter = gl.Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False)
    meter.start()
    assert meter.on_the_wall
    of = {"loopback": True, "server": Scripted(12.0), "before": 10.0}
    assert priced(meter, gl.Llm(URL), TIMED, **of) is None
    far = gl.Llm("https://a.example.org", joules=3)
    assert priced(meter, far, {}, loopback=False, server=None, before=None).value == 3
    meter.stop()


def test_a_server_in_this_process_is_counted_by_the_meter_already(meter):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        here = Server(listening.getsockname()[1])
        assert here.ours and here.seconds() > 0
        assert priced(meter, gl.Llm(URL), TIMED, loopback=True, server=here, before=0.0) is None
    assert os.getpid()


def test_the_process_that_listens_on_a_port_is_found_and_its_seconds_are_read():
    command = [sys.executable, "-c", LISTENS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        server = Server(int(process.stdout.readline()))
        before = server.seconds()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"
        assert server.seconds() - before >= 0.28 and not server.ours
        process.stdin.close()
    assert server.seconds() is None, "it has ended"


@pytest.mark.parametrize(
    "odd", [None, {}, {"usage": 3}, {"usage": {"prompt_tokens": "3", "completion_tokens": -1}}]
)
def test_tokens_that_a_server_does_not_tell_are_0(odd):
    assert tokens(odd) == (0, 0)
    assert tokens({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}) == (3, 4)
