"""Ahead: where the next looks lie."""

import pytest

from greenlatent.search.choices.space import Space
from greenlatent.search.course.ahead import Ahead, Rules
from greenlatent.search.course.aims import Aims
from greenlatent.search.course.candidate import Candidate
from greenlatent.search.course.course import Course

SPACE = Space({"rate": (1e-3, 1e-1, "log")})


def ahead(*candidates, rungs="mean", factor=3):
    course = Course(SPACE, 2700, candidates=list(candidates))
    return Ahead(course, Rules(2700, rungs, factor=factor), Aims())


def at(rung, passes, price=1.0):
    return Candidate(0, {"rate": 0.01}, price=price, rung=rung, passes=passes)


@pytest.mark.parametrize(
    ("rung", "passes", "looks"),
    [
        (-1, 8, [(100, 0)]),  # nothing lies before the first rung
        (0, 100, [(173, None), (300, 1)]),
        (0, 180, [(300, 1)]),  # it was cut short after the look between
        (2, 900, [(1559, None), (2700, 3)]),
    ],
)
def test_between_two_rungs_lies_a_look_that_is_no_rung(rung, passes, looks):
    candidate = at(rung, passes)
    assert ahead(candidate).target(candidate) == looks


def test_a_rung_that_was_passed_already_is_left_out():
    cheap, dear = at(-1, 8), at(0, 320, price=100.0)
    dear.n = 1
    found = ahead(cheap, dear, at(-1, 8)).target(dear)
    assert found[-1][0] > 320 and found[-1][1] > 1


def test_a_whole_run_is_looked_at_at_all_its_rungs():
    candidate = at(-1, 8)
    looks = ahead(candidate, rungs=None, factor=2).target(candidate)
    assert looks == [(100, 0), (200, 1), (400, 2), (800, 3), (1600, 4), (2700, 5)]
