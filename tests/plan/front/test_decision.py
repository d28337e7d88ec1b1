"""A decision has a reason, and keeps what the front then was."""

import pytest

import greenlatent as gl
from tests.plan.front.test_front import known


def test_a_decision_keeps_choice_reason_front_and_version_and_is_one_undo():
    plan = known()
    version = len(plan.versions)
    plan.decide("cnn 8", because="four points are worth it")
    found = gl.Plan("mine").decision
    assert (found.name, found.because, found.version, found.by) == (
        "cnn 8",
        "four points are worth it",
        version,
        "me",
    )
    assert {row["name"] for row in found.front} == {each.name for each in plan.front().candidates}
    assert (plan.problem.model, plan.problem.size) == ("cnn", "8")
    plan.undo()
    assert plan.decision is None and plan.problem.model == "mlp"


@pytest.mark.parametrize("because", ["", "  ", None])
def test_a_decision_without_a_reason_raises(because):
    with pytest.raises(ValueError, match="say why"):
        known().decide("cnn 8", because=because)


def test_what_is_no_candidate_cannot_be_decided_for():
    plan = known()
    with pytest.raises(ValueError, match="is no candidate"):
        plan.decide("oak", because="why not")
    assert plan.decision is None
