"""Joules by module add up to the whole, and the model is as it was."""

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model

from ...parts import net, same, weights


def small():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            *(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(8 * 49, 10)),
        )


def metered():
    return gl.Meter([Model()], calibration=False)


def test_the_parts_add_up_to_the_whole_and_most_of_it_has_a_name():
    found = gl.study.layers(small(), torch.rand(64, 1, 14, 14), meter=metered())
    assert sum(row.joules.value for row in found.rows if row.joules.known) == pytest.approx(
        found.whole.value, rel=0.02
    )
    assert found.whole.low < found.whole.value < found.whole.high
    names = [row.name for row in found.rows]
    assert {"0", "1", "2", "3", "5", "optimizer", "loss and rest"} <= set(names)
    conv = found.rows[names.index("0")]
    assert conv.parameters == 80 and conv.shape == "64 x 1 x 14 x 14" and conv.backward.known
    told = [
        row.joules.value
        for row in found.rows
        if row.joules.known and row.name not in ("loss and rest", "beside")
    ]
    assert found.named == pytest.approx(
        sum(told) / found.whole.value
    )  # how much that is, is for the benchmark
    assert "whole" in str(found) and "80 parameters" in str(found)


def test_the_model_is_as_it_was_and_bears_no_hook():
    model = net(norm=True, drop=0.1)
    x = torch.rand(32, 64)
    before, state = weights(model), torch.get_rng_state()
    gl.study.layers(model, x, steps=2)
    gl.study.layers(seconds=0.001)
    assert same(weights(model), before) and torch.equal(torch.get_rng_state(), state)
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in model.modules())
    assert all(p.grad is None for p in model.parameters())


def test_many_modules_are_told_by_their_kind():
    deep = nn.Sequential(*(part for _ in range(20) for part in (nn.Linear(8, 8), nn.ReLU())), nn.Linear(8, 3))
    found = gl.study.layers(deep, torch.rand(8, 8), steps=3, meter=metered())
    assert {"Linear", "ReLU"} <= {row.name for row in found.rows}


def test_layers_by_themselves_are_told_with_shapes_and_parameters():
    found = gl.study.layers(seconds=0.02, meter=metered())
    by_name = {row.name: row for row in found.rows}
    assert by_name["linear 784 -> 784"].parameters == 784 * 785
    assert all(row.joules.value > 0 and row.shape for row in found.rows)
    assert "whole" not in str(found)


def test_what_is_no_model_or_no_batch_is_refused():
    for wrong in ((small(), None), ("model", torch.rand(4, 4)), (small(), torch.rand(1, 1, 14, 14))):
        with pytest.raises(TypeError, match=r"gl\.study\.layers\(model, x\)"):
            gl.study.layers(*wrong)
    with pytest.raises(ValueError, match="steps"):
        gl.study.layers(small(), torch.rand(4, 1, 14, 14), steps=0)
    with pytest.raises(ValueError, match="seconds"):
        gl.study.layers(seconds=0)
