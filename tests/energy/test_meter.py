import gc
import math
import threading
import time

import numpy as np
import pytest

from greenlatent.energy import Budget, Joules, Meter, Model, Watts, read
from greenlatent.energy.names import called
from greenlatent.energy.sources import Channel

from .simulated import Lagging, Machine, Source


def burn(seconds):
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
    assert 1.8 < meter.processor_seconds_of("train") / meter.processor_seconds_of("evaluate") < 2.2
    assert ledger["train"].value > ledger["evaluate"].value > 0
    assert ledger["train"].badges == pytest.approx({"model": 1.0})


def test_a_meter_is_told_as_its_lines_and_in_one():
    with Meter() as meter:
        assert str(Meter()) == "nothing was metered yet"
        with meter.doing("train"):
            burn(0.02)
        assert repr(meter).startswith("Meter(running, ")
    lines = meter.ledger()
    told = [f"{meter.total} in all", *(f"  {called(kind)}: {joules}" for kind, joules in lines.items())]
    assert str(meter).splitlines() == told and f"  training: {lines['train']}" in told
    assert repr(meter) == f"Meter(stopped, {meter.total})"


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


def test_work_that_fails_gives_back_to_the_outer_kind():
    with Meter() as meter:
        meter.mark("train")
        with pytest.raises(RuntimeError), meter.doing("feedback"):
            raise RuntimeError("the cell crashed")
        burn(0.05)
        meter.mark(None)
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
    assert meter.ledger() == {} and not meter.total.known
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
    machine = Machine()
    meter = machine.meter(Model(memory_watts=(0, 0, 0)))
    meter.mark("train")
    machine.work(0.0513)
    stamp = meter.stamp()
    machine.work(0.0497)
    meter.mark("train")
    machine.work(0.0001)
    end = meter.stamp()
    machine.work(0.0499)
    meter.mark(None)
    machine.work(0.01)
    parts = [meter.ledger(until=stamp), meter.ledger(stamp, end), meter.ledger(end)]
    watts = parts[0]["train"].value / 0.0513
    assert [part["train"].value / watts for part in parts] == pytest.approx([0.0513, 0.0498, 0.0499])
    assert sum(part["train"].value for part in parts) == pytest.approx(meter.ledger()["train"].value)
    assert [meter.units("train", *span) for span in ((None, stamp), (stamp, end), (end,))] == [1, 1, 0]
    assert meter.span_seconds(stamp, end) == pytest.approx(0.0498)
    meter.stop()


@pytest.mark.parametrize("window", [0, -1, math.nan, math.inf, "1", None, True])
def test_a_window_that_cannot_be_is_refused_and_does_not_hang(window):
    machine = Machine()
    meter = machine.meter(Model())
    machine.work(2)
    with pytest.raises((TypeError, ValueError), match="window_seconds"):
        meter.per("train", window_seconds=window)
    meter.stop()


def test_a_source_that_comes_with_a_later_start_is_missing_before_it():
    machine = Machine()
    late = Source(Lagging(machine, period=0.02))
    late.channels, channels = [], late.channels
    meter = machine.meter(late, Model(memory_watts=(0, 0, 0)))
    machine.work(5, 100)
    before = meter.stamp()
    machine.work(0.1)
    meter.stop()
    late.channels = channels
    meter._begin()
    machine.work(5, 100)
    meter.stop()
    for joules in (meter.spent(until=before), meter.own(until=before), meter.idle(until=before)):
        assert joules.known and joules.coverage == 0.5  # the processor's part, by the model
    assert meter.ledger(until=before)["other"].badges == pytest.approx({"model": 1.0})
    assert meter.spent(before).badges["counter"] > 0.8


def test_what_is_no_stamp_is_refused():
    machine = Machine()
    meter = machine.meter(Model())
    with pytest.raises(TypeError, match="no stamps; take one"):
        meter.ledger("train")
    meter.stop()


def test_stamps_that_nobody_resolved_stand_for_the_end_and_stamps_in_reverse_for_nothing():
    machine = Machine()
    meter = machine.meter(Model())
    machine.work(1)
    early, late = meter.stamp(), None
    machine.work(1)
    late = meter.stamp()
    assert meter.span_seconds(early, late) == pytest.approx(1)
    assert not meter.spent(late, early).known and meter.ledger(late, early) == {}
    unresolved = meter.stamp()
    meter._book.stamps.clear()  # as after a fork
    meter.stop()
    assert meter.span_seconds(unresolved) == 0


def test_a_stamp_of_another_meter_is_refused():
    machine = Machine()
    one, other = machine.meter(Model()), machine.meter(Model())
    with pytest.raises(ValueError, match="belongs to another meter"):
        one.ledger(other.stamp())
    one.stop(), other.stop()


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
    assert meter.processor_seconds_of("train") == pytest.approx(0.3, rel=0.1)
    assert meter.processor_seconds_of("view") == pytest.approx(0.1, rel=0.15)


