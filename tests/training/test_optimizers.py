"""An optimizer's step without torch's wrapping does the same, and gives way to whoever listens."""

import functools
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.optim import optimizer as hooked
from torch.profiler import ProfilerActivity, profile

from greenlatent.training import optimizers

from ..house.source import CHECKOUT
from ..parts import clusters, linear_net, same, trainer, weights


def grown(make, step_of, steps=5):
    """Weights after some steps on the same gradients."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = make(model.parameters())
    step = step_of(optimizer)
    for k in range(steps):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 0.1 * (k + 1))
        step()
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def ready(make=torch.optim.Adam):
    parameter = nn.Parameter(torch.ones(2))
    parameter.grad = torch.ones(2)
    return make([parameter])


@pytest.mark.parametrize(
    "make",
    [
        torch.optim.Adam,
        torch.optim.AdamW,
        lambda p: torch.optim.Adam(p, fused=True),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        torch.optim.RMSprop,
        torch.optim.Adagrad,
    ],
)
def test_the_quick_step_gives_the_same_weights_bit_for_bit(make):
    assert torch.equal(grown(make, lambda o: o.step), grown(make, optimizers.stepping))


def test_a_quick_step_runs_without_gradients_of_its_own():
    optimizer = ready()
    optimizers.stepping(optimizer)()
    (parameter,) = optimizer.param_groups[0]["params"]
    assert parameter.is_leaf and parameter.grad_fn is None
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("register", ["register_step_pre_hook", "register_step_post_hook"])
def test_hooks_on_the_optimizer_are_called_even_if_they_come_later(register):
    optimizer, heard = ready(), []
    step = optimizers.stepping(optimizer)
    handle = getattr(optimizer, register)(lambda *args: heard.append(1))
    step()
    handle.remove()
    step()
    assert heard == [1]


def test_hooks_on_all_optimizers_are_called():
    heard = []
    step = optimizers.stepping(ready())
    handle = hooked.register_optimizer_step_post_hook(lambda *args: heard.append(1))
    try:
        step()
    finally:
        handle.remove()
    assert heard == [1]


def test_a_profiler_sees_the_step():
    step = optimizers.stepping(ready())
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        step()
    assert any(event.key == "Optimizer.step#Adam.step" for event in seen.key_averages())


def test_a_scheduler_made_later_counts_the_steps(recwarn):
    optimizer = ready()
    step = optimizers.stepping(optimizer)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    step()
    scheduler.step()
    assert not recwarn.list  # it warns where it is stepped before its optimizer


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_instances_of_an_optimizer_and_of_its_scheduler_train_together(kind):
    model = linear_net()
    optimizer = kind(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    t = trainer(clusters(60), model, optimizer=optimizer, scheduler=scheduler)
    t.step(epochs=1)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.05)
    t.close()


def test_an_optimizer_of_ones_own_is_stepped_as_it_is():
    class Own(torch.optim.Optimizer):
        stepped = 0

        def step(self, closure=None):
            self.stepped += 1

    optimizer = ready(lambda params: Own(params, {}))
    optimizers.stepping(optimizer)()
    assert optimizer.stepped == 1


def test_a_step_put_in_place_of_the_optimizers_is_the_one_that_is_called():
    optimizer, called = ready(), []
    step = optimizers.stepping(optimizer)
    optimizer.step = lambda: called.append(1)
    step()
    assert called == [1]


def test_a_step_that_somebody_wrapped_is_called_as_wrapped(monkeypatch):
    ready(torch.optim.SGD)  # torch wraps a kind's step when the first of it is made
    called, plain = [], torch.optim.SGD.step

    @functools.wraps(plain)
    def counted(self, *args):
        called.append(1)
        return plain(self, *args)

    monkeypatch.setattr(torch.optim.SGD, "step", counted)
    optimizers.stepping(ready(lambda params: torch.optim.SGD(params, lr=0.1)))()
    assert called == [1]


@pytest.mark.parametrize(
    "options, said",
    [
        ({"optimizer": torch.optim.LBFGS}, r"LBFGS.step\(\) needs a closure"),
        (
            {"scheduler": torch.optim.lr_scheduler.ReduceLROnPlateau},
            r"ReduceLROnPlateau.step\(\) needs a measure",
        ),
    ],
)
def test_what_cannot_be_stepped_is_refused_by_name_and_leaves_the_model_alone(options, said):
    model = linear_net()
    before = weights(model)
    with pytest.raises(ValueError, match=said):
        trainer(model=model, **options)
    assert not any(module._forward_hooks for module in model.modules())
    assert trainer(model=model).step(2).steps == 2 and not same(before, weights(model))


def test_an_optimizer_of_other_parameters_than_it_was_given_is_refused():
    model = linear_net()
    mine = trainer(model=model, optimizer=lambda params: torch.optim.SGD(model.parameters(), lr=0.1))
    mine.step(2)
    with pytest.raises(ValueError, match="nothing would train"):
        mine.twin()
    assert mine.step(2).steps == 2


def test_layers_thawed_later_take_the_gradient_of_one_step_at_a_time():
    model = linear_net()
    model[2].requires_grad_(False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0)
    # one batch an epoch, and nothing learnt: equal steps
    mine = trainer(clusters(8), model, optimizer=optimizer)
    mine.step()
    model[2].requires_grad_(True)
    optimizer.add_param_group({"params": model[2].parameters(), "lr": 0.0})
    mine.step()
    once = model[2].bias.grad.clone()
    mine.step(3)
    assert torch.allclose(model[2].bias.grad, once, atol=1e-6)


TRAINS_AND_GOES_ON = """
import sys, tempfile
from tests.parts import clusters, linear_net, trainer
from greenlatent.training.trainer import Trainer

first = trainer()
first.step(3)
with tempfile.TemporaryDirectory() as folder:
    first.save(folder)
    first.close()
    again = Trainer.load(folder, linear_net(), clusters())
    again.step(3)
    again.close()
sys.exit("torch._dynamo" in sys.modules)
"""


def test_to_train_and_to_go_on_from_a_checkpoint_loads_no_compiler():
    """It would take about as long as to load torch."""
    subprocess.run([sys.executable, "-c", TRAINS_AND_GOES_ON], check=True, cwd=CHECKOUT)


def test_what_torch_keeps_from_its_compiler_is_kept_from_it_again_afterwards(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    method = hooked.Optimizer.add_param_group.__wrapped__
    before = dict(vars(method))
    monkeypatch.delattr(method, "__dynamo_disable", raising=False)
    with optimizers.without_compiler():
        assert getattr(method, "__dynamo_disable") is method
        with optimizers.without_compiler():
            pass
        assert hasattr(method, "__dynamo_disable")
    assert not hasattr(method, "__dynamo_disable")
    monkeypatch.undo()
    assert vars(method) == before
