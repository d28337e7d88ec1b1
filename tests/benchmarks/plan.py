"""How far off estimates are, before any run and after some: `python -m tests.benchmarks.plan [part ...]`.

Everything is compared in processor seconds. The parts: words, speeds, nets, fits, others, accuracy, memory, joules.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, make_classification
from torch import nn

import greenlatent as gl
from greenlatent.energy.intervals import student
from greenlatent.plan import Past, Workload, rehearsal
from greenlatent.plan.costs.experience import Experience
from greenlatent.plan.costs.speeds import Speeds
from greenlatent.plan.models import counted, learners, nets, words
from greenlatent.plan.models.workload import NETS
from tests.benchmarks import judge

SECONDS = 0.8  # of processor time that each net is trained for
SPLITS = 100
LONG = 0.02  # seconds; shorter fits cost less than a tenth of a joule


@dataclass(frozen=True)
class Timed:
    """What somebody's run took beside its counts: the first 20 steps, and a mean of many."""

    name: str
    work: Workload
    terms: tuple[float, ...]
    first: float
    seconds: float

    def past(self, slow: float = 1.0) -> Past:
        return Past.of(self.work, self.terms, processor_seconds=slow * self.seconds, seconds=self.seconds)


def train(model: nn.Module, x: torch.Tensor, batch: int, latent: str = nets.LATENT) -> tuple[float, float]:
    """Processor seconds of a step: the mean of 20 after the first, and of all that come after them."""
    trainer = gl.Trainer(
        model, gl.Samples(x, np.arange(len(x)) % 4), latent=latent, batch_size=batch, threads=1
    )
    try:
        trainer.step()
        begun = time.thread_time()
        trainer.step(20)
        first = (time.thread_time() - begun) / 20
        begun, steps = time.thread_time(), max(20, min(2000, math.ceil(SECONDS / first)))
        trainer.step(steps)
        return first, (time.thread_time() - begun) / steps
    finally:
        trainer.close()


def random_net(family: str, rng: np.random.Generator) -> tuple[str, tuple[int, ...], int]:
    """Size, shape of a row and batch, widely spread."""

    def about(low: int, high: int) -> int:
        return round(math.exp(rng.uniform(math.log(low), math.log(high))))

    batch = int(rng.choice([16, 32, 64, 128]))
    if family == "mlp":
        return "-".join(str(about(16, 512)) for _ in range(rng.integers(1, 5))), (about(8, 1024),), batch
    if family == "cnn":
        side = about(8, 32)
        shape = (int(rng.choice([1, 3])), side, side) if rng.random() < 0.7 else (6, about(32, 256))
        return "-".join(str(about(8, 48)) for _ in range(rng.integers(1, 4))), shape, batch
    shape = (int(rng.choice([1, 3, 6])), about(16, 120))
    if family == "transformer":
        return "-".join([str(rng.choice([16, 32, 64, 96]))] * int(rng.integers(1, 4))), shape, batch
    return "-".join(str(about(16, 128)) for _ in range(rng.integers(1, 3))), shape, batch


def timed_nets(speeds: Speeds, each: int = 8, seed: int = 7) -> list[Timed]:
    rng, found = np.random.default_rng(seed), []
    for family in NETS * each:
        size, shape, batch = random_net(family, rng)
        model, x = nets.net(family, size, shape, 4), torch.randn(max(4 * batch, 256), *shape)
        work = counted.workload(model, shape, batch=batch)
        first, seconds = train(model, x, batch)
        found.append(Timed(f"{family} {size} {shape} x {batch}", work, speeds.terms(work), first, seconds))
    return found


