"""Two ranks on this machine: against bare DDP, against one process, and what edits and pauses take meanwhile:
`python -m tests.benchmarks.scale`."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.run.runner import Runner
from greenlatent.training import step
from tests.benchmarks import judge
from tests.benchmarks.ddp import Pair, processor
from tests.parts import digit_samples, net, weights

TURNS = 25
# net -> (steps of a turn, the least that ours may be of bare DDP's pace)
NETS = {"MLP 64-128-16-10": (120, 0.95), "419 k parameters": (40, 0.95), "CNN": (15, 0.85)}


class Wide(nn.Module):
    """Linear layers of these widths, and a head of ten."""

    def __init__(self, layers):
        super().__init__()
        parts = [part for a, b in itertools.pairwise(layers) for part in (nn.Linear(a, b), nn.ReLU())]
        self.encoder, self.head = (
            nn.Sequential(*parts[:-1]),
            nn.Sequential(nn.ReLU(), nn.Linear(layers[-1], 10)),
        )

    def forward(self, x):
        return self.head(self.encoder(x))


class Picture(nn.Module):
    """Three convolutions over 8 x 8 pixels."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()]
        layers += [
            nn.Conv2d(64, 64, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(64, 16),
        ]
        self.encoder, self.head = nn.Sequential(*layers), nn.Linear(16, 10)

    def forward(self, x):
        return self.head(self.encoder(x.view(-1, 1, 8, 8)))


def built(name: str) -> nn.Module:
    torch.manual_seed(0)
    if name == "CNN":
        return Picture()
    return Wide([64, 128, 16] if name.startswith("MLP") else [64, 512, 512, 200, 16])


def made(ranks, model=None, **options):
    train, valid = digit_samples()
    keywords = {"valid": valid, "latent": "encoder", "batch_size": 32, "threads": 1} | options
    return gl.Trainer(net() if model is None else model, train, ranks=ranks, **keywords)


def against_ddp() -> None:
    """In short turns, so that a busy machine slows both alike."""
    for name, (steps, least) in NETS.items():
        ddp = Pair("tests.benchmarks.scale:built", name)
        ours, alone = made(2, built(name)), made(None, built(name))
        pids = [os.getpid(), ours.company.who.nodes[1]["pid"]]
        found = []
        for turn in range(TURNS + 1):
            before = [sum(map(processor, who)) for who in (ddp.pids, pids)]
            paces = [ddp(steps), ours.step(steps).seconds / steps]
            work = [sum(map(processor, who)) - a for who, a in zip((ddp.pids, pids), before, strict=True)]
            if turn:  # the first one warms up
                found.append((*paces, alone.step(steps).seconds / steps, *work))
        for each in (ddp, ours, alone):
            each.close()
        theirs, mine, one, *_ = np.median(found, 0)
        their_work, work = np.sum(found, 0)[3:]
        print(
            f"      {name}: DDP {theirs * 1e3:.2f}, ours {mine * 1e3:.2f}, one process {one * 1e3:.2f} ms a step"
        )
        ratio = statistics.median(turn[0] / turn[1] for turn in found)
        judge(f"2 ranks against bare DDP, {name}", ratio, least, least=True)
        judge(f"the same by processor seconds, {name}", their_work / work, least, least=True)


# what a step asks of its company, and a step as it would be without one
SEAM = {
    "        self.edits.company.sum(self._parameters, self.task_losses, self._accumulate, self._own)\n": "",
    "company.deal(ids, targets, task)": "ids, targets, task",
    "        if mine is None:\n            self._without_rows(ids, labels, number, window, due)\n"
    "            return\n": "",
    "            loss = company.part(loss, output, self._counted, (targets, task), (own, taught))\n": "",
}


def without_seam() -> type:
    """The class of a step, from its source without those lines."""
    source = inspect.getsource(step)
    for asked, instead in SEAM.items():
        assert source.count(asked) == 1, f"a step asks its company otherwise than by {asked!r}"
        source = source.replace(asked, instead)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "step.py")
        file.write_text(source)
        spec = importlib.util.spec_from_file_location(f"{step.__name__}_without_company", file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.Step


def of_one_process() -> None:
    """One trainer, whose steps ask their company in every second turn."""
    trainer = made(None, built("MLP 64-128-16-10"))
    kinds = {"without": without_seam(), "with": step.Step}
    trainer.step(200)
    seconds, work = {name: [] for name in kinds}, {name: [] for name in kinds}
    for turn in range(300):
        for name in sorted(kinds, reverse=turn % 2 == 0):  # neither is always the first
            trainer.stepper.__class__ = kinds[name]
            used = time.thread_time()
            seconds[name].append(trainer.step(100).seconds)
            work[name].append(time.thread_time() - used)
    trainer.close()
    wall, used = (
        statistics.median(a / b for a, b in zip(found["without"], found["with"], strict=True))
        for found in (seconds, work)
    )
    print(f"      one process with the company's seam against none, by seconds: {wall:.3f}")
    judge("the same by processor seconds", used, 0.99, least=True)


def apart(a, b) -> float:
    return max(float((a[name] - b[name]).abs().max()) for name in a)


def against_one_process() -> None:
    """A CNN drifts from itself when the rows of its batches stand in another order: that is the measure."""
    train, _ = digit_samples()
    trained = {}
    for name, ranks, samples in (("one", None, train), ("two", 2, train)):
        trainer = gl.Trainer(built("CNN"), samples, latent="encoder", batch_size=32, threads=1, ranks=ranks)
        trainer.step(100)
        trained[name] = weights(trainer.model)
        trainer.close()
    turned = gl.Trainer(built("CNN"), train, latent="encoder", batch_size=32, threads=1)
    following = turned.stepper.sampler.next
    turned.stepper.sampler.next = lambda room: following(room).flip(0)
    turned.step(100)
    drift = apart(trained["one"], weights(turned.model))
    turned.close()
    judge("CNN over 2 ranks against its own drift", apart(trained["one"], trained["two"]) / drift, 3)
    off = []
    for seed in range(5):
        found = []
        for ranks in (None, 2):
            trainer = made(ranks, net(seed, drop=0.3, norm=True), seed=seed)
            trainer.step(400)
            found.append(trainer.evaluate()["accuracy"])
            trainer.close()
        off.append(found[1] - found[0])
    judge("accuracy with dropout and batch norm, 5 seeds", abs(float(np.mean(off))) * 100, 1, unit=" points")


def of_edits() -> None:
    trainer = made(2, built("CNN"), batch_size=64)
    runner = Runner(trainer)
    runner.start()
    took: list[float] = []

    def edit(seed: int) -> None:
        rng = random.Random(seed)
        for k in range(250):
            ids = rng.sample(range(len(trainer.train)), 3)
            kinds = [gl.Relabel(ids, str(k % 10)), gl.Weigh(ids, 2.0), gl.Move(ids, gl.Near([5, 6, 7]))]
            begun = time.perf_counter()
            trainer.journal.add(kinds[k % 3])
            took.append(time.perf_counter() - begun)
            time.sleep(0.002)

    threads = [threading.Thread(target=edit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    judge("adding 1,000 edits from 4 threads, p95", float(np.percentile(took, 95)) * 1e3, 5, unit=" ms")
    runner.pause()
    trainer.reset()
    step = trainer.step(20).seconds / 20
    waits = []
    for _ in range(40):
        runner.start()
        time.sleep(0.05)
        begun = time.perf_counter()
        runner.pause()
        waits.append(time.perf_counter() - begun)
    # 50 ms over a step of 20
    judge(f"pause, p95, in steps of {step * 1e3:.0f} ms", float(np.percentile(waits, 95)) / step, 2.5)
    trainer.close()


def of_the_start() -> None:
    digit_samples()  # to read data is not what is timed
    # torch's own optimizers load its compiler, which is a quarter of it; a rank has none
    size = (
        "import torch, resource; torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    torch_alone = int(subprocess.check_output([sys.executable, "-c", size]))
    found = []
    for _ in range(5):
        begun, used = time.perf_counter(), sum(os.times()[2:4])
        subprocess.check_call([sys.executable, "-c", "import torch"])
        loading, work = time.perf_counter() - begun, sum(os.times()[2:4]) - used
        begun = time.perf_counter()
        trainer = made(2)
        starting = time.perf_counter() - begun
        pid = trainer.company.who.nodes[1]["pid"]
        beyond = processor(pid) - work, starting - loading
        trainer.step(50)
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        found.append((*beyond, peak / torch_alone))
        trainer.close()
    work, seconds, memory = np.median(found, 0)
    judge("processor seconds of a rank's start beyond loading torch", work, 2, unit=" s")
    judge("start of 2 ranks beyond loading torch", seconds, 2, unit=" s")
    judge("a follower's memory against torch with an optimizer", memory, 1)


def main() -> None:
    of_the_start()
    of_one_process()
    against_ddp()
    against_one_process()
    of_edits()


if __name__ == "__main__":
    main()
