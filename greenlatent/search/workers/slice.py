"""Slice: train one candidate from where it paused to where it is looked at next; all that a worker knows."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...data.inputs import memory_bytes
from ...data.samples import Samples
from ...training.trainer import Trainer

CHUNK = 64  # steps between two looks at the clock and at whether it is to stop
PRICED = 8  # steps by which a candidate is priced
WORTH = 20  # a slice that took so many times what saving takes is worth a checkpoint
MEMORY_SHARE = 0.25  # of the memory there is may go into paused trainers
LATENCY_RUNS = 50
STOP = "stop"  # a file of this name in a candidate's folder ends its slice

Task = dict[str, Any]  # what to do, as JSON
Landing = dict[str, Any]  # what came of it, as JSON


@dataclass(frozen=True)
class Work:
    """What all candidates of a search share: how one is made, and the data."""

    make: Callable[..., Any]
    train: Samples
    valid: Samples
    seed: int
    limits: dict[str, float]
    latency: bool = False  # whether to measure it


class Broken(Exception):
    """A candidate that falls out: what its maker raised, or what became of its loss."""


class Workshop:
    """Trains candidates of one search in one process, and keeps those that paused alive.

    >>> Workshop(work).run({"n": 0, "values": {"width": 8}, "from": 0, "to": 640, ...})
    """

    def __init__(self, work: Work, *, clock: Callable[[], float] = time.process_time):
        self.work, self.clock = work, clock
        self._paused: OrderedDict[int, Trainer] = OrderedDict()
        self._held: dict[int, float] = {}  # bytes of each of them: counted once, not at every slice
        self._saving = 0.005  # seconds that a checkpoint takes
        self._folders: dict[int, Path] = {}
        self._models: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()

    def run(self, task: Task, stop: Callable[[], bool] = lambda: False) -> Landing:
        """Do a slice; what a candidate's own code raises comes back as "broken"."""
        seconds = dict.fromkeys(("make", "train", "evaluate", "save"), 0.0)
        landing: Landing = {
            "n": task["n"],
            "seconds": seconds,
            "looks": [],
            "passes": task["from"],
            "saved": False,
        }
        if task["folder"] is not None:
            self._folders[task["n"]] = Path(task["folder"])
        try:
            with self._timed(seconds, "make"):
                trainer = self._taken(task, landing)
            if not task["from"] and (why := self._over(trainer, landing)):
                trainer.close()
                return landing | {"limited": why}
            self._train(trainer, task, landing, stop)
            landing["passes"], landing["steps"] = trainer.passes, trainer.steps
            self._keep(task, trainer, landing)
        except Broken as error:
            landing["broken"] = str(error)
        return landing

    def write(self, n: int) -> None:
        """A checkpoint of a candidate that is alive here."""
        if n in self._paused:
            self._save(n, self._paused[n], {"save": 0.0})

    def close(self) -> None:
        """Write checkpoints of all that are alive only here, and let go of them."""
        while self._paused:
            self._evict()

    def _taken(self, task: Task, landing: Landing) -> Trainer:
        """The trainer where it paused: alive, from its checkpoint, or from the beginning."""
        trainer = self._paused.pop(task["n"], None)
        if trainer is not None:
            if trainer.passes == task["from"] and not trainer.closed:
                return trainer
            trainer.close()
        folder = self._folders.get(task["n"])
        if task["from"] and folder is not None and folder.is_dir():
            try:
                trainer = self._made(task, folder)
                if trainer.passes <= task["from"]:
                    return trainer
                trainer.close()
            except (ValueError, FileNotFoundError):
                pass  # it is trained again from its beginning
        return self._made(task)

    def _made(self, task: Task, folder: Path | None = None) -> Trainer:
        work = self.work
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(work.seed)
                given = work.make(**task["values"])
            model, options = _checked(given)
            if model in self._models:
                raise Broken(
                    "make returned a model that another candidate trains; build a new one inside make"
                )
            self._models.add(model)
            options = {"seed": work.seed, "valid": work.valid, "statistics": False, **options}
            if folder is not None:
                return Trainer.load(folder, model, work.train, **options)
            return Trainer(model, work.train, **options)
        except (FileNotFoundError, Broken):
            raise
        except Exception as error:
            if folder is not None:
                raise ValueError(str(error)) from error
            raise Broken(f"{type(error).__name__}: {error}") from error

    def _over(self, trainer: Trainer, landing: Landing) -> str:
        """Which limit is broken before it is trained."""
        measured = landing["measured"] = {"size": sum(p.numel() for p in trainer.model.parameters())}
        if self.work.latency:
            measured["latency"] = latency(trainer, self.work.valid)
        for name, value in measured.items():
            if value > (limit := self.work.limits.get(name, math.inf)):
                return f"{name} {value:.3g} is over its limit of {limit:g}"
        return ""

    def _train(self, trainer: Trainer, task: Task, landing: Landing, stop: Callable[[], bool]) -> None:
        seconds, looks, flag = landing["seconds"], list(task["looks"]), None
        each = (
            trainer.batch_size * trainer.settings.accumulate
        )  # passes of a step, but at the end of an epoch
        if task["folder"] is not None:
            flag = os.path.join(task["folder"], STOP)  # as text: it is looked for at every chunk
        if task["price"]:
            with self._timed(seconds, "train"):
                landing["price"] = self._price(trainer, task["end"])
        while looks and trainer.passes < task["to"]:
            begun = self.clock()
            left = looks[0][0] - trainer.passes
            self._step(trainer, max(1, min(CHUNK, math.ceil(left / each))))
            seconds["train"] += self.clock() - begun
            if trainer.passes >= looks[0][0]:
                self._look(trainer, looks.pop(0)[1], landing)
            elif (
                sum(seconds.values()) >= task["allowed"]
                or stop()
                or (flag is not None and os.path.exists(flag))
            ):
                landing["short"] = True
                return

    def _price(self, trainer: Trainer, end: int) -> float:
        """Processor seconds a pass over the first steps; the median, as the first one takes longer."""
        taken: list[float] = []
        for _ in range(PRICED):
            if taken and trainer.passes >= end:
                break
            begun, passes = self.clock(), trainer.passes
            self._step(trainer, 1)
            taken.append((self.clock() - begun) / max(1, trainer.passes - passes))
        return statistics.median(taken)

    def _step(self, trainer: Trainer, n: int) -> None:
        try:
            trainer.step(n)
        except Exception as error:
            raise Broken(f"{type(error).__name__}: {error}") from error

    def _look(self, trainer: Trainer, rung: int | None, landing: Landing) -> None:
        with self._timed(landing["seconds"], "evaluate"):
            try:
                found = trainer.evaluate()
            except Exception as error:
                raise Broken(f"{type(error).__name__}: {error}") from error
        if not math.isfinite(found["loss"]):
            raise Broken(f"its loss is {found['loss']} after {trainer.passes} passes")
        look = {"passes": trainer.passes, "loss": found["loss"], "seconds": own(landing["seconds"])}
        if "accuracy" in found:
            look["accuracy"] = found["accuracy"]
        landing["looks"].append([look, rung])

    def _keep(self, task: Task, trainer: Trainer, landing: Landing) -> None:
        """Alive if there is room for it, on disk if that costs little or another worker may go on with it."""
        seconds = landing["seconds"]
        if trainer.passes >= task["end"] or task["save"] or seconds["train"] >= WORTH * self._saving:
            landing["saved"] = self._save(task["n"], trainer, seconds)
        if trainer.passes >= task["end"] and landing["saved"]:
            trainer.close()
            return
        self._paused[task["n"]] = trainer
        self._held[task["n"]] = held(trainer)
        room = MEMORY_SHARE * memory_bytes()
        while len(self._paused) > 1 and sum(self._held[n] for n in self._paused) > room:
            self._evict(seconds)

    def _evict(self, seconds: dict[str, float] | None = None) -> None:
        n, trainer = self._paused.popitem(last=False)
        self._save(n, trainer, {"save": 0.0} if seconds is None else seconds)
        trainer.close()

    def _save(self, n: int, trainer: Trainer, seconds: dict[str, float]) -> bool:
        folder = self._folders.get(n)
        if folder is None:
            return False
        begun = self.clock()
        try:
            trainer.save(folder)
        except OSError:  # a full disk: it is trained again from its beginning if it is asked for
            shutil.rmtree(folder, ignore_errors=True)
            return False
        self._saving = self.clock() - begun
        seconds["save"] += self._saving
        return True

    @contextmanager
    def _timed(self, seconds: dict[str, float], kind: str) -> Iterator[None]:
        begun = self.clock()
        try:
            yield
        finally:
            seconds[kind] += self.clock() - begun


