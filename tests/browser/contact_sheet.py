"""Every page of the product side by side, light and dark, wide and narrow, for people to look at.

Run as `python -m tests.browser.contact_sheet`; the sheets come into tests/output.
"""

from io import BytesIO

import nbformat
from PIL import Image
from playwright.sync_api import Locator

from tests.browser.harness import CHECKOUT, OUTPUT, Notebook, Server, open_browser, wait_until

WHOLE = CHECKOUT / "notebooks" / "00-whole.ipynb"
WIDTHS = (1366, 480)
HIGH = 3400  # of the window, so that no page is cut
GAP, TALLEST = 16, 2400
FOLDS = {"lab": "Agent", "advice": "Energy"}  # the fold that is open
STUDY = """
import matplotlib_inline.backend_inline
from greenlatent import study
study.published("ICT4S22").plot()
"""
# A page after another, each in a cell of its own: what it is, and its code.
PAGES = {
    "plan": "plan",
    "search": "search",
    "lab": "lab",
    "advice": "advised = lab.advise(steps=2_000); lab",
    "radar": "lab.view('radar')",
    "film": "gl.Film(lab)",
    "study": STUDY,
}


def story() -> str:
    """The notebook's code up to the Lab, as one cell that shows nothing."""
    cells = [cell.source for cell in nbformat.read(WHOLE, as_version=4).cells if cell.cell_type == "code"]
    until = next(k for k, source in enumerate(cells) if "search.lab()" in source)
    return (
        "\n".join(cells[: until + 1]).removesuffix("\nlab") + "\ncard = agent.suggest(1)\nlab.pause(); None"
    )


def picture(notebook: Notebook, output: Locator) -> Image.Image:
    output.scroll_into_view_if_needed()
    notebook.page.mouse.move(0, 0)
    wait_until(lambda: output.screenshot() == output.screenshot(), "a page that has come to rest")
    return Image.open(BytesIO(output.screenshot(animations="disabled"))).convert("RGB")


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Columns no taller than a screen or two, filled from the left."""
    columns: list[list[Image.Image]] = [[]]
    for one in pictures:
        if columns[-1] and sum(p.height + GAP for p in columns[-1]) + one.height > TALLEST:
            columns.append([])
        columns[-1].append(one)
    wide = sum(max(p.width for p in column) + GAP for column in columns) + GAP
    high = max(sum(p.height + GAP for p in column) for column in columns) + GAP
    whole = Image.new("RGB", (wide, high), "#888")
    x = GAP
    for column in columns:
        y = GAP
        for one in column:
            whole.paste(one, (x, y))
            y += one.height + GAP
        x += max(p.width for p in column) + GAP
    return whole


def main() -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    server = Server("lab")
    with open_browser() as browser:
        notebook = Notebook(server, browser)
        notebook.open([story(), *PAGES.values()])
        notebook.page.set_default_timeout(120_000)
        for cell in range(1 + len(PAGES)):
            notebook.run(cell, 180)
        outputs = notebook.page.locator(".jp-Cell .jp-Cell-outputArea")
        for name, fold in FOLDS.items():
            button = outputs.nth(1 + list(PAGES).index(name)).get_by_role("button", name=fold).first
            if button.get_attribute("aria-expanded") != "true":
                button.click()
        for width in WIDTHS:
            notebook.page.set_viewport_size({"width": width, "height": HIGH})
            for theme in ("light", "dark"):
                notebook.theme(theme)
                taken = [picture(notebook, outputs.nth(cell)) for cell in range(1, 1 + len(PAGES))]
                path = OUTPUT / f"sheet-{width}-{theme}.png"
                sheet(taken).save(path)
                print(path.relative_to(CHECKOUT))
        notebook.leave()
    server.stop()


if __name__ == "__main__":
    main()
