"""What ranks are worth is measured before training, told in a sentence, and leaves no trace."""

import greenlatent as gl
from greenlatent.scale.worth import Pace, Worth
from tests.parts import same, weights
from tests.scale.test_leader import made


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


def test_what_ranks_are_worth_is_known_before_the_first_step_and_changes_nothing():
    meter = gl.Meter()
    meter.start()
    trainer = made(2, meter=meter)
    worth = trainer.company.worth
    assert len(worth.over.seconds) == len(worth.alone.seconds) == 20 or max(worth.over.seconds) > 0.05
    assert str(worth) in trainer.company.said
    assert trainer.steps == 0 and trainer.passes == 0
    assert meter.units("train") == 0 and meter.ledger()["prepare"].value > 0
    trainer.step(30)
    assert "of each step" in trainer.company.said
    mine = weights(trainer.model)
    trainer.close()
    meter.stop()
    plain = made(2)
    plain.step(30)
    assert same(mine, weights(plain.model))
    plain.close()
