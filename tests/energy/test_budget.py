"""Budgets, kept to within one step; and the forecast of what is planned."""

import json
from pathlib import Path

import numpy as np
import pytest

from greenlatent.energy import Budget, Device, Model
from greenlatent.energy.counting.sums import Second
from greenlatent.energy.forecast import forecast
from greenlatent.energy.sources import Unavailable

from .simulated import Lagging, Machine, Source
from .sources.test_sampled import Plug

DATA = Path(__file__).parents[1] / "fixtures" / "energy"
COURSES = sorted(DATA.glob("course-*.json"))


def steps_until(budget, machine, meter, *, seconds=0.01, watts=100.0):
    """Train until the budget stops it; how many steps that took."""
    taken = 0
    while budget.reached(meter) is None and taken < 100_000:
        meter.mark("train")
        machine.work(seconds, watts)
        taken += 1
    return taken


@pytest.mark.parametrize("seconds", [0.002, 0.05, 3.0])
def test_joules_are_kept_to_within_one_step(seconds):
    machine = Machine()
    meter = machine.meter(Device(idle_watts=0.0, peak_watts=100.0))
    each = meter._ledger.model.busy_watts[0] * seconds
    budget = Budget(joules=200 * each + each / 2)
    assert steps_until(budget, machine, meter, seconds=seconds) == 201
    assert "J are spent" in f"{budget.reached(meter)}".replace("J (", "J are spent (")
    meter.stop()


def test_a_slow_counter_keeps_a_budget_to_within_a_step_and_what_it_has_not_shown():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.1)))
    taken = steps_until(Budget(joules=500), machine, meter)
    assert 500 - 1 <= taken * 1.0 <= 500 + 1 + 0.1 * 100
    meter.stop()


def test_power_that_triples_late_does_not_run_past_the_budget():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    budget = Budget(joules=500)
    start = machine.joules[-1]
    for _ in range(10_000):
        if budget.reached(meter):
            break
        machine.work(0.01, 50.0 if machine.joules[-1] - start < 400 else 150.0)
    assert machine.joules[-1] - start <= 500 + 1.5 + 0.03 * 150
    meter.stop()


def test_seconds_are_kept_to_within_one_step():
    machine = Machine()
    meter = machine.meter(Model())
    assert steps_until(Budget(seconds=2.0), machine, meter, seconds=0.03) == 67
    meter.stop()


def test_it_may_be_raised_while_it_runs():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    budget = Budget(joules=100)
    first = steps_until(budget, machine, meter)
    budget.raise_to(joules=150)
    assert budget.reached(meter) is None
    assert first + steps_until(budget, machine, meter) == pytest.approx(150, abs=4)
    meter.stop()


def test_it_counts_from_its_own_start():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    machine.work(10, 100)
    budget = Budget(joules=100)
    budget.start(meter)
    assert steps_until(budget, machine, meter) == pytest.approx(100, abs=4)
    meter.stop()


