"""What watching costs: the kernel's processor seconds a step with a Lab unseen, on the screen, and dragged in; its
share of the joules; how soon a gesture is on the screen and in the training; and how soon a reloaded page is back.

The bare loop is the same network, optimizer and batch size without greenlatent, in this process; the Lab is in a
kernel behind a real JupyterLab. Run as `python -m tests.benchmarks.watching`.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from greenlatent.datasets import digits
from tests.benchmarks import judge
from tests.browser.harness import Notebook, Server, open_browser, wait_until
from tests.browser.plot import Plot

ROUNDS = 9
STEPS = 5000

GESTURES = 60

# What training took is noted in the kernel when it ends: to ask while it runs would cost what is to be measured.
SETUP = """
import threading
import time
import greenlatent as gl
from tests.benchmarks.watching import network

train, valid = gl.datasets.digits().split(valid=0.3, seed=0)
lab = gl.Lab(network(), train, valid=valid, latent="0", session=False, seed=0, threads=1)

def run(steps):
    def note(begin=time.process_time()):
        lab.wait()
        global each
        each = (time.process_time() - begin) / steps
    lab.start(steps)
    threading.Thread(target=note).start()

noted, landed, note, land = [], [], lab.journal.add, lab.trainer._land
def add(*edit, **about):
    line = note(*edit, **about)
    noted.append((len(lab.journal), time.time()))
    return line
def take():
    landed.append((len(lab.journal), time.time()))
    land()
lab.journal.add, lab.trainer._land = add, take
"""

# When a pressed key left the person's hand, in seconds since 1970.
PRESSED = """
() => {
window.pressed = [];
document.addEventListener("keydown", (event) => {
    window.pressed.push((performance.timeOrigin + event.timeStamp) / 1000);
}, true);
}
"""

# How many frames of the browser lie between a pointer's move and the first drawing after it: 0 is the same one.
REPAINT = """
() => {
window.waits = [];
let frame = 0;
let moved = null;
const tick = () => { frame += 1; requestAnimationFrame(tick); };
requestAnimationFrame(tick);
document.addEventListener("pointermove", () => { moved ??= frame; }, true);
const heard = () => {
    if (moved !== null) window.waits.push(frame - moved);
    moved = null;
};
for (const [kind, name] of [
    [CanvasRenderingContext2D, "putImageData"],
    [CanvasRenderingContext2D, "drawImage"],
    [CanvasRenderingContext2D, "stroke"],
    [CanvasRenderingContext2D, "fill"],
    [WebGL2RenderingContext, "drawArrays"],
    [WebGL2RenderingContext, "drawArraysInstanced"],
]) {
    const draw = kind.prototype[name];
    kind.prototype[name] = function (...values) {
        heard();
        return draw.apply(this, values);
    };
}
}
"""


# A view is there from the moment it waits for its first picture until that is on its way to the screen.
WATCH = """
new MutationObserver(() => {
    const waiting = document.querySelector(".greenlatent-waiting");
    if (!waiting || window.restored) return;
    window.begun ??= performance.now();
    if (waiting.hidden) window.restored = (performance.now() - window.begun) / 1000;
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
LARGE = """
import numpy as np
import greenlatent as gl
from tests.benchmarks.watching import network

random = np.random.default_rng(0)
y = np.arange(10_000) % 10
x = (random.normal(size=(10_000, 64)) + y[:, None]).astype("float32")
lab = gl.Lab(network(), gl.Samples(x, y), latent="0", session=False, seed=0, threads=1)
lab
"""


def network() -> nn.Module:
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 16))
    return nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(16, 10)))


def bare_loop() -> Callable[[int], float]:
    """A training loop as one writes it without greenlatent: processor seconds a step."""
    train, _ = digits().split(valid=0.3, seed=0)
    model = network()
    adam = torch.optim.Adam(
        model.parameters(), 1e-3, fused=True
    )  # as a Lab's own, or the loop would lose by it

    def run(steps: int) -> float:
        begin = time.process_time()
        batches: list[torch.Tensor] = []
        for _ in range(steps):
            if not batches:
                batches = list(torch.randperm(len(train)).split(64))
            ids = batches.pop()
            loss = nn.functional.cross_entropy(model(train.inputs(ids)), train.y[ids])
            adam.zero_grad()
            loss.backward()
            adam.step()
        return (time.process_time() - begin) / steps

    return run


def unseen_loop(notebook: Notebook) -> Callable[[int], float]:
    """Training in the background of a kernel: processor seconds of the whole kernel a step."""

    def run(steps: int) -> float:
        notebook.execute(f"run({steps}); lab.wait()")
        return notebook.kernel("each")

    return run


def seen_loop(notebook: Notebook, plot: Plot, meanwhile: Callable[[], None]) -> Callable[[int], float]:
    """The same with the Lab on the screen, while something goes on in the page until it shows the pause."""

    def run(steps: int) -> float:
        notebook.execute(f"run({steps})")
        plot.button("Pause training").wait_for()
        while plot.button("Pause training").count():
            meanwhile()
        return notebook.kernel("each")

    return run


