"""Checkpoints, memory and a card's watts: advised where they are needed, else to be had by name."""

import sys

import pytest

import greenlatent as gl
from greenlatent.tactics.finders import machine
from greenlatent.tactics.finders.machine import cap, checkpoints, less_memory
from greenlatent.tactics.offer import Asked

from ...energy.fake_nvml import Card, installed
from ...energy.simulated import Machine
from ...parts import weights
from ..simulated import lab


def test_T19_a_long_plan_without_a_session_is_told_and_its_set_up_keeps_checkpoints(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with lab() as run:
        offer = checkpoints(Asked(run.run, 100, plan=601.0))
        assert offer.left == "" and "601 processor seconds would be lost whole" in offer.why
        assert checkpoints(Asked(run.run, 100, plan=3.0)).left.endswith("soon done again")
        setup = run.advise(steps=400).of("T19").apply()
        assert setup["session"] is None and "session" in setup.why and setup.by == "advice"
    with gl.Lab(**setup, film=False) as kept:
        kept.step(3)
        assert (kept.save() / "checkpoint" / "a.pt").exists()
        assert checkpoints(Asked(kept.run, 100, plan=601.0)) == "the session keeps checkpoints already"


def test_T20_half_a_batch_twice_is_the_same_step_and_is_told_where_memory_is_full(monkeypatch):
    with lab() as run:
        assert less_memory(Asked(run.run, 100)).left.startswith("memory is not short")
        monkeypatch.setattr(machine, "resident", lambda: 0.9 * machine.memory_limit())
        assert less_memory(Asked(run.run, 100)).left == ""
        found = run.advise(steps=400)
        advice = found.of("T20")
        assert advice in found and "J less" not in str(advice)
        setup = advice.apply()
        assert (setup["batch_size"], setup["accumulate"], setup.steps) == (4, 2, 400)
        twin = run.trainer.twin()
        twin.step(10)
        whole = weights(twin.model)
        twin.close()
    with gl.Lab(**setup, session=False, film=False) as other:
        other.step(10)
        for name, value in weights(other.trainer.model).items():
            assert value.allclose(whole[name], atol=1e-5), name
    with lab(batch_size=1) as run:
        assert less_memory(Asked(run.run, 100)) == "a batch of one sample has no half"


def test_T20_the_limit_is_that_of_the_container_where_there_is_one(tmp_path, monkeypatch):
    told, none = tmp_path / "memory.max", tmp_path / "none"
    told.write_text("1000000\n")
    monkeypatch.setattr(machine, "LIMITS", (str(none), str(told)))
    assert machine.memory_limit() == 1e6
    told.write_text("max\n")
    assert machine.memory_limit() == machine.memory_bytes()


@pytest.fixture
def card(monkeypatch):
    """A card that is to be capped, of a driver that is played."""
    card = Card(Machine())
    installed(monkeypatch, card)
    monkeypatch.setattr(machine, "_card", lambda trainer: 0)
    return card


def test_T25_a_card_is_capped_by_one_line_of_the_journal_and_undone(card):
    with lab() as run:
        found = run.advise(steps=400)
        advice = found.of("T25")
        assert advice in found and advice.how == "live" and set(card.limits) == {700_000}, "as it was"
        advice.apply()
        assert card.limit == 490_000 and run.journal.settings["watts"] == 490
        assert run.journal.header["advised"] == {"watts": "advice"}
        assert cap(Asked(run.run, 100)) == "the card is capped at 490 W already"
        advice.undo()
        assert card.limit == 700_000 and "watts" not in run.journal.header.get("advised", {})
        advice.apply(watts=300)
        assert card.limit == 300_000
    assert card.limit == 700_000, "the old limit is put back when the Lab is closed"
    assert sys.modules["pynvml"].open == 0


def test_T25_without_rights_it_is_refused_and_nothing_is_set(card):
    card.may_set = False
    with lab() as run:
        said = cap(Asked(run.run, 100))
        assert "does not let us set a limit (Insufficient Permissions)" in said and card.limits == []
        card.may_set = True
        advice = run.advise(steps=400).of("T25")
        card.may_set = False
        with pytest.raises(PermissionError, match="the card is not capped"):
            advice.apply()
        card.may_set = True
        with pytest.raises(ValueError, match="from 200 to 700 W"):
            advice.apply(watts=20)
        assert card.limit == 700_000 and "watts" not in run.journal.settings


def test_T25_on_a_processor_threads_are_what_caps():
    with lab() as run:
        assert cap(Asked(run.run, 100)).startswith("there is no graphics card here")
