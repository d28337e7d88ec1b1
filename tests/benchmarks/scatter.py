"""What the scatter costs in a browser, against jupyter-scatter and against a bare WebGL2 widget in the same run.

All three draw the same points at the same size on canvases of the same height in a real JupyterLab, with software
WebGL, and take turns. Run as `python -m tests.benchmarks.scatter`; the peer is the extra `bench`.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, CDPSession

from greenlatent.plots import Scatter
from tests.benchmarks import judge
from tests.browser.harness import CHECKOUT, Notebook, Server, open_browser
from tests.browser.view import View
from tests.widgets.page import Page as Wire

ROUNDS = 5
SETUP = "import resource; from tests.benchmarks.plots import cloud, close, flood, replace, show"

# Milliseconds from asking the kernel until the ink of the picture is where it belongs, on the screen.
MEASURE = """
const half = (canvas, left) => {
    const [w, h] = [64, 32];
    const pen = (window.probe ??= new OffscreenCanvas(w, h)).getContext("2d", { willReadFrequently: true });
    pen.clearRect(0, 0, w, h);
    pen.drawImage(canvas, canvas.width * (left ? 0.38 : 0.56), canvas.height * 0.4, w, h, 0, 0, w, h);
    const data = pen.getImageData(0, 0, w, h).data;
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) ink += data[i] > 8;
    return ink;
};
const frame = () => new Promise(requestAnimationFrame);
const { act, side } = argument;
const done = right => [...document.querySelectorAll(".jp-OutputArea canvas")].some(canvas =>
    canvas.width > 200 && (right ? half(canvas, false) : half(canvas, true)) > 20
    && (right ? half(canvas, true) : half(canvas, false)) < 5);
const start = performance.now();
if (act.cell !== undefined) {
    notebook.activeCellIndex = act.cell;
    notebook.deselectAll();
    void app.commands.execute("notebook:run-cell");
} else session.session.kernel.requestExecute({ code: act.code, store_history: false });
while (!done(side > 0)) {
    if (performance.now() - start > 60_000) throw new Error("no picture");
    await frame();
}
await frame();
return performance.now() - start;
"""


class Bench:
    """A notebook with a cell for each kind of plot."""

    def __init__(self, browser: Browser, server: Server, kinds: list[str]):
        self.kinds = kinds
        self.browser = browser
        self.notebook = Notebook(server, browser)
        self.notebook.page.set_default_timeout(150_000)
        self.notebook.page.emulate_media(reduced_motion="reduce")  # no glides here and none in the peer
        self.notebook.open([SETUP, *(f"show('{kind}', points)" for kind in kinds)])
        self.notebook.run(0)

    def cell(self, kind: str) -> int:
        return 1 + self.kinds.index(kind)

    def points(self, n: int, side: int) -> None:
        self.notebook.execute(f"points = cloud({n}, {side})")

    def show(self, kind: str, n: int) -> float:
        self.points(n, -1)
        return self.notebook._do(MEASURE, {"act": {"cell": self.cell(kind)}, "side": -1})

    def replace(self, kind: str, n: int, side: int) -> float:
        self.points(n, side)
        return self.notebook._do(MEASURE, {"act": {"code": f"replace('{kind}', points)"}, "side": side})

    def close(self, kind: str) -> None:
        self.notebook.clear(self.cell(kind))
        self.notebook.execute("close()")


def pictures(browser: Browser, server: Server, kinds: list[str], n: int, rounds: int) -> None:
    """First picture of a notebook that was just opened, and all positions replaced in it.

    The kinds take turns, and a ratio is of one round, so that whatever else the machine does meets both alike.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds):
        for kind in kinds[turn % len(kinds) :] + kinds[: turn % len(kinds)]:
            bench = Bench(browser, server, [kind])
            first = bench.show(kind, n)
            moved = [bench.replace(kind, n, side) for side in (1, -1, 1, -1)]
            bench.close(kind)
            bench.notebook.leave()
            found.setdefault((kind, "first picture"), []).append(first)
            found.setdefault((kind, "replacing all positions"), []).append(statistics.median(moved))
    for what, limits in (("first picture", (0.3, 0.4)), ("replacing all positions", (0.35, 0.4))):
        each = [f"{kind} {statistics.median(found[kind, what]):.0f} ms" for kind in kinds]
        print(f"      {n:,} points, {what}: " + ", ".join(each))
        for other in ("peer", "bare"):
            if other not in kinds:
                continue
            pairs = zip(found["ours", what], found[other, what], strict=True)
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            if other == "peer":
                judge(f"{n:,} points, {what}, against the peer", ratio, limits[n > 500_000])
            else:
                print(f"      {n:,} points, {what}, against the bare widget: {ratio:.2f}")


