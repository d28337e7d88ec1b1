"""From a key to the level and to a flag of a plan's page, in a real JupyterLab and a real browser:
`python -m tests.benchmarks.plans keys`."""

from __future__ import annotations

import statistics

import numpy as np

from tests.benchmarks import judge
from tests.browser.harness import Notebook, Server, open_browser

MADE = """
import os; os.environ["XDG_DATA_HOME"] = os.getcwd()
import greenlatent as gl
plan = gl.Plan("keys")
plan.problem.set(task="classify", metric="accuracy", model="mlp", size="64", epochs=20)
plan.data.set(kind="image", rows=5000, features=64, classes=10)
plan.environment.set(region="DE", place="home")
plan
"""
# Milliseconds from the newest key to the newest change of what is looked at, as the page has it.
WATCH = """selector => {
    window.took = null;
    const place = document.querySelector(selector).closest(".greenlatent-plan");
    const now = () => [...place.querySelectorAll(selector)].map(each => each.textContent).join("|");
    let before = now(), pressed = null;
    document.addEventListener("keydown", () => { pressed = performance.now(); window.took = null; }, true);
    new MutationObserver(() => {
        const text = now();
        if (pressed !== null && text !== before) window.took = performance.now() - pressed;
        before = text;
    }).observe(place, { childList: true, subtree: true, characterData: true });
}"""
LEVEL, FLAG = ".gl-level", ".gl-conflict"
LETTERS = 90  # milliseconds between keys of somebody who types fast
SETTLED = 600  # and until nothing that was typed is still to be shown


def measured(notebook: Notebook, label: str, start: str, keys: list[str], selector: str) -> list[float]:
    """Of each key pressed in a field, after what was typed before is shown."""
    page = notebook.page
    field = page.get_by_label(label, exact=True)
    field.fill(start)
    page.wait_for_timeout(1500)
    page.evaluate(WATCH, selector)
    found = []
    for key in keys:
        for letter in key.split():
            page.keyboard.press(letter)
            if letter != key.split()[-1]:
                page.wait_for_timeout(LETTERS)
        page.wait_for_function("() => window.took !== null")
        page.wait_for_timeout(SETTLED)
        found.append(page.evaluate("() => window.took"))
        page.wait_for_timeout(400)
    return found


def keys() -> None:
    print("\nFrom a key to what it changes:")
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open([MADE])
            notebook.run_all()
            notebook.page.wait_for_selector(".greenlatent-plan .bqplot svg")
            rows, target = "How many examples", "How right it has to be"
            level = measured(notebook, rows, "70", ["5", "Backspace", "6", "Backspace"] * 8, LEVEL)
            fast = measured(notebook, rows, "4", ["1 2 3", "Backspace Backspace Backspace"] * 10, LEVEL)
            flag = measured(notebook, target, "0.99", ["9 9", "Backspace Backspace"] * 10, FLAG)
            assert notebook.errors == []
    finally:
        server.stop()
    for what, found in (("the level", level), ("the level, last of three fast ones", fast), ("a flag", flag)):
        print(f"  {what}: median {statistics.median(found):.0f} ms, longest {max(found):.0f} ms")
        judge(f"a key to {what}, 95th of {len(found)}", float(np.percentile(found, 95)), 250, unit=" ms")


if __name__ == "__main__":
    keys()
