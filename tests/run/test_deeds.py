"""One undo for edits and for what was done beside them: whichever came last, and redo the other way round."""

import pytest
import torch

import greenlatent as gl
from greenlatent.tactics import advisor
from greenlatent.tactics.finders import data, stopping, training

from ..parts import clusters, linear_net
from ..tactics.simulated import lab, scripted  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def _two_tactics(monkeypatch):
    monkeypatch.setattr(
        advisor, "TACTICS", (("threads", training.threads), ("T2", data.copies), ("stop", stopping.stop))
    )


def by_tactic(run, id):
    return next(each for each in run.advise(steps=20_000) if each.tactic == id)


def edits(run):
    return [event.edit for event in run.journal.active]


def test_undo_takes_back_advice_that_was_applied_last_and_redo_applies_it_again(scripted):  # noqa: F811
    with lab(threads=2) as run:
        run.step(20)
        run.journal.add(gl.Drop([3]))
        advice = by_tactic(run, "threads")
        advice.apply()
        run.undo()
        run.step()
        assert run.trainer.settings.threads == 2 and not advice.acts and "In force" not in str(advice)
        assert edits(run) == [gl.Drop([3])], "the edit before it stays"
        run.redo()
        run.step()
        assert run.trainer.settings.threads == 1 and advice.acts
        assert run.journal.header["advised"] == {"threads": "advice"}
        run.undo(), run.undo()
        assert edits(run) == [] and run.journal.settings["threads"] == 2
        run.redo(), run.redo()
        assert edits(run) == [gl.Drop([3])] and advice.acts


def test_undo_takes_back_an_edit_that_came_after_advice(scripted):  # noqa: F811
    with lab(threads=2) as run:
        advice = by_tactic(run, "threads")
        run.journal.add(gl.Drop([4]))
        run.undo()
        advice.apply()
        run.redo()  # the edit has come into force after the advice
        run.undo()
        assert edits(run) == [] and advice.acts
        run.undo()
        assert not advice.acts and not run.run.deeds.can_undo and run.run.deeds.can_redo
        run.journal.add(gl.Drop([5]))
        assert not run.run.deeds.can_redo, "after an edit nothing is done again"
        run.redo()
        assert not advice.acts


def test_advice_that_is_an_edit_is_undone_as_one_and_acts_again_with_it():
    some = clusters(100)
    with lab(train=some.take([*range(100), *range(25)])) as run:
        run.step(20)
        advice = by_tactic(run, "T2")
        advice.apply()
        run.undo()
        assert edits(run) == [] and not advice.acts
        run.redo()
        assert len(edits(run)) == 1 and advice.acts


def test_a_replay_repeats_advice_that_is_an_edit():
    some = clusters(100)
    with lab(train=some.take([*range(100), *range(25)])) as run:
        run.step(5)
        by_tactic(run, "T2").apply()
        run.step(5)
        again = gl.replay(run.journal, linear_net(), run.trainer.train, steps=run.trainer.steps)
        here, there = (trainer.network.model.state_dict() for trainer in (run.trainer, again))
        assert all(torch.equal(here[name], there[name]) for name in here)
        assert again.journal.header["advised"] == run.journal.header["advised"]
        again.close()


def test_undo_takes_back_advice_once_every_edit_after_it_is_undone(scripted):  # noqa: F811
    with lab(threads=2) as run:
        advice = by_tactic(run, "threads")
        advice.apply()
        run.journal.add(gl.Drop([3]))
        run.undo(), run.undo()
        assert edits(run) == [] and not advice.acts and not run.run.deeds.can_undo
        run.redo(), run.redo()
        assert edits(run) == [gl.Drop([3])] and advice.acts


def test_what_ends_with_a_setting_ends_and_begins_with_it(monkeypatch):
    looks = []
    monkeypatch.setattr(stopping, "ended", lambda seen: looks.append(len(seen)) or False)
    with lab() as run:
        advice = by_tactic(run, "stop")
        advice.apply()
        run.undo()
        run.step(30)
        assert looks == [] and run.journal.settings["stop"] == 0
        run.redo()
        run.step(30)
        assert looks == [1] and run.journal.settings["stop"] == 40, (
            "one look an epoch at most, by one who looks"
        )


def test_what_somebody_put_otherwise_since_is_theirs_and_an_undo_leaves_it(scripted):  # noqa: F811
    with lab(threads=2) as run:
        run.journal.add(gl.Drop([3]))
        advice = by_tactic(run, "threads")
        advice.apply()
        run.journal.put("threads", 2)
        run.undo()
        assert edits(run) == [] and not advice.acts
        advice.apply()
        run.undo()
        advice.apply()
        run.redo()
        assert [event.do for event in run.journal].count("set") == 5, "applied anew, it is not done again"
