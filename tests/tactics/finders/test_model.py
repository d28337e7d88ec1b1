"""A net is narrowed where its layers form a chain, and what stops it is named."""

import math

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy.joules import Joules, Ratio
from greenlatent.tactics.advice import Advice, Expected
from greenlatent.tactics.finders import model as finder
from greenlatent.tactics.finders.model import narrower, parts, pruned
from greenlatent.tactics.offer import Asked
from greenlatent.tactics.rehearsal import TwinJoules

from ...parts import clusters, digit_samples, net, same, weights
from ..simulated import lab

NOTHING = Expected(Ratio(math.nan, math.nan, math.nan), Joules.missing(), None, "not of joules")


def test_a_chain_is_offered_at_half_its_width_and_its_twin_steps():
    with lab() as run:
        offer = narrower(Asked(run.run, 100))
        twin = offer.altered.twin(run.trainer, 100)
        assert twin.model[0].out_features == 2
        twin.step(3)
        twin.close()


class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(x + self.encoder(x))


def test_no_forward_is_traced_while_another_run_may_call_modules():
    with lab() as run, lab(model=net(), train=digit_samples()[0], valid=None, latent="encoder") as own:
        assert narrower(Asked(run.run, 100)).tactic == "T8", "a plain chain needs no trace"
        assert "disturb another Lab" in narrower(Asked(own.run, 100))
        run.close()
        assert narrower(Asked(own.run, 100)).tactic == "T8"


def test_what_is_no_chain_is_left_with_what_stops_it():
    with lab(model=Skips(), train=clusters(60), latent="encoder") as run:
        assert narrower(Asked(run.run, 100)).startswith("it cannot be narrowed: ")


def images(count=80):
    torch.manual_seed(0)
    return gl.Samples(torch.randn(count, 1, 8, 8), [i % 3 for i in range(count)])


def convolutions():
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(1, 20, 3), nn.ReLU(), nn.Conv2d(20, 20, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(320, 6), nn.ReLU(), nn.Linear(6, 3)),
    )


def test_T13_wide_convolutions_are_offered_apart_and_their_twin_steps():
    with lab(model=convolutions(), train=images(), valid=None, latent="5") as run:
        offer = parts(Asked(run.run, 100))
        assert offer.tactic == "T13" and "in 1 layer" in offer.what and "-2.2" in offer.accuracy
        twin = offer.altered.twin(run.trainer, 100)
        assert isinstance(twin.model[2], nn.Sequential)
        twin.step(2)
        twin.close()
    with lab() as run:
        assert parts(Asked(run.run, 100)).endswith(
            "convolutions cheaper that mix 17 channels or more, and the net has none"
        )


def test_T15_units_are_cut_from_what_was_learned_dearest_layers_first():
    with lab(model=convolutions(), train=images(), valid=None, latent="5") as run:
        assert pruned(Asked(run.run, 100)).startswith("which units carry little is known once 25%")
        run.step(50)
        before = weights(run.trainer.model)
        offer = pruned(Asked(run.run, 100))
        assert offer.tactic == "T15" and "50 steps left" in offer.why and offer.goes_on
        assert same(weights(run.trainer.model), before) and not run.trainer.model[0]._forward_pre_hooks
        twin = TwinJoules(0.0, math.nan)
        advice = Advice(run.run, offer, NOTHING, twin, steps=100, plan=Joules.missing(), margin=0.01)
        setup = advice.apply()
        assert setup.steps == 50
        cut = [setup["model"][k].bias for k in (0, 2, 5)]
        learned = [set(run.trainer.model[k].bias.tolist()) for k in (0, 2, 5)]
        assert any(len(few) < len(all_) for few, all_ in zip(cut, learned, strict=True))
        assert all(set(few.tolist()) <= all_ for few, all_ in zip(cut, learned, strict=True)), "as learned"
        with pytest.raises(ValueError, match="goes on from the weights of now"):
            advice.rehearse()
        run.step(30)
        assert pruned(Asked(run.run, 100)) == "less than 25% of the plan are left"


def test_T15_layers_that_take_a_tenth_of_the_time_are_the_dear_ones(monkeypatch):
    takes = {"0": 12, "2": 100, "5": 1}
    with lab(model=convolutions(), train=images(), valid=None, latent="5") as run:
        run.step(40)
        model = run.trainer.network.copied(run.trainer.model.state_dict())
        at = [0.0]

        class Time:
            @staticmethod
            def thread_time():
                return at[0]

        monkeypatch.setattr(finder, "time", Time)
        for name in ("0", "2", "5"):
            model.get_submodule(name).register_forward_hook(
                lambda m, x, y, name=name: at.__setitem__(0, at[0] + takes[name])
            )
        assert finder._dearest(run.trainer, model, ["0", "2", "5"]) == ["2", "0"]
