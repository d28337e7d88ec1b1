"""`make bench`: processor seconds of a training step: bare, with a Lab nobody looks at, watched, and dragged in.

The bare loop is the same network, optimizer and batch size without greenlatent, in this process; the Lab is in a
kernel. They take turns, so that a busy machine slows them alike: read the ratio of medians, not the seconds.
"""

import json
import statistics
import time

import torch

import greenlatent as gl
from tests.browser.harness import OUTPUT, Notebook, Server, open_browser

ROUNDS = 7
STEPS = 5000

NETWORK = """
import time, torch
import greenlatent as gl

def network():
    torch.manual_seed(0)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 16))
    return torch.nn.Sequential(encoder, torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(16, 10)))

torch.set_num_threads(1)
train, valid = gl.datasets.digits().split(valid=0.3, seed=0)
lab = gl.Lab(network(), train, valid=valid, latent="0", batch_size=64, session=False, seed=0)
"""


def bare_loop():
    """A training loop as one writes it without greenlatent: a function that takes n steps."""
    torch.set_num_threads(1)
    train, _ = gl.datasets.digits().split(valid=0.3, seed=0)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 16))
    model = torch.nn.Sequential(encoder, torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(16, 10)))
    adam = torch.optim.Adam(model.parameters(), 1e-3)

    def run(steps: int) -> float:
        begin = time.process_time()
        batches: list[torch.Tensor] = []
        for _ in range(steps):
            if not batches:
                batches = list(torch.randperm(len(train.x)).split(64))
            rows = batches.pop()
            loss = torch.nn.functional.cross_entropy(model(train.x[rows]), train.y[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
        return (time.process_time() - begin) / steps

    return run


def lab_steps(notebook: Notebook, dragging: bool = False) -> float:
    """Processor seconds of the whole kernel per step of its Lab, training in the background."""
    notebook.execute(f"begin = time.process_time(); lab.start({STEPS})")
    if dragging:
        box = notebook.page.locator(".greenlatent canvas").first.bounding_box()
        assert box
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        notebook.page.mouse.move(*middle)
        notebook.page.mouse.down()
        while notebook.kernel("lab.runner.running"):
            notebook.page.mouse.move(middle[0] + 60, middle[1] + 30, steps=15)
            notebook.page.mouse.move(*middle, steps=15)
        notebook.page.keyboard.press("Escape")
        notebook.page.mouse.up()
    else:
        notebook.execute("lab.wait()")
    return notebook.kernel("time.process_time() - begin") / STEPS


def main() -> None:
    bare = bare_loop()
    rows: dict[str, list[tuple[float, float]]] = {}
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.open([NETWORK, "lab"])
            notebook.run(0)
            bare(STEPS), lab_steps(notebook)  # warm both
            rows["a Lab nobody looks at"] = [(lab_steps(notebook), bare(STEPS)) for _ in range(ROUNDS)]
            notebook.run(1)
            notebook.page.locator(".greenlatent canvas").first.wait_for()
            rows["a Lab on the screen"] = [(lab_steps(notebook), bare(STEPS)) for _ in range(ROUNDS)]
            rows["a Lab being dragged in"] = [(lab_steps(notebook, True), bare(STEPS)) for _ in range(ROUNDS)]
    finally:
        server.stop()

    report = {}
    print(
        f"processor milliseconds a step, medians of {ROUNDS} rounds of {STEPS} steps, digits MLP, one thread"
    )
    for name, pairs in rows.items():
        with_lab, without = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        ratios = sorted(a / b for a, b in pairs)
        report[name] = {"ms": with_lab, "bare_ms": without, "ratio": statistics.median(ratios), "all": ratios}
        print(
            f"{name:24} {with_lab:6.3f}  bare {without:6.3f}  "
            f"ratio {statistics.median(ratios):5.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
        )
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "bench.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
