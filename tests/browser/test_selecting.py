"""What belongs together, and what can be done with it: groups first, menus, weights, drops, links, the sheet."""

from typing import Any

import numpy as np

from greenlatent.edits import Drop, Link, Near, Relabel, Weigh
from greenlatent.plots import Scatter
from tests.browser.view import CLASSES, HOMES, View, blobs, listen, scatter

RECORDING = np.arange(180) // 10  # of ten points each, all of one class
SUBJECT = np.arange(180) // 30


def grouped(**options: Any) -> Scatter:
    return scatter(groups={"recording": RECORDING, "subject": SUBJECT}, **options)


def scopes(view: View) -> list[str]:
    return view.page.get_by_role("dialog").get_by_role("radio").all_inner_texts()


def action(view: View, name: str) -> Any:
    return view.page.get_by_role("toolbar", name="The selection").get_by_role("button", name=name)


def actions(view: View) -> list[str]:
    return view.page.get_by_role("toolbar", name="The selection").get_by_role("button").all_inner_texts()


# Groups first


def test_a_drop_offers_the_recording_before_the_lone_point_and_enter_takes_it(show):
    widget = grouped()
    heard = listen(widget)
    view = show(widget).ready()
    view.drag(view.point(23), view.spot(*HOMES[1]))
    assert scopes(view) == ["Whole recording 2 · 10 points", "Whole subject 0 · 30 points", "This point only"]
    assert view.texts("ask-title") == ["These 10 points from calm to busy?"]
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    assert heard == [Relabel(tuple(range(20, 30)), "busy")]
    assert (widget.labels[20:30] == 1).all()


def test_arrow_keys_choose_for_whom_a_drop_counts(show):
    widget = grouped()
    heard = listen(widget)
    view = show(widget).ready()
    view.drag(view.point(23), view.spot(*HOMES[1]))
    view.press("ArrowRight", "ArrowRight")
    assert view.texts("ask-title") == ["This point from calm to busy?"]
    view.press("Enter")
    view.until(lambda: heard == [Relabel((23,), "busy")], "the edit")