def timed_fits(speeds: Speeds, seed: int = 7) -> list[Timed]:
    rng, found = np.random.default_rng(seed), []
    for family in ("svm", "tree", "forest", "adaboost", "bagging", "linear", "boosting") * 8:
        classes, features, rows = (
            int(rng.choice([2, 3, 5, 8])),
            int(rng.integers(10, 100)),
            int(rng.integers(500, 3500)),
        )
        many = int(rng.integers(10, 80))
        if family == "boosting":
            many, rows, features = many // 2 + 1, rows // 3, features // 2 + 5
        x, y = make_classification(
            rows, features, n_informative=max(5, features // 2), n_redundant=0, n_classes=classes,
            n_clusters_per_class=1, class_sep=rng.uniform(0.5, 2), random_state=int(rng.integers(1e6)),
        )  # fmt: skip
        size = str(many) if family in ("forest", "adaboost", "bagging", "boosting") else None
        work = words.workload(family, size, rows=rows, shape=features, classes=classes, batch=1)
        model = learners.estimator(family, many)
        begun = time.process_time()
        model.fit(x, y)
        took = time.process_time() - begun
        if took > LONG:
            found.append(Timed(f"{family} {rows} x {features}", work, speeds.terms(work), took, took))
    return found


def spread(
    found: Sequence[Timed], known: int, *, slow: float = 1.0, measured: bool = True
) -> dict[str, float]:
    """Errors on held-out runs with `known` others known, over random splits."""
    rng, off, inside, half = np.random.default_rng(0), [], [], []
    for _ in range(SPLITS if known else 1):
        order = [found[i] for i in rng.permutation(len(found))]
        experience = Experience(each.past(slow) for each in order[:known])
        for each in order[known:]:
            told = experience.correction(each.work, each.terms, measured=measured)
            wide = student(told.freedom) * told.deviation
            off.append(abs(math.log(slow * each.seconds / sum(each.terms)) - told.shift))
            inside.append(off[-1] <= wide)
            half.append(wide)
    factor = np.exp(off)
    return {
        "median": float(np.median(factor)),
        "p90": float(np.quantile(factor, 0.9)),
        "within": float((factor < 2).mean()),
        "covers": float(np.mean(inside)),
        "half": float(np.exp(np.median(half))),
    }


def tell(what: str, found: dict[str, float]) -> dict[str, float]:
    print(f"    {what}: " + ", ".join(f"{name} {value:.2f}" for name, value in found.items()), flush=True)
    return found


def judge_nets(speeds: Speeds) -> None:
    found = timed_nets(speeds)
    none = tell(f"{len(found)} nets, no run known", spread(found, 0))
    judge("nets within a factor of 2, speeds measured", none["within"], 0.92, least=True)
    judge("nets, median factor", none["median"], 1.30)
    ends = {known: tell(f"{known} runs known", spread(found, known)) for known in (1, 5, 20)}
    judge("nets after 20 runs, median", ends[20]["median"], 1.20)
    judge("nets after 20 runs, p90", ends[20]["p90"], 1.75)
    judge(
        "nets, least cover of a 95 % interval",
        min(each["covers"] for each in (none, *ends.values())),
        0.88,
        least=True,
    )
    judge("nets, half-width before any run", none["half"], 3.0)
    judge("nets, half-width after 20", ends[20]["half"], 1.8)
    slower = [replace(each, terms=tuple(2.5 * term for term in each.terms)) for each in found]
    tell("speeds wrong by 2.5, no run", spread(slower, 0, measured=False))
    one = tell("speeds wrong by 2.5, 1 run", spread(slower, 1, measured=False))
    judge("a machine nobody measured, after one run", one["median"], 1.45)
    first = np.exp(np.abs([math.log(each.first / each.seconds) for each in found[:30]]))
    judge("rehearsal of 20 steps, median", float(np.median(first)), 1.08)
    judge("rehearsal of 20 steps, worst of 30", float(first.max()), 1.5)


def judge_project(speeds: Speeds) -> None:
    """Runs of one project: an mlp of many widths on rows of one shape."""
    rng, found = np.random.default_rng(3), []
    for _ in range(26):
        size = "-".join(str(rng.choice([16, 32, 64, 128, 256])) for _ in range(rng.integers(1, 4)))
        batch = int(rng.choice([16, 32, 64, 128]))
        model = nets.net("mlp", size, 64, 4)
        work = counted.workload(model, 64, batch=batch)
        first, seconds = train(model, torch.randn(1024, 64), batch)
        found.append(Timed(size, work, speeds.terms(work), first, seconds))
    tell("one project, no run known", spread(found, 0))
    judge("one project after 15 runs, median", tell("15 runs known", spread(found, 15))["median"], 1.15)


def judge_fits(speeds: Speeds) -> None:
    found = timed_fits(speeds)
    none = tell(f"{len(found)} fits, no run known", spread(found, 0))
    judge("fits within a factor of 2", none["within"], 0.85, least=True)
    judge("fits, median factor", none["median"], 1.30)
    ends = {known: tell(f"{known} runs known", spread(found, known)) for known in (1, 5, 20)}
    judge("fits after 20 runs, median", ends[20]["median"], 1.20)
    judge(
        "fits, least cover of a 95 % interval",
        min(each["covers"] for each in (none, *ends.values())),
        0.88,
        least=True,
    )


class _Residual(nn.Module):
    def __init__(self, body: nn.Module, skip: nn.Module | None = None):
        super().__init__()
        self.body, self.skip = body, skip or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.skip(x))


