"""Scatter alone on any array."""

import numpy as np
import pandas
import pytest
import torch

from greenlatent.edits import Drop, Found, Link, Move, Relabel, Weigh
from greenlatent.plots import Scatter
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
    assert scatter.labels.tolist() == ["b", "b", "a"], "a drag to a class is its label"
    assert len(page.all("ack")) == 1


@pytest.mark.parametrize(
    "edit, ids, message",
    [
        (
            {"kind": "Move", "ids": {"buffer": 0}, "to": {"near": [1]}},
            [0],
            "no model that could follow a Move",
        ),
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


# Weights, drops, links


def test_a_weight_and_a_drop_change_the_weights_and_are_flagged_as_left_out():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    page.open()
    page.edit(1, {"kind": "Weigh", "ids": {"buffer": 0}, "weight": 2.0}, [0, 1])
    page.edit(2, {"kind": "Drop", "ids": {"buffer": 0}}, [1])
    assert scatter.weights.tolist() == [2, 0, 1]
    assert scatter.edits == (Weigh((0, 1), 2.0), Drop((1,)))
    assert list(page.buffers("labels")[-1]) == [0, 8, 0]
    assert page.last("status") | {"undo": True, "redo": False, "edits": 2} == page.last("status")
    scatter.undo()
    assert scatter.weights.tolist() == [2, 2, 1] and scatter.edits == (Weigh((0, 1), 2.0),)
    scatter.weights[0] = 7
    assert scatter.weights[0] == 2, "what is read is a copy"


def test_what_only_new_points_can_follow_is_marked_until_they_come_and_can_be_undone():
    scatter = Scatter(POINTS, labels=["a", "b", "a"])
    page = Page(scatter)
    page.edit(1, {"kind": "Link", "a": {"buffer": 0}, "b": {"buffer": 1}, "alike": True}, [0], [2])
    assert "no model that could follow a Link" in page.last("error")["text"] and scatter.edits == ()
    scatter.on_edit(lambda edit, **_: None)
    page.edit(2, {"kind": "Link", "a": {"buffer": 0}, "b": {"buffer": 1}, "alike": True}, [0], [2])
    assert list(page.buffers("labels")[-1]) == [1, 0, 1] and scatter.edits == (Link((0,), (2,), True),)
    scatter.undo()
    assert list(page.buffers("labels")[-1]) == [0, 0, 0] and scatter.edits == ()
    scatter.redo()
    scatter.points = POINTS + 1
    assert list(page.buffers("labels")[-1]) == [0, 0, 0], "they came"
    assert len(scatter.edits) == 1


# Columns, groups, names, data frames


def columns(page: Page) -> dict[str, str]:
    """Name and kind of all columns that a page that opens is sent."""
    page.heard.clear()
    page.open()
    return {c["name"]: c["kind"] for header in page.all("labels") for c in header["columns"]}


def test_groups_columns_and_names_go_to_the_page():
    scatter = Scatter(
        POINTS,
        labels=[0, 1, -1],
        groups={"recording": ["r2", "r1", None]},
        columns={"age": [20.5, np.nan, 30], "sex": ["f", "m", "f"], "old": [True, False, True]},
        names=["x", "y", "z"],
    )
    page = Page(scatter)
    assert columns(page) == {
        "given": "class",
        "recording": "group",
        "age": "number",
        "sex": "text",
        "old": "text",
    }
    recording = page.last("labels")["columns"][1]
    assert recording["names"] == ["r1", "r2"] and list(page.buffers("labels")[1]) == [1, 0, 255]
    assert page.last("labels")["columns"][4]["names"] == ["False", "True"]
    page.look(1)
    assert page.looks()[0][2] == "y"


def test_one_array_of_groups_needs_no_name_and_a_column_can_be_the_first_colour():
    scatter = Scatter(POINTS, groups=[7, 7, 10], colour="group")
    assert columns(Page(scatter)) == {"group": "group"} and scatter.colour == "group"
    assert Scatter(POINTS, columns={"age": [1, 2, 3]}).colour == "age", "the labels are none"
    assert Scatter(POINTS, labels=[0, 1, 1], columns={"age": [1, 2, 3]}).colour == "given"


FRAME = pandas.DataFrame(
    {
        "name": ["p", "q", "r"],
        "pc1": [0.0, 1.0, np.nan],
        "pc2": [1, 2, 3],
        "activity": ["calm", None, "busy"],
        "recording": [4, 4, 5],
        "sure": [0.2, 0.4, 1.0],
        "age": pandas.array([20, None, 40], dtype="Int64"),
        "kind": pandas.Categorical(["u", "v", "u"]),
        "day": pandas.to_datetime(["2026-01-02", "2026-01-03", None]),
    },
    index=["i", "j", "k"],
)


def test_a_data_frame_names_everything():
    scatter = Scatter(
        FRAME,
        x="pc1",
        y="pc2",
        labels="activity",
        groups="recording",
        confidence="sure",
        names="name",
    )
    page = Page(scatter)
    assert columns(page) == {
        "given": "class",
        "confidence": "number",
        "recording": "group",
        "age": "number",
        "kind": "text",
        "day": "text",
    }
    assert scatter.classes == ("busy", "calm") and scatter.labels.tolist() == ["calm", None, "busy"]
    np.testing.assert_array_equal(scatter.points, [[0, 1], [1, 2], [np.nan, 3]])
    page.look(2)
    assert page.looks()[0][2] == "r"


def test_a_data_frame_places_points_by_x_and_y_or_its_first_numbers_and_its_index_names_them():
    scatter = Scatter(FRAME[["name", "pc2", "sure", "recording"]])
    np.testing.assert_array_equal(scatter.points, FRAME[["pc2", "sure"]])
    page = Page(scatter)
    page.look(0)
    assert page.looks()[0][2] == "i"
    frame = pandas.DataFrame({"a": [9, 9], "y": [1.0, 2.0], "x": [3.0, 4.0]})
    assert Scatter(frame).points.tolist() == [[3, 1], [4, 2]]
    page = Page(Scatter(frame))
    page.look(0)
    assert page.looks()[0][2] == "", "a count is no name"


def test_a_data_frame_comes_out_with_what_was_done():
    scatter = Scatter(FRAME, x="pc1", y="pc2", labels="activity")
    page = Page(scatter)
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "busy"}, [0])
    page.edit(2, {"kind": "Drop", "ids": {"buffer": 0}}, [2])
    scatter.selection = [2, 0]
    frame = scatter.to_frame()
    assert frame.index.tolist() == ["i", "j", "k"] and set(FRAME.columns) < set(frame.columns)
    assert frame.activity.fillna("").tolist() == ["busy", "", "busy"]
    assert frame.weight.tolist() == [1, 1, 0] and frame.selected.tolist() == [True, False, True]
    assert scatter.to_frame(selected=True).name.tolist() == ["p", "r"]
    assert FRAME.activity.tolist()[0] == "calm", "the person's own frame stays as it was"
    plain = Scatter(POINTS, labels=[0, 1, 1], groups={"g": [1, 1, 2]}).to_frame()
    assert plain.columns.tolist() == ["x", "y", "g", "label", "weight", "selected"]
    assert plain.label.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "points, arguments, message",
    [
        (POINTS, {"labels": [0, -2, 1]}, "labels holds -2; .* -1 means no label"),
        (POINTS, {"confidence": [0.5, 1.5, 0]}, "confidence runs from 0 to 1.5; .* from 0 to 1"),
        (POINTS, {"confidence": ["a", "b", "c"]}, "confidence takes numbers"),
        (POINTS, {"groups": {"g": [1, 2]}}, r"groups\['g'\] has shape \(2,\) for 3 points"),
        (POINTS, {"columns": [1, 2, 3]}, "columns takes a dict of name: values or a data frame, got list"),
        (POINTS, {"columns": {"state": [1, 2, 3]}}, "'state', which has a meaning of its own"),
        (POINTS, {"columns": {"g": [1, 2, 3]}, "groups": {"g": [1, 2, 3]}}, "in groups and in columns"),
        (POINTS, {"names": ["a"]}, "names has 1 entries for 3 points"),
        (POINTS, {"x": "a"}, "x and y name columns of a data frame"),
        (POINTS, {"colour": "red"}, "colour='red' is no column here; there are none"),
        (FRAME, {"x": "pc1"}, "name both x and y"),
        (FRAME, {"x": "pc1", "y": "pc3"}, "y='pc3' is no column; the columns are name, pc1"),
        (FRAME, {"x": "pc1", "y": "kind"}, "column 'kind' places the points and must hold numbers"),
        (FRAME[["name", "pc1"]], {}, "needs two columns of numbers"),
        ([[0, 1], [2]], {}, "rows have different lengths"),
        (None, {}, "points is None; pass numbers of shape"),
        (POINTS, {"height": 10}, "height=10 pixels; a view takes 160 to 4000"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(points, arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Scatter(points, **arguments)


def test_nothing_at_all_is_an_empty_plot():
    for points in ([], np.zeros((0, 5)), pandas.DataFrame({"x": [], "y": []})):
        scatter = Scatter(points)
        page = Page(scatter)
        page.open()
        assert scatter.points.shape == (0, 2) and page.last("hello")["n"] == 0
        assert len(scatter.to_frame()) == 0


def test_tensors_are_taken_with_gradients_and_in_short_floats():
    points = torch.tensor(POINTS, requires_grad=True)
    scatter = Scatter(points, labels=torch.tensor([0, 1, 1]), columns={"norm": points.norm(dim=1)})
    np.testing.assert_allclose(scatter.points, POINTS)
    scatter.points = torch.ones(3, 2, dtype=torch.bfloat16, requires_grad=True)
    assert (scatter.points == 1).all()


def test_a_selection_out_of_range_is_refused_and_a_linked_views_is_cut():
    scatter = Scatter(POINTS)
    with pytest.raises(ValueError, match="no sample 3 to select; ids run from 0 to 2"):
        scatter.selection = [0, 3]
    assert scatter.selection.tolist() == []
    page = Page(scatter)
    page.say("selection", np.array([1, 7], "<u4").tobytes(), client="tab")
    assert scatter.selection.tolist() == [1] and page.all("error") == []


def test_a_million_points_with_many_columns_fit_into_messages():
    n = 1_000_000
    values = np.arange(n) % 1000
    scatter = Scatter(np.zeros((n, 2)), labels=values, columns={f"c{k}": values / 7 for k in range(5)})
    page = Page(scatter)
    assert len(columns(page)) == 6
    assert max(sum(map(len, buffers)) for _, buffers in page.heard) <= 4 << 20


def test_columns_that_did_not_change_are_not_sent_again():
    scatter = Scatter(POINTS, labels=[0, 1, 1], columns={"age": [1, 2, 3]})
    page = Page(scatter)
    scatter.set_columns({"age": ("number", [1, 2, 3]), "state": ("flags", [0, 0, 0])})
    assert [c["name"] for c in page.last("labels")["columns"]] == ["state"], (
        "flags tell that edits were heard"
    )


def test_a_column_that_is_called_as_one_of_the_plots_own_stays_apart_from_it():
    frame = pandas.DataFrame({"x": [0, 1], "y": [0, 1], "predicted": ["a", "b"], "loss": [0.1, 0.2]})
    assert columns(Page(Scatter(frame))) == {"predicted (column)": "text", "loss": "number"}


@pytest.mark.parametrize(
    "labels, classes, back",
    [
        (np.array(["b", np.nan, "a"], object), ("a", "b"), ["b", None, "a"]),
        (np.array([True, False, True]), ("False", "True"), [True, False, True]),
        (np.array([True, False, True], object), ("False", "True"), [True, False, True]),
        (np.array([4, 2, None], object), ("2", "4"), [4, 2, -1]),
        (np.array(["a", 1, None], object), ("1", "a"), ["a", "1", None]),
        (np.array([b"x", b"y", b"x"]), ("x", "y"), ["x", "y", "x"]),
        (
            np.array(["2026-01-02", "NaT", "2026-01-02"], "M8[D]"),
            ("2026-01-02",),
            ["2026-01-02", None, "2026-01-02"],
        ),
        (pandas.cut([1.0, 2.0, 3.0], [0, 2, 4]), ("(0, 2]", "(2, 4]"), ["(0, 2]", "(0, 2]", "(2, 4]"]),
    ],
    ids=["gaps", "booleans", "boolean objects", "integer objects", "mixed", "bytes", "days", "intervals"],
)
def test_labels_of_any_kind_are_classes(labels, classes, back):
    scatter = Scatter(POINTS, labels=pandas.Series(labels) if hasattr(labels, "categories") else labels)
    assert scatter.classes == classes and scatter.labels.tolist() == back
    scatter.labels = scatter.labels
    assert scatter.labels.tolist() == back


def test_predictions_need_no_labels_and_may_know_more_classes():
    alone = Scatter(POINTS, predicted=["a", "b", "a"])
    assert alone.classes == ("a", "b") and alone.colour == "predicted"
    assert alone.labels.tolist() == [None, None, None]
    both = Scatter(POINTS, labels=["a", "b", "a"], predicted=["a", "c", None])
    assert both.classes == ("a", "b", "c") and both.colour == "given"


def test_columns_that_tell_nothing_apart_are_left_out_of_a_frame_unless_asked_for():
    n = 10_001
    frame = pandas.DataFrame({0: range(n), 1: range(n), 2: range(n), "file": [f"{k}.png" for k in range(n)]})
    frame["steps"] = [[k] for k in range(n)]
    frame["sex"] = "f"
    assert columns(Page(Scatter(frame))) == {"2": "number", "sex": "text"}
    assert columns(Page(Scatter(frame, columns=["file"]))) == {"file": "text"}
    with pytest.raises(ValueError, match="columns holds 'files', which is none; they are 0, 1, 2, file"):
        Scatter(frame, columns=["files"])
    with pytest.raises(ValueError, match="has the column 'x' more than once"):
        Scatter(pandas.DataFrame(np.zeros((3, 3)), columns=["x", "y", "x"]))


def test_a_preview_may_be_a_column_or_a_series_in_its_own_order():
    frame = pandas.DataFrame({"x": [0, 1], "y": [0, 1], "text": ["first", "second"]}, index=[7, 8])
    for scatter in (Scatter(frame, preview="text"), Scatter(frame, preview=frame["text"], columns={})):
        page = Page(scatter)
        assert columns(page) == {}
        page.look(1)
        assert page.looks()[0][3] == b"second"
    with pytest.raises(ValueError, match="preview is a text for 3 points"):
        Scatter(POINTS, preview="abc")


def test_masked_points_have_no_place():
    masked = np.ma.masked_array(POINTS, mask=[[0, 0], [0, 1], [0, 0]])
    assert np.isnan(Scatter(masked).points).tolist() == [[False, False], [False, True], [False, False]]


def test_a_mask_selects_as_pandas_would():
    scatter = Scatter(FRAME, x="pc1", y="pc2")
    scatter.selection = FRAME.recording == 4
    assert scatter.selection.tolist() == [0, 1]
    with pytest.raises(ValueError, match="a mask of 2 for 3 samples"):
        scatter.selection = np.array([True, False])


def test_a_frame_keeps_its_own_weights():
    frame = pandas.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0], "weight": [70, 80]})
    out = Scatter(frame).to_frame()
    assert out.weight.tolist() == [70, 80] and out["weight (edits)"].tolist() == [1, 1]


