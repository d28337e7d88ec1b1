"""The page does what the plan does, says what it says, and escapes every text."""

import asyncio
import html

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.plan.page import view as page
from greenlatent.plan.page.still import still
from tests.plan.conflicts.test_conflict import SOUND, planned, tried

EVIL = "<img src=x onerror=alert(1)>"


def form(view, part):
    return view._forms[list(("data", "problem", "environment")).index(part)]


def field(view, part, name):
    return form(view, part)._inputs[name]


def words(view):
    return [child.value for child in view._conflicts.children if hasattr(child, "value")]


def buttons(box):
    return {each.description: each for each in box.children}


def test_what_is_typed_is_said_and_each_field_is_one_step():
    plan = gl.Plan("mine")
    view = plan.view()
    for text in ("5", "50", "500"):
        field(view, "data", "rows").value = text
    assert plan.data.rows == 500 and len(plan.versions) == 1
    field(view, "data", "features").value = "1 x 8 x 8"
    assert plan.data.features == [1, 8, 8] and len(plan.versions) == 2
    field(view, "problem", "task").value = "classify"
    plan.undo()
    plan.undo()
    assert field(view, "data", "features").value == "" and field(view, "problem", "task").value == ""
    plan.data.set(rows=700)
    assert field(view, "data", "rows").value == "700"


def test_while_somebody_types_level_and_flags_follow_at_once_and_all_else_when_no_key_follows(monkeypatch):
    monkeypatch.setattr(page, "PAUSE", 0.0)
    plan = planned(**SOUND)
    view = plan.view()
    drawn = []
    draw = view._draw
    monkeypatch.setattr(view, "_draw", lambda: (drawn.append(1), draw()))

    async def typed():
        before = view._level.value, view._list.options
        for text in ("0.999", "0.9999"):
            field(view, "problem", "target").value = text
        field(view, "data", "rows").value = "50000"
        assert view._level.value != before[0] and any("The target" in each for each in words(view))
        assert drawn == [] and view._list.options == before[1]
        while not drawn:
            await asyncio.sleep(0)
        assert drawn == [1] and view._list.options != before[1]
        plan.undo()
        assert drawn == [1, 1]  # what is not typed is shown at once

    asyncio.run(asyncio.wait_for(typed(), 20))


def test_contradictions_come_and_go_without_new_widgets():
    plan = planned(**SOUND)
    view = plan.view()
    target = field(view, "problem", "target")
    for text in ("0.9999", "0.5", "0.9999"):
        target.value = text
    first = view._conflicts.children
    assert "The target" in first[0].value and first[1].children
    button = first[1].children[0]
    target.value = "0.5"
    assert "The target" not in view._conflicts.children[0].value
    target.value = "0.99999"
    assert view._conflicts.children[0] is first[0] and view._conflicts.children[1].children[0] is button
    button.click()
    assert plan.problem.target < 0.99999 and "The target" not in first[0].value


@pytest.mark.parametrize("text", ["-3", "many", "1e99", "=1+1", EVIL])
def test_what_is_no_value_is_said_beside_the_field_and_nothing_is_set(text):
    plan = gl.Plan("mine")
    view = plan.view()
    field(view, "data", "rows").value = text
    told = form(view, "data")._wrong["rows"].value
    assert "role='alert'" in told and "<img" not in told and plan.data.rows is None
    field(view, "data", "rows").value = "300"
    assert form(view, "data")._wrong["rows"].value == "" and plan.data.rows == 300


def test_the_form_offers_valid_pairs_only():
    plan = planned(**SOUND)
    view = plan.view()
    assert [value for _, value in field(view, "problem", "metric").options if value] == [
        "accuracy", "F1", "balanced accuracy",
    ]  # fmt: skip
    models = [value for _, value in field(view, "problem", "model").options if value]
    assert "cnn" in models and "gru" not in models
    plan.problem.set(metric="RMSE")
    assert ("RMSE (does not fit)", "RMSE") in field(view, "problem", "metric").options


