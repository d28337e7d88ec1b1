"""What is known of tasks, families and fields comes from one file, and a task is added by that file alone."""

import json

import pytest

import greenlatent as gl
from greenlatent.plan.facts.knowledge import PATH, load


def changed(tmp_path, change):
    told = json.loads(PATH.read_text())
    change(told)
    path = tmp_path / "knowledge.json"
    path.write_text(json.dumps(told))
    return path


def test_a_task_is_added_by_the_file_alone_and_planned_with(tmp_path):
    def add(told):
        told["metrics"]["hits"] = {"tasks": ["rank"], "plain": "hits", "bounded": True}
        told["tasks"]["rank"] = {
            **told["tasks"]["classify"], "plain": "Put in order", "expert": "ranking", "metrics": ["hits"],
            "families": ["linear", "mlp"],
        }  # fmt: skip
        for family in ("linear", "mlp"):
            told["families"][family]["does"].append("rank")

    plan = gl.Plan("mine", knowledge=changed(tmp_path, add))
    plan.data.set(kind="table", rows=1000, features=20, classes=3)
    plan.problem.set(task="rank", metric="accuracy")
    assert {each.name.split()[0] for each in plan.front().candidates} == {"linear", "mlp"}
    (found,) = plan.conflicts()
    assert found.rule == "metric_of_another_task" and found.fixes[0].fields == {"metric": "hits"}
    found.fixes[0].apply()
    assert plan.conflicts() == [] and plan.estimate().joules.value > 0
    assert "Put in order" in str(plan.view()._forms[1]._inputs["task"].options)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda told: told["tasks"]["classify"]["metrics"].append("luck"), "task classify names metric luck"),
        (lambda told: told["families"]["tree"]["smaller than"].append("oak"), "family tree names oak"),
        (lambda told: told["tasks"]["classify"]["needs"].append("smell"), "names field smell"),
        (lambda told: told["families"].update(oak=told["families"]["tree"]), "family oak has no formula"),
        (lambda told: told["fields"]["rows"].update(type="smell"), "field rows: its type is one of"),
    ],
)
def test_what_does_not_fit_together_is_an_error_that_names_the_place(tmp_path, change, words):
    with pytest.raises(ValueError, match=words):
        load(changed(tmp_path, change))


def test_a_file_of_brackets_is_no_knowledge(tmp_path):
    path = tmp_path / "knowledge.json"
    path.write_text("[" * 200_000)
    with pytest.raises(ValueError, match="is no JSON"):
        load(path)


def test_every_field_has_both_words_and_a_reason():
    for about in load().fields.values():
        assert about.plain and about.expert and (about.why or about.name == "per")
