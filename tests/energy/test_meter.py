import threading

import pytest

from greenlatent.energy import Joules, Meter
from greenlatent.energy.timeline import Clock


class Script:
    """A clock that moves when a test says so."""

    def __init__(self):
        self.now = self.thread = self.process = 0

    def clock(self):
        return Clock(lambda: self.now, lambda: self.thread, lambda: self.process)

    def work(self, seconds, cpu=None):
        cpu = seconds if cpu is None else cpu
        self.now += round(seconds * 1e9)
        self.thread += round(cpu * 1e9)
        self.process += round(cpu * 1e9)


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def meter(script):
    meter = Meter(clock=script.clock())
    yield meter
    meter.stop()


def burn(seconds):
    import time

    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def test_each_kind_is_charged_its_own_work():
    with Meter() as meter:
        with meter.doing("train"):
            burn(0.2)
        with meter.doing("evaluate"):
            burn(0.1)
        ledger = meter.ledger()
    assert 1.8 < ledger["train"].value / ledger["evaluate"].value < 2.2
    assert ledger["train"].badges == {"model": 1.0}


def test_an_inner_kind_gives_back_to_the_outer_one():
    with Meter() as meter:
        meter.mark("train")
        with meter.doing("feedback"), meter.doing("save"):
            pass
        burn(0.05)
        meter.mark(None)
        assert [meter.units(kind) for kind in ("train", "feedback", "save")] == [1, 1, 1]
        ledger = meter.ledger()
    assert ledger["train"].value > 10 * ledger["feedback"].value


def test_lines_add_up_to_the_total():
    with Meter() as meter:
        with meter.doing("train"):
            burn(0.05)
        burn(0.05)
        lines = meter.ledger()
        assert meter.total.value >= sum(joules.value for joules in lines.values())
    assert meter.total.value == pytest.approx(sum(joules.value for joules in meter.ledger().values()))


def test_marks_before_the_start_cost_nothing_and_are_taken_up_by_it():
    meter = Meter()
    meter.mark("train")
    assert meter.ledger()["meter"].value == 0
    meter.start()
    burn(0.02)
    meter.stop()
    assert meter.ledger()["train"].value > 0


def test_start_and_stop_work_twice_and_from_any_thread():
    meter = Meter()
    meter.start()
    meter.start()
    threads = [threading.Thread(target=meter.stop) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not meter.running
    before = meter.total
    burn(0.02)
    assert meter.total == before
    meter.start()
    burn(0.02)
    meter.stop()
    assert meter.total.value > before.value


def test_a_stamp_cuts_the_ledger():
    with Meter() as meter:
        meter.mark("train")
        burn(0.05)
        stamp = meter.stamp()
        burn(0.05)
        meter.mark("train")
        end = meter.stamp()
        burn(0.05)
        meter.mark(None)
        parts = [meter.ledger(until=stamp), meter.ledger(stamp, end), meter.ledger(end)]
        whole = meter.ledger()
        assert [meter.units("train", *span) for span in ((None, stamp), (stamp, end), (end,))] == [1, 1, 0]
    assert sum(part["train"].value for part in parts) == pytest.approx(whole["train"].value, rel=1e-3)
    assert parts[1]["train"].value == pytest.approx(whole["train"].value / 3, rel=0.15)


def test_two_threads_are_charged_by_their_own_processor_time():
    ready = threading.Barrier(2)

    def work(kind, seconds):
        meter.mark(kind)
        ready.wait()
        burn(seconds)
        meter.mark(None)

    with Meter() as meter:
        threads = [threading.Thread(target=work, args=args) for args in (("train", 0.3), ("view", 0.1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu = dict(zip(meter._timeline.kinds, meter._timeline.cpu, strict=False))
        meter.ledger()
        cpu = dict(zip(meter._timeline.kinds, meter._timeline.cpu, strict=False))
    assert cpu["train"] == pytest.approx(0.3, rel=0.1)
    assert cpu["view"] == pytest.approx(0.1, rel=0.15)


def test_waiting_is_charged_idle_watts(meter, script):
    meter.start()
    meter.mark("waiting")
    script.work(30, cpu=0)
    meter.mark(None)
    waiting = meter.ledger()["waiting"]
    assert 0 < waiting.low <= waiting.value
    assert waiting.value >= 30 * 0.7


def test_any_line_can_be_asked_for_while_others_work():
    stop = threading.Event()

    def work():
        while not stop.is_set():
            meter.mark("train")
            burn(0.001)

    with Meter() as meter:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(50):
            assert isinstance(meter.total, Joules)
            meter.per("train")
        stop.set()
        for thread in threads:
            thread.join()


def test_a_clock_that_goes_backwards_is_survived(meter, script):
    meter.start()
    meter.mark("train")
    script.work(1)
    meter.mark("train")
    script.now -= 500_000_000
    meter.mark("train")
    script.work(2)
    meter.mark(None)
    assert meter.ledger()["train"].value > 0
    assert not meter.notes
