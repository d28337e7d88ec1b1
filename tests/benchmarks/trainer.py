"""The trainer's numbers: steps a second against a bare torch loop, edits under load, frames, eight kernels.

Run as `python -m tests.benchmarks.trainer`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from scipy.spatial import procrustes
from torch import nn
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.edits import Move, Relabel
from greenlatent.energy import Meter
from greenlatent.picture.picture import Picture
from greenlatent.picture.projection import PCA
from greenlatent.run.run import Run
from greenlatent.run.runner import Runner
from greenlatent.training.seen import Seen
from greenlatent.training.trainer import Trainer
from tests.benchmarks import judge, ratios


class Mlp(nn.Module):
    """All dispatch overhead: the hard case."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 16))
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(16, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(x))


class Cnn(nn.Module):
    """A step takes 10 ms or more on one core of 2020."""

    def __init__(self, width: int = 40):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()),
            nn.MaxPool2d(2),
            *(nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU()),
        )
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2 * width, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(x))


def adam(parameters: object) -> torch.optim.Optimizer:
    """As one writes it; the trainer's own default is the fused form, which is faster."""
    return torch.optim.Adam(parameters, lr=1e-3)  # type: ignore[arg-type]


def flat() -> Samples:
    return digits().split(0.3, seed=0)[0]


def images(scale: int = 1) -> Samples:
    """Digits as pictures of 16 x 16 times scale."""
    train = flat()
    x = train.x.reshape(-1, 1, 8, 8).repeat_interleave(2 * scale, 2).repeat_interleave(2 * scale, 3)
    return Samples(x, train.y)


def bare(model: nn.Module, train: Samples, batch: int) -> Callable[[int], float]:
    """The loop as one writes it without greenlatent; does n steps and returns the seconds of one."""
    optimizer = adam(model.parameters())
    generator = torch.Generator().manual_seed(0)

    def batches() -> Iterator[torch.Tensor]:
        while True:
            yield from torch.randperm(len(train), generator=generator).split(batch)

    source, x, y = batches(), train.x, train.y

    def run(n: int) -> float:
        begun = time.perf_counter()
        for _ in range(n):
            ids = next(source)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[ids]), y[ids])
            loss.backward()
            optimizer.step()
        return (time.perf_counter() - begun) / n

    run(10)
    return run


def ours(
    make: Callable[[], nn.Module], train: Samples, batch: int, *, edits: int = 0, statistics: bool = True
) -> Callable[[int], float]:
    """The same with a Trainer; with edits, their pulls are live and not yet retired whenever steps are timed."""
    state: dict[str, Trainer] = {}

    def fresh() -> Trainer:
        trainer = Trainer(
            make(),
            train,
            latent="encoder",
            batch_size=batch,
            threads=1,
            statistics=statistics,
            optimizer=adam,
        )
        trainer.step(30)
        for i in range(edits):
            trainer.journal.add(Move([3 * i], str((int(train.y[3 * i]) + 5) % 10)))
        trainer.step(5)
        return trainer

    def run(n: int) -> float:
        trainer = state.get("it")
        if trainer is None or (edits and len(trainer.feedback.unsatisfied()) < edits):
            trainer = state["it"] = fresh()
        begun = time.perf_counter()
        trainer.step(n)
        return (time.perf_counter() - begun) / n

    return run


def steps_per_second() -> None:
    """How much of a bare loop's speed is left."""
    train, pictures = flat(), images()
    kinds = {"no edits": {"statistics": False}, "statistics": {}, "60 live edits": {"edits": 60}}
    limits = {"MLP": (0.95, 0.90, 0.80), "CNN": (0.98, 0.97, 0.95)}
    mlp = ratios(
        bare(Mlp(), train, 32),
        {name: ours(Mlp, train, 32, **options) for name, options in kinds.items()},  # type: ignore[arg-type]
        steps=90,
        rounds=25,
    )
    loop = bare(Cnn(), pictures, 32)
    print(
        f"      a CNN step takes {1e3 * loop(10):.1f} ms, an MLP step {1e3 * bare(Mlp(), train, 32)(300):.3f} ms"
    )
    cnn = ratios(
        loop,
        {name: ours(Cnn, pictures, 32, **options) for name, options in kinds.items()},  # type: ignore[arg-type]
        steps=12,
        rounds=15,
    )
    for net, found in (("MLP", mlp), ("CNN", cnn)):
        for (name, value), limit in zip(found.items(), limits[net], strict=True):
            judge(f"{net}, {name}: share of a bare loop's steps per second", value, limit, least=True)


