"""Sources that tell watts: a function, a CSV. Nonsense is a gap, never a number."""

import math
import threading
import time

import pytest

from greenlatent.energy import Csv, Meter, Watts
from greenlatent.energy.sources.sampled import Sampled

from .simulated import Lagging, Machine, Source

SECOND = 1_000_000_000


class Plug(Sampled):
    """A plug of a scripted machine: it shows the mean watts of the last second, a little late."""

    def __init__(self, machine, every=1.0, delay=0.0, scale=1.0, extra=0.0, name="plug"):
        super().__init__(name, "machine", every, (0.0, 0.5, 1.0, 1.5, 2.0))
        self.machine, self.every, self.delay = machine, round(every * SECOND), round(delay * SECOND)
        self.scale, self.extra, self.due = scale, extra, machine.now

    def poll(self, now):
        while now >= self.due:
            seen = self.due - self.delay
            joules = self.machine.energy(seen) - self.machine.energy(seen - self.every)
            self.take(self.due, self.scale * joules / self.every * SECOND + self.extra)
            self.due += self.every
        return super().poll(now)


def taken(readings, every=1.0):
    """The events of a channel that was given (seconds, watts)."""
    channel = Sampled("sensor", "machine", every)
    for seconds, watts in readings:
        channel.take(round(seconds * SECOND), watts)
    return channel, [(t / SECOND, joules) for t, joules in channel.poll(0)]


def test_watts_are_summed_up_by_the_trapezoid():
    _, events = taken([(0, 10), (1, 20), (3, 20)])
    assert events == [(0, 0.0), (1, 15.0), (3, 55.0)]


@pytest.mark.parametrize("nonsense", [-5.0, math.nan, math.inf, None, "off", [1, 2]])
def test_nonsense_is_a_gap(nonsense):
    channel, events = taken([(0, 10), (1, 10), (2, nonsense), (3, 10), (4, 10)])
    assert events == [(0, 0.0), (1, 10.0), (2, None), (3, 10.0), (4, 20.0)]
    assert len(channel.remarks) == 1


def test_a_time_that_goes_backwards_is_left_out():
    channel, events = taken([(0, 10), (2, 10), (1, 1000), (3, 10)])
    assert events[-1] == (3, 30.0)
    assert "backwards" in channel.remarks[0]


def test_a_long_silence_is_a_gap():
    _, events = taken([(0, 10), (1, 10), (60, 10), (61, 10)])
    assert events == [(0, 0.0), (1, 10.0), (60, None), (60, 10.0), (61, 20.0)]


def test_a_function_is_asked_on_a_thread_of_its_own_and_a_slow_one_holds_up_nothing():
    asked, go = threading.Event(), threading.Event()

    def slow():
        asked.set()
        go.wait(10)
        return 40.0

    meter = Meter([Watts(slow, every=0.01)])
    begin = time.monotonic()
    meter.start()
    assert asked.wait(5)
    assert meter.ledger() is not None
    meter.stop()
    assert time.monotonic() - begin < 5
    go.set()


def answers(read, count=20):
    """A meter of a function that is asked `count` times in real time."""
    calls, done = [], threading.Event()

    def counting():
        calls.append(1)
        if len(calls) == count:
            done.set()
        return read(len(calls))

    meter = Meter([Watts(counting, every=0.01)])
    meter.start()
    meter.mark("train")
    assert done.wait(10)
    meter.stop()
    return meter


def test_a_functions_watts_become_joules():
    meter = answers(lambda n: 50.0)
    assert meter.total.value == pytest.approx(50 * meter.seconds, rel=0.15)
    assert meter.total.badges == {"wall": 1.0}


