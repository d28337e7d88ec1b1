"""A view without a notebook: the bundle in a real browser, with a real widget as its kernel.

The page's host hands messages over in `carry`, so a test decides when the wire moves.
"""

import base64
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, ViewportSize

from greenlatent.plots import Scatter
from greenlatent.widgets import Widget
from tests.browser.harness import CHECKOUT, wait_until

STATIC = CHECKOUT / "greenlatent" / "static"
ADDRESS = "http://greenlatent.test/"
PAGE = """<!doctype html><html><head><link rel="stylesheet" href="/widget.css"></head>
<body style="margin: 20px; background: white"></body></html>"""
FILES = {"/": ("text/html", PAGE.encode())}
FILES |= {
    f"/{name}": (mime, (STATIC / name).read_bytes())
    for name, mime in (("widget.js", "text/javascript"), ("widget.css", "text/css"))
}

# As if there were a graphics card: a page that knows of an emulated one draws by the processor.
CARD = """
const getParameter = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
    return name === 0x9246 && !window.emulated ? "a card" : getParameter.call(this, name);
};
"""

# What a notebook's side of an anywidget does: traits, listeners, and a line that is emptied by hand.
HOST = """
window.contexts = new Set();
window.models = [];
window.views = [];
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    if (kind === "webgl2" && window.noWebGL) return null;
    const context = getContext.call(this, kind, ...more);
    if (kind === "webgl2") window.contexts.add(context);
    return context;
};
window.text = bytes => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
window.addModel = traits => {
    const heard = [];
    const model = window.models.length;
    let changes = {};
    window.models.push({
        traits,
        heard,
        sent: [],
        get: name => traits[name],
        set(name, value) {
            const same = JSON.stringify(traits[name]) === JSON.stringify(value);
            changes[name] = value;
            if (!same) window.change(model, name, value);
        },
        save_changes() {
            this.sent.push([{ traits: changes }, []]);
            changes = {};
        },
        on: (event, listener) => heard.push([event, listener]),
        off: (event, listener) => {
            const at = heard.findIndex(([e, l]) => e === event && l === listener);
            if (at >= 0) heard.splice(at, 1);
        },
        send(content, _, buffers = []) {
            if (this.cut) throw new Error("Cannot send");
            const data = buffers.map(b => text(new Uint8Array(b.buffer, b.byteOffset, b.byteLength)));
            this.sent.push([content, data]);
        },
    });
};
window.addView = async model => {
    const { default: widget } = await import("/widget.js");
    const el = document.createElement("div");
    document.body.append(el);
    window.views.push(widget.render({ model: window.models[model], el }));
};
window.deliver = (model, content, buffers) => {
    const data = buffers.map(b => new DataView(bytes(b).buffer));
    for (const [event, listener] of [...window.models[model].heard]) {
        if (event === "msg:custom") listener(content, data);
    }
};
window.change = (model, name, value) => {
    window.models[model].traits[name] = value;
    for (const [event, listener] of [...window.models[model].heard]) {
        if (event === `change:${name}`) listener();
    }
};
window.take = model => window.models[model].sent.splice(0);
"""

# How many cores, which the views of a page share, are on it.
CORES = """Object.getOwnPropertySymbols(globalThis)
    .filter(symbol => symbol.description.startsWith("greenlatent/")).length"""

TRAITS = ("view", "classes", "link", "session", "editable", "height", "title", "colour")
TRAITS += ("brushes", "combine", "arrangement")


WINDOW: ViewportSize = {"width": 940, "height": 700}


def _serve(route: Route) -> None:
    mime, body = FILES["/" + route.request.url.removeprefix(ADDRESS)]
    route.fulfill(content_type=mime, body=body)


def open_page(browser: Browser, **context: Any) -> Page:
    """An empty page that can be a widget's host, in a window of its own."""
    options = {"viewport": WINDOW, "reduced_motion": "reduce", **context}
    page = browser.new_context(**options).new_page()
    page.route(f"{ADDRESS}**", _serve)
    page.add_init_script(CARD + HOST)
    return page