class _Last(nn.Module):
    """The last state of a recurrent layer over (time, channels)."""

    def __init__(self, layer: nn.RNNBase):
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)[0][:, -1]


class _Mean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(1)


class _Turned(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


def architectures() -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Twelve of kinds that no net of the benchmark is: each with `latent` and `head`."""

    def made(body: Sequence[nn.Module], dims: int, x: torch.Tensor) -> tuple[nn.Module, torch.Tensor]:
        return nets.ToyNet(nn.Sequential(*body), dims, 4), x

    def linear(dims: int) -> nn.Module:
        return _Residual(nn.Sequential(nn.Linear(dims, dims), nn.ReLU(), nn.Linear(dims, dims)))

    def conv(a: int, b: int) -> nn.Module:
        both = nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1)
        )
        return _Residual(both, nn.Conv2d(a, b, 1))

    image, series, text = (
        torch.randn(256, 3, 16, 16),
        torch.randn(256, 40, 6),
        torch.randint(20_000, (256, 20)),
    )
    pooled = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    deep = [part for _ in range(12) for part in (nn.Linear(24, 24), nn.ReLU())]
    tcn = [
        nn.Conv1d(6, 24, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv1d(24, 24, 3, padding=4, dilation=4),
        nn.ReLU(),
    ]
    lenet = [nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh(), nn.Flatten()]
    return {
        "residual mlp": made([nn.Linear(64, 96), linear(96), linear(96)], 96, torch.randn(512, 64)),
        "deep and narrow": made([nn.Linear(32, 24), *deep], 24, torch.randn(512, 32)),
        "normed and dropped": made(
            [nn.Linear(64, 128), nn.BatchNorm1d(128), nn.GELU(), nn.Dropout(0.3)], 128, torch.randn(512, 64)
        ),
        "two-way lstm": made([_Last(nn.LSTM(6, 32, batch_first=True, bidirectional=True))], 64, series),
        "two grus": made([_Last(nn.GRU(6, 32, 2, batch_first=True))], 32, series),
        "dilated 1-d conv": made([_Turned(), *tcn, nn.AdaptiveAvgPool1d(1), nn.Flatten()], 24, series),
        "depthwise": made(
            [
                nn.Conv2d(3, 24, 1),
                nn.Conv2d(24, 24, 3, padding=1, groups=24),
                nn.ReLU(),
                nn.Conv2d(24, 32, 1),
                *pooled,
            ],
            32,
            image,
        ),
        "small resnet": made([conv(3, 16), conv(16, 24), *pooled], 24, image),
        "lenet": made(lenet, 16 * 4 * 4, image),
        "bag of words": made([nn.Embedding(20_000, 16), _Mean()], 16, text),
        "token transformer": made([nn.Embedding(20_000, 32), layer, _Mean()], 32, text),
        "conv and gru": made(
            [
                _Turned(),
                nn.Conv1d(6, 16, 5, padding=2),
                nn.ReLU(),
                _Turned(),
                _Last(nn.GRU(16, 32, batch_first=True)),
            ],
            32,
            series,
        ),
    }


def judge_others(speeds: Speeds) -> None:
    good, slowest = 0, 0.0
    for name, (model, x) in architectures().items():
        begun = time.process_time()
        work = counted.workload(model, example=x, batch=32)
        slowest = max(slowest, time.process_time() - begun)
        ratio = sum(speeds.terms(work)) / train(model, x, 32)[1]
        good += 0.5 < ratio < 2
        print(f"    {name} ({work.family}): x{ratio:.2f}", flush=True)
    judge("architectures of other kinds within a factor of 2, of 12", good, 10, least=True)
    judge("counting a module", slowest, 0.3, unit=" s")


def judge_words() -> None:
    code = (
        "import time; begun = time.perf_counter(); import sys, greenlatent as gl; plan = gl.Plan('a');"
        "plan.estimate('cnn', rows=5000, features=(1, 28, 28), classes=10); print(time.perf_counter() - begun);"
        "assert 'torch' not in sys.modules; begun = time.process_time();"
        "[plan.estimate('cnn', size='16-32', rows=5000 + k, features=(1, 28, 28), classes=10) for k in range(50)];"
        "print((time.process_time() - begun) / 50)"
    )
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=_where()
        )
    first, each = map(float, told.stdout.split())
    judge("an estimate from words in a fresh process, imports included", first, 1.0, unit=" s")
    judge("each further one", 1000 * each, 5.0, unit=" ms")


def _where() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_DATA_HOME": tempfile.gettempdir()}


def data_sets() -> dict[str, gl.Samples]:
    rng = np.random.default_rng(0)
    x, y = make_classification(3000, 30, n_informative=12, n_classes=4, flip_y=0.05, random_state=1)
    radius = rng.uniform(0, 3, 2500)
    angle = rng.uniform(0, 2 * math.pi, 2500)
    rings = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + rng.normal(0, 0.1, (2500, 2))
    cancer = load_breast_cancer(return_X_y=True)
    scaled = (cancer[0] - cancer[0].mean(0)) / cancer[0].std(0)
    few = gl.datasets.mnist5k()
    return {
        "digits": gl.datasets.digits(),
        "mnist": few.take(np.arange(len(few))[::2]),
        "made": gl.Samples(x.astype(np.float32), y),
        "rings": gl.Samples(rings.astype(np.float32), radius.astype(int)),
        "cancer": gl.Samples(np.tile(scaled, (1, 1)).astype(np.float32), cancer[1]),
    }


LEARNERS = ("linear", "tree", "knn", "forest", "svm", "adaboost", "bagging", "mlp")


def judge_accuracy(speeds: Speeds) -> None:
    off: dict[float, list[float]] = {1 / 8: [], 1 / 4: []}
    inside, regret = [], []
    for name, data in data_sets().items():
        shown: dict[str, dict[float, float]] = {}
        for learner in LEARNERS:
            found = rehearsal.shares(data, 1.0, by=None, seed=0)
            candidate = rehearsal.Contender.of(learner)
            scores = [
                score
                for _, score in rehearsal.scored(
                    candidate, data, found, epochs=15, batch=64, speeds=speeds, seed=0
                )
            ]
            truth = scores[-1].accuracy
            shown[learner] = {1.0: truth}
            for share in off:
                some = [score for score in scores if score.rows <= 1.01 * share * found.whole]
                told = rehearsal.told(some, found.whole)[0]
                off[share].append(100 * abs(told.value - truth))
                shown[learner][share] = told.value
                if share == 1 / 4:
                    inside.append(told.low <= truth <= told.high)
        chosen = max(shown, key=lambda learner: shown[learner][1 / 8])
        regret.append(100 * (max(each[1.0] for each in shown.values()) - shown[chosen][1.0]))
        print(f"    {name}: {chosen} chosen at an eighth costs {regret[-1]:.1f} points", flush=True)
    judge("accuracy from a quarter, median error", float(np.median(off[1 / 4])), 2.5, unit=" points")
    judge("accuracy from a quarter, p90", float(np.quantile(off[1 / 4], 0.9)), 6.5, unit=" points")
    judge("accuracy from a quarter, cover", float(np.mean(inside)), 0.88, least=True)
    judge("accuracy from an eighth, median error", float(np.median(off[1 / 8])), 3.5, unit=" points")
    judge("the learner chosen at an eighth costs at most", max(regret), 3.0, unit=" points")


MEMORY = """
import sys, numpy as np, torch, greenlatent as gl
from greenlatent.plan.models import nets
family, size, batch, *shape = sys.argv[1:]
shape, batch = tuple(map(int, shape)), int(batch)
model = nets.net(family, size, shape, 4)
x = torch.randn(2 * batch, *shape)
trainer = gl.Trainer(model, gl.Samples(x, np.arange(len(x)) % 4), latent=nets.LATENT, batch_size=batch, threads=1)
trainer.step(4)
from greenlatent.energy.machine import peak_bytes
print(peak_bytes())
"""


def judge_memory(plan: gl.Plan) -> None:
    rng = np.random.default_rng(5)
    plain, recurrent = [], []
    for family in NETS * 4:
        size, shape, batch = random_net(family, rng)
        command = [sys.executable, "-c", MEMORY, family, size, str(batch), *map(str, shape)]
        told = subprocess.run(command, capture_output=True, text=True, env=_where(), check=True)
        said = plan.estimate(
            family, size=size, rows=500, features=shape, classes=4, batch=batch, epochs=1
        ).memory
        factor = math.exp(abs(math.log(said.value / float(told.stdout))))
        (recurrent if family in ("gru", "lstm") else plain).append(factor)
        print(f"    {family} {size} x {batch}: {float(told.stdout) / 1e6:.0f} MB, said {said}", flush=True)
    judge(
        "memory of the process within 1.5, not recurrent",
        float(np.mean(np.array(plain) < 1.5)),
        0.85,
        least=True,
    )
    judge("memory of the process, recurrent, worst", max(recurrent), 3.0)


def judge_joules(plan: gl.Plan) -> None:
    """Joules of the estimate over joules of the meter: the same ratio as of processor seconds, on a quiet core."""
    off = []
    for family, size, shape in (
        ("mlp", "128-64", (64,)),
        ("cnn", "16-32", (1, 16, 16)),
        ("lstm", "32", (3, 24)),
    ):
        model, x = nets.net(family, size, shape, 4), torch.randn(512, *shape)
        data = gl.Samples(x, np.arange(512) % 4)
        with gl.Meter([gl.energy.Model()]) as meter:
            trainer = gl.Trainer(model, data, latent=nets.LATENT, threads=1, meter=meter)
            trainer.step(3)
            since = meter.stamp()
            begun = time.thread_time()
            while time.thread_time() - begun < 3:
                trainer.step(10)
            until = meter.stamp()
            trainer.close()
        steps = meter.units("train", since, until)
        said = plan.estimate(model, train=data, steps=steps)
        joules = said.training.value / meter.ledger(since, until)["train"].value
        seconds = said.processor_seconds.value / meter.processor_seconds_of("train", since, until)
        busy = meter.processor_seconds_of("train", since, until) / meter.seconds_of("train", since, until)
        off.append(math.exp(abs(math.log(joules / seconds))))
        print(f"    {family}: joules x{joules:.2f}, seconds x{seconds:.2f}, {busy:.0%} of a core", flush=True)
    judge("joules against processor seconds", float(np.median(off)), 1.10)


def main(parts: Sequence[str] = ()) -> None:
    print("\nHow far off a plan is.")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        begun = time.process_time()
        plan = gl.Plan("bench", home=folder)
        speeds = plan.measure_speeds()
        judge("the benchmark of speeds", time.process_time() - begun, 8, unit=" s")
        works: dict[str, Callable[[], Any]] = {
            "words": judge_words,
            "nets": lambda: judge_nets(speeds),
            "project": lambda: judge_project(speeds),
            "fits": lambda: judge_fits(speeds),
            "others": lambda: judge_others(speeds),
            "accuracy": lambda: judge_accuracy(speeds),
            "memory": lambda: judge_memory(plan),
            "joules": lambda: judge_joules(plan),
        }
        for name, work in works.items():
            if not parts or name in parts:
                work()


if __name__ == "__main__":
    main(sys.argv[1:])
