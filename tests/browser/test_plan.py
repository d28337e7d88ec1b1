"""The plan's page in a real JupyterLab: typed, mended, rehearsed, chosen in figure and list, decided, and kept."""

import re
from pathlib import Path

import pytest

from tests.browser.harness import CHECKOUT, wait_until

AXE = CHECKOUT / "js" / "node_modules" / "axe-core" / "axe.min.js"
MADE = """
import os; os.environ["XDG_DATA_HOME"] = os.getcwd()
import numpy as np
import greenlatent as gl
plan = gl.Plan("watch")
plan.problem.set(task="classify")
plan.environment.set(place="data centre")
rng = np.random.default_rng(0)
y = np.arange(400) % 3
plan.data.use((rng.normal(size=(400, 6)) + 2 * np.eye(6)[y], y))
"""


@pytest.fixture
def page(tab):
    tab.show(MADE, "plan")
    tab.page.wait_for_selector(".greenlatent-plan .gl-level")
    tab.page.wait_for_selector(".greenlatent-plan .bqplot svg")
    return tab.page


def test_a_plan_is_filled_mended_rehearsed_decided_and_there_after_a_restart(tab, page):
    page.get_by_label("How many answers it gives").fill("500")
    tab.wait_kernel("plan.problem.answers == 500")
    wait_until(lambda: page.get_by_text("· answer ").count() > 0, "the stage of answers")
    page.get_by_role("button", name="Google: 1.09").click()
    tab.wait_kernel("plan.environment.pue == 'Google'")
    wait_until(lambda: page.get_by_text("A data centre cools").count() <= 1, "the contradiction to go")
    page.get_by_role("button", name="Rehearse on an eighth").click()
    tab.wait_kernel("len(plan.front().known) > 5", 120)
    points = page.locator(".bqplot .dot_grp, .bqplot .object_grp")
    wait_until(lambda: points.count() > 5, "the points")
    points.first.click(force=True)
    chosen = page.get_by_role("listbox", name="Candidates")
    wait_until(lambda: chosen.input_value() not in ("", "nothing is chosen"), "the list to follow the figure")
    chosen.select_option(index=2)
    page.get_by_label("Because").fill("anybody can read it")
    decide = page.get_by_role("button", name="Decide for")
    wait_until(decide.is_enabled, "a choice and a reason")
    decide.focus()
    page.keyboard.press("Enter")
    tab.wait_kernel("plan.decision is not None")
    name = tab.kernel("plan.decision.name")
    wait_until(lambda: page.get_by_text(f"Decided: {name}").count() > 0, "the decision")
    tab.restart_kernel()
    tab.run_all()
    page.wait_for_selector(".greenlatent-plan .gl-level")
    assert tab.kernel("[plan.decision.name, plan.problem.answers, plan.environment.pue]") == [
        name,
        500,
        "Google",
    ]
    wait_until(lambda: page.get_by_text(f"Decided: {name}").count() > 0, "the decision after a restart")
    assert not tab.errors


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault_and_no_width_scrolls_sideways(tab, page, theme):
    tab.theme(theme)
    page.add_script_tag(content=Path(AXE).read_text())
    size = page.viewport_size
    box = page.locator(".greenlatent-plan").first
    for width in (520, 900, 1280):
        page.set_viewport_size({"width": width, "height": 1800})
        wait_until(
            lambda: box.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), f"no scrolling at {width}"
        )
        found = page.evaluate(
            "async () => (await axe.run('.greenlatent-plan', {resultTypes: ['violations']})).violations"
            ".filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | '))"
        )
        assert found == [], f"{theme}, {width}"
    page.set_viewport_size(size)


WORDS, KEY = (
    200 / 60,
    1.2,
)  # words that somebody reads in a second, and seconds for a key with the thought before it
FOCUSED = """() => {
    const e = document.activeElement;
    const label = e.labels?.[0]?.textContent || e.closest(".gl-field")?.querySelector("label")?.textContent;
    return e.closest(".greenlatent-plan") ? (label || e.textContent || "") : null;
}"""