def own(seconds: dict[str, float]) -> float:
    """What of a slice is its candidate's: making one is the search's, and the first takes a second of imports."""
    return sum(spent for kind, spent in seconds.items() if kind != "make")


def latency(trainer: Trainer, part: Samples) -> float:
    """Seconds that one sample takes, alone: the median of 50."""
    taken = []
    network = trainer.network
    with network.looking():
        x = part.view(torch.zeros(1, dtype=torch.int64))
        for _ in range(LATENCY_RUNS):
            begun = time.perf_counter()
            network.forward(x)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def held(trainer: Trainer) -> float:
    """Bytes that a paused trainer holds, about: weights, the first ones, and what the optimizer keeps of each."""
    return 4.0 * sum(p.numel() * p.element_size() for p in trainer.model.parameters())


def _checked(given: Any) -> tuple[torch.nn.Module, dict[str, Any]]:
    if not isinstance(given, dict) or not isinstance(given.get("model"), torch.nn.Module):
        raise Broken(
            f"make returned {type(given).__name__}; it returns a dict of what gl.Lab takes, such as"
            ' dict(model=model, latent="0", lr=rate)'
        )
    options = dict(given)
    if isinstance(options.get("optimizer"), torch.optim.Optimizer):
        raise Broken(
            "make returned an optimizer that is made; give one to be made: optimizer=lambda p: Adam(p, lr=rate)"
        )
    for name in ("meter", "journal", "train"):
        if name in options:
            raise Broken(f"make returned {name}=, which is the search's own; leave it out")
    return options.pop("model"), options
