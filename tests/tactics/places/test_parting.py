"""A model cut in two answers as it did, over a loopback, too; bytes are counted by layer, and the fewest are named."""

import io
import socket
import threading

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.tactics.places.parting import cuts, cuts_of

from ...parts import linear_net, net, same, trainer, weights


def chain():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 8),
        nn.Linear(8, 3),
    ).eval()


class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two, self.head = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 3)

    def forward(self, x):
        z = torch.relu(self.one(x))
        return self.head(z + self.two(z))


@pytest.mark.parametrize("make, shape", [(chain, (1, 8, 8)), (Skips, (4,)), (lambda: net().eval(), (64,))])
def test_front_and_back_give_the_answers_of_the_whole_at_each_cut(make, shape):
    model, x = make(), torch.randn(5, *shape)
    before = weights(model)
    names = [place.name for place in cuts_of(model)]
    assert names
    for name in names:
        front, back = gl.tactics.partition(model, name)
        assert back(front(x)).equal(model(x)), name
        with torch.no_grad():
            for p in front.parameters():
                p.zero_()
    assert same(weights(model), before), "the parts are a copy's"


def test_over_a_loopback_the_answers_are_equal():
    model, x = chain(), torch.randn(6, 1, 8, 8)
    front, back = gl.tactics.partition(model, "3")
    there = socket.create_server(("127.0.0.1", 0))
    answers = []

    def serve():
        with there, there.accept()[0] as line, line.makefile("rb") as told:
            z = torch.load(io.BytesIO(told.read()), weights_only=True)
            answers.append((back(z), z.numel() * z.element_size()))

    other = threading.Thread(target=serve)
    other.start()
    with socket.create_connection(there.getsockname()) as line:
        sent = io.BytesIO()
        torch.save(front(x).detach(), sent)
        line.sendall(sent.getvalue())
        line.shutdown(socket.SHUT_WR)
        other.join()
    assert answers[0][0].equal(model(x)) and answers[0][1] == 6 * 8 * 4


def test_a_layer_that_something_goes_round_is_no_cut_and_what_there_is_is_named():
    assert [place.name for place in cuts_of(Skips())] == ["one"], "two reads what its output is added to"
    with pytest.raises(ValueError, match="cannot be cut at 'two': there is "):
        gl.tactics.partition(Skips(), "two")
    with pytest.raises(ValueError, match=r"cannot be cut at '4': there is 0\.0, 0\.1, 1, 2, 3"):
        gl.tactics.partition(chain(), "4")
    with pytest.raises(TypeError, match="takes a torch module, got int"):
        gl.tactics.partition(3, "a")


def test_a_model_that_cannot_be_followed_and_one_that_trains_are_refused():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 4)

        def forward(self, x):
            return self.a(x) if x.sum() > 0 else x

    with pytest.raises(ValueError, match="partition cannot follow this model"):
        gl.tactics.partition(Odd(), "a")
    model = linear_net()
    held = trainer(model=model)
    with pytest.raises(RuntimeError, match="a trainer has this model"):
        gl.tactics.partition(model, "0")
    held.close()
    assert gl.tactics.partition(model, "0")


def test_bytes_are_those_of_a_floats_and_the_fewest_are_the_cheapest():
    found = cuts(chain(), torch.randn(4, 1, 8, 8))
    assert [(cut.layer, cut.bytes) for cut in found] == [
        *(("", 256), ("0.0", 4 * 36 * 4), ("0.1", 4 * 36 * 4), ("1", 4 * 9 * 4), ("2", 144), ("3", 32))
    ]
    assert found.cheapest.layer == "3" and found[0].before == 0.0
    assert all(0 <= cut.before <= 1 for cut in found) and "<- fewest bytes" in str(found)
    wide = nn.Sequential(nn.Linear(2, 50), nn.ReLU(), nn.Linear(50, 3)).eval()
    assert cuts(wide, torch.randn(4, 2)).cheapest.layer == "", "the input itself is least"
