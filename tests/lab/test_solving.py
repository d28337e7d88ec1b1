"""A Lab solves what was named while training runs, and training notices nothing."""

import numpy as np

import greenlatent as gl

from ..parts import digit_samples, net, same, weights


def test_a_lab_solves_between_two_steps_and_its_line_is_in_the_ledger():
    train, valid = digit_samples()
    labs = [gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False) for _ in range(2)]
    for lab in labs:
        lab.step(40)
        lab.journal.add(gl.Relabel(np.flatnonzero(train.y == 4)[:15], "4"), by="human")
    solved = labs[0].solve()
    for lab in labs:
        lab.step(20)
    assert solved.accuracy.value > solved.before.value + 0.1
    assert same(weights(labs[0].trainer.model), weights(labs[1].trainer.model))
    assert labs[0].energy["solve"].known and "solve" not in labs[1].energy
    assert solved.energy.known and solved.energy.value <= labs[0].energy["solve"].value * 1.01
    for lab in labs:
        lab.close()
