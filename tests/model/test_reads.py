"""Which layers are read, and how what they read becomes one vector a sample."""

import pytest
import torch
from torch import nn

from greenlatent.model.reads import WIDEST, Reads

from ..parts import linear_net


def read(model, x, layers=None):
    reads = Reads.found(model, lambda: model(x), layers)
    return reads, reads.features(lambda: model(x))


def test_the_last_two_layers_are_read_in_the_order_in_which_they_run():
    model = linear_net()
    x = torch.randn(6, 4)
    reads, h = read(model, x)
    assert reads.layers == ("0", "2")
    torch.testing.assert_close(h, torch.cat([x, model[1](model[0](x))], 1).double())
    assert not any(m._forward_pre_hooks for m in model)


def test_maps_are_read_by_the_mean_over_their_places():
    model = nn.Sequential(nn.Conv2d(2, 5, 3), nn.ReLU(), nn.Conv2d(5, 6, 3), nn.Flatten(), nn.Linear(96, 3))
    x = torch.randn(3, 2, 8, 8)
    reads, h = read(model, x)
    assert reads.layers == ("2", "4") and h.shape == (3, 5 + 96)
    torch.testing.assert_close(h[:, :5], model[1](model[0](x)).mean((2, 3)).double())


def test_wide_layers_go_through_a_projection_that_their_name_fixes():
    wide = 4 * WIDEST
    model = nn.Sequential(nn.Linear(wide, 8), nn.Linear(8, 3))
    x = torch.randn(5, wide)
    one, two = read(model, x)[1], read(model, x)[1]
    assert one.shape == (5, WIDEST + 8) and torch.equal(one, two)


def test_a_single_weighted_layer_reads_its_input():
    model = nn.Sequential(nn.Linear(4, 3))
    x = torch.randn(5, 4)
    reads, h = read(model, x)
    assert reads.layers == ("0",) and torch.equal(h, x.double())


def test_a_model_without_weights_says_so():
    with pytest.raises(ValueError, match="no layer with weights"):
        read(nn.Sequential(nn.ReLU()), torch.randn(2, 3))
