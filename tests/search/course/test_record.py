"""The record: what is live is what is read again, wherever its file was cut off."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenlatent.edits.logfile import TakenOver
from greenlatent.search.choices.space import Space
from greenlatent.search.course.course import Course
from greenlatent.search.course.record import FILE, SearchRecord, new_folder
from tests.search.making import SPACE, search


def course_of(header):
    return Course(Space.of(header["space"]), header["plan"])


def fresh(folder):
    space = Space(SPACE)
    header = {
        "do": "header", "v": 1, "samples": "0", "space": space.told(), "plan": 100, "rungs": "mean", "seed": 0,
        "sampler": "tpe", "want": ["accuracy"], "limits": {}, "make": "make 0",
    }  # fmt: skip
    return SearchRecord(folder, header, Course(space, 100))


def state(course):
    return [
        (c.n, c.values, c.state, c.passes, c.rung, c.spent, c.reserved, c.wanted, c.price, c.lost, c.at)
        for c in course.candidates
    ], (course.region, course.spent, course.lost, course.hand, course.rise)


LOOK = {"accuracy": 0.5, "loss": 1.0, "joules": 1.0}
actions = st.lists(st.tuples(st.sampled_from("bBslfpxnwuU"), st.integers(0, 5)), max_size=40)


def act(record, action, n):
    """One event that could come next, or nothing."""
    course = record.course
    begun = course.candidates
    if action in "bB":
        do = "begin" if action == "b" else "propose"
        record.say({"do": do, "n": len(begun), "values": {"rate": 0.01, "width": 8}, "by": "x", "spent": n})
        return
    if action == "n":
        record.say(
            {"do": "narrow", "ranges": {"rate": [0.001, 0.01 * (n + 1)]}, "firmly": n % 2 == 0, "by": "x"}
        )
    elif action == "w":
        record.say({"do": "widen", "names": ["rate"], "by": "x"})
    elif action in "uU" and course.hand:
        record.say({"do": "undo", "by": "x"})
    elif begun:
        candidate = begun[n % len(begun)]
        event = {"n": candidate.n, "spent": course.spent + 1}
        if action == "s" and candidate.state == "paused":
            record.say({"do": "slice-begin", "to": candidate.passes + 10, "reserved": 2.0, **event})
        elif action == "l" and candidate.state == "running":
            passes = candidate.passes + 10
            looks = [[{**LOOK, "passes": passes, "accuracy": n / 10}, candidate.rung + 1]]
            record.say(
                {"do": "slice", "passes": passes, "joules": 1.5, "looks": looks, "price": 0.1, **event}
            )
        elif action == "f" and candidate.state == "running":
            record.say({"do": "lost", "why": "gone", "fault": 1, **event})
        elif action in "px" and candidate.alive:
            record.say({"do": "promote" if action == "p" else "stop", "by": "x", **event})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_what_is_read_again_is_what_was_there(tmp_path, drawn):
    folder = tmp_path / "search"
    shutil.rmtree(folder, ignore_errors=True)
    record = fresh(folder)
    for action, n in drawn:
        act(record, action, n)
    record.close()
    if record.course.events:
        assert state(SearchRecord.load(folder, course_of).course) == state(record.course)


def test_cut_off_at_any_byte_it_is_read_up_to_its_last_whole_line(tmp_path):
    folder = tmp_path / "search"
    record = fresh(folder)
    for action, n in [("b", 0), ("s", 0), ("l", 5), ("n", 1), ("x", 0)]:
        act(record, action, n)
    record.close()
    whole = (folder / FILE).read_bytes()
    head = whole.index(b"\n") + 1
    for size in range(head, len(whole)):
        (folder / FILE).write_bytes(whole[:size])
        with warnings.catch_warnings(record=True):
            warnings.simplefilter("always")
            read = SearchRecord.load(folder, course_of)
        assert len(read.course.events) == whole[:size].count(b"\n") - 1
        assert len(read.course.candidates) <= 1


def test_a_line_that_cannot_be_true_is_named(tmp_path):
    record = fresh(tmp_path / "search")
    act(record, "b", 0)
    record.close()
    with (record.folder / FILE).open("a") as file:
        file.write(json.dumps({"do": "stop", "n": 7, "by": "x"}) + "\n")
    with pytest.raises(ValueError, match="line 3 tells of what cannot be"):
        SearchRecord.load(record.folder, course_of)


def test_two_that_go_on_in_one_folder_are_told(tmp_path):
    record = fresh(tmp_path / "search")
    act(record, "b", 0)
    other = SearchRecord.load(record.folder, course_of)
    act(other, "b", 0)
    before = state(record.course)
    with pytest.raises(TakenOver):
        act(record, "b", 0)
    assert state(record.course) == before


def test_a_folder_that_holds_another_search_is_refused(tmp_path):
    with search(tmp_path / "mine") as one:
        one.propose(rate=0.01, width=8)
    with pytest.raises(FileExistsError, match="go on with it by"):
        search(tmp_path / "mine")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        search(tmp_path / "file")
    with pytest.raises(FileNotFoundError, match="is no search"):
        SearchRecord.load(tmp_path / "nothing", course_of)


def test_searches_about_the_same_data_are_numbered_once_there_is_something_to_keep():
    choose = [new_folder("abcdef0123", None) for _ in range(2)]
    assert not Path("greenlatent-searches").exists()
    assert [each().name for each in choose] == ["abcdef01-1", "abcdef01-2"]


HOSTILE = (
    *(
        None,
        True,
        -1,
        1e308,
        float("nan"),
        10**30,
        2**63,
        "<img src=x>",
        "../../etc/passwd",
        "_price",
        "a" * 20_000,
    ),
    *([], {}, [[[]]], ["x"] * 10),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_record_from_anywhere_ends_in_a_sentence_or_can_be_looked_at(tmp_path, data):
    """One value of one line is another: it is refused by its line, or what is left is a search like any other."""
    shutil.rmtree(tmp_path / "search", ignore_errors=True)
    record = fresh(tmp_path / "search")
    for action, n in [
        ("b", 0),
        ("s", 0),
        ("l", 5),
        ("n", 1),
        ("B", 0),
        ("p", 1),
        ("x", 0),
        ("u", 0),
        ("w", 0),
    ]:
        act(record, action, n)
    record.close()
    path = record.folder / FILE
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    number = data.draw(st.integers(0, len(lines) - 1))
    inside, name = lines[number], data.draw(st.sampled_from(sorted(lines[number])))
    while isinstance(inside[name], dict | list) and inside[name] and data.draw(st.booleans()):
        inside = inside[name]
        name = data.draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
    inside[name] = data.draw(st.sampled_from(HOSTILE))
    path.write_text(
        "".join(json.dumps(line) + "\n" for line in [*lines, {"do": "tick", "spent": 9, "ahead": 1}])
    )
    try:
        course = SearchRecord.load(record.folder, course_of).course
    except ValueError as error:
        assert len(str(error)) < 1000 and ("line" in str(error) or "header" in str(error))
    else:
        assert all(len(c.at) <= 64 for c in course.candidates)
        assert course.region is not None and [course.dearness(c) for c in course.candidates]
