import math

import pytest

import greenlatent as gl
from greenlatent.agent.limits import reached, spending, used
from greenlatent.edits import Drop, Journal, Relabel
from greenlatent.energy import Joules

NONE = Joules.missing()


@pytest.mark.parametrize("name", ["edits", "calls", "tokens", "share", "joules", "money", "seconds"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, 1.5, "many", True])
def test_a_limit_of_nothing_or_of_no_number_is_refused_with_what_would_work(name, value):
    if value == 1.5 and name in ("joules", "money", "seconds"):
        assert getattr(gl.Limits(**{name: value}), name) == value
        return
    with pytest.raises((ValueError, TypeError), match=f"{name}="):
        gl.Limits(**{name: value})


def reach(journal, *, edits=1, ids=(), spent=NONE, look=0.0, seconds=0.0, **limits):
    more = {"edits": edits, "ids": set(ids), "spent": spent, "next_look": look, "seconds": seconds}
    return reached(gl.Limits(**limits), journal, 10, **more)


def test_edits_and_distinct_samples_count_over_the_whole_run_taken_back_ones_included():
    journal = Journal()
    journal.add(Drop([1, 2]), by="agent")
    journal.add(Drop([2, 3]), by="agent")
    journal.add(Relabel([7], 1), by="human")
    journal.mute(1)
    assert used(journal) == (2, {1, 2, 3})
    assert reach(journal, ids=[4]) == ""
    assert reach(journal, edits=39).startswith("2 of 40 edits are made")
    assert "60% of all samples" in reach(journal, ids=[4, 5, 1, 6])


def test_what_could_be_spent_next_counts_before_it_is_spent_and_an_unknown_price_ends_it():
    spent = Joules(1.0, 0.8, 1.5, {"model": 1.0})
    assert reach(Journal(), spent=spent, look=0.4, joules=2.0) == ""
    assert "1.00 J" in reach(Journal(), spent=spent, look=0.6, joules=2.0)
    assert "cannot be read" in reach(Journal(), joules=2.0)
    timed = gl.Limits(seconds=2.0)
    assert spending(timed, NONE, 0.0, 1.9) == "" and "3 of 2 s" in spending(timed, NONE, 0.0, 3.0)