def test_waiting_for_a_person_is_charged_idle_watts():
    machine = Machine()
    # without memory: a process that ran all other tests holds a gigabyte
    meter = machine.meter(Model(memory_watts=(0, 0, 0)))
    meter.mark("waiting")
    machine.work(30, cpu=0)
    meter.stop()
    waiting = meter.ledger()["waiting"]
    assert 0 < waiting.low <= waiting.value
    assert waiting.value == pytest.approx(30 * 0.7 * Model().cpus, rel=0.2)


def test_all_of_one_moment_is_what_each_reading_tells():
    machine = Machine()
    meter = machine.meter(Model(memory_watts=(0, 0, 0)))
    meter.mark("train")
    machine.work(5, cpu=2)
    meter.stop()
    filled, idle, processor = meter.at_once()
    assert (filled.value, idle.value) == (meter.filled().value, meter.idle().value)
    assert processor == meter.processor_seconds > 0


def test_a_meter_that_never_ran_has_read_nothing():
    meter = Meter([Model()], calibration=False)
    for joules in (meter.total, meter.idle(), meter.own(), meter.filled(), meter.per("train").joules):
        assert not joules.known
    assert meter.ledger() == meter.stages() == {} and meter.units("train") == 0
    assert "no reading" in meter.report()


def test_a_person_who_interrupts_a_slow_source_is_obeyed():
    class Slow(Channel):
        def poll(self, now):
            raise KeyboardInterrupt

    machine = Machine()
    meter = machine.meter(Model())
    list(meter._ledger.open([Source(Slow("slow", "cpu"))]))
    with pytest.raises(KeyboardInterrupt):
        meter.ledger()


def test_a_meter_that_is_dropped_while_it_runs_ends_its_threads():
    """As when a cell of a notebook is run again and again."""
    before = {*threading.enumerate()}
    meter = Meter([Watts(lambda: 50.0, every=0.01)])
    meter.start()
    mine = {*threading.enumerate()} - before
    assert meter._poller in mine and len(mine) == 2
    del meter
    gc.collect()
    for thread in mine:
        thread.join(10)
        assert not thread.is_alive()


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


def test_a_clock_that_goes_backwards_is_survived():
    machine = Machine()
    meter = machine.meter(Model())
    meter.mark("train")
    machine.work(1)
    meter.mark("train")
    machine.now -= 500_000_000
    meter.mark("train")
    machine.work(2)
    meter.stop()
    assert meter.ledger()["train"].value > 0
    assert not meter.notes


@pytest.mark.parametrize("kind", ["", "a kind of its own", 7, ("a", 1), ["a", "list"], object()])
def test_any_kind_is_taken_and_none_breaks_the_meter(kind):
    machine = Machine()
    meter = machine.meter(Model())
    meter.mark(kind)
    machine.work(1)
    meter.mark("train")
    machine.work(1)
    meter.stop()
    assert meter.ledger()["train"].value == pytest.approx(meter.total.value / 2, rel=0.02)
    assert not meter.notes


@pytest.mark.parametrize("error", [SystemExit, RuntimeError])
def test_nothing_the_meter_does_raises_into_training(error):
    class Bad:
        name = "bad"

        def __init__(self, fails):
            self.fails = fails

        def open(self):
            if self.fails == "open":
                raise error("cannot be opened")
            return [Channels(self.fails)]

    class Channels(Channel):
        def __init__(self, fails):
            super().__init__("bad", "cpu")
            self.fails, self.count = fails, 0
            self.jumps = fails == "jump"  # is asked more often, whether it has moved

        def poll(self, now):
            self.count += 1
            if self.fails in ("poll", "jump") and self.count > 3:
                raise error("cannot be read")
            return [(now, float("nan") if self.fails == "nan" and self.count > 3 else 1.0 * self.count)]

        def close(self):
            if self.fails == "close":
                raise error("cannot be closed")

    for fails in ("open", "close", "poll", "nan", "jump"):
        machine = Machine()
        meter = machine.meter(Bad(fails), Model())
        meter.mark("train")
        machine.work(5)
        meter.stop()
        assert meter.ledger()["train"].known
        assert meter.report()
        assert meter.notes, fails


def test_joules_per_step_are_there_from_the_first_steps_on():
    machine = Machine()
    meter = machine.meter(Model())
    assert not meter.per("train").joules.known
    for _ in range(5):
        meter.mark("train")
        machine.work(0.01)
    early = meter.per("train")
    assert early.n == 5 and early.joules.known
    for _ in range(1000):
        meter.mark("train")
        machine.work(0.01)
    late = meter.per("train")
    assert late.sharp and 90 <= late.n <= 210
    assert late is meter.per("train")
    assert str(late).endswith(f"a step, mean of {late.n}")
    meter.stop()


