"""Three parts: what is set stays, what cannot be raises, and the order of saying does not matter."""

from itertools import permutations

import numpy as np
import pytest

import greenlatent as gl

SAID = {
    "data": {"kind": "image", "rows": 1797, "features": (1, 8, 8), "classes": 10},
    "problem": {"task": "classify", "metric": "RMSE", "answers": 500, "per": "day", "retrain": "monthly"},
    "environment": {"device": "nobody knows it", "region": "Atlantis"},
}


def seen(plan):
    found = plan.estimate()
    rules = sorted(each.rule for each in plan.conflicts())
    return dict(plan.situation.values), rules, found.joules.value, found.joules.high


def test_all_six_orders_of_the_parts_give_the_same_plan():
    found = []
    for k, order in enumerate(permutations(SAID)):
        plan = gl.Plan(f"plan {k}")
        for part in order:
            getattr(plan, part).set(**SAID[part])
        found.append(seen(plan))
    assert all(each == found[0] for each in found)
    assert {"metric_of_another_task", "device_not_known", "region_not_known"} <= set(found[0][1])


def test_what_is_set_is_there_when_it_is_opened_again_with_who_said_it():
    plan = gl.Plan("mine", by="ann")
    plan.data.set(rows=500)
    again = gl.Plan("mine", by="ben")
    assert again.data.rows == 500 and again.data.field("rows").source == "you"
    assert again.data.field("rows").by == "ann" and again.data.field("rows").range == (500, 500)
    assert again.environment.field("device").source == "default" and again.data.features is None


@pytest.mark.parametrize(
    "part, fields, words",
    [
        ("data", {"rows": 500, "rowz": 3}, "no field 'rowz'.*rows, features"),
        ("data", {"classes": 3, "rows": 0}, "a whole number from 1"),
        ("data", {"classes": 3, "rows": 2.5}, "a whole number"),
        ("data", {"classes": 3, "kind": "smell"}, "table, image, signal, text"),
        ("data", {"classes": 3, "labelled": 1.5}, "from 0 to 1"),
        ("data", {"classes": 3, "features": ()}, "the shape of one row"),
        ("problem", {"epochs": 3, "task": "fly"}, "classify, regress"),
        ("problem", {"epochs": 3, "size": "64--"}, "widths such as"),
        ("problem", {"epochs": 3, "safety": 1}, "True or False"),
        ("problem", {"epochs": 3, "years": float("nan")}, "a number from"),
        ("environment", {"processes": 2, "pue": "the moon"}, "Google"),
        ("environment", {"processes": 2, "device": ""}, "a name of up to"),
        ("environment", {"processes": 2, "rows": 3}, "a field of plan.data"),
    ],
)
def test_a_wrong_name_or_value_raises_and_nothing_is_half_set(part, fields, words):
    plan = gl.Plan("mine")
    before = dict(plan.situation.values)
    with pytest.raises((TypeError, ValueError), match=words):
        getattr(plan, part).set(**fields)
    assert dict(plan.situation.values) == before and plan.versions == []


def test_what_is_not_known_widens_the_interval():
    plan = gl.Plan("mine")
    plan.data.set(rows=2000, features=64, classes=10)
    plan.problem.set(task="classify", model="mlp", epochs=20)
    known = plan.estimate().joules
    plan.data.unknown("rows")
    unknown = plan.estimate()
    assert unknown.joules.high / unknown.joules.low > known.high / known.low and unknown.widest == "rows"


def test_an_estimate_of_nothing_named_is_of_the_parts_and_named_fields_come_before_them():
    plan = gl.Plan("mine")
    plan.data.set(rows=2000, features=64, classes=10)
    plan.problem.set(model="cnn", size="8", epochs=10, answers=100, per="day")
    found = plan.estimate()
    assert found.name == "cnn 8" and "answer" in found.stages
    asked = gl.Plan("other").estimate("cnn", size="8", rows=2000, features=64, classes=10, epochs=10)
    assert found.training.value == asked.training.value
    assert plan.estimate(epochs=20).training.value > 1.5 * found.training.value


def test_classification_never_offers_an_error_of_numbers():
    plan = gl.Plan("mine")
    plan.problem.set(task="classify", metric="RMSE")
    (found,) = plan.conflicts()
    offered = [fix.fields.get("metric") for fix in found.fixes]
    assert "RMSE" not in offered and "accuracy" in offered


def test_an_attribute_that_is_no_field_says_which_there_are():
    with pytest.raises(AttributeError, match="its fields: kind, rows"):
        gl.Plan("mine").data.rowz  # noqa: B018


def test_a_book_that_says_what_no_field_can_be_leaves_it_unknown():
    plan = gl.Plan("mine")
    plan.book.say("data", rows="<img onerror=1>", features=[[]], classes=7)
    assert (plan.data.rows, plan.data.features, plan.data.classes) == (None, None, 7)
    assert plan.estimate() is not None


def test_a_field_is_not_set_by_an_equals_sign_which_the_plan_would_know_nothing_of():
    plan = gl.Plan("mine")
    with pytest.raises(AttributeError, match=r"use plan.data.set\(rows=7\)"):
        plan.data.rows = 7
    with pytest.raises(AttributeError, match=r"use plan.problem.set"):
        plan.problem.split = "random"
    with pytest.raises(AttributeError, match=r"a field of plan.data"):
        plan.environment.rows = 7
    with pytest.raises(AttributeError, match="no field 'rowz'"):
        plan.data.rowz = 7
    plan.data._own = 7
    assert plan.data.rows is None and plan.data._own == 7


@pytest.mark.parametrize("value", [np.int64(64), np.uint8(64), 64.0, np.array(64)])
def test_features_take_the_numbers_that_rows_take(value):
    plan = gl.Plan("mine")
    plan.data.set(features=value, rows=value)
    assert plan.data.features == plan.data.rows == 64 and type(plan.data.features) is int
    plan.data.set(features=(1, np.int64(8), 8))
    assert plan.data.features == [1, 8, 8]


@pytest.mark.parametrize(
    "value", [10**400, 10**5000, -(10**400), float("inf")], ids=["large", "vast", "less", "inf"]
)
@pytest.mark.parametrize("name", ["rows", "features", "gigabytes"])
def test_a_number_beyond_all_numbers_is_refused_in_words(name, value):
    plan = gl.Plan("mine")
    with pytest.raises(ValueError, match=f"{name}=.*; give") as found:
        plan.data.set(**{name: value})
    assert len(str(found.value)) < 200 and plan.versions == []


def test_a_width_that_is_too_large_is_told_from_what_is_none():
    plan = gl.Plan("mine")
    with pytest.raises(ValueError, match="each width is from 1 to 999,999"):
        plan.problem.set(size="99999999")
    with pytest.raises(ValueError, match="give small, medium, large"):
        plan.problem.set(size="wide")
