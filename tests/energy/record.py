"""`python -m tests.energy.record`: real training runs beside the meter, kept in tests/fixtures/energy for the
tests.

Seven runs of half a minute for the forecast, as one point a second, and the marks of fifteen seconds of a
digits run with ten frames a second for the attribution. Time is the processor time of the run plus its waits,
so that other work on the machine does not get into it.
"""

import json
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from greenlatent.energy import Meter, Model
from greenlatent.energy.marks import Clock

DATA = Path(__file__).parents[1] / "fixtures" / "energy"
SECONDS = 30.0


class Time:
    """Seconds of this run alone."""

    def __init__(self):
        self.waited = 0.0

    def __call__(self) -> float:
        return time.process_time() + self.waited

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: round(self() * 1e9))


def mlp():
    return torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))


def cnn():
    return torch.nn.Sequential(
        torch.nn.Unflatten(1, (1, 8, 8)),
        torch.nn.Conv2d(1, 16, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Conv2d(16, 32, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 36, 10),
    )


def train(
    meter, now, model, seconds, *, batch=64, evaluate=True, frames=0, wait=0.0, grow=False, start_up=0.0
):
    """A small training loop that marks what it does."""
    digits = load_digits()
    x = torch.tensor(digits.data, dtype=torch.float32) / 16
    y = torch.tensor(digits.target)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    if start_up:  # what happens once: loading, compiling, a first projection
        with meter.doing("prepare"):
            end = now() + start_up
            while now() < end:
                torch.linalg.svd(x[:400])
    begin = next_frame = now()
    next_wait = begin + 5
    while now() - begin < seconds:
        larger = 2 if grow and now() - begin > 0.6 * seconds else 1
        for rows in torch.randperm(len(x)).split(batch * larger):
            meter.mark("train")
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
            if frames and now() > next_frame:
                next_frame += 1 / frames
                with meter.doing("view"), torch.no_grad():
                    latents = model[0](x[:1000])
                    (latents @ torch.pca_lowrank(latents, q=2)[2]).numpy().tobytes()
            if wait and now() > next_wait:
                next_wait += 7
                with meter.doing("waiting"):
                    now.wait(wait)
        if evaluate:
            with meter.doing("evaluate"), torch.no_grad():
                (model(x).argmax(1) == y).float().mean().item()
    meter.mark(None)


RUNS = {
    "mlp": (mlp, {}),
    "mlp-plain": (mlp, {"evaluate": False, "batch": 256}),
    "cnn": (cnn, {}),
    "mlp-frames": (mlp, {"frames": 10}),
    "mlp-waiting": (mlp, {"wait": 1.5}),
    "mlp-start-up": (mlp, {"start_up": 3.0}),
    "mlp-growing-batch": (mlp, {"grow": True}),
}


def courses() -> None:
    for name, (make, how) in RUNS.items():
        torch.manual_seed(0)
        now = Time()
        with Meter([Model()], calibration=False, clock=now.clock()) as meter:
            train(meter, now, make(), SECONDS, **how)
        points = [
            [round(p.elapsed, 4), round(p.joules, 4), p.units.get("train", 0)] for p in meter._book.course
        ]
        told = {"columns": "seconds, joules, steps", "points": points}
        (DATA / f"course-{name}.json").write_text(json.dumps(told) + "\n")
        print(name, points[-1], flush=True)


def marks() -> None:
    """Every mark of one run: when, the thread's processor time, and the kind, as differences in
    microseconds."""
    taken: list[tuple[int, int, str | None]] = []

    class Listening(Meter):
        def _mark(self, kind, at):
            super()._mark(kind, at)
            taken.append((self._now(), self._cpu(), kind))

    now = Time()
    with Listening([Model()], calibration=False, clock=now.clock()) as meter:
        train(meter, now, mlp(), 15.0, frames=10)
    kinds = sorted({kind for _, _, kind in taken if kind})
    times = np.diff([t for t, _, _ in taken], prepend=taken[0][0]) // 1000
    cpu = np.diff([c for _, c, _ in taken], prepend=taken[0][1]) // 1000
    which = np.array([kinds.index(kind) if kind else -1 for _, _, kind in taken], np.int8)
    columns = {"times": times.astype(np.int32), "cpu": cpu.astype(np.int32), "kind": which, "kinds": kinds}
    np.savez_compressed(DATA / "marks-digits.npz", **columns)
    print("marks", len(taken), kinds)


if __name__ == "__main__":
    torch.set_num_threads(1)
    DATA.mkdir(parents=True, exist_ok=True)
    marks()
    courses()
