"""Course: what a record's events amount to."""

from greenlatent.search.choices.space import Space
from greenlatent.search.course.course import Course


def test_who_is_promoted_is_so_until_a_rung_and_not_only_half_way():
    course = Course(Space({"rate": (1e-3, 1e-1, "log")}), 2700)
    course.apply({"do": "begin", "n": 0, "values": {"rate": 0.01}, "by": "search"})
    course.apply({"do": "promote", "n": 0, "by": "person"})
    look = {"passes": 173, "accuracy": 0.5, "loss": 1.0, "joules": 1.0}
    told = {"do": "slice", "n": 0, "joules": 1.0}
    course.apply(told | {"passes": 173, "looks": [[look, None]]})
    assert course.candidates[0].wanted
    course.apply(told | {"passes": 300, "looks": [[look | {"passes": 300}, 1]]})
    assert not course.candidates[0].wanted
