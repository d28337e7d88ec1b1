"""A bare loop over DistributedDataParallel in two processes, which take their turns beside ours at a word."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from tests.house.source import CHECKOUT
from tests.parts import digit_samples

BATCH = 32  # half of it in each process


def processor(pid: int | str = "self") -> float:
    """Processor seconds of a process so far: on a busy machine they say more than seconds."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Pair:
    """Both processes, from outside; `model` is module:function and its argument."""

    def __init__(self, make: str, name: str):
        self._folder = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", "tests.benchmarks.ddp", make, name, f"{self._folder.name}/store"]
        options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
        self._both = [
            subprocess.Popen([*command, rank], cwd=CHECKOUT, env=environment, **options) for rank in "01"
        ]
        self.pids = [process.pid for process in self._both]
        self(20)

    def __call__(self, steps: int) -> float:
        """Seconds of one of so many steps."""
        for process in self._both:
            process.stdin.write(f"{steps}\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        said = [float(process.stdout.readline()) for process in self._both]  # type: ignore[union-attr]
        return said[0]

    def close(self) -> None:
        for process in self._both:
            process.communicate()
        self._folder.cleanup()


def turns(model: nn.Module, rank: int) -> Iterator[float]:
    """Seconds of a step, after each line on stdin that says how many to do."""
    parallel = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(parallel.parameters(), fused=True)  # as a trainer's own
    train, _ = digit_samples()
    x, y = train.inputs(torch.arange(len(train))), train.y
    generator = torch.Generator().manual_seed(0)

    def batches() -> Iterator[torch.Tensor]:
        while True:
            yield from torch.randperm(len(x), generator=generator).split(BATCH)

    source = batches()
    for line in sys.stdin:
        begun = time.perf_counter()
        for _ in range(int(line)):
            ids = next(source)[rank::2]
            optimizer.zero_grad()
            nn.functional.cross_entropy(parallel(x[ids]), y[ids]).backward()
            optimizer.step()
        yield (time.perf_counter() - begun) / int(line)


def main(make: str, name: str, store: str, rank: str) -> None:
    module, _, function = make.partition(":")
    model = getattr(__import__(module, fromlist=[function]), function)(name)
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=int(rank), world_size=2)
    for seconds in turns(model, int(rank)):
        print(seconds, flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
