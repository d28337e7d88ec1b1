"""Loops of somebody's own, once in each process: the gradients, edits and losses of one."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
import torch

import greenlatent as gl
from tests.house.source import CHECKOUT
from tests.parts import clusters, same, weights
from tests.scale.own_loop import STEPS, TOKEN, loop, made
from tests.scale.test___main__ import environment, free_port
from tests.scale.test_leader import apart


@contextmanager
def another(address, steps=STEPS, clip=False):
    """The same script, as the second rank."""
    command = [sys.executable, "-m", "tests.scale.own_loop", address, "1", str(steps), "clip" if clip else ""]
    with subprocess.Popen(
        command, env=environment(), cwd=CHECKOUT, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def edited(trainer):
    """Edits of several kinds, as the loop goes on."""

    def after(step):
        if step == 4:
            trainer.journal.add(gl.Relabel([1, 5, 9], "class 2"))
            trainer.journal.add(gl.Weigh(list(range(20)), 3.0))
        if step == 8:
            trainer.journal.add(gl.Move([20, 21], gl.Near([40, 41])))
            trainer.journal.add(gl.Drop([30, 31, 32]))
        if step == 16:
            trainer.journal.undo()

    return after


@pytest.mark.parametrize("clip", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_loop_of_ones_own_comes_to_the_weights_of_one_process_with_edits(clip):
    x, address = clusters().x, f"127.0.0.1:{free_port()}"
    with (
        another(address, clip=clip) as process,
        gl.scale.Ranks(2, address=address, timeout=60, token=TOKEN) as ranks,
    ):
        trainer = made(ranks)
        assert trainer.company.worth is None, "nobody else's loop was measured"
        loop(trainer, trainer.model, x, rank=0, size=2, clip=clip, after=edited(trainer))
        mine, loss = weights(trainer.model), trainer.recent
        trainer.close()
        assert process.wait(20) == 0, process.stderr.read()
    alone = made()
    loop(alone, alone.model, x, rank=0, size=1, clip=clip, after=edited(alone))
    assert trainer.steps == alone.steps == STEPS
    assert apart(mine, weights(alone.model)) < 1e-5
    assert loss == pytest.approx(alone.recent, abs=1e-5)
    assert alone.recent[1] > 0, "edits pulled"
    alone.close()


def test_who_leaves_a_loop_of_ones_own_is_named_and_weights_stay_as_they_were():
    address = f"127.0.0.1:{free_port()}"
    with (
        another(address, steps=3) as process,
        gl.scale.Ranks(2, address=address, timeout=60, token=TOKEN) as ranks,
    ):
        trainer = made(ranks)
        kept = []
        with pytest.raises(
            RuntimeError, match=r"rank 1 .*did not answer|rank 1 .*is gone|a rank did not answer"
        ):
            loop(
                trainer,
                trainer.model,
                clusters().x,
                rank=0,
                size=2,
                after=lambda step: kept.append(weights(trainer.model)),
            )
        assert trainer.steps == len(kept) == 3 and same(kept[-1], weights(trainer.model))
        trainer.ranks = 1
        with trainer.around(torch.arange(4)) as s:
            assert s.loss_scale == 1.0
        trainer.close()
        process.wait(20)


def test_the_number_of_a_rank_is_checked():
    with pytest.raises(ValueError, match="meets the first one at an address"):
        gl.scale.Ranks(2, rank=1)
    with pytest.raises(ValueError, match="from 0 to 1, got 2"):
        gl.scale.Ranks(2, address="127.0.0.1:29500", rank=2)
