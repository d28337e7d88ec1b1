"""The dashboard in a real browser, with a real widget as its kernel: energy, edits, suggestions, comparison."""

import re
from typing import Any

import numpy as np
import pytest

from greenlatent import EnergyMeter, Meter
from greenlatent.widgets import Widget
from tests.browser.test_manners import darken, faults
from tests.browser.view import CLASSES, View, blobs, scatter


def amount(value: float) -> dict[str, Any]:
    return {"value": value, "low": 0.7 * value, "high": 1.5 * value, "badges": {"counter": 0.9, "model": 0.1}}


METER = {
    "unit": "step",
    "per": amount(0.0013),
    "total": amount(13.4),
    "lines": [
        {"kind": "train", "name": "training", **amount(10.1)},
        {"kind": "feedback", "name": "your edits", **amount(0.8)},
        {"kind": "save", "name": "saving", "value": None},
        {"kind": "waiting", "name": "waiting for you", **amount(1.9)},
    ],
    "how": [
        {"how": "measured", "text": "cpu by an energy counter"},
        {"how": "modelled", "text": "0.37 W per gigabyte held"},
    ],
    "notes": ["RAPL: the counters may be read by root alone; sudo chmod a+r /sys/class/powercap"],
    "grams": None,
}
STRIP = np.array([[0.001, 0.0008, 0.002], [0.0013, 0.0009, 0.0019]], "<f4").tobytes()
ROWS = [
    {
        "n": 3,
        "text": "4 samples relabelled <b>7</b>",
        "by": "human",
        "step": 20,
        "state": "in force",
        "samples": 4,
    },
    {"n": 2, "text": "2 samples pulled to busy", "by": "human", "step": 10, "state": "muted", "samples": 2},
    {"n": 1, "text": "calm shifted by 1.5", "by": "code", "step": 0, "state": "undone", "samples": 0},
]
CARD = {
    "card": 1,
    "question": "",
    "note": "",
    "reason": "4 samples that lie together are labelled <i>calm</i>.",
    "n": 4,
    "given": "calm",
    "proposed": "busy",
    "trusted": True,
    "evidence": "",
    "queue": "",
}


IDS = np.array([3, 4, 5, 6], "<u4").tobytes()


def lab(classes: list[str] = CLASSES) -> tuple[Widget, list[tuple[str, dict[str, Any]]]]:
    """A dashboard with something in every panel, and the commands that it sends."""
    points, labels = blobs()
    widget = Widget("lab", classes=classes, samples=len(points))
    widget.set_ids(np.arange(len(points)))
    if classes:
        widget.set_columns({"given": ("class", labels)})
    widget.set_axes(["z1", "z2"])
    widget.publish(points, step=20, space="axes")
    widget.publish(points, step=20)
    widget.set_panel("meter", METER, STRIP)
    widget.set_panel("journal", {"rows": ROWS, "more": 0})
    widget.set_status(
        {"running": False, "step": 20, "accuracy": 0.9, "undo": True, "redo": False, "message": ""}
    )
    commands: list[tuple[str, dict[str, Any]]] = []
    widget.on_command(lambda do, **arguments: commands.append((do, arguments)))
    return widget, commands


def fold(view: View, name: str) -> Any:
    return view.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}"), expanded=None)


def open_panel(view: View, name: str) -> Any:
    fold(view, name).click()
    panel = view.page.get_by_role("region", name=name)
    panel.wait_for()
    return panel


def test_one_panel_unfolds_at_a_time_and_escape_folds_it(show):
    widget, _ = lab()
    view = show(widget).ready()
    assert view.texts("panel") == []
    open_panel(view, "Energy")
    open_panel(view, "Edits")
    assert len(view.texts("panel")) == 1
    view.press("Tab", "Escape")
    assert view.texts("panel") == []
    assert view.page.evaluate("document.activeElement.textContent").startswith("Edits")


