"""Room in a head for classes that its data do not have yet."""

import pytest
import torch
from torch import nn

import greenlatent as gl

from ..parts import clusters, linear_net


def test_a_widened_head_says_what_it_said_and_next_to_nothing_of_the_new():
    model, x = linear_net(), torch.randn(5, 4)
    before = model(x)
    state = torch.random.get_rng_state()
    assert gl.widen(model, "2", 2) is model
    assert torch.equal(torch.random.get_rng_state(), state)
    after = model(x)
    torch.testing.assert_close(after[:, :3], before)
    assert (after[:, 3:] == -4).all() and model[2].out_features == 5


def test_it_trains_from_the_weights_that_it_had():
    model = linear_net()
    first = gl.Trainer(model, clusters(), latent="0", threads=1)
    with pytest.raises(RuntimeError, match=r"close\(\) it first"):
        gl.widen(model, "2", 1)
    first.step(5)
    first.close()
    trained = model[0].weight.clone()
    second = gl.Trainer(gl.widen(model, "2", 1), clusters(), latent="0", threads=1)
    assert torch.equal(second.initial["0.weight"], trained)
    second.step(3)
    assert model[2].weight[3].any()


@pytest.mark.parametrize("layer", ["0", "1", "9", ""])
def test_anything_but_the_last_linear_is_refused(layer):
    with pytest.raises(ValueError, match=r"last layer with weights is '2'"):
        gl.widen(linear_net(), layer, 1)


def test_a_head_without_a_bias_or_with_shared_weights_is_refused():
    with pytest.raises(ValueError, match="no bias"):
        gl.widen(nn.Sequential(nn.Linear(2, 2, bias=False)), "0", 1)
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    with pytest.raises(ValueError, match="shares"):
        gl.widen(tied, "1", 1)
    with pytest.raises(ValueError, match="from 1 up"):
        gl.widen(linear_net(), "2", 0)
