"""The widget's promises to its Lab and to its pages, without a browser."""

import logging
import threading

import numpy as np
import pytest

from greenlatent.edits import Move, Near, Relabel
from greenlatent.widgets import Widget
from tests.widgets.page import RELABEL, Page


@pytest.fixture
def widget() -> Widget:
    widget = Widget("lab", classes=["calm", "busy"])
    widget.set_ids([10, 11, 12])
    return widget


@pytest.fixture
def page(widget: Widget) -> Page:
    return Page(widget)


POINTS = np.array([[0.0, 0.0], [1.0, 2.0], [np.nan, 4.0]])


def test_unknown_names_and_views_are_refused():
    with pytest.raises(TypeError, match="paint"):
        Widget("lab", paint="red")
    with pytest.raises(Exception, match="pie"):
        Widget("pie")


@pytest.mark.parametrize("classes", [["a", "a"], ["a", 1]])
def test_classes_are_distinct_names(classes):
    with pytest.raises((ValueError, TypeError), match="classes"):
        Widget("lab", classes=classes)


def test_nothing_large_is_a_trait(widget):
    widget.publish(POINTS, step=1)
    widget.selection = np.arange(1000)
    state = {name: value for name, value in widget.get_state().items() if not name.startswith("_")}
    assert len(repr({name: state[name] for name in state if name not in ("layout", "tooltip")})) < 500


# What a page is told


def test_a_page_that_opens_is_told_everything(widget, page):
    widget.set_columns({"given": ("class", [0, 1, 1])})
    widget.publish(POINTS, step=7, trust=0.9)
    widget.set_status({"step": 7})
    widget.selection = [11]
    page.heard.clear()
    page.open()
    assert [h["type"] for h, _ in page.heard] == ["hello", "ids", "labels", "frame", "status", "selection"]
    assert page.last("hello")["n"] == 3
    assert np.frombuffer(page.buffers("ids")[0], "<u4").tolist() == [10, 11, 12]
    np.testing.assert_allclose(page.points(), POINTS, atol=1e-4)
    assert page.last("frame")["step"] == 7
    assert np.frombuffer(page.buffers("selection")[0], "<u4").tolist() == [11]


def test_a_page_that_opens_before_there_is_anything_is_greeted():
    page = Page(Widget("scatter"))
    page.open()
    assert [h["type"] for h, _ in page.heard] == ["hello", "status", "selection"]