def test_points_far_from_nought_count_from_their_middle_in_all_frames():
    scatter = Scatter(np.array([[1e9, 5.0], [1e9 + 4, 6.0]]))
    page = Page(scatter)
    page.open()
    first = page.last("frame")
    assert (first["lo"], first["hi"]) == ([-2, -0.5], [2, 0.5])
    page.draw()
    scatter.points = np.array([[1e9, 5.0], [1e9 + 6, 6.0]])
    second = page.last("frame")
    assert (second["lo"], second["hi"]) == ([-2, -0.5], [4, 0.5])
    near = Page(Scatter(POINTS))
    near.open()
    assert near.last("frame")["lo"] == POINTS.min(0).tolist()


@pytest.mark.parametrize("labels, value", [(["a", "b", None], "hook"), ([0, 1, -1], 2)])
def test_a_found_class_has_a_label_of_the_kind_that_was_given(labels, value):
    plot = Scatter([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]], labels=labels, classes=["a", "b"])
    plot._edit(Found([2], "hook"), seconds=None, frame=None)
    assert plot.classes == ("a", "b", "hook") and plot.labels.tolist() == [*labels[:2], value]
    plot.undo()
    assert plot.labels.tolist()[:2] == labels[:2] and plot.labels[2] != value


def test_points_come_and_the_selection_stays():
    scatter = Scatter(np.zeros((2, 2)), labels=["a", "b"])
    page = Page(scatter)
    page.open()
    scatter.selection = [1]
    scatter.grow([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    page.draw()
    assert page.points()[:, 0].tolist() == pytest.approx(
        [0, 1, 3], abs=1e-3
    ) and scatter.selection.tolist() == [1]
    assert scatter.labels.tolist() == ["a", "b", None]
    with pytest.raises(ValueError, match="2 rows where 3 are shown"):
        scatter.grow(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="cannot grow"):
        Scatter(np.zeros((2, 2)), columns={"age": [1, 2]}).grow(np.ones((3, 2)))