def test_asking_is_cheap_until_the_end_is_near():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    asked = []
    real = meter.spent
    meter.spent = lambda *span: asked.append(1) or real(*span)
    taken = steps_until(Budget(joules=2000), machine, meter, seconds=0.002)
    assert taken > 9000 and len(asked) < taken / 20
    meter.stop()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Budget(), "budget of nothing"),
        (lambda: Budget(joules=-1), "joules=-1"),
        (lambda: Budget(joules=float("nan")), "positive, finite"),
        (lambda: Budget(seconds="10"), "seconds='10'"),
        (lambda: Budget(joules=1, then="explode"), "pause"),
        (lambda: Budget(joules=1).raise_to(joules=0), "positive"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(wrong, says):
    with pytest.raises((ValueError, TypeError), match=says):
        wrong()


@pytest.mark.parametrize("wrong", [True, np.bool_(True), "5", None, [5], 5 + 0j])
def test_only_numbers_are_limits_and_numpys_are(wrong):
    for right in (5, 5.0, np.int64(5), np.float32(5)):
        assert Budget(joules=right, seconds=right).joules == 5.0
    with pytest.raises((TypeError, ValueError)):
        Budget(joules=wrong)


def test_a_wrong_raise_changes_nothing():
    budget = Budget(joules=5, seconds=5)
    with pytest.raises(ValueError, match="seconds=-1"):
        budget.raise_to(joules=10, seconds=-1)
    assert (budget.joules, budget.seconds) == (5, 5)


def test_a_source_that_is_lost_does_not_stop_a_budget_from_ending():
    """Half way the card is gone; the rest counts at the watts there were, and the reason says so."""
    machine = Machine()
    counter = Lagging(machine, period=0.1)
    meter, budget = machine.meter(Source(counter)), Budget(joules=500)
    budget.start(meter)
    for taken in range(10_000):
        if (why := budget.reached(meter)) is not None:
            break
        if taken == 250:
            counter.poll = lambda now: 1 / 0
        meter.mark("train")
        machine.work(0.01, 100.0)
    assert taken == pytest.approx(500, abs=30)
    assert "its gaps at the watts of the rest of 500 J are spent" in why and "covered" in why
    meter.stop()


def test_a_plug_that_falls_silent_does_not_stop_a_budget_from_ending():
    plug = Plug(Machine())
    meter, budget = plug.machine.meter(Source(plug)), Budget(joules=3000)
    budget.start(meter)
    steps_until(Budget(seconds=20), plug.machine, meter)
    plug.speaks = False
    assert steps_until(budget, plug.machine, meter, seconds=0.1) == pytest.approx(100, abs=15)
    meter.stop()


def test_a_budget_that_nothing_is_read_for_ends_with_the_reason():
    machine = Machine()

    class Gone(Source):
        def open(self):
            raise Unavailable("the cable is out")

    meter, budget = machine.meter(Gone()), Budget(joules=500)
    steps_until(budget, machine, meter)
    assert machine.now < 13e9
    assert "without a reading, so 500 J cannot be kept (simulated: the cable is out)" in budget.reached(meter)
    meter.stop()


def test_a_budget_on_a_meter_that_does_not_run_ends():
    machine = Machine()
    meter, budgets = machine.meter(Model()), (Budget(joules=500), Budget(seconds=5))
    assert [budget.reached(meter) for budget in budgets] == [None, None]
    meter.stop()
    assert ["does not run" in budget.reached(meter) for budget in budgets] == [True, True]


def test_a_budget_is_of_one_meter_until_it_is_moved():
    machine = Machine()
    one, other, budget = machine.meter(Model()), machine.meter(Model()), Budget(seconds=3)
    machine.work(1)
    assert budget.reached(one) is None
    with pytest.raises(TypeError, match="is no meter"):
        Budget(seconds=3).reached(None)
    with pytest.raises(ValueError, match="counts on another meter"):
        budget.reached(other)
    machine.work(2)
    budget.start(other)
    machine.work(2)
    assert budget.reached(other) is None
    machine.work(1.01)
    assert "seconds are spent" in budget.reached(other)
    one.stop(), other.stop()


def test_power_that_rises_tenfold_late_does_not_run_far_past_the_budget():
    machine = Machine()
    meter, budget = machine.meter(Source(Lagging(machine, period=0.02))), Budget(joules=5000)
    budget.start(meter)
    machine.work(20, 60)
    while budget.reached(meter) is None:
        machine.work(0.01, 700)
    assert machine.joules[-1] < 5000 * 1.02
    meter.stop()


def test_a_budget_says_what_it_is():
    assert repr(Budget(joules=5e3, seconds=60)) == "Budget(joules=5000, seconds=60, then='pause')"


def course(path):
    told = json.loads(path.read_text())["points"]
    return [Second(seconds, joules, {"train": steps}, (), ()) for seconds, joules, steps in told]


def up_to(points, share):
    return [p for p in points if p.units["train"] <= share * points[-1].units["train"]]


def test_recorded_runs_are_there():
    assert len(COURSES) >= 6


def test_at_20_percent_of_recorded_runs_the_forecast_is_within_10_percent():
    errors, held = [], []
    for path in COURSES:
        points = course(path)
        told = forecast(up_to(points, 0.2), "train", points[-1].units["train"])
        errors.append(abs(told.value / points[-1].joules - 1))
        held.append(told.low <= points[-1].joules <= told.high)
    assert np.mean(errors) <= 0.10
    assert np.mean(held) >= 0.8


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_the_forecast_narrows_as_the_run_goes_on(path):
    points = course(path)
    steps = points[-1].units["train"]
    early, late = (forecast(up_to(points, share), "train", steps) for share in (0.2, 0.9))
    assert late.high - late.low < (early.high - early.low) / 3
    assert abs(late.value / points[-1].joules - 1) < 0.03


def test_a_forecast_of_what_is_done_is_what_was_spent():
    points = [Second(i, 10.0 * i, {"train": 5.0 * i}, (), ()) for i in range(20)]
    assert forecast(points, "train", 40).value == 190
    assert forecast(points, "train", 190).value == pytest.approx(380)


def test_what_came_once_is_spent_and_not_forecast_again_but_within_the_interval():
    joules = [
        10.0 * i + (200.0 if i >= 12 else 0.0) for i in range(21)
    ]  # something was loaded in the twelfth second
    points = [Second(i, j, {"train": 5.0 * i}, (), ()) for i, j in enumerate(joules)]
    told = forecast(points, "train", 500)
    assert told.value == pytest.approx(400 + 800, rel=0.01)
    assert told.high > 400 + 400 * (180 + 200) / 90, "if it comes again as often"


def test_what_recurs_in_every_stretch_is_forecast_whole():
    joules, spent = [], 0.0
    for i in range(60):
        spent += 10.0 + (60.0 if i % 5 == 4 else 0.0)  # an evaluation every fifth second
        joules.append(spent)
    points = [Second(i + 1, j, {"train": 5.0 * (i + 1)}, (), ()) for i, j in enumerate(joules)]
    assert forecast(points, "train", 1500).value == pytest.approx(5 * spent, rel=0.05)


@pytest.mark.parametrize(("every", "costs"), [(33, 66.0), (30, 60.0), (50, 80.0)])
def test_what_came_twice_will_come_again(every, costs):
    joules = [1.0 * i + costs * (i // every) for i in range(101)]
    points = [Second(i, j, {"train": 1.0 * i}, (), ()) for i, j in enumerate(joules)]
    assert forecast(points, "train", 1000).value > 0.9 * (1000 + costs * (1000 // every))


def test_of_mostly_nothing_the_rest_is_no_nothing():
    joules = [5.0, 10, 10, 10, 10, 10, 10, 20, 20, 20, 30]
    points = [Second(i, j, {"train": 1.0 + i}, (), ()) for i, j in enumerate(joules)]
    assert forecast(points, "train", 110).value > 200


def test_a_forecast_from_nothing_is_missing():
    assert not forecast([], "train", 100).known
    assert not forecast([Second(i, 1.0 * i, {}, (), ()) for i in range(20)], "train", 100).known
    for steps in (0, -1, np.nan, np.inf, "5", True):
        with pytest.raises((TypeError, ValueError), match=r"steps=.*planned number"):
            forecast([], "train", steps)


def test_a_meter_forecasts_its_run():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.02)))
    for _ in range(200):
        meter.mark("train")
        machine.work(0.05, 100.0)
    told = meter.forecast(1000)
    assert told.value == pytest.approx(5000, rel=0.02)
    assert told.badges == {"counter": 1.0}
    meter.stop()


@pytest.mark.parametrize(
    "units",
    [[0, 1, 2, 1000], [0, 500, 1000, 1000, 1000], [0, 1, 2, 3, 1000, 1000], [0, 0, 0, 1000]],
    ids=["one late reading", "a pause at the end", "both", "a long first pause"],
)
def test_a_course_of_few_readings_or_with_pauses_gives_a_forecast_that_holds_what_is_spent(units):
    course = [Second(k, 10.0 * k, {"train": float(u)}, (), ()) for k, u in enumerate(units)]
    told = forecast(course, "train", 2000)
    assert told.low <= told.value <= told.high and told.value >= course[-1].joules


def test_what_was_spent_since_the_mean_of_three_accuracies_rose_by_a_point_is_the_penalty():
    machine = Machine()
    meter = machine.meter(Source(Lagging(machine, period=0.001)))
    budget = Budget(point=10)
    assert budget.penalty == 0

    def work(joules, accuracy):
        meter.mark("train")
        machine.work(joules / 100, 100.0)
        return budget.saw(accuracy, budget.spent.value)

    budget.start(meter)
    assert [work(4, a) for a in (0.5, 0.5, 0.5)] == [False] * 3, "from the first mean on it counts"
    assert budget.penalty == pytest.approx(0, abs=0.02)
    assert not work(4, 0.52) and budget.penalty == pytest.approx(0.4, abs=0.03), (
        "a mean that rose by 0.67 points"
    )
    assert not work(4, 0.52) and budget.penalty == pytest.approx(0, abs=0.03), "and by 1.3"
    assert not work(8, 0.52) and budget.penalty == pytest.approx(0.8, abs=0.03)
    assert work(4, 0.4) and budget.penalty == 1
    budget.lower(budget.spent.value)
    assert budget.penalty == pytest.approx(0, abs=0.02) and budget.lowered == 1
    assert budget.reached(meter) is None
    assert work(20, 0.4)
    budget.overprice(budget.spent.value)
    assert budget.reached(meter) == "20 J brought less than a point of accuracy, which may cost 10 J"
    budget.raise_to(point=1000)
    assert budget.reached(meter) is None and budget.penalty < 0.01
    for wrong in ({"point": 0}, {"point": float("nan")}, {"point": 1, "slow": 1.5}):
        with pytest.raises((ValueError, TypeError), match=r"point|slow"):
            Budget(**wrong)
    meter.stop()
