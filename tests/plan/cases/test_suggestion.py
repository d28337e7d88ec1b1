"""Suggestions: the median of similar cases, taken by one call, and none of fewer than three."""

import pytest

import greenlatent as gl


def test_a_suggestion_has_median_range_and_ids_and_is_accepted_as_case():
    plan = gl.Plan("mine")
    plan.problem.set(task="classify")
    found = plan.data.suggestions["rows"]
    assert found.low <= found.value <= found.high and len(found.cases) >= 3
    found.accept()
    assert plan.data.rows == found.value and plan.data.field("rows").source == "case"
    assert "rows" not in plan.data.suggestions
    plan.undo()
    assert plan.data.rows is None


def test_fewer_than_three_cases_are_said_to_be_too_few():
    plan = gl.Plan("mine")
    plan.problem.set(task="regress")
    found = plan.data.suggestions["rows"]
    assert "too few" in str(found) and found.value is None
    with pytest.raises(ValueError, match="too few for rows"):
        found.accept()


def test_accuracy_is_never_suggested():
    plan = gl.Plan("mine")
    plan.problem.set(task="classify")
    assert set(plan.problem.suggestions) == set() and "target" not in plan.data.suggestions