def test_a_contradiction_is_shown_with_its_fixes_and_mended_by_a_button():
    plan = planned(
        **SOUND | {"target": 0.9999, "place": "data centre", "groups": 3, "split": "random", "safety": True}
    )
    view = plan.view()
    told = words(view)
    assert len([each for each in told if "gl-conflict" in each]) == 3 and "and 2 more" in told[-1]
    plan.data.unknown("groups")
    plan.problem.set(safety=False, target=0.5)
    (place,) = [child for child in view._conflicts.children if hasattr(child, "children") and child.children]
    buttons(place)["Google: 1.09"].click()
    assert plan.environment.pue == "Google" and "cooling" in view._bar.value


def test_list_and_figure_follow_each_other_and_nothing_is_chosen_at_first():
    plan = planned(**SOUND)
    tried(plan, tree=(0.9, 0.88, 0.92), mlp_64=(0.95, 0.94, 0.96))
    view = plan.view("front")
    assert view._list.value == "" and view._figure.points.selected is None
    view._list.value = "mlp 64"
    place = view._figure._names.index("mlp 64")
    assert list(view._figure.points.selected) == [place]
    view._figure.points.selected = [1 - place]
    assert view._list.value == "tree"
    view._figure.strip.selected = [0]
    assert view._list.value == view._figure._strip[0]
    view._list.value = ""
    assert view._figure.strip.selected is None


def test_a_decision_waits_for_a_choice_and_a_reason():
    plan = planned(**SOUND)
    view = plan.view()
    assert view._decide.disabled
    view._list.value = "tree"
    assert view._decide.disabled and "tree" in view._decide.description
    view._because.value = "anybody can read it"
    assert not view._decide.disabled
    view._decide.click()
    assert plan.decision.name == "tree" and "Decided: tree" in view._said.value
    view._undo.click()
    assert plan.decision is None


def test_both_vocabularies_name_the_same_fields():
    plan = gl.Plan("mine")
    view = plan.view()
    assert field(view, "data", "rows").description == "How many examples"
    view._words.value = "expert"
    assert field(view, "data", "rows").description == "rows"
    assert field(view, "data", "rows").tooltip


def test_another_field_is_added_and_stages_are_opened_by_name():
    plan = planned(**SOUND)
    view = plan.view()
    form(view, "problem").another.value = "latency"
    field(view, "problem", "latency").value = "0.5"
    assert plan.problem.latency == 0.5
    assert view._stages.layout.display == "none"
    assert plan.view("life")._stages.layout.display == "" and "train" in view._stages.value
    with pytest.raises(ValueError, match="there are data, life, front"):
        plan.view("all")


def test_what_else_there_is_and_what_cases_had_are_taken_by_a_button():
    plan = planned(**SOUND | {"features": None})
    view = plan.view()
    offers = {
        each.description: each for each in form(view, "data").beside.children if hasattr(each, "description")
    }
    text = next(each for each in offers if each.startswith("Numbers in one example"))
    offers[text].click()
    assert plan.data.field("features").source == "case"


def test_a_rehearsal_is_started_by_a_button_with_its_price(monkeypatch):
    plan = gl.Plan("mine")
    view = plan.view()
    assert view._rehearse.layout.display == "none"
    plan.problem.set(task="classify", model="tree", epochs=3)
    plan.data.use((np.random.default_rng(0).normal(size=(300, 4)), np.arange(300) % 3))
    asked = []
    monkeypatch.setattr(plan, "rehearse", lambda **options: asked.append(options))
    assert "about" in view._rehearse.description and view._rehearse.layout.display == ""
    view._rehearse.click()
    assert {"tree", "linear"} <= set(asked[0]["candidates"]) and asked[0]["epochs"] == 3
    assert len(asked[0]["samples"]) == 300 and asked[0]["share"] == 1 / 8