def test_without_groups_a_drop_offers_the_neighbours_of_the_same_label(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.drag(view.point(0), view.spot(*HOMES[1]))
    view.settle()
    first, last = scopes(view)
    assert first.startswith("With its ") and first.endswith(" neighbours") and last == "This point only"
    view.press("Enter")
    view.until(lambda: heard, "the edit")
    ids = np.array(heard[0].ids)
    assert ids[0] == 0 and len(ids) == int(first.split()[2]) + 1
    assert (blobs()[1][ids] == 0).all()


def test_neighbours_of_many_labels_are_no_group(show):
    points, labels = blobs()
    labels[:60] = np.arange(60) % 3
    view = show(Scatter(points, labels=labels, classes=CLASSES)).ready()
    view.drag(view.point(0), view.spot(*HOMES[1]))
    view.settle()
    assert scopes(view) == []
    assert view.texts("ask-warning") == ["Few near it in all axes have its label."]


def test_a_selection_grows_to_its_group_by_button_and_by_key(show):
    widget = grouped()
    view = show(widget).ready()
    view.page.mouse.click(*view.point(23))
    view.until(lambda: widget.selection.tolist() == [23], "the point")
    assert actions(view)[0] == "Whole recording 2 · 10 points"
    action(view, "Whole recording").click()
    view.until(lambda: widget.selection.tolist() == list(range(20, 30)), "its recording")
    view.stage.focus()
    view.press("g")
    view.until(lambda: widget.selection.tolist() == list(range(30)), "its subject")
    view.press("g")
    assert view.texts("hint") == ["These are whole groups already."]


def test_without_groups_a_selection_grows_to_its_neighbours(show):
    widget = scatter()
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    view.press("g")
    view.until(lambda: len(widget.selection) > 3, "its neighbours")
    assert (widget.labels[widget.selection] == 0).all()


def test_a_drop_on_a_doubtful_spot_says_so(show):
    widget = scatter()
    state = np.zeros(180, np.uint8)
    state[60:120] = 2
    widget.set_columns({"state": ("flags", state)})
    view = show(widget).ready()
    assert view.texts("quality") == ["60 doubtful (hollow)"]
    view.drag(view.point(0), view.spot(*HOMES[1]))
    assert "doubtful" in view.texts("ask-warning")[0]
    view.press("Escape")
    view.drag(view.point(0), view.spot(*HOMES[2]))
    assert view.texts("ask-warning") == []


# What can be done with a selection


def test_actions_are_there_only_while_something_is_selected(show):
    view = show(scatter()).ready()
    assert actions(view) == []
    view.page.mouse.click(*view.point(0))
    view.settle()
    assert actions(view)[1:] == ["Relabel", "New class", "Weigh", "Drop", "Link", "Show them"]
    view.press("Escape")
    view.settle()
    assert actions(view) == []


def test_what_cannot_be_edited_offers_only_to_grow_and_to_look(show):
    widget = grouped(editable=False)
    view = show(widget).ready()
    view.page.mouse.click(*view.point(23))
    view.settle()
    assert actions(view) == ["Whole recording 2 · 10 points", "Show them"]
    view.press("w", "m", "k", "Delete")
    view.settle()
    assert view.page.get_by_role("menu").count() == 0 and widget.edits == ()


def test_a_menu_relabels_by_click_by_letter_and_by_arrow_keys(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    view.page.mouse.click(*view.point(0))
    action(view, "Relabel").click()
    view.page.get_by_role("menuitem", name="wild").click()
    view.until(lambda: len(heard) == 1, "the first edit")
    assert view.stage.evaluate("stage => stage === document.activeElement"), "the keys are back on the plot"
    view.press("m", "b", "Enter")
    view.until(lambda: len(heard) == 2, "the second edit")
    view.press("m", "ArrowUp", "ArrowUp", "Enter")  # past New class, which is last
    view.until(lambda: len(heard) == 3, "the third edit")
    assert [edit.label for edit in heard] == ["wild", "busy", "wild"]
    view.press("m", "Escape")
    assert view.page.get_by_role("menu").count() == 0 and len(widget.selection) == 1


def test_the_seconds_of_several_edits_of_one_selection_are_counted_once(show):
    widget = scatter()
    heard: list[float] = []
    widget.on_edit(lambda edit, *, seconds, **_: heard.append(seconds) or len(heard))
    view = show(widget).ready()
    begun = view.page.evaluate("performance.now()")
    view.page.mouse.click(*view.point(0))
    view.page.wait_for_function("begun => performance.now() > begun + 500", arg=begun)  # somebody who thinks
    for k, letter in enumerate("bwb"):
        view.press("m", letter, "Enter")
        view.until(lambda k=k: len(heard) > k, "the edit")
    assert 0 < sum(heard) <= (view.page.evaluate("performance.now()") - begun) / 1000


def test_w_and_a_digit_weigh_and_delete_drops_and_undo_and_redo_are_offered(show):
    widget = scatter()
    view = show(widget).ready()
    assert view.page.get_by_role("button", name="Undo").count() == 0, "nothing to undo, no button"
    view.page.mouse.click(*view.point(0))
    for key in "1345":
        view.press("w", key)
    view.until(lambda: len(widget.edits) == 4, "the weights")
    assert [edit.weight for edit in widget.edits] == [0.25, 1.0, 2.0, 4.0]
    assert widget.edits[0] == Weigh((0,), 0.25) and widget.weights[0] == 4
    view.press("Delete")
    view.until(lambda: widget.edits[-1] == Drop((0,)), "the drop")
    assert widget.weights[0] == 0
    view.settle()
    assert view.texts("quality") == ["1 left out"]
    view.page.get_by_role("button", name="Undo the").click()
    view.until(lambda: widget.weights[0] == 4, "the drop taken back")
    assert view.texts("quality") == []
    view.page.get_by_role("button", name="Redo the").click()
    view.until(lambda: widget.weights[0] == 0, "and done again")
    assert view.page.get_by_role("button", name="Redo the").is_disabled()


def test_two_selections_are_linked_together_or_apart(show):
    widget = scatter()
    heard = listen(widget)
    view = show(widget).ready()
    for name, alike in (("Belong together", True), ("Belong apart", False)):
        widget.selection = [0, 1]
        view.settle()
        action(view, "Link").click()
        widget.selection = [70]
        view.settle()
        assert "Link with 2" in actions(view)
        view.stage.focus()
        view.press("k")
        view.page.get_by_role("menuitem", name=name).click()
        view.until(lambda: len(heard), "the edit")
        assert heard.pop() == Link((0, 1), (70,), alike)
    assert "Link" in actions(view)


def test_what_the_kernel_selects_is_told_at_once_after_a_link_that_was_given_up(show):
    widget = scatter()
    view = show(widget).ready()
    widget.selection = [0, 1]
    view.settle()
    view.stage.focus()
    view.press("k", "Escape")
    assert view.texts("hint") == ["Nothing is linked."]
    widget.selection = [70, 71, 72]
    view.settle()
    assert view.texts("hint") == ["3 points selected, 100 % busy. Esc clears."]


def test_edited_points_stay_marked_until_they_are_satisfied(show):
    widget = scatter()
    listen(widget)
    view = show(widget).ready()
    view.drag(view.point(0), view.point(30))
    view.settle()
    view.page.get_by_role("button", name="Pull to these neighbours").click()
    view.until(lambda: widget.edits, "the edit")
    assert isinstance(widget.edits[0].to, Near)
    view.settle()
    view.page.mouse.move(*view.point(0))
    view.until(lambda: "edited, not satisfied yet" in "".join(view.texts("card")), "the mark in the card")
    view.page.mouse.move(*view.spot(5, 2.5))
    widget.points = widget.points * 1.0
    view.settle()
    view.page.mouse.move(*view.point(0))
    view.until(lambda: view.texts("card"), "the card")
    assert "edited" not in view.texts("card")[0]


# The contact sheet


def asked(view: View) -> list[int]:
    """How many previews each message of the page asks for."""
    view.page.evaluate(
        """() => { const model = window.models[0], send = model.send; window.asked = [];
        model.send = function (content, _, buffers = []) {
            if (content.type === "preview") window.asked.push(buffers[0].byteLength / 4);
            return send.call(this, content, _, buffers);
        } }"""
    )
    return []


def test_the_contact_sheet_shows_the_selection_and_asks_for_it_in_one_message(show):
    looks = {
        "img": lambda id: np.eye(8) * (id % 3),
        "canvas": lambda id: np.sin(np.arange(50) / (1 + id % 3)),
        "div": lambda id: f"what {id} says",
    }
    for tag, preview in looks.items():
        widget = scatter(preview=preview)
        view = show(widget).ready()
        asked(view)
        widget.selection = range(12)
        view.settle()
        view.stage.focus()
        view.press("v")
        cells = view.page.locator(".greenlatent-sheet-cell")
        view.until(lambda c=cells, t=tag: c.locator(f"{t}.greenlatent-preview").count() == 12, "previews")
        assert view.page.evaluate("window.asked") == [12]
        assert view.texts("sheet-heading")[0].startswith("12 points.")
        view.press("v")
        assert view.texts("sheet") == []


def test_the_contact_sheet_is_capped_and_shows_the_least_sure_first(show):
    confidence = np.linspace(0, 1, 180)[::-1]
    widget = scatter(preview=str, confidence=confidence)
    view = show(widget).ready()
    asked(view)
    widget.selection = range(180)
    view.settle()
    view.page.get_by_role("button", name="Show them").click()
    view.settle()
    assert view.texts("sheet-heading")[0].startswith("60 of 180 points, least sure first.")
    cells = view.page.locator(".greenlatent-sheet-cell").all()
    assert [cell.get_attribute("title").split(",")[0] for cell in cells] == [
        f"sample {i}" for i in range(179, 119, -1)
    ]
    assert view.page.evaluate("window.asked") == [60]


def test_the_contact_sheet_tells_labels_as_they_are_now(show):
    widget = scatter(preview=str)
    view = show(widget).ready()
    widget.selection = [0, 60]
    view.settle()
    view.page.get_by_role("button", name="Show them").click()
    assert view.texts("sheet-name") == ["calm", "busy"]
    view.stage.focus()
    view.press("3")
    view.until(lambda: view.texts("sheet-name") == ["wild", "wild"], "the new labels")
    assert view.page.get_by_role("button", name="Take out sample 60, labelled wild").count() == 1


def test_a_click_on_the_sheet_takes_a_sample_out_of_the_selection(show):
    widget = scatter(preview=str)
    view = show(widget).ready()
    widget.selection = [1, 2, 3]
    view.settle()
    view.page.get_by_role("button", name="Show them").click()
    view.page.get_by_role("button", name="Take out sample 2").click()
    view.until(lambda: widget.selection.tolist() == [1, 3], "two left")
    view.settle()
    assert view.page.evaluate("document.activeElement.ariaLabel").startswith("Take out sample 3")
    view.press("Enter")
    view.until(lambda: widget.selection.tolist() == [1], "and the next by keyboard")
    view.page.get_by_role("button", name="Close the contact sheet").click()
    assert view.texts("sheet") == []
