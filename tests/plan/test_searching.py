"""A search begins with what the plan says of its trials, and the Lab of its best teaches the plan."""

import pytest
import torch
from torch import nn

import greenlatent as gl
from tests.parts import digit_samples


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path / "plans")


def make(rate, width):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10))
    return {"model": model, "latent": "1", "lr": rate, "batch_size": 64}


SPACE = {"rate": (1e-3, 1e-2, "log"), "width": [8, 16, 32]}


def test_its_budget_is_what_so_many_trials_are_estimated_to_take(plan, tmp_path):
    train, valid = digit_samples()
    with plan.search(
        make, train, valid=valid, space=SPACE, epochs=3, trials=6, folder=tmp_path / "one"
    ) as found:
        one = plan.estimate(make(3e-3, 16)["model"], train=train, epochs=3).training
        assert found.budget.joules == pytest.approx(6 * one.value + 1, rel=0.01)
    plan.say({"trials": 4})
    with plan.search(make, train, valid=valid, space=SPACE, epochs=3, folder=tmp_path / "two") as found:
        assert found.budget.joules == pytest.approx(4 * one.value + 1, rel=0.01)
    mine = gl.Budget(joules=2)
    with plan.search(
        make, train, valid=valid, space=SPACE, epochs=3, budget=mine, folder=tmp_path / "three"
    ) as found:
        assert found.budget is mine


def test_the_lab_of_its_best_is_a_row_of_what_the_plan_learned(plan, tmp_path):
    train, valid = digit_samples()
    with plan.search(
        make, train, valid=valid, space=SPACE, epochs=6, budget=gl.Budget(joules=3), folder=tmp_path / "one"
    ) as found:
        found.start(candidates=3)
        found.wait()
        with found.lab() as lab:
            lab.step(40)
            spent = lab.energy["train"].value + lab.energy["search"].value
    assert [row.steps for row in plan.learned] == [40]
    assert found.spent < spent  # the ledger of the Lab begins with all that the search took
    assert plan.learned[0].planned.value > 0


def last_reading(film):
    reading = film.frame(len(film) - 1).reading
    return {"step": -1} if reading is None else reading.header


def test_plan_search_lab_and_film_tell_one_ledger(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train, valid = digit_samples()
    with plan.search(
        make, train, valid=valid, space=SPACE, epochs=6, trials=8, folder=tmp_path / "one"
    ) as found:
        planned = plan.estimate(make(3e-3, 16)["model"], train=train, epochs=6, trials=8, batch=64).stages[
            "search"
        ]
        assert found.budget.joules == pytest.approx(planned.value + 1, rel=0.01)
        found.start()
        found.wait()
        assert sum(joules.value for joules in found.energy.values()) == pytest.approx(found.spent, rel=1e-6)
        with found.lab() as lab:
            begun = lab.energy["search"].value + lab.energy["train"].value
            assert begun == pytest.approx(found.spent, rel=1e-6)
            lab.step(40)
            while (reading := last_reading(lab.film))["step"] != lab.trainer.steps:
                lab.runner.call(lambda: None)
            kinds, total = lab.energy, lab.meter.total
        assert found.spent < reading["joules"]["value"] <= total.value
        assert sum(joules.value for joules in kinds.values()) == pytest.approx(total.value, rel=0.05)


def test_a_budget_below_one_trial_is_said_and_a_lab_of_it_says_what_to_do(plan, tmp_path, caplog):
    train, valid = digit_samples()
    with plan.search(
        make, train, valid=valid, space=SPACE, epochs=3, trials=0.01, folder=tmp_path / "one"
    ) as found:
        assert "less than one trial is estimated to take" in caplog.text
        with pytest.raises(ValueError, match=r"start\(\) first"):
            found.lab()
        found.budget = gl.Budget(joules=1e-6)
        found.start(candidates=1)
        found.wait()
        assert found.best is None and found.spent > 0
        with pytest.raises(ValueError, match="its budget ended before: give it a larger one"):
            found.lab()


def test_a_number_of_trials_that_cannot_be_is_refused(plan):
    train, valid = digit_samples()
    with pytest.raises(ValueError, match="how many trainings"):
        plan.search(make, train, valid=valid, space=SPACE, epochs=3, trials=0)
