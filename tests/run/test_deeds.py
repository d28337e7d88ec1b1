"""One undo for edits and for what was done beside them: whichever came last, and redo the other way round."""

import math
import threading
from contextlib import ExitStack

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import greenlatent as gl
from greenlatent.energy import Joules
from greenlatent.run.deeds import Deeds
from greenlatent.tactics import advisor
from greenlatent.tactics.advice import Advice, Expected
from greenlatent.tactics.finders import data, stopping, training
from greenlatent.tactics.offer import Asked
from greenlatent.tactics.outcome import Applied
from greenlatent.tactics.rehearsal import TwinJoules

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


FINDERS = {"threads": training.threads, "T2": data.copies, "stop": stopping.stop}


def advised(run, id):
    """Advice that nobody priced."""
    offer = FINDERS[id](Asked(run.run, 20_000))
    offer = offer[0] if isinstance(offer, list) else offer
    ratio, joules = gl.energy.Ratio(0.5, 0.5, 0.5), Joules.missing()
    expected, twin = Expected(ratio, joules, None, "counted"), TwinJoules(0.0, math.nan)
    return Advice(run.run, offer, expected, twin, steps=20_000, plan=joules, margin=0.01)


def copied():
    some = clusters(100)
    return some.take([*range(100), *range(25)])


def test_copies_left_out_again_lose_no_edit_that_was_undone_before_they_were_put_back():
    with lab(train=copied()) as run:
        advice = advised(run, "T2")
        advice.apply()
        run.journal.add(gl.Drop([3]))
        run.undo()
        advice.undo()
        run.redo()
        assert advice.acts and run.run.deeds.can_redo
        run.redo()
        assert gl.Drop([3]) in edits(run) and len(edits(run)) == 2 and not run.run.deeds.can_redo
        run.undo(), run.undo()
        assert edits(run) == [] and not advice.acts


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["edit", *FINDERS, *(f"back {id}" for id in FINDERS), *["undo", "redo"] * 2]))
)
def test_in_whatever_order_things_are_done_undone_and_taken_back_they_are_what_two_lists_say(deeds):
    with ExitStack() as stack:
        run = stack.enter_context(lab(train=copied(), threads=2))
        there = {id: advised(run, id) for id in FINDERS}
        done, undone, count = [], [], 30
        for deed in deeds:
            if deed == "edit":
                count += 1
                run.journal.add(gl.Drop([count % 100]))
                done, undone = [*done, run.journal.newest], []
            elif deed == "undo":
                run.undo()
                undone += [done.pop()] if done else []
            elif deed == "redo":
                run.redo()
                done += [undone.pop()] if undone else []
            elif deed.startswith("back "):
                if (id := deed.split()[1]) in done:
                    there[id].undo()
                    done.remove(id)
                    undone.append(id)
            elif deed not in done:
                there[deed].apply()
                # edits that were undone stay so, unless what was advised is one
                undone = [] if deed == "T2" else [each for each in undone if each not in FINDERS]
                done.append(deed)
            assert {id for id, advice in there.items() if advice.acts} == {*FINDERS} & {*done}
            ours = {event.n for event in run.journal.active if event.by != "advice"}
            assert ours == {each for each in done if each not in FINDERS}
            assert len(run.journal.active) == len(ours) + ("T2" in done)
            assert run.run.deeds.can_undo == bool(done) and run.run.deeds.can_redo == bool(undone)


def test_eight_threads_that_undo_at_once_take_back_eight_things_and_none_twice():
    with lab(threads=2, train=copied()) as run:
        applied = []
        for k, id in enumerate(("T2", "threads")):
            for i in range(3):
                run.journal.add(gl.Drop([3 * k + i]))
            act = advised(run, id)._offer.act
            applied.append(run.run.runner.call(lambda act=act: Applied(run.run, act, "")))
        asked, go = threading.Semaphore(0), threading.Event()

        def call(work):
            asked.release()
            assert go.wait(60)
            return run.run.runner.call(work)

        deeds = Deeds(run.journal, call)
        for advice in applied:
            deeds.did(advice)
        threads = [threading.Thread(target=deeds.undo) for _ in range(8)]
        for thread in threads:
            thread.start()
        for _ in threads:  # all have seen what came last
            assert asked.acquire(timeout=20)
        go.set()
        for thread in threads:
            thread.join()
        assert edits(run) == [] and run.journal.settings["threads"] == 2 and not deeds.can_undo
        undone = [event.of for event in run.journal if event.do in ("undo", "mute")]
        assert len(undone) == len(set(undone)) == 7
        assert [event.value for event in run.journal if event.do == "set"] == [1, 2]