def test_the_row_says_what_was_spent_and_the_badge_how_that_is_known(show):
    widget, _ = lab()
    view = show(widget).ready()
    assert view.texts("meter-total") == ["13.4 J so far"]
    badge = view.page.get_by_role("button", name="counter + model")
    tip = view.page.get_by_role("tooltip")
    assert not tip.is_visible()
    badge.hover()
    assert tip.is_visible()
    for words in ("Measured", "cpu by an energy counter", "Modelled", "sudo chmod a+r"):
        assert words in tip.inner_text()
    view.page.mouse.move(5, 5)
    assert not tip.is_visible()
    badge.focus()
    assert tip.is_visible()
    view.press("Escape")
    assert not tip.is_visible()


def test_joules_are_split_by_kind_and_what_is_missing_is_not_measured(show):
    widget, _ = lab()
    view = show(widget).ready()
    panel = open_panel(view, "Energy")
    assert "Joules a step: 1.3 mJ (0.91–1.95 mJ)" in panel.inner_text()
    lines = [" ".join(line.split()) for line in view.texts("split-line")]
    assert lines == [
        "training 10.1 J 79 %",
        "your edits 800 mJ 6 %",
        "saving not measured",
        "waiting for you 1.9 J 15 %",
    ]
    parts = view.page.locator(".greenlatent-split-part")
    widths = [parts.nth(k).bounding_box()["width"] for k in range(parts.count())]
    assert widths[0] / sum(widths) == pytest.approx(10.1 / 12.8, abs=0.01)
    assert view.page.locator(".greenlatent-meter-grams").is_hidden()
    widget.set_panel("meter", {**METER, "grams": "0.0011 g CO2e"}, STRIP)
    view.settle()
    assert "0.0011 g CO2e" in panel.inner_text()
    widget.set_panel("meter", {**METER, "total": None, "per": None, "lines": [], "how": []})
    view.settle()
    assert view.texts("meter-total") == ["13.4 J so far"], "a message without its readings changes nothing"
    widget.set_panel("meter", {**METER, "total": None, "per": None, "lines": [], "how": []}, b"")
    view.settle()
    assert view.texts("meter-total") == ["Energy not measured"]
    assert "not measured" in panel.inner_text()


def test_edits_are_listed_as_text_and_can_be_seen_muted_and_unmuted(show):
    widget, commands = lab()
    view = show(widget).ready()
    panel = open_panel(view, "Edits")
    assert view.texts("journal-text") == [row["text"] for row in ROWS]
    assert "by hand, step 10, muted" in panel.inner_text()
    assert panel.locator("b").count() == 0
    panel.get_by_role("button", name="Select its samples: 4 samples").click()
    mute = panel.get_by_role("button", name="Take it out of force: 4 samples")
    mute.focus()
    view.press("Enter")
    panel.get_by_role("button", name="Put it back into force: 2 samples").click()
    view.settle()
    assert commands == [("select", {"line": 3}), ("mute", {"n": 3}), ("unmute", {"n": 2})]


def test_the_focus_stays_on_an_edit_that_was_muted(show):
    widget, _ = lab()
    view = show(widget).ready()
    panel = open_panel(view, "Edits")
    panel.get_by_role("button", name="Take it out of force").focus()
    widget.set_panel("journal", {"rows": [{**ROWS[0], "state": "muted"}, *ROWS[1:]], "more": 0})
    view.settle()
    label = view.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == "Put it back into force: 4 samples relabelled <b>7</b>"


def test_a_suggestion_opens_its_panel_and_one_key_answers_it(show):
    widget, commands = lab()
    view = show(widget).ready()
    open_panel(view, "Agent").get_by_role("button", name="What deserves a look?").click()
    widget.set_panel("suggestion", CARD, IDS, b"", b"")
    view.settle()
    card = view.page.get_by_role("group", name="4 samples labelled calm become busy")
    assert "<i>calm</i>" in card.inner_text()
    card.focus()
    view.press("x", "n")
    widget.set_panel("suggestion", {**CARD, "card": 2, "trusted": False}, IDS, b"", b"")
    view.settle()
    view.press("y")  # the next card has the focus that the one before it had
    card.get_by_role("button", name="Reject").click()
    widget.set_panel("suggestion", {"card": None, "note": "The last answers repaired nothing"}, IDS, b"", b"")
    view.settle()
    assert commands == [
        ("suggest", {}),
        ("skip", {"card": 1}),
        ("reject", {"card": 1}),
        ("accept", {"card": 2, "label": "busy"}),
        ("reject", {"card": 2}),
    ]
    assert "repaired nothing" in view.texts("panel")[0]
    fold(view, "Edits").click()
    widget.set_panel("suggestion", {**CARD, "card": 3}, IDS, b"", b"")
    view.settle()
    assert card.is_visible(), "a run that stopped for a suggestion shows it"


