"""A panel beside the picture: what is asked is in sight with what it is about, whatever the width of the page."""

import pytest

from tests.browser.test_dashboard import CARD, IDS, fold, lab
from tests.browser.test_selecting import actions


def asked(show, width, height=768):
    """A dashboard on a page of this size, for which training has just paused."""
    widget, commands = lab()
    view = show(widget).ready()
    view.page.set_viewport_size({"width": width, "height": height})
    widget.set_status({"running": False, "message": "Paused: answer the card.", "leads": "agent"})
    widget.set_panel("suggestion", {**CARD, "queue": "Card 1 of about 9"}, IDS, IDS[:4], IDS[4:8])
    view.settle()
    return view, commands


def in_sight(view, name):
    box = view.page.get_by_role("button", name=name).first.bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= view.page.viewport_size["height"]


@pytest.mark.parametrize("width", [1080, 1180, 1366])
def test_from_1000_pixels_on_a_card_stands_beside_the_picture_and_its_buttons_are_in_sight(show, width):
    view, _ = asked(show, width, 660)
    stage = view.stage.bounding_box()
    for name in ("Accept", "Reject", "Skip"):
        assert in_sight(view, name), name
    card = view.page.get_by_role("group", name="4 samples labelled calm").bounding_box()
    assert card["x"] > stage["x"] + stage["width"] and stage["width"] > 300


def test_on_a_narrow_page_the_line_that_says_why_it_paused_leads_to_the_card(show):
    view, _ = asked(show, 900, 600)
    assert not in_sight(view, "Accept")
    view.page.get_by_role("button", name="Show it").click()
    view.settle()
    assert in_sight(view, "Accept")
    view.press("y")  # it has the focus


@pytest.mark.parametrize("width", [400, 480, 900, 1366])
def test_nothing_overflows_whatever_panel_is_open(show, width):
    view, _ = asked(show, width)
    for name in ("Energy", "Edits", "Find", "Agent"):
        fold(view, name).click()
        view.settle()
        out = view.page.evaluate(
            """[...document.querySelectorAll(".greenlatent *")].filter(each => each.offsetParent &&
            each.getBoundingClientRect().right > innerWidth + 1).map(each => each.className)"""
        )
        assert out == [], (name, out)


def test_undo_and_redo_are_said_in_the_line_below_the_picture(show):
    widget, _ = lab()
    view = show(widget).ready()
    row = {"n": 1, "text": "4 samples relabelled busy", "by": "human", "step": 3, "samples": 4}
    widget.set_panel("journal", {"rows": [{**row, "state": "in force"}], "more": 0})
    view.settle()
    widget.set_panel("journal", {"rows": [{**row, "state": "undone"}], "more": 0})
    view.settle()
    assert view.texts("hint")[0] == "Undone: 4 samples relabelled busy."
    widget.set_panel("journal", {"rows": [{**row, "state": "in force"}], "more": 0})
    view.settle()
    assert view.texts("hint")[0] == "In force again: 4 samples relabelled busy."


def test_an_error_is_told_once_and_gone_when_training_goes_on(show):
    widget, _ = lab()
    view = show(widget).ready()
    widget.show_error("Training stopped. edits cannot act there")
    widget.set_status({"running": False, "message": "edits cannot act there"})
    view.settle()
    text = view.page.locator(".greenlatent").inner_text()
    assert text.count("edits cannot act there") == 1
    widget.set_status({"running": True, "message": ""})
    view.settle()
    assert "Training stopped" not in view.page.locator(".greenlatent").inner_text()


def test_run_begins_at_an_epoch_a_second_until_a_suggestion(show):
    widget, commands = lab()
    view = show(widget).ready()
    view.page.get_by_role("button", name="Run training").click()
    view.settle()
    assert commands == [("start", {"pace": "epoch", "until": "suggestion"})]


def test_the_help_closes_with_escape_from_anywhere(show):
    widget, _ = lab()
    view = show(widget).ready()
    view.page.get_by_role("button", name="Gestures and keys (?)").first.click()
    helped = view.page.get_by_role("note", name="Gestures and keys")
    for word in ("Hollow", "Pale", "Ring", "Shift adds it, Alt"):
        assert word in helped.inner_text()
    view.page.get_by_role("button", name="Run training").focus()
    view.press("Escape")
    assert not helped.is_visible()


def test_a_digit_on_more_than_a_quarter_of_the_data_asks_first(show):
    widget, _ = lab()
    edits = []
    widget.on_edit(lambda edit, **_: edits.append(edit) or 1)
    view = show(widget).ready()
    view.stage.focus()
    view.press("a", "2")
    view.settle()
    assert edits == []
    menu = view.page.get_by_role("menu")
    assert "Leave 180 points of 180 as they are" in menu.inner_text()
    view.press("Enter")
    view.settle()
    assert edits == [] and not menu.is_visible()
    view.stage.focus()
    view.press("2", "ArrowDown", "Enter")
    view.settle()
    assert [len(edit.ids) for edit in edits] == [180]


def test_a_click_in_the_contact_sheet_keeps_the_focus_and_the_keys(show):
    widget, _ = lab()
    edits = []
    widget.on_edit(lambda edit, **_: edits.append(edit) or 1)
    view = show(widget).ready()
    widget.selection = [3, 4, 5, 6]
    view.settle()
    assert "Show them" in actions(view)
    view.page.get_by_role("button", name="Show them").click()
    cells = view.page.locator(".greenlatent-sheet-cell")
    view.until(lambda: cells.count() == 4, "the sheet")
    cells.nth(1).click()
    view.until(lambda: len(widget.selection) == 3 and cells.count() == 3, "one less")
    view.until(
        lambda: (
            "of the selection" in view.texts("sheet-head")[0] and "3 points" in view.texts("sheet-head")[0]
        ),
        "a sheet that was filled anew",
    )
    assert view.page.evaluate("document.activeElement.className").startswith("greenlatent-sheet-cell")
    view.press("2")
    view.until(lambda: edits, "the edit")
    assert len(edits[0].ids) == 3
