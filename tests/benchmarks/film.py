"""What a film weighs, how fast it opens and scrubs, and what recording costs: `python -m tests.benchmarks.film`."""

from __future__ import annotations

import contextlib
import queue
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import greenlatent as gl
from tests.benchmarks import judge
from tests.benchmarks.study_cells import mlp
from tests.browser.harness import open_browser
from tests.parts import clusters, linear_net

FRAMES = 300
SCRUBBED = 120  # frames of the screen
# The handle of the time line is put elsewhere at every frame of the screen, which waits for the one before.
SCRUB = """async count => {
    const slide = document.querySelector("input[type=range]");
    const next = () => new Promise(done => requestAnimationFrame(done));
    await next();
    const begun = performance.now();
    for (let k = 0; k < count; k++) {
        slide.value = Math.round((k * 7919) % (Number(slide.max) + 1));
        slide.dispatchEvent(new Event("input", { bubbles: true }));
        await next();
    }
    return count / ((performance.now() - begun) / 1000);
}"""


def filmed(lab: gl.Lab, path: Path, frames: int = FRAMES) -> Path:
    for _ in range(frames - len(lab.film)):
        lab.step(2)
        lab.refresh()
    lab.film.save(path)
    lab.close()
    return path


def digits() -> gl.Lab:
    train, valid = gl.datasets.digits().split(0.3, seed=0)
    return gl.Lab(mlp(64), train.take(range(1000)), valid=valid, latent="0", session=False, threads=1)


def many() -> gl.Lab:
    data = clusters(n=10_000)
    return gl.Lab(linear_net(), data, latent="0", batch_size=64, session=False, threads=1, shown=10_000)


def looked_at(path: Path) -> tuple[float, float]:
    """Seconds until its first picture, and frames a second under a hand on the time line."""
    with open_browser() as browser:
        page = browser.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
        begun = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector(".film-line")
        opened = time.perf_counter() - begun
        return opened, float(page.evaluate(SCRUB, SCRUBBED))


def share_of_recording(axes: bool, seconds: float = 10.0) -> float:
    """Processor seconds that recording takes, of those that training takes, while a page takes every frame."""
    lab, spent = digits(), [0.0]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            begun = time.thread_time()
            try:
                return method(*given)
            finally:
                spent[0] += time.thread_time() - begun

        return call

    recorder = lab._dashboard.recorder
    assert recorder is not None
    recorder.read = timed(recorder.read)  # type: ignore[method-assign]
    lab.widget.record(timed(recorder._hear))

    drawn: queue.Queue[int] = queue.Queue()

    def taken(header: Any, buffers: Any = None) -> None:
        if header.get("type") == "frame":
            drawn.put(header["seq"])

    def say(kind: str, **fields: Any) -> None:
        lab.widget._hear(None, {"v": 2, "type": kind, "seq": 0, **fields}, [])

    lab.widget._channel._wire = taken
    say("hello", view="v", open=True, axes=axes)
    lab.start()
    before, begun, frames = spent[0], time.process_time(), len(lab.film)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with contextlib.suppress(queue.Empty):
            say("ack", frame=drawn.get(timeout=0.05))
    lab.pause()
    share, frames = (spent[0] - before) / (time.process_time() - begun), len(lab.film) - frames
    print(f"      {frames} frames recorded in {seconds:g} s")
    lab.close()
    return share


def main() -> None:
    print("\nFilms: what they weigh, and how fast they are.")
    with tempfile.TemporaryDirectory() as folder:
        small = filmed(digits(), Path(folder) / "small.html")
        judge(f"1,000 samples, {FRAMES} frames", small.stat().st_size / 1e6, 1.5, unit=" MB")
        opened, rate = looked_at(small)
        judge("1,000 samples: seconds to the first picture", opened, 1.0)
        judge("1,000 samples: scrubbing, frames a second", rate, 30, least=True)
        large = filmed(many(), Path(folder) / "large.html", 60)
        opened, rate = looked_at(large)
        print(
            f"      10,000 samples, 60 frames: {large.stat().st_size / 1e6:.2f} MB, opens in {opened:.2f} s"
        )
        judge("10,000 samples: scrubbing, frames a second", rate, 15, least=True)
    judge("recording, share of training", 100 * share_of_recording(False), 0.3, unit=" %")
    judge("the same with axes open", 100 * share_of_recording(True), 0.3, unit=" %")


if __name__ == "__main__":
    main()
