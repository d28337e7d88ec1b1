"""A plan that is longer than it need be is ended by looks that are charged; undone, it goes on to its end."""

import pytest

import greenlatent as gl
from greenlatent.tactics.finders.stopping import Ending, stop
from greenlatent.tactics.offer import Asked

from ...parts import clusters, linear_net
from ..simulated import lab


def test_a_plan_that_is_much_too_long_pauses_and_says_who_set_it():
    with lab(lr=0.02) as run:
        offer = stop(Asked(run.run, 1500))
        assert offer.known == "published" and offer.how == "live"
        offer.act(run.run)
        run.start(1500)
        run.wait()
        assert 150 < run.trainer.steps < 1400 and run.energy["evaluate"].known
        event = next(event for event in run.journal if event.do == "set")
        assert (event.name, event.by) == ("stop", "advice")


def test_taken_back_it_looks_no_more():
    with lab() as run:
        run.runner.call(lambda: Ending(run.run, 300)).end()
        run.step(300)
        assert run.trainer.steps == 300
        assert [event.value for event in run.journal] == [40, 0]


def test_without_labels_to_validate_by_there_is_no_end_to_tell():
    with lab(valid=None) as run:
        assert "no validation labels" in stop(Asked(run.run, 100))


def test_while_it_acts_it_is_neither_offered_nor_applied_once_more():
    with lab() as run:
        both = [stop(Asked(run.run, 1500)) for _ in "ab"]
        undo = run.run.runner.call(lambda: both[0].act(run.run))
        assert stop(Asked(run.run, 1500)) == "training pauses already when looks bring no more"
        with pytest.raises(ValueError, match="pauses already"):
            both[1].act(run.run)
        undo()
        assert stop(Asked(run.run, 1500)).how == "live"


def test_in_a_session_that_was_loaded_nothing_looks_and_it_is_offered_again(tmp_path):
    with lab(session=tmp_path / "mine") as run:
        run.run.runner.call(lambda: Ending(run.run, 1500))
        run.step(2)
        run.save()
    with gl.Lab.load(tmp_path / "mine", linear_net(), clusters(120), film=False, batch_size=8) as again:
        again.trainer.valid = clusters(90)
        assert again.journal.settings["stop"] == 40 and stop(Asked(again.run, 1500)).how == "live"
