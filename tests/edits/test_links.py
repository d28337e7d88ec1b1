"""What linked samples are to each other: one name for both sides, a kind without one, or two names that differ."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.edits import Link
from greenlatent.edits.links import nameless

from ..parts import clusters

NONE = np.full(20, -1)


def test_kinds_that_a_link_has_in_common_are_one():
    links = [Link([0], [1]), Link([5], [6]), Link([8], [9]), Link([1], [6])]
    assert nameless(links[:3], NONE) == [[0, 1], [5, 6], [8, 9]]
    assert nameless(links, NONE) == [[0, 1, 5, 6], [8, 9]]
    assert nameless([Link([0], [1], alike=False)], NONE) == []


def test_a_link_with_a_named_side_makes_no_kind():
    y = NONE.copy()
    y[0] = 2
    assert nameless([Link([0], [1])], y) == []


def test_two_names_cannot_be_alike_and_it_says_which():
    journal = gl.Journal()
    journal.bind(clusters(), {})
    with pytest.raises(ValueError, match="first side is class 0 and the second class 1: relabel the one"):
        journal.add(Link([0, 3], [1, 4]))
    journal.add(gl.Relabel([1, 4], "class 0"))
    journal.add(Link([0, 3], [1, 4]))
    journal.add(Link([0], [2], alike=False))  # that they are apart is no contradiction
    assert len(journal.active) == 3
