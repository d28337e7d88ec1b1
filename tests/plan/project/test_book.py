"""The book of a plan: what was said stays said, whoever else writes, and whatever ends the writing."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenlatent.plan.project.book import ASIDE, FILE, PlanBook


def test_what_one_book_says_another_of_the_same_folder_reads(tmp_path):
    one, two = PlanBook(tmp_path, "ann"), PlanBook(tmp_path, "ben")
    one.say("data", rows=500, features=7)
    two.say("data", rows=600)
    assert one.values("data") == {"rows": 600, "features": 7}
    assert one.event("data", "rows").by == "ben" and one.clashes == []


def test_a_step_of_several_fields_is_undone_and_done_again_as_one(tmp_path):
    book = PlanBook(tmp_path, "me")
    book.say("data", rows=500)
    book.say("data", rows=900, features=7)
    assert book.undo() and book.values("data") == {"rows": 500}
    assert book.redo() and book.values("data") == {"rows": 900, "features": 7}
    assert not book.redo()
    assert book.undo() and book.undo() and not book.undo()
    assert PlanBook(tmp_path, "me").values("data") == {}


def test_nothing_is_done_again_once_something_new_was_said(tmp_path):
    book = PlanBook(tmp_path, "me")
    book.say("data", rows=500)
    book.undo()
    book.say("data", rows=600)
    assert not book.redo() and book.value("data", "rows") == 600


def test_versions_count_every_step_and_a_difference_names_the_fields(tmp_path):
    book = PlanBook(tmp_path, "me")
    book.say("data", rows=500)
    book.say("problem", task="classify")
    book.undo()
    assert [version.number for version in book.versions] == [1, 2, 3]
    assert book.diff(0, 2) == {("data", "rows"): (None, 500), ("problem", "task"): (None, "classify")}
    assert book.diff(1, 3) == {}
    with pytest.raises(ValueError, match="there are 0 to 3"):
        book.diff(0, 4)


def test_a_last_line_that_was_cut_off_is_set_aside_and_no_other_is_lost(tmp_path):
    book = PlanBook(tmp_path, "me")
    book.say("data", rows=500)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes() + b'{"id": "half')
    again = PlanBook(tmp_path, "me")
    assert again.value("data", "rows") == 500
    again.say("data", features=7)
    assert PlanBook(tmp_path, "me").values("data") == {"rows": 500, "features": 7}
    assert (tmp_path / ASIDE).read_bytes() == b'{"id": "half\n'


@pytest.mark.parametrize("line", ["[" * 200_000, "{}", "7", '{"id": 3}', "\x00", "x" * 1_100_000])
def test_a_hostile_line_is_named_and_harmless(tmp_path, line):
    book = PlanBook(tmp_path, "me")
    book.say("data", rows=500)
    with (tmp_path / FILE).open("a") as file:
        file.write(line + "\n")
    book.say("data", features=7)
    again = PlanBook(tmp_path, "me")
    assert again.values("data") == {"rows": 500, "features": 7} and len(again.set_aside) == 1


WRITER = """
import sys
from pathlib import Path
from greenlatent.plan.project.book import PlanBook
book = PlanBook(Path(sys.argv[1]), sys.argv[2])
for k in range(int(sys.argv[3])):
    book.say("note", **{f"{sys.argv[2]}{k}": "x"})
    book.say("data", rows=k)
"""


def test_two_processes_that_write_at_once_lose_and_double_nothing(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    both = [subprocess.Popen([*command, name, "60"]) for name in ("ann", "ben")]
    assert [process.wait(60) for process in both] == [0, 0]
    book = PlanBook(tmp_path, "me")
    assert sorted(book.values("note")) == sorted(f"{name}{k}" for name in ("ann", "ben") for k in range(60))
    assert len(book.said.events) == 240 and book.clashes == [] and book.set_aside == []


def test_a_writer_that_is_killed_leaves_all_but_the_line_in_writing(tmp_path):
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), "ann", "100000"])
        before = len(PlanBook(tmp_path, "me").said.events)
        until = time.monotonic() + 60
        while len(PlanBook(tmp_path, "me").said.events) < before + 5 and time.monotonic() < until:
            pass
        process.kill()
        process.wait()
        lines = (tmp_path / FILE).read_bytes().split(b"\n")[:-1]
        assert all(json.loads(line)["id"] for line in lines)
        book = PlanBook(tmp_path, "me")
        assert len(book.said.events) == len(lines) >= before + 5
        book.say("data", rows=1)
        assert PlanBook(tmp_path, "me").value("data", "rows") == 1


def test_of_two_values_of_merged_plans_mine_stays_and_the_clash_offers_both(tmp_path):
    mine, theirs = PlanBook(tmp_path / "a", "ann"), PlanBook(tmp_path / "b", "ben")
    mine.say("data", rows=500)
    theirs.say("data", rows=900)
    assert mine.merge(tmp_path / "b") == 1 and mine.merge(tmp_path / "b") == 0
    assert mine.value("data", "rows") == 500
    (clash,) = mine.clashes
    assert (clash.mine.value, clash.others[0].value, clash.others[0].by) == (500, 900, "ben")
    mine.say("data", rows=900)
    assert mine.clashes == [] and mine.value("data", "rows") == 900
    with pytest.raises(ValueError, match="there is no plan in"):
        mine.merge(tmp_path / "c")


STEPS = st.lists(st.sampled_from(["rows", "features", "undo", "redo"]), max_size=8)


@settings(max_examples=25, deadline=None)
@given(STEPS, STEPS)
def test_merging_is_commutative_and_twice_is_once(tmp_path_factory, ours, others):
    home = tmp_path_factory.mktemp("merge")
    pair = [PlanBook(home / "a", "ann"), PlanBook(home / "b", "ben")]
    for book, steps in zip(pair, (ours, others), strict=True):
        book.say("problem", task=book.by)
        for k, word in enumerate(steps):
            getattr(book, word)() if word in ("undo", "redo") else book.say("data", **{word: k})
    pair[0].merge(home / "b")
    pair[1].merge(home / "a")
    assert pair[0].merge(home / "b") == pair[1].merge(home / "a") == 0
    one, two = (book.said for book in pair)
    assert one.events == two.events and one.undone == two.undone
    assert {place: one.heads(*place) for place in one.places()} == {
        place: two.heads(*place) for place in two.places()
    }


@pytest.mark.parametrize("by", ["", " ", None])
def test_who_writes_has_a_name(tmp_path, by):
    with pytest.raises(ValueError, match="give the name that your entries are to bear"):
        PlanBook(tmp_path, by)
