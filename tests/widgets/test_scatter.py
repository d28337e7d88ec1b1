"""Scatter alone on any array."""

import numpy as np
import pytest

from greenlatent.edits import Move, Relabel
from greenlatent.widgets import Scatter
from tests.widgets.page import Page

POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])


def given(page: Page) -> list[int]:
    """The class of each row, as a page knows it."""
    return np.frombuffer(page.buffers("labels")[0], np.uint8).tolist()


def test_labels_may_be_names_numbers_or_indices_into_classes():
    assert Scatter(POINTS, labels=["b", "a", None]).classes == ("a", "b")
    assert Scatter(POINTS, labels=["b", "a", None]).labels.tolist() == ["b", "a", None]
    assert Scatter(POINTS, labels=[3, 7, -1]).classes == ("3", "7")
    assert Scatter(POINTS, labels=[3, 7, -1]).labels.tolist() == [3, 7, -1]
    scatter = Scatter(POINTS, labels=[0, 2, 1], classes=["x", "y", "z"])
    assert (scatter.classes, scatter.labels.tolist()) == (("x", "y", "z"), [0, 2, 1])
    assert Scatter(POINTS).labels.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"points": POINTS[:, 0]}, r"shape \(n, 2\), got float64 of shape \(3,\)"),
        ({"points": np.zeros((3, 5))}, "project more dimensions first"),
        ({"labels": [0, 1]}, r"labels has shape \(2,\) for 3 points"),
        ({"labels": [0, 1, 2], "predicted": [0, 1]}, r"predicted has shape \(2,\) for 3 points"),
        ({"labels": [0, 1, 5], "classes": ["x", "y"]}, "labels holds 5"),
        ({"labels": [0.5, 1.0, 2.0]}, "whole numbers, got float64"),
        ({"labels": ["a"] * 3, "classes": "abc"}, "got the text 'abc'"),
        ({"confidence": [0.5]}, r"confidence has shape \(1,\) for 3 points"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_names_both_lengths(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Scatter(**{"points": POINTS, **arguments})


def test_points_that_are_set_glide_to_their_new_places():
    scatter = Scatter(POINTS)
    page = Page(scatter)
    page.open()
    page.draw()
    scatter.points = POINTS + 5
    assert page.last("frame")["step"] == 1
    np.testing.assert_allclose(page.points(), POINTS + 5, atol=1e-3)
    with pytest.raises(ValueError, match="points has 2 rows for 3 labels"):
        scatter.points = POINTS[:2]


def test_labels_that_are_set_are_shown():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    scatter.labels = ["b", "b", None]
    assert given(page) == [1, 1, 255]
    with pytest.raises(ValueError, match="labels holds 'c', which is none of the classes"):
        scatter.labels = ["a", "b", "c"]


def test_a_relabel_on_the_page_changes_the_labels():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    before = scatter.labels
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [0, 2])
    assert scatter.labels.tolist() == ["b", "b", "b"]
    assert before.tolist() == ["a", "b", "a"]
    assert page.last("ack")["number"] == 1
    assert given(page) == [1, 1, 1]


def test_the_callback_hears_edits_and_may_refuse_them():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    heard = []

    def listen(edit, *, seconds, frame):
        heard.append(edit)
        if 2 in edit.ids:
            raise ValueError("sample 2 is fixed")

    scatter.on_edit(listen)
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [2])
    assert scatter.labels.tolist() == ["a", "b", "a"]
    assert page.last("error")["text"] == "sample 2 is fixed"
    page.edit(2, {"kind": "Move", "ids": {"buffer": 0}, "to": "b"}, [0])
    assert heard == [Relabel((2,), "b"), Move((0,), "b")]
    assert len(page.all("ack")) == 1


@pytest.mark.parametrize(
    "edit, ids, message",
    [
        ({"kind": "Move", "ids": {"buffer": 0}, "to": "b"}, [0], "no model that could follow a Move"),
        ({"kind": "Relabel", "ids": {"buffer": 0}, "label": "c"}, [0], "no class 'c'; classes are a, b"),
        ({"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [9], "no point 9; ids run from 0 to 2"),
    ],
)
def test_an_edit_that_means_nothing_here_is_refused_in_words(edit, ids, message):
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    page.edit(1, edit, ids)
    assert message in page.last("error")["text"]
    assert scatter.labels.tolist() == ["a", "b", "a"]


def test_a_preview_is_made_when_a_point_is_hovered():
    scatter = Scatter(POINTS, preview=lambda id: f"sample {id}")
    page = Page(scatter)
    page.look(2, 3)
    assert page.looks() == [(2, "text/plain", "", b"sample 2"), (3, "", "", b"")]
    with pytest.raises(ValueError, match="preview has 2 entries for 3 points"):
        Scatter(POINTS, preview=["a", "b"])
    page = Page(Scatter(POINTS, preview=["a", "b", "c"]))
    page.look(1)
    assert page.looks() == [(1, "text/plain", "", b"b")]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_and_none_can_be_shown(n):
    page = Page(Scatter(np.zeros((n, 2)), labels=np.zeros(n, int)))
    page.open()
    assert page.last("hello")["n"] == n and page.points().shape == (n, 2)


def test_edited_points_that_follow_at_once_are_marked_satisfied():
    page = Page(Scatter(POINTS, labels=["a", "b", "a"]))
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [0])
    assert {c["name"]: c["kind"] for c in page.last("labels")["columns"]}["state"] == "flags"


def test_undo_takes_relabels_back_one_by_one_and_redo_does_them_again():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [0])
    page.edit(2, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [2])
    page.say("command", do="undo", arguments={})
    assert scatter.labels.tolist() == ["b", "b", "a"] and given(page) == [1, 1, 0]
    scatter.undo()
    assert scatter.labels.tolist() == ["a", "b", "a"]
    scatter.redo()
    page.edit(3, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "a"}, [1])
    assert scatter.labels.tolist() == ["b", "a", "a"]
    page.say("command", do="redo", arguments={})
    assert page.last("error")["text"] == "there is nothing to redo"
    page.say("command", do="step", arguments={})
    assert page.last("error")["text"] == "a Scatter does not know the command 'step'; it knows undo, redo"
