"""A step of which a rank was lost is as if it had never begun, and comes again with the same batch."""

import os
import signal

import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.training.company import Lost
from tests.parts import clusters, same, weights
from tests.scale.test_leader import gone, until

STEPS = 12


def normed():
    """A net with something that a forward pass alone changes."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8)), nn.ReLU(), nn.Linear(8, 3))


def trained(losses, *, before=None, meanwhile=None):
    """A run over two ranks, one of which is lost in each of these steps; an edit before, or while step 3 sums."""
    trainer = gl.Trainer(normed(), clusters(), latent="0", batch_size=8, threads=1, ranks=2)
    company, left = trainer.company, set(losses)
    if before is not None:
        trainer.journal.add(before)
    sum_up = company.sum

    def sum(*given):
        if trainer.steps == 3 and meanwhile is not None and not len(trainer.journal):
            trainer.journal.add(meanwhile)
        if trainer.steps in left:
            left.discard(trainer.steps)
            pid = company.who.nodes[1]["pid"]
            os.kill(pid, signal.SIGKILL)
            until(lambda: gone(pid))
        sum_up(*given)

    company.sum = sum
    for step in sorted(losses):
        with pytest.raises(Lost, match=f"Step {step} was not applied") as told:
            trainer.step(STEPS - trainer.steps)
        assert trainer.steps == step
        assert told.value.__suppress_context__ and "was killed by signal 9" in str(told.value)
    trainer.step(STEPS - trainer.steps)
    assert trainer.steps == STEPS and not left
    found = weights(trainer.model), [event.step for event in trainer.journal], trainer.passes
    trainer.close()
    return found


@pytest.mark.slow
def test_steps_that_lost_a_rank_come_again_and_the_run_is_the_unbroken_one_bit_for_bit():
    # of 60 samples in batches of 8, step 8 begins an epoch
    edit = gl.Relabel([1, 2, 3], "class 2")
    whole, broken = trained((), meanwhile=edit), trained((3, 8), meanwhile=edit)
    assert same(whole[0], broken[0])
    assert whole[1:] == broken[1:], "an edit is in force at the step that it is stamped with"


@pytest.mark.slow
def test_a_step_that_pulls_and_lost_a_rank_pulls_the_same_when_it_comes_again():
    edit = gl.Move([1, 2], gl.Near([40, 41]))
    whole, broken = trained((), before=edit), trained((8,), before=edit)
    assert same(whole[0], broken[0])
    assert not same(whole[0], trained(())[0]), "the edit pulls"
