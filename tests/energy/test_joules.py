import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.energy import Joules, Ratio
from greenlatent.energy.intervals import student
from greenlatent.energy.joules import Origin, total


def model(value, own=0.01, watts=(0.5, 0.7)):
    """A reading whose error is mostly that of the watts per processor, as without counters."""
    shared = {"watts": (watts[0] * value, watts[1] * value)}
    return Joules.of(value, own * value, shared, {"model": 1.0})


readings = st.builds(
    lambda value, own, down, up: Joules.of(
        value, own * value, {"watts": (down * value, up * value)}, {"model": 1.0}
    ),
    st.floats(1e-9, 1e9),
    st.floats(0, 0.5),
    st.floats(0, 0.9),
    st.floats(0, 2),
)


@pytest.mark.parametrize(
    ("joules", "text"),
    [
        (Joules(3.42, 3.1, 3.8, {"counter": 1.0}), "3.42 J (3.1-3.8, counter)"),
        (Joules(3.4e-3, 3.1e-3, 3.8e-3, {"model": 1.0}), "3.40 mJ (3.1-3.8, model)"),
        (Joules(3.4e-6, 3.1e-6, 3.8e-6, {"model": 1.0}), "3.40 uJ (3.1-3.8, model)"),
        (Joules(34_200, 34_100, 34_300, {"counter": 0.93, "model": 0.07}), None),
        (Joules(0.0, 0.0, 0.0), "0 J (0-0)"),
        (Joules(0.0, 0.0, 5e-3), "0 mJ (0-5)"),
        (Joules(9.999, 9.0, 11.0), "10.0 J (9.0-11.0)"),
        (Joules(4.2e12, 4e12, 5e12), "4.20 TJ (4.0-5.0)"),
        (Joules(1e-15, 9e-16, 2e-15), "1e-15 J (9e-16 to 2e-15)"),
        (Joules(1e300, 9e299, 2e300), "1e+300 J (9e+299 to 2e+300)"),
        (Joules.missing(), "no reading"),
    ],
)
def test_prints_value_interval_and_badge(joules, text):
    assert str(joules) == (text or "34.2 kJ (34.1-34.3, 93 % counter, 7 % model)")


def test_a_ledger_that_is_printed_shows_amounts():
    assert (
        str({"train": Joules(3.42, 3.1, 3.8, {"counter": 1.0})}) == "{'train': <3.42 J (3.1-3.8, counter)>}"
    )


@given(st.floats(0, 1e300), st.floats(0, 1), st.floats(1, 100))
def test_any_reading_is_printed_shortly_and_its_own_error_is_known(value, down, up):
    joules = Joules(value, value * down, value * up, {"counter": 1.0})
    assert len(str(joules)) < 80
    assert 0 <= joules.own[0] <= value and math.isfinite(joules.own[1])
    assert len(str(joules / Joules(1.0, 1.0, 1.0))) < 50


@pytest.mark.parametrize(
    ("value", "text"), [(3e-9, "x3e-09 (1e-09 to 5e-09)"), (2.5e8, "x2.5e+08 (2e+08 to 3e+08)")]
)
def test_a_ratio_of_a_tiny_and_a_large_reading_is_no_row_of_zeros(value, text):
    assert str(Ratio(value, float(text.split("(")[1].split()[0]), float(text.split()[-1][:-1]))) == text


def test_an_interval_is_not_rounded_onto_its_value():
    assert str(Ratio(1.11, 1.06, 1.163)) == "x1.11 (1.06-1.16)"
    assert str(Joules(1.11, 1.06, 1.163)) == "1.11 J (1.06-1.16)"


def test_says_when_a_source_was_gone_and_when_kinds_were_merged():
    joules = Joules(3.0, 0.0, 4.0, {"counter": 1.0}, coverage=0.8, merged=("train",))
    assert str(joules) == "3.00 J (0.0-4.0, counter, 80 % covered, split by time from train)"


def test_a_ratio_without_counters_is_sharp_where_its_readings_are_not():
    above, below = model(31.0), model(100.0)
    assert above.high / below.low > 1 and above.low / below.high < 0.1
    ratio = above / below
    assert ratio.value == pytest.approx(0.31)
    assert 0.30 < ratio.low < ratio.high < 0.32
    assert str(ratio) == "x0.310 (0.306-0.314)"


def test_a_ratio_of_readings_with_nothing_in_common_is_as_wide_as_they_are():
    above = Joules.of(30.0, 0, {"a": (15.0, 15.0)})
    below = Joules.of(100.0, 0, {"b": (50.0, 50.0)})
    ratio = above / below
    assert ratio.low < 0.3 * 0.6 and ratio.high > 0.3 * 1.5


