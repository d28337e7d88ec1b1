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


def test_where_somebody_may_come_to_harm_less_than_the_target_is_refused():
    plan = known()
    low = plan.front()["tree"].y.value
    plan.problem.set(target=round(low + 0.005, 4), safety=True)
    with pytest.raises(ValueError, match=r"is below the target of .*, and somebody may come to harm"):
        plan.decide("tree", because="anybody can read it")
    assert plan.decision is None
    plan.problem.set(metric="F1")  # asked of F1, and so is what is refused
    with pytest.raises(ValueError, match=r"tree: f1 .* is below the target"):
        plan.decide("tree", because="anybody can read it")
    plan.problem.set(safety=False)
    assert plan.decide("tree", because="anybody can read it").name == "tree"
