"""What watching costs: the kernel's processor seconds a step with a Lab unseen, on the screen, and dragged in, and
how soon a reloaded page is back.

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
from tests.browser.harness import Notebook, Server, open_browser
from tests.browser.plot import Plot

ROUNDS = 7
STEPS = 5000

SETUP = """
import time
import greenlatent as gl
from tests.benchmarks.watching import network

train, valid = gl.datasets.digits().split(valid=0.3, seed=0)
lab = gl.Lab(network(), train, valid=valid, latent="0", session=False, seed=0, threads=1)
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


def lab_loop(notebook: Notebook) -> Callable[[int], float]:
    """Training in the background of a kernel: processor seconds of the whole kernel a step."""

    def run(steps: int) -> float:
        notebook.execute(f"begin = time.process_time(); lab.start({steps}); lab.wait()")
        return notebook.kernel("time.process_time() - begin") / steps

    return run


def dragging_loop(notebook: Notebook, plot: Plot) -> Callable[[int], float]:
    """The same while a point is dragged about without rest, and never dropped."""

    def run(steps: int) -> float:
        spot, _ = plot.lone()
        mouse = notebook.page.mouse
        mouse.move(spot.x, spot.y)
        mouse.down()
        notebook.execute(f"begin = time.process_time(); lab.start({steps})")
        while notebook.kernel("lab.runner.running"):
            mouse.move(spot.x + 60, spot.y + 30, steps=15)
            mouse.move(spot.x, spot.y, steps=15)
        seconds = notebook.kernel("time.process_time() - begin") / steps
        notebook.page.keyboard.press("Escape")
        mouse.up()
        return seconds

    return run


def judge_ratio(name: str, bare: Callable[[int], float], other: Callable[[int], float], limit: float) -> None:
    """Bare loop and Lab take turns, so that a busy machine slows both alike."""
    found = [other(STEPS) / bare(STEPS) for _ in range(ROUNDS)]
    judge(f"{name}, processor time of a step against the bare loop", statistics.median(found), limit)


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
            lab = lab_loop(notebook)
            bare(STEPS), lab(STEPS)  # warm both
            judge_ratio("a Lab that nobody looks at", bare, lab, 1.10)
            notebook.run(1)
            plot = Plot(notebook)
            judge_ratio("a Lab on the screen", bare, lab, 1.10)
            judge_ratio("a Lab with a point being dragged", bare, dragging_loop(notebook, plot), 1.20)
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
