"""Curves: accuracy on all rows from that on a few."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from greenlatent.plan.curves import extrapolated, f1


def test_a_power_law_is_continued_and_its_interval_holds_the_truth():
    points = [(n, 1 - 0.9 * n**-0.25) for n in (50, 100, 200)]
    found = extrapolated(points, 1600, 500)
    truth = 1 - 0.9 * 1600**-0.25
    assert found.value == pytest.approx(truth, abs=1e-6)
    assert found.low < truth < found.high


def test_a_curve_that_is_flat_is_hardly_continued():
    flat = extrapolated([(50, 0.8), (100, 0.8), (200, 0.8)], 1600, 500)
    steep = extrapolated([(50, 0.6), (100, 0.72), (200, 0.8)], 1600, 500)
    assert 0.8 < flat.value < steep.value < 1


def test_more_rows_never_promise_less_and_nothing_passes_one():
    assert extrapolated([(50, 0.9), (100, 0.7), (200, 0.5)], 1600, 50).value >= 0.5
    perfect = extrapolated([(50, 1.0), (100, 1.0)], 1000, 100)
    assert perfect.value <= perfect.high == 1 and perfect.low > 0.9


def test_one_point_is_continued_by_the_usual_slope():
    assert extrapolated([(100, 0.8)], 1600, 100).value == pytest.approx(1 - 0.2 * 16**-0.25)


def test_f1_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert f1(truth, guess) == pytest.approx(f1_score(truth, guess, average="macro"))
