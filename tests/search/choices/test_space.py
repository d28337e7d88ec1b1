"""Spaces: what is typed, what is drawn, what is narrowed, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlatent.search.choices.space import Space

WHOLE = {
    "rate": (1e-4, 1e-1, "log"),
    "width": [8, 16, 32],
    "depth": (1, 4),
    "act": ["relu", "tanh"],
    "seed": 3,
}


def test_a_log_range_draws_as_many_below_its_geometric_middle_as_above():
    rng = np.random.default_rng(0)
    drawn = [Space({"rate": (1e-4, 1e-2, "log")}).draw(rng)["rate"] for _ in range(2000)]
    assert abs(np.mean(np.array(drawn) < 1e-3) - 0.5) < 0.04
    assert min(drawn) >= 1e-4 and max(drawn) <= 1e-2


def test_whole_numbers_are_drawn_alike_often():
    rng = np.random.default_rng(0)
    drawn = [Space({"depth": (1, 4)}).draw(rng)["depth"] for _ in range(4000)]
    assert set(map(type, drawn)) == {int}
    counts = np.bincount(drawn)[1:]
    assert counts.min() > 900


@given(st.integers(0, 10_000))
def test_what_is_drawn_lies_in_the_space_and_in_what_it_is_narrowed_to(seed):
    space = Space(WHOLE)
    narrow = space.narrowed({"rate": (1e-3, 1e-2), "width": (8, 16), "act": ["tanh"], "depth": (2, 3)})
    values = narrow.draw(np.random.default_rng(seed))
    assert space.holds(values) and narrow.holds(values)
    assert 1e-3 <= values["rate"] <= 1e-2 and values["width"] in (8, 16) and values["act"] == "tanh"


def test_a_space_told_as_json_is_the_same_space():
    space = Space(WHOLE)
    assert Space.of(space.told()).told() == space.told()
    assert Space.of(space.told()).axes == space.axes


def test_numbers_of_a_list_are_put_in_order_and_words_are_not():
    space = Space({"width": [32, 8], "act": ["tanh", "relu"]})
    assert space["width"].values == (8, 32) and space["width"].kind == "ordered"
    assert space["act"].values == ("tanh", "relu") and space["act"].kind == "words"


def test_a_space_counts_its_choices():
    assert Space({"width": [8, 16], "depth": (1, 3)}).size == 6
    assert math.isinf(Space({"rate": (0.0, 1.0)}).size)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"rate": (1e-1, 1e-4)}, r"upside down; give \(0.0001, 0.1\)"),
        ({"rate": (0.0, 1.0, "log")}, "begin above 0"),
        ({"rate": (1e-4, 1e-1, "lin")}, "is no range"),
        ({"width": [8, 8]}, "names a value twice"),
        ({"width": []}, "nothing to choose from"),
        ({"width": 8}, "nothing to search"),
        ({}, "nothing to search"),
        ({"a width": [1, 2]}, "cannot be one of its arguments"),
    ],
)
def test_what_is_no_space_is_refused_with_what_would_be(given_, says):
    with pytest.raises(ValueError, match=says):
        Space(given_)


def test_a_choice_that_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="let make turn a word into what it means"):
        Space({"layer": [object(), "a"]})


def test_a_maker_that_does_not_take_the_names_is_refused():
    def make(rate, width, momentum): ...

    with pytest.raises(ValueError, match="make takes no depth"):
        Space({"rate": (0.1, 1.0), "width": [1, 2], "momentum": 0.9, "depth": [1, 2]}).fit(make)
    with pytest.raises(ValueError, match="make needs momentum"):
        Space({"rate": (0.1, 1.0), "width": [1, 2]}).fit(make)

    def lenient(rate, width, momentum=0.9): ...

    Space({"rate": (0.1, 1.0), "width": [1, 2]}).fit(lenient)


def test_a_choice_is_checked_and_what_is_fixed_need_not_be_named():
    space = Space(WHOLE)
    values = {"rate": 0.01, "width": 16, "depth": 2, "act": "relu"}
    assert space.check(values) == {**values, "seed": 3}
    with pytest.raises(ValueError, match="width=17 is not in the space, which has 8, 16, 32"):
        space.check({**values, "width": 17})
    with pytest.raises(ValueError, match="space has no 'momentum'"):
        space.check({**values, "momentum": 1})
    with pytest.raises(ValueError, match="rate is missing"):
        space.check({"width": 8})


def test_narrowing_to_nothing_is_refused():
    with pytest.raises(ValueError, match="leaves nothing"):
        Space(WHOLE).narrowed({"rate": (1.0, 2.0)})
    with pytest.raises(ValueError, match="act has no 'gelu'"):
        Space(WHOLE).narrowed({"act": ["gelu"]})