def test_every_text_from_outside_is_escaped_in_page_and_still():
    plan = gl.Plan("mine", by=EVIL)
    plan.name = EVIL
    plan.environment.set(device=EVIL, region=EVIL)
    plan.data.set(stays_in=EVIL, rows=500)
    plan.decide("tree", because=EVIL)
    view = plan.view()
    for text in (still(plan), view._level.value, view._said.value, *words(view)):
        assert "<img" not in text
    assert "&lt;img" in still(plan)


def test_the_still_has_the_version_and_all_that_the_page_has():
    plan = planned(**SOUND | {"place": "data centre"})
    told = still(plan)
    assert f"version {len(plan.versions)}" in told and "A data centre cools" in told
    assert "mlp 64 · accuracy not known" in told and "Nothing is decided." in told


def test_an_empty_plan_and_one_without_an_estimate_have_a_page():
    assert "as if: no model is named" in gl.Plan("mine").view()._level.value
    plan = gl.Plan("other")
    plan.problem.set(task="chat")
    assert "No estimate" in plan.view()._level.value and plan.view()._list.options[0][1] == ""


def test_notes_and_ratings_are_written_on_the_page_about_plan_candidate_or_case():
    plan = planned(**SOUND)
    view = plan.view()
    notes = view._notes
    assert notes.button.disabled and "Newest versions" in notes.told.value
    assert {"plan", "tree", plan.cases()[0].id} <= set(notes.about.options)
    notes.words.value, notes.about.value, notes.rating.value = EVIL, "tree", 4
    notes.button.click()
    (told,) = plan.notes
    assert told["about"] == "tree" and told["rating"] == 4 and notes.words.value == ""
    for text in (notes.told.value, still(plan)):
        assert "4 of 5" in text and "<img" not in text


def test_the_way_from_rows_to_answers_is_drawn_with_its_formula():
    plan = planned(**SOUND)
    text = plan.view()._steps.value
    assert text.count("<rect") == 5 and "read, then clean, then split, then train, then ask" in text
    assert "argmax" in text and text in still(plan)
    assert gl.Plan("empty").view()._steps.value == ""


def test_the_target_is_a_line_of_the_figure_and_who_misses_it_is_named():
    plan = planned(**SOUND | {"target": 0.93})
    tried(plan, tree=(0.9, 0.88, 0.92), mlp_64=(0.95, 0.94, 0.96), linear=(0.93, 0.91, 0.95))
    view = plan.view("front")
    assert list(view._figure.target.y) == [0.93, 0.93] and "target 0.93" in view._figure.said.text
    lines = {name: text for text, name in view._list.options}
    assert "· below the target of 0.93" in lines["tree"] and "target" not in lines["mlp 64"]
    assert "perhaps below the target of 0.93" in lines["linear"]
    plan.problem.set(metric="F1")  # asked of F1, so nothing is said of accuracy
    assert len(view._figure.target.y) == 0 and all("target" not in text for text, _ in view._list.options)


def test_what_it_takes_to_know_a_candidate_is_a_table_that_is_folded():
    plan = planned(**SOUND)
    strip, unknown = plan.view("front")._strip.value, plan.front().unknown
    assert strip.startswith("<details") and f"how right {len(unknown)} candidates" in strip
    assert strip.count("<tr>") == len(unknown) + 1 and "joules in all" in strip


