"""The scatter plot as a person meets it: spots of colour, the card of a hovered point, buttons by their names."""

import base64
import re
from typing import NamedTuple

from playwright.sync_api import Locator

from tests.browser.harness import Notebook, wait_until

# Points have a colour; background, axes and text are grey.
COLOURED = "Math.max(r, g, b) - Math.min(r, g, b) > 60"

# A spot is a connected set of coloured pixels.
SPOTS = f"""async (base64) => {{
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], {{ type: "image/png" }}));
    const {{ width, height }} = image;
    const pen = new OffscreenCanvas(width, height).getContext("2d");
    pen.drawImage(image, 0, 0);
    const data = pen.getImageData(0, 0, width, height).data;
    const coloured = new Uint8Array(width * height);
    for (let i = 0; i < coloured.length; i++) {{
        const [r, g, b] = [data[4 * i], data[4 * i + 1], data[4 * i + 2]];
        coloured[i] = {COLOURED} ? 1 : 0;
    }}
    const spots = [];
    for (let start = 0; start < coloured.length; start++) {{
        if (!coloured[start]) continue;
        coloured[start] = 0;
        const stack = [start];
        let [area, x, y] = [0, 0, 0];
        while (stack.length) {{
            const i = stack.pop();
            area += 1;
            x += i % width;
            y += Math.floor(i / width);
            for (const j of [i - 1, i + 1, i - width, i + width]) {{
                if (coloured[j]) {{
                    coloured[j] = 0;
                    stack.push(j);
                }}
            }}
        }}
        spots.push([x / area, y / area, area]);
    }}
    return spots;
}}"""


class Spot(NamedTuple):
    """A place on the page in CSS pixels, and how many coloured pixels hang together there."""

    x: float
    y: float
    area: int


class Plot:
    def __init__(self, notebook: Notebook, index: int = 0):
        self.notebook = notebook
        self.page = notebook.page
        self.root: Locator = self.page.locator(".greenlatent").nth(index)
        self.stage: Locator = self.root.get_by_role("application")
        self.stage.wait_for()
        wait_until(self.coloured, "points on the plot")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=re.compile(name))

    def reading(self, name: str) -> str:
        """What stands beside a name such as Step or Accuracy."""
        reading = self.root.locator(".greenlatent-reading", has_text=re.compile(f"^{name}"))
        return reading.locator(".greenlatent-reading-value").inner_text()

    def picture(self) -> bytes:
        self.stage.scroll_into_view_if_needed()
        return self.stage.screenshot(animations="disabled")

    def coloured(self) -> int:
        """How many pixels of the plot are coloured."""
        return self.notebook.count_pixels(self.picture(), COLOURED)

    def spots(self) -> list[Spot]:
        """All spots of colour, the largest crowd first."""
        picture = self.picture()
        box = self.stage.bounding_box()
        assert box
        found = self.page.evaluate(SPOTS, base64.b64encode(picture).decode())
        spots = [Spot(box["x"] + x, box["y"] + y, int(area)) for x, y, area in found]
        return sorted(spots, key=lambda spot: -spot.area)

    def sample_at(self, spot: Spot) -> int | None:
        """The sample that the card of a hovered point names; None where there is no card."""
        self.page.mouse.move(spot.x - 1, spot.y)
        self.page.mouse.move(spot.x, spot.y)
        text = self.page.evaluate(
            "(stage) => { const card = stage.parentElement.querySelector('.greenlatent-card');"
            "return card && !card.hidden ? card.textContent : '' }",
            self.stage.element_handle(),
        )
        found = re.match(r"sample (\d+)", text)
        return int(found[1]) if found else None

    def lone(self) -> tuple[Spot, int]:
        """A point that touches no other: its place and its sample."""
        singles = [spot for spot in self.spots() if 12 <= spot.area <= 120]
        for spot in reversed(singles[: len(singles) // 2] or singles):
            sample = self.sample_at(spot)
            if sample is not None:
                return spot, sample
        raise AssertionError(f"no point stands alone among {len(singles)} small spots")

    def drag(self, start: Spot, end: Spot) -> None:
        self.notebook.drag(start[:2], end[:2])

    def answer(self, choice: str) -> None:
        """Choose what the drop of a point shall mean, for that point only."""
        dialog = self.root.get_by_role("dialog")
        dialog.wait_for()
        if (alone := dialog.get_by_role("radio", name="This point only")).count():
            alone.click()
        dialog.get_by_role("button", name=re.compile(choice)).click()
