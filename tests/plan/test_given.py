"""Given: what a plan is asked to price is taken as it was meant, or refused with what would work."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import greenlatent as gl
from greenlatent.plan import Workload

from ..parts import clusters, net

KNOWN = {"rows": 1258, "features": 64, "classes": 10, "epochs": 20}
X, Y = torch.zeros(40, 64), torch.arange(40) % 3
NO_SAMPLES = [(X, Y), TensorDataset(X, Y), DataLoader(TensorDataset(X, Y)), "data.csv", X.numpy(), X]


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")
def test_a_scripted_module_is_estimated_and_where_a_layer_is_watched_refused(plan):
    scripted = torch.jit.script(
        torch.nn.Sequential(torch.nn.Linear(64, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    )
    train = clusters(d=64)
    assert plan.estimate(scripted, train=train, epochs=1).workload.parameters == 64 * 8 + 8 + 8 * 3 + 3
    for ask in (plan.rehearse, plan.lab):
        with pytest.raises(TypeError, match="give the module that was scripted"):
            ask(scripted, train, latent="0")


def test_one_of_a_thing_is_one_and_not_ones(plan):
    told = plan.estimate("tree", rows=100, features=4, classes=2).why()
    assert "and 1 operation a fit" in told and "1 fit =" in told and "1 operation x" in told
    card = plan.estimate("mlp 8", rows=64, batch=64, features=4, classes=2, epochs=1, device="H200").why()
    assert "for 1 step" in card


@pytest.mark.parametrize("train", NO_SAMPLES)
def test_what_is_no_samples_is_refused_with_how_to_make_them(plan, train):
    for ask in (
        lambda: plan.estimate("mlp", train=train),
        lambda: plan.estimate(net(), train=train),
        lambda: plan.lab(net(), train, latent="encoder", epochs=1),
        lambda: plan.price(train, share=1 / 2, candidates=["tree"]),
        lambda: plan.rehearse(net(), train, latent="encoder"),
    ):
        with pytest.raises(TypeError, match=r"give Samples: gl\.Samples\(x, y\)"):
            ask()


@pytest.mark.parametrize(
    "same", [{"features": np.int64(64)}, {"features": 64.0}, {"features": [64]}, {"batch": np.int64(64)}]
)
def test_numbers_of_numpy_and_whole_floats_are_counts(plan, same):
    expected = plan.estimate("mlp", **KNOWN)
    assert plan.estimate("mlp", **KNOWN | same).training.value == expected.training.value


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({"features": "64"}, "features='64'; give how many there are"),
        ({"features": 2.5}, "features=2.5; give how many there are"),
        ({"features": None, "batch": None}, "batch=None is no whole number; give rows a batch"),
        ({"batch": 2.5}, "batch=2.5 is no whole number"),
        ({"size": [64, 32]}, 'give small, medium, large, or widths such as "64-32"'),
        ({"per": ["day"]}, "answers come per day, week"),
        ({"threads": 0}, "threads=0; give how many threads"),
        ({"device": 3}, "device"),
        ({"region": ["DE"]}, "region"),
    ],
)
def test_a_field_of_another_type_is_refused_with_what_it_takes(plan, wrong, why):
    with pytest.raises((TypeError, ValueError), match=why):
        plan.estimate("mlp", **KNOWN | wrong)


def test_other_numbers_that_are_none_are_refused_by_name(plan):
    with gl.Meter() as meter, meter.doing("train"):
        sum(range(200_000))
    with pytest.raises(TypeError, match=r"score='0\.9' is no number"):
        plan.record(Workload(1e7), meter, score="0.9")
    with pytest.raises(TypeError, match="batch='8' is no whole number"):
        Workload(1, batch="8")
    with pytest.raises(TypeError, match="share='1/8' is no number; give a part of the rows"):
        plan.rehearse(samples=clusters(), share="1/8", candidates=["tree"])
    with pytest.raises(ValueError, match="threads=0"):
        plan.lab(net(), clusters(d=64), latent="encoder", epochs=1, threads=0)
    for candidates in ("tree", [], None):
        with pytest.raises(ValueError, match=r"candidates=.*give a list of words"):
            plan.rehearse(samples=clusters(), share=1 / 2, candidates=candidates)


def test_words_where_a_module_is_to_be_and_numbers_where_a_budget_is_are_refused(plan):
    data = clusters(d=64)
    with pytest.raises(TypeError, match=r"budget=5; give gl\.Budget\(joules=\.\.\.\)"):
        plan.lab(net(), data, latent="encoder", epochs=1, budget=5)
    with pytest.raises(TypeError, match="net is str; give a torch module"):
        plan.lab("mlp", data, latent="0", epochs=1)
    with pytest.raises(TypeError, match=r"net is str; give a torch module, or words as candidates="):
        plan.rehearse("mlp 64", data, latent="0")
    with pytest.raises(TypeError, match="break_even"):
        plan.break_even(plan.estimate("mlp", **KNOWN), None)


@pytest.mark.parametrize("made", [{"latent": "0"}, nn.Linear(2, 2), None])
def test_a_search_whose_make_returns_no_keywords_says_what_it_is_to_return(plan, tmp_path, made):
    data = clusters(d=64)
    with pytest.raises(TypeError, match="let it return the keywords of a Trainer"):
        plan.search(
            lambda rate: made, data, valid=data, space={"rate": [1, 2]}, epochs=1, folder=tmp_path / "s"
        )


def test_a_search_takes_trials_and_budget_of_the_right_type(plan, tmp_path):
    data = clusters(d=64)
    for more, why in (({"trials": "ten"}, "trials='ten' is no number"), ({"budget": 5}, "budget=5; give")):
        with pytest.raises(TypeError, match=why):
            plan.search(
                lambda rate: {"model": net()},
                data,
                valid=data,
                space={"rate": [1, 2]},
                epochs=1,
                folder=tmp_path / "s",
                **more,
            )


def test_a_size_in_words_stands_over_that_of_the_plan(plan):
    plan.data.set(rows=1258, features=64, classes=10)
    plan.problem.set(model="mlp", size="64-32")
    assert plan.estimate("mlp 128").name == "mlp 128"
    assert plan.estimate("mlp").name == plan.estimate().name == "mlp 64-32"
    assert plan.estimate("forest 10", size=None, **KNOWN).name == "forest 10"
    with pytest.raises(ValueError, match="say the size once"):
        plan.estimate("mlp 128", size="64", **KNOWN)


def test_the_size_of_the_plan_is_that_of_its_own_family(plan):
    plan.data.set(rows=1258, features=64, classes=10)
    plan.problem.set(model="mlp", size="64-32")
    assert plan.estimate("forest").name == "forest 50"


@pytest.mark.parametrize("beside", [{"rows": 5}, {"epochs": 3}, {"batch": 8}, {"precision": "bf16"}])
def test_what_a_workload_says_itself_is_refused_beside_it(plan, beside):
    with pytest.raises(ValueError, match="would count for nothing; leave it out"):
        plan.estimate(Workload(1e8), **beside)


def test_how_often_it_is_trained_again_is_said_as_the_problem_says_it(plan):
    monthly, twelve = (plan.estimate("mlp", retrain=often, **KNOWN) for often in ("monthly", 12))
    assert monthly.joules.value == twelve.joules.value
    with pytest.raises(ValueError, match=r"retrain='often'; .*never, yearly, monthly"):
        plan.estimate("mlp", retrain="often", **KNOWN)


def test_a_width_that_no_net_has_is_named_as_too_large(plan):
    with pytest.raises(ValueError, match="each width is from 1 to 999,999"):
        plan.rehearse(samples=clusters(n=300), share=1 / 2, candidates=["mlp 99999999"])


@pytest.mark.parametrize("candidates", [["linear", "linear"], ["mlp", "tree", "mlp 64"]])
def test_a_candidate_named_twice_is_refused_before_it_is_trained_twice(plan, candidates):
    with pytest.raises(ValueError, match=r"(linear|mlp 64) twice.*name each once"):
        plan.rehearse(samples=clusters(n=300), share=1 / 2, candidates=candidates)
    assert not plan.spent.known or plan.spent.value == 0
