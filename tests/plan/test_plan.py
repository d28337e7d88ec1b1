"""The plan itself: its folder, and what cannot be kept."""

import logging

import pytest

import greenlatent as gl
from greenlatent.plan import Past
from greenlatent.plan.costs.experience import FILE
from greenlatent.plan.costs.speeds import home


def past(plan, **more):
    found = plan.estimate("mlp", rows=500, features=20, classes=3, epochs=5)
    took = found.processor_seconds.value
    return Past.of(found.workload, found.terms, processor_seconds=took, seconds=took, **more)


def test_a_plan_is_made_when_there_is_something_to_keep_and_opened_as_it_was_left(tmp_path):
    plan = gl.Plan("shoulder watch")
    assert not (tmp_path / "greenlatent-plans").exists()
    plan.keep(past(plan))
    assert (tmp_path / "greenlatent-plans" / "shoulder watch" / FILE).exists()
    assert len(gl.Plan("shoulder watch").experience.runs) == 1
    assert "1 run known" in repr(gl.Plan("shoulder watch"))


def test_a_line_knows_the_machines_clock_the_memory_and_the_versions():
    plan = gl.Plan("mine")
    plan.keep(past(plan))
    (run,) = gl.Plan("mine").experience.runs
    assert run.clock == plan.speeds.clock and run.versions["torch"]
    assert run.memory is None or run.memory > 5e7


def test_runs_of_one_plan_are_known_to_the_next_on_this_machine(tmp_path):
    one = gl.Plan("one")
    one.keep(past(one))
    assert len(gl.Plan("two").experience.runs) == 1


def test_what_cannot_be_written_is_known_for_now_and_told(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    plan = gl.Plan("mine", home=tmp_path / "file")
    home().parent.mkdir(parents=True, exist_ok=True)
    home().write_text("")
    with caplog.at_level(logging.WARNING):
        plan.keep(past(plan))
    assert len(plan.experience.runs) == 1 and "could not be kept" in caplog.text


def test_damaged_lines_are_named_in_the_estimate(tmp_path):
    plan = gl.Plan("mine")
    plan.keep(past(plan))
    path = plan.folder / FILE
    path.write_text(path.read_text() + '{"family": "mlp", "processor_seconds": 0}\n')
    said = gl.Plan("mine").estimate("mlp", rows=500, features=20, classes=3).why()
    assert "set aside: line 2 cannot be read" in said


@pytest.mark.parametrize("name", ["", " ", "a/b", "..", ".hidden", "a\0b", 3])
def test_a_name_that_no_folder_can_have_is_refused(name):
    with pytest.raises(ValueError, match="give a plan a name that a folder can have"):
        gl.Plan(name)


def test_a_model_in_words_is_named_as_a_candidate_is(tmp_path):
    plan = gl.Plan("mine", home=tmp_path)
    fields = {"rows": 1000, "features": 64, "classes": 10, "epochs": 5}
    assert plan.estimate("mlp 64-32", **fields).joules == plan.estimate("mlp", size="64-32", **fields).joules
    with pytest.raises(ValueError, match="size"):
        plan.estimate("mlp none", **fields)
