"""What to begin a run with: each value has a reason, is checked as any other, and a model chooses among the same."""

import json
import re

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.agent.begin import RATES, SIZES

from ..parts import clusters, digit_samples, net
from .asking.scripted import Scripted
from .asking.serving import completion


def chooses(**values):
    picked = {"batch_size": "32", "lr": "0.001", "epochs": None, "reason": "small is safe", **values}

    def answer(content):
        enums = content["response_format"]["json_schema"]["schema"]["properties"]
        picked["epochs"] = picked["epochs"] or enums["epochs"]["enum"][0]
        return completion(json.dumps(picked))

    return answer


def test_each_value_has_a_reason_and_a_lab_is_made_of_them():
    train, valid = digit_samples()
    advised = gl.agent.setup(train, valid)
    assert (
        set(advised.why) >= {"batch_size", "lr", "loss", "epochs", "budget", "shown"}
        and advised.by == "agent"
    )
    assert (
        advised["batch_size"] in SIZES and len(train) / advised["batch_size"] >= 12 and advised.epochs == 32
    )
    assert "The rehearsal of 20 steps took" in advised.why["budget"] and "J" in advised.why["budget"]
    with gl.Lab(net(), train, latent="encoder", session=False, **advised.options) as lab:
        assert lab.trainer.batch_size == advised["batch_size"] and lab.budget.joules > 0
        lab.step(1)
        assert lab.journal.header["advised"]["batch_size"] == "agent"
        assert lab.trainer.valid is valid


@pytest.mark.parametrize("n", [2, 20, 300])
def test_few_rows_get_small_batches_and_many_epochs(n):
    advised = gl.agent.setup(clusters(n))
    assert advised["batch_size"] <= max(16, n / 12) and advised.epochs == 60


def test_numbers_to_be_predicted_and_data_without_labels_are_set_up_too():
    x = np.random.default_rng(0).normal(size=(100, 3, 4)).astype(np.float32)
    assert "squared" in gl.agent.setup(gl.Samples(x, np.linspace(0, 1, 100).astype(np.float32))).why["loss"]
    assert "gce" not in gl.agent.setup(gl.Samples(x, np.linspace(0, 1, 100).astype(np.float32))).why["loss"]
    unlabelled = gl.agent.setup(gl.Samples(x, None))
    assert unlabelled.epochs and "without labels" in unlabelled.why["loss"]
    few = gl.agent.setup(gl.Samples(x[:2], [0, 1]))
    assert "too few rows" in str(few) and few.options["budget"] is None


@pytest.mark.parametrize("x", [np.zeros((40, 3, 4), np.uint8), np.zeros(40, np.float32)])
def test_rows_that_no_net_takes_are_told_and_not_a_layer_of_ours(x):
    with pytest.raises(ValueError, match=r"x\.float\(\)"):
        gl.agent.setup(gl.Samples(x, np.arange(40) % 2))


def test_a_model_that_passed_chooses_among_the_same_values_and_its_words_are_not_checked():
    train, _ = digit_samples()
    advised = gl.agent.setup(train, llm=Scripted(chooses(), powers=("schema",)))
    assert advised["batch_size"] == 32 and advised["lr"] == 0.001
    changed = [
        name
        for name in ("batch_size", "lr", "epochs")
        if "Clever-1B chose it, not checked" in advised.why[name]
    ]
    assert "epochs" in changed and "small is safe" in advised.why["epochs"]


@pytest.mark.parametrize(
    "llm",
    [
        Scripted(chooses(), score=6),
        Scripted(chooses(batch_size="7")),
        Scripted(chooses(lr="100")),
        Scripted(lambda content: "no"),
        Scripted(chooses(), loopback=False, url="https://a.example.org/v1"),
        gl.Llm("http://127.0.0.1:1/v1"),
    ],
    ids=["failed its trial", "no such size", "no such rate", "no object", "not on this machine", "no server"],
)
def test_otherwise_the_rules_values_stand_and_it_says_why(llm):
    train, _ = digit_samples()
    advised = gl.agent.setup(train, llm=llm)
    assert advised["batch_size"] in SIZES and str(advised["lr"]) in RATES and advised.epochs == 32
    assert "(the model" in advised.why["epochs"]


def test_what_asking_a_model_took_is_said_with_what_it_chose():
    scripted = Scripted(chooses(), powers=("schema",), joules=(2.0, 1.0, 3.0))
    told = gl.agent.setup(clusters(), llm=scripted).why["epochs"]
    joules = float(re.search(r"Asking took ([\d.]+) J", told).group(1))
    assert joules >= 2.0 * len(scripted.asked) >= 18, "each call, its trial's too"
    assert "Asking" not in gl.agent.setup(clusters()).why["epochs"]


def test_a_plan_is_filled_in_the_agents_name_but_for_what_somebody_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    advised, plan = gl.agent.setup(clusters()), gl.Plan("clusters")
    epochs, batch = (plan.knowledge.fields[name].part for name in ("epochs", "batch"))
    plan.fill(advised)
    filled = plan.field(epochs, "epochs"), plan.field(batch, "batch")
    assert [field.value for field in filled] == [advised.epochs, advised["batch_size"]]
    assert {field.source for field in filled} == {"agent"}
    plan.say({"epochs": 3})
    plan.fill(advised)
    assert plan.field(epochs, "epochs").value == 3 and plan.field(batch, "batch").source == "agent"
    with pytest.raises(TypeError, match="takes a set-up"):
        plan.fill({"epochs": 3})


def test_what_are_no_samples_is_refused():
    with pytest.raises(TypeError, match=r"gl\.Samples"):
        gl.agent.setup([1, 2])
    with pytest.raises(TypeError, match="valid is list"):
        gl.agent.setup(clusters(), [1])
    with pytest.raises(TypeError, match=r"gl\.Llm"):
        gl.agent.setup(clusters(), llm="http://here")
