"""Two twins side by side: from the first weights, in the same order; the run itself does not notice."""

import gc
import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.tactics.altered import SAME, Altered
from greenlatent.tactics.judging import NULL, OPEN
from greenlatent.tactics.price import Turns
from greenlatent.tactics.rehearsal import SideBySide, TwinJoules, between, due, right

from ..parts import clusters, same, weights
from .simulated import lab, scripted  # noqa: F401 - a fixture


def rehearsed(run, change, share=0.5, seeds=1, by=None, progress=None, steps=60):
    going = SideBySide(run.run, change, steps, margin=0.01)
    return run.runner.call(lambda: going.done(share, seeds, by, progress))


def test_the_same_again_is_no_saving_and_its_answers_are_the_same(scripted):  # noqa: F811
    with lab() as run:
        found = rehearsed(run, SAME)
    assert found.verdict == NULL and found.points == (0.0, 0.0, 0.0) and found.steps == 30
    assert found.ratio.value == pytest.approx(1, rel=0.01)
    assert found.accuracy[0] == found.accuracy[1]


def test_a_rehearsal_counts_all_turns_and_is_booked_as_such(scripted):  # noqa: F811
    with lab() as run:
        found = rehearsed(run, Altered({"batch_size": 16}), seeds=2)
        assert found.ratio.value == pytest.approx((1 + 16 / 64) / (1 + 8 / 64) / 2, rel=0.02)
        assert found.joules.known and run.energy["rehearse"].value >= found.joules.value * 0.99
        assert found.seeds == 2 and "rehearse" not in run.run.trainer.journal.header


def test_the_run_is_bit_for_bit_what_it_would_have_been():
    with lab() as run, lab() as other:
        for each in (run, other):
            each.step(7)
        rehearsed(run, Altered({"batch_size": 16}))
        for each in (run, other):
            each.step(9)
        assert same(weights(run.trainer.model), weights(other.trainer.model))
        assert len(run.journal) == 0 and run.trainer.steps == 16


def test_groups_settle_nothing_where_there_are_few_and_a_wrong_name_says_which_there_are(scripted):  # noqa: F811
    with lab(valid=clusters(20)) as run:  # four places
        assert rehearsed(run, Altered({"batch_size": 16}), by="place").verdict == OPEN
        with pytest.raises(ValueError, match="no group 'person' in the validation part; groups: place"):
            rehearsed(run, SAME, by="person")
        with pytest.raises(ValueError, match="share"):
            rehearsed(run, SAME, share=1.5)
        with pytest.raises(ValueError, match="seeds counts from 1"):
            rehearsed(run, SAME, seeds=0)
        with pytest.raises(ValueError, match="above 0 and at most 1, got True"):
            rehearsed(run, SAME, share=True)
        with pytest.raises(ValueError, match="above 0 and at most 1, got 'half'"):
            rehearsed(run, SAME, share="half")
        with pytest.raises(ValueError, match=r"is 1, which tell nothing: give 0.*or more"):
            rehearsed(run, SAME, share=1e-9)


def test_it_is_called_off_between_two_turns():
    with lab() as run:
        told = []
        assert rehearsed(run, SAME, progress=lambda share: told.append(share) or len(told) < 2) is None
        assert len(told) == 2 and 0 < told[0] < told[1] < 1


def test_without_labels_to_validate_by_joules_alone_are_known(scripted):  # noqa: F811
    with lab(valid=None) as run:
        found = rehearsed(run, Altered({"batch_size": 16}))
        assert (
            found.points is None and found.accuracy is None and found.verdict == "saves, accuracy not known"
        )
        assert right(run.trainer).size == 0


def test_right_answers_are_those_that_an_evaluation_counts():
    valid = clusters(30)
    valid.y[:5] = -1
    with lab(valid=valid) as run:
        run.step(30)
        found = right(run.trainer)
        assert len(found) == 25
        assert math.isclose(found.mean(), run.trainer.evaluate()["accuracy"])
        assert set(np.unique(found)) <= {0.0, 1.0}


KILLED = """
import os, signal, sys
import greenlatent as gl
from tests.parts import clusters, linear_net
from greenlatent.tactics.altered import SAME
from greenlatent.tactics.rehearsal import SideBySide
lab = gl.Lab(linear_net(), clusters(), valid=clusters(), latent="0", batch_size=8, session=sys.argv[1], film=False)
lab.step(6)
lab.journal.add(gl.Drop([3]))
lab.save()
going = SideBySide(lab.run, SAME, 40, margin=0.01)
lab.runner.call(lambda: going.done(0.5, 1, None, lambda share: os.kill(os.getpid(), signal.SIGKILL)))
"""