def gestures_while_training() -> None:
    """20 edits a second arrive: processor seconds a step, and how soon an edit is in force."""
    train = flat()
    loop = bare(Mlp(), train, 32)
    shares, latencies = [], []
    for _ in range(7):
        trainer = Trainer(Mlp(), train, latent="encoder", batch_size=32, threads=1, optimizer=adam)
        runner = Runner(trainer)
        begun = time.process_time()
        loop(2000)
        quiet = (time.process_time() - begun) / 2000
        runner.step(50)
        before, begun = trainer.steps, time.process_time()
        runner.start()
        for k in range(20):
            trainer.journal.add(Relabel([7 * k], int(train.y[7 * k])))
            time.sleep(0.05)
        runner.pause()
        shares.append((time.process_time() - begun) / (trainer.steps - before) / quiet)
        runner.start(pace=1000)
        applied = threading.Event()
        land = trainer.edits.land

        def spy(step: int, land: Callable[[int], None] = land, applied: threading.Event = applied) -> None:
            land(step)
            applied.set()

        trainer.edits.land = spy  # type: ignore[method-assign]
        for k in range(40):
            applied.clear()
            sent = time.perf_counter()
            trainer.journal.add(Relabel([7 * k], int(train.y[7 * k])))
            applied.wait(5)
            latencies.append(time.perf_counter() - sent)
            time.sleep(0.01)
        runner.stop()
    judge("processor seconds a step under 20 gestures a second, against bare", float(np.median(shares)), 1.10)
    judge(
        "submit to applied at 1,000 steps a second, p95",
        1e3 * float(np.quantile(latencies, 0.95)),
        20,
        unit=" ms",
    )


def frames() -> None:
    """How far published frames are from exact ones, and what they cost."""
    train = flat()
    trainer = Trainer(Mlp(), train, latent="encoder", batch_size=32, threads=1)
    picture, worst, count = Picture(trainer), 0.0, 0
    picture.frame()
    picture.frame()
    picture.training(True)
    while trainer.steps < 6000:
        trainer.step(3)
        if trainer.steps >= 30 and picture.affordable():
            frame = picture.frame()
            exact = picture.projection.transform(trainer.exact(picture._at)).numpy()
            worst, count = max(worst, procrustes(frame.points, exact)[2]), count + 1
    judge(f"disparity of {count} frames from step 30 on, digits, worst", worst, 0.02)

    pictures = images(2)
    slow = Trainer(Cnn(48), pictures, latent="encoder", batch_size=64, threads=1)
    picture, worst, spent, steps, count = Picture(slow), 0.0, 0.0, 0, 0
    picture.frame()
    picture.frame()
    picture.training(True)
    begun = time.perf_counter()
    aside = 0.0
    while slow.epoch < 6:
        slow.step(1)
        steps += 1
        if picture.affordable():
            at = time.perf_counter()
            frame = picture.frame()
            done = time.perf_counter()
            spent += done - at
            if slow.epoch >= 2:
                exact = picture.projection.transform(slow.exact(picture._at)).numpy()
                worst, count = max(worst, procrustes(frame.points, exact)[2]), count + 1
            aside += time.perf_counter() - done
            picture._begun += time.perf_counter() - done  # type: ignore[operator]  # judging is not training
    total = time.perf_counter() - begun - aside
    print(f"      a step of the slow CNN takes {1e3 * (total - spent) / steps:.0f} ms")
    judge("frames after the second epoch, CNN with batch norm", count, 3, least=True)
    judge("their disparity, worst", worst if count else float("nan"), 0.1)
    judge("watching, share of the time", 100 * spent / total, 3, unit=" %")


