"""A problem that is split: each leaf has a task, a metric and an estimate."""

import pytest

import greenlatent as gl


def test_each_leaf_has_task_metric_and_estimate_and_fields_of_its_own():
    plan = gl.Plan("mine")
    plan.data.set(kind="image", rows=1000, features=(1, 16, 16), classes=4)
    first, second = plan.problem.split("detect", "classify")
    assert (first.metric, second.metric) == ("mAP", "accuracy")
    before = second.estimate.training.value
    second.set(rows=4000)
    assert second.estimate.training.value > before and plan.data.rows == 1000
    again = gl.Plan("mine").problem.leaves
    assert [leaf.task for leaf in again] == ["detect", "classify"]
    assert again[1].situation["rows"] == 4000


def test_how_the_test_is_set_apart_is_a_field_beside_it():
    plan = gl.Plan("mine")
    plan.problem.set(split="by group")
    assert plan.problem.field("split").value == "by group"


@pytest.mark.parametrize("tasks", [(), ("classify",), ("classify", "classify"), ("classify", "fly")])
def test_a_split_takes_two_tasks_that_there_are(tasks):
    with pytest.raises(ValueError, match=r"give two tasks or more|there are classify"):
        gl.Plan("mine").problem.split(*tasks)
