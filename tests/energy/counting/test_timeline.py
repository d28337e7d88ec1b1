"""Where the seconds and processor seconds of threads go."""

import threading

import numpy as np
import pytest

from greenlatent.energy.counting.timeline import Timeline
from greenlatent.energy.marks import MAX_KINDS, ThreadMarks

from ..simulated import Lagging, Machine, Source


def seconds(meter):
    line = meter._book.timeline
    return {kind: line.seconds[i] for kind, i in line.kinds.items()}


def device_seconds(meter):
    line = meter._book.timeline
    return {kind: line.device[i] for kind, i in line.kinds.items()}


class Event:
    """An event on a device whose queue runs behind the host."""

    def __init__(self, machine, passes):
        self.machine, self.passes = machine, round(passes * 1e9)
        self.asked = 0

    def query(self):
        self.asked += 1
        return self.machine.now >= self.passes

    def elapsed_since(self, earlier):
        return (self.passes - earlier.passes) * 1e-9


def test_every_second_belongs_to_one_kind():
    machine = Machine()
    meter = machine.meter()
    machine.work(0.5)
    for _ in range(100):
        meter.mark("train")
        machine.work(0.02)
        meter.mark("feedback")
        machine.work(0.001)
    meter.mark(None)
    machine.work(0.25)
    meter.stop()
    found = seconds(meter)
    assert found["train"] == pytest.approx(2.0)
    assert found["feedback"] == pytest.approx(0.1)
    assert found["other"] == pytest.approx(0.75)
    assert sum(found.values()) == pytest.approx(2.85)


def shared(*logs, until):
    """Seconds per kind of threads described as (from, to, kind, processor share)."""
    timeline = Timeline(Machine().clock())
    timeline.since = 0
    for pieces in logs:
        log = ThreadMarks(0)
        log.cpu = cpu = 0
        for start, stop, kind, share in pieces:
            log.marks.append((round(start * 1e9), cpu, kind, None))
            cpu += round(share * (stop - start) * 1e9)
        log.marks.append((round(pieces[-1][1] * 1e9), cpu, None, None))
        timeline.logs.append(log)
    timeline.advance(round(until * 1e9), 0, whole=False)
    return {kind: timeline.seconds[i] for kind, i in timeline.kinds.items()}


def test_threads_that_work_at_once_share_by_processor_time():
    found = shared([(0, 4, "train", 0.9)], [(1, 3, "view", 0.3)], until=5)
    assert found["view"] == pytest.approx(2 * 0.25, rel=0.01)
    assert found["train"] == pytest.approx(4 - 0.5, rel=0.01)
    assert found["other"] == pytest.approx(1)


def test_a_thread_that_waits_leaves_the_second_to_one_that_works():
    found = shared([(0, 4, "waiting", 0.0)], [(1, 1.5, "view", 1.0)], until=4)
    assert found["view"] == pytest.approx(0.5, rel=0.01)
    assert found["waiting"] == pytest.approx(3.5, rel=0.01)


def test_a_thread_that_marked_nothing_takes_no_seconds_from_others():
    found = shared([(0, 4, None, 1.0)], [(0, 4, "train", 0.5)], until=4)
    assert found == pytest.approx({"other": 0, "meter": 0, "train": 4})


def test_the_meters_own_line_is_not_for_others():
    machine = Machine()
    meter = machine.meter()
    meter.mark("meter")
    machine.work(1.0)
    meter.stop()
    assert seconds(meter) == pytest.approx({"other": 1.0, "meter": 0.0})
    assert meter.overhead == 0


def test_more_kinds_than_can_be_told_apart_are_booked_under_other():
    machine = Machine()
    meter = machine.meter()
    for i in range(2 * MAX_KINDS):
        meter.mark(f"epoch {i}")
        machine.work(0.01)
    meter.stop()
    found = seconds(meter)
    assert len(found) == MAX_KINDS
    assert sum(found.values()) == pytest.approx(0.01 * 2 * MAX_KINDS)


def test_work_of_a_device_is_booked_when_the_device_did_it():
    """The host queues twenty steps in no time; the device needs 50 ms for each train and 10 ms for each
    feedback."""
    machine = Machine()
    meter = machine.meter()
    passes = machine.now * 1e-9
    for _ in range(20):
        meter.mark("train", Event(machine, passes))
        machine.work(0.0002)
        meter.mark("feedback", Event(machine, passes + 0.05))
        machine.work(0.0002)
        passes += 0.06
    meter.mark("waiting", Event(machine, passes))
    machine.work(3.0, cpu=0)
    meter.stop()
    host, device = seconds(meter), device_seconds(meter)
    assert host["train"] < 0.01 and host["waiting"] > 2.9
    assert device["train"] == pytest.approx(1.0, abs=0.001)
    assert device["feedback"] == pytest.approx(0.2, abs=0.001)
    assert sum(device.values()) == pytest.approx(sum(host.values()), abs=0.001)


def test_nested_work_of_a_device_is_booked_when_the_device_did_it():
    """Each step queues 30 ms of train, 20 ms of feedback inside it, and 10 ms of train after it."""
    machine = Machine()
    meter = machine.meter()
    queued = [machine.now * 1e-9]

    def event():
        return Event(machine, queued[0])

    for _ in range(20):
        meter.mark("train", event())
        queued[0] += 0.03
        machine.work(0.0001)
        with meter.doing("feedback", at=event):
            queued[0] += 0.02
            machine.work(0.0001)
        queued[0] += 0.01
    meter.mark("waiting", event())
    machine.work(3.0, cpu=0)
    meter.stop()
    device = device_seconds(meter)
    assert device["train"] == pytest.approx(0.8, abs=0.001)
    assert device["feedback"] == pytest.approx(0.4, abs=0.001)
    assert [meter.units(kind) for kind in ("train", "feedback", "waiting")] == [20, 20, 1]
    assert not meter.notes


