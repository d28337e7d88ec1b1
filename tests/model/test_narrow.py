"""Narrow: chains with fewer units answer in the same shape; what is no chain is named."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.model.narrow import cut, narrow
from tests.parts import net, same, weights

X = torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def conv_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 12), nn.Tanh(),
        nn.Linear(12, 3),
    )  # fmt: skip


class OwnForward(nn.Module):
    """What many write: functions between the layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 4, 3), nn.Linear(4 * 9, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return self.out(x.view(x.size(0), -1))


class Skips(nn.Module):
    """No chain: what comes in is added to what comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.out = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(x + self.inner(x))


@pytest.mark.parametrize("model", [conv_net(), OwnForward()], ids=["Sequential", "own forward"])
@pytest.mark.parametrize("trained", [False, True])
def test_a_chain_answers_in_the_same_shape_with_fewer_numbers_to_learn(model, trained):
    before = weights(model.eval())
    smaller = narrow(model, 0.5, trained=trained)
    assert smaller(X).shape == model(X).shape
    assert sum(p.numel() for p in smaller.parameters()) < 0.6 * sum(p.numel() for p in model.parameters())
    assert [name for name, _ in smaller.named_modules()] == [name for name, _ in model.named_modules()]
    assert same(weights(model), before)


def test_a_net_in_two_parts_keeps_the_names_of_its_layers():
    smaller = narrow(net(drop=0.1, norm=True), 0.25)
    assert smaller.encoder[-1].out_features == 4 and smaller.head[-1].out_features == 10
    assert smaller(torch.zeros(2, 64)).shape == (2, 10)


def test_units_that_carry_nothing_are_the_first_to_go_and_the_answers_stay():
    model = conv_net().eval()
    silent = [1, 4]
    with torch.no_grad():
        for k in silent:
            model[0].weight[k] = model[0].bias[k] = 0.0
            model[1].bias[k] = 0.0
        model[4].weight[[0, 3, 5, 7]] = 0.0
        model[9].weight[:, ::2] = 0.0
    for layers, share in ((["0"], 4 / 6), (["4"], 0.5), (["7"], 0.5)):
        smaller = narrow(model, share, trained=True, layers=layers)
        assert torch.allclose(smaller(X), model(X), atol=1e-5), layers


def test_weights_are_begun_anew_alike_for_one_seed_and_no_random_number_of_others_is_drawn():
    before = torch.random.get_rng_state()
    one, two, other = (narrow(conv_net(), 0.5, seed=seed) for seed in (0, 0, 1))
    torch.manual_seed(0)
    assert same(weights(one), weights(two)) and not same(weights(one), weights(other))
    torch.random.set_rng_state(before)
    narrow(net(), 0.5)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_frozen_layers_stay_frozen():
    model = conv_net()
    model[0].requires_grad_(False)
    smaller = narrow(model, 0.5, trained=True)
    assert [p.requires_grad for p in smaller[0].parameters()] == [False, False]
    assert all(p.requires_grad for p in smaller[4].parameters())


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (Skips(), "stops at 'add'"),
        (nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 3)), r"layer '1' \(LayerNorm\)"),
        (nn.Sequential(nn.Conv2d(4, 4, 3, groups=4), nn.Flatten(), nn.Linear(4, 3)), "layer '0'"),
        (nn.Sequential(nn.GRU(4, 4)), "layer '0'"),
        (nn.Sequential(nn.Linear(8, 3)), "two layers with weights or more"),
        (nn.Sequential(one := nn.Linear(4, 4), one, nn.Linear(4, 3)), "used twice"),
    ],
    ids=["a sum", "a norm over units", "groups", "recurrent", "one layer", "shared"],
)
def test_what_is_no_chain_is_named(model, named):
    with pytest.raises(ValueError, match=named):
        narrow(model, 0.5)


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.5, float("nan"), True, "half"])
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(ValueError, match="share of the units"):
        narrow(conv_net(), share)


def test_layers_that_are_not_there_or_give_the_answers_are_refused_with_those_that_may_be_named():
    for layers in (["9"], ["nobody"], []):
        with pytest.raises(ValueError, match="some of 0, 4, 7"):
            narrow(conv_net(), 0.5, layers=layers)


def test_a_norm_of_the_inputs_stays_and_is_cut_with_them():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.BatchNorm1d(6), nn.Conv1d(6, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 8, 3)
    ).eval()
    x = torch.randn(5, 6, 10)
    assert narrow(model, 0.5)(x).shape == (5, 3)
    with torch.no_grad():
        model[1].weight[:, [0, 2, 3, 5]] = 0.0
    less = cut(model, [1, 4], 6)
    assert less[0].num_features == 2 and torch.allclose(less(x[:, [1, 4]]), model(x), atol=1e-5)