def _browser_bytes(session: CDPSession) -> int:
    """Memory that only this browser's processes hold, all of them together."""
    total = 0
    for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        try:
            rollup = Path(f"/proc/{process['id']}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(
            int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Private_")
        )
    return total


def _settled(session: CDPSession, notebook: Notebook) -> int:
    """Memory after garbage is collected, once it no longer falls."""
    page = notebook.page.context.new_cdp_session(notebook.page)
    lowest = 1 << 60
    for _ in range(4):
        page.send("HeapProfiler.collectGarbage")
        notebook.page.wait_for_timeout(700)
        lowest = min(lowest, _browser_bytes(session))
    page.detach()
    return lowest


def memory(kinds: list[str], server: Server, n: int) -> None:
    """What a picture of n points adds to the browser; a fresh browser for each, as what is freed is not given back."""
    grown = {}
    for kind in kinds:
        with open_browser() as browser:
            session = browser.new_browser_cdp_session()
            bench = Bench(browser, server, [kind])
            bench.show(kind, 100_000)
            bench.close(kind)
            before = _settled(session, bench.notebook)
            bench.show(kind, n)
            bench.replace(kind, n, 1)
            bench.replace(kind, n, -1)
            grown[kind] = _settled(session, bench.notebook) - before
            bench.notebook.leave()
    print("      memory: " + ", ".join(f"{kind} {value / 1e6:.0f} MB" for kind, value in grown.items()))
    if "peer" in grown:
        judge(f"{n:,} points, memory of the browser, against the peer", grown["ours"] / grown["peer"], 0.6)


def flood(browser: Browser, server: Server) -> None:
    """10,000 updates as fast as the kernel can: the last one is on the screen, and memory is flat."""
    bench = Bench(browser, server, ["ours"])
    session = browser.new_browser_cdp_session()
    bench.show("ours", 10_000)
    bench.notebook.execute("flood(2000)")
    bench.replace("ours", 10_000, -1)
    resident = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
    before, kernel = _settled(session, bench.notebook), bench.notebook.kernel(resident)
    begin = time.perf_counter()
    took = bench.notebook._do(MEASURE, {"act": {"code": "flood(10_000)"}, "side": 1})
    print(f"      10,000 updates in {took / 1000:.1f} s, the last one on the screen")
    judge("10,000 updates, until the last is seen", time.perf_counter() - begin, 60, unit=" s")
    grown = (_settled(session, bench.notebook) - before) / 1e6
    judge("10,000 updates, what the browser keeps of them", grown, 20, unit=" MB")
    more = (bench.notebook.kernel(resident) - kernel) / 1e3
    judge("10,000 updates, what the kernel keeps of them", more, 20, unit=" MB")
    judge("10,000 updates, errors in the browser", len(bench.notebook.errors), 0)
    bench.notebook.leave()


def wire() -> None:
    """Bytes of a position update, as they go to the page."""
    points = np.random.default_rng(0).normal(size=(100_000, 2))
    scatter = Scatter(points)
    page = Wire(scatter)
    page.open()
    page.draw()
    scatter.points = points + 1
    (data,) = page.buffers("frame")
    judge("bytes of a position update, a point", len(data) / 100_000, 4)


