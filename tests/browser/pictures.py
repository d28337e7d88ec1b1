"""`make pictures [ARGS=sent]`: photographs and a recording for README and docs, of the real widget, light and dark."""

import math
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import torch
from playwright.sync_api import Locator

import greenlatent as gl
from tests.browser.harness import CHECKOUT, Notebook, Server, open_browser, wait_until
from tests.browser.recording import recorded

QUICKSTART = CHECKOUT / "notebooks" / "01-quickstart.ipynb"
PICTURES = CHECKOUT / "docs" / "pictures"
STEPS = 800  # by then the classes have parted, and what is mislabelled stands out
THEMES = ("light", "dark")
Place = tuple[float, float]

# A third of the sixes is labelled 1 by mistake: one crowd of two colours, so ten seconds are enough to see and mend it.
MISTAKE = """
import numpy as np, torch
import greenlatent as gl
right = gl.datasets.digits()
given = right.y.clone()
given[torch.nonzero(right.y == 6)[::3, 0]] = 1
noisy = gl.Samples(right.x, given, classes=right.classes, preview="image")
train, valid = noisy.split(valid=0.3, seed=0)
valid = right.take(valid.origin)
"""
# Where the crowd of sixes is: its middle, its radius, and the corners of the whole picture.
GROUP = """
def group():
    frame = lab.runner.call(lab.picture.frame)
    at = frame.points[right.y[train.origin].numpy()[frame.ids] == 6]
    middle = np.median(at, 0)
    radius = float(np.quantile(np.linalg.norm(at - middle, axis=1), 0.6))
    return middle.tolist(), radius, frame.points.min(0).tolist(), frame.points.max(0).tolist()
"""

LATENTS = """
import numpy as np, torch
import greenlatent as gl
train, _ = gl.datasets.digits().split(valid=0.6, seed=0)
torch.manual_seed(0)
encoder = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 8))
model = torch.nn.Sequential(encoder, torch.nn.ReLU(), torch.nn.Linear(8, 10))
trainer = gl.Trainer(model, train, latent="0", batch_size=32)
trainer.step(300)
z, y = trainer.latents(), train.y.numpy()
embedding = gl.Embedding("tsne")
embedding.fit(torch.as_tensor(z))
embedding.wait(120)
points = embedding.transform(torch.as_tensor(z)).numpy()
embedding.close()
def of(label, count):  # samples in the middle of a class
    ids = np.flatnonzero(y == label)
    return ids[((points[ids] - np.median(points[ids], 0)) ** 2).sum(1).argsort()[:count]]
"""
SCATTER = """
guesses = trainer.seen.predicted.long().numpy()
plot = gl.Scatter(points, labels=train.y, classes=train.classes, predicted=guesses, height=340)
plot
"""
PARALLEL = "axes = gl.Parallel(z, labels=train.y, classes=train.classes, height=380)\naxes"


def photograph(notebook: Notebook, view: Locator, path: Path, *, pointer: bool = False) -> None:
    if not pointer:
        notebook.page.mouse.move(0, 0)  # no hover card
    wait_until(lambda: view.screenshot() == view.screenshot(), "points that have come to rest")
    view.screenshot(path=path, animations="disabled")
    print(path.relative_to(CHECKOUT), f"{path.stat().st_size // 1024} KB", flush=True)


def placed(stage: Locator, low: Place, high: Place, at: Place) -> Place:
    """Where a place of the data is on the page while the camera fits all points; see js/src/scatter/lens.ts."""
    box = stage.bounding_box()
    assert box
    scale = min((box["width"] - 56) / (high[0] - low[0]), (box["height"] - 56) / (high[1] - low[1]))
    return (
        box["x"] + box["width"] / 2 + (at[0] - (low[0] + high[0]) / 2) * scale,
        box["y"] + box["height"] / 2 - (at[1] - (low[1] + high[1]) / 2) * scale,
    )


def ring(middle: Place, radius: float) -> list[Place]:
    turns = [2 * math.pi * k / 24 for k in range(25)]
    return [(middle[0] + radius * math.cos(t), middle[1] + radius * math.sin(t)) for t in turns]


def draw(notebook: Notebook, way: list[Place], *, steps: int = 4, slowly: float = 0) -> None:
    mouse = notebook.page.mouse
    mouse.move(*way[0], steps=10)
    mouse.down()
    for place in way[1:]:
        mouse.move(*place, steps=steps)
        if slowly:
            notebook.page.wait_for_timeout(slowly)


def dashboard(notebook: Notebook) -> None:
    """The quick start after some training."""
    notebook.open(QUICKSTART)
    notebook.run_all()
    notebook.execute(f"lab.start({STEPS}); lab.wait(); lab.refresh()")
    notebook.wait_kernel(f"lab.trainer.steps >= {STEPS}")
    view = notebook.page.locator(".greenlatent").first
    for theme in THEMES:
        notebook.theme(theme)
        view.scroll_into_view_if_needed()
        photograph(notebook, view, PICTURES / f"quickstart-{theme}.png")


