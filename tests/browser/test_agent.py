"""The agent on the page: its level, its cards, and what it did by itself, taken back, by mouse and by keys."""

import pytest

import greenlatent as gl
from greenlatent.agent.limits import Limits
from greenlatent.edits import Drop
from greenlatent.suggestions.proposal import Proposal
from tests.agent.test_agent import made
from tests.browser.test_layout import open_fold
from tests.browser.test_manners import darken, faults
from tests.parts import net


@pytest.fixture
def lab():
    lab = made()
    lab.step(20)
    yield lab
    lab.close()


def region(view):
    return view.page.get_by_role("region", name="Agent")


def test_a_level_is_chosen_on_the_page_and_a_locked_one_says_why(show, lab):
    view = show(lab.widget).ready()
    open_fold(view, "Agent")
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
    open_fold(view, "Agent")
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
    open_fold(view, "Agent")
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


def shown(view, lab):
    """A card that nobody asked for, in a page whose folds are closed; whoever looks at `Energy` goes on with that."""
    agent = lab.agent("suggest")
    for card in agent.pending:
        agent.reject(card)
    open_fold(view, "Energy")
    view.stage.focus()
    (card,) = agent.suggest()
    view.until(
        lambda: "Agent\n1" in view.page.locator(".greenlatent-fold", has_text="Agent").inner_text(),
        "its count",
    )
    return agent, card


def test_a_card_that_nobody_asked_for_is_said_once_and_takes_neither_focus_nor_fold(show, lab):
    lab.step(400)
    view = show(lab.widget).ready()
    view.page.evaluate(
        """() => {
            window.said = [];
            for (const live of document.querySelectorAll(".greenlatent-dashboard > .greenlatent-live"))
                new MutationObserver(() => live.textContent && window.said.push(live.textContent))
                    .observe(live, { childList: true });
        }"""
    )
    shown(view, lab)
    assert view.page.get_by_role("region", name="Energy").is_visible() and not region(view).is_visible()
    assert view.page.evaluate("document.activeElement.getAttribute('role')") == "application"
    lab.runner.call(lab._dashboard.tell)
    view.settle()
    said = view.page.evaluate("window.said")
    assert len(said) == 1 and said[0].startswith("Agent: ")
    assert view.page.get_by_role("dialog").count() == 0


def test_its_samples_are_left_out_by_a_key_and_the_card_says_who_proposed_it(show, lab):
    lab.step(400)
    view = show(lab.widget).ready()
    agent, card = shown(view, lab)
    assert card.kind == "relabel"
    open_fold(view, "Agent")
    group = region(view).get_by_role("group", name="Suggestion")
    assert "Proposed by the agent, by its rules" in group.inner_text()
    assert group.get_by_role("button", name="Skip").count() == 0
    group.focus()
    view.press("x")
    view.until(lambda: lab.journal.active, "the edit")
    (event,) = lab.journal.active
    assert isinstance(event.edit, Drop) and event.by == "human" and {*event.edit.ids} == {*card.ids}
    assert [line["state"] for line in agent.record if line["id"] == card.id] == ["shown", "changed"]


def test_suspects_are_sorted_on_the_page_by_whoever_looks_at_them(show, lab):
    lab.step(400)
    view = show(lab.widget).ready()
    agent = lab.agent("suggest")
    sheet = next(card for card in agent.suggest(50) if card.kind == "sort")
    for card in agent.pending:
        if card.id != sheet.id:
            agent.reject(card)
    open_fold(view, "Agent")
    group = region(view).get_by_role("group", name=sheet.about.question)
    view.until(lambda: group.count() == 1, "the sheet")
    group.focus()
    view.press("v")
    cells = view.page.locator(".greenlatent-sheet-cell")
    view.until(lambda: cells.count() == len(sheet.ids), "all of them")
    cells.first.click()
    group.get_by_role("button", name="Selected are wrong").click()
    view.until(lambda: len(lab.journal.active) == 2, "what was said of them")
    affirm, drop = (event.edit for event in lab.journal.active)
    assert len(affirm.ids) == 1 and len(drop.ids) == len(sheet.ids) - 1
    assert agent.desk.now(sheet).state == "accepted"


