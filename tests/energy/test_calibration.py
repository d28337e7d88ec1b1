"""Calibration beside a plug: a handful of runs, and the wall within 5 %."""

import json

import numpy as np
import pytest

from greenlatent.energy import Calibration, Joules
from greenlatent.energy.calibration import _Run
from greenlatent.energy.machine import machine as this_machine

from .simulated import Lagging, Machine, Source
from .sources.test_sampled import Plug


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "greenlatent"


def published(random, count):
    """Runs with the statistics of 318 public ones: 40 kJ each, a plug that shows steps of 3.6 kJ, a gain of
    1.12 to 1.24 and between the two meters 77 to 98 W that the tool does not see."""
    gain, hidden = random.uniform(1.12, 1.24), random.uniform(77, 98)
    tool_watts = random.uniform(120, 420, count)
    offset = hidden - (gain - 1) * tool_watts.mean()
    seconds = 40_000 / (gain * tool_watts + offset) * random.uniform(0.8, 1.2, count)
    tool = tool_watts * seconds
    wall = (gain * tool + offset * seconds) * random.normal(1, 0.01, count)
    shown = np.maximum(np.round(wall / 3600), 1) * 3600
    return [_Run(*values) for values in zip(tool, shown, seconds, strict=True)], wall


def test_five_runs_bring_the_median_error_to_5_percent():
    raw, errors = [], []
    for seed in range(200):
        runs, wall = published(np.random.default_rng(seed), 45)
        found = Calibration.fit(runs[:5])
        rest = [(run, true) for run, true in zip(runs[5:], wall[5:], strict=True)]
        errors += [
            abs(found.gain * run.counted + found.watts * run.seconds - true) / true for run, true in rest
        ]
        raw += [abs(run.counted - true) / true for run, true in rest]
    assert np.median(raw) > 0.2
    assert np.median(errors) <= 0.05


def test_what_it_promises_it_keeps():
    held = []
    for seed in range(200):
        runs, wall = published(np.random.default_rng(seed), 25)
        found = Calibration.fit(runs[:5])
        for run, true in zip(runs[5:], wall[5:], strict=True):
            joules = found.apply(Joules(run.counted, run.counted, run.counted), run.seconds)
            held.append(joules.low <= true <= joules.high)
    assert np.mean(held) > 0.9


def test_an_exact_map_is_found_exactly():
    runs = [_Run(counted, 1.2 * counted + 45 * 60, 60) for counted in (600, 3000, 9000, 15000, 21000)]
    found = Calibration.fit(runs)
    assert (found.gain, found.watts) == pytest.approx((1.2, 45))
    assert found.residual == pytest.approx(0.02)


@pytest.mark.whole
def test_no_reading_is_surer_than_the_plug_it_was_calibrated_with():
    runs = [_Run(counted, 1.2 * counted + 45 * 60, 60) for counted in (600, 3000, 9000, 15000, 21000)]
    joules = Calibration.fit(runs, error=0.05).apply(Joules(9000, 9000, 9000), 60)
    assert joules.high / joules.value - 1 == pytest.approx(0.05)
    assert Calibration.fit([_Run(1, 2, 3)] * 3).residual >= 0.02
    machine, meter, _, work = beside_a_plug()
    plug = Plug(machine, scale=1.2, extra=40.0)
    plug.error = 0.07
    wall = machine.meter(Source(plug, name="rough plug"))
    assert meter.calibrate(wall, seconds=10, work=work).residual >= 0.07
    meter.stop(), wall.stop()


@pytest.mark.parametrize("runs", [5, "abc", [(1, 2)] * 3, [None] * 3])
def test_what_are_no_runs_is_refused_with_what_would_be(runs):
    with pytest.raises(TypeError, match=r"give \(counted joules, joules at the wall"):
        Calibration.fit(runs)


def test_runs_of_one_power_give_a_gain_alone():
    found = Calibration.fit([_Run(1000.0 + i, 1300.0 + i, 10.0) for i in range(5)])
    assert found.watts == 0 and found.gain == pytest.approx(1.3, rel=0.01)


@pytest.mark.parametrize(
    "runs", [[], [_Run(1, 1, 1)] * 2, [_Run(1, 1, 1)] * 2 + [_Run(-5, 1, 1)], [_Run(1, float("nan"), 1)] * 3]
)
def test_too_few_runs_or_impossible_ones_are_refused(runs):
    with pytest.raises(ValueError, match=r"runs to calibrate|runs of positive, finite"):
        Calibration.fit(runs)


