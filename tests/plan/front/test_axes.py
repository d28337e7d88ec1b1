"""All axes at once: what the fronts say, and nothing that they do not."""

import numpy as np

from tests.plan.conflicts.test_conflict import SOUND, planned, tried


def test_candidates_lie_on_every_axis_and_what_is_not_known_is_missing():
    plan = planned(**SOUND)
    tried(plan, tree=(0.9, 0.88, 0.92))
    found = plan.front(all=True)
    front = plan.front()
    assert found.axes == (
        "accuracy", "joules in all (J)", "seconds of a training", "grams CO2e in all", "memory (B)",
        "seconds of an answer",
    )  # fmt: skip
    assert len(found.values) == len(front.candidates)
    for k, each in enumerate(front.candidates):
        assert found.values[k][1] == each.x.value
        assert np.isnan(found.values[k][0]) == (each.y is None)


def test_a_brush_is_told_in_joules_and_grams_are_left_out_without_a_region():
    plan = planned(**SOUND | {"region": None})
    found = plan.front("joules", "f1", all=True)
    assert found.axes[0] == "f1" and "grams CO2e in all" not in found.axes
    joules = [each.x.value for each in plan.front().candidates]
    middle = float(np.median(joules))
    found.brushes = {1: [(np.log10(min(joules)) - 1, np.log10(middle))]}
    low, high = found.ranges["joules in all (J)"]
    assert low < min(joules) and np.isclose(high, middle)
