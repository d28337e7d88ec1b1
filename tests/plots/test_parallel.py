"""Parallel alone: values, labels, brushes and scores in the kernel, and what a page is told of them."""

import numpy as np
import pytest

from greenlatent.edits import Relabel, Shift
from greenlatent.plots import Parallel
from greenlatent.widgets import Widget
from tests.widgets.page import Page

VALUES = np.array([[0.0, 5.0, 1.0], [1.0, np.nan, 1.0], [2.0, 7.0, 1.0], [3.0, 9.0, 1.0]])


def test_values_travel_axis_by_axis_and_come_back():
    page = Page(Parallel(VALUES))
    page.open()
    header = page.last("frame")
    assert (header["space"], header["n"], header["dims"]) == ("axes", 4, 3)
    np.testing.assert_allclose(page.points(), VALUES, atol=1e-4)
    codes = np.frombuffer(page.buffers("frame")[0], "<u2")
    assert codes[:4].tolist() == [0, 21845, 43689, 65534], "all of the first axis, then the next"


def test_axes_are_named_and_scored():
    parallel = Parallel(VALUES, labels=["a", "a", "b", "b"], axes=["same", "same", "<b>"])
    page = Page(parallel)
    page.open()
    assert page.last("axes")["names"] == ["same", "same", "<b>"]
    scores = np.frombuffer(page.buffers("scores")[0], "<f4")
    assert scores[0] == pytest.approx(8.0) and np.isnan(scores[2])
    assert parallel.relevance().order.tolist()[-1] == 2
    page.say("command", do="relevance", arguments={"statistic": "mutual_information"})
    assert page.last("scores")["statistic"] == "mutual_information" and "Bits" in page.last("scores")["text"]
    page.say("command", do="relevance", arguments={"statistic": "magic"})
    assert "no statistic 'magic' here; there are f_ratio, mutual_information" in page.last("error")["text"]
    assert Page(Parallel(VALUES)).all("scores") == []


def test_new_values_glide_and_are_scored_anew():
    parallel = Parallel(VALUES, labels=[0, 0, 1, 1])
    page = Page(parallel)
    page.open()
    parallel.values = VALUES[::-1]
    page.draw()
    assert page.last("frame")["step"] == 1
    np.testing.assert_allclose(page.points(), VALUES[::-1], atol=1e-4)
    with pytest.raises(ValueError, match=r"shape \(4, 2\) where \(4, 3\) is shown"):
        parallel.values = VALUES[:, :2]


def test_a_relabel_changes_labels_and_scores_and_undo_takes_it_back():
    parallel = Parallel(VALUES, labels=["a", "a", "b", "b"])
    page = Page(parallel)
    before = parallel.relevance().scores[0]
    page.edit(1, {"kind": "Relabel", "ids": {"buffer": 0}, "label": "b"}, [1])
    assert parallel.labels.tolist() == ["a", "b", "b", "b"] and parallel.edits == (Relabel((1,), "b"),)
    assert parallel.relevance().scores[0] != before
    parallel.undo()
    assert parallel.labels.tolist() == ["a", "a", "b", "b"]


def test_a_shift_reaches_the_callback_as_a_vector():
    parallel = Parallel(VALUES, labels=["a", "a", "b", "b"])
    page = Page(parallel)
    shift = {"kind": "Shift", "label": "b", "axis": 1, "amount": 1.25, "against": "a"}
    page.edit(1, shift)
    assert "this Parallel has no model that could follow a Shift" in page.last("error")["text"]
    heard = []
    parallel.on_edit(lambda edit, **_: heard.append(edit))
    page.edit(2, shift)
    assert heard == [Shift("b", (0.0, 1.0, 0.0), 1.25, "a")]
    page.edit(3, shift | {"axis": 3})
    assert "there is no axis 3; axes run from 0 to 2" in page.last("error")["text"]


def test_brushes_are_checked_observable_and_told_to_the_page_as_lists():
    parallel = Parallel(VALUES)
    heard = []
    parallel.observe(lambda change: heard.append(change.new), "brushes")
    parallel.brushes = {2: [], 1: [(7, 5)], 0: np.array([[0.0, 1.0]])}
    assert parallel.brushes == {0: ((0.0, 1.0),), 1: ((5.0, 7.0),)}
    assert heard == [parallel.brushes]
    assert parallel.get_state("brushes") == {"brushes": {"0": [[0.0, 1.0]], "1": [[5.0, 7.0]]}}
    parallel.set_state({"brushes": {"1": [[1.0, 2.0]]}, "combine": "or"})  # as a page does
    assert parallel.brushes == {1: ((1.0, 2.0),)} and parallel.combine == "or"
    for wrong in ({0: [(0, np.inf)]}, {-1: [(0, 1)]}, {0: [1, 2]}, [0, 1], {"a": [(0, 1)]}):
        with pytest.raises(Exception, match="brushes"):
            parallel.brushes = wrong
    assert parallel.brushes == {1: ((1.0, 2.0),)}