def test_a_suggestion_and_the_hover_card_say_whether_it_is_the_data_or_the_model(show):
    widget, _ = lab()
    view = show(widget).ready()
    open_panel(view, "Agent")
    widget.set_panel("suggestion", CARD, IDS, b"", b"")
    view.settle()
    card = view.page.get_by_role("group", name="4 samples labelled calm become busy")
    assert "Data or model?" not in card.inner_text(), "nothing where nothing was asked"
    said = "The label looks wrong in 4 of 4; of sample 3: 0 of 12 neighbours have its label <i>calm</i>."
    widget.set_panel("suggestion", {**CARD, "card": 2, "diagnosis": said}, IDS, b"", b"")
    view.until(lambda: f"Data or model? {said}" in card.inner_text(), "the diagnosis, its markup as text")
    plot = scatter()
    plot.set_columns({"diagnosis": ("text", ["nothing to see"] * len(plot.points))})
    beside = show(plot).ready()
    beside.page.mouse.move(*beside.point(int(plot.points[:, 1].argmin())))
    line = beside.page.locator(".greenlatent-card-line").filter(has_text="diagnosis")
    beside.until(lambda: line.count() and "nothing to see" in line.inner_text(), "a line of the hover card")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ghost_marks_show_what_a_suggestion_would_make_of_its_samples(show, theme):
    widget, _ = lab()
    view = show(widget).ready()
    if theme == "dark":
        darken(view)

    def colour() -> np.ndarray:
        """What is drawn over the points but for the rings, which are blue, on the average; nothing: NaN."""
        view.settle()
        ink = view.ink("overlay")
        ink = ink[(ink[:, 3] > 200) & (ink[:, 2] < ink[:, 1])]
        return ink[:, :3].mean(0) if len(ink) else np.full(3, np.nan)

    widget.set_panel("suggestion", CARD, IDS, b"", b"")
    red, green, blue = colour()
    assert red > green > blue + 50, "the orange of busy, whatever colours the points"
    assert "the mark of busy" in view.texts("suggestion")[0], "and in words"
    view.page.get_by_label("The label that they should have").select_option("wild")
    red, green, blue = colour()
    assert green > blue > red + 30, "the green of wild, which the person chose"
    assert "the mark of wild" in view.texts("suggestion")[0]
    fold(view, "Edits").click()
    assert np.isnan(colour()).all(), "nobody talks about them"
    fold(view, "Agent").click()
    assert colour()[1] > colour()[0]
    widget.set_panel("suggestion", {"card": None, "note": ""}, b"", b"", b"")
    assert np.isnan(colour()).all()


def test_training_runs_at_the_pace_and_to_the_end_that_were_chosen(show):
    widget, commands = lab()
    view = show(widget).ready()
    page = view.page
    page.get_by_role("button", name="Run training").click()
    page.get_by_label("How fast to run").select_option("5 steps a second")
    page.get_by_label("How long to run").select_option("until the epoch ends")
    page.get_by_role("button", name="Run training").click()
    view.settle()
    widget.set_status({"running": True, "step": 21})
    view.settle()
    page.get_by_label("How fast to run").select_option("1 step a second")
    view.settle()
    assert commands == [
        ("start", {"pace": "epoch", "until": "suggestion"}),
        ("start", {"pace": 5, "until": "epoch"}),
        ("start", {"pace": 1, "until": "epoch"}),
    ]


