"""Sources that tell watts: a function, a CSV. Nonsense is a gap, never a number."""

import itertools
import math
import os
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.energy import Csv, Meter, Model, Watts
from greenlatent.energy.counting.accounts import Account
from greenlatent.energy.counting.history import PastSeconds
from greenlatent.energy.sources import Unavailable
from greenlatent.energy.sources.sampled import Sampled

from ..simulated import Lagging, Machine, Source

SECOND = 1_000_000_000


class Plug(Sampled):
    """A plug of a scripted machine: it shows the mean watts of the last second, a little late."""

    def __init__(self, machine, every=1.0, delay=0.0, scale=1.0, extra=0.0, name="plug"):
        super().__init__(name, "machine", every, (0.0, 0.5, 1.0, 1.5, 2.0))
        self.machine, self.delay, self.speaks = machine, round(delay * SECOND), True
        self.scale, self.extra, self.due = scale, extra, machine.now

    def poll(self, now):
        step = round(self.every * SECOND)
        while now >= self.due:
            seen = self.due - self.delay
            joules = self.machine.energy(seen) - self.machine.energy(seen - step)
            if self.speaks:
                self.take(self.due, self.scale * joules / self.every + self.extra)
            self.due += step
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


@pytest.mark.parametrize("nonsense", [-5.0, math.nan, math.inf, None, "off", [1, 2], True])
def test_nonsense_is_a_gap(nonsense):
    channel, events = taken([(0, 10), (1, 10), (2, nonsense), (3, 10), (4, 10)])
    assert events == [(0, 0.0), (1, 10.0), (2, None), (3, 10.0), (4, 20.0)]
    assert len(channel.remarks) == 1


def test_a_time_that_goes_backwards_is_left_out():
    channel, events = taken([(0, 10), (2, 10), (1, 1000), (3, 10)])
    assert events[-1] == (3, 30.0)
    assert "backwards" in channel.remarks[0]


def beside(plug, *stretches, cpu=1.0):
    """A stopped meter of a plug that spoke, or was silent, for so many seconds, at 100 W."""
    machine = plug.machine
    meter = machine.meter(Source(plug))
    meter.mark("train")
    for plug.speaks, seconds in stretches:
        machine.work(seconds, 100, cpu=cpu)
    meter.stop()
    return meter


