"""Solving on the page: a lasso, a name, what it changed at once, and undo; by mouse and by keys alone."""

import numpy as np
import pytest

import greenlatent as gl
from tests.browser.test_layout import open_fold
from tests.parts import digit_samples, net


@pytest.fixture
def lab():
    train, valid = digit_samples()
    lab = gl.Lab(net(), train, valid=valid, latent="encoder", threads=1, session=False)
    lab.step(60)
    yield lab
    lab.close()


def lasso(view) -> None:
    """Around the left half of the picture."""
    box = view.stage.bounding_box()
    left, top, right, bottom = (
        box["x"] + 4,
        box["y"] + 4,
        box["x"] + box["width"] / 2,
        box["y"] + box["height"] - 4,
    )
    view.drag((left, top), (right, top), (right, bottom), (left, bottom), (left, top))


def test_a_lasso_becomes_a_new_class_by_mouse_and_undo_takes_it_back(show, lab):
    view = show(lab.widget).ready()
    lasso(view)
    view.until(lambda: len(lab.selection) > 20, "samples to be selected")
    chosen = lab.selection.tolist()
    view.page.get_by_role("button", name="New class").click()
    view.page.get_by_role("textbox", name="Name of the new class").fill("hook")
    view.press("Enter")
    view.until(lambda: lab.widget.classes[-1] == "hook", "the class")
    assert [event.edit for event in lab.journal.active] == [gl.Found(chosen, "hook")]
    view.until(
        lambda: view.page.get_by_role("button", name="Select hook, ").count() == 1, "its row in the legend"
    )
    view.until(
        lambda: "solved" in "".join(view.texts("reading-note")), "what was solved, beside the accuracy"
    )
    message = "'hook' is in the read-out only: the head has 10 outputs."
    view.until(lambda: view.texts("message-text") == [message], "why no step learns it")
    open_fold(view, "Energy")
    view.page.get_by_role("button", name="that changed").click()
    changed = lab.trainer.readout.last.changed
    view.until(lambda: lab.selection.tolist() == list(changed), "those that changed to be selected")
    line = view.page.get_by_role("button", name=f"{len(chosen)} are 'hook': told right 0 before, ")
    others = sorted({*changed} - {*chosen})
    assert (
        f"; {len(others)} of the {len(lab.trainer.train) - len(chosen)} others changed" in line.inner_text()
    )
    line.click()
    view.until(lambda: lab.selection.tolist() == others, "the others that changed to be selected")
    view.page.get_by_role("button", name="Undo what was done last").click()
    view.until(lambda: not lab.journal.active, "the undo")
    view.until(lambda: "solved" not in "".join(view.texts("reading-note")), "nothing to be solved")


def test_the_same_by_keys_alone(show, lab):
    view = show(lab.widget).ready()
    lab.selection = np.flatnonzero(lab.trainer.train.y == 3)[:20]
    view.settle()
    view.stage.focus()
    view.press("m", "n")
    view.page.keyboard.type("hook")
    view.press("Enter")
    view.until(lambda: lab.journal.active, "the edit")
    assert lab.journal.active[0].edit.name == "hook"
    view.press("m", "n")
    view.page.keyboard.type("3")  # a class that is there: they are relabelled
    view.press("Enter")
    view.until(lambda: len(lab.journal.active) == 2, "the relabelling")
    assert lab.journal.active[1].edit == gl.Relabel(lab.selection.tolist(), "3")
    before = lab.trainer.readout.last
    view.press("j")
    view.until(lambda: lab.trainer.readout.last is not before, "another solve")
    view.press("u", "u")
    view.until(lambda: not lab.journal.active, "both to be taken back")


def test_a_picture_is_coloured_by_what_was_solved(show, lab):
    lab.journal.add(gl.Relabel(np.flatnonzero(lab.trainer.train.y == 3)[:20], "3"), by="human")
    lab.solve()
    view = show(lab.widget).ready()
    choice = view.page.get_by_role("combobox", name="Colour by").first
    choice.select_option("solved")
    view.until(lambda: view.coloured() > 1000, "colours")
    shown = lab.picture.shown
    assert (lab._dashboard.solving.guesses == lab.trainer.train.y.numpy()[shown]).mean() > 0.7


def test_crowds_without_a_name_are_named_by_digit_keys_one_after_another_and_spread(show):
    right, _ = digit_samples()
    y = right.y.clone()
    y[y > 4] = -1
    train = gl.Samples(right.x, y, classes=right.classes)
    with gl.Lab(net(), train, latent="encoder", threads=1, session=False) as lab:
        lab.step(20)
        view = show(lab.widget).ready()
        open_fold(view, "Agent")
        view.page.get_by_role("button", name="What deserves a look?").focus()
        view.press("Enter")
        named = []

        def another() -> bool:
            return lab.selection.tolist() not in ([], named[-1:])

        def so_many_edits() -> bool:
            return len(lab.journal.active) == len(named)

        for _ in range(10):
            view.until(another, "a sample to be asked about")
            view.settle()
            named += lab.selection.tolist()
            view.stage.focus()
            view.press(str(int(right.y[named[-1]])))
            view.until(so_many_edits, "the answer")
        assert len(set(named)) == 10
        spread = view.page.get_by_role("button", name="Spread", exact=True)
        view.until(spread.is_visible, "the offer")
        spread.focus()
        view.press("Enter")
        view.until(lambda: len(lab.journal.active) == 11, "the labels")
        view.stage.focus()
        view.press("u")
        view.until(lambda: len(lab.journal.active) == 10, "all of them to be taken back at once")
