"""A course has ended when its last quarter is no better than the quarter before."""

from greenlatent.statistics.ending import FEWEST, ended


def test_a_course_that_rises_has_not_ended_and_one_that_stands_has():
    assert not ended([k / 100 for k in range(40)])
    assert ended([0.5] * 10 + [0.9] * 20)
    assert ended([0.9 - k / 100 for k in range(40)])


def test_few_looks_are_no_end():
    assert not ended([0.9] * (FEWEST - 1)) and ended([0.9] * FEWEST)


def test_a_tenth_of_a_point_is_a_gain():
    assert not ended([0.5] * 9 + [0.502] * 3) and ended([0.5] * 9 + [0.5005] * 3)