def test_the_interval_of_a_ratio_covers_it(seeds=2000):
    """Both readings off by the same factor, and each by its own error: 95 % of the intervals hold the
    truth."""
    random, held = np.random.default_rng(0), 0
    for _ in range(seeds):
        factor = random.normal(1, 0.2)
        a = 31.0 * factor * random.normal(1, 0.02)
        b = 100.0 * factor * random.normal(1, 0.02)
        pair = [Joules.of(v, 1.96 * 0.02 * v, {"watts": (0.4 * v, 0.4 * v)}) for v in (a, b)]
        ratio = pair[0] / pair[1]
        held += ratio.low <= 0.31 <= ratio.high
    assert 0.93 < held / seeds < 0.97


@given(readings, readings)
def test_a_sum_holds_both_and_its_interval_grows(a, b):
    both = a + b
    assert both.value == pytest.approx(a.value + b.value)
    up, ups, rounding = both.high - both.value, (a.high - a.value, b.high - b.value), 1e-7 * both.high
    assert max(ups) - rounding <= up <= sum(ups) + rounding
    assert sum(both.badges.values()) == pytest.approx(1)


@given(readings, st.floats(1e-3, 1e3))
def test_scaling_goes_there_and_back(joules, factor):
    back = joules * factor / factor
    assert back.value == pytest.approx(joules.value)
    assert (back.low, back.high) == pytest.approx((joules.low, joules.high))
    assert (joules / joules).value == 1


@given(readings)
def test_its_parts_make_the_whole_again(joules):
    again = Joules.of(joules.value, joules.own, joules.shared, joules.badges)
    assert (again.low, again.high) == pytest.approx((joules.low, joules.high), rel=1e-6)


def test_what_is_missing_is_not_zero():
    missing, there = Joules.missing(), Joules(2.0, 1.0, 3.0)
    assert not missing.known and math.isnan(missing.value)
    assert (missing + there).value == 2.0
    assert (missing + there).coverage == 0.5
    assert not (missing + missing).known
    assert not total([]).known
    assert math.isnan((missing / there).value)
    assert str(missing / there) == "no ratio"


def test_sum_works_without_a_start():
    assert sum([Joules(1.0, 1.0, 1.0), Joules(2.0, 2.0, 2.0)]).value == 3.0


def test_comparing_two_machines_warns():
    here, there = (Joules(1.0, 1.0, 1.0, origin=Origin(name, name, 0, 1)) for name in "ab")
    with pytest.warns(UserWarning, match="two machines"):
        here / there
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        here / here


def test_adding_two_meters_that_read_the_same_time_warns():
    one, two = (Joules(1.0, 1.0, 1.0, origin=Origin("here", name, 0, 5)) for name in "ab")
    later = Joules(1.0, 1.0, 1.0, origin=Origin("here", "b", 5, 9))
    with pytest.warns(UserWarning, match="counts that time twice"):
        one + two
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (one + later).value == 2.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Joules(-1, -1, 0),
        lambda: Joules(1, 2, 3),
        lambda: Joules(1, 0, 2) * -1,
        lambda: Joules(1, 0, 2) * math.nan,
        lambda: Joules(1, 0, 2) * -np.inf,
        lambda: Joules(math.inf, 0, math.inf),
        lambda: Joules(1, 0, math.inf),
        lambda: Joules(1, math.nan, 2),
        lambda: Joules(math.nan, 0, 2),
        lambda: Joules(1, 0, 2, coverage=2),
        lambda: Joules(1, 0, 2, coverage=math.nan),
        lambda: Joules(1e300, 0, 1e300) * 1e300,
    ],
)
def test_no_reading_is_negative_or_outside_its_interval(wrong):
    with pytest.raises(ValueError, match="give"):
        wrong()


def test_joules_cannot_be_divided_by_no_steps_nor_added_to_a_number():
    with pytest.raises(ZeroDivisionError, match="at least one step"):
        Joules(1, 0, 2) / 0
    for wrong in (lambda joules: joules + 1, lambda joules: joules * True, lambda joules: joules / "2"):
        with pytest.raises(TypeError):
            wrong(Joules(1, 0, 2))


def test_numpys_numbers_scale_joules():
    joules = Joules(4.0, 2.0, 8.0)
    assert (joules / np.int64(4)).value == (joules * np.float32(0.25)).value == 1.0
    assert (np.int64(2) * joules).value == 8.0


def test_equal_readings_are_equal():
    assert model(2.0) == model(2.0) != model(3.0)
    assert Ratio(1, 0, 2) == Ratio(1, 0, 2)


def test_quantiles_agree_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    for freedom in (1, 2, 3, 4, 7, 30, 1000):
        assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.02)


def test_a_ratio_that_may_be_anything_can_be_printed():
    above, below = Joules(5.0, 4.0, 6.0), Joules.of(1.0, 0.2, {"watts": (0.9, 0.9)})
    assert str(above / Joules(1.0, 0.0, 3.0)) == "x5.0 (1.5-inf)"
    assert str(above / below).startswith("x5.0 (")
    assert str(Ratio(1.0, 0.0, 1e300)) == "x1.0 (0.0-1e+300)"
