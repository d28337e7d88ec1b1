import pytest
import torch
from torch import nn

from greenlatent.model.tap import Tap


class Recurrent(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.rnn = nn.GRU(6, 5, batch_first=batch_first)

    def forward(self, x):  # (n, t, 6)
        return self.rnn(x if self.rnn.batch_first else x.transpose(0, 1))[0]


CASES = {
    "mlp": (nn.Sequential(nn.Linear(6, 5)), "0", torch.randn(3, 6), lambda raw: raw),
    "images": (nn.Sequential(nn.Conv2d(2, 5, 3)), "0", torch.randn(3, 2, 8, 8), lambda raw: raw.mean((2, 3))),
    "signals": (
        nn.Sequential(nn.Sequential(nn.Conv1d(2, 5, 3), nn.ReLU())),
        "0",
        torch.randn(3, 2, 8),
        lambda raw: raw.mean(2),
    ),
    "sequence": (nn.Sequential(nn.Linear(6, 5)), "0", torch.randn(3, 8, 6), lambda raw: raw.mean(1)),
    "transformer": (
        nn.Sequential(nn.TransformerEncoderLayer(6, 2, batch_first=True)),
        "0",
        torch.randn(3, 8, 6),
        lambda raw: raw.mean(1),
    ),
    "recurrent": (Recurrent(True), "rnn", torch.randn(3, 8, 6), None),
    "recurrent, time first": (Recurrent(False), "rnn", torch.randn(3, 8, 6), None),
}


@pytest.mark.parametrize("case", CASES)
def test_any_layer_is_read_as_one_vector_per_sample(case):
    model, layer, x, rule = CASES[case]
    tap = Tap(model, layer)
    output = model(x)
    if rule is None:

        def rule(raw):
            return raw[:, -1] if model.rnn.batch_first else raw[-1]

    expected = rule(output)
    assert tap.latent.shape[0] == 3 and torch.equal(tap.latent, expected)


def test_a_tap_leaves_no_trace():
    model = nn.Sequential(nn.Linear(2, 2))
    tap = Tap(model, "0")
    tap.remove()
    tap.remove()
    assert not model[0]._forward_hooks
    with pytest.raises(RuntimeError, match="has not run"):
        _ = tap.latent


def test_an_unknown_layer_lists_the_layers():
    with pytest.raises(ValueError, match=r"no layer 'encoder'; its layers are 0, 0\.0, 1"):
        Tap(nn.Sequential(nn.Sequential(nn.Linear(2, 2)), nn.ReLU()), "encoder")


def test_several_taps_read_one_pass_and_go_one_by_one():
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    first, second, twice = Tap(model, "0"), Tap(model, "2"), Tap(model, "0")
    x = torch.randn(4, 6)
    output = model(x)
    assert torch.equal(first.latent, model[0](x)) and torch.equal(second.latent, output)
    assert torch.equal(twice.latent, first.latent)
    first.remove()
    kept = first.raw
    output = model(-x)
    assert kept is None and torch.equal(second.latent, output) and torch.equal(twice.latent, model[0](-x))
    second.remove()
    twice.remove()
    assert not any(module._forward_hooks for module in model)
