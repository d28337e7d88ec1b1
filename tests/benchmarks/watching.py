"""What watching costs: the kernel's processor seconds a step with a Lab unseen, on the screen, and dragged in; its
share of the joules; how soon a gesture is on the screen and in the training; and how soon a reloaded page is back.

The bare loop is the same network, optimizer and batch size without greenlatent. It takes turns with the Lab's steps on
the same thread of the same kernel behind a real JupyterLab: two processes differ by a tenth in the speed of the same
steps, and a page that draws on the same two cores slows whatever runs beside it, by its use of the caches, by another
tenth or two. Run as `python -m tests.benchmarks.watching`.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import islice

import torch
from torch import nn

from greenlatent import Samples
from tests.benchmarks import judge
from tests.browser.harness import Notebook, Server, open_browser, wait_until
from tests.browser.plot import Plot

ROUNDS = 7
STEPS = 10_000
TURN, BARE = 450, 50  # steps of the Lab, then of the bare loop

GESTURES = 60

# What training took is noted in the kernel when it ends: to ask while it runs would cost what is to be measured.
SETUP = """
import threading
import time
import greenlatent as gl
from tests.benchmarks.watching import BARE, TURN, bare_loop, network

train, valid = gl.datasets.digits().split(valid=0.3, seed=0)
lab = gl.Lab(network(), train, valid=valid, latent="0", session=False, seed=0, threads=1)
bare, advance, turns = bare_loop(train), lab.trainer.advance, []

def advance_in_turns():
    advance()
    if lab.trainer.steps % TURN == 0:
        turns.append(bare(BARE))

lab.trainer.advance = advance_in_turns

def run(steps):
    turns.clear()
    def note(begin=time.process_time()):
        lab.wait()
        spent = sum(turns)
        global each
        each = (time.process_time() - begin - spent) / steps, spent / (BARE * len(turns))
    lab.start(steps)
    threading.Thread(target=note).start()

noted, landed, note, land = [], [], lab.journal.add, lab.trainer.edits.land
def add(*edit, **about):
    line = note(*edit, **about)
    noted.append((len(lab.journal), time.time()))
    return line
def take(step):
    landed.append((len(lab.journal), time.time()))
    land(step)
lab.journal.add, lab.trainer.edits.land = add, take
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


def bare_loop(train: Samples) -> Callable[[int], float]:
    """A training loop as one writes it without greenlatent: tells the processor seconds of so many steps."""
    model = network()
    # fused, as a Lab's own is, or the loop would lose by it
    adam = torch.optim.Adam(model.parameters(), 1e-3, fused=True)

    def epochs() -> Iterator[torch.Tensor]:
        while True:
            yield from torch.randperm(len(train)).split(64)

    batches = epochs()

    def run(steps: int) -> float:
        begin = time.thread_time()
        for ids in islice(batches, steps):
            loss = nn.functional.cross_entropy(model(train.inputs(ids)), train.y[ids])
            adam.zero_grad()
            loss.backward()
            adam.step()
        return time.thread_time() - begin

    return run


# Processor seconds of a step: all that the kernel does for the Lab's, and the bare loop's.
Each = tuple[float, float]


def unseen_loop(notebook: Notebook) -> Callable[[], Each]:
    """Training in the background of a kernel."""

    def run() -> Each:
        notebook.execute(f"run({STEPS}); lab.wait()")
        return notebook.kernel("each")

    return run


def seen_loop(notebook: Notebook, plot: Plot, meanwhile: Callable[[], None]) -> Callable[[], Each]:
    """The same with the Lab on the screen, while something goes on in the page until it shows the pause."""

    def run() -> Each:
        notebook.execute(f"run({STEPS})")
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


def judge_ratio(name: str, loop: Callable[[], Each], limit: float) -> None:
    found = [loop() for _ in range(ROUNDS)]
    ratio = statistics.median(lab / bare for lab, bare in found)
    judge(f"{name}, processor time of a step against the bare loop", ratio, limit)
    lab, bare = (1e6 * statistics.median(each) for each in zip(*found, strict=True))
    print(f"      a step takes {lab:.0f} us, one of the bare loop beside it {bare:.0f} us")


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
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open([SETUP, "lab"])
            notebook.run(0)
            unseen = unseen_loop(notebook)
            unseen()  # what is loaded late
            judge_ratio("a Lab that nobody looks at", unseen, 1.10)
            notebook.run(1)
            plot = Plot(notebook)
            # seldom, because to look for a button costs the page tens of milliseconds
            rest = seen_loop(notebook, plot, lambda: notebook.page.wait_for_timeout(1000))
            judge_ratio("a Lab on the screen", rest, 1.10)
            judge("watching, share of the run's joules", joules_of_watching(notebook), 3, unit=" %")
            dragging = seen_loop(notebook, plot, drag_about(notebook, plot))
            judge_ratio("a Lab with a point being dragged", dragging, 1.20)
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