@pytest.mark.whole
@pytest.mark.parametrize("every", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("missed", [4, 100])
def test_a_silence_is_a_gap_and_no_joules_are_made_up_for_it(every, missed):
    plug = Plug(Machine(), every=every)
    meter = beside(plug, (True, 20 * every), (False, max(missed * every, 0.6)), (True, 20 * every))
    read = 40 * every / meter.seconds
    assert meter.total.value == pytest.approx(4000 * every, rel=0.1)
    assert meter.total.coverage == pytest.approx(read, abs=2.5 * every / meter.seconds)
    assert meter.ledger()["train"].coverage == pytest.approx(meter.total.coverage)
    assert meter.notes == ["plug: was silent for some time; seconds without a reading are a gap"]


@pytest.mark.parametrize("every", [0.1, 1.0, 10.0])
def test_a_plug_that_falls_silent_for_good_is_a_gap_from_its_last_reading_on(every):
    meter = beside(Plug(Machine(), every=every), (True, 20 * every), (False, 5 * every))
    assert meter.total.value == pytest.approx(2000 * every, rel=0.1)
    assert meter.total.coverage == pytest.approx(0.8, abs=0.06)
    assert "was silent" in meter.notes[0]


@pytest.mark.parametrize("every", [0.02, 0.1, 1.0, 10.0])
def test_a_plug_that_speaks_as_usual_has_no_gap(every):
    meter = beside(Plug(Machine(), every=every), (True, 30.5 * every))
    assert meter.total.coverage == 1
    assert meter.total.value == pytest.approx(3050 * every, rel=0.05)
    assert not meter.notes


def test_a_plug_that_answers_more_slowly_than_it_is_asked_is_learned():
    plug = Plug(Machine(), every=5.0)
    meter = plug.machine.meter(Source(plug))
    meter._ledger.accounts[0].period = 1.0  # as often as it is asked
    plug.machine.work(60, 100)
    learned = meter.stamp()
    plug.machine.work(60, 100)
    meter.stop()
    assert 0.6 < meter.total.coverage < 0.9
    assert meter.spent(learned).coverage == 1


def test_a_silence_at_the_end_is_a_gap_still_when_the_meter_goes_on():
    plug = Plug(Machine())
    meter = beside(plug, (True, 20), (False, 10))
    before = meter.total.coverage
    meter._begin()
    plug.speaks = True
    plug.machine.work(30, 100)
    meter.stop()
    assert before == pytest.approx(2 / 3, abs=0.04)
    assert meter.total.coverage == pytest.approx(50 / 60, abs=0.04)
    assert meter.total.value == pytest.approx(5000, rel=0.05)


def test_a_source_that_answers_other_nonsense_every_time_does_not_flood_the_log(caplog):
    channel, _ = taken([(i, -1.0 - i) for i in range(1000)])
    assert len(channel.remarks) == len(caplog.records) == 20


@pytest.mark.parametrize("joules", [1e9, 1e12])
def test_a_count_that_no_machine_can_have_drawn_is_a_gap(joules):
    machine = Machine()
    counter = Lagging(machine, period=0.1)
    meter = machine.meter(Source(counter))
    for _ in range(10):
        machine.work(1, 100)
        machine.joules[-1] += joules if _ == 4 else 0
    meter.stop()
    assert meter.total.value == pytest.approx(1000, rel=0.05) and meter.total.coverage < 1
    assert any("no machine draws" in note for note in meter.notes)


class Late(Plug):
    """A plug that keeps its readings to itself while it is silent, and tells them afterwards."""

    kept = ()

    def poll(self, now):
        speaks, self.speaks = self.speaks, True
        self.kept = [*self.kept, *super().poll(now)]
        self.speaks = speaks
        told, self.kept = (self.kept, []) if speaks else ([], self.kept)
        return told


stretches = st.tuples(
    st.sampled_from(["train", "view", None]), st.booleans(), st.floats(0.01, 9), st.sampled_from([0, 40, 120])
)


@pytest.mark.whole
@settings(max_examples=30, deadline=None)
@given(st.lists(stretches, min_size=1, max_size=8), st.sampled_from([Plug, Late]))
def test_whatever_is_silent_or_late_every_span_adds_up_and_none_is_negative(plan, kind):
    plug = kind(Machine())
    meter = plug.machine.meter(Source(plug), Model())
    stamps = [meter.stamp()]
    for work, plug.speaks, seconds, watts in plan:
        meter.mark(work)
        plug.machine.work(seconds, watts)
        stamps.append(meter.stamp())
    meter.stop()
    for since, until in itertools.combinations([None, *stamps, None], 2):
        total, lines = meter.spent(since, until), meter.ledger(since, until)
        if total.known:
            assert 0 <= total.coverage <= 1
            assert math.fsum(line.value for line in lines.values()) == pytest.approx(total.value)
            assert meter.filled(since, until).value >= total.value * (1 - 1e-9)
        for joules in (
            meter.idle(since, until),
            meter.own(since, until),
            *meter.stages(since, until).values(),
        ):
            assert not joules.known or joules.value >= 0


def test_watts_of_0_are_a_reading():
    machine = Machine()
    plug = Plug(machine)
    meter = machine.meter(Source(plug))
    for watts in (100, 0, 0, 0, 100):
        machine.work(10, watts)
    meter.stop()
    assert meter.total.coverage == 1
    assert meter.total.value == pytest.approx(2000, rel=0.06)


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


class Nameless:
    def open(self):
        return []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Watts(42), "cannot be called"),
        (lambda: Watts(lambda: 1.0, part="fan"), "machine"),
        (lambda: Watts(lambda: 1.0, every=0), "seconds between"),
        (lambda: Watts(lambda: 1.0, every=math.inf), "seconds between"),
        (lambda: Watts(lambda: 1.0, every="1"), "seconds between"),
        (lambda: Watts(lambda: 1.0, every=True), "seconds between"),
        (lambda: Csv("log.csv", part="fan"), "machine"),
        (lambda: Csv("log.csv", error=-1), "relative error"),
        (lambda: Meter([42]), "wrap a function"),
        (lambda: Meter(Model()), "give a list"),
        (lambda: Meter([Nameless()]), "has no name"),
        (lambda: Meter([Watts]), "wrap a function"),
        (lambda: Meter(pue=True), "pue=True"),
        (lambda: Meter(pue="1.5"), "pue='1.5'"),
        (lambda: Meter(pue=0.5), "pue=0.5"),
        (lambda: Meter(psu=90), "psu=90"),
        (lambda: Meter(calibration="mine"), "calibration='mine'"),
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
    rows.close()


