"""What ranks are worth is measured before training, told in a sentence, and leaves no trace."""

import re

import pytest

import greenlatent as gl
from greenlatent.lab.status import status
from greenlatent.scale.worth import Pace, Worth
from tests.parts import net, weights
from tests.scale.test_leader import NET, TRAIN, apart, gone, made


def pace(seconds, joules):
    return Pace(
        (seconds,) * 19 + (seconds * 1.1,), gl.Joules(joules, joules * 0.9, joules * 1.1, {"model": 1.0}), 32
    )


def test_the_sentence_has_both_paces_with_intervals_and_the_verdict():
    said = str(Worth(2, pace(0.0017, 0.64), pace(0.0002, 0.064)))
    assert said.startswith("2 ranks: 1.7 ms a step, one process 0.2 ms: not worth it here")
    assert "18,824 samples a second (18," in said and "1.00 mJ (0.9-1.1, model) a sample" in said
    assert "alone 160,000 samples a second" in said and "a sample" in said
    assert "not" not in str(Worth(2, pace(0.01, 1.0), pace(0.02, 1.0)))


def test_a_rate_that_a_single_slow_step_leaves_open_has_no_upper_end():
    joules = gl.Joules(1.0, 0.9, 1.1, {"model": 1.0})
    assert str(Pace((0.001, 0.5), joules, 32)).startswith("128 samples a second (37 or more), ")


def test_a_rate_lies_within_its_own_interval_where_some_steps_are_slow():
    uneven = Pace((0.0043,) * 15 + (0.009,) * 5, gl.Joules(1.0, 0.9, 1.1, {"model": 1.0}), 32)
    rate, low, high = (float(n.replace(",", "")) for n in re.findall(r"[\d,]+", str(uneven))[:3])
    assert rate == pytest.approx(32 / 0.0043, rel=1e-3) and low < rate < high


def test_a_lab_says_what_ranks_are_worth_before_the_first_step_which_changes_nothing():
    lab = gl.Lab(net(), TRAIN, **NET, session=False, ranks=2)
    trainer, worth = lab.trainer, lab.trainer.company.worth
    assert len(worth.over.seconds) == len(worth.alone.seconds) == 20 or max(worth.over.seconds) > 0.05
    assert str(worth) in status(lab.run)["message"]
    assert trainer.steps == 0 and trainer.passes == 0
    assert "train" not in lab.energy and lab.energy["prepare"].value > 0
    lab.step(30)
    assert "2 ranks: of each step" in status(lab.run)["message"]
    assert lab.energy.nodes == {}
    mine = weights(trainer.model)
    alone = made(None)
    alone.step(30)
    assert apart(mine, weights(alone.model)) < 1e-5
    alone.close()
    pid = trainer.company.who.nodes[1]["pid"]
    lab.ranks = 1
    assert gone(pid) and lab.ranks == 1
    assert lab.step(3).step == 33
    lab.close()
