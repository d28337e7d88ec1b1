"""Pools: processes on a leash, faults that cost a slice and no more, and anybody's Executor."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from greenlatent.search import driver
from greenlatent.search.workers import pool
from tests.search.making import crash, hang, search

pytestmark = pytest.mark.slow


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


def test_another_machine_has_one_meter_and_its_idle_watts_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "node", lambda: "here")  # so that what the workers run on is another
    monkeypatch.setattr(pool, "_METER", [])
    with ThreadPoolExecutor(2) as executor, search(tmp_path / "s", workers=executor) as found:
        found.start(candidates=6)
        assert found.wait(60)
        here, there = found._purse.here, found._purse._machines[pool.node()]
        assert there.spent.known and there.seconds["train"] > 0
        assert here.seconds["train"] == 0
        lines = found.energy
        whole = there.spent.value + here.spent.value
        assert sum(line.value for line in lines.values()) == pytest.approx(whole, rel=0.02)
        assert lines["waiting"].value == pytest.approx(there.idle.value + here.idle.value, rel=0.02)
        meter, file = pool._METER
        meter.stop()
        file.close()


def test_two_workers_on_one_machine_are_charged_its_idle_watts_once(tmp_path):
    with search(tmp_path / "s", workers=2) as found:
        found.start(candidates=6)
        assert found.wait(120)
        assert set(found._purse._machines) == {""}
        assert found.energy["waiting"].value == pytest.approx(found.meter.idle().value, rel=0.05)


def test_a_stop_file_of_a_slice_that_was_is_no_stop_of_the_next(tmp_path):
    with search(tmp_path / "s") as found:
        n = found.propose(rate=0.01, width=8)
        flag = found.record.folder / "candidates" / f"{n:04d}" / "stop"
        flag.parent.mkdir(parents=True)
        flag.touch()
        found.start(candidates=1)
        assert found.wait(60)
        assert found.candidates[0].looks
