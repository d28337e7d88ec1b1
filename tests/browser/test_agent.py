"""The agent on the page: its level, its cards, and what it did by itself, taken back, by mouse and by keys."""

import pytest

from greenlatent.agent.limits import Limits
from greenlatent.suggestions.proposal import Proposal
from tests.agent.test_agent import made
from tests.browser.test_layout import open_fold
from tests.browser.test_manners import darken, faults


@pytest.fixture
def lab():
    lab = made()
    lab.step(20)
    yield lab
    lab.close()


def region(view):
    return view.page.get_by_role("region", name="Suggestions")


def test_a_level_is_chosen_on_the_page_and_a_locked_one_says_why(show, lab):
    view = show(lab.widget).ready()
    open_fold(view, "Suggestions")
    off = region(view).get_by_role("radio", name="off")
    view.until(lambda: off.is_checked(), "the level, which comes with the pause")
    off.focus()
    view.press("ArrowRight")
    view.until(
        lambda: region(view).get_by_role("radio", name="explain").is_checked(), "the level to be taken"
    )
    assert lab.agent().level == "explain"
    region(view).get_by_role("radio", name="alone").click()
    view.until(lambda: lab.agent().level == "alone", "the level to be taken")
    what = region(view).get_by_role("radio", name="alone").get_attribute("aria-describedby")
    view.until(lambda: "ends training" in view.page.locator(f"#{what}").inner_text(), "what it may do")


def test_what_it_did_by_itself_is_listed_and_taken_back_as_a_whole(show, lab):
    agent = lab.agent("alone")
    lab.step(600)
    done = [event.n for event in lab.journal.active if event.by == "agent"]
    assert done, "labels like these are left out"
    view = show(lab.widget).ready()
    open_fold(view, "Suggestions")
    deeds = region(view).get_by_text("What it did by itself")
    view.until(lambda: deeds.is_visible(), "what it did, which comes with the pause")
    deeds.click()
    rows = region(view).get_by_role("button", name="Take back:")
    view.until(lambda: rows.count() == len(done), "a row for each")
    rows.first.click()
    view.until(
        lambda: region(view).get_by_role("button", name="Put back:").count() == 1, "one to be out of force"
    )
    region(view).get_by_role("button", name="Take all of it back").click()
    view.until(lambda: not [event for event in lab.journal.active if event.by == "agent"], "all of it")
    view.until(
        lambda: region(view).get_by_role("button", name="Take all of it back").is_disabled(), "no more"
    )
    assert agent.cost.known and "Its own looks cost" in region(view).inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_card_without_samples_is_answered_by_its_two_keys(show, lab, theme):
    lab.agent("suggest", limits=Limits(edits=10))
    answered = []
    view = show(lab.widget)
    if theme == "dark":
        darken(view)
    view.ready()
    open_fold(view, "Suggestions")
    card = Proposal(kind="stop", reason="Ten epochs brought nothing: end training?", by="agent")
    desk = lab._dashboard.panels.questions.desk
    lab.runner.call(
        lambda: desk.put(card, lambda p, word, **_: (answered.append(word), desk.move(p, "rejected"))[0])
    )
    group = view.page.get_by_role("group", name="Ten epochs brought nothing: end training?")
    view.until(lambda: group.count() == 1, "the card")
    assert "Proposed by the agent" in group.inner_text() and group.get_by_role("button").count() == 2
    assert faults(view) == []
    group.focus()
    view.press("n")
    view.until(lambda: answered == ["reject"], "its answer")
    view.until(lambda: group.count() == 0, "the card to go")