@pytest.mark.whole
def test_a_run_that_is_killed_in_a_rehearsal_goes_on_where_it_was_saved(tmp_path):
    root = os.path.dirname(os.path.dirname(gl.__file__))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "mine")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.returncode == -signal.SIGKILL
    from ..parts import linear_net

    with gl.Lab.load(tmp_path / "mine", linear_net(), clusters(), valid=clusters()) as run:
        assert run.trainer.steps == 6 and len(run.journal.active) == 1
        run.step()


def test_a_run_that_has_come_far_enough_is_the_twin_without_at_half_of_the_price(scripted):  # noqa: F811
    change = Altered({"batch_size": 16})
    with lab() as run:
        fresh = rehearsed(run, change)
        run.step(40)
        found = rehearsed(run, change)
        assert not fresh.own and found.own and found.steps == 40
        assert found.ratio.value == pytest.approx(fresh.ratio.value, rel=0.02)
        twin = run.runner.call(lambda: SAME.twin(run.trainer, 40))
        twin.step(40)
        assert same(weights(twin.model), weights(run.trainer.model))  # what it stands for
        assert found.accuracy[1] == pytest.approx(run.trainer.evaluate()["accuracy"])
        twin.close()
    assert due(run.trainer, 0.5, 80, 1, 0.5)[1] < 0.6 * 40 * 1.5


def test_beside_a_rehearsal_the_run_goes_on_bit_for_bit_as_the_twin_without():
    with lab() as run, lab() as other:
        for each in (run, other):
            each.step(40)
        found = rehearsed(run, Altered({"batch_size": 16}))
        for each in (run, other):
            each.step(9)
        assert found.own and same(weights(run.trainer.model), weights(other.trainer.model))
        assert len(run.journal) == 0 and run.trainer.steps == 49


def test_a_run_that_somebody_edited_or_that_is_not_far_enough_is_no_twin_without(scripted):  # noqa: F811
    with lab() as run:
        run.step(29)
        assert not rehearsed(run, SAME).own
        run.step(1)
        assert rehearsed(run, SAME).own and not rehearsed(run, SAME, seeds=2).own
        run.journal.add(gl.Drop((3,)))
        assert not rehearsed(run, SAME).own


def test_a_run_that_is_nearly_done_is_no_twin_without_where_two_of_half_the_plan_are_cheaper():
    with lab() as run:
        run.step(58)
        assert not due(run.trainer, 0.5, 60, 1, 1.0)[2] and due(run.trainer, 0.5, 60, 1, 0.1)[2]


def test_no_turn_pays_for_a_look_through_all_that_is_loaded():
    seen = []

    def note(phase, info):
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    before = gc.get_threshold()
    gc.set_threshold(10, 1, 1)
    try:
        with lab() as run:
            run.step(5)
            assert 0 in seen, "elsewhere garbage is looked for all the time"
            seen.clear()
            within = []
            rehearsed(run, SAME, progress=lambda share: within.append(seen.copy()) or seen.clear())
            assert within[1:] == [[1]] * (len(within) - 1), "each turn looks through what it made"
            assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(note)


def test_what_a_rehearsal_takes_is_its_steps_and_the_beginning_of_two_twins_a_seed():
    assert TwinJoules(begin=3.0, step=2.0).of(10, seeds=1).value == 26
    assert TwinJoules(begin=3.0, step=2.0).of(20, seeds=2).value == 52


def test_a_step_of_a_twin_takes_what_turns_say_in_joules():
    with lab() as run:
        run.step(30)
        turns = Turns(run.run, 100)
        run.runner.call(lambda: turns.of([SAME], 0.0))
        said = TwinJoules.of_turns(turns, math.inf)
        assert 0 < turns.step < turns.beginning and 0 < said.step < said.begin
        assert said.begin / said.step == pytest.approx(turns.beginning / turns.step)


def test_a_step_of_a_twin_lies_between_a_quiet_one_and_what_the_run_took_so_far():
    assert between(3.0, 3.0) == 3.0
    assert between(1.0, 1.44) == pytest.approx(1.2) and between(1.0, 0.25) == pytest.approx(0.5)
    assert between(1.0, 2.0) == between(1.0, 50.0)  # a run that was disturbed that much says no more
    assert between(3.0, math.inf) == between(3.0, math.nan) == 3.0  # nothing is known of the run