def bundle() -> None:
    size = sum(file.stat().st_size for file in (CHECKOUT / "greenlatent" / "static").iterdir()) / 1000
    judge("bundle of all views, script and style", size, 150, unit=" KB")


def _main_thread(session: CDPSession) -> Callable[[], float]:
    """Processor seconds of the page's main thread: the renderer that works most."""
    ids = [
        p["id"] for p in session.send("SystemInfo.getProcessInfo")["processInfo"] if p["type"] == "renderer"
    ]

    def seconds() -> float:
        return max(int(Path(f"/proc/{id}/task/{id}/schedstat").read_text().split()[0]) for id in ids) / 1e9

    return seconds


def hands(browser: Browser, drawn: str) -> None:
    """A lasso over 100,000 points, and 1,000 of them being dragged; drawn by WebGL2 or by the processor."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 5, 100_000)
    points = random.normal(size=(100_000, 2)) + 4 * np.stack([np.cos(labels), np.sin(labels)], 1)
    widget = Scatter(points, labels=labels)
    widget.on_edit(lambda edit, **_: None)
    view = View(browser, widget, viewport={"width": 1100, "height": 700})
    view.page.add_init_script(f"window.emulated = {str(drawn != 'WebGL2').lower()}")
    view.load()
    view.ready()
    seconds = _main_thread(browser.new_browser_cdp_session())
    took = []
    for _ in range(9):
        mouse = view.page.mouse
        box = view.stage.bounding_box()
        corner = (box["x"] + box["width"] - 8, box["y"] + 8)  # nothing lies there that would be dragged
        way = [corner, *view.circle(view.spot(*points.mean(0)), 150)]
        mouse.move(*way[0])
        mouse.down()
        for place in way[1:]:
            mouse.move(*place, steps=2)
        view.settle()  # nothing is being drawn, so that all the time there is belongs to the lasso
        begin = seconds()
        view.page.evaluate(  # just after a frame, so that none is drawn before the clock is read again
            """async () => {
            await new Promise(requestAnimationFrame);
            document.querySelector(".greenlatent-stage").dispatchEvent(new PointerEvent("pointerup",
                { pointerId: 1, bubbles: true, isPrimary: true, pointerType: "mouse" }));
            }"""
        )
        took.append(1000 * (seconds() - begin))
        mouse.up()
        view.settle()
        assert len(widget.selection) > 20_000
    judge(f"a lasso over 100,000 points drawn by {drawn}", statistics.median(took), 10, unit=" ms")

    nearest = np.argsort(((points - points[0]) ** 2).sum(1))[:1000]
    widget.selection = nearest
    view.settle()
    view.page.mouse.move(*view.point(0))
    view.page.mouse.down()
    moves = """async ([from, steps, drag]) => {
        const stage = document.querySelector(".greenlatent-stage");
        for (let k = 0; k < steps; k++) {
            await new Promise(requestAnimationFrame);
            if (!drag) continue;
            stage.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, bubbles: true, pointerType: "mouse",
                clientX: from[0] + 10 + k % 90, clientY: from[1] + k % 70, buttons: 1 }));
        }
    }"""
    at = list(view.point(0))
    view.page.evaluate(moves, [at, 5, True])
    spent = {}
    for drag in (False, True):
        begin = seconds()
        view.page.evaluate(moves, [at, 40, drag])
        spent[drag] = (seconds() - begin) / 40 * 1000
    what = f"a pointer move with 1,000 of 100,000 points in hand, drawn by {drawn}"
    judge(what, spent[True] - spent[False], 4, unit=" ms")
    view.press("Escape")
    view.page.mouse.up()
    view.close()


def plain(browser: Browser) -> None:
    """2,000 points moved by hand where there is no WebGL: 15 frames a second are 67 ms each."""
    random = np.random.default_rng(0)
    view = View(browser, Scatter(random.normal(size=(2000, 2)), labels=random.integers(0, 5, 2000)))
    view.page.add_init_script("window.noWebGL = true")
    view.load()
    view.ready().stage.focus()
    view.press("p")
    x, y = view.spot(0, 0)
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    took = view.page.evaluate(
        """async ([x, y, frames]) => {
            const stage = document.querySelector(".greenlatent-stage");
            const start = performance.now();
            for (let k = 0; k < frames; k++) {
                stage.dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, bubbles: true,
                    pointerType: "mouse", clientX: x + k % 40, clientY: y + k % 30, buttons: 1 }));
                await new Promise(requestAnimationFrame);
            }
            return (performance.now() - start) / frames;
        }""",
        [x, y, 90],
    )
    judge("a frame of 2,000 points without WebGL", took, 1000 / 15, unit=" ms")
    view.page.mouse.up()
    assert view.page.evaluate("[contexts.size, sessionStorage.length]") == [0, 1], "moved, and by no WebGL"
    view.close()


def leaks(browser: Browser) -> None:
    """200 plots made, looked at and closed."""
    view = View(browser, Scatter(np.zeros((1, 2)))).ready()
    tool = view.context.new_cdp_session(view.page)
    tool.send("Performance.enable")
    cycle = """async ([count, ids, data]) => {
        for (let k = 0; k < count; k++) {
            const model = window.models.length;
            window.addModel({ view: "scatter", classes: ["a", "b"], link: `l${model}`, session: `s${model}`,
                editable: true, height: 420, title: "", colour: "given" });
            await window.addView(model);
            const frame = () => new Promise(requestAnimationFrame);
            await frame();
            const say = (header, ...buffers) => window.deliver(model, { v: 2, seq: 1, ...header }, buffers);
            say({ type: "hello", n: 1000 });
            say({ type: "ids", set: 1, n: 1000 }, ids);
            say({ type: "frame", set: 1, step: 0, n: 1000, dims: 2, lo: [0, 0], hi: [1, 1], exact: true }, data);
            await frame();
            await frame();
            window.views.pop()();
            window.models.pop();
            document.body.lastElementChild.remove();
        }
    }"""
    ids = _base64(np.arange(1000, dtype="<u4"))
    data = _base64(np.random.default_rng(0).integers(0, 65000, 2000).astype("<u2"))

    def state() -> dict[str, float]:
        for _ in range(3):
            tool.send("HeapProfiler.collectGarbage")
            view.page.wait_for_timeout(200)
        return {m["name"]: m["value"] for m in tool.send("Performance.getMetrics")["metrics"]}

    view.page.evaluate(cycle, [20, ids, data])
    before = state()
    view.page.evaluate(cycle, [200, ids, data])
    after = state()
    for name, limit, unit, scale in (
        ("Nodes", 20, "", 1),
        ("JSEventListeners", 5, "", 1),
        ("JSHeapUsedSize", 1000, " KB", 1e-3),
    ):
        grown = (after[name] - before[name]) * scale
        judge(f"200 plots made and closed, {name} that stay", grown, limit, unit=unit)
    judge("200 plots made and closed, WebGL contexts", view.page.evaluate("contexts.size"), 1)
    view.close()


def _base64(array: np.ndarray) -> str:
    import base64

    return base64.b64encode(array.tobytes()).decode()


def main() -> None:
    kinds = ["ours", "peer", "bare"]
    if importlib.util.find_spec("jscatter") is None:
        print(
            "      jupyter-scatter is not installed, so there is no ratio: pip install 'greenlatent[bench]'"
        )
        kinds.remove("peer")
    wire()
    bundle()
    paths = [str(CHECKOUT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    server = Server("lab", {"PYTHONPATH": os.pathsep.join(filter(None, paths))})
    try:
        with open_browser() as browser:
            hands(browser, "WebGL2")
            hands(browser, "the processor")
            plain(browser)
            leaks(browser)
            flood(browser, server)
            pictures(browser, server, kinds, 100_000, ROUNDS)
            pictures(browser, server, kinds, 1_000_000, 3)
        memory(kinds, server, 1_000_000)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
