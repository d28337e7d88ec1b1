"""Machines without counters: an estimate with an interval, that answers to what the code does."""

import io
import subprocess
import sys
import time

import pytest

from greenlatent.energy import Device, Meter, Model
from greenlatent.energy.machine import Load, cpus, machine, resident_gigabytes

from ..simulated import Machine


def spent(seconds, cpu, *sources, pool=0):
    there = Machine()
    # without memory: a process that ran all other tests holds a gigabyte
    meter = there.meter(*(sources or [Model(cpus=2, memory_watts=(0, 0, 0))]))
    meter.mark("train")
    for _ in range(round(seconds * 10)):
        there.work(0.1, cpu=cpu)
        there.pool += round(0.1e9 * pool)
    meter.stop()
    return meter


def test_both_processors_busy_read_at_least_three_times_sleep():
    busy, asleep = (spent(5, cpu, pool=cpu).ledger()["train"] for cpu in (1.0, 0.0))
    assert busy.value >= 3 * asleep.value > 0
    assert (busy / asleep).low > 1.5


def test_idle_watts_are_charged_for_our_processors_only():
    asleep = [spent(5, 0.0, Model(cpus=count, memory_watts=(0, 0, 0))).total.value for count in (1, 2, 8)]
    assert asleep == pytest.approx([5 * 0.7, 5 * 1.4, 5 * 5.6])


def test_memory_is_charged_for_what_the_process_holds_and_not_for_what_the_machine_has(monkeypatch):
    def watts(gigabytes):
        monkeypatch.setattr("greenlatent.energy.counting.book.resident_gigabytes", lambda: gigabytes)
        return spent(5, 0.0, Model(cpus=1, idle_watts=(0, 0, 0))).total.value / 5

    assert watts(0.0) == 0
    assert [watts(0.5), watts(8.0)] == pytest.approx([0.5 * 0.37, 8 * 0.37])


def test_what_other_programs_use_is_not_ours():
    alone, among = Machine(), Machine()
    among.others = 0.9
    totals = []
    for there in (alone, among):
        meter = there.meter(Model(cpus=2, memory_watts=(0, 0, 0)))
        there.work(5)
        meter.stop()
        totals.append(meter.total.value)
    assert totals[0] == pytest.approx(totals[1])


def test_the_interval_is_as_wide_as_published_figures_differ():
    joules = spent(5, 1.0).ledger()["train"]
    assert joules.low / joules.value < 0.75 and joules.high / joules.value > 1.4
    assert joules.badges == pytest.approx({"model": 1.0})


def test_more_work_shows_sharply_though_the_watts_are_uncertain():
    short, long = (spent(seconds, 1.0).ledger()["train"] for seconds in (3.1, 10.0))
    ratio = short / long
    assert ratio.value == pytest.approx(0.31, rel=0.01)
    assert 0.3 < ratio.low < ratio.high < 0.32


def test_a_known_device_has_a_narrow_interval_and_its_own_badge():
    meter = spent(10, 0.5, Device(idle_watts=6.0, peak_watts=28.0))
    expected = 10 * 6 + 5 / cpus() * 22
    assert meter.total.value == pytest.approx(expected, rel=0.01)
    assert meter.total.low == pytest.approx(0.9 * expected, rel=0.03)
    assert meter.total.badges == {"device": 1.0}


@pytest.mark.parametrize(("idle", "peak"), [(-1, 5), (10, 5), (1, float("inf")), (float("nan"), 5)])
def test_watts_that_cannot_be_are_refused(idle, peak):
    with pytest.raises(ValueError, match="idle"):
        Device(idle_watts=idle, peak_watts=peak)
    with pytest.raises(ValueError, match="idle_watts"):
        Model(idle_watts=(idle, 0, peak))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Model(idle_watts=5),
        lambda: Model(busy_watts=(1, 2)),
        lambda: Model(cpus=0),
        lambda: Model(cpus=float("nan")),
        lambda: Model(cpus="2"),
        lambda: Device("6", 28),
        lambda: Device(6, True),
        lambda: Device(6, 28, error=2),
    ],
)
def test_a_model_that_cannot_be_is_refused(wrong):
    with pytest.raises((TypeError, ValueError), match="give"):
        wrong()


def test_at_rest_is_what_the_machine_would_have_drawn_anyway():
    meter = spent(10, 1.0, Model(cpus=2, memory_watts=(0, 0, 0)))
    assert meter.idle().value == pytest.approx(14.0, rel=0.01)
    assert meter.idle().value < meter.total.value


def test_processes_that_we_start_count_for_the_kind_that_works():
    burn = "import time; e = time.process_time() + 0.5\nwhile time.process_time() < e: pass"
    with Meter([Model()]) as meter, subprocess.Popen([sys.executable, "-c", burn]) as child:
        meter.mark("prepare")
        begun = time.thread_time()
        while child.poll() is None or time.thread_time() - begun < 0.2:
            pass  # it works, too: children are shared out by what the kinds use, and other threads use a little
        own = time.thread_time() - begun
        meter.stop()
    line = meter._book.timeline
    assert line.cpu[line.kinds["prepare"]] - own > 0.4


def test_our_machine_can_be_read():
    assert cpus() >= 0.1
    assert len(machine()) == 12 and machine() == machine()
    held = resident_gigabytes()
    assert held is None or 0.001 < held < 1000
    assert 0 <= Load().foreign() <= 1


def test_processes_that_we_started_are_no_others(monkeypatch):
    module = sys.modules[Load.__module__]
    busy, children = iter((1000, 1400)), iter((10.0, 13.0))
    monkeypatch.setattr(
        module, "open", lambda *_, **__: io.StringIO(f"cpu {next(busy)} 0 0 0 0 0 0 0"), raising=False
    )
    monkeypatch.setattr(module, "children_seconds", lambda: next(children))
    monkeypatch.setattr(module.time, "process_time", lambda: 5.0)
    monkeypatch.setattr(module.os, "sysconf", lambda _: 100)
    assert Load().foreign() == pytest.approx(0.25)  # of 4 s, 3 were our children's


def test_two_meters_at_once_read_the_same_and_double_nothing():
    there = Machine()
    meters = [there.meter(Model()) for _ in range(2)]
    for meter in meters:
        meter.mark("train")
    there.work(5)
    for meter in meters:
        meter.stop()
    totals = [meter.total.value for meter in meters]
    assert totals[0] == pytest.approx(totals[1], rel=0.01)
    with pytest.warns(UserWarning, match="counts that time twice"):
        meters[0].total + meters[1].total


def test_the_pollers_of_all_meters_are_the_meters_own_work():
    with Meter([Model()]) as one, Meter([Model()]) as other:
        names = [thread.name for thread in (one._poller, other._poller)]
        found = {native: line for native, line, _ in one._book.timeline._look()}
        mine = [found.get(poller.native_id) for poller in (one._poller, other._poller)]
    assert names == ["greenlatent meter"] * 2
    assert mine in ([1, 1], [None, None])  # None: a system that does not tell
