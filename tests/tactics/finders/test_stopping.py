"""A plan that is longer than it need be is ended by looks that are charged; undone, it goes on to its end."""

from greenlatent.tactics.finders.stopping import Ending, stop
from greenlatent.tactics.offer import Asked

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
