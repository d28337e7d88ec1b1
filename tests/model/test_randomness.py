import threading

import pytest
import torch
from torch import nn

from greenlatent.model.randomness import OwnRandom, modules_that_draw

X = torch.linspace(-1, 1, 4 * 5 * 8).reshape(4, 5, 8)


class Functional(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x, 0.3, self.training) + torch.randn(8) * 0.1


def build(kind):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return {
            "dropout": lambda: nn.Dropout(0.5),
            "functional": Functional,
            "lstm": lambda: nn.LSTM(8, 8, 2, dropout=0.2),
            "transformer": lambda: nn.TransformerEncoderLayer(8, 2, dropout=0.1, batch_first=True),
        }[kind]()


def run(kind, noise):
    """What a model draws in 50 passes, while another thread draws as fast as it can."""
    model = build(kind)
    random = OwnRandom(3, torch.device("cpu"))
    random.lend_to(modules_that_draw(model, lambda: model(X)))
    stop, drawing = threading.Event(), threading.Event()

    def draw():
        while not stop.is_set():
            torch.randn(100)
            drawing.set()

    thread = threading.Thread(target=draw)
    if noise:
        thread.start()
        drawing.wait()
    outputs = []
    for _ in range(50):
        with random:
            output = model(X)
        outputs.append((output[0] if isinstance(output, tuple) else output).detach())
    stop.set()
    if noise:
        thread.join()
    return torch.stack(outputs)


@pytest.mark.parametrize("kind", ["dropout", "functional", "lstm", "transformer"])
def test_a_thread_that_draws_in_mid_step_changes_nothing(kind):
    quiet, noisy = run(kind, noise=False), run(kind, noise=True)
    assert torch.equal(quiet, noisy)
    assert not torch.equal(quiet[0], quiet[1])  # numbers go on from pass to pass


def test_the_persons_numbers_go_on_as_if_there_were_no_trainer():
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    random = OwnRandom(3, torch.device("cpu"))
    first = torch.rand(2)
    with random:
        torch.rand(10)
    assert torch.equal(torch.cat([first, torch.rand(2)]), expected)


def test_only_modules_that_draw_are_found():
    model = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.Sequential(Functional(), nn.ReLU()))
    assert [type(m) for m in modules_that_draw(model, lambda: model(X))] == [nn.Dropout, Functional]
    model.eval()
    assert [type(m) for m in modules_that_draw(model, lambda: model(X))] == [Functional]


def test_states_can_be_put_back():
    random = OwnRandom(3, torch.device("cpu"))
    dropout = nn.Dropout(0.5)
    random.lend_to([dropout])
    dropout(X)
    state = random.state()
    first = dropout(X)
    random.load(state)
    assert torch.equal(first, dropout(X))