def test_without_classes_nothing_is_suggested(show):
    widget, _ = lab([])
    view = show(widget).ready()
    assert fold(view, "Agent").count() == 0
    assert view.page.get_by_label("How long to run").locator("option").all_inner_texts() == [
        "until paused",
        "until the epoch ends",
    ]


def test_the_comparison_shows_its_progress_can_be_cancelled_and_waits_for_a_pause(show):
    widget, commands = lab()
    view = show(widget).ready()
    panel = open_panel(view, "Compare")
    go = panel.get_by_role("button", name="Compare with no edits")
    again = panel.get_by_role("button", name="Start again with what you mended")
    go.click()
    view.settle()
    widget.set_panel("comparison", {"share": 0.4, "text": ""})
    view.settle()
    assert go.is_disabled()
    assert panel.get_by_role("progressbar").evaluate("bar => bar.value") == 0.4
    panel.get_by_role("button", name="Cancel").click()
    found = {"text": "With your 2 edits", "lines": ["<b>", "two", "three"], "more": ["behind it"]}
    widget.set_panel("comparison", {"share": None, **found, "price": "Comparing takes about 1 J."})
    view.settle()
    assert go.is_enabled() and "With your 2 edits" in panel.inner_text()
    assert [item.inner_text() for item in panel.get_by_role("listitem").all()] == ["<b>", "two", "three"]
    assert "Comparing takes about 1 J." in panel.inner_text() and "behind it" not in panel.inner_text()
    panel.get_by_text("How this is known").click()
    assert "behind it" in panel.inner_text()
    assert again.is_disabled(), "nothing was mended"
    widget.set_status({"running": False, "step": 20, "edits": 2})
    view.settle()
    again.click()
    view.settle()
    assert panel.get_by_role("progressbar").is_hidden()
    widget.set_status({"running": True, "step": 21})
    view.settle()
    assert go.is_disabled()
    assert commands == [("compare", {}), ("cancel", {}), ("again", {})]


def test_a_reload_brings_every_panel_back(show):
    widget, _ = lab()
    view = show(widget).ready()
    widget.set_panel("comparison", {"share": None, "text": "No benefit."})
    view.load()
    view.ready()
    assert view.texts("meter-total") == ["13.4 J so far"]
    open_panel(view, "Edits")
    assert len(view.texts("journal-text")) == 3
    assert "No benefit." in open_panel(view, "Compare").inner_text()


def test_a_meter_stands_alone_beside_a_loop_of_ones_own(show):
    meter = Meter()
    widget = EnergyMeter(meter, unit="batch")
    view = show(widget)
    with meter:
        for _ in range(20):
            with meter.doing("train"):
                sum(range(50_000))
    view.until(lambda: "so far" in "".join(view.texts("meter-total")), "a total")
    assert "Joules a batch: " in view.texts("meter-view")[0]
    assert view.page.get_by_role("button", name="model").is_visible()
    assert view.page.evaluate("contexts.size") == 0, "a meter needs no WebGL"
    assert faults(view) == []


POINT = {"joules": 0.3, "share": 0.8, "text": "A point of accuracy may cost 300 mJ; 80% of it were spent."}
CAUSE = {
    "about": "data",
    "found": True,
    "number": "23%, the bound is 8%",
    "text": "290 of 1,258 samples (23.1%) are surely <b>another class</b>.",
    "next": "Look at lab.suggest(), mend what is wrong, and train again with it: lab.again() (about 2.1 J).",
}
UNKNOWN = {"about": "input", "found": None, "number": "", "text": "Nobody can tell yet.", "next": ""}


def steered() -> tuple[Widget, list[tuple[str, dict[str, Any]]]]:
    """A dashboard with a price, two causes, a group, and how the last focus ended."""
    widget, commands = lab()
    budget = {"joules": None, "share": 0.0, "text": "", "point": POINT}
    widget.set_panel("meter", {**METER, "budget": budget, "forecast": ""}, STRIP)
    widget.set_panel(
        "steering", {"causes": [CAUSE, UNKNOWN], "focus": "class 'busy' reached 90% after 48 steps, 137 mJ."}
    )
    costs = {"2": "4 samples more an epoch", "0": "4 fewer", "1": ""}
    group = {"name": "class", "value": "busy", "n": 4, "loss": 0.5, "weight": 1.0, "costs": costs}
    widget.set_panel("groups", {"rows": [group], "words": []})
    return widget, commands


