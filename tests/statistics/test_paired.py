import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.study import Difference, Saving, bca, sign_flip

CASES = {
    "normal": np.random.default_rng(0).normal(0.4, 1.0, 12),
    "skewed": np.random.default_rng(1).lognormal(0.0, 1.0, 20),
    "small": np.array([0.2, -0.1, 0.4, 0.3, 0.1]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_bootstrap_interval_is_that_of_scipy(name):
    x = CASES[name]
    low, high = bca(x)
    theirs = scipy.stats.bootstrap(
        (x,), np.mean, method="BCa", n_resamples=99_999, rng=np.random.default_rng(5)
    ).confidence_interval
    assert low == pytest.approx(theirs.low, abs=0.04 * np.ptp(x) / math.sqrt(len(x)))
    assert high == pytest.approx(theirs.high, abs=0.04 * np.ptp(x) / math.sqrt(len(x)))


@pytest.mark.parametrize("name", ["normal", "small"])
def test_the_sign_flip_test_is_that_of_scipy(name):
    x = CASES[name]
    theirs = scipy.stats.permutation_test(
        (x,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert sign_flip(x) == pytest.approx(theirs.pvalue, abs=1e-9)


def test_many_pairs_are_flipped_at_random_and_agree_with_scipy():
    x = np.random.default_rng(2).normal(0.35, 1.0, 24)
    theirs = scipy.stats.permutation_test(
        (x,), np.mean, permutation_type="samples", n_resamples=50_000, rng=np.random.default_rng(1)
    )
    assert sign_flip(x) == pytest.approx(theirs.pvalue, abs=0.01)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=10))
def test_turning_all_signs_turns_the_interval_and_leaves_p(values):
    x = np.array(values)
    low, high = bca(x)
    assert low <= high
    assert sign_flip(-x) == sign_flip(x)


def test_three_seeds_can_never_claim():
    found = Saving.of([0.1, 0.1, 0.1], [1, 1, 1], [1, 1, 1])
    assert found.value == pytest.approx(0.1) and found.p == 0.25 and not found.claimed


def test_equal_differences_have_no_width():
    found = Difference.of([0.5] * 8)
    assert (found.low, found.high) == (0.5, 0.5) and found.more and not found.less


def test_a_target_never_reached_counts_as_the_worst_ratio_of_all():
    whole = Saving.of([1.0, 1.0, 1.0, math.inf], [9.0] * 4, [4.0] * 4)
    assert whole.reached == 3 and whole.n == 4
    assert whole.value == pytest.approx(math.exp((3 * math.log(0.25) + math.log(4)) / 4))
    assert Saving.of([math.inf], [9.0], [4.0]).value == pytest.approx(9 / 4)
    assert str(whole).endswith("3 of 4")


def test_a_run_that_was_cut_short_of_its_target_never_reads_as_a_saving():
    found = Saving.of([math.inf] * 10, [1.0] * 10, [4.0] * 10)
    assert found.value == pytest.approx(4.0) and found.reached == 0 and not found.claimed


def test_where_the_other_never_gets_there_is_no_ratio():
    assert math.isnan(Saving.of([1.0, 1.0], [9.0, 9.0], [1.0, math.inf]).value)
    assert str(Saving.of([1.0], [9.0], [math.inf])) == "-"


def test_points_and_margins_read_as_accuracy():
    found = Difference.of([0.012, 0.02, 0.016, 0.018, 0.014, 0.022])
    assert found.points().startswith("+1.7 [+1.")
    assert found.above(-0.01) and not found.above(0.02)


def simulated(effect: float, studies: int = 100, seeds: int = 10) -> int:
    """In how many simulated studies with this true log ratio a saving is claimed; noise as the real runs have it."""
    rng = np.random.default_rng(42)
    claims = 0
    for _ in range(studies):
        logs = effect + rng.standard_t(5, seeds) * 0.35
        claims += Saving.of(np.exp(logs), np.full(seeds, 9.0), np.ones(seeds)).claimed
    return claims


@pytest.mark.slow
def test_a_planted_effect_is_found():
    assert simulated(math.log(0.5)) >= 95


@pytest.mark.slow
def test_a_planted_null_is_not_claimed_in_95_of_100_studies():
    assert simulated(0.0) <= 5
