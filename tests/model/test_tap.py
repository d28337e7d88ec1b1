import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.model.tap import Tap
from greenlatent.training.seen import Seen


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


def test_deferred_statistics_equal_a_naive_loop():
    torch.manual_seed(0)
    seen = Seen(20, 3, regression=False, device=torch.device("cpu"))
    last = {}
    for step in range(150):
        ids = torch.randperm(20)[:4]
        z, logits, y = torch.randn(4, 3), torch.randn(4, 5), torch.randint(-1, 5, (4,))
        y[y < 0] = -100
        seen.note(ids, z, logits, y, step)
        for k, i in enumerate(ids.tolist()):
            last[i] = (step, z[k], logits[k], y[k])
    latents, loss, confidence = seen.latents, seen.loss, seen.confidence
    for i, (step, z, logits, y) in last.items():
        assert seen.step[i] == step and torch.equal(latents[i], z) and seen.predicted[i] == logits.argmax()
        if y >= 0:
            assert loss[i] == pytest.approx(float(F.cross_entropy(logits, y)), rel=1e-5)
            assert confidence[i] == pytest.approx(float(logits.softmax(0)[y]), rel=1e-5)
        else:
            assert loss[i].isnan() and confidence[i].isnan()


def test_forgetting_is_counted_when_a_right_sample_turns_wrong():
    seen = Seen(1, 1, regression=False, device=torch.device("cpu"))
    for guess in (0, 1, 1, 0, 1):
        seen.note(
            torch.tensor([0]),
            torch.zeros(1, 1),
            F.one_hot(torch.tensor([guess]), 2).float(),
            torch.tensor([1]),
            0,
        )
        seen.flush()
    assert seen.forgotten.tolist() == [1] and seen.predicted.tolist() == [1]


def test_statistics_of_60000_by_64_stay_under_40_megabytes():
    seen = Seen(60_000, 64, regression=False, device=torch.device("cpu"))
    assert sum(t.numel() * t.element_size() for t in seen.state().values()) < 40e6


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
