"""Rows that stay at their places, a model cut in two, and what answers take here and far away."""

import pytest
import torch

import greenlatent as gl
from greenlatent.tactics.finders.places import halves, separate, tiers
from greenlatent.tactics.offer import Asked

from ...parts import clusters, digit_samples, linear_net, net
from ..simulated import lab


def grouped(**groups):
    data = clusters(90)
    return gl.Samples(data.x, data.y, classes=data.classes, groups=groups)


def test_T21_groups_named_as_places_are_simulated_and_others_are_asked_for():
    train = grouped(hospital=["a", "b"] * 45, subject=["x"] * 90)
    with lab(train=train) as run:
        found = run.advise(steps=400)
        advice = found.of("T21")
        assert advice not in found and advice.how == "what-if", (
            "it saves no joules where all rows lie in one place"
        )
        assert "hospital names 2 places" in advice.why and "more joules than one place" in advice.why
        size = sum(v.numel() * 4 for v in run.trainer.initial.values())
        assert f"would send {4 * size / 1e3:g} kB" in advice.why
        told = advice.apply(rounds=2)
        assert len(told.rounds) == 2 and told.bytes == 8 * size
        assert advice.apply(by="subject", rounds=1).places == ("x",)
    with lab(train=grouped(subject=["x", "y"] * 45)) as run:
        assert separate(Asked(run.run, 100)).left.startswith("no group is named as a place; of subject")
        with pytest.raises(ValueError, match=r"by names the group of places, .*: subject"):
            run.advise(steps=400).of("T21").apply()
    with lab(train=grouped()) as run:
        assert separate(Asked(run.run, 100)) == "no group of the samples tells at which place each row lies"


def test_T22_front_and_back_answer_as_the_model_does_and_the_fewest_bytes_are_named():
    train = digit_samples()[0]
    with lab(model=net(), train=train, valid=None, latent="encoder") as run:
        run.step(5)
        assert "bytes" in halves(Asked(run.run, 100, answers=10)).why
        advice = run.advise(steps=400, answers=10).of("T22")
        front, back = advice.apply()
        x = train.x[:7]
        with torch.no_grad():
            z = front(x)
            assert torch.allclose(back(z), run.trainer.model.eval()(x), atol=1e-6)
        assert z[0].numel() * 4 < x[0].numel() * 4 and f"sends {z[0].numel() * 4} bytes" in advice.why
        assert advice.apply(layer="encoder")[0](x).shape[0] == 7


def test_T22_where_the_input_is_least_a_layer_is_asked_for():
    with lab(model=linear_net()) as run:
        advice = run.advise(steps=400, answers=10).of("T22")
        assert "after the input an answer sends 16 bytes" in advice.why
        with pytest.raises(ValueError, match="the input itself takes the fewest bytes: name a layer"):
            advice.apply()
        assert len(advice.apply(layer="0")) == 2


def test_T23_answers_here_cut_and_far_away_are_a_table_with_what_the_line_takes():
    with lab(model=net(), train=digit_samples()[0], valid=None, latent="encoder") as run:
        assert tiers(Asked(run.run, 100)).left.startswith("it is for answers on more than one machine")
        table = run.advise(steps=400).of("T23").apply()
        here, cut, there = table
        assert here.line.value == 0 and here.joules.value == here.here.value > 0
        assert 0 < cut.line.value < there.line.value, "fewer bytes than the input"
        assert cut.here.value < here.here.value and there.here.value == 0 and there.there.value > 0
        assert table.least in table and "of 1,000 answers" in str(table) and "all on NVIDIA L4" in str(table)


def test_T23_a_layer_that_is_none_is_answered_with_those_that_there_are():
    with lab() as run, pytest.raises(ValueError, match="cannot be cut at 'nope': there is "):
        run.advise(steps=400).of("T23").apply(layer="nope")
