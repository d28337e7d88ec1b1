"""Estimates: what they say, what widens them, and what they cost."""

import math
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.energy.machine import machine
from greenlatent.plan import Past, Workload
from greenlatent.plan.costs.speeds import shipped

from ..parts import clusters, net, same, weights

KNOWN = {"rows": 2000, "features": 64, "classes": 10, "epochs": 20}


@pytest.fixture
def plan(tmp_path):
    return gl.Plan("mine", home=tmp_path)


def width(joules) -> float:
    return math.log(joules.high / joules.low)


def test_an_estimate_from_words_needs_no_torch_and_under_a_second_with_its_imports():
    code = (
        "import time; begun = time.process_time(); import sys, greenlatent as gl;"
        "plan = gl.Plan('a'); plan.estimate('cnn', rows=5000, features=(1, 28, 28)); plan.estimate('forest', rows=90);"
        "print('torch' in sys.modules, time.process_time() - begun)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    torch, seconds = done.stdout.split()
    assert torch == "False" and float(seconds) < 1


def test_estimating_changes_no_bit_of_a_model_and_writes_nothing(plan, tmp_path):
    model, train = net(drop=0.2, norm=True), clusters(d=64)
    before = weights(model)
    found = plan.estimate(model, train=train, epochs=3)
    assert same(before, weights(model)) and not list(tmp_path.rglob("*.jsonl"))
    assert found.workload.steps == 3 and found.joules.badges == {"estimate": 1.0}


def test_joules_are_those_of_the_meters_own_model_for_the_same_seconds(plan):
    found = plan.estimate("mlp", **KNOWN)
    seconds = found.processor_seconds.value
    said = Model().joules("train", seconds, seconds, seconds * found.memory.value * 1e-9)
    assert found.training.value == pytest.approx(said.value)
    assert {name for name in said.shared if "instructions" not in name} <= set(found.training.shared)
    assert found.joules.origin.machine == machine()


def test_the_ratio_of_two_candidates_is_sharper_than_either(plan):
    one, two = plan.estimate("mlp", size="64", **KNOWN), plan.estimate("mlp", size="512-512", **KNOWN)
    ratio = two.training / one.training
    assert math.log(ratio.high / ratio.low) < 0.75 * width(one.training)


@pytest.mark.parametrize("field", ["rows", "features", "classes", "epochs"])
def test_a_field_that_nobody_named_widens_it(plan, field):
    known = plan.estimate("mlp", size="64", **KNOWN)
    without = plan.estimate(
        "mlp", size="64", **{name: value for name, value in KNOWN.items() if name != field}
    )
    assert width(without.training) > width(known.training)
    assert without.widest == field and known.widest == ""
    assert f"widest for not knowing {field}" in str(without) and f"{field}: not known" in without.why()


def test_why_holds_each_term_with_the_numbers_that_went_in_and_its_source(plan):
    said = plan.estimate(
        "mlp", size="64-32", **KNOWN, region="DE", pue="Google", gigabytes=3, water=True
    ).why()
    for part in (
        "6,570 parameters  [formulas for mlp 64-32]",
        "operations x",
        "640 steps =",
        "W x",
        "storage.csv, SSD: Cloud Carbon Footprint methodology, 2020, Apache-2.0",
        "(1.09 - 1) x",
        "344.1 g / 3.6 MJ",
        "wind",
        "water: accepted  [not modelled",
        "old facts: storage: SSD (2020)",
        "for a quiet machine",
        "within a factor of 5",
    ):
        assert part in said, part


def test_under_a_tenth_of_a_joule_it_says_so_and_no_number(plan):
    found = plan.estimate("tree", rows=100, features=5, classes=2)
    assert found.little and "tree: less than 0.1 J" in str(found)


def test_a_run_narrows_the_next_estimate_and_is_named(plan):
    before = plan.estimate("mlp", **KNOWN)
    for k in range(5):
        took = before.processor_seconds.value * 2
        past = Past.of(before.workload, before.terms, processor_seconds=took, seconds=took, at=float(k))
        plan.keep(past)
    after = plan.estimate("mlp", **KNOWN)
    assert after.processor_seconds.value == pytest.approx(2 * before.processor_seconds.value, rel=0.1)
    assert width(after.processor_seconds) < 0.5 * width(before.processor_seconds)
    assert after.known_by.endswith("and 5 runs of yours") and "experience: x" in after.why()


def test_joules_follow_a_counter_once_runs_were_read_by_one(plan):
    before = plan.estimate("mlp", **KNOWN)
    took = before.processor_seconds.value
    counted = {"joules": 30 * took, "low": 29 * took, "high": 31 * took, "badges": {"counter": 1.0}}
    plan.keep(Past.of(before.workload, before.terms, processor_seconds=took, seconds=took, **counted))
    after = plan.estimate("mlp", **KNOWN)
    assert after.training.value / after.processor_seconds.value == pytest.approx(30)


def test_on_a_card_the_data_sheet_is_what_it_is_known_by(plan):
    found = plan.estimate(
        "cnn", size="64-128", **KNOWN | {"features": (3, 32, 32)}, device="H100 SXM", precision="bf16"
    )
    assert "the data sheet of NVIDIA H100 SXM" in found.known_by and "peak" in found.why()
    with pytest.raises(ValueError, match="its device is a processor"):
        plan.estimate("forest", **KNOWN, device="H100 SXM")
    there = plan.estimate("forest", rows=2000, features=20, classes=3, device="cloud vCPU, Ice Lake")
    assert there.training.value == pytest.approx(3.652 * there.processor_seconds.value)


def test_what_cannot_be_is_refused_with_what_there_is(plan):
    for given, why in (
        ({"answers": -1}, "answers=-1; give answers, at least 0"),
        ({"rows": 0}, "rows=0; give how many rows"),
        ({"rows": math.nan}, "rows=nan"),
        ({"device": ""}, "device=''; give one of"),
        ({"region": "Atlantis"}, "is not in the table"),
        ({"per": "hour"}, "answers come per day, week, month, year"),
        ({"pue": 0.9}, "from 1 up"),
    ):
        with pytest.raises(ValueError, match=why):
            plan.estimate("mlp", **given)
    with pytest.raises(TypeError, match=r"an estimate has no row; its fields: abiotic"):
        plan.estimate("mlp", row=3)
    with pytest.raises(ValueError, match="holds NaN or infinity in row 1"):
        plan.estimate("mlp", train=gl.Samples(np.array([[0.0], [np.nan]]), [0, 1]))


def test_each_further_estimate_takes_a_few_milliseconds(plan):
    for k in range(20):
        found = plan.estimate("mlp", **KNOWN)
        plan.experience.add(
            replace(Past.of(found.workload, found.terms, processor_seconds=1.0, seconds=1.0), run=str(k))
        )
    taken = []
    for _ in range(20):
        begun = time.process_time()
        plan.estimate("cnn", **KNOWN)
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.005


def test_counts_that_somebody_made_are_priced_as_they_are(plan):
    work = Workload(flops=1e8, operations=100.0, elements=1e5, parameters=1e4, steps=50.0)
    assert plan.estimate(work).processor_seconds.value == pytest.approx(shipped().seconds(work))


def test_memory_is_that_of_the_process_and_wider_where_a_net_is_recurrent(plan):
    plain, recurrent = (
        plan.estimate(model, rows=500, features=(3, 60), classes=3).memory for model in ("mlp", "gru")
    )
    assert plain.value > 3e8
    assert recurrent.high / recurrent.low > plain.high / plain.low


def test_a_large_module_is_counted_without_being_run(plan):
    model = nn.Sequential(nn.Linear(2000, 2000), nn.ReLU(), nn.Linear(2000, 10))
    found = plan.estimate(model, features=2000, rows=100, epochs=1)
    assert found.workload.parameters == 2000 * 2000 + 2000 + 20000 + 10
