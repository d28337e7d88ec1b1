"""What was tried is known for data of those features and classes, and stays beside what was tried on others."""

import numpy as np

import greenlatent as gl


def data(features, classes, rows=200):
    y = np.arange(rows) % classes
    x = np.random.default_rng(features).normal(size=(rows, features)) + 3 * y[:, None]
    return gl.Samples(x.astype("float32"), list(y))


def rehearsed(plan, samples):
    return plan.rehearse(samples=samples, share=1 / 2, candidates=["tree"]).rows[0].accuracy


def test_a_rehearsal_on_other_data_leaves_the_accuracy_of_the_front_alone():
    plan = gl.Plan("mine")
    plan.data.set(kind="table", features=4, classes=2, rows=200)
    plan.problem.set(task="classify", model="tree")
    mine = rehearsed(plan, data(4, 2))
    assert plan.front()["tree"].y == mine
    for other in (data(9, 2), data(4, 5)):
        rehearsed(plan, other)
        assert plan.front()["tree"].y == mine and len(plan.front().candidates) == len({*names(plan)})
    plan.data.set(features=9)
    assert plan.front()["tree"].y is not None
    plan.data.set(classes=5)
    assert plan.front()["tree"].y is None


def names(plan):
    return [each.name for each in plan.front().candidates]


def test_a_first_rehearsal_on_other_data_is_not_known_for_these():
    plan = gl.Plan("mine")
    plan.data.set(kind="table", features=4, classes=2, rows=200)
    rehearsed(plan, data(9, 2))
    assert plan.front()["tree"].y is None


def test_a_row_of_a_shape_is_as_many_features_and_what_nobody_said_fits():
    plan = gl.Plan("mine")
    samples = data(16, 2)
    square = gl.Samples(samples.x.reshape(-1, 1, 4, 4), samples.y.tolist())
    rehearsed(plan, square)
    assert plan.front()["tree"].y is not None
    plan.data.set(features=16, classes=2)
    rehearsed(plan, square)
    assert plan.front()["tree"].y is not None
    plan.data.set(features=15)
    assert plan.front()["tree"].y is None