@pytest.mark.parametrize(
    "part, name, text, value",
    [
        ("problem", "target", "0,5", 0.5),
        ("problem", "latency", "0,125", 0.125),
        ("problem", "answers", "1,000", 1000),
        ("problem", "answers", "1,234,567.5", 1234567.5),
        ("data", "rows", "12,000", 12000),
        ("data", "rows", "12 000", 12000),
        ("data", "gigabytes", "1,5", 1.5),
        ("data", "gigabytes", "1.125", 1.125),
        ("problem", "target", "1.000", 1),
        ("data", "features", "1,000", 1000),
        ("data", "features", "1,28,28", [1, 28, 28]),
        ("data", "features", "(3, 224, 224)", [3, 224, 224]),
    ],
)
def test_a_comma_before_three_digits_is_between_thousands_and_any_other_before_decimals(
    part, name, text, value
):
    plan = gl.Plan("mine")
    view = plan.view()
    form(view, part).another.value = name if name not in form(view, part)._inputs else ""
    field(view, part, name).value = text
    assert form(view, part)._wrong[name].value == "" and getattr(plan, part).field(name).value == value
    plan.problem.set(task="classify")  # the page is drawn anew, and what was typed stays
    assert field(view, part, name).value == text


@pytest.mark.parametrize(
    "part, name, text, words",
    [
        ("data", "rows", "1.000", "type 1000, or 1"),
        ("data", "rows", "1.000.000", "type 1000000"),
        ("problem", "answers", "1.500", "type 1500, or 1.5"),
        ("problem", "answers", "1.000,5", "one dot before its decimals"),
        ("data", "rows", "2,5", "'2,5' is read as 2.5"),
        ("problem", "target", "1,000", "'1,000' is read as 1000"),
        ("data", "features", "1.000", "a shape such as 1 x 28 x 28"),
        ("data", "features", "3,224,224", "type 3224224, or 3 x 224 x 224"),
        ("data", "rows", "inf", "'inf' is no finite number"),
        ("data", "rows", "1e400", "'1e400' is no finite number"),
        ("data", "rows", "9" * 400, "is no finite number"),
        ("data", "rows", "nan", "'nan' is no finite number"),
        ("problem", "target", "-inf", "'-inf' is no finite number"),
        ("data", "features", "9" * 400, "a shape such as"),
    ],
)
def test_what_may_be_another_number_or_is_none_is_said_as_it_was_typed(part, name, text, words):
    plan = gl.Plan("mine")
    view = plan.view()
    field(view, part, name).value = text
    told = html.unescape(form(view, part)._wrong[name].value)
    assert words in told and text[:40] in told and getattr(plan, part).field(name).value is None


def test_what_code_said_is_a_step_of_its_own_that_no_key_goes_on_with():
    plan = gl.Plan("mine")
    plan.data.set(rows=5)
    plan.data.set(features=3)
    view = plan.view()
    plan.data.set(rows=6)
    field(view, "data", "rows").value = ""
    assert plan.data.rows is None
    plan.undo()
    assert plan.data.rows == 6 and field(view, "data", "rows").value == "6"


def test_an_axis_that_is_not_there_shows_no_other_axis_and_its_message_goes_with_it():
    plan = planned(**SOUND | {"region": None})
    view = plan.view("front")
    before = view._list.options
    view._axis.value = "grams"
    assert "no grams without a region" in view._said.value and view._place.children == ()
    assert not any(" J" in words or " s" in words.split("region")[0] for words, _ in view._list.options)
    view._axis.value = "joules"
    assert view._list.options == before and view._said.value.count("grams") == 0
    assert view._place.children == (view._figure.figure,)
    view._axis.value = "grams"
    plan.environment.set(region="DE")
    assert "CO2e" in view._list.options[1][0] and "grams" not in view._said.value


def test_a_task_that_no_candidate_does_has_no_joules_until_a_model_is_named():
    plan = gl.Plan("mine")
    plan.data.set(kind="text", rows=500)
    plan.problem.set(task="chat", model="mlp")
    for ask in (plan.estimate, lambda: plan.estimate(epochs=3)):
        with pytest.raises(ValueError, match="no candidate of this package does that"):
            ask()
    assert str(plan.front()) in plan.situation.priced and "No estimate" in plan.view()._level.value
    assert plan.estimate("mlp").joules.value > 0
    plan.problem.set(task="classify")
    assert plan.estimate().joules.value > 0