def logged(tmp_path, seconds):
    """The channel of a log with a row at each of these seconds from now on, each of 10 W, and its file."""
    path = tmp_path / "log.csv"
    begin = time.time() + 1
    path.write_text("".join(["time,watts\n", *(f"{begin + at},10\n" for at in seconds)]))
    (rows,) = Csv(path).open()
    return rows, path, begin


def polled(rows, until):
    account = Account(rows)
    history = PastSeconds()
    start = time.perf_counter_ns()
    history.append(start, [0.0])
    account.begin(start, 1, history)
    history.append(start + until * SECOND, [float(until)])
    account.read(start + until * SECOND, 1, history)
    return account, account.tally(start + until * SECOND, 1, history), history


def test_how_often_a_log_is_written_is_learned_from_its_rows(tmp_path):
    rows, _, _ = logged(tmp_path, [*range(-50, 0, 10), *range(0, 60, 10)])
    account, tally, _ = polled(rows, 55)
    assert account.period == pytest.approx(10, rel=0.05) and rows.every == pytest.approx(10)
    assert tally.lost.sum() == 0 and tally.joules == pytest.approx(500)
    rows.close()


def test_a_log_goes_on_after_the_machine_has_slept(tmp_path, monkeypatch):
    rows, path, begin = logged(tmp_path, range(3))
    assert len(rows.poll(time.perf_counter_ns() + 10 * SECOND)) == 3
    awake, night = time.time_ns, 8 * 3600
    monkeypatch.setattr(time, "time_ns", lambda: awake() + night * SECOND)  # the other clock stood still
    with path.open("a") as file:
        file.writelines(f"{begin + night + at},10\n" for at in range(3, 6))
    late = rows.poll(time.perf_counter_ns() + 10 * SECOND)
    assert [joules for _, joules in late] == pytest.approx([30, 40, 50], rel=0.01)
    assert not rows.remarks
    rows.close()


def test_rows_that_come_late_fill_the_gap_they_left(tmp_path):
    rows, path, begin = logged(tmp_path, [*range(-5, 0), *range(10)])
    account, tally, history = polled(rows, 30)
    assert tally.lost.sum() == pytest.approx(20, abs=0.5)
    with path.open("a") as file:
        file.writelines(f"{begin + at},10\n" for at in range(10, 30))
    now = history.until
    account.read(now, 1, history)
    tally = account.tally(now, 1, history)
    assert tally.lost.sum() == 0 and tally.joules == pytest.approx(290, rel=0.01)
    rows.close()


def test_a_log_with_the_mark_of_a_spreadsheet_at_its_begin_is_read(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f"time,watts\n{time.time() + 1},10\n", encoding="utf-8-sig")
    (rows,) = Csv(path).open()
    assert len(rows.poll(time.perf_counter_ns() + 5 * SECOND)) == 1 and not rows.remarks
    rows.close()


