"""A class that somebody found: its index never moves, and what names it leaves force with it."""

import csv

import numpy as np
import pytest

import greenlatent as gl
from greenlatent.edits import Affirm, Found, Move, Relabel, Separate, Shift, from_json, to_json
from greenlatent.edits.mending import mend

from ..parts import clusters


def journal(*edits) -> gl.Journal:
    made = gl.Journal()
    made.bind(clusters(), {})
    for edit in edits:
        made.add(edit)
    return made


def test_it_travels_as_plain_data():
    edit = Found([3, 4], " hook ")
    assert edit.name == "hook" and from_json(to_json(edit)) == edit


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "two\nlines", 7])
def test_its_name_is_one_short_line(name):
    with pytest.raises((ValueError, TypeError), match=r"Found\.name"):
        Found([1], name)


def test_a_name_that_the_data_have_is_no_new_class():
    with pytest.raises(ValueError, match=r"'class 1' is a class already: Relabel"):
        journal(Found([1], "class 1"))


def test_a_name_counts_from_when_it_was_found():
    with pytest.raises(ValueError, match="there is no class 'hook'"):
        journal(Relabel([1], "hook"))
    found = journal(Found([0, 1], "hook"), Relabel([2], "hook"), Move([3], "hook"), Found([4], "hook"))
    assert mend([e.edit for e in found.active], clusters(), found.found).y[:6].tolist() == [3, 3, 3, 3, 3, 2]


def test_an_index_never_moves():
    made = journal(Found([0], "hook"), Found([1], "eye"))
    made.mute(1)
    assert made.found == ("hook", "eye")
    assert mend([e.edit for e in made.active], clusters(), made.found).y[:2].tolist() == [0, 4]
    made.add(Found([2], "hook"))  # found again, it is what it was
    assert mend([e.edit for e in made.active], clusters(), made.found).y[:3].tolist() == [0, 4, 3]


def test_taken_out_of_force_it_takes_what_names_it_and_says_so_beforehand():
    rest = [Relabel([2], "hook"), Separate("hook", "class 0"), Shift("class 1", 0, 1.0, "hook"), Affirm([5])]
    made = journal(Found([0], "hook"), *rest, Move([6], "hook"))
    assert made.dependents(1) == [2, 3, 4, 6] and made.dependents(2) == []
    made.mute(1)
    assert [e.n for e in made.active] == [5]
    assert made.undo() == 5  # the newest in force, not one that rests on nothing
    made.unmute(1)
    assert [e.n for e in made.active] == [1, 2, 3, 4, 6]


def test_a_second_find_of_the_name_stands_for_itself():
    made = journal(Found([0], "hook"), Found([1], "hook"), Relabel([2], "hook"))
    assert made.dependents(1) == []
    made.mute(1)
    assert [e.n for e in made.active] == [2, 3]


def test_mended_data_have_the_class_and_tables_name_it(tmp_path):
    made = journal(Found([9], "gone"), Found([0, 1], "hook"), Relabel([2], "hook"))
    made.mute(1)
    train = clusters()
    mended = made.mended(train)
    assert mended.classes == (*train.classes, "hook")
    assert np.flatnonzero(mended.y == 3).tolist() == [0, 1, 2]
    made.changes(train).to_csv(tmp_path / "changes.csv")
    rows = list(csv.DictReader((tmp_path / "changes.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["new"] for row in rows] == ["hook"] * 3


def test_it_is_read_back_from_a_file(tmp_path):
    made = journal(Found([0, 1], "hook"), Relabel([2], "hook"))
    made.save(tmp_path / "journal.jsonl")
    again = gl.Journal.load(tmp_path / "journal.jsonl")
    again.bind(clusters(), {})
    assert again.found == ("hook",) and [e.edit for e in again.active] == [e.edit for e in made.active]


def test_numbers_have_no_classes_to_find():
    made = gl.Journal()
    made.bind(gl.Samples(np.zeros((4, 2), np.float32), np.arange(4.0)), {})
    with pytest.raises(ValueError, match="regression"):
        made.add(Found([0], "hook"))
