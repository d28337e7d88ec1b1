"""Unpaired statistics against scipy and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from greenlatent.statistics import unpaired
from greenlatent.statistics.unpaired import cliff, holm, of_medians, slope_interval

lists = st.lists(st.integers(0, 9), min_size=2, max_size=12)


@given(lists, lists)
def test_cliffs_delta_counts_pairs(a, b):
    naive = sum((y > x) - (y < x) for x in a for y in b) / (len(a) * len(b))
    assert cliff(a, b) == pytest.approx(naive)


def test_holm_is_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_medians_are_compared_by_mann_and_whitney():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 40), rng.normal(1, 1, 40)
    found = of_medians(a, b)
    assert found.value == pytest.approx(np.median(b) - np.median(a))
    assert found.low < found.value < found.high and found.more
    assert found.p == pytest.approx(stats.mannwhitneyu(a, b).pvalue)
    with pytest.raises(ValueError, match="a group is empty"):
        of_medians([], [1.0])


def test_a_slopes_interval_is_that_of_least_squares():
    rng = np.random.default_rng(1)
    x = np.linspace(0, 1, 30)
    y = 2 * x + rng.normal(0, 0.1, 30)
    low, high = slope_interval(x, y)
    assert low < 2 < high and high - low < 0.4


def test_tests_say_what_they_can_say():
    rng = np.random.default_rng(2)
    groups = {"A": {level: rng.normal(level, 0.01, 8) for level in (0.1, 0.5, 1.0)}}
    found = {each.name: each for each in unpaired.tests(groups)}
    assert set(found) == {"Shapiro", "Kruskal", "Wilcoxon", "Cliff"}
    assert "p cannot go below 0.0078" in found["Wilcoxon"].says
    assert found["Cliff"].value == -1 and "says nothing of size" in found["Cliff"].says
    assert math.isnan(found["Cliff"].p)
    raw = stats.kruskal(*groups["A"].values()).pvalue
    assert found["Kruskal"].p == pytest.approx(min(1.0, raw * 3), rel=1e-6)


def test_few_repeats_that_were_rejected_all_the_same_are_told_so():
    skewed = {"A": {level: [1, 1.01, 1.02, 1.01, 1.0, 9.0 + level] for level in (0.1, 1.0)}}
    (shapiro,) = [each for each in unpaired.tests(skewed) if each.name == "Shapiro"]
    assert shapiro.value == 1 and "not normal" in shapiro.says
    assert str(shapiro).startswith("Shapiro, A: share of groups rejected: 1, p ")
