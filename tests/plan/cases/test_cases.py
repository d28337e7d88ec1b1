"""Similar cases: of the task, with what differs, and never a prediction."""

import json

import pytest

import greenlatent as gl
from greenlatent.plan.cases.cases import PATH, Case, corpus, own, similar


def test_every_case_says_where_it_is_from():
    for line in PATH.read_text().splitlines():
        told = json.loads(line)
        assert told["source"] and told["year"] and told["licence"] and told["checked"] and told["boundary"]
    assert len(corpus()) == 129


@pytest.mark.parametrize("task", ["classify", "regress", "summarise", "chat"])
def test_with_the_task_given_they_are_always_of_it(task):
    found = similar({"kind": "text", "rows": 1000, "classes": 2}, corpus(), task=task)
    assert all(case.task == task for case in found)


def test_what_differs_is_said_in_words():
    (first, *_) = similar({"kind": "signal", "rows": 150_000, "classes": 7}, corpus(), words="activity")
    assert first.data["name"] == "watch" and first.differs == ("it has a 67.3th of the rows",)


def test_own_runs_are_cases_and_a_line_that_is_none_is_left_out():
    plan = gl.Plan("mine")
    line = {
        "task": "classify", "data": {"name": "mine", "kind": "signal", "rows": 500, "classes": 3},
        "model": {"family": "mlp", "name": "mlp 64"}, "metric": "accuracy", "score": 0.9, "joules": 2.0, "per": "run",
        "phase": "train",
    }  # fmt: skip
    plan.book.say("case", "data", abc=line, broken={"task": 3}, worse="[[[")
    plan.data.set(kind="signal", rows=500, classes=3)
    plan.problem.set(task="classify")
    assert plan.cases(1)[0].own and plan.cases(1)[0].id == "run/abc"
    assert len(own(plan.book.values("case").items())) == 1


def test_a_case_reads_what_a_line_says_and_nothing_that_is_no_number():
    told = {
        "id": "a",
        "task": "classify",
        "data": {},
        "model": {},
        "phase": "train",
        "per": "run",
        "score": True,
    }
    assert Case.read(told).score is None
    with pytest.raises(ValueError, match="no case"):
        Case.read({"id": "a"})


@pytest.mark.parametrize("most, error", [(-1, ValueError), (2.5, TypeError), (True, TypeError)])
def test_less_than_no_case_is_refused(most, error):
    with pytest.raises(error, match="how many cases, from 0 up"):
        gl.Plan("mine").cases(most)
