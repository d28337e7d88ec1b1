"""Pools: processes on a leash, faults that cost a slice and no more, and anybody's Executor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.search.making import crash, hang, search

pytestmark = pytest.mark.slow


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def test_two_processes_come_to_what_one_does_per_candidate(tmp_path):
    with search(tmp_path / "one") as one, search(tmp_path / "two", workers=2) as two:
        for each in (one, two):
            each.start(candidates=6)
            assert each.wait(120)
        looks = [
            {(c.n, x.passes): x.accuracy for c in each.candidates for x in c.looks} for each in (one, two)
        ]
        shared = set(looks[0]) & set(looks[1])
        assert len(shared) >= 6
        assert all(looks[0][key] == looks[1][key] for key in shared)


@pytest.mark.parametrize("maker", [crash, hang])
def test_a_worker_that_ends_or_hangs_costs_its_slice_and_is_tried_twice_more(tmp_path, maker, monkeypatch):
    monkeypatch.setattr("greenlatent.search.driver.DEADLINE", 3.0)
    monkeypatch.setattr("greenlatent.search.driver.LATE", 3.0)
    with search(tmp_path / "s", make=maker, workers=2) as found:
        found.propose(rate=0.01, width=8)
        found.propose(rate=0.01, width=4)
        over = threading.Event()
        found.record.listen(lambda event: over.set() if found.candidates[0].state == "failed" else None)
        found.start()
        assert over.wait(240)
        found.pause()
        bad, good = found.candidates[:2]
        assert bad.state == "failed" and bad.lost == 3
        assert good.looks
        lost = [event for event in found.course.events if event["do"] == "lost" and event["n"] == 0]
        assert len(lost) == 3


def test_an_executor_of_somebody_elses_is_a_pool(tmp_path):
    with ThreadPoolExecutor(1) as executor, search(tmp_path / "s", workers=executor) as found:
        found.start(candidates=3)
        assert found.wait(60)
        assert len([c for c in found.candidates if c.looks]) >= 3
        executor.shutdown()
        found.start(candidates=1)
        assert found.wait(60)
        assert "nothing can be done there any more" in found.reason


def test_a_stop_file_of_a_slice_that_was_is_no_stop_of_the_next(tmp_path):
    with search(tmp_path / "s") as found:
        n = found.propose(rate=0.01, width=8)
        flag = found.record.folder / "candidates" / f"{n:04d}" / "stop"
        flag.parent.mkdir(parents=True)
        flag.touch()
        found.start(candidates=1)
        assert found.wait(60)
        assert found.candidates[0].looks


DRIVER = """
import sys
from tests.search.making import search
found = search(sys.argv[1], workers=2)
found.start()
print("going", flush=True)
found.wait()
"""


def test_killed_workers_are_gone_within_five_seconds(tmp_path):
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path / "s")], stdout=subprocess.PIPE)
    try:
        assert driver.stdout is not None and driver.stdout.readline() == b"going\n"
        while len(children(driver.pid)) < 2:
            time.sleep(0.05)
        workers = children(driver.pid)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        driver.stdout.close()  # type: ignore[union-attr]
    deadline = time.monotonic() + 5
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))
