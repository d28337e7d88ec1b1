"""Cheaper: training on less, for less long, in other batches or numbers, or at the same by other calls."""

from __future__ import annotations

import time
import zlib
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

import greenlatent as gl
from greenlatent.data.inputs import TensorRows
from greenlatent.edits.kinds import RankFeatures
from greenlatent.statistics.ending import ended
from greenlatent.statistics.relevance import f_ratio
from greenlatent.tactics.copies import find_copies
from greenlatent.tactics.finders.data import LAST, SKIM
from greenlatent.tactics.finders.features import with_inputs
from tests.benchmarks.evidence.tasks import BATCH, RATE, Done, Task

LOOKS = 40


def stratified(task: Task, share: float) -> gl.Samples:
    rng, y = np.random.default_rng(task.seed), task.train.y.numpy()
    of_class = [rng.permutation(np.flatnonzero(y == c)) for c in np.unique(y)]
    return task.train.take(np.sort(np.concatenate([ids[: round(share * len(ids))] for ids in of_class])))


def rows(share: float, epochs: float = 1.0) -> Any:
    def way(task: Task) -> Done:
        trainer = task.trainer(train=stratified(task, share))
        return task.run(trainer, round(epochs * task.net.epochs))

    return way


def subset(task: Task, choose: Any) -> Done:
    """A quarter of the plan on all, and the rest on half of it."""
    begun, quarter = time.thread_time(), task.net.epochs // 4
    first = task.trainer(statistics=True)
    first.step(epochs=quarter)
    half = task.train.take(np.sort(choose(first)[: len(task.train) // 2]))
    spent = time.thread_time() - begun
    first.close()
    found = task.run(task.trainer(first.model, half, warm=True), task.net.epochs - quarter)
    return Done(found.seconds + spent, found.accuracy, found.answer)  # type: ignore[operator]


def hardest(task: Task) -> Done:
    return subset(task, lambda trainer: np.argsort(-trainer.seen.loss.nan_to_num(9).numpy()))


def spread_out(task: Task) -> Done:
    def choose(trainer: gl.Trainer) -> np.ndarray:
        z = torch.from_numpy(trainer.latents())
        chosen, far = [0], (z - z[0]).norm(dim=1)
        for _ in range(len(z) // 2 - 1):
            chosen.append(int(far.argmax()))
            far = torch.minimum(far, (z - z[chosen[-1]]).norm(dim=1))
        return np.array(chosen)

    return subset(task, choose)


def info_batch(task: Task) -> Done:
    """Over the same loop."""
    over = task.run(task.trainer())
    trainer = task.trainer()
    trainer.journal.put("skim", SKIM, until=round((1 - LAST) * task.net.epochs))
    found = task.run(trainer)
    found.over = over
    return found


def copied(task: Task) -> gl.Samples:
    """A third of its rows are copies of others."""
    n = len(task.train)
    more = np.random.default_rng(task.seed).integers(0, n, n // 2)
    return task.train.take(np.concatenate([np.arange(n), more]))


def copies_out(task: Task) -> Done:
    data = copied(task)
    over = task.run(task.trainer(train=data))
    begun = time.thread_time()
    spare = set(find_copies(data, near=0.1 if len(data.x[0].flatten()) <= 4000 else 0.0).spare)
    spent = time.thread_time() - begun
    rest = data.take([i for i in range(len(data)) if i not in spare])
    found = task.run(task.trainer(train=rest))
    return Done(found.seconds + spent, found.accuracy, None, over)  # type: ignore[operator]


def no_copies(task: Task) -> Done:
    begun = time.thread_time()
    find_copies(task.train)
    spent = time.thread_time() - begun
    found = task.run(task.trainer())
    return Done(found.seconds + spent, found.accuracy, None)  # type: ignore[operator]


def told_most(task: Task) -> np.ndarray:
    """Inputs in the order of what they tell: numbers, or channels of a signal."""
    x = task.train.x
    values = x.flatten(2).mean(2) if task.net.name == "watch" else x.flatten(1)
    return np.argsort(-np.nan_to_num(f_ratio(values.numpy(), task.train.y.numpy()).scores))


def masked(task: Task) -> Done:
    order = told_most(task)
    flat = [with_inputs(each, each.x.flatten(1)) for each in (task.train, task.test)]
    train, test = (task.train, task.test) if task.net.name == "watch" else flat
    trainer = task.trainer(train=train)
    trainer.journal.add(RankFeatures(tuple(order.tolist()), len(order) // 2))
    return task.run(trainer, test=test)


def halved(task: Task) -> Done:
    """Inputs of 16 bits, widened in each batch."""
    return _held(task, lambda x: x.half(), lambda model, x: model(x.float()))


def bytes_each(task: Task) -> Done:
    low, high = float(task.train.x.min()), float(task.train.x.max())

    def pack(x: torch.Tensor) -> torch.Tensor:
        return ((x - low) / (high - low) * 255).round().clamp(0, 255).to(torch.uint8)

    return _held(task, pack, lambda model, x: model(x.float() * ((high - low) / 255) + low))


def _held(task: Task, pack: Any, call: Any) -> Done:
    parts = []
    for part in (task.train, task.valid, task.test):
        other = part.take(np.arange(len(part)))
        other.rows = TensorRows(pack(part.x))
        parts.append(other)
    trainer = task.trainer(train=parts[0], valid=parts[1], call=call)
    return task.run(trainer, test=parts[2])


def fused(task: Task) -> Done:
    over = task.run(task.trainer(optimizer=lambda params: torch.optim.Adam(params, lr=RATE), lr=None))
    found = task.run(task.trainer())
    found.over = over
    return found


def by_hand(task: Task) -> Done:
    def loss(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return -(output - output.exp().sum(1, keepdim=True).log()).gather(1, y[:, None])[:, 0]

    return task.run(task.trainer(loss=loss))


def bf16(task: Task) -> Done:
    found = task.run(task.trainer(precision="bf16"))
    found.answer = None
    return found


def batches(size: int, rate: float, end: float | None = None) -> Any:
    def way(task: Task) -> Done:
        steps = task.net.epochs * -(-len(task.train) // size)
        return task.run(task.trainer(batch_size=size, lr=rate, **(falling(steps, end) if end else {})))

    return way


def falling(steps: int, end: float) -> dict[str, Any]:
    return {
        "scheduler": lambda optimizer: torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda t: 1 - (1 - end) * min(t, steps) / steps
        ),
        "scheduler_every": "step",
    }


def schedule(share: float, rate: float, end: float | None) -> Any:
    """That part of the epochs, at a rate that stays or falls to an end."""

    def way(task: Task) -> Done:
        epochs = max(1, round(share * task.net.epochs))
        steps = epochs * -(-len(task.train) // BATCH)
        return task.run(task.trainer(lr=rate, **(falling(steps, end) if end else {})), epochs)

    return way


def threads(task: Task) -> Done:
    """A few steps alone, as they may take a hundred times as long."""
    spent = []
    for many in (1, 2):
        trainer = task.trainer(threads=many)
        trainer.step(3)
        begun = time.process_time()
        trainer.step(20)
        spent.append(time.process_time() - begun)
        trainer.close()
    torch.set_num_threads(1)
    return Done(spent[1], None, None, Done(spent[0]))


def patience(looks: int) -> Any:
    """After each epoch, until so many were no better."""

    def over(seen: list[float]) -> bool:
        return len(seen) - 1 - int(np.argmax(seen)) >= looks

    return lambda task: _until(task, task.net.epochs, task.net.epochs, over)


def last_quarter(task: Task) -> Done:
    """Of a plan that is twice too long."""
    twice = task.run(task.trainer(), 2 * task.net.epochs)
    found = _until(task, 2 * task.net.epochs, min(LOOKS, 2 * task.net.epochs), ended)
    found.over = twice
    return found


def _until(task: Task, epochs: int, looks: int, over: Any) -> Done:
    trainer, seen = task.trainer(), []
    begun = time.thread_time()
    for look in range(looks):
        trainer.step(epochs=round(epochs * (look + 1) / looks) - round(epochs * look / looks))
        seen.append(trainer.evaluate()["accuracy"])
        if over(seen):
            break
    found = task.asked(trainer, time.thread_time() - begun)
    found.answer = None
    return found


class Packed(Dataset[Any]):
    """Items that are unpacked each time they are read."""

    def __init__(self, part: gl.Samples):
        self.items = [zlib.compress(row.numpy().tobytes()) for row in part.x]
        self.shape, self.targets = tuple(part.x[0].shape), part.y.tolist()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        values = np.frombuffer(bytearray(zlib.decompress(self.items[i])), np.float32)
        return torch.from_numpy(values).reshape(self.shape), self.targets[i]


def kept(task: Task) -> Done:
    lazy = gl.Samples.from_dataset(Packed(task.train), classes=task.train.classes)
    over = task.run(task.trainer(train=lazy, valid=None))
    begun = time.thread_time()
    held = lazy.kept()
    spent = time.thread_time() - begun
    found = task.run(task.trainer(train=held, valid=None))
    return Done(found.seconds + spent, found.accuracy, None, over)  # type: ignore[operator]


WAYS = [
    ("T1", "half of the rows, stratified", rows(0.5)),
    ("T1", "a quarter of the rows", rows(0.25)),
    ("T1", "half of the rows, as many steps as before", rows(0.5, 2.0)),
    ("T1", "hardest half by loss after a quarter of the plan", hardest),
    ("T1", "spread-out half by latents", spread_out),
    ("T1", "InfoBatch, over the same loop", info_batch),
    ("T2", "copies out, where a third of the rows are copies", copies_out),
    ("T2", "looked for where there are none", no_copies),
    ("T3", "half of the features, masked", masked),
    ("T4", "fp16 inputs", halved),
    ("T4", "uint8 inputs", bytes_each),
    ("T11", "fused Adam against torch's default", fused),
    ("T11", "the loss by hand against torch's own", by_hand),
    ("T18", "bf16 training", bf16),
    ("T20", "batches of 16", batches(16, RATE)),
    ("T27", "a Dataset that decodes, kept in memory", kept),
    ("threads", "two threads instead of one", threads),
    ("schedule", "half the epochs, rate 5e-3 falling", schedule(0.5, 5 * RATE, 0.02)),
    ("schedule", "half the epochs, rate 3e-3", schedule(0.5, 3 * RATE, None)),
    ("schedule", "half the epochs, nothing else", schedule(0.5, RATE, None)),
    ("schedule", "a quarter of the epochs, falling", schedule(0.25, 5 * RATE, 0.02)),
    ("batch", "batch 256, rate 3e-3", batches(256, 3 * RATE)),
    ("batch", "batch 256, rate 1e-2 falling", batches(256, 10 * RATE, 0.02)),
    ("batch", "batch 256, rate as it was", batches(256, RATE)),
    ("stop", "patience 3", patience(3)),
    ("stop", "patience 5", patience(5)),
    ("stop", "the last quarter against the one before, plans of twice the length", last_quarter),
]