def test_no_card_comes_while_a_hand_is_on_the_plot_or_a_card_has_the_focus(show, lab):
    lab.step(400)
    view = show(lab.widget).ready()
    agent, _ = shown(view, lab)
    desk = agent.desk
    box = view.stage.bounding_box()
    view.page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)
    view.page.mouse.down()
    view.until(lambda: desk.busy, "a hand on the plot")
    view.page.mouse.up()
    view.until(lambda: not desk.busy, "the hand to leave")
    open_fold(view, "Agent")
    region(view).get_by_role("group", name="Suggestion").focus()
    view.until(lambda: desk.busy, "the focus on the card")
    view.page.locator(".greenlatent-fold", has_text="Edits").focus()
    view.until(lambda: not desk.busy, "the focus to leave")
    view.stage.hover()
    view.page.mouse.down()
    view.until(lambda: desk.busy, "a hand on the plot")
    lab.widget._channel._views.clear()
    lab._dashboard.beat()
    assert not desk.busy, "a page that is gone has no hand"
    view.page.mouse.up()


def test_an_open_card_is_there_after_a_reload_and_what_one_page_answers_the_other_shows_no_more(show, lab):
    lab.step(400)
    view = show(lab.widget).ready()
    _, card = shown(view, lab)
    view.load()
    view.add_view()
    view.ready()
    regions = view.page.get_by_role("group", name="Suggestion")
    for k in (0, 1):
        view.page.locator(".greenlatent-fold", has_text="Agent").nth(k).click()
    view.until(lambda: regions.count() == 2, "the card in both")
    regions.first.focus()
    view.press("n")
    view.until(lambda: regions.count() == 0, "it to go in both")
    assert not lab.journal.active and lab.agent().desk.now(card).state == "rejected"


def test_a_locked_level_tells_why_to_whoever_cannot_see_it(show):
    lab = made()
    y = lab.trainer.train.y
    lab.close()
    train = lab.trainer.train.take(range(200), y=y[:200] * 0)
    one = gl.Lab(net(), train, latent="encoder", session=False, threads=1)
    view = show(one.widget).ready()
    one.agent("suggest")
    open_fold(view, "Agent")
    act = region(view).get_by_role("radio", name="act")
    view.until(lambda: act.is_disabled(), "the lock")
    told = region(view).get_by_role("radio", name="suggest").get_attribute("aria-describedby")
    assert "act locked: 1 class among 200 samples" in view.page.locator(f"#{told}").inner_text()
    one.close()


def test_what_somebody_says_of_working_with_it_is_filled_in_by_keys_and_kept(show, tmp_path):
    from greenlatent.lab.rating import LOADS, USABILITY
    from tests.browser.harness import OUTPUT

    lab = made(tmp_path)
    view = show(lab.widget)
    view.page.set_viewport_size({"width": 480, "height": 1600})
    view.ready()
    open_fold(view, "Edits")
    edits = view.page.get_by_role("region", name="Edits")
    summary = edits.get_by_text("How was it to work with this?")
    view.until(lambda: summary.is_visible(), "the form")
    summary.focus()
    view.press("Enter")
    first = edits.get_by_label(USABILITY[0], exact=True)
    view.until(lambda: first.is_visible(), "its fields")
    first.focus()
    for k in range(len(USABILITY) + len(LOADS)):
        view.page.keyboard.type("42"[k % 2] if k < len(USABILITY) else "30")
        view.press("Tab")
    assert faults(view) == []
    wide = "e => e.scrollWidth - e.clientWidth"
    assert view.page.locator(".greenlatent-dashboard").evaluate(wide) <= 1
    OUTPUT.mkdir(exist_ok=True)
    view.page.screenshot(path=OUTPUT / "form-480.png", full_page=True, animations="disabled")
    edits.get_by_label("In your own words").fill("<b>the rings</b> helped")
    keep = edits.get_by_role("button", name="Keep what I say")
    keep.focus()
    view.press("Enter")
    view.until(
        lambda: edits.get_by_text("Kept: SUS 75.0, TLX 30.0. Thank you.").is_visible(), "it to be kept"
    )
    assert first.input_value() == "", "and the form is empty again"
    (path,) = tmp_path.rglob("ratings.jsonl")
    assert '"text": "<b>the rings</b> helped"' in path.read_text()
    lab.close()
