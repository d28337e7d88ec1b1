"""Separable convolutions stand where wide ones stood: the same shapes, fewer multiplications, fresh weights."""

import pytest
import torch
from torch import nn

from greenlatent.model.separable import parted, separable

from ..parts import same, weights


def net():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 48, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(48, 8, 1),
    )


def test_wide_ones_that_mix_channels_over_several_places_are_parted_and_no_others():
    assert parted(net(), 17) == ["2"], "the first has one channel, the last looks at one place"
    assert parted(nn.Conv1d(4, 20, 3), 17) == [""]
    assert parted(nn.Conv2d(32, 32, 3, groups=32), 17) == []


def test_shapes_stay_weights_fall_and_the_model_is_as_it_was():
    model, x = net(), torch.randn(2, 1, 9, 9)
    before = weights(model)
    made = separable(model)
    assert made(x).shape == model(x).shape
    assert isinstance(made[2], nn.Sequential) and made[2][0].groups == 32 and made[2][0].stride == (2, 2)
    count = [sum(p.numel() for p in m.parameters()) for m in (made[2], model[2])]
    assert count == [32 * 9 + 32 * 48 + 48, 32 * 48 * 9 + 48]
    assert same(weights(model), before) and made[0].weight.equal(model[0].weight)


def test_a_seed_gives_the_same_weights_and_disturbs_no_generator():
    model = net()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one, other = separable(model, seed=1), separable(model, seed=1)
    assert torch.rand(1).equal(expected) and one[2][0].weight.equal(other[2][0].weight)


def test_frozen_layers_and_a_model_that_is_one_convolution_are_parted_as_they_are():
    model = nn.Conv1d(4, 20, 3, bias=False).requires_grad_(False)
    made = separable(model)
    assert made[1].bias is None and not made[0].weight.requires_grad
    assert made(torch.zeros(1, 4, 7)).shape == (1, 20, 5)


def test_where_there_is_none_that_is_said():
    with pytest.raises(ValueError, match="no convolution of this model mixes 17 channels"):
        separable(nn.Sequential(nn.Linear(3, 3)))