def test_messages_are_numbered_without_gaps_whatever_thread_sends(widget, page):
    page.open()
    threads = [
        threading.Thread(target=lambda: [widget.set_status({"step": k}) for k in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for k in range(200):
        widget.publish(POINTS + k, step=k)
        page.draw()
    for thread in threads:
        thread.join()
    assert [h["seq"] for h, _ in page.heard] == list(range(2, 2 + len(page.heard)))
    np.testing.assert_allclose(page.points(), POINTS + 199, atol=1e-3)


def test_columns_that_are_not_named_stay(widget, page):
    widget.set_columns({"given": ("class", [0, 1, 1]), "confidence": ("number", [0.1, 0.2, 0.3])})
    widget.set_columns({"given": ("class", [1, 1, 1])})
    assert [c["name"] for c in page.last("labels")["columns"]] == ["given"]
    page.open()
    assert [c["name"] for c in page.last("labels")["columns"]] == ["given", "confidence"]


def test_a_new_set_of_ids_forgets_the_picture_of_the_old(widget, page):
    widget.publish(POINTS, step=1)
    widget.set_ids([1, 2])
    page.heard.clear()
    page.open()
    assert page.all("frame") == []
    assert page.last("ids")["set"] == 2


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda w: w.publish(POINTS[:2], step=0), "points has 2 rows for 3 ids"),
        (lambda w: w.publish(POINTS[:, :1], step=0), r"shape \(n, 2\), got float64 of shape \(3, 1\)"),
        (lambda w: w.publish([["a", "b"]], step=0), "points must be numbers"),
        (lambda w: w.set_ids([1, 1]), "a sample twice"),
        (lambda w: w.set_ids([-1]), "run from -1"),
        (lambda w: w.set_ids([0.5]), "whole numbers, got float64"),
        (lambda w: w.set_ids(np.arange(3_000_000)), "at most"),
        (lambda w: Widget().publish(POINTS, step=0), "publish came before set_ids"),
        (lambda w: setattr(w, "selection", [-3]), "selection"),
        (lambda w: setattr(w, "selection", [0.5]), "selection"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(widget, page, call, message):
    widget.publish(POINTS, step=3)
    with pytest.raises(Exception, match=message):
        call(widget)
    page.open()
    assert page.last("frame")["step"] == 3 and page.last("hello")["n"] == 3


# Frames are pulled


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(widget: Widget) -> Clock:
    widget._channel.clock = Clock()
    return widget._channel.clock


def test_without_a_view_no_frame_is_wanted_or_sent(widget, page):
    widget.publish(POINTS, step=1)
    assert not widget.wants_frame()
    assert page.all("frame") == []


def test_the_next_frame_waits_for_the_page_to_draw_the_last(widget, page, clock):
    page.open()
    assert widget.wants_frame()
    widget.publish(POINTS, step=1)
    assert not widget.wants_frame()
    page.draw()
    assert widget.wants_frame()


def test_without_an_answer_a_frame_a_second_is_sent(widget, page, clock):
    page.open()
    for step in range(40):
        clock.now += 0.1
        widget.publish(POINTS, step=step)
    assert len(page.all("frame")) in (4, 5)


def test_a_page_that_falls_silent_counts_as_gone_until_it_speaks(widget, page, clock):
    page.open()
    for step in range(100):
        clock.now += 1.1
        widget.publish(POINTS, step=step)
    assert len(page.all("frame")) == 10
    assert not widget.wants_frame()
    page.draw()
    assert page.last("frame")["step"] == 99


def test_the_newest_frame_wins_and_is_never_lost(widget, page, clock):
    page.open()
    for step in range(1000):
        widget.publish(POINTS + step, step=step)
    assert [f["step"] for f in page.all("frame")] == [0]
    page.draw()
    assert [f["step"] for f in page.all("frame")] == [0, 999]
    page.draw()
    assert len(page.all("frame")) == 2, "what was drawn is not sent again"


def test_an_answer_to_an_older_frame_asks_for_nothing(widget, page, clock):
    page.open()
    widget.publish(POINTS, step=1)
    page.say("ack", frame=page.last("frame")["seq"] - 1)
    assert not widget.wants_frame()


def test_frames_stop_when_the_last_view_closes(widget, page, clock):
    page.open()
    page.say("hello", view="other", open=True)
    page.say("hello", view="other", open=False)
    assert widget.wants_frame()
    page.say("hello", view=page.view, open=False)
    assert not widget.wants_frame()


def test_points_that_the_caller_changes_later_do_not_change_the_picture(widget, page):
    points = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    widget.publish(points, step=1)
    points += 100
    page.open()
    assert page.points().max() == pytest.approx(2, abs=1e-3)


# Edits


def test_an_edit_reaches_the_callback_and_its_line_the_page(widget, page):
    heard = []
    widget.on_edit(lambda edit, *, seconds, frame: heard.append((edit, seconds, frame)) or 5)
    page.edit(1, RELABEL, [10, 12])
    assert heard == [(Relabel((10, 12), "busy"), 1.5, 3)]
    assert page.last("ack")["client"] == "tab"
    assert (page.last("ack")["number"], page.last("ack")["n"]) == (1, 5)


def test_neighbours_arrive_as_ids(widget, page):
    heard = []
    widget.on_edit(lambda edit, **_: heard.append(edit))
    page.edit(1, {"kind": "Move", "ids": {"buffer": 0}, "to": {"near": {"buffer": 1}}}, [10], [11, 2**32 - 1])
    assert heard == [Move((10,), Near((11, 2**32 - 1)))]


def test_an_edit_sent_again_is_applied_once_and_answered_again(widget, page):
    heard = []
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    for _ in range(3):
        page.edit(1, RELABEL, [10])
    page.edit(1, RELABEL, [10], client="another tab")
    assert len(heard) == 2
    assert [a["n"] for a in page.all("ack")] == [1, 1, 1, 2]


def test_a_refused_edit_stays_refused_when_it_is_sent_again(widget, page):
    calls = []

    def refuse(edit, **_):
        calls.append(edit)
        raise ValueError("sample 10 is validation data, which cannot be edited")

    widget.on_edit(refuse)
    page.edit(1, RELABEL, [10])
    page.edit(1, RELABEL, [10])
    assert len(calls) == 1
    assert [(e["text"], e["client"], e["number"]) for e in page.all("error")] == [
        ("sample 10 is validation data, which cannot be edited", "tab", 1)
    ] * 2


def test_the_same_edit_from_two_threads_is_applied_once(widget, page):
    barrier, heard = threading.Barrier(8), []
    widget.on_edit(lambda edit, **_: heard.append(edit) or 1)

    def send():
        barrier.wait()
        page.edit(1, RELABEL, [10])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 1 and len(page.all("ack")) == 8


@pytest.mark.parametrize("editable", [True, False])
def test_a_view_that_takes_no_edits_says_so(widget, page, editable):
    widget.editable = editable
    if not editable:
        widget.on_edit(lambda edit, **_: pytest.fail("an edit arrived"))
    page.edit(1, RELABEL, [10])
    assert page.last("error")["text"] == "this view takes no edits"


def test_a_fault_in_a_callback_is_shown_and_logged(widget, page, caplog):
    def fail(edit, **_):
        raise IndexError("list index out of range")

    widget.on_edit(fail)
    with caplog.at_level(logging.ERROR):
        page.edit(1, RELABEL, [10])
    assert page.last("error")["text"] == "IndexError: list index out of range"
    assert "test_widget.py" in caplog.text, "the traceback leads to the fault"


# Commands, selection, previews


def test_a_command_arrives_with_its_arguments_and_its_error_returns(widget, page):
    heard = []
    widget.on_command(lambda do, **arguments: heard.append((do, arguments)))
    page.say("command", do="step", arguments={"n": 10})
    assert heard == [("step", {"n": 10})]
    widget.on_command(lambda do: None)
    page.say("command", do="step", arguments={"n": 10})
    assert "unexpected keyword argument 'n'" in page.last("error")["text"]
    widget.on_command(None)
    page.say("command", do="step", arguments={})
    assert page.last("error")["text"] == "nothing here takes the command 'step'"


def test_the_selection_goes_both_ways_and_carries_whose_it_is(widget, page):
    heard = []
    widget.on_selection(lambda ids: heard.append(ids.tolist()))
    page.say("selection", np.array([11, 12], "<u4").tobytes(), client="tab")
    assert widget.selection.tolist() == [11, 12] and widget.selection.dtype == np.uint32
    assert page.last("selection")["client"] == "tab"
    widget.selection = [10]
    assert page.last("selection")["client"] is None
    widget.selection = np.array([10])
    assert heard == [[11, 12], [10]], "the same ids again are no change"
    assert len(page.all("selection")) == 2


def test_a_selection_cannot_be_changed_in_place(widget):
    mine = np.array([10, 11], "<u4")
    widget.selection = mine
    mine[0] = 99
    assert widget.selection.tolist() == [10, 11]
    with pytest.raises(ValueError, match="read-only"):
        widget.selection[0] = 1


def test_a_preview_is_asked_for_and_none_is_an_answer(widget, page):
    page.look(11)
    assert page.looks() == [(11, "", "", b"")]
    widget.on_preview(lambda id: f"sample {id}")
    widget.on_name(lambda id: f"no. {id}")
    page.look(11, 10)
    assert page.looks() == [
        (11, "text/plain", "no. 11", b"sample 11"),
        (10, "text/plain", "no. 10", b"sample 10"),
    ]


def test_previews_of_a_sheet_are_capped_and_one_that_fails_costs_no_other(widget, page):
    widget.on_preview(lambda id: b"no picture" if id == 1 else np.zeros(100_000) if id > 1 else "text")
    page.look(0, 1)
    assert page.looks() == [(0, "text/plain", "", b"text"), (1, "", "", b"")]
    assert "must be a PNG" in page.last("error")["text"]
    page.look(*range(2, 60))
    sizes = [len(data) for *_, data in page.looks()]
    assert sizes[:10] == [400_000] * 10 and sizes[10:] == [0] * 48, "what is over half a message is left out"
    page.look(*range(61))
    assert "61 previews are more than one message asks for; 60 at most" in page.last("error")["text"]


def test_previews_that_take_long_leave_the_rest_out_and_the_page_is_heard_again(widget, page):
    now = [0.0]
    widget._channel.clock = lambda: now[0]

    def slow(id):
        now[0] += 0.9
        return str(id)

    widget.on_preview(slow)
    page.look(0, 1, 2, 3, 4)
    assert [data for *_, data in page.looks()] == [b"0", b"1", b"2", b"", b""]
    assert "previews took more than 2 s" in page.last("error")["text"]


def test_a_preview_that_hangs_can_be_interrupted_and_the_page_is_answered(widget, page):
    def hangs(id):
        if id == 1:
            raise KeyboardInterrupt
        return str(id)

    widget.on_preview(hangs)
    page.look(0, 1, 2)
    assert [data for *_, data in page.looks()] == [b"0", b"", b""]
    assert "interrupted" in page.last("error")["text"]
    widget.on_preview(str)
    page.look(1)
    assert page.looks()[0][3] == b"1"


def test_malformed_messages_are_answered_and_change_nothing(widget, page):
    widget.on_edit(lambda *_, **__: pytest.fail("half applied"))
    page.edit(1, {"kind": "Explode", "ids": {"buffer": 0}}, [1])
    page.edit(2, RELABEL)
    page.edit(3, {"kind": "Relabel", "ids": [], "label": "busy"})
    page.say("selection", b"abc", client="tab")
    page.say("hello")
    page.say("picture", b"GIF89a", width=10, height=10, alt="")
    widget._handle_custom_msg(None, [])
    widget._handle_custom_msg({"v": 99, "type": "hello"}, [])
    assert len(page.all("error")) == 8
    assert [e["number"] for e in page.all("error")[:3]] == [1, 2, 3]
    assert widget.selection.size == 0 and not widget.wants_frame()


def test_an_error_is_shown_on_request(widget, page):
    widget.show_error("Training stopped.")
    assert page.last("error") | {"seq": 0} == {
        "v": 2,
        "type": "error",
        "seq": 0,
        "text": "Training stopped.",
        "client": None,
        "number": None,
    }


def test_a_closed_widget_takes_all_calls_in_silence(widget):
    widget.close()
    widget.publish(POINTS, step=1)
    widget.set_status({"step": 1})
    widget.selection = [11]
    widget.close()


def test_ids_that_count_from_0_are_told_in_no_bytes():
    widget = Widget("scatter")
    page = Page(widget)
    widget.set_ids(np.arange(5))
    assert (page.last("ids")["n"], page.buffers("ids")) == (5, [])
    widget.set_ids([0, 2, 1])
    assert np.frombuffer(page.buffers("ids")[0], "<u4").tolist() == [0, 2, 1]


def test_no_page_is_answered_in_the_place_of_another_that_may_be_gone(widget):
    class Comm74:
        """What ipykernel 7.4 keeps when a message is sent."""

        kernel, comm_id, sent = object(), "7", 0

        def send(self, **_):
            self.sent += 1
            self._reply_subshell_id = "of the page that spoke last"

        def on_msg(self, heard):
            pass

        def close(self, **_):
            pass

    widget.comm.close()
    widget.comm = comm = Comm74()
    widget.set_status({"step": 1})
    widget.send({"type": "alive"})
    assert comm.sent and not hasattr(comm, "_reply_subshell_id")
