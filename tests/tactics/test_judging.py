"""What may be said of a rehearsal: intervals of paired answers, and verdicts that promise no more than these."""

import math

import numpy as np
import pytest

from greenlatent.energy.joules import Ratio
from greenlatent.tactics.judging import DEARER, KEPT, LOWER, NULL, OPEN, UNKNOWN, in_words, paired, verdict

SAVES, SAME, MORE = Ratio(0.5, 0.4, 0.6), Ratio(0.98, 0.9, 1.1), Ratio(1.5, 1.2, 1.8)


def test_a_ratio_that_is_hardly_there_is_told_as_less_than_a_thousandth():
    assert in_words(Ratio(0.000176, 0.00016, 0.0002)) == "less than a thousandth"
    assert in_words(Ratio(0.0008, 0.0006, 0.0012)) == str(Ratio(0.0008, 0.0006, 0.0012))
    assert in_words(Ratio(0.4, 0.3, 0.5)) == "x0.40 (0.30-0.50)"


@pytest.mark.parametrize(
    "ratio, points, settled, said",
    [
        (SAVES, (0.0, -0.005, 0.005), True, KEPT),
        (SAVES, (-0.03, -0.05, -0.01), True, LOWER),
        (SAVES, (-0.01, -0.03, 0.01), True, OPEN),
        (SAVES, (0.0, -0.005, 0.005), False, OPEN),
        (SAVES, None, True, UNKNOWN),
        (SAME, (0.0, 0.0, 0.0), True, NULL),
        (Ratio(0.97, 0.96, 0.98), (0.0, 0.0, 0.0), True, NULL),
        (MORE, (0.1, 0.05, 0.2), True, DEARER),
        (Ratio(math.nan, math.nan, math.nan), None, True, NULL),
    ],
)
def test_a_verdict_says_no_more_than_its_intervals(ratio, points, settled, said):
    assert verdict(ratio, points, 0.01, settled=settled) == said


def test_the_interval_of_points_is_that_of_a_bootstrap_of_items():
    rng = np.random.default_rng(1)
    x = rng.choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.7, 0.2])
    (value, low, high), enough = paired(x)
    means = [rng.choice(x, len(x)).mean() for _ in range(4000)]
    assert value == x.mean() and enough
    assert abs(low - np.quantile(means, 0.025)) < 0.006 and abs(high - np.quantile(means, 0.975)) < 0.006


def test_whole_groups_are_drawn_and_few_of_them_settle_nothing():
    x = np.repeat([1.0, -1.0, 1.0, -1.0], 50)
    by_item, _ = paired(x)
    by_group, enough = paired(x, np.repeat(list("abcd"), 50))
    assert by_group[2] - by_group[1] > 3 * (by_item[2] - by_item[1]) and not enough
    assert paired(x, np.arange(200) // 20)[1]
    assert paired(np.zeros(0)) == (None, False)
