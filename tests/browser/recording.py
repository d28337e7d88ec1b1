"""A recording of the page as a person would film it: frames of the browser's own screencast, as one moving picture."""

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FRAMES_A_SECOND = 10

# The pointer is the system's and in no screenshot.
POINTER = """() => {
    const dot = document.createElement("div");
    dot.style.cssText = "position:fixed;z-index:99999;width:14px;height:14px;border-radius:50%;pointer-events:none;"
        + "background:#0008;border:2px solid #fff;transform:translate(-50%,-50%);left:-50px";
    document.body.append(dot);
    addEventListener("pointermove", event => {
        dot.style.left = `${event.clientX}px`;
        dot.style.top = `${event.clientY}px`;
    }, true);
    addEventListener("pointerdown", () => { dot.style.background = "#e45756"; }, true);
    addEventListener("pointerup", () => { dot.style.background = "#0008"; }, true);
}"""


@contextmanager
def recorded(page: Page, path: Path, clip: dict[str, float]) -> Iterator[None]:
    """Film a part of the page while this lasts, and write it as an animated WebP."""
    frames: list[tuple[float, bytes]] = []
    session = page.context.new_cdp_session(page)

    def take(event: dict) -> None:
        frames.append((time.monotonic(), base64.b64decode(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    page.evaluate(POINTER)
    session.on("Page.screencastFrame", take)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 95})
    try:
        yield
    finally:
        session.send("Page.stopScreencast")
        session.remove_listener("Page.screencastFrame", take)
    write(frames, path, clip, page.evaluate("innerWidth"))


def write(frames: list[tuple[float, bytes]], path: Path, clip: dict[str, float], width: int) -> None:
    """The newest frame at each tick, cut to `clip` (x, y, width, height in CSS pixels of a page so wide)."""
    if not frames:
        raise ValueError("the browser filmed nothing")
    begin, end = frames[0][0], frames[-1][0]
    images, at = [], 0
    for tick in range(int((end - begin) * FRAMES_A_SECOND) + 1):
        while at + 1 < len(frames) and frames[at + 1][0] - begin <= tick / FRAMES_A_SECOND:
            at += 1
        image = Image.open(io.BytesIO(frames[at][1])).convert("RGB")
        scale = image.width / width
        corner = clip["x"] * scale, clip["y"] * scale
        box = (*corner, corner[0] + clip["width"] * scale, corner[1] + clip["height"] * scale)
        images.append(image.crop(tuple(round(side) for side in box)))
    duration = 1000 // FRAMES_A_SECOND
    images[0].save(
        path, save_all=True, append_images=images[1:], duration=duration, loop=0, quality=55, method=4
    )