def test_lines_may_end_as_they_do_on_windows(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(f"time,watts\r\n{time.time() + 1},10\r\n".encode())
    (rows,) = Csv(path).open()
    assert len(rows.poll(time.perf_counter_ns() + 5 * SECOND)) == 1 and not rows.remarks
    rows.close()


def test_what_is_no_file_or_has_no_lines_does_not_keep_the_meter_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(Unavailable, match="is no file"):
            Csv(path).open()
    (tmp_path / "endless").write_text("x" * 3_000_000)
    (rows,) = Csv(tmp_path / "endless").open()
    for _ in range(50):
        rows.poll(0)
    assert "no row" in rows.remarks[0] and len(rows._rest) < 2 << 20
    rows.close()


def test_two_logs_are_told_apart_by_name(tmp_path):
    with pytest.raises(ValueError, match="tell them apart with name="):
        Meter([Csv("a.csv"), Csv("b.csv")])
    Meter([Csv("a.csv"), Csv("b.csv", name="the other")])


def test_one_source_serves_several_meters_and_stopping_one_leaves_the_others_alone():
    machine_watts, calls, at_once, most = 50.0, [0], [0], [0]
    many = threading.Event()

    def read():
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        calls[0] += 1
        if calls[0] >= wanted[0]:
            many.set()
        time.sleep(0)
        at_once[0] -= 1
        return machine_watts

    source, wanted = Watts(read, every=0.01), [40]
    one, other = Meter([source], calibration=False), Meter([source], calibration=False)
    one.start(), other.start()
    assert many.wait(10)
    one.stop()
    many.clear()
    wanted[0] = calls[0] + 100
    assert many.wait(20)
    other.stop()
    for meter in (one, other):
        assert meter.total.value == pytest.approx(machine_watts * meter.seconds, rel=0.2)
    assert other.total.coverage > 0.9
    assert most[0] == 1


def test_one_log_serves_two_meters(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f"time,watts\n{time.time() + 1},10\n")
    source = Csv(path)
    (one,), (other,) = source.open(), source.open()
    one.close()
    assert len(other.poll(time.perf_counter_ns() + 5 * SECOND)) == 1
    other.close()


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
    rows.close()


def test_rows_of_nonsense_are_gaps(tmp_path):
    path = tmp_path / "log.csv"
    now = time.time() + 5
    path.write_text(f"time,watts\n{now},10\n{now + 1},<html>\nyesterday,3\n{now + 2},-4\n{now + 3}\n")
    source = Csv(path)
    (rows,) = source.open()
    events = rows.poll(time.perf_counter_ns() + 20 * SECOND)
    assert [joules for _, joules in events] == [0.0, None, None, None]
    assert len(rows.remarks) == 4
    rows.close()


def test_a_csv_without_the_column_or_without_the_file_says_so(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("when,power\n1,2\n")
    source = Csv(path)
    (rows,) = source.open()
    assert rows.poll(time.perf_counter_ns()) == []
    assert "has no column 'time'; it has when, power" in rows.remarks
    rows.close()
    machine = Machine()
    meter = machine.meter(Csv(tmp_path / "none.csv"))
    meter.stop()
    assert "none.csv cannot be read" in meter.notes[0] and str(tmp_path) not in meter.notes[0]


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


def test_what_a_plug_tells_of_the_time_before_is_not_compared():
    machine = Machine(4)  # which draws nothing before
    wall = Source(Plug(machine, scale=1.12), name="plug")
    meter = machine.meter(wall, Source(Lagging(machine, period=0.1), name="card"))
    machine.work(60, 100)
    meter.stop()
    assert meter.compare()["plug", "card"].value == pytest.approx(1.12, rel=0.001)


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


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda: True, "True"),
        (lambda: None, "None"),
        (lambda: "off", "'off'"),
        (object, "a value of type object"),
    ],
)
def test_an_answer_that_is_no_number_is_named_once_for_what_it_is(answer, told):
    channel = Sampled("plug", "machine", 1.0)
    for i in range(3):
        channel.take(i * SECOND, answer())
    assert channel.remarks == [f"answered {told}, which is no number of watts"]


def test_a_source_that_opens_to_nothing_does_not_stop_what_is_measured():
    class Broken:
        name = "broken"

        def open(self):
            return None

    meter = Meter([Broken()])
    with meter:
        meter.mark("train")
    assert not meter.running and any("broken" in note for note in meter.notes)
