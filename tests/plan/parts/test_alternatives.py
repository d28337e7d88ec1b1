"""What else there is takes less, breaks no limit, and is undone as one."""

import greenlatent as gl


def planned():
    plan = gl.Plan("mine")
    plan.data.set(kind="image", rows=5000, features=64, classes=10)
    plan.problem.set(task="classify", model="cnn", size="16-32", epochs=20, retrain=12, trials=4)
    plan.environment.set(region="DE")
    return plan


def test_each_part_has_alternatives_that_take_less_and_name_their_price():
    plan = planned()
    for part in (plan.data, plan.problem):
        found = part.alternatives()
        assert len(found) == 2 and all(each.what.value < 1 and each.price for each in found)
    (sweden, _) = plan.environment.alternatives()
    assert "grams" in sweden.words and sweden.what.value == 1


def test_applying_one_is_one_step_and_its_factor_is_what_it_then_takes():
    plan = planned()
    before = plan.estimate().joules.value
    (change, _) = plan.data.alternatives()
    versions = len(plan.versions)
    change.apply()
    assert len(plan.versions) == versions + 1
    assert abs(plan.estimate().joules.value / before - change.what.value) < 1e-9
    plan.undo()
    assert plan.estimate().joules.value == before


def test_no_alternative_breaks_a_limit():
    plan = planned()
    plan.data.set(stays_in="DE")
    plan.problem.set(latency=10.0, minutes=60.0)
    before = {each.rule for each in plan.conflicts()}
    for part in (plan.data, plan.problem, plan.environment):
        for change in part.alternatives():
            change.apply()
            assert {each.rule for each in plan.conflicts()} <= before
            plan.undo()
    assert plan.environment.alternatives() == []


def test_a_preference_for_speed_puts_what_takes_least_first():
    plan = planned()
    plan.problem.set(prefer="speed")
    factors = [each.what.value for each in plan.problem.alternatives()]
    assert factors == sorted(factors)