def test_a_step_is_shown_alone_when_it_is_long_enough_to_be_known():
    machine = Machine()
    meter = machine.meter(Model())
    for _ in range(4):
        meter.mark("train")
        machine.work(1.5)
    assert meter.per("train").n == 1
    meter.stop()


def test_joules_of_2_ms_steps_beside_a_slow_counter_are_a_mean_over_many():
    machine, random = Machine(3), np.random.default_rng(3)
    meter = machine.meter(Source(Lagging(machine, period=0.1)))
    for _ in range(8000):
        kind = random.integers(2)
        meter.mark(("train", "evaluate")[kind])
        machine.work((0.002, 0.003)[kind], (120.0, 200.0)[kind])
    per = meter.per("train")
    assert per.sharp and per.n > 100
    assert per.joules.value == pytest.approx(0.24, rel=0.05)
    meter.stop()


def test_a_reading_after_the_machine_has_slept_is_dated_after_it(monkeypatch):
    machine, awake, night = Machine(), time.time, 8 * 3600

    def origin():
        meter = machine.meter(Model())
        machine.work(1.0)
        meter.stop()
        return meter.total.origin

    before = origin()
    monkeypatch.setattr(time, "time", lambda: awake() + night)  # the other clock stood still
    after = origin()
    assert after.start - before.stop == pytest.approx(night, abs=5)
    assert after.stop - after.start == pytest.approx(1.0, abs=0.1)


@pytest.mark.whole
def test_who_listens_hears_of_every_second_and_of_the_stop_and_may_fail():
    meter, heard, two = Meter(), [], threading.Event()

    def listen():
        heard.append(meter.running)
        if len(heard) > 1:
            two.set()
        raise RuntimeError("not at home")

    leave = meter.listen(listen)
    with meter:
        assert two.wait(30)
    assert heard[0] is True and heard[-1] is False
    assert "a listener failed (RuntimeError: not at home)" in meter.notes
    leave()
    leave()
    count = len(heard)
    with meter:
        pass
    assert len(heard) == count


# What others spent


def test_what_others_spent_counts_in_ledger_total_export_and_budget_from_its_moment_on(tmp_path):
    spent = Joules(4.0, 2.0, 8.0, {"given": 1.0})
    meter = Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False)
    budget = Budget(joules=3)
    with meter:
        budget.start(meter)
        with meter.doing("train"):
            burn(0.05)
        before = meter.stamp()
        assert "agent" not in meter.ledger()
        meter.charge("agent", spent)
        after = meter.stamp()
        assert budget.reached(meter) and budget.spent.value > 4
        assert meter.ledger()["agent"].value == 4.0 and meter.ledger(before, after)["agent"] == spent
        assert "agent" not in meter.ledger(until=before) and "agent" not in meter.ledger(since=after)
    lines = meter.ledger()
    assert (lines["agent"].low, lines["agent"].high) == pytest.approx((2.0, 8.0))
    assert sum(line.value for line in lines.values()) == pytest.approx(meter.total.value)
    assert meter.total.badges["given"] == pytest.approx(4 / meter.total.value)
    meter.export(tmp_path / "mine.jsonl")
    (kept,) = read(tmp_path / "mine.jsonl")
    assert kept.lines["agent"].value == 4.0 and "agent" in meter.report()


def test_what_others_did_counts_in_a_mean_per_unit():
    meter = Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False)
    with meter:
        meter.charge("train", Joules(100.0, 90.0, 110.0, {"given": 1.0}), units=99)
        assert meter.ledger()["train"].value == 100.0 and meter.ledger()["train"].coverage == 1.0
        with meter.doing("train"):
            burn(0.05)
    assert meter.units("train") == 100
    assert meter.per("train", 1e6).joules.value == pytest.approx(meter.ledger()["train"].value / 100)


def test_what_nobody_knows_lowers_the_coverage_and_is_never_0():
    meter = Meter([Watts(lambda: 5.0, every=0.01, name="bench")], calibration=False, pue=2.0)
    meter.charge("agent", Joules.missing())
    assert not meter.ledger()["agent"].known
    meter.charge("agent", Joules(4.0, 2.0, 8.0, {"given": 1.0}))
    line = meter.ledger()["agent"]
    assert line.value == 4.0 and line.coverage == 0.5, "and no data centre of ours multiplies it"
    with pytest.raises(TypeError, match="Joules"):
        meter.charge("agent", 4.0)
    with pytest.raises(TypeError, match="name"):
        meter.charge("", Joules.missing())