def test_the_order_is_what_the_page_shows():
    parallel = Parallel(VALUES)
    assert parallel.order == (0, 1, 2)
    parallel.set_state({"arrangement": {"order": [2, 0, 1], "hidden": [0]}})
    assert parallel.order == (2, 1)


def test_a_page_hears_no_echo_of_its_selection():
    parallel = Parallel(VALUES)
    page = Page(parallel, client="mine")
    page.say("selection", np.array([2, 9], "<u4").tobytes(), client="mine")
    assert parallel.selection.tolist() == [2] and page.last("selection")["client"] == "mine"


def test_one_widget_can_carry_a_plane_and_axes():
    widget = Widget("lab")
    widget.set_ids([0, 1])
    widget.set_axes(["a", "b", "c"])
    page = Page(widget)
    page.open()
    widget.publish([[0.0, 0.0], [1.0, 1.0]], step=3)
    widget.publish(np.zeros((2, 3)), step=3, space="axes")
    page.draw()
    assert [frame["space"] for frame in page.all("frame")] == ["plane", "axes"]
    page.draw()
    assert widget.wants_frame()


def test_a_data_frame_names_its_axes():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"speed": [1.0, 2, None, 4], "turn": [1, 2, 3, 4], "what": list("abab")})
    parallel = Parallel(frame, labels="what")
    assert parallel.axes == ("speed", "turn") and parallel.classes == ("a", "b")
    assert np.isnan(parallel.values[2, 0])
    assert Parallel(frame, axes=["turn"]).axes == ("turn",)
    with pytest.raises(ValueError, match="axes names 'x', which is no column"):
        Parallel(frame, axes=["x"])


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: Parallel([1.0, 2.0]),
            r"values must be numbers of shape \(n, axes\), got float64 of shape \(2,\)",
        ),
        (lambda: Parallel(np.zeros((2, 0))), r"shape \(2, 0\)"),
        (lambda: Parallel([["a", "b"]]), "values must be numbers"),
        (lambda: Parallel(VALUES, axes=["a"]), "axes has 1 names for 3 axes"),
        (lambda: Parallel(VALUES, axes="abc"), "axes takes a list of names"),
        (lambda: Parallel(VALUES, labels=[0]), "pass one label per point"),
        (lambda: Parallel(VALUES, space="outer"), 'space is "latent" or "input"'),
        (lambda: Parallel(VALUES, preview=["a"]), "preview has 1 entries for 4 points"),
        (lambda: Parallel(np.zeros((100_000, 64))), "show 65536 of them at most"),
    ],
)
def test_bad_input_is_refused_in_words(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


@pytest.mark.parametrize("wrong", [{"order": 5}, {"flipped": "a"}, {"order": [-1]}, {"sorted": [1]}, [1]])
def test_an_arrangement_that_no_page_could_show_is_refused(wrong):
    parallel = Parallel(np.zeros((4, 3)))
    with pytest.raises(Exception, match="lists of axes"):
        parallel.arrangement = wrong
    parallel.arrangement = {"order": np.array([2, 2, 0]), "hidden": (0,)}
    assert parallel.order == (2, 1)


def test_data_frames_that_cannot_be_read_are_told_why():
    pd = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="two columns of the data frame are called 'a'"):
        Parallel(pd.DataFrame(np.zeros((3, 2)), columns=["a", "a"]))
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    with pytest.raises(ValueError, match=r"column 'b' holds .*, not numbers"):
        Parallel(frame, axes=["a", "b"])
    with pytest.raises(TypeError, match="takes a list of names"):
        Parallel(frame, axes="a")
    with pytest.raises(ValueError, match="values must be numbers"):
        Parallel(None)


RUNS = np.array([[1e-3, 8, "relu"], [1e-2, 32, "tanh"], [None, 16, None]], object)
KINDS = {"rate": (1e-4, 1e-1, "log"), "width": [8, 16, 32], "act": ["relu", "tanh"]}


def runs(**options) -> Parallel:
    return Parallel(RUNS, axes=list(KINDS), kinds=KINDS, editable=False, **options)


def test_values_of_a_kind_travel_as_places_and_the_page_is_told_what_they_stand_for():
    page = Page(runs())
    page.open()
    places = page.points()
    np.testing.assert_allclose(places[:, 0], [-3, -2, np.nan], atol=1e-4)
    np.testing.assert_allclose(places[:, 1], [0, 2, 1], atol=1e-4)
    np.testing.assert_allclose(places[:, 2], [0, 1, np.nan], atol=1e-4)
    rate, width, act = page.last("axes")["kinds"]
    assert rate["log"] and rate["span"] == pytest.approx([-4, -1])
    assert width["names"] == ["8", "16", "32"] and act["names"] == ["relu", "tanh"]


