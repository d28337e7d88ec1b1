"""What a search's page says: rows, standings, the budget, bands and decisions, as plain values."""

import math

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.search.choices.space import Space
from greenlatent.search.page.pictures import WIDE, ends, framed
from greenlatent.search.page.shown import STANDINGS, axes_of, in_words, shown
from tests.search.making import search


@pytest.fixture
def found(tmp_path):
    with search(tmp_path / "s", budget=gl.Budget(joules=1e6)) as found:
        found.start(candidates=6)
        assert found.wait(60)
        yield found


def now(search):
    return shown(search._driver)


def test_rows_are_the_candidates_best_first(found):
    rows = now(found).rows
    assert len(rows) == len(found.candidates) == 6
    assert rows[0].n == found.best.n and rows[0].measure == f"{found.best.accuracy:.1%}"
    told = [found.candidates[row.n].accuracy for row in rows if row.looked]
    assert told == sorted(told, reverse=True)
    unseen = [row for row in rows if not row.looked]
    assert all(row.measure == "not looked at" for row in unseen) and rows[len(told) :] == tuple(unseen)


def test_every_candidate_has_a_place_on_every_axis_that_it_has_reached(found):
    axes, places = axes_of(found._driver), now(found).places
    assert list(axes) == ["rate", "width", "passes", "joules", "accuracy"]
    assert axes["width"] == [4, 8, 16] and axes["rate"] == (1e-3, 1e-1, "log")
    for candidate, row in zip(found.candidates, places, strict=True):
        assert row[:2].tolist() == [candidate.values["rate"], candidate.values["width"]]
        assert row[2] == (candidate.passes or None)
        assert (row[4] is None) == (not candidate.looks)


def test_the_front_is_what_nobody_beats_for_fewer_joules(found):
    standings = now(found).standings
    looked = [c for c in found.candidates if c.look is not None]
    front = {
        c.n
        for c in looked
        if not any(
            d.look.accuracy >= c.look.accuracy
            and d.look.joules <= c.look.joules
            and (d.look.accuracy > c.look.accuracy or d.look.joules < c.look.joules)
            for d in looked
        )
    }
    assert {n for n, code in enumerate(standings) if STANDINGS[code] == "front"} == front
    assert found.best.accuracy in {found.candidates[n].accuracy for n in front}


def test_the_budget_says_what_is_spent_and_on_what(found):
    told = now(found)
    assert told.bar.endswith(" of 1,000,000 J") and 0 < told.share < 1
    assert "training" in told.parts or "waiting" in told.parts
    shares = [int(each) for each in __import__("re").findall(r"(\d+)%", told.parts)]
    assert 90 <= sum(shares) <= 102
    found.budget = gl.Budget(joules=1e6, point=1e-9)
    assert "since the last half point, you allow" in now(found).bar and "pauses soon" in now(found).bar
    found.budget = None
    assert now(found).share == 0 and " of " not in now(found).bar


def test_what_was_decided_is_told_newest_first_and_what_was_taken_back_says_so(found):
    found.narrow(rate=(1e-3, 1e-2), by="page")
    found.stop(0, by="page")
    told = now(found)
    assert told.narrowed == (("rate", "0.001 to 0.01", False),) and told.undo == "stop candidate 0"
    row = next(row for row in told.rows if row.n == 0)
    assert row.state.startswith("stopped by you") and not row.alive
    found.undo(by="page")
    found.promote(1)
    decided = now(found).decided
    assert [line.split(": ", 1)[1] for line in decided[:4]] == [
        "further with candidate 1",
        "took back the newest",
        "stop candidate 0 (taken back)",
        "search in rate 0.001 to 0.01",
    ]
    assert ", code: " in decided[0] and ", you: " in decided[1]


def test_a_spent_budget_says_how_to_go_on(tmp_path):
    with search(tmp_path / "s", budget=gl.Budget(joules=1e-3)) as found:
        found.start()
        assert found.wait(60)
        assert "search.budget.raise_to(joules=0.002) and Run go on." in now(found).notes[0]


def test_axes_of_words_none_and_names_of_ours_are_told_apart():
    class Driver:
        class course:
            space = Space({"act": ["relu", None], "depth": (1, 3), "joules": (0.5, 2.0), "fixed": 3})

        class rules:
            plan = 1000

        class aims:
            want = ("loss",)

    axes = axes_of(Driver)
    assert list(axes) == ["act", "depth", "joules", "passes", "joules reached", "loss"]
    assert axes["act"] == ["relu", "None"] and axes["depth"] == (1, 3)


def test_points_fill_a_box_and_its_edges_are_told():
    points = np.array([[-1.0, 0.5], [1.0, 0.9], [math.nan, math.nan]])
    box = framed(points)
    assert box[0].tolist() == [0, 0] and box[1].tolist() == [WIDE, 1] and np.isnan(box[2]).all()
    assert "accuracy 50.0% to 90.0%" in ends(points, "accuracy") and "joules 0.1 to 10" in ends(
        points, "accuracy"
    )
    assert ends(points[2:], "accuracy") == "" and framed(points[:1]).tolist() == [[0, 0]]


def test_ranges_and_lists_in_words():
    assert (
        in_words((1e-3, 0.01)) == "0.001 to 0.01"
        and in_words([4, 8]) == "4, 8"
        and in_words("relu") == "relu"
    )
