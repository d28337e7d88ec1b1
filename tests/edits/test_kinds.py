import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from greenlatent import edits
from greenlatent.edits import (
    Affirm,
    Drop,
    Link,
    Move,
    Near,
    Plane,
    RankFeatures,
    Rate,
    Relabel,
    Separate,
    Shift,
    Weigh,
)

ids = st.lists(st.integers(0, 10_000), min_size=1, max_size=12, unique=True)
numbers = st.floats(-1e6, 1e6)
names = st.text(max_size=8)
two_sides = st.lists(st.integers(0, 99), min_size=2, max_size=12, unique=True)
any_edit = st.one_of(
    st.builds(Relabel, ids, st.one_of(names, st.integers(0, 300), numbers)),
    st.builds(Move, ids, st.one_of(names, st.builds(Near, ids.filter(lambda i: len(i) < 11)))),
    ids.map(lambda i: Move(i, Plane(np.eye(3)[:, :2], np.zeros(3), [(k, -k) for k in range(len(i))]))),
    two_sides.map(lambda i: Separate(i[:1], i[1:], 0.5)),
    st.builds(Separate, st.just("a"), st.just("b"), st.floats(0.1, 9)),
    st.builds(Shift, st.just("a"), st.one_of(st.integers(0, 9), st.just([3.0, 4.0])), st.floats(-100, 100)),
    two_sides.map(lambda i: Link(i[1:], i[:1], alike=len(i) % 2 == 0)),
    st.builds(Weigh, ids, st.floats(0, 100)),
    st.builds(Rate, ids, st.integers(1, 5)),
    st.builds(Drop, ids),
    st.builds(Affirm, ids),
    ids.map(lambda i: RankFeatures(i, 1)),
)


@given(any_edit)
def test_every_edit_survives_json(edit):
    assert edits.from_json(json.loads(json.dumps(edits.to_json(edit)))) == edit


def test_arrays_and_tensors_are_taken_as_ids():
    assert Drop(np.array([3, 1])) == Drop(torch.tensor([3, 1])) == Drop([3, 1, 3]) == Drop((3, 1))


def test_a_direction_is_kept_as_a_unit_vector():
    assert Shift("a", [3, 4], 1).axis == (0.6, 0.8)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Drop([]), "empty"),
        (lambda: Drop([-1]), "ids count from 0"),
        (lambda: Drop([1.5]), "whole numbers"),
        (lambda: Drop([True]), "whole numbers"),
        (lambda: Drop("12"), "list of whole numbers"),
        (lambda: Near(range(11)), "1 to 10 neighbours"),
        (lambda: Move([1], 3), "class name, Near"),
        (lambda: Move([1, 2], Plane(np.eye(2), [0, 0], [[1, 1]])), "one place per id"),
        (lambda: Plane(np.eye(3), [0, 0, 0], [[1, 1]]), "2 columns"),
        (lambda: Plane(np.eye(3)[:, :2], [0, 0], [[1, 1]]), "must agree"),
        (lambda: Relabel([1], None), "takes a number"),
        (lambda: Relabel([1], float("nan")), "finite"),
        (lambda: Separate("a", "a"), "same side twice"),
        (lambda: Separate([1, 2], [2, 3]), "share samples"),
        (lambda: Separate("a", "b", -1), "above 0"),
        (lambda: Separate("a", "b", 1e308), "at most 100"),
        (lambda: Separate("a", "b", math.inf), "finite"),
        (lambda: Shift("a", [0, 0], 1), "length 0"),
        (lambda: Shift("a", [1.7e308, 1.7e308], 1), "length inf"),
        (lambda: Shift("a", 0, -100.1), "at most 100"),
        (lambda: Shift("a", 0, 1, "a"), "against itself"),
        (lambda: Weigh([1], -1), "finite number"),
        (lambda: Weigh([1], 1e6), "drown"),
        (lambda: RankFeatures([0, 1], 3), "keep at least 1"),
        (lambda: edits.from_json({"kind": "Explode"}), "there is no edit of kind 'Explode'"),
        (lambda: edits.from_json({"kind": "Drop", "ids": [1], "why": "x"}), r"no field \['why'\]"),
        (lambda: edits.from_json({"kind": "Move", "ids": [1], "to": {"far": [1]}}), "near or plane"),
        (lambda: edits.from_json([1]), "object with a kind"),
        (lambda: edits.from_json({"kind": "Drop"}), "ids"),
    ],
)
def test_bad_edits_are_refused_in_words(make, words):
    with pytest.raises((ValueError, TypeError), match=words):
        make()


def test_a_weight_below_0_is_refused_with_what_is_possible():
    with pytest.raises(ValueError, match=r"is -2; pass a finite number from 0 up"):
        Weigh([1], -2)
