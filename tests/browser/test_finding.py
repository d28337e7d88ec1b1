"""Samples are found by words and by the cells of the table of which class is taken for which, by hand and by keys."""

import re

import numpy as np
import pytest

import greenlatent as gl
from tests.browser.test_manners import faults
from tests.parts import clusters, linear_net


@pytest.fixture
def lab():
    train, valid = clusters(), clusters(seed=1)
    train.y[train.groups["place"] == 4] = 0
    lab = gl.Lab(linear_net(), train, valid=valid, latent="0", batch_size=8, threads=1, session=False)
    lab.step(200)
    yield lab
    lab.close()


def selected(lab):
    return lab.selection.tolist()


def test_a_slash_leads_to_the_field_and_words_select(show, lab):
    view = show(lab.widget).ready()
    view.stage.focus()
    view.press("/")
    view.page.keyboard.type("wrong place=4")
    view.press("Enter")
    wrong = np.flatnonzero(
        (lab.trainer.seen.predicted.numpy() > 0) & (np.asarray(lab.trainer.train.groups["place"]) == 4)
    )
    view.until(lambda: selected(lab) == wrong.tolist() != [], "what was asked for to be selected")
    said = view.page.get_by_role("region", name="Find")
    view.until(lambda: f"{len(wrong)} samples found" in said.inner_text(), "how many there are")
    view.page.keyboard.press("Control+a")
    view.page.keyboard.type("lossy")
    view.press("Enter")
    view.until(
        lambda: "is called 'lossy'" in view.page.locator(".greenlatent").inner_text(), "what went wrong"
    )
    assert selected(lab) == wrong.tolist()


def test_a_cell_of_mistakes_selects_those_in_training(show, lab):
    view = show(lab.widget).ready()
    view.page.locator(".greenlatent-fold", has_text="Find").click()
    cell = view.page.get_by_role("button", name=re.compile("of class 0 taken for class")).first
    view.until(lambda: cell.is_visible(), "the table, which comes with the pause")
    guess = int(re.search("taken for class (.)", cell.get_attribute("aria-label"))[1])
    cell.click()
    there = (lab.trainer.seen.predicted.numpy() == guess) & (lab.trainer.mending.y.numpy() == 0)
    view.until(lambda: selected(lab) == np.flatnonzero(there).tolist() != [], "the mistakes to be selected")
    view.page.get_by_label("of validation samples").check()
    bits = {
        "channels": ["<b>hip</b>", "wrist"],
        "classes": ["class 0", "class 1"],
        "bits": [[1, 0.5], [0, 0]],
    }
    lab.widget.set_panel("channels", bits)
    cell = view.page.get_by_role("button", name="<b>hip</b> tells class 1 from others by 0.50 bits")
    view.until(lambda: cell.is_visible(), "the table of channels")
    cell.press("Enter")
    ones = np.flatnonzero(lab.trainer.mending.y.numpy() == 1).tolist()
    view.until(lambda: selected(lab) == ones, "the samples of its class to be selected")
    assert faults(view) == []
