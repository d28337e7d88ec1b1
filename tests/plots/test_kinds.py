"""Kinds of axes: values as places, brushes as values, and what is refused."""

import math

import numpy as np
import pytest

from greenlatent.plots.kinds import PLAIN, Kind, kinds_of


def test_a_logarithm_has_a_place_for_each_positive_number_and_finds_it_back():
    kind = Kind.of("rate", (1e-4, 1e-1, "log"))
    assert kind.span == pytest.approx((-4, -1))
    places = kind.places([1e-3, 0.0, -1.0, None, math.nan])
    assert places[0] == pytest.approx(-3) and np.isnan(places[1:]).all()
    assert kind.within([(-3.0, -2.0)]) == pytest.approx((1e-3, 1e-2))
    assert kind.intervals((1e-3, 1e-2)) == [pytest.approx((-3, -2))]


def test_a_list_has_its_values_in_their_order_and_a_brush_takes_those_that_it_covers():
    kind = Kind.of("width", [8, 16, 32, 64])
    assert kind.places([64, 8, None]).tolist()[:2] == [3.0, 0.0]
    assert kind.within([(0.6, 2.3)]) == [16, 32]
    assert kind.within([(-1.0, 0.2), (2.9, 9.0)]) == [8, 64]
    assert kind.within([(0.2, 0.8)]) == []
    with pytest.raises(ValueError, match=r"12 is none of the values \[8, 16, 32, 64\] of its axis"):
        kind.places([12])


def test_bands_of_neighbours_in_a_list_are_one():
    kind = Kind.of("width", [8, 16, 32, 64])
    assert kind.intervals([8, 32, 64]) == [(-0.4, 0.4), (1.6, 3.4)]
    assert kind.intervals((16, 40)) == [(0.6, 2.4)]
    assert Kind.of("act", ["relu", "tanh"]).intervals(["tanh"]) == [(0.6, 1.4)]


def test_several_brushes_on_numbers_reach_from_the_lowest_to_the_highest():
    assert PLAIN.within([(0.0, 1.0), (3.0, 4.0)]) == (0.0, 4.0)


@pytest.mark.parametrize(
    "given, words",
    [
        ("exp", 'give "log", a range'),
        ([], 'give "log", a range'),
        ((1, 0), "is no range"),
        ((0, 1, "log"), "is no range of a logarithm"),
        ((0, "one"), "ends at 'one'"),
        ([1, 1], "names a value twice"),
    ],
)
def test_what_is_no_kind_is_refused_with_what_would_be(given, words):
    with pytest.raises(ValueError, match=words):
        Kind.of("rate", given)


def test_a_kind_of_an_axis_that_there_is_not_is_refused():
    assert kinds_of({"b": "log"}, ["a", "b"]) == [PLAIN, Kind(log=True)]
    with pytest.raises(ValueError, match="kinds names 'c', which is no axis; there are a, b"):
        kinds_of({"c": "log"}, ["a", "b"])
