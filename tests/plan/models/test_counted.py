"""Counting a module: equal to a count by hand, and nothing of the module changes."""

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from greenlatent.plan.models import counted, nets

from ...parts import net, same, weights


def test_flops_of_a_linear_layer_are_those_counted_by_hand():
    found = counted.workload(nn.Linear(30, 7), 30, batch=16)
    assert found.answer.flops == 2 * 30 * 7
    assert found.flops == 2 * (2 * 16 * 30 * 7)  # forward, and backward for the weights: the input needs none
    assert found.parameters == 30 * 7 + 7
    assert found.activations == 16 * 7


def test_flops_of_a_convolution_are_those_counted_by_hand():
    found = counted.workload(nn.Conv2d(3, 8, 5), (3, 20, 20), batch=4)
    assert found.answer.flops == 2 * 8 * 3 * 25 * 16 * 16
    assert found.family == "cnn"


def test_flops_of_attention_are_those_counted_by_hand():
    time, width = 10, 16
    layer = nn.MultiheadAttention(width, 4, batch_first=True)
    found = counted.workload(layer, (time, width), batch=2, call=lambda module, x: module(x, x, x))
    projections, products = 4 * 2 * time * width * width, 2 * 2 * time * time * width
    assert found.answer.flops == projections + products
    assert found.family == "transformer"


@pytest.mark.parametrize("model", ["gru", "lstm"])
def test_a_long_recurrent_layer_is_counted_by_a_few_of_its_steps(model, monkeypatch):
    made = nets.net(model, "24", (3, 40), 4)
    few = counted.workload(made, (3, 40), batch=8)
    monkeypatch.setattr(counted, "UNROLLED", 40)
    whole = counted.workload(made, (3, 40), batch=8)
    assert few.family == whole.family == model
    assert few.flops == pytest.approx(whole.flops, rel=0.05)
    assert few.operations == pytest.approx(whole.operations, rel=0.1)


def test_a_model_is_bit_for_bit_what_it_was_and_its_hooks_are_not_run():
    model, heard = net(drop=0.5, norm=True), []
    model.encoder.register_forward_hook(lambda *_: heard.append(1))
    before, state = weights(model), torch.random.get_rng_state()
    counted.workload(model, 64)
    assert same(before, weights(model)) and not heard
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(parameter.grad is None and parameter.device.type == "cpu" for parameter in model.parameters())


def test_whole_numbers_as_input_and_tuples_as_output_are_counted():
    class Words(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.head = nn.Embedding(100, 8), nn.Linear(8, 3)

        def forward(self, x):
            z = self.words(x).mean(1)
            return {"z": z, "both": (self.head(z), x)}

    found = counted.workload(Words(), example=torch.zeros(2, 5, dtype=torch.long), batch=16)
    assert found.batch == 16 and found.answer.flops == 2 * 8 * 3


def test_what_meta_cannot_run_does_one_real_step_and_says_so():
    class Asking(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            return self.layer(x) if x.sum().item() >= 0 else x

    found = counted.workload(Asking(), 4, batch=8)
    assert found.how.startswith("counted in one real step, since meta cannot run it")
    assert found.answer.flops == 2 * 4 * 4


def test_a_module_that_needs_a_gpu_is_refused_with_what_to_do():
    class OnACard(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x):
            return self.layer(x.to("cuda"))

    with pytest.raises(ValueError, match="if it needs a GPU, give words such as 'cnn', or a Workload"):
        counted.workload(OnACard(), 4)
    with pytest.raises(TypeError, match="give a torch module, words such as 'cnn', or a Workload"):
        counted.workload(3, 4)
    with pytest.raises(ValueError, match="give a batch of what the model takes"):
        counted.workload(nn.Linear(4, 4), example=torch.zeros(0, 4))


def test_a_net_without_anything_to_train_is_refused():
    with pytest.raises(ValueError, match="depends on no parameter that can be trained"):
        counted.workload(nn.Linear(4, 4).requires_grad_(False), 4)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning")
def test_counting_a_scripted_module_leaves_its_gradients_as_they_were():
    model = torch.jit.script(nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3)))
    counted.workload(model, 16)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_module_that_keeps_tensors_of_a_graph_is_counted():
    pruned = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    plain = counted.workload(pruned, 16)
    prune.l1_unstructured(pruned[0], "weight", 0.5)
    found = counted.workload(pruned, 16)
    assert found.flops == plain.flops and found.how == plain.how  # on meta, without a real step
    assert counted.copied(pruned)(torch.randn(2, 16)).shape == (2, 3)
    pruned(torch.randn(2, 16)).sum().backward()  # the model itself is as it was


def test_a_projected_lstm_is_counted():
    class Projected(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.LSTM(16, 8, proj_size=5, batch_first=True)
            self.head = nn.Linear(5, 3)

        def forward(self, x):
            out, (last, _) = self.layer(x)
            return self.head(out[:, -1] + last[-1])

    assert counted.workload(Projected(), (30, 16)).family == "lstm"


def test_what_cannot_be_counted_says_what_would_help():
    def model():
        return nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))

    with torch.no_grad():
        assert counted.workload(model(), 16).flops > 0
    with pytest.raises(ValueError, match=r"All of it is frozen: let .* requires_grad_\(True\)"):
        counted.workload(model().requires_grad_(False), 16)
    with pytest.raises(ValueError, match=r"rows of shape \(64,\).*give train=, features="):
        counted.workload(model(), 64)
