"""What advice put is put back as it was, by whom it was; what somebody put since stays theirs."""

import pytest

from greenlatent.tactics.putting import acts, put

from .simulated import lab


def told(run):
    return [(event.value, event.until, event.by) for event in run.journal]


def test_what_was_in_force_before_comes_back_with_its_end_and_its_author():
    with lab() as run:
        run.journal.put("skim", 0.2, until=3, by="human")
        put(run.run, "skim", 0.5, until=9)()
        assert told(run)[1:] == [(0.5, 9, "advice"), (0.2, 3, "human")]


def test_a_setting_of_somebody_since_is_not_lost():
    with lab() as run:
        back = put(run.run, "skim", 0.5)
        run.journal.put("skim", 0.3)
        back()
        assert run.journal.settings["skim"] == 0.3 and len(run.journal) == 2


def test_without_one_before_it_is_put_to_what_is_usual():
    with lab() as run:
        back = put(run.run, "stop", 40)
        assert acts(run.run, "stop")
        back()
        assert run.journal.settings["stop"] == 0 and not acts(run.run, "stop")


def test_a_setting_below_nothing_is_refused():
    with lab() as run:
        for name in ("stop", "budget"):
            with pytest.raises(ValueError, match=f"{name} is put to a number from 0 up, got -5"):
                run.journal.put(name, -5)