def film(notebook: Notebook) -> None:
    """Ten seconds: training runs, a crowd of one wrong label is drawn around, looked at, relabelled."""
    code = [cell.source for cell in nbformat.read(QUICKSTART, as_version=4).cells if cell.cell_type == "code"]
    notebook.open([MISTAKE, code[1], GROUP])
    notebook.run_all()
    notebook.theme("light")
    view = notebook.page.locator(".greenlatent").first
    view.scroll_into_view_if_needed()
    stage = view.get_by_role("application").first
    stage.wait_for()
    clip, page = view.bounding_box(), notebook.page
    assert clip
    path = PICTURES / "first-lasso.webp"
    with recorded(page, path, clip):
        page.wait_for_timeout(800)
        notebook.execute("lab.start(200, pace=60)")
        page.wait_for_timeout(3600)
        notebook.execute("lab.pause(); lab.refresh()")
        middle, radius, low, high = notebook.kernel("group()")
        there = placed(stage, low, high, middle)
        edge = placed(stage, low, high, (middle[0] + radius, middle[1]))
        box = stage.bounding_box()
        assert box
        corner = box["x"] + 40, box["y"] + box["height"] - 40  # no point is there: a drag would take it
        around = ring(there, max(24, abs(edge[0] - there[0])))
        draw(notebook, [corner, *around, corner], steps=6, slowly=30)
        page.mouse.up()
        page.wait_for_timeout(1200)
        page.keyboard.press("6")
        page.wait_for_timeout(900)
        notebook.execute("lab.start(300, pace=150)")
        page.wait_for_timeout(2500)
    print(path.relative_to(CHECKOUT), f"{path.stat().st_size // 1024} KB", flush=True)


def edits(notebook: Notebook) -> None:
    """The moment in which each gesture says what it would mean."""
    notebook.open([LATENTS, SCATTER, PARALLEL])
    notebook.run_all()
    page = notebook.page
    view, axes = page.locator(".greenlatent").nth(0), page.locator(".greenlatent").nth(1)
    stage = view.get_by_role("application").first
    low, high = notebook.kernel("[points.min(0).tolist(), points.max(0).tolist()]")

    def middle(label: int) -> Place:
        return placed(stage, low, high, notebook.kernel(f"points[of({label}, 1)[0]].tolist()"))

    def select(label: int, count: int = 12) -> None:
        notebook.execute(f"plot.selection = of({label}, {count})")
        view.get_by_role("button", name=re.compile("^Relabel")).first.wait_for()
        stage.focus()

    for theme in THEMES:
        notebook.theme(theme)
        view.scroll_into_view_if_needed()

        def shoot(name: str, what: Locator = view, theme: str = theme) -> None:
            photograph(notebook, what, PICTURES / f"edit-{name}-{theme}.png", pointer=True)
            page.keyboard.press("Escape")

        select(4)
        page.keyboard.press("m")
        shoot("relabel")
        select(4)
        draw(notebook, [middle(4), middle(9)], steps=12)
        page.mouse.up()
        view.get_by_role("dialog").wait_for()
        shoot("move")
        select(4)
        page.keyboard.press("w")
        shoot("weigh")
        select(0, 3)
        page.keyboard.press("k")
        select(6, 3)
        page.keyboard.press("k")
        shoot("link")  # which closes its menu, and the next one lets go of the three points
        stage.focus()
        page.keyboard.press("Escape")
        axes.scroll_into_view_if_needed()
        axes.get_by_role("application").first.focus()
        for key in ("Home", *["ArrowRight"] * 4, *["ArrowUp"] * 4, "t", *["ArrowUp"] * 6, "Enter"):
            page.keyboard.press(key)
        axes.get_by_role("dialog").wait_for()
        shoot("shift", axes)
        page.keyboard.press("Escape")


def sent() -> None:
    """The file of a film, from disk and offline: a run with one edit, at the frame after it."""
    right = gl.datasets.digits()
    given = right.y.clone()
    given[(right.y == 6).nonzero()[::3, 0]] = 1  # as in MISTAKE
    noisy = gl.Samples(right.x, given, classes=right.classes, preview="image")
    data, valid = noisy.split(valid=0.3, seed=0)
    torch.manual_seed(0)
    encoder = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 16))
    model = torch.nn.Sequential(encoder, torch.nn.ReLU(), torch.nn.Linear(16, 10))
    lab = gl.Lab(
        *(model, data),
        valid=right.take(valid.origin),
        latent="0",
        session=False,
        title="Digits, a third of the sixes wrong",
    )
    for frame in range(48):
        lab.step(10 if frame < 30 else 20)
        if frame == 30:
            sixes = (right.y[data.origin] == 6) & (data.y == 1)
            lab.journal.add(gl.Relabel(sixes.nonzero()[:, 0].tolist(), "6"), by="human")
        lab.refresh()
    with tempfile.TemporaryDirectory() as folder:
        file = lab.film.save(Path(folder) / "run.html")
        lab.close()
        for theme in THEMES:
            with open_browser() as browser:
                size = {"width": 1000, "height": 700}
                page = browser.new_context(offline=True, color_scheme=theme, viewport=size).new_page()
                page.goto(file.as_uri())
                line = page.locator(".film-line")
                line.wait_for()
                page.get_by_role("slider").last.focus()
                for _ in range(9):
                    page.keyboard.press("ArrowLeft")
                wait_until(
                    lambda page=page: page.screenshot() == page.screenshot(), "points that have come to rest"
                )
                path = PICTURES / f"film-{theme}.png"
                page.screenshot(path=path, animations="disabled")
                print(path.relative_to(CHECKOUT), f"{path.stat().st_size // 1024} KB", flush=True)


def main(parts: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    if not parts or "sent" in parts:
        sent()
    live = [part for part in (dashboard, film, edits) if not parts or part.__name__ in parts]
    if not live:
        return
    server = Server("lab")
    try:
        with open_browser() as browser:
            notebook = Notebook(server, browser)
            notebook.page.set_viewport_size({"width": 1200, "height": 1150})
            for part in live:
                part(notebook)
    finally:
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