def test_the_price_of_a_point_is_a_bar_with_what_it_will_do_and_why_is_a_card(show):
    widget, commands = steered()
    view = show(widget).ready()
    panel = open_panel(view, "Energy")
    bar = panel.get_by_role("progressbar", name="How much of a point's price is spent")
    assert bar.evaluate("bar => bar.value") == 0.8
    assert POINT["text"] in panel.inner_text()
    assert not panel.get_by_role("progressbar", name="How much of the budget is spent").is_visible()
    panel.get_by_role("spinbutton", name="Joules a point of accuracy").fill("0.5")
    view.press("Enter")
    view.until(lambda: ("budget", {"point": 0.5}) in commands, "the price that was set")
    panel.get_by_role("button", name="Why is this run wasteful?").focus()
    view.press("Enter")
    view.until(lambda: ("why", {}) in commands, "the question")
    causes = panel.get_by_role("listitem").filter(has_text="another class").all_inner_texts()
    assert "data: probably 23%, the bound is 8%" in causes[0] and "<b>another class</b>" in causes[0]
    assert "input: not known" in panel.inner_text()


def test_a_group_is_focused_on_by_keyboard_and_how_that_ended_stays(show):
    widget, commands = steered()
    view = show(widget).ready()
    panel = open_panel(view, "Find")
    assert "class 'busy' reached 90% after 48 steps" in panel.inner_text()
    panel.get_by_role("button", name="Focus: class busy").focus()
    view.press("Enter")
    view.until(lambda: ("focus", {"name": "class", "value": "busy"}) in commands, "the focus")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [480, 900, 1366])
def test_what_steers_fits_and_can_be_read(show, width, dark):
    widget, _ = steered()
    view = show(widget, viewport={"width": width, "height": 900}).ready()
    if dark:
        darken(view)
    for name in ("Energy", "Find"):
        open_panel(view, name)
        view.settle()
        assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert faults(view) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_in_any_panel(show, theme):
    widget, _ = lab()
    view = show(widget).ready()
    if theme == "dark":
        darken(view)
    widget.set_panel("suggestion", {**CARD, "trusted": False}, IDS, b"", b"")
    widget.set_panel("comparison", {"share": 0.4, "text": ""})
    view.settle()
    assert faults(view) == [], "Agent"
    for name in ("Energy", "Edits", "Compare"):
        open_panel(view, name)
        view.page.get_by_role("button", name="counter + model").focus()
        assert faults(view) == [], name


@pytest.mark.parametrize("width", [480, 900])
def test_a_suggestion_among_classes_of_long_names_stays_inside(show, width):
    names = [f"<img src=x onerror=alert({k})> {'and so on ' * 12}{'ü' * 30}" for k in range(3)]
    widget, _ = lab(names)
    view = show(widget, viewport={"width": width, "height": 900}).ready()
    widget.set_panel("suggestion", {**CARD, "given": names[0], "proposed": names[1]}, IDS, b"", b"")
    view.settle()
    panel = view.page.locator(".greenlatent-panel:visible").bounding_box()
    card = view.page.locator(".greenlatent-suggestion-card").bounding_box()
    assert card["x"] + card["width"] <= panel["x"] + panel["width"] <= width
    assert names[1] in view.texts("suggestion")[0] and view.page.locator(".greenlatent img").count() == 0


@pytest.mark.parametrize("width", [480, 900, 1600])
def test_nothing_overflows_in_any_panel(show, width):
    widget, _ = lab()
    view = show(widget, viewport={"width": width, "height": 900}).ready()
    widget.set_panel("suggestion", CARD, IDS, b"", b"")
    view.settle()
    for name in ("Agent", "Energy", "Edits", "Compare"):
        if name != "Agent":
            open_panel(view, name)
        view.page.get_by_role("button", name="counter + model").focus()
        assert view.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), name