def test_a_function_that_raises_leaves_a_gap_and_its_reason():
    def read(n):
        if n > 10:
            raise OSError("sensor unplugged")
        return 50.0

    meter = answers(read, 40)
    assert any("sensor unplugged" in note for note in meter.notes)
    assert meter.total.coverage < 0.7
    assert meter.total.value < 45 * meter.seconds


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Watts(42), "cannot be called"),
        (lambda: Watts(lambda: 1.0, part="fan"), "machine"),
        (lambda: Watts(lambda: 1.0, every=0), "seconds between"),
        (lambda: Meter([42]), "wrap a function"),
        (lambda: Meter(pue=0.5), "pue=0.5"),
        (lambda: Meter(psu=90), "psu=90"),
        (lambda: Meter(region="Atlantis"), "not in the table"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_work(wrong, says):
    with pytest.raises((TypeError, ValueError), match=says):
        wrong()


def test_a_csv_is_read_while_another_program_writes_it(tmp_path):
    path = tmp_path / "hall.csv"
    path.write_text("time,watts,volts\n")
    source = Csv(path)
    (rows,) = source.open()
    begin = time.time()
    with path.open("a") as file:
        file.write(f"{begin - 60},900,230\n")  # from before the start
        for i in range(1, 5):
            file.write(f"{begin + i},{10 * i},230\n")
        file.write(f"{begin + 5},5")  # half a line
        file.flush()
        first = rows.poll(time.perf_counter_ns() + 10 * SECOND)
        file.write("0,230\n")
        file.flush()
        second = rows.poll(time.perf_counter_ns() + 10 * SECOND)
    assert [joules for _, joules in first] == pytest.approx([0, 15, 40, 75], rel=1e-3)
    assert [joules for _, joules in second] == pytest.approx([120], rel=1e-3)
    source.close()


def test_a_csv_takes_iso_times_and_other_names(tmp_path):
    path = tmp_path / "log.csv"
    source = Csv(path, time="at", watts="W")
    now = time.time() + 1
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    path.write_text("at;x,W\n")
    path.write_text(f"W,at\n7,{stamp}Z\n")
    (rows,) = source.open()
    rows._opened -= 5 * SECOND
    assert len(rows.poll(time.perf_counter_ns() + 10 * SECOND)) == 1
    source.close()


def test_rows_of_nonsense_are_gaps(tmp_path):
    path = tmp_path / "log.csv"
    now = time.time() + 5
    path.write_text(f"time,watts\n{now},10\n{now + 1},<html>\nyesterday,3\n{now + 2},-4\n{now + 3}\n")
    source = Csv(path)
    (rows,) = source.open()
    events = rows.poll(time.perf_counter_ns() + 20 * SECOND)
    assert [joules for _, joules in events] == [0.0, None, None, None]
    assert len(rows.remarks) == 4
    source.close()


def test_a_csv_without_the_column_or_without_the_file_says_so(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("when,power\n1,2\n")
    source = Csv(path)
    (rows,) = source.open()
    assert rows.poll(time.perf_counter_ns()) == []
    assert "has no column 'time'; it has when, power" in rows.remarks
    source.close()
    machine = Machine()
    meter = machine.meter(Csv(tmp_path / "none.csv"))
    meter.stop()
    assert "cannot be read" in meter.notes[0]


def test_a_plug_that_lags_is_laid_beside_the_work():
    machine = Machine(3)
    meter = machine.meter(Source(Plug(machine, delay=1.0)))
    truth = {"train": 0.0, "waiting": 0.0}
    for i in range(40):
        kind = ("train", "waiting")[i % 2]
        meter.mark(kind)
        seconds, watts = (5 + i % 3, 120) if kind == "train" else (4 + i % 2, 40)
        machine.work(seconds, watts)
        truth[kind] += seconds * watts
    meter.mark(None)
    meter.stop()
    ledger = meter.ledger()
    assert [ledger[kind].value for kind in truth] == pytest.approx(list(truth.values()), rel=0.03)
    assert all(ledger[kind].low <= joules <= ledger[kind].high for kind, joules in truth.items())


def test_a_planted_12_percent_between_two_sources_reads_12_within_1():
    machine = Machine(4)
    wall = Source(Plug(machine, scale=1.12), name="plug")
    meter = machine.meter(wall, Source(Lagging(machine, period=0.1), name="card"))
    for i in range(90):
        meter.mark(("train", "evaluate")[i % 2])
        machine.work(1.0 + 0.1 * (i % 4), (120, 90)[i % 2])
    meter.stop()
    ratio = meter.compare()["plug", "card"]
    assert ratio.low <= 1.12 <= ratio.high
    assert 1.11 < ratio.value < 1.13 and ratio.high - ratio.low < 0.04
    assert "plug over card: x1.1" in meter.report()


def test_a_meter_of_the_machine_counts_alone_and_others_beside_it():
    machine = Machine(4)
    meter = machine.meter(
        Source(Lagging(machine, period=0.1), name="card"), Source(Plug(machine, extra=20.0), name="plug")
    )
    machine.work(30, 100)
    meter.stop()
    assert meter.total.value == pytest.approx(30 * 120, rel=0.04)
    assert meter.sources == ["plug"]
    assert "beside the total" in meter.report()


def test_overheads_are_applied_once_and_to_the_right_parts():
    def spent(source, **more):
        machine = Machine(4)
        meter = machine.meter(Source(source(machine)), **more)
        machine.work(8, 100)
        meter.stop()
        return meter.total.value

    def card(machine):
        return Lagging(machine, period=0.02)

    assert spent(card, psu=0.8) == pytest.approx(spent(card) / 0.8)
    assert spent(card, pue=1.5) == pytest.approx(spent(card) * 1.5)
    assert spent(card, pue=1.5, psu=0.8) == pytest.approx(spent(card) * 1.5 / 0.8)
    assert spent(Plug, psu=0.8) == pytest.approx(spent(Plug))
    assert spent(Plug, pue=1.5) == pytest.approx(spent(Plug) * 1.5)


def test_a_report_of_a_stopped_meter_adds_nothing_to_it():
    machine = Machine(4)
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    machine.work(5, 100)
    meter.stop()
    total = meter.total
    machine.work(5, 100)
    meter.report()
    meter.compare()
    assert meter.total == total


def test_two_sources_of_one_name_are_refused_and_of_two_names_are_compared():
    with pytest.raises(ValueError, match="two sources are called 'Watts'; tell them apart with name="):
        Meter([Watts(lambda: 100.0), Watts(lambda: 112.0)])
    Meter([Watts(lambda: 100.0), Watts(lambda: 112.0, name="the other")])


@pytest.mark.parametrize("error", [math.nan, -1, 5])
def test_an_error_that_is_no_share_is_refused(error):
    with pytest.raises(ValueError, match="relative error of a reading"):
        Watts(lambda: 100.0, error=error)


def test_whatever_a_function_returns_its_thread_lives_on():
    channel = Sampled("plug", "machine", 1.0)
    channel.take(SECOND, 10**400)
    channel.take(2 * SECOND, object())
    channel.take(3 * SECOND, 100.0)
    channel.take(4 * SECOND, 100.0)
    assert channel._joules == pytest.approx(100.0)


def test_a_source_that_opens_to_nothing_does_not_stop_what_is_measured():
    class Broken:
        name = "broken"

        def open(self):
            return None

        def close(self):
            raise RuntimeError("it is gone")

    meter = Meter([Broken()])
    with meter:
        meter.mark("train")
    assert not meter.running and any("broken" in note for note in meter.notes)