def test_plain_axes_say_nothing_of_kinds():
    page = Page(Parallel(VALUES))
    page.open()
    assert "kinds" not in page.last("axes")


def test_what_is_brushed_is_told_in_values():
    parallel = runs()
    parallel.brushes = {0: [(-3.0, -2.0)], 1: [(0.5, 2.0)], 2: [(0.9, 1.1)]}
    assert parallel.ranges == {
        "rate": pytest.approx((1e-3, 1e-2)),
        "width": [16, 32],
        "act": ["tanh"],
    }


def test_the_button_beside_a_brush_calls_back_with_the_ranges_of_its_axes():
    parallel, heard = runs(), []
    page = Page(parallel)
    page.open()
    page.say("command", do="brush", arguments={"brushes": {"1": [[0.5, 2]]}})
    assert "does not know the command 'brush'" in page.last("error")["text"]
    parallel.offer("Search here", heard.append, axes=["rate", "width"])
    assert [kind["offer"] for kind in page.last("axes")["kinds"]] == ["Search here", "Search here", ""]
    page.say("command", do="brush", arguments={"brushes": {"1": [[0.5, 2]], "2": [[0, 0.5]]}})
    assert heard == [{"width": [16, 32]}]
    page.say("command", do="brush", arguments={"brushes": {"1": "all"}})
    assert len(heard) == 1 and page.last("error")["text"]


def test_bands_are_marked_beside_their_axes_and_what_does_not_fit_changes_nothing():
    parallel = runs()
    page = Page(parallel)
    page.open()
    parallel.bands = {"rate": (1e-3, 1e-2), "width": [8, 16]}
    rate, width, _ = page.last("axes")["kinds"]
    assert rate["bands"] == [pytest.approx([-3, -2])] and width["bands"] == [[-0.4, 1.4]]
    with pytest.raises(ValueError, match="does not fit the axes: there is no axis 'depth'"):
        parallel.bands = {"depth": (1, 2)}
    with pytest.raises(ValueError, match="12 is none of the values"):
        parallel.bands = {"width": [12]}
    assert parallel.bands == {"rate": (1e-3, 1e-2), "width": [8, 16]}
    parallel.bands = {}
    assert page.last("axes")["kinds"][0]["bands"] == []


def test_rows_come_and_brushes_arrangement_and_selection_stay():
    parallel = runs()
    page = Page(parallel)
    page.open()
    parallel.brushes = {0: [(-3.0, -2.0)]}
    parallel.arrangement = {"order": [2, 0, 1]}
    parallel.selection = [1]
    parallel.grow(np.vstack([RUNS, np.array([1e-1, 16, "relu"], object)]))
    page.draw()
    assert page.last("ids")["n"] == 4 and page.points().shape == (4, 3)
    assert parallel.values.tolist()[3] == [1e-1, 16, "relu"]
    assert parallel.ranges and parallel.order == (2, 0, 1) and parallel.selection.tolist() == [1]
    parallel.selection = [3]
    parallel.values = parallel.values[::-1]
    with pytest.raises(ValueError, match=r"shape \(3, 3\) where \(4, 3\) is shown"):
        parallel.grow(RUNS)
    with pytest.raises(ValueError, match="with predicted or groups cannot grow"):
        Parallel(VALUES, groups={"g": [1, 1, 2, 2]}).grow(np.vstack([VALUES, VALUES]))


def test_labels_stay_with_their_rows_and_new_rows_have_none():
    parallel = Parallel(VALUES, labels=[0, 0, 1, 1])
    parallel.grow(np.vstack([VALUES, VALUES]))
    assert parallel.labels.tolist() == [0, 0, 1, 1, -1, -1, -1, -1]
    assert parallel.weights.tolist() == [1] * 8


def test_a_data_frame_may_hold_words_where_a_kind_lists_them():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"rate": [0.1, 0.01], "act": ["tanh", "relu"], "n": [1, 2], "note": ["a", "b"]})
    parallel = Parallel(frame, kinds={"rate": "log", "act": ["relu", "tanh"]})
    assert parallel.axes == ("rate", "act", "n")
    page = Page(parallel)
    page.open()
    np.testing.assert_allclose(page.points(), [[-1, 1, 1], [-2, 0, 2]], atol=1e-4)
    with pytest.raises(ValueError, match="list its values in kinds"):
        Parallel(frame, axes=["rate", "note"])