@pytest.mark.slow
def test_a_newcomer_finds_the_cheapest_within_two_points_by_keys_alone_in_ten_minutes(tab):
    """Through the notebook by keys alone; how long it takes somebody is what they read and press, and the machine."""
    tab.open(CHECKOUT / "notebooks" / "10-plan.ipynb", "10-plan.ipynb")
    page = tab.page
    cells = tab.cells()
    place = [text for _, text in cells].index("plan")
    read = sum(len(text.split()) for kind, text in cells[: place + 1] if kind == "markdown")
    pressed = 0

    def press(*keys):
        nonlocal pressed
        for key in keys:
            page.keyboard.press(key)
            pressed += 1

    def reach(name, way="Tab"):
        """Go from one control of the page to the next until it is the one that is called so."""
        for _ in range(120):
            if (there := page.evaluate(FOCUSED)) is not None and name in there:
                return
            press(way)
        raise AssertionError(f"no key leads to {name}; the last was {page.evaluate(FOCUSED)!r}")

    for cell in range(place + 1):
        press("Shift+Enter")
        if cells[cell][0] == "code":
            wait_until(lambda cell=cell: tab.counts()[cell] is not None, f"cell {cell}")
    page.wait_for_selector(".greenlatent-plan .bqplot svg")
    press("ArrowUp")  # from the cell below the page
    read += len(page.locator(".greenlatent-plan").first.inner_text().split())
    reach("Undo")
    reach("How many answers it gives")
    press("ControlOrMeta+a", *"300")
    tab.wait_kernel("plan.problem.answers == 300")
    reach("Plan 0.")
    press("Enter")
    tab.wait_kernel("plan.problem.target < 0.999")
    reach("Rehearse on an eighth", "Tab")
    press("Enter")
    tab.wait_kernel("len(plan.front().known) > 5", 240)
    reach("Candidates", "Shift+Tab")
    listed = page.get_by_role("listbox", name="Candidates").locator("option")

    def texts():
        return [text.replace("\xa0", " ") for text in listed.all_text_contents()]

    wait_until(lambda: re.search(r" · 0\.\d+ ", " ".join(texts())), "what was found")
    told = texts()
    read += sum(len(text.split()) for text in told)
    found = [  # place in the list, accuracy and joules, as they are written there
        (k, float(m[1]), float(m[2].replace(",", "")))
        for k, text in enumerate(told)
        if (m := re.search(r" · (0\.\d+|1\.0+) \(.*?\) · (?:less than )?([\d.,]+) J", text))
    ]
    best = max(right for _, right, _ in found)
    joules, at = min((joules, k) for k, right, joules in found if right >= best - 0.02)
    press("Home", *["ArrowDown"] * at)
    name = told[at].split(" · ")[0]
    wait_until(lambda: page.get_by_role("button", name=f"Decide for {name}").count(), "the choice")
    reach("Because")
    reason = f"least joules, {joules:g}, within two points of the best, {best:.3f}"
    page.keyboard.type(reason)
    pressed += len(reason) // 5
    decide = page.get_by_role("button", name="Decide for")
    wait_until(decide.is_enabled, "a choice and a reason")
    reach("Decide for")
    press("Enter")
    tab.wait_kernel("plan.decision is not None")
    assert tab.kernel("[plan.decision.name, plan.decision.because]") == [name, reason]
    cheapest = tab.kernel(
        "min((c.x.value, c.name) for c in plan.front().known if c.y.value >= max("
        "k.y.value for k in plan.front().known) - 0.02)[1]"
    )
    assert name == cheapest
    seconds = read / WORDS + KEY * pressed
    print(f"{read} words, {pressed} keys: {seconds:.0f} s")
    assert seconds < 600
    assert not tab.errors