class View:
    """One or more widgets on one page, each with one or more views; on a page of its own unless one is lent."""

    def __init__(self, browser: Browser, *widgets: Widget, lent: Page | None = None, **context: Any):
        self._lent = lent is not None
        self.page: Page = lent or open_page(browser, **context)
        if lent:
            lent.set_viewport_size(WINDOW)  # whoever had it before may have made it narrower
        self.context: BrowserContext = self.page.context
        self.errors: list[str] = []
        self.page.on("pageerror", self._hear)
        self.widgets = widgets
        self._outgoing: list[tuple[int, Any, list[str]]] = []
        self._setting = False
        for k, widget in enumerate(widgets):
            widget.send = self._sender(k)  # type: ignore[method-assign]
            widget.observe(self._changed(k), list(TRAITS))
        self.load()

    def _hear(self, error: Error) -> None:
        self.errors.append(str(error))

    def _sender(self, model: int) -> Callable[..., None]:
        def send(content: Any, buffers: Any = None) -> None:
            data = [base64.b64encode(bytes(b)).decode() for b in buffers or []]
            self._outgoing.append((model, content, data))

        return send

    def _changed(self, model: int) -> Callable[[Any], None]:
        """What the kernel sets is told to the page, and what the page set is not told back."""

        def tell(change: Any) -> None:
            if not self._setting:
                state = self.widgets[model].get_state(change.name)
                self._outgoing.append((model, state, []))

        return tell

    def load(self) -> None:
        """Opens or reloads the page, with one view of each widget."""
        self._outgoing.clear()
        self.page.goto(ADDRESS)
        for k, widget in enumerate(self.widgets):
            traits = widget.get_state(list(TRAITS))
            self.page.evaluate("window.addModel", traits)
            self.add_view(k)

    def add_view(self, model: int = 0) -> None:
        self.page.evaluate("window.addView", model)

    def end_view(self, view: int) -> None:
        self.page.evaluate("view => window.views[view]()", view)

    def carry(self) -> bool:
        """Hands over what both sides sent; whether there was anything."""
        moved = False
        for model, widget in enumerate(self.widgets):
            for content, buffers in self.page.evaluate("window.take", model):
                moved = True
                if "traits" in content:
                    self._setting = True
                    widget.set_state(content["traits"])
                    self._setting = False
                    continue
                widget._handle_custom_msg(content, [memoryview(base64.b64decode(b)) for b in buffers])
        while self._outgoing:
            moved = True
            model, content, buffers = self._outgoing.pop(0)
            if "type" in content:
                self.page.evaluate("message => window.deliver(...message)", (model, content, buffers))
            for name, value in {} if "type" in content else content.items():
                self.page.evaluate("change => window.change(...change)", (model, name, value))
        return moved

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Carries messages until the thing is there."""
        return wait_until(lambda: (self.carry(), look())[1], what, patience=20)

    def ready(self) -> "View":
        """Waits for the first picture of every view."""
        waiting = """[...document.querySelectorAll('.greenlatent-waiting')]
            .every(w => w.hidden || w.textContent.startsWith('There are no '))"""
        self.until(lambda: self.page.evaluate(waiting), "a picture in every view")
        self.settle()
        return self

    def settle(self) -> None:
        """Waits until nothing is on the wire and two frames of the screen have passed."""
        frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        wait_until(lambda: (self.page.evaluate(frames), not self.carry())[1], "quiet", patience=20)

    @property
    def stage(self) -> Any:
        return self.page.get_by_role("application").first

    def spot(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the data is on the page, while the camera fits all points; see js/src/scatter/lens.ts."""
        points = self.widgets[0].points  # type: ignore[attr-defined]
        (left, bottom), (right, top) = points.min(0), points.max(0)
        box = self.stage.bounding_box()
        scale = min((box["width"] - 56) / (right - left), (box["height"] - 56) / (top - bottom))
        across = box["x"] + box["width"] / 2 + (x - (left + right) / 2) * scale
        return across, box["y"] + box["height"] / 2 - (y - (bottom + top) / 2) * scale

    def point(self, row: int) -> tuple[float, float]:
        return self.spot(*self.widgets[0].points[row])  # type: ignore[attr-defined]

    def drag(self, *way: tuple[float, float]) -> None:
        """Presses at the first place and lets go at the last."""
        mouse = self.page.mouse
        mouse.move(*way[0])
        mouse.down()
        for place in way[1:]:
            mouse.move(*place, steps=6)
        mouse.up()

    def circle(self, middle: tuple[float, float], radius: float) -> list[tuple[float, float]]:
        (x, y), turns = middle, [2 * math.pi * k / 16 for k in range(17)]
        return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def coloured(self, view: int = 0) -> int:
        """How many pixels of the points' canvas are in colour."""
        return self.page.evaluate(
            """view => {
                const canvas = document.querySelectorAll("canvas.greenlatent-points")[view];
                const pen = canvas.getContext("2d");
                const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
                let count = 0;
                for (let i = 0; i < data.length; i += 4) {
                    const [r, g, b, a] = data.subarray(i, i + 4);
                    if (a > 60 && Math.max(r, g, b) - Math.min(r, g, b) > 60) count++;
                }
                return count;
            }""",
            view,
        )

    def ink(self, part: str = "points") -> np.ndarray:
        """All pixels of a canvas (n, 4), their colours multiplied by their opacity: from 0 to 255."""
        data = self.page.evaluate(
            """part => {
                const canvas = document.querySelector(`canvas.greenlatent-${part}`);
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return text(data);
            }""",
            part,
        )
        pixels = np.frombuffer(base64.b64decode(data), "u1").reshape(-1, 4).astype(float)
        pixels[:, :3] *= pixels[:, 3:] / 255
        return pixels

    def texts(self, part: str) -> list[str]:
        return self.page.locator(f".greenlatent-{part}:visible").all_inner_texts()

    def close(self) -> None:
        """End the views; a page that was lent is left as it was found."""
        if self._lent:
            self.page.evaluate("sessionStorage.clear()")
            self.page.mouse.move(0, 0)
            self.page.goto("about:blank")
            self.page.remove_listener("pageerror", self._hear)
        else:
            self.context.close()
        assert self.errors == []


CLASSES = ["calm", "busy", "wild"]
HOMES = np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 6.0]])


def blobs(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Three clusters of n points, in the order of their classes."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], n)
    return HOMES[labels] + random.normal(0, 0.6, (3 * n, 2)), labels


def scatter(n: int = 60, **options: Any) -> Scatter:
    points, labels = blobs(n)
    return Scatter(points, labels=labels, classes=CLASSES, **options)


def listen(widget: Scatter) -> list[Any]:
    """The edits that a widget hears of."""
    heard: list[Any] = []
    widget.on_edit(lambda edit, **_: heard.append(edit) or len(heard))
    return heard


def only(view: View) -> None:
    """Means the point that was dragged, and not those it belongs with."""
    view.page.get_by_role("radio", name="only").click()
