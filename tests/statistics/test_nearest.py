"""Which points lie closest to one, and which one of several lies in their middle."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.statistics.nearest import LOOKED_AT, middle, nearest


@given(st.integers(1, 40), st.integers(1, 50), st.integers(0, 2**31))
def test_the_nearest_are_those_of_a_plain_search(n, k, seed):
    points = np.random.default_rng(seed).normal(size=(n, 3))
    by_hand = sorted(range(n), key=lambda i: (i != 0, float(((points[i] - points[0]) ** 2).sum())))
    assert nearest(points, 0, k).tolist() == by_hand[:k]


def test_what_has_no_place_is_nobodys_neighbour_and_has_none():
    points = np.array([[0.0, 0.0], [np.nan, 0.0], [1.0, 0.0]])
    assert nearest(points, 0, 3).tolist() == [0, 2]
    assert nearest(points, 1, 3).tolist() == [1]
    assert middle(points[1:2]) == 0


def test_the_middle_lies_where_most_of_the_points_do_and_not_between_two_clusters():
    random = np.random.default_rng(0)
    larger, smaller = random.normal(size=(30, 2)), random.normal(size=(20, 2)) + 20
    stray = np.array([[8.0, 8.0]])  # nearest to the mean of all
    points = np.concatenate([larger, smaller, stray])
    assert middle(points) < 30
    assert np.square(points - points.mean(0)).sum(1).argmin() == 50


def test_of_many_points_some_are_looked_at():
    points = np.zeros((3 * LOOKED_AT, 2))
    points[::2] = np.random.default_rng(0).normal(size=(1500, 2)) * 9 + 50
    points[1::2] += np.random.default_rng(1).normal(size=(1500, 2)) * 0.1
    assert np.abs(points[middle(points)]).max() < 1
