"""Break-even between two candidates."""

import pytest

import greenlatent as gl


def test_a_dearer_model_with_cheaper_answers_pays_after_so_many(tmp_path):
    plan = gl.Plan("mine", home=tmp_path)
    fields = {"rows": 2000, "features": 64, "classes": 10}
    cheap, dear = plan.estimate("knn", **fields), plan.estimate("tree", **fields)
    found = plan.break_even(cheap, dear)
    fixed = dear.training.value - cheap.training.value
    assert found.value == pytest.approx(fixed / (cheap.answer.value - dear.answer.value))
    assert found.low <= found.value <= found.high and found.unit == "answers"
    assert plan.break_even(dear, cheap).value == pytest.approx(found.value)


def test_what_is_dearer_to_make_and_to_ask_never_pays(tmp_path):
    plan = gl.Plan("mine", home=tmp_path)
    fields = {"rows": 2000, "features": 64, "classes": 10, "epochs": 20}
    assert plan.break_even(plan.estimate("linear", **fields), plan.estimate("forest", **fields)) is None


def test_that_it_never_pays_is_said_in_words(tmp_path, caplog):
    plan = gl.Plan("mine", home=tmp_path)
    fields = {"rows": 2000, "features": 64, "classes": 10, "epochs": 20}
    assert plan.break_even(plan.estimate("linear", **fields), plan.estimate("forest", **fields)) is None
    assert "forest 50 costs more to make than linear and no less to ask, so it never has paid" in caplog.text
