"""A plan goes to somebody else whole, or without any name; what is read is held to limits."""

import json
import zipfile

import pytest

import greenlatent as gl
from greenlatent.plan.project import export
from greenlatent.plan.project.book import FILE

NAMES = [f"planted{k}" for k in range(30)]


def hostile(tmp_path, k):
    """A plan with thirty planted names in every place that takes one."""
    who = iter(NAMES)
    plan = gl.Plan(f"{next(who)} {k}", by=next(who))
    path = tmp_path / f"{next(who)}.csv"
    columns, classes = [next(who) for _ in range(3)], [next(who) for _ in range(2)]
    lines = [",".join([*columns, "y"])] + [f"{i},{i * i},{i % 7},{classes[i % 2]}" for i in range(40)]
    path.write_text("\n".join(lines))
    plan.data.use(path)
    plan.data.set(stays_in=next(who))
    plan.environment.set(device=next(who), region=next(who))
    plan.problem.set(task="classify", model="tree")
    for name in who:
        plan.note(f"ask {name}", about=name)
    plan.book.say("tried", "data", **{NAMES[0]: {"of": [NAMES[1]], "accuracy": [NAMES[2], 1, 2]}})
    plan.book.say("run", "data", **{NAMES[3]: {"name": NAMES[4]}})
    plan.book.say(NAMES[5], **{NAMES[6]: NAMES[7]})
    return plan


def test_without_names_means_none_of_thirty_planted_ones(tmp_path):
    for k in range(10):
        path = hostile(tmp_path, k).export(tmp_path / f"out{k}.json")
        text = path.read_text()
        assert [name for name in NAMES if name in text] == []
        told = json.loads(text)
        assert told["fields"]["rows"] == 40 and told["fields"]["device"] == "named"
        assert {event["by"] for event in told["events"]} == {"person 1"}
        assert all(isinstance(event["day"], int) for event in told["events"])


def test_notes_are_in_it_only_if_they_are_asked_for(tmp_path):
    plan = gl.Plan("mine")
    plan.note("wait for more rows", rating=4)
    assert json.loads(plan.export(tmp_path / "a.json").read_text())["notes"] == []
    (note,) = json.loads(plan.export(tmp_path / "b.json", notes=True).read_text())["notes"]
    assert note == {"by": "person 1", "words": "wait for more rows", "rating": 4}


def test_a_whole_plan_is_opened_as_it_was(tmp_path):
    plan = gl.Plan("mine", by="ann")
    plan.data.set(rows=500)
    plan.note("look", about="tree", rating=2)
    plan.export(tmp_path / "plan.zip", whole=True)
    again = gl.Plan.load(tmp_path / "plan.zip", "theirs", by="ben")
    assert again.data.rows == 500 and again.notes == plan.notes
    assert again.versions == plan.versions
    with pytest.raises(FileExistsError, match="give load another name"):
        gl.Plan.load(tmp_path / "plan.zip", "theirs")


def test_a_zip_is_merged_and_twice_is_once(tmp_path):
    plan = gl.Plan("mine", by="ann")
    plan.data.set(rows=500)
    plan.export(tmp_path / "plan.zip", whole=True)
    other = gl.Plan("other", by="ben")
    other.data.set(features=7)
    assert other.merge(tmp_path / "plan.zip") == 1 and other.merge(tmp_path / "plan.zip") == 0
    assert (other.data.rows, other.data.features) == (500, 7)


def test_a_zip_writes_nothing_but_the_names_that_a_plan_has(tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(FILE, "")
        archive.writestr("../outside.txt", "x")
        archive.writestr("/tmp/absolute.txt", "x")
    plan = gl.Plan.load(path, "mine")
    assert sorted(each.name for each in plan.folder.iterdir()) == [FILE]
    assert not list(tmp_path.rglob("outside.txt"))


@pytest.mark.parametrize(
    "members, words",
    [({"other": "x"}, "is no plan"), ({FILE: "x" * 2000}, "larger than"), (None, "is no zip of a plan")],
)
def test_what_is_no_plan_is_refused(tmp_path, monkeypatch, members, words):
    monkeypatch.setattr(export, "LARGEST", 1000)
    path = tmp_path / "evil.zip"
    if members is None:
        path.write_text("no zip")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
    with pytest.raises(ValueError, match=words):
        gl.Plan.load(path, "mine")
    assert not gl.Plan("mine").folder.exists()


def test_an_empty_plan_has_nothing_to_export(tmp_path):
    with pytest.raises(ValueError, match="say something of the plan first"):
        gl.Plan("mine").export(tmp_path / "a.zip", whole=True)


def test_a_note_needs_words_and_a_rating_is_one_to_five():
    plan = gl.Plan("mine")
    for words, rating, told in (
        ("", None, "say something"),
        ("good", 6, "give 1 to 5"),
        ("good", True, "give 1"),
    ):
        with pytest.raises(ValueError, match=told):
            plan.note(words, rating=rating)


def test_a_name_that_ends_as_something_else_is_refused(tmp_path):
    plan = gl.Plan("mine")
    plan.data.set(rows=5)
    with pytest.raises(ValueError, match=r"it is JSON; give a name that ends in .json"):
        plan.export(tmp_path / "a.zip")
    with pytest.raises(ValueError, match=r"is a zip; give a name that ends in .zip"):
        plan.export(tmp_path / "w.txt", whole=True)
    assert not list(tmp_path.glob("[aw].*"))


def test_half_a_character_is_refused_in_words_and_nothing_is_written():
    plan = gl.Plan("mine")
    for say in (lambda: plan.note("\ud800"), lambda: plan.data.set(stays_in="\ud800")):
        with pytest.raises(ValueError, match=r"is half of a character.*write it anew") as found:
            say()
        assert not isinstance(found.value, UnicodeError)
    assert plan.versions == [] and gl.Plan("mine").notes == []
