"""Wages for edits against the energy that they save."""

import math

import pytest

from greenlatent.edits import Drop, Journal
from greenlatent.energy import Joules
from greenlatent.run.comparison import Comparison
from greenlatent.run.labour import Labour

from .test_comparison import curve

SPENT = Joules(3.6e6, 3.5e6, 3.7e6)


def journal():
    made = Journal()
    made.add(Drop([1]), by="human", seconds=90)
    made.add(Drop([2]), by="human", seconds=30)
    made.add(Drop([3]))
    return made


def test_wages_are_seconds_at_the_rate_and_energy_joules_at_the_tariff():
    found = Labour.of(journal(), SPENT, None, 30, 0.3)
    assert (found.edits, found.timed, found.seconds) == (3, 2, 120)
    assert (found.wages, found.energy) == (pytest.approx(1.0), pytest.approx(0.3))
    assert (
        found.retrainings is None and "1 of them tell no time" in str(found) and "lab.control()" in str(found)
    )


def test_it_breaks_even_where_the_saving_of_each_training_has_paid_the_wages():
    better = Comparison(curve((0.9, 1), (0.95, 2)), (curve((0.7, 1), (0.9, 2)),), {}, 3)
    found = Labour.of(journal(), SPENT, better, 30, 0.3)
    saved, less = better.saved
    assert less and found.retrainings[0] * found.saved == pytest.approx(found.wages)
    assert found.saved == pytest.approx(saved.value * 0.3 / 3.6e6)
    value, low, high = found.retrainings
    assert low == pytest.approx(found.wages / (saved.high * 0.3 / 3.6e6)) and low < value < high
    assert "the wages are back after" in str(found)


def test_where_nothing_is_saved_the_wages_never_come_back():
    worse = Comparison(curve((0.5, 1), (0.9, 2)), (curve((0.9, 1), (0.9, 2)),), {}, 3)
    found = Labour.of(journal(), SPENT, worse, 30, 0.3)
    assert found.saved == 0 and found.retrainings[0] == math.inf and "never back" in str(found)


@pytest.mark.parametrize("given", [(-1, 0.3), (30, math.inf), (True, 0.3), ("30", 0.3)])
def test_what_is_no_rate_is_refused(given):
    with pytest.raises(ValueError, match="is money for"):
        Labour.of(journal(), SPENT, None, *given)


def test_edits_that_tell_no_time_are_not_wages_of_nothing():
    made = Journal()
    made.add(Drop([1]))
    better = Comparison(curve((0.9, 1), (0.95, 2)), (curve((0.7, 1), (0.9, 2)),), {}, 1)
    told = str(Labour.of(made, SPENT, better, 30, 0.3))
    assert "wages are not known" in told and "back after" not in told
