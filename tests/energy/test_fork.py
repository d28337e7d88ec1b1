"""A meter and the processes that are forked beside it: data loader workers do that at any moment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "register_at_fork"), reason="no fork on this system")


def script(code):
    """Run in a process of its own, whose threads and forks are nobody else's."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_fork_while_other_threads_ask_for_totals_never_blocks():
    code = """
import os, signal, threading
from greenlatent.energy import Meter, Model
meter, ended = Meter([Model()], calibration=False), threading.Event()
def ask():
    while not ended.is_set():
        meter.total, meter.per("train"), meter.ledger()
with meter:
    meter.mark("train")
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            meter.mark("train")
            assert meter.total.known and not meter.running
            meter.stop()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    ended.set()
    for thread in threads:
        thread.join()
    assert meter.running
print(meter.total)
"""
    assert "model" in script(code)


def test_a_child_counts_nothing_until_it_starts_the_meter_itself():
    code = """
import os, time
from greenlatent.energy import Meter, Model, Watts
meter = Meter([Watts(lambda: 50.0, every=0.01)], calibration=False)
meter.start()
while not meter.total.known:
    time.sleep(0.01)
child = os.fork()
if child == 0:
    before = meter.total
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        meter.mark("train")
    assert meter.total == before and meter.seconds == meter.seconds
    meter.start()
    while meter.total.value <= before.value:
        time.sleep(0.01)
    meter.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert meter.running
meter.stop()
"""
    script(code)
