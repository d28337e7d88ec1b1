"""Where pulls act, where they cannot, and that one hears of it at once."""

import logging

import pytest
import torch
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Link, Move, Relabel, Separate, Shift, Weigh
from greenlatent.edits.kinds import Pulled
from greenlatent.training.replay import replay
from greenlatent.training.trainer import Trainer

from ..parts import clusters, former, linear_net, same, weights


def sequences(n=48):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(n) % 3
    return Samples(torch.randn(n, 7, 4, generator=generator) + 2.0 * y[:, None, None], y)


class Recurrent(nn.Module):
    """A recurrent body whose head uses the final state, the commonest form."""

    def __init__(self, kind, head="state", layers=1, both=False):
        super().__init__()
        self.body = kind(4, 6, num_layers=layers, batch_first=True, bidirectional=both)
        self.head, self.uses, self.both = nn.Linear(12 if both else 6, 3), head, both

    def forward(self, x):
        out, state = self.body(x)
        state = state[0] if isinstance(state, tuple) else state
        last = torch.cat([state[-2], state[-1]], 1) if self.both else state[-1]
        return self.head(out[:, -1] if self.uses == "output" else last)


def made(seed=0, **options):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Recurrent(**options)


def placed(trainer, i):
    z = trainer.latents()
    centre = z[trainer.train.y.numpy() == 2].mean(0)
    return float(((z[i] - centre) ** 2).sum() / z.var(0).sum())


def pulled(strength=2.0, **options):
    feedback = former(strength=strength, cap=2.0)
    run = Trainer(
        made(**options), sequences(), latent="body", batch_size=16, threads=1, lr=0.01, feedback=feedback
    )
    run.step(20)
    run.journal.add(Pulled([0], "2"))
    assert (run.step(60).feedback_loss > 0) == bool(strength)
    return run


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM, nn.RNN])
def test_pulls_on_the_final_state_are_those_on_the_last_step(kind, layers):
    state, output = (pulled(kind=kind, layers=layers, head=head) for head in ("state", "output"))
    for a, b in zip(weights(state.model).values(), weights(output.model).values(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    assert not same(weights(state.model), weights(pulled(0.0, kind=kind, layers=layers).model))


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM, nn.RNN])
def test_of_both_directions_the_states_are_pulled_side_by_side(kind):
    run, free = (pulled(strength, kind=kind, both=True) for strength in (2.0, 0.0))
    assert run.dims == 12 and placed(run, 0) < 0.8 * placed(free, 0)
    run.close()
    again = replay(
        run.journal, made(kind=kind, both=True), sequences(), feedback=former(strength=2.0, cap=2.0)
    )
    assert same(weights(run.model), weights(again.model)) and not again.twin().network.hindrance()


PULLS = [
    Pulled([0], "class 1"),
    Link([0], [1], alike=False),
    Separate("class 0", "class 1", 1.0),
    Shift("class 0", 0, 1.0),
]


def frozen():
    model = linear_net()
    model[0].requires_grad_(False)
    return model


class Beside(nn.Module):
    """A layer that runs, and that nothing uses."""

    def __init__(self):
        super().__init__()
        self.body, self.beside, self.head = nn.Linear(4, 5), nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x):
        self.beside(x)
        return self.head(self.body(x))


CASES = [
    (frozen, "0", r"'0' cannot act: nothing before it is trained .*unfreeze"),
    (Beside, "beside", r"'beside' cannot act: .*does not depend on its output.*latent= one of 'body'"),
]


@pytest.mark.parametrize(("make", "layer", "words"), CASES, ids=["frozen", "unused"])
def test_a_pull_that_cannot_act_is_refused_at_once_and_mends_work(make, layer, words):
    trainer = Trainer(make(), clusters(), latent=layer, batch_size=8, threads=1)
    for edit in PULLS:
        with pytest.raises(ValueError, match=words):
            trainer.journal.add(edit)
    assert not len(trainer.journal)
    for edit in (Relabel([0], "class 1"), Weigh([1], 2), Drop([2]), Move([3], "class 1"), Link([4], [7])):
        trainer.journal.add(edit)
    assert trainer.step(12).feedback_loss == 0 and len(trainer.journal.active) == 5


def test_once_the_body_is_thawed_pulls_are_taken():
    model = frozen()
    trainer = Trainer(model, clusters(), latent="0", batch_size=8, threads=1)
    model[0].requires_grad_(True)
    trainer.stepper.optimizer.add_param_group({"params": list(model[0].parameters())})
    trainer.journal.add(Pulled([0], "class 1"))
    assert trainer.step(8).feedback_loss > 0


def test_a_probe_leaves_no_gradient_and_no_tensor_behind():
    trainer = Trainer(Beside(), clusters(), latent="body", batch_size=8, threads=1)
    assert all(p.grad is None for p in trainer.model.parameters())
    assert trainer.network.tap.raw is None and trainer.network.tap.outputs == []


def compiled(model):
    return torch.compile(model, backend="aot_eager")


@pytest.mark.slow
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_compiled_model_has_the_names_that_it_was_written_with(whole):
    def model():
        plain = linear_net()
        if whole:
            return compiled(plain)
        plain[0] = compiled(plain[0])
        return plain

    trainer = Trainer(model(), clusters(), latent="0", batch_size=8, threads=1, lr=0.01)
    plain = Trainer(linear_net(), clusters(), latent="0", batch_size=8, threads=1, lr=0.01)
    assert trainer.journal.header == plain.journal.header
    for run in (trainer, plain):
        run.step(20)
        run.journal.add(Pulled([0], "class 1"))
        assert run.step(40).feedback_loss > 0
    for a, b in zip(weights(trainer.model).values(), weights(plain.model).values(), strict=True):
        torch.testing.assert_close(a, b)
    with pytest.raises(ValueError, match=r"its layers are 0, 1, 2$"):
        Trainer(model(), clusters(), latent="body", threads=1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_of_a_compiled_model_that_ran_before_it_is_said_that_its_graphs_hide_the_layer_and_what_helps():
    model = torch.compile(linear_net(), backend="eager")
    for rows in (8, 6, 5):
        model(torch.zeros(rows, 4))
    first = Trainer(model, clusters(), latent="0", batch_size=8, threads=1)
    with pytest.raises(
        RuntimeError,
        match=r"ran before a Trainer had it.*torch\.compiler\.reset\(\) and make the Trainer anew",
    ):
        first.step()
    first.close()
    torch.compiler.reset()
    again = Trainer(model, clusters(), latent="0", batch_size=8, threads=1)
    plain = Trainer(linear_net(), clusters(), latent="0", batch_size=8, threads=1)
    assert again.step(5).loss == pytest.approx(plain.step(5).loss, rel=1e-5)
    torch.compiler.reset()


def test_a_lab_says_at_once_that_pulls_cannot_act(tmp_path, monkeypatch, caplog):
    from greenlatent.lab.lab import Lab

    with (
        caplog.at_level(logging.WARNING),
        Lab(frozen(), clusters(), latent="0", threads=1, session=False) as lab,
    ):
        assert "pull on layer '0' cannot act" in caplog.text
        assert "pull on layer '0' cannot act" in lab.run.hindrance
