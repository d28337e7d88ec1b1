import pytest

from greenlatent.edits import (
    Affirm,
    Drop,
    Link,
    Move,
    Near,
    Plane,
    RankFeatures,
    Rate,
    Relabel,
    Separate,
    Shift,
    Weigh,
)
from greenlatent.edits.journal import Journal
from greenlatent.edits.words import in_words, rows
from greenlatent.energy.names import count, plural

CLASSES = ["calm", "busy", "wild"]


@pytest.mark.parametrize(
    "edit, words",
    [
        (Relabel([1, 2, 3, 4], "busy"), "4 samples relabelled busy"),
        (Relabel([1], 2), "1 sample relabelled wild"),
        (Relabel([1, 2], 1.5), "2 samples relabelled 1.5"),
        (Move([1, 2], "calm"), "2 samples dragged to calm"),
        (Move([1], Near([5, 6, 7])), "1 sample pulled near 3 samples"),
        (Move([1], Plane([[1, 0], [0, 1]], [0, 0], [[2, 2]])), "1 sample pulled to a place in the picture"),
        (Weigh([1, 2], 3), "2 samples count 3 times"),
        (Weigh([1, 2], 0), "2 samples left out"),
        (RankFeatures([0], 1), "1 of 1 feature kept"),
        (Rate([1, 2], 4), "2 samples rated 4 of 5 stars"),
        (Drop([1]), "1 sample left out"),
        (Affirm([1, 2]), "2 samples affirmed as labelled"),
        (Link([1], [2, 3]), "1 sample and 2 samples are alike"),
        (Link([1], [2, 3], alike=False), "1 sample and 2 samples kept apart"),
        (Separate("calm", [1, 2]), "calm and 2 samples pushed apart"),
        (Shift("calm", 0, 1.5, against="wild"), "calm shifted by 1.5 against wild"),
        (RankFeatures([2, 0, 1], 2), "2 of 3 features kept"),
    ],
)
def test_every_kind_of_edit_is_told_in_plain_words(edit, words):
    assert in_words(edit, CLASSES) == words


def test_the_list_has_the_newest_first_and_every_state():
    journal = Journal()
    for i in range(4):
        journal.add(Relabel([i], "busy"), by="human")
    journal.mute(2)
    journal.undo()
    assert [(row["n"], row["state"]) for row in rows(journal, CLASSES)] == [
        (4, "undone"),
        (3, "in force"),
        (2, "muted"),
        (1, "in force"),
    ]
    journal.unmute(2)
    journal.redo()
    found = rows(journal, CLASSES)
    assert {row["state"] for row in found} == {"in force"} and len(found) == len(journal.active)


def test_many_are_counted_in_thousands_and_one_alone():
    assert [count(n, "sample") for n in (0, 1, 1024)] == ["0 samples", "1 sample", "1,024 samples"]
    several = ["classes", "copies", "days", "batches", "saved widgets"]
    assert [plural(2, one) for one in ("class", "copy", "day", "batch", "saved widget")] == several
    assert (plural(1, "class"), plural(0.5, "year")) == ("class", "years")