def drag_about(notebook: Notebook, plot: Plot) -> Callable[[], None]:
    """A point is taken up and dragged about without rest, never dropped."""
    spot, _ = plot.lone()
    mouse = notebook.page.mouse
    mouse.move(spot.x, spot.y)
    mouse.down()

    def about() -> None:
        mouse.move(spot.x + 60, spot.y + 30, steps=15)
        mouse.move(spot.x, spot.y, steps=15)

    return about


def let_go(notebook: Notebook) -> None:
    notebook.page.keyboard.press("Escape")
    notebook.page.mouse.up()


def judge_ratio(name: str, bare: Callable[[int], float], other: Callable[[int], float], limit: float) -> None:
    """Bare loop and Lab take turns, so that a busy machine slows both alike."""
    found = [(other(STEPS), bare(STEPS)) for _ in range(ROUNDS)]
    ratio = statistics.median(lab for lab, _ in found) / statistics.median(loop for _, loop in found)
    judge(f"{name}, processor time of a step against the bare loop", ratio, limit)


def joules_of_watching(notebook: Notebook) -> float:
    """The share of the run's joules that pictures took, in percent."""
    lines = notebook.kernel("{kind: joules.value for kind, joules in lab.energy.items()}")
    return 100 * lines["view"] / sum(lines[kind] for kind in ("train", "feedback", "view") if kind in lines)


def gestures(notebook: Notebook, plot: Plot, heard: str) -> float:
    """Milliseconds from a key that relabels a point until the kernel has `heard`, 95th percentile."""
    page = notebook.page
    before = notebook.kernel("len(lab.journal)")
    page.evaluate("pressed.length = 0")
    notebook.execute("lab.selection = [3]")
    wait_until(lambda: "1 point selected" in plot.root.inner_text(), "the selection on the page")
    plot.stage.focus()
    for k in range(GESTURES):
        page.keyboard.press(str(k % 10))
        page.wait_for_timeout(60)
    notebook.wait_kernel(f"{heard} and {heard}[-1][0] >= {before + GESTURES}")
    late = []
    for k, pressed in enumerate(page.evaluate("pressed"), start=before + 1):
        there = next(time for lines, time in notebook.kernel(heard) if lines >= k)  # several may come at once
        late.append(1e3 * (there - pressed))
    assert len(late) == GESTURES, len(late)
    return statistics.quantiles(late, n=20)[-1]


def gesture_to_trainer(notebook: Notebook, plot: Plot) -> tuple[float, float]:
    """While training waits, until the edit is in the journal and so in force at the next step; and while it trains as
    fast as it can beside the page, until a step has taken it."""
    notebook.page.evaluate(PRESSED)
    quiet = gestures(notebook, plot, "noted")
    notebook.execute("lab.start()")
    plot.button("Pause training").wait_for()
    loaded = gestures(notebook, plot, "landed")
    notebook.execute("lab.pause()")
    return quiet, loaded


def gesture_to_repaint(notebook: Notebook, plot: Plot) -> float:
    """Frames of the browser from a move of the hand to the drawing that shows it, 95th percentile, while training."""
    notebook.page.evaluate(REPAINT)
    notebook.execute("lab.start()")
    about = drag_about(notebook, plot)
    for _ in range(10):
        about()
    waits = notebook.page.evaluate("waits")
    let_go(notebook)
    notebook.execute("lab.pause()")
    assert len(waits) > 100, len(waits)
    return statistics.quantiles(waits, n=20)[-1]


def seconds_to_restore(notebook: Notebook) -> float:
    """Seconds from a reloaded view's first element to its picture of 10,000 points, while training runs."""
    notebook.execute("lab.start()")
    notebook.page.add_init_script(WATCH)
    notebook.reload()
    seconds = notebook.page.wait_for_function("window.restored").json_value()
    notebook.execute("lab.pause()")
    return float(seconds)


def main() -> None:
    torch.set_num_threads(1)
    bare = bare_loop()
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open([SETUP, "lab"])
            notebook.run(0)
            unseen = unseen_loop(notebook)
            bare(STEPS), unseen(STEPS)  # warm both
            judge_ratio("a Lab that nobody looks at", bare, unseen, 1.10)
            notebook.run(1)
            plot = Plot(notebook)
            rest = seen_loop(notebook, plot, lambda: notebook.page.wait_for_timeout(50))
            judge_ratio("a Lab on the screen", bare, rest, 1.10)
            judge("watching, share of the run's joules", joules_of_watching(notebook), 3, unit=" %")
            dragging = seen_loop(notebook, plot, drag_about(notebook, plot))
            judge_ratio("a Lab with a point being dragged", bare, dragging, 1.20)
            let_go(notebook)
            judge("frames from a gesture to its repaint, p95", gesture_to_repaint(notebook, plot), 1)
            quiet, loaded = gesture_to_trainer(notebook, plot)
            judge("from a gesture to the trainer, p95", quiet, 25, unit=" ms")
            print(f"      the same while it trains as fast as it can: {loaded:.0f} ms")
            notebook.open([LARGE])
            notebook.run(0)
            Plot(notebook)
            judge(
                "seconds until 10,000 points are back after a reload in mid-training",
                statistics.median(seconds_to_restore(notebook) for _ in range(3)),
                1.0,
            )
    finally:
        server.stop()


if __name__ == "__main__":
    main()
