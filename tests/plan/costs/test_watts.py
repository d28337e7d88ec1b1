"""Watts: the median of what counters read, without one that nobody else bears out."""

import pytest

from greenlatent.plan.costs.experience import Past
from greenlatent.plan.costs.watts import learned


def read(watts: float, badge: str = "counter") -> Past:
    return Past("mlp", "train", (1, 1, 1, 1), (1, 0, 0, 0), 1, 1.0, 1.0, joules=watts, badges={badge: 1.0})


def test_it_is_the_median_of_runs_that_a_counter_read():
    assert learned([read(9.0), read(10.0), read(12.0), read(3.0, "model")]) == 10.0
    assert learned([read(3.0, "model")]) is None and learned([]) is None


@pytest.mark.parametrize("watts", [5000.0, 0.02])
def test_one_far_from_the_model_counts_once_another_is_like_it(watts):
    assert learned([read(watts)]) is None
    assert learned([read(watts), read(10.0)]) == 10.0
    assert learned([read(watts), read(1.2 * watts)]) == 1.2 * watts
