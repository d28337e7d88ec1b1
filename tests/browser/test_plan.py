"""The plan's page in a real JupyterLab: typed, mended, rehearsed, chosen in figure and list, decided, and kept."""

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
    tab.open([MADE, "plan"], "plan.ipynb")
    tab.run_all()
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
