"""Smaller numbers answer in a model's place, as often right, if an answer is cheaper in the user's batches."""

import pytest
import torch
from torch import nn

from greenlatent.energy.joules import Joules
from greenlatent.tactics.advisor import Advisor
from greenlatent.tactics.finders import deployment
from greenlatent.tactics.finders.deployment import Halved, quantised, smaller_numbers
from greenlatent.tactics.offer import Asked

from ...parts import same, weights
from ..simulated import lab


def asked(run, answers=1000):
    return Asked(run.run, 100, answers=answers, plan=1.0)


@pytest.mark.parametrize("make", [quantised, Halved])
def test_answers_are_close_to_those_of_the_model_and_the_model_is_as_it_was(make):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4)).eval()
    before, x = weights(model), torch.randn(16, 8)
    other = make(model).eval()
    assert torch.allclose(other(x), model(x), atol=0.1) and other(x).dtype == torch.float32
    assert same(weights(model), before)


def test_what_is_cheaper_is_offered_as_a_module_with_its_points(monkeypatch):
    monkeypatch.setattr(deployment, "turns", lambda model, other, x: ([2.0] * 5, [1.0] * 5))
    with lab() as run:
        run.step(60)
        found = smaller_numbers(asked(run))
        assert [offer.what for offer in found] == ["int8 for answers", "bf16 for answers"]
        for offer in found:
            assert isinstance(offer.made(run.run), nn.Module) and abs(offer.points[0]) < 0.05
            assert 0.5 < offer.ratio.value < 1 and offer.how == "model"


def test_what_is_dearer_is_left_with_its_number_alone_and_in_batches(monkeypatch):
    monkeypatch.setattr(deployment, "turns", lambda model, other, x: ([1.0] * 5, [1.7] * 5))
    with lab() as run:
        for said in smaller_numbers(asked(run)):
            assert "x1.7" in said and "alone" in said


def test_what_fails_says_so_and_without_answers_nothing_is_tried(monkeypatch):
    def broken(model):
        raise RuntimeError("no engine")

    monkeypatch.setattr(deployment, "KINDS", (("int8 for answers", broken, ""),))
    with lab() as run:
        assert smaller_numbers(asked(run)) == ["int8 for answers does not work here: no engine"]
        assert "say how many are planned" in smaller_numbers(asked(run, answers=0))


def test_turns_are_of_both_and_the_first_is_not_counted():
    model = nn.Linear(4, 3)
    mine, theirs = deployment.turns(model, nn.Linear(4, 3), torch.zeros(2, 4))
    assert len(mine) == len(theirs) > 5 and min(mine + theirs) > 0


def test_joules_saved_are_those_of_training_and_of_all_answers(monkeypatch):
    monkeypatch.setattr(deployment, "turns", lambda model, other, x: ([1.0] * 5, [0.5] * 5))
    with lab() as run:
        run.step(60)
        found = smaller_numbers(asked(run, answers=8_000))[0]
        batch = min(run.trainer.batch_size, 90)
        assert found.plans == pytest.approx(1 + 8_000 / batch)
        assert found.ratio.value == pytest.approx((1 + 4_000 / batch) / (1 + 8_000 / batch))
        advice = Advisor(run.run, 100, 8_000, 0.01, None)
        advice.joules = Joules(2.0, 2.0, 2.0, {"model": 1.0})
        told = advice._made(found, found.ratio, "priced").forecast.joules
        assert told.value == pytest.approx(200 * (4_000 / batch)), "half of what all answers take"
