"""The front: nothing dominates but beyond both intervals, nothing is chosen, and what is not known stands apart."""

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.plan.front.front import dominated
from tests.plan.conflicts.test_conflict import SOUND, planned, tried


def beaten(ends, k):
    """By looking at every other."""
    (low, _), (_, high) = ends[k]
    return any(cost[1] < low and right[0] > high for cost, right in ends)


def test_the_front_is_that_of_brute_force_on_a_thousand_random_sets():
    rng = np.random.default_rng(0)
    some = 0
    for _ in range(1000):
        n = int(rng.integers(1, 14))
        cost, right = rng.integers(0, 12, n) / 2, rng.integers(0, 12, n) / 12
        wide, unsure = rng.integers(0, 3, n) / 4, rng.integers(0, 3, n) / 24
        ends = [
            ((c - w, c + w), (r - u, r + u)) for c, w, r, u in zip(cost, wide, right, unsure, strict=True)
        ]
        found = dominated(ends)
        assert [each is not None for each in found] == [beaten(ends, k) for k in range(n)]
        for k, rival in enumerate(found):
            if rival is not None:
                some += 1
                assert ends[rival][0][1] < ends[k][0][0] and ends[rival][1][0] > ends[k][1][1]
    assert some > 500


def known():
    plan = planned(**SOUND)
    tried(
        plan,
        linear=(0.90, 0.89, 0.91),
        tree=(0.80, 0.79, 0.81),
        mlp_64=(0.95, 0.94, 0.96),
        forest_300=(0.952, 0.94, 0.97),
        cnn_8=(0.99, 0.985, 0.995),
    )
    return plan


def test_overlapping_intervals_dominate_nothing_and_what_is_not_known_is_a_strip():
    front = known().front()
    assert {each.name for each in front.known} == {"linear", "tree", "mlp 64", "forest 300", "cnn 8"}
    assert front["forest 300"].dominated_by == "cnn 8"  # it takes less and is right more often, beyond both
    assert front["mlp 64"].on_front and front["linear"].on_front
    assert all(each.knowing.value > 0 and not each.on_front for each in front.unknown)


def test_the_step_line_rises_and_ends_at_what_is_right_most_often():
    steps = known().front().steps
    assert steps == sorted(steps) and steps[-1][1] == 0.99


@pytest.mark.parametrize("x", ["joules", "seconds", "grams", "memory", "answer"])
def test_every_axis_has_an_interval_around_its_value(x):
    for each in known().front(x).candidates:
        assert each.x.low <= each.x.value <= each.x.high
        assert each.own[0] <= each.x.value <= each.own[1]


def test_nothing_is_sorted_or_chosen_and_limits_are_told_with_their_reason():
    plan = known()
    order = [each.name for each in plan.front().candidates]
    plan.problem.set(joules=0.5, model="linear")
    front = plan.front()
    assert [each.name for each in front.candidates] == order
    assert "are allowed" in front["cnn 8"].breaks[0] and not front["cnn 8"].on_front
    assert plan.decision is None


def test_accuracy_holds_for_the_data_that_it_was_seen_on():
    plan = known()
    plan.data.set(classes=11)
    assert plan.front().known == []
    plan.undo()
    assert len(plan.front().known) == 5


def test_relatives_are_pairs_of_candidates():
    front = known().front()
    assert ("tree", "forest 50") in front.relatives and ("cnn 8", "cnn 16-32") in front.relatives


def test_a_published_curve_stands_behind_only_where_it_fits():
    plan = known()
    assert plan.front().benchmark == ()
    plan.data.set(kind="text")
    assert len(plan.front().benchmark) == 24 and plan.front("seconds").benchmark == ()


def test_axes_and_names_that_there_are_not_are_refused_with_what_there_is():
    plan = known()
    with pytest.raises(ValueError, match="x is one of joules, seconds"):
        plan.front("euros")
    plan.environment.unknown("region")
    with pytest.raises(ValueError, match="no grams without a region"):
        plan.front("grams")
    with pytest.raises(ValueError, match="is no candidate; there are linear"):
        plan.front()["oak"]


def test_a_task_that_no_model_of_the_package_does_has_no_candidates():
    plan = gl.Plan("mine")
    plan.problem.set(task="chat")
    assert plan.front().candidates == () and "no candidate of this package" in plan.situation.priced
