"""Advice on the page: a button with its price, cards answered by mouse and keys, and what was left."""

import os
from pathlib import Path

import pytest

from tests.browser.test_layout import open_fold
from tests.browser.test_manners import darken, faults
from tests.parts import clusters
from tests.tactics.simulated import lab as made
from tests.tactics.simulated import scripted  # noqa: F401 - a fixture

# Texts and controls of a fold that end beyond what a scroll bar, its own or the page's, leaves.
BEYOND = """fold => {
  const edge = fold.getBoundingClientRect().left + fold.clientLeft + fold.clientWidth; // without its own scroll bar
  const end = Math.min(edge, document.documentElement.clientWidth) + 0.5;
  return [...fold.querySelectorAll("*")]
    .filter(part => part.checkVisibility() && part.getBoundingClientRect().right > end)
    .map(part => `${part.tagName} ${part.className}: ${part.textContent}`);
}"""


@pytest.fixture
def lab(scripted):  # noqa: F811
    lab = made(train=clusters(160), threads=2)
    lab.step(30)
    yield lab
    lab.close()


def region(view):
    return view.page.get_by_role("region", name="Energy")


def looked(view, lab):
    """A page that has asked for advice."""
    view.ready()
    open_fold(view, "Energy")
    region(view).get_by_role("button", name="What could be cheaper?").click()
    view.until(lambda: region(view).get_by_role("button", name="Apply: one thread").count() == 1, "the cards")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [480, 900, 1366])
def test_cards_fit_and_axe_finds_no_serious_fault(show, lab, width, theme):
    view = show(lab.widget, viewport={"width": width, "height": 1000})
    if theme == "dark":
        darken(view)
    looked(view, lab)
    assert "Looking takes about" in region(view).inner_text()
    wide = view.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]
    beyond = region(view).evaluate(BEYOND)
    assert beyond == [], "a scroll bar or an edge cuts them"
    assert faults(view) == []
    if folder := os.environ.get("GREENLATENT_PICTURES"):
        view.page.set_viewport_size(
            {"width": width, "height": 3000}
        )  # without a scroll bar, which a picture drops
        region(view).get_by_text("Looked at and left").click()
        region(view).screenshot(path=Path(folder) / f"advice-{width}-{theme}.png")


def test_keys_apply_take_back_and_leave(show, lab):
    view = show(lab.widget)
    looked(view, lab)
    card = region(view).get_by_role("listitem").filter(has_text="one thread instead of 2")
    card.focus()
    view.press("a")
    view.until(lambda: card.get_by_role("button", name="Take back").count() == 1, "that it acts")
    assert lab.journal.settings == {"threads": 1}
    assert view.page.evaluate("document.activeElement.innerText").startswith("One thread"), "the focus stays"
    view.press("a")
    view.until(lambda: lab.journal.settings == {"threads": 2}, "that it is taken back")
    view.press("x")
    view.until(lambda: card.count() == 0, "the card to go")


def test_what_was_left_is_folded_and_each_has_its_reason(show, lab):
    view = show(lab.widget)
    looked(view, lab)
    left = region(view).get_by_text("Looked at and left")
    reason = region(view).get_by_text("a limit saves nothing")
    assert not reason.is_visible()
    left.click()
    view.until(reason.is_visible, "the reasons")