def beside_a_plug():
    """A meter of a card, a meter of the wall that shows 1.2 times as much and 40 W, and work at five
    levels."""
    machine = Machine(6)
    meter = machine.meter(Source(Lagging(machine, period=0.05), name="card"), calibration=None)
    wall = machine.meter(Source(Plug(machine, scale=1.2, extra=40.0), name="plug"))
    return machine, meter, wall, lambda level, seconds: machine.work(seconds, 20 + 180 * level)


@pytest.mark.whole
def test_calibrate_learns_the_wall_applies_it_and_saves_it(home):
    machine, meter, wall, work = beside_a_plug()
    found = meter.calibrate(wall, runs=5, seconds=30, work=work)
    assert found.gain == pytest.approx(1.2, rel=0.03) and found.watts == pytest.approx(40, rel=0.1)
    begin = meter.stamp()
    meter.mark("train")
    machine.work(50, 150)
    meter.mark(None)
    spent = meter.spent(begin)
    assert spent.value == pytest.approx(50 * (1.2 * 150 + 40), rel=0.03)
    assert spent.badges == {"calibrated": 1.0}
    lines = meter.ledger(begin)
    assert sum(line.value for line in lines.values()) == pytest.approx(spent.value, rel=0.01)
    assert "calibrated to the wall" in meter.report()
    meter.stop(), wall.stop()
    assert json.loads(next(home.glob("calibration-*.json")).read_text())["card"]["runs"] == 5

    again = machine.meter(Source(Lagging(machine, period=0.05), name="card"), calibration=None)
    other = machine.meter(Source(Lagging(machine, period=0.05), name="other card"), calibration=None)
    machine.work(20, 100)
    again.stop(), other.stop()
    assert again.total.badges == {"calibrated": 1.0}
    assert other.total.badges == {"counter": 1.0}


def test_a_calibration_that_cannot_be_read_is_left_aside(home):
    home.mkdir()
    for text in ("{", "[]", '{"card": {"gain": "x"}}', '{"card": 7}'):
        (home / f"calibration-{this_machine()}.json").write_text(text)
        assert Calibration.find(["card"]) is None


def test_a_plug_that_says_nothing_teaches_nothing():
    machine, meter, _, work = beside_a_plug()
    silent = Plug(machine)
    silent.poll = lambda now: []
    wall = machine.meter(Source(silent, name="silent"))
    with pytest.raises(ValueError, match="run 1 could not be read"):
        meter.calibrate(wall, seconds=10, work=work)
    meter.stop(), wall.stop()
    assert meter.total.badges == {"counter": 1.0}


def test_what_reads_the_wall_needs_no_calibration():
    _, _, wall, work = beside_a_plug()
    with pytest.raises(ValueError, match="reads the wall already"):
        wall.calibrate(wall, work=work)
    with pytest.raises(ValueError, match="at least 3 loads"):
        beside_a_plug()[1].calibrate(wall, runs=2, work=work)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"runs": 2.5}, "runs=2.5 is no whole number"),
        ({"runs": True}, "runs=True"),
        ({"runs": 0}, "runs=0; give at least 3"),
        ({"seconds": -1}, "seconds=-1"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"work": 7}, "work=7 cannot be called"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_runs(wrong, says):
    _, meter, wall, work = beside_a_plug()
    before = meter.seconds
    with pytest.raises((TypeError, ValueError), match=says):
        meter.calibrate(wall, **{"work": work, **wrong})
    assert meter.seconds == before
    meter.stop(), wall.stop()


def test_a_plug_that_has_nothing_to_do_with_the_machine_is_refused():
    random = np.random.default_rng(0)
    runs = [_Run(random.uniform(100, 10_000), random.uniform(10, 100_000), 60) for _ in range(5)]
    with pytest.raises(ValueError, match=r"differ by \d+%.*is it this machine's plug"):
        Calibration.fit(runs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gain": -1},
        {"gain": "1"},
        {"watts": -5},
        {"residual": float("nan")},
        {"residual": 9.7},
        {"runs": 2.5},
    ],
)
def test_a_calibration_that_cannot_be_is_refused_and_one_from_disk_left_aside(home, wrong):
    good = {"gain": 1.2, "watts": 40.0, "residual": 0.03, "runs": 5}
    with pytest.raises((TypeError, ValueError)):
        Calibration(**{**good, **wrong})
    path = Calibration(**good, sources=("card",), machine=this_machine()).save()
    assert Calibration.find(["card"]).gain == 1.2
    told = json.loads(path.read_text())
    told["card"].update(wrong)
    path.write_text(json.dumps(told))
    assert Calibration.find(["card"]) is None