def sizes() -> None:
    """A frame of many samples, and what statistics weigh."""
    z, pca, seconds = torch.randn(10_000, 64), PCA(), []
    for _ in range(20):
        begun = time.perf_counter()
        pca.fit(z)
        pca.transform(z).numpy()
        seconds.append(time.perf_counter() - begun)
    judge("PCA frame of 10,000 x 64, median", 1e3 * float(np.median(seconds)), 10, unit=" ms")
    seen = Seen(60_000, 64, regression=False, device=torch.device("cpu"))
    held = sum(t.numel() * t.element_size() for t in seen.state().values())
    judge("statistics of 60,000 x 64", held / 1e6, 40, unit=" MB")


CHILD = """
import re, sys, time, torch
from tests.benchmarks.trainer import Mlp, bare, flat
from greenlatent.lab.lab import Lab
torch.set_num_threads(1)
train = flat()
if sys.argv[1] == "bare":
    run = bare(Mlp(), train, 32)
    work = lambda: run(200)
else:
    lab = Lab(Mlp(), train, latent="encoder", batch_size=32, threads=1, session=False)
    work = lambda: lab.step(200)
print("ready", flush=True)
sys.stdin.readline()
steps, end = 0, time.perf_counter() + 10
while time.perf_counter() < end:
    work()
    steps += 200
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]  # ru_maxrss would count the parent's
print(steps, int(peak) / 1024, flush=True)
"""


def eight_kernels() -> None:
    """A class on a hub: eight Labs on two cores against eight bare loops."""

    def together(kind: str) -> tuple[int, float]:
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        children = [
            subprocess.Popen(
                [sys.executable, "-c", CHILD, kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=env,
            )
            for _ in range(8)
        ]
        for child in children:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        found = [child.communicate()[0].split() for child in children]
        return sum(int(steps) for steps, _ in found), max(float(megabytes) for _, megabytes in found)

    alone, _ = together("bare")
    labs, megabytes = together("lab")
    judge("eight Labs together, share of eight bare loops", labs / alone, 0.8, least=True)
    judge("largest of eight Labs", megabytes, 600, unit=" MB")


BUSY = "while True: pass"


def threads() -> None:
    """Threads: what a price asked before a long run is worth for steps of 100 ms, and what small steps take beside a
    busy process."""

    def taken(
        net: nn.Module, rows: int, shape: tuple[int, ...], steps: int, **options: int
    ) -> tuple[float, int]:
        x = torch.rand(2 * rows, *shape, generator=torch.Generator().manual_seed(0))
        train = Samples(x, np.arange(2 * rows) % 10, classes=[str(k) for k in range(10)])
        with Meter(calibration=False) as meter:
            trainer = Trainer(net, train, latent="encoder", batch_size=rows, meter=meter, **options)
            run = Run(trainer, meter)
            run.step(steps)
            found = meter.ledger()["train"].value / steps, trainer.settings.threads
            run.close()
        return found

    one, _ = taken(Cnn(), 64, (1, 16, 16), 40, threads=1)
    asked, chosen = taken(Cnn(), 64, (1, 16, 16), 80)
    judge(f"joules a step of a CNN with {chosen} threads, as priced, over one", asked / one, 1.1)
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        one, _ = taken(Mlp(), 32, (64,), 200, threads=1)
        none, _ = taken(Mlp(), 32, (64,), 200)
    finally:
        for other in others:
            other.kill()
            other.wait()
    judge("joules of 200 small steps beside busy processes, threads=None over 1", none / one, 1.2)


def main() -> None:
    torch.set_num_threads(1)
    for part in (steps_per_second, gestures_while_training, frames, sizes, threads, eight_kernels):
        print(f"\n{part.__doc__}")
        part()


if __name__ == "__main__":
    main()
