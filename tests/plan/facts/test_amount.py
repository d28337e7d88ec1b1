"""Amounts and joules within factors."""

import math

import pytest

from greenlatent.plan.facts.amount import Amount, widened, within


def test_factors_add_in_quadrature_of_logs_and_never_reach_zero():
    found = within(10.0, {"a": (5.0, 5.0), "b": (3.0, 3.0)}, "here")
    factor = math.exp(math.hypot(math.log(5), math.log(3)))
    assert (found.low, found.high) == (pytest.approx(10 / factor), pytest.approx(10 * factor))
    assert found.badges == {"estimate": 1.0}


def test_what_two_estimates_share_cancels_in_their_ratio():
    one, two = (
        within(value, {"speed": (5.0, 5.0), name: (1.1, 1.1)}, "here")
        for value, name in ((10.0, "a"), (20.0, "b"))
    )
    ratio = two / one
    assert ratio.value == pytest.approx(2) and ratio.high / ratio.low < 1.6


def test_a_sum_of_stages_of_one_model_has_the_interval_of_its_parts():
    one = within(10.0, {"speed": (5.0, 5.0)}, "here")
    both = one + one * 3
    assert (both.low, both.high) == (pytest.approx(4 * one.low), pytest.approx(4 * one.high))


def test_amounts_print_with_a_unit_and_refuse_ends_that_cross():
    assert str(Amount(2.5e9, 2e9, 4e9, "B")) == "2.5 GB (2-4)"
    assert str(Amount.within(12.0, 1.5, "s")) == "12 s (8-18)"
    with pytest.raises(ValueError, match="give 0 <= low <= value <= high"):
        Amount(1.0, 2.0, 3.0, "s")


def test_one_more_error_widens_both_ends():
    assert widened(10.0, 5.0, 20.0, 1.0) == pytest.approx((5.0, 20.0))
    low, high = widened(10.0, 5.0, 20.0, 2.0)
    assert low == pytest.approx(10 / 2 ** math.sqrt(2)) and high == pytest.approx(10 * 2 ** math.sqrt(2))