def test_an_event_is_asked_by_the_poller_only():
    machine = Machine()
    meter = machine.meter()
    event = Event(machine, 0)
    meter.mark("train", event)
    assert event.asked == 0
    machine.work(0.1)
    assert event.asked > 0
    meter.stop()


def test_an_event_that_fails_or_never_passes_counts_at_the_hosts_time():
    class Broken:
        def query(self):
            raise RuntimeError("device lost")

    machine = Machine()
    meter = machine.meter()
    meter.mark("train", Broken())
    machine.work(1)
    meter.mark("evaluate", Event(machine, 1e9))
    machine.work(12)
    meter.mark(None)
    machine.work(1)
    meter.stop()
    found = device_seconds(meter)
    assert found["train"] == pytest.approx(1, abs=0.05)
    assert found["evaluate"] == pytest.approx(12, abs=0.05)
    assert any("RuntimeError: device lost" in note for note in meter.notes)
    assert any("has not passed after 10 s" in note for note in meter.notes)


class Milliseconds(Event):
    def elapsed_since(self, earlier):
        return (self.passes - earlier.passes) * 1e-6


@pytest.mark.parametrize(("event", "flagged"), [(Event, False), (Milliseconds, True)])
def test_an_event_that_tells_milliseconds_is_found_out_and_not_believed(event, flagged):
    machine = Machine()
    meter = machine.meter()
    for _ in range(200):
        meter.mark("train", event(machine, machine.now * 1e-9 + 0.003))
        machine.work(0.006)
        meter.mark("evaluate", event(machine, machine.now * 1e-9 + 0.003))
        machine.work(0.002)
    meter.mark(None)
    machine.work(1)
    meter.stop()
    found = device_seconds(meter)
    assert found["train"] == pytest.approx(1.2, abs=0.01)
    assert found["evaluate"] == pytest.approx(0.4, abs=0.01)
    assert any("it is to return seconds" in note for note in meter.notes) == flagged


@pytest.mark.parametrize("event", [7, "event", object(), None])
def test_what_is_no_event_counts_at_the_hosts_time_and_is_noted(event):
    machine = Machine()
    meter = machine.meter()
    for _ in range(10):
        meter.mark("train", event)
        machine.work(0.1)
    meter.mark(None)
    machine.work(1)
    meter.stop()
    assert seconds(meter)["train"] == pytest.approx(1)
    if event is not None:
        assert device_seconds(meter)["train"] == pytest.approx(1, abs=0.05)
    assert bool(meter.notes) == (event is not None)


def test_a_device_that_can_make_no_event_hides_no_error_of_the_work():
    machine = Machine()
    meter = machine.meter()

    def at():
        raise RuntimeError("device-side assert")

    meter.mark("train")
    with pytest.raises(KeyError, match="the work's own"), meter.doing("feedback", at=at):
        machine.work(1.0)
        raise KeyError("the work's own")
    machine.work(2.0)
    meter.stop()
    found = seconds(meter)
    assert (found["feedback"], found["train"]) == pytest.approx((1.0, 2.0))
    assert any("device-side assert" in note for note in meter.notes)


def test_joules_of_a_card_go_to_what_it_did_and_not_to_what_the_host_queued():
    """The host queues both kinds in no time and then waits; the device needs 30 ms and 10 ms for them."""
    machine, random = Machine(2), np.random.default_rng(2)
    meter = machine.meter(Source(Lagging(machine, period=0.1)))
    truth = {"train": 0.0, "evaluate": 0.0}
    for _ in range(800):
        kind, duration, watts = (("train", 0.03, 300.0), ("evaluate", 0.01, 100.0))[random.integers(2)]
        meter.mark(kind, Event(machine, machine.now * 1e-9))
        meter.mark("waiting", Event(machine, machine.now * 1e-9 + duration))
        machine.work(duration, watts, cpu=0)
        machine.work(random.uniform(0, 0.02), 60.0, cpu=0)
        truth[kind] += duration * watts
    meter.mark(None, Event(machine, machine.now * 1e-9))
    machine.work(0.5)
    meter.stop()
    ledger = meter.ledger()
    for kind, joules in truth.items():
        assert ledger[kind].value == pytest.approx(joules, rel=0.03)
        assert ledger[kind].low <= joules <= ledger[kind].high
    assert not meter.notes


def test_workers_that_python_does_not_know_count_for_the_kind_that_computes():
    machine = Machine()
    meter = machine.meter()
    meter.mark("train")
    for _ in range(100):
        machine.work(0.01, cpu=1.0)
        machine.pool += 10_000_000  # a second thread of a matrix product
    meter.mark("waiting")
    machine.work(1.0, cpu=0)
    meter.stop()
    line = meter._book.timeline
    assert line.cpu[line.kinds["train"]] == pytest.approx(2.0, rel=0.02)
    assert line.cpu[line.kinds["waiting"]] == pytest.approx(0.0, abs=0.02)


def test_a_thread_that_has_ended_is_forgotten():
    machine = Machine()
    meter = machine.meter()

    def work():
        meter.mark("view")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    machine.work(0.1)
    assert meter._book.timeline.logs == []
    meter.stop()


def test_units_count_marks_and_not_returns():
    machine = Machine()
    meter = machine.meter()
    for _ in range(7):
        meter.mark("train")
        with meter.doing("feedback"):
            machine.work(0.01)
        machine.work(0.01)
    stamp = meter.stamp()
    machine.work(0.001)
    meter.mark("train")
    assert (meter.units("train"), meter.units("feedback"), meter.units("train", stamp)) == (8, 7, 1)
    meter.stop()
