"""What the machine left out, sorted in a real browser with a real Lab as its kernel: by mouse, and by keys alone."""

from typing import Any

import pytest

import greenlatent as gl
from greenlatent.edits import Affirm, Drop
from tests.browser.test_manners import FITS, faults
from tests.browser.view import View
from tests.parts import digit_samples, net


@pytest.fixture
def lab():
    train, valid = digit_samples("blob")
    valid = gl.datasets.digits().take(valid.origin)
    lab = gl.Lab(net(), train, valid=valid, latent="encoder", batch_size=32, threads=1, session=False)
    lab.step(480)
    yield lab
    lab.close()


def button(view: View, name: str) -> Any:
    return view.page.get_by_role("button", name=name)


def open_sheet(view: View, lab: gl.Lab, press: Any) -> Any:
    """Has the machine leave out what it doubts, trains on, and asks for a sheet; the card."""
    view.page.locator(".greenlatent-fold", has_text="Agent").click()
    press(button(view, "Leave out all suspects"))
    view.until(lambda: "The machine left out" in view.texts("panel")[0], "what the machine did")
    lab.step(60)
    press(button(view, "Check what was left out"))
    card = view.page.locator(".greenlatent-suggestion-card")
    view.until(lambda: card.count() and card.locator("img").count() == 8, "a card with looks")
    return card


def cells(view: View) -> Any:
    return view.page.locator(".greenlatent-sheet-cell")


def taken(cell: Any) -> int:
    """The sample that a cell of the contact sheet stands for."""
    return int(cell.get_attribute("aria-label").removeprefix("Take out sample ").split(",")[0])


@pytest.mark.parametrize("width", [480, 900])
def test_doubts_are_left_out_and_a_sheet_is_sorted_by_mouse(show, lab, width):
    view = show(lab.widget, viewport={"width": width + 40, "height": 900}).ready()
    card = open_sheet(view, lab, lambda what: what.click())
    assert [event.by for event in lab.journal.active] == ["machine"]
    button(view, "Selected are right").click()
    view.until(lambda: "Press Show all (V) first" in view.texts("panel")[0], "what to do first")
    card.get_by_role("button", name="Show all").click()
    view.until(lambda: cells(view).locator("img").count() == 60, "what all of them look like")
    assert view.texts("sheet-name")[0] in lab.trainer.train.classes, "each tells its label"
    assert "labelled" in cells(view).first.get_attribute("title")
    assert view.page.evaluate(FITS) and faults(view) == []
    box, inner = card.bounding_box(), button(view, "Skip").bounding_box()
    assert inner["x"] + inner["width"] <= box["x"] + box["width"], "the answers stay inside"
    wrong = [taken(cells(view).nth(k)) for k in (0, 1)]
    for _ in wrong:
        cells(view).first.click()
    button(view, "Selected are right").click()
    view.until(lambda: "58 samples affirmed, 2 left out" in view.texts("panel")[0], "the next one")
    machine, affirm, drop = lab.journal.active
    assert (machine.by, affirm.by, drop.by) == ("machine", "human", "human")
    assert isinstance(affirm.edit, Affirm) and isinstance(drop.edit, Drop) and {*drop.edit.ids} == {*wrong}
    assert cells(view).count() == 0 and card.count() == 1
    for left in (2, 1, 0):
        button(view, "Undo what was done last").click()
        view.until(lambda n=left: len(lab.journal.active) == n, "one taken back")
    view.until(lambda: "left out" not in view.texts("quality")[0], "a picture without any that are left out")


def test_a_sheet_is_sorted_by_keys_alone_and_comes_back_after_a_reload(show, lab):
    def press(what: Any) -> None:
        what.focus()
        view.press("Enter")

    view = show(lab.widget, alone=True).ready()
    card = open_sheet(view, lab, press)
    question = card.get_attribute("aria-label")
    view.load()
    view.ready()
    assert card.get_attribute("aria-label") == question
    card.focus()
    view.press("v", "Tab", "Tab")  # over the cross to the first one
    view.settle()
    out = [taken(cells(view).nth(k)) for k in (0, 1)]
    view.press("Enter", "Enter", "n")  # at once: the kernel must know by then what is selected
    view.until(lambda: len(lab.journal.active) == 3, "both edits")
    _, affirm, drop = (event.edit for event in lab.journal.active)
    assert set(affirm.ids) == set(out) and len(drop.ids) == 58
    view.settle()
    assert view.page.evaluate("document.activeElement.className").endswith("suggestion-card")
    question = card.get_attribute("aria-label")
    view.press("x")
    view.until(lambda: "affirmed" not in view.texts("panel")[0], "another one")
    assert len(lab.journal.active) == 3
    lab.widget.selection = [1, 2]
    view.settle()
    view.stage.focus()
    view.press("v")
    view.until(lambda: cells(view).count() == 2, "the contact sheet, in its own place again")
    assert card.locator(".greenlatent-sheet-cell").count() == 0
