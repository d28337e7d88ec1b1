"""A language model on the page: a locked level with its reason, what would be sent, and its words as a quotation."""

import pytest

from tests.agent.asking.scripted import Scripted
from tests.agent.asking.serving import completion
from tests.agent.test_agent import made
from tests.agent.test_seated import a_group, settle
from tests.browser.test_agent import region
from tests.browser.test_layout import open_fold
from tests.browser.test_manners import darken, faults

FAR = {"loopback": False, "url": "https://models.example.org/v1"}
MARKUP = '<img src=x onerror="window.hacked = 1"> open eights'


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def lab():
    lab = made()
    yield lab
    lab.close()


def open_at(show, lab, llm):
    agent = lab.agent("suggest", llm=llm)
    settle(agent)
    view = show(lab.widget).ready()
    open_fold(view, "Agent")
    return agent, view


def test_a_level_that_its_trial_locked_says_so_with_the_score(show, lab):
    _, view = open_at(show, lab, Scripted(score=2))
    for level in ("act", "alone"):
        radio = region(view).get_by_role("radio", name=level)
        view.until(lambda radio=radio: radio.is_disabled(), "the level to be locked")
    what = region(view).get_by_role("radio", name="act").get_attribute("aria-describedby")
    told = view.page.locator(f"#{what}").inner_text()
    assert "act and alone locked: not with this model, it answered 2 of 8 trial questions" in told
    assert "Clever-1B made 11 of 50 calls" in region(view).inner_text()
    assert faults(view) == []


def test_the_first_payload_is_held_and_shown_and_sent_by_the_keyboard(show, lab):
    llm = Scripted(a_group, powers=("schema", "image"), **FAR)
    agent, view = open_at(show, lab, llm)
    held = region(view).get_by_text("Held, not sent to models.example.org yet")
    view.until(lambda: held.is_visible(), "what is held")
    text = region(view).locator("pre").inner_text()
    assert text == agent.payload.text and "Data: 1,258 samples" in text and llm.asked == []
    assert faults(view) == []
    send = region(view).get_by_role("button", name="Send")
    send.focus()
    view.press("Enter")
    view.until(lambda: agent._table.score == 8, "its trial")
    settle(agent)
    lab.step(200)
    settle(agent)
    lab.runner.call(lab._dashboard.tell)
    sent = region(view).get_by_text("What was sent to models.example.org")
    view.until(lambda: sent.is_visible() and not send.is_visible(), "what was sent")
    view.until(
        lambda: region(view).locator("pre").inner_text() == agent.payload.text, "the text that was sent"
    )
    image = region(view).get_by_role("img", name="The picture that goes along")
    view.until(lambda: image.is_visible(), "the picture that was sent")
    read = "async e => [...new Uint8Array(await (await fetch(e.src)).arrayBuffer())]"
    assert image.evaluate(read) == list(agent.payload.picture), "the same bytes"


def test_a_remark_that_is_markup_stays_text_and_stands_as_a_quotation(show, lab):
    llm = Scripted(lambda content: completion(MARKUP), score=1)
    agent, view = open_at(show, lab, llm)
    lab.step(200)
    settle(agent)
    (card,) = agent.pending
    said = card.remark
    assert said.startswith("<img src=x")
    group = region(view).get_by_role("group").filter(has_text="not checked")
    view.until(lambda: group.count() == 1, "the remark")
    assert f"“{said}” says Clever-1B, not checked" in group.inner_text()
    assert group.locator("img").count() == 0 and view.page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        *((480, "dark"), (1366, "light")),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((480, "light"), (900, "light"))),
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((900, "dark"), (1366, "dark"))),
    ],
)
def test_it_fits_and_can_be_read_at_each_width(show, lab, width, theme):
    llm = Scripted(
        lambda content: completion("These look like open eights."), score=2, powers=("schema", "image")
    )
    agent = lab.agent("suggest", llm=llm)
    settle(agent)
    lab.step(200)
    settle(agent)
    view = show(lab.widget)
    view.page.set_viewport_size({"width": width, "height": 1200})
    if theme == "dark":
        darken(view)
    view.ready()
    open_fold(view, "Agent")
    region(view).get_by_text("What was sent").click()
    view.until(lambda: region(view).locator("pre").is_visible(), "what was sent")
    assert faults(view) == []
    wide = "e => e.scrollWidth - e.clientWidth"
    assert view.page.locator(".greenlatent-dashboard").evaluate(wide) <= 1
    from tests.browser.harness import OUTPUT

    OUTPUT.mkdir(exist_ok=True)
    view.page.screenshot(path=OUTPUT / f"model-{theme}-{width}.png", full_page=True, animations="disabled")
