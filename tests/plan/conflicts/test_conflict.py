"""Contradictions: each planted one is told by its rule alone, every fix clears it, and sound plans have none."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import greenlatent as gl
from greenlatent.plan.cases.cases import corpus
from greenlatent.plan.conflicts.conflict import ASKS, RULES
from greenlatent.plan.conflicts.finding import SECONDS_A_YEAR

SOUND = {
    "kind": "image",
    "rows": 5000,
    "features": 64,
    "classes": 10,
    "task": "classify",
    "metric": "accuracy",
    "model": "mlp",
    "size": "64",
    "epochs": 20,
    "region": "DE",
}
# rule: what is said on top of a sound plan, once in each of several ways
PLANTED = {
    "labels_missing": [{"labelled": 0.0}, {"labelled": 0.01}, {"rows": 60, "size": "16", "labelled": 0.5}],
    "class_too_rare": [{"smallest_class": 3}, {"smallest_class": 0, "classes": 2}],
    "one_class": [{"classes": 1}, {"classes": 1, "largest_class": 5000, "metric": "F1"}],
    "accuracy_hides_rare": [{"largest_class": 4800}, {"classes": 2, "largest_class": 4500}],
    "target_below_chance": [
        {"target": 0.08},
        {"target": 0.5, "classes": 2},
        {"largest_class": 3000, "target": 0.6},
    ],
    "target_above_others": [{"target": 0.9999}, {"target": 0.995, "rows": 1797}],
    "metric_of_another_task": [{"metric": "RMSE"}, {"metric": "mAP"}],
    "too_few_rows": [{"rows": 45, "size": "16"}, {"rows": 80, "size": "512-512-512", "classes": 2}],
    "model_for_other_data": [{"kind": "table", "model": "cnn", "size": "8"}, {"model": "gru", "size": "32"}],
    "same_people": [{"groups": 12, "split": "random"}, {"groups": 2, "split": "random"}],
    "copies": [{"duplicates": 700}, {"duplicates": 1, "split": "random"}],
    "memory_too_small": [{"memory_gb": 0.05}, {"memory_gb": 0.3, "batch": 64}],
    "too_slow": [{"minutes": 0.001}, {"minutes": 0.02, "trials": 40}],
    "over_the_budget": [{"joules": 0.5}, {"grams": 1e-6}, {"joules": 0.5, "grams": 1e-6}],
    "cannot_keep_up": [{"latency": 1e-6}, {"answers": 1e11, "per": "day"}],
    "device_not_known": [{"device": "NVIDIA RTX 9990"}, {"device": "<img src=x>"}],
    "region_not_known": [{"region": "Atlantis"}, {"region": "Gemrany"}],
    "no_cooling_said": [{"place": "data centre"}],
    "cooling_where_there_is_none": [{"place": "home", "pue": 1.5}, {"place": "office", "pue": "Google"}],
    "many_processes": [{"processes": 8, "rows": 500}],
    "safety_without_a_person": [{"safety": True}, {"safety": True, "supervised": False}],
    "may_not_leave": [{"stays_in": "France"}, {"stays_in": "FRA", "region": "Germany"}],
    "do_not_fit": [{"gigabytes": 40.0, "memory_gb": 8.0}],
    "nothing_new": [{"retrain": 12, "new_rows": 0}],
    "answers_cost_more": [{"answers": 1e5, "per": "day", "model": "cnn", "size": "32-64"}],
    "searching_costs_more": [{"trials": 200}, {"trials": 100, "retrain": 12}],
    "facts_too_old": [{"gigabytes": 1.0}],
    "too_unsure_to_choose": [{}],
    "accuracy_not_known": [{"target": 0.9}],
}
# What is true of such a plan beside what was planted.
ALSO = {
    "target_below_chance": ["accuracy_not_known"],
    "target_above_others": ["accuracy_not_known"],
    "cannot_keep_up": ["answers_cost_more"],
    "do_not_fit": ["facts_too_old"],
    "too_slow": ["searching_costs_more"],
}
CASES = [(rule, change) for rule, changes in PLANTED.items() for change in changes]


def planned(name="mine", **fields):
    plan = gl.Plan(name)
    plan.say({key: value for key, value in fields.items() if value is not None})
    return plan


def tried(plan, **accuracy):
    of = plan.situation.likeness
    lines = {
        ("tried", name.replace("_", " ")): {
            "accuracy": list(ends),
            "f1": list(ends),
            "of": of,
            "whole": 3500,
            "rows": 5000,
            "curve": [],
            "asked": 100,
        }
        for name, ends in accuracy.items()
    }
    plan.book.say_all(lines, "data")


def test_there_are_twenty_seven_rules_and_two_that_ask_and_each_is_planted():
    assert len(RULES) == 27 and len(ASKS) == 2
    assert set(PLANTED) == {*RULES, *ASKS}


@pytest.mark.parametrize("rule, change", CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_planted_contradiction_is_told_by_its_rule_and_no_other_and_every_fix_clears_it(rule, change):
    plan = planned(**SOUND | change)
    if rule == "too_unsure_to_choose":
        tried(plan, mlp_64=(0.95, 0.93, 0.97), tree=(0.94, 0.92, 0.96))
    found = {each.rule: each for each in plan.conflicts()}
    assert rule in found
    assert set(found) - {rule} <= set(ALSO.get(rule, ()))
    one = found[rule]
    assert one.words and one.joules >= 0 and one.asks == (rule in ASKS)
    assert one.fixes or one.what_to_do
    values = dict(plan.situation.values)
    for fix in one.fixes:
        versions = len(plan.versions)
        fix.apply()
        assert rule not in {each.rule for each in plan.conflicts()}, fix.words
        assert len(plan.versions) == versions + 1
        assert plan.undo() and dict(plan.situation.values) == values
        assert rule in {each.rule for each in plan.conflicts()}


def test_a_sound_plan_has_none():
    assert planned(**SOUND).conflicts() == []


FAMILIES = ("svm", "tree", "knn", "forest", "mlp", "cnn", "gru", "boosting")
TRAININGS = [
    case
    for case in corpus()
    if case.phase == "train" and case.task in ("classify", "regress") and case.data.get("features")
    and case.data["rows"] < 1e6 and case.model["family"] in FAMILIES
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_sound_random_plans_of_the_corpus_have_none(tmp_path, data):
    plan = sound(data, tmp_path)
    assert [each.rule for each in plan.conflicts() if not each.asks] == []


def sound(data, home):
    """A plan like a case: its data, its model, a target that it reached, and limits that are wide."""
    case = data.draw(st.sampled_from(TRAININGS))
    plan = gl.Plan(f"plan {uuid.uuid4()}", home=home)
    told = {name: case.data[name] for name in ("kind", "rows", "features", "classes") if case.data.get(name)}
    told["task"] = case.task
    family = plan.knowledge.families[case.model["family"]]
    if told["kind"] in family.eats:
        told["model"] = family.name
    if case.metric in plan.knowledge.tasks[case.task].metrics and case.score and case.score > 0.5:
        told["metric"] = case.metric
        if data.draw(st.booleans()):
            told["target"] = int(1000 * case.score) / 1000
    told["region"] = data.draw(st.sampled_from(["DE", "France", None, "USA"]))
    told["place"], told["pue"] = data.draw(
        st.sampled_from([("home", None), ("data centre", 1.2), ("data centre", "Google"), (None, None)])
    )
    told["retrain"], told["new_rows"] = data.draw(st.sampled_from([(0, None), (12, 1000), (None, None)]))
    told["split"], told["groups"] = data.draw(
        st.sampled_from([("by group", 12), ("random", None), (None, None)])
    )
    told["safety"], told["supervised"] = data.draw(
        st.sampled_from([(True, True), (False, None), (None, None)])
    )
    told["answers"], told["per"] = data.draw(st.sampled_from([(10, "day"), (0, "year"), (None, None)]))
    told["minutes"] = data.draw(st.sampled_from([600.0, None]))
    plan.say({name: value for name, value in told.items() if value is not None})
    return plan


def test_what_is_kept_is_told_no_more_until_what_it_is_about_changes():
    plan = planned(**SOUND | {"target": 0.9999})
    found = next(each for each in plan.conflicts() if each.rule == "target_above_others")
    next(fix for fix in found.fixes if fix.words == "Keep it").apply()
    assert "target_above_others" not in {each.rule for each in plan.conflicts()}
    plan.problem.set(target=0.99995)
    assert "target_above_others" in {each.rule for each in plan.conflicts()}


def test_those_with_most_at_stake_come_first_and_questions_last():
    plan = planned(**SOUND | {"target": 0.9999, "place": "data centre", "gigabytes": 0.001})
    found = plan.conflicts()
    told = [each.joules for each in found if not each.asks]
    assert told == sorted(told, reverse=True) and found[-1].asks


def test_of_two_values_of_a_merged_plan_both_are_offered(tmp_path):
    mine, theirs = planned("a", **SOUND), gl.Plan("b", by="ben")
    theirs.data.set(rows=900)
    mine.merge(theirs.folder)
    (found,) = mine.conflicts()
    assert found.rule == "clash" and [fix.words for fix in found.fixes] == ["rows: 5000", "rows: 900"]
    found.fixes[1].apply()
    assert mine.conflicts() == [] and mine.data.rows == 900


def test_the_price_of_the_last_points_is_told_where_candidates_were_tried():
    plan = planned(**SOUND | {"target": 0.9999})
    tried(plan, tree=(0.9, 0.89, 0.91), forest_300=(0.97, 0.96, 0.98))
    found = next(each for each in plan.conflicts() if each.rule == "target_above_others")
    assert "From 0.900 to 0.970, with forest 300, takes" in found.words


def test_a_machine_that_answers_all_year_is_the_limit():
    plan = planned(**SOUND)
    one = plan.estimate().answer_seconds.value
    plan.problem.set(answers=0.5 * SECONDS_A_YEAR / one, per="year")
    assert "cannot_keep_up" not in {each.rule for each in plan.conflicts()}
    plan.problem.set(answers=2 * SECONDS_A_YEAR / one)
    assert "cannot_keep_up" in {each.rule for each in plan.conflicts()}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"smallest_class": 1}, "has 1 row:"),
        ({"duplicates": 1}, "1 row is a copy:"),
        ({"duplicates": 700}, "700 rows are copies:"),
        ({"rows": 1, "size": "16"}, "1 row is little for"),
    ],
)
def test_one_is_said_as_one(change, words):
    assert any(words in each.words for each in planned(**SOUND | change).conflicts())