def test_a_plug_of_one_part_is_no_plug_of_the_machine():
    machine, meter, _, work = beside_a_plug()
    part = Plug(machine, name="clamp")
    part.part = "gpu"
    wall = machine.meter(Source(part, name="clamp"))
    with pytest.raises(ValueError, match="clamp reads a part of the machine"):
        meter.calibrate(wall, seconds=10, work=work)
    meter.stop(), wall.stop()


@pytest.mark.whole
@pytest.mark.parametrize(
    "overheads",
    [
        pytest.param({"pue": 1.5}, marks=pytest.mark.slow),
        pytest.param({"psu": 0.8}, marks=pytest.mark.slow),
        {"pue": 1.5, "psu": 0.8},
    ],
)
def test_overheads_are_not_learned_by_a_calibration_and_pue_comes_on_top(overheads):
    machine = Machine(6)
    card = Source(Lagging(machine, period=0.05), name="card")
    meter = machine.meter(card, calibration=None, **overheads)
    wall = machine.meter(Source(Plug(machine, scale=1.2, extra=40.0), name="plug"), pue=1.1)
    found = meter.calibrate(
        wall, seconds=10, work=lambda level, seconds: machine.work(seconds, 20 + 180 * level)
    )
    assert found.gain == pytest.approx(1.2, rel=0.03) and found.watts == pytest.approx(40, rel=0.1)
    begin = meter.stamp()
    machine.work(50, 150)
    spent = meter.spent(begin).value
    assert spent == pytest.approx(50 * (1.2 * 150 + 40) * overheads.get("pue", 1), rel=0.03)
    meter.stop(), wall.stop()


@pytest.mark.whole
def test_a_meter_that_does_not_run_is_not_charged_with_its_calibration():
    machine, meter, wall, work = beside_a_plug()
    machine.work(5, 100)
    meter.stop()
    seconds, joules = meter.seconds, meter.total.value
    found = meter.calibrate(wall, seconds=10, work=work)
    assert meter.seconds == seconds and not meter.running
    assert meter.total.value == pytest.approx(found.gain * joules + found.watts * seconds)
    wall.stop()


@pytest.mark.whole
def test_a_running_meter_counts_on_while_it_is_calibrated_and_forecasts_from_then_on():
    machine, meter, wall, work = beside_a_plug()
    badges = []

    def watched(level, seconds):
        work(level, seconds)
        badges.append(dict(meter.total.badges))

    meter.calibrate(wall, seconds=10, work=work)
    meter.calibrate(wall, seconds=10, work=watched)
    assert all(told == {"calibrated": 1.0} for told in badges)
    for _ in range(100):
        meter.mark("train")
        machine.work(1.0, 100)
    spent, rate = meter.total.value, 1.2 * 100 + 40
    assert meter.forecast(200).value == pytest.approx(spent + 100 * rate, rel=0.02)
    meter.stop(), wall.stop()


@pytest.mark.whole
def test_a_second_calibration_is_learned_from_what_is_counted_and_not_from_the_first():
    _, meter, wall, work = beside_a_plug()
    meter.calibrate(wall, seconds=10, work=work)
    meter.stop()
    found = meter.calibrate(wall, seconds=10, work=work)
    assert found.gain == pytest.approx(1.2, rel=0.03) and found.watts == pytest.approx(40, rel=0.1)
    wall.stop()


def test_a_calibration_that_cannot_be_saved_is_used_all_the_same(home):
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("a file where the folder is to be")
    _, meter, wall, work = beside_a_plug()
    assert meter.calibrate(wall, seconds=10, work=work).gain > 1
    assert any("could not be saved" in note for note in meter.notes)
    assert meter.total.badges == {"calibrated": 1.0}
    meter.stop(), wall.stop()
