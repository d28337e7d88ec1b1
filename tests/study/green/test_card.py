"""A card keeps apart what was read, what is time and watts, and what was counted."""

from types import SimpleNamespace

import pytest
import torch

import greenlatent as gl
from greenlatent.energy.sources import Model
from greenlatent.study import Findings, card, published
from tests.parts import clusters, linear_net
from tests.study.green.test_findings import cells


def test_a_card_keeps_what_is_modelled_apart_from_what_is_read():
    with gl.Lab(linear_net(), clusters(), latent="0", session=False, meter=gl.Meter([Model()])) as lab:
        lab.step(5)
        told = card(lab, flops=3e6)
    assert told.measured == "" and "model" in told.modelled and "3e+06" in told.flops
    assert "nothing here was" in str(told) and "no region was named" in str(told)
    assert {"train"} <= set(told.stages) and told.embodied == ""
    assert "greenlatent" in told.methods
    assert told.busy == str(lab.meter.utilisation("train")) and "processors in" in str(told)
    with pytest.raises(TypeError, match="a Lab, a Run, a Meter or Findings"):
        card(3)


def test_flops_are_those_of_the_plans_workload_by_hand_times_the_steps_that_were_done(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    with gl.Lab(
        model, clusters(), latent="0", batch_size=10, session=False, meter=gl.Meter([Model()])
    ) as lab:
        lab.step(6)
        estimate = gl.Plan("card", home=tmp_path).estimate(model, rows=60, features=4, classes=3, batch=10)
        told = card(lab, estimate=estimate)
    # forwards and for the weights both layers; for the inputs the second alone: the first layer's need no gradient
    by_hand = 6 * 2 * 10 * (2 * (4 * 8 + 8 * 3) + 8 * 3)
    assert told.flops.startswith(f"{by_hand:.3g};")


def test_making_the_hardware_stands_beside_running_it():
    made = SimpleNamespace(value=30.0, low=20.0, high=40.0)
    estimate = SimpleNamespace(
        workload=SimpleNamespace(flops=1e6, steps=10),
        life=SimpleNamespace(hardware=made),
        grams=SimpleNamespace(value=70.0),
    )
    told = card(gl.Meter([Model()]), estimate=estimate)
    assert "30% of it and 70% of running it, as planned" in told.embodied and "hardware" in str(told)
    assert told.flops.startswith("1e+07")
    with gl.Meter([Model()], region="DE") as meter, meter.doing("train"):
        sum(range(1_000_000))
    assert "as metered" in card(meter, estimate=estimate).embodied


def test_findings_are_a_mean_over_their_seeds_by_how_joules_are_known():
    known = [c | {"badge": "model"} for c in cells()]
    told = card(Findings(known))
    assert (
        told.measured == ""
        and "J a seed [" in told.modelled
        and set(told.stages) == {"prepare", "train", "infer"}
    )
    read = card(Findings([c | {"badge": "counter"} for c in known]))
    assert read.measured == told.modelled and read.modelled == ""


def test_published_joules_have_no_card():
    with pytest.raises(ValueError, match="not credited"):
        card(published())


def test_a_region_turns_the_joules_of_a_study_or_of_a_meter_into_grams_with_year_and_source():
    grid = gl.energy.grid("DE")
    found = Findings([c | {"badge": "model"} for c in cells()])
    by_seed: dict = {}
    for c in found.cells:
        by_seed.setdefault(c["seed"], []).append(sum(c[f"{s}_joules"] for s in ("prepare", "train", "infer")))
    mean = sum(map(sum, by_seed.values())) / len(by_seed) * grid.grams_per_kwh / 3.6e6
    told = card(found, region="DE")
    assert told.grams.startswith(f"{mean:.3g} g CO2e a seed [") and told.grams.endswith(f"20 seeds; {grid}")
    assert card(found).grams == ""
    with gl.Meter([Model()]) as meter, meter.doing("train"):
        sum(range(100_000))
    assert card(meter, region="DE").grams == str(grid.grams(meter.total)) and card(meter).grams == ""
    with pytest.raises(ValueError, match="not in the table"):
        card(found, region="Atlantis")
