"""What parallel coordinates cost in a real browser: redraw, first picture, brushing, many axes.

A redraw is measured against a plain 2-D canvas that strokes the same lines in the same page, the first picture against
HiPlot's own page of the same data (pip install 'greenlatent[bench]'). Run as `python -m tests.benchmarks.parallel`.
"""

import base64
import json
import statistics
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from greenlatent.plots import Parallel
from tests.benchmarks import judge
from tests.browser.harness import open_browser
from tests.browser.view import ADDRESS, FILES, TRAITS, View

CLASSES = [f"class {k + 1}" for k in range(8)]

# What a page is measured with: milliseconds of every animation frame, with what it drew on the screen's memory.
CLOCK = """
window.frames_ms = [];
const raf = window.requestAnimationFrame;
window.requestAnimationFrame = draw => raf(time => {
    const begin = performance.now();
    draw(time);
    const canvas = document.querySelector("canvas.greenlatent-points");
    canvas?.getContext("2d").getImageData(0, 0, 1, 1); // whatever waits to be painted is painted
    window.frames_ms.push(performance.now() - begin);
});
"""

# Every line by itself on a canvas of the same size, in the colour of its class.
STROKE = """([columns, labels, colours, alpha]) => {
    const shown = document.querySelector("canvas.greenlatent-points");
    const canvas = document.createElement("canvas");
    canvas.width = shown.width;
    canvas.height = shown.height;
    const pen = canvas.getContext("2d");
    pen.globalAlpha = alpha;
    const n = labels.length, gap = canvas.width / (columns.length - 1);
    const begin = performance.now();
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (let k = 0; k < n; k++) {
        pen.strokeStyle = colours[labels[k]];
        pen.beginPath();
        for (let d = 0; d < columns.length; d++) pen.lineTo(d * gap, columns[d][k] * canvas.height);
        pen.stroke();
    }
    pen.getImageData(0, 0, 1, 1);
    return performance.now() - begin;
}"""

# A page that draws once all by itself, and says when: the messages that a kernel sent are part of it.
ALONE = """<!doctype html><html><head><link rel="stylesheet" href="/widget.css"></head><body>
<script type="module">
import widget from "/widget.js";
const [traits, messages] = JSON.parse(document.getElementById("data").textContent);
const heard = [];
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const model = {
    get: name => traits[name], set() {}, save_changes() {}, off() {},
    on: (event, listener) => heard.push([event, listener]),
    send(content) {
        if (content.type !== "hello") return;
        for (const [header, buffers] of messages) {
            const data = buffers.map(text => new DataView(bytes(text).buffer));
            for (const [event, listener] of heard) if (event === "msg:custom") listener(header, data);
        }
    },
};
const el = document.createElement("div");
document.body.append(el);
widget.render({ model, el });
</script>
<script type="application/json" id="data">DATA</script></body></html>"""

# The moment of the first line on any canvas.
INK = """
window.first_ms = null;
for (const name of ["stroke", "putImageData"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...all) {
        const done = draw.apply(this, all);
        if (window.first_ms === null) {
            this.getImageData(0, 0, 1, 1); // painted, not only planned
            window.first_ms = performance.now();
        }
        return done;
    };
}
"""


