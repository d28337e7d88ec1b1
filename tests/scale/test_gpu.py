"""On a GPU: two processes on one card, whose tensors go by gloo, train as one process does."""

import pytest
import torch

import greenlatent as gl
from tests.parts import weights
from tests.scale.test_leader import apart, made

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use"),
]


def test_two_ranks_of_one_card_come_to_the_weights_of_one_process():
    found = []
    for ranks in (2, None):
        trainer = made(ranks, device="cuda")
        trainer.journal.add(gl.Relabel([1, 5, 9], "3"))
        trainer.journal.add(gl.Move([20, 21], gl.Near([40, 41])))
        trainer.step(60)
        found.append(weights(trainer.model))
        trainer.close()
    assert apart(*found) < 1e-4