def samples(n: int, dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Eight classes, each with a place of its own on every axis."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % 8
    return random.normal(0, 1.5, (8, dims))[labels] + random.normal(0, 1, (n, dims)), labels


def shown(browser: Browser, n: int, dims: int) -> View:
    values, labels = samples(n, dims)
    view = View(browser, Parallel(values, labels=labels, classes=CLASSES))
    view.page.add_init_script(CLOCK)
    view.load()
    return view.ready()


def frames(view: View, act: Any) -> list[float]:
    """Milliseconds of the animation frames that something takes."""
    view.page.evaluate("window.frames_ms.length = 0")
    act()
    view.settle()
    return view.page.evaluate("window.frames_ms")


def redraw(browser: Browser, n: int, limit: float) -> None:
    """Both take turns, so that a busy machine slows both alike."""
    view = shown(browser, n, 8)
    values, labels = samples(n, 8)
    heights = (values.max(0) - values) / np.ptp(values, 0)
    colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#000000"]
    lines = [heights.T.round(5).tolist(), labels.tolist(), colours, max(0.02, 30 / n)]
    widget = view.widgets[0]

    def flip() -> None:
        widget.arrangement = {"flipped": [] if widget.arrangement.get("flipped") else list(range(8))}

    frames(view, flip)
    view.page.evaluate(STROKE, lines)
    found = [(sum(frames(view, flip)), view.page.evaluate(STROKE, lines)) for _ in range(5)]
    ours, plain = (statistics.median(each) for each in zip(*found, strict=True))
    print(f"      {n:,} x 8: {ours:.1f} ms, a plain canvas {plain:.0f} ms")
    judge(f"redraw of {n:,} x 8 against a plain canvas", ours / plain, limit)
    view.close()


def brushing(browser: Browser) -> None:
    """Work of the page for each move of the pointer: its handler and the frame that it asks for."""
    view = shown(browser, 100_000, 8)
    box = view.stage.bounding_box()
    x, top, tall = box["x"] + 52 + (box["width"] - 86) / 7, box["y"] + 16, box["height"] - 30
    view.page.evaluate(
        """() => { window.moves_ms = []; const stage = document.querySelector(".greenlatent-stage");
        let begin = 0;
        window.addEventListener("pointermove", () => { begin = performance.now(); }, true);
        window.addEventListener("pointermove", () => window.moves_ms.push(performance.now() - begin)); }"""
    )
    mouse = view.page.mouse
    mouse.move(x, top + 0.9 * tall)
    mouse.down()
    mouse.move(x, top + 0.8 * tall)
    view.settle()
    view.page.evaluate("window.moves_ms.length = window.frames_ms.length = 0")
    for k in range(40):
        mouse.move(x, top + (0.8 - 0.015 * k) * tall)
        view.page.evaluate("new Promise(done => requestAnimationFrame(done))")
    moves, drawn = view.page.evaluate("[window.moves_ms, window.frames_ms.filter(ms => ms > 0.5)]")
    mouse.up()
    view.settle()
    assert view.widgets[0].selection.size > 20_000
    work = statistics.median(moves) + statistics.median(drawn)
    judge("brushing 100,000 x 8, work of the page for each pointer move", work, 16, unit=" ms")
    view.close()


def many_axes(browser: Browser) -> None:
    longest, busy = longest_task(browser)
    print(f"      1,000 x 256: the longest task takes {busy:.0f} ms of the processor")
    judge("1,000 x 256: longest task while scrolling and brushing", longest, 50, unit=" ms")


def longest_task(browser: Browser) -> tuple[float, float]:
    """Milliseconds for which the page's main thread does one thing, by the clock and by the processor's time."""
    values, labels = samples(1000, 256)
    view = View(browser, Parallel(values, labels=labels, classes=CLASSES)).ready()
    box = view.stage.bounding_box()
    middle = box["x"] + 52 + 5 * 58, box["y"] + box["height"] / 2
    mouse = view.page.mouse
    mouse.move(*middle)
    browser.start_tracing(page=view.page, categories=["disabled-by-default-devtools.timeline"])
    for _ in range(60):
        mouse.wheel(90, 0)
        view.page.evaluate("new Promise(done => requestAnimationFrame(done))")
    for _ in range(60):
        mouse.wheel(-90, 0)
    view.until(
        lambda: view.page.locator(".greenlatent-axis-name").first.inner_text() == "z1", "the first axes"
    )
    mouse.move(middle[0], middle[1] - 150)
    mouse.down()
    mouse.move(middle[0], middle[1] + 150, steps=40)
    mouse.up()
    view.until(lambda: view.widgets[0].selection.size > 100, "a brush")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        e["tid"] for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [e for e in events if e["name"] == "RunTask" and e["tid"] in threads and "tdur" in e]
    assert len(tasks) > 500
    view.close()
    return max(e["dur"] for e in tasks) / 1000, max(e["tdur"] for e in tasks) / 1000


def first_picture(browser: Browser) -> None:
    try:
        import hiplot
    except ImportError:
        print("skip  first picture against HiPlot: pip install 'greenlatent[bench]'", flush=True)
        return
    values, labels = samples(10_000, 8)
    names = [f"z{k + 1}" for k in range(8)]
    rows = [
        dict(zip(names, row, strict=True), label=CLASSES[k])
        for row, k in zip(values.tolist(), labels, strict=True)
    ]
    experiment = hiplot.Experiment.from_iterable(rows)
    experiment.colorby = "label"
    pages = {"/hiplot": experiment.to_html(), "/ours": alone(values, labels)}
    found: dict[str, list[float]] = {path: [] for path in pages}
    for _ in range(5):
        for path, page in pages.items():
            found[path].append(time_to_ink(browser, page))
    ours, theirs = (statistics.median(found[path]) for path in ("/ours", "/hiplot"))
    print(f"      first line of 10,000 x 8: {ours:.0f} ms, HiPlot {theirs:.0f} ms")
    judge("first picture of 10,000 x 8 against HiPlot's first line", ours / theirs, 0.4)


def alone(values: np.ndarray, labels: np.ndarray) -> str:
    """Our page of the same data, with what the kernel answers to a page that opens."""
    widget = Parallel(values, labels=labels, classes=CLASSES)
    messages: list[Any] = []
    widget.send = lambda content, buffers=None: messages.append(  # type: ignore[method-assign]
        [content, [base64.b64encode(bytes(b)).decode() for b in buffers or []]]
    )
    widget._handle_custom_msg({"v": 2, "type": "hello", "seq": 1, "view": "v", "open": True}, [])
    traits = widget.get_state(list(TRAITS))
    return ALONE.replace("DATA", json.dumps([traits, messages]).replace("</", "<\\/"))


def time_to_ink(browser: Browser, body: str) -> float:
    """Milliseconds from the start of a page to the first line on it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    page: Page = context.new_page()
    page.add_init_script(INK)

    def serve(route: Any) -> None:
        path = "/" + route.request.url.removeprefix(ADDRESS)
        mime, data = FILES.get(path, ("text/html", body.encode()))
        route.fulfill(content_type=mime, body=data)

    page.route(f"{ADDRESS}**", serve)
    page.goto(f"{ADDRESS}page")
    page.wait_for_function("window.first_ms !== null", timeout=60_000)
    found = page.evaluate("window.first_ms")
    context.close()
    return found


def main() -> None:
    with open_browser() as browser:
        redraw(browser, 10_000, 0.15)
        redraw(browser, 100_000, 0.04)
        brushing(browser)
        many_axes(browser)
        first_picture(browser)


if __name__ == "__main__":
    main()
