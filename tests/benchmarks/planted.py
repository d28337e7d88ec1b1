"""What was planted and is to be found, what a rehearsal says and takes, and what single tactics do in a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

import greenlatent as gl
from greenlatent.edits.kinds import RankFeatures
from greenlatent.tactics.copies import find_copies
from greenlatent.tactics.finders.data import LAST, SKIM
from greenlatent.tactics.judging import paired
from tests.benchmarks import judge
from tests.benchmarks.tactics import DIGITS, MNIST, WATCH

SEEDS = range(400, 405)
PLAN = 20_000  # steps, in which there is time for every price


def by_hand(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return -(output - output.exp().sum(1, keepdim=True).log()).gather(1, y[:, None])[:, 0]


def unfused(params: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(params, lr=1e-3)


def found() -> None:
    """Wastes of which each is planted alone in a set-up that is sound but for it."""
    print("\nPlanted wastes.")
    wastes: dict[str, tuple[dict[str, Any], str, str]] = {
        "two threads": ({"threads": 2}, "threads", "one thread"),
        "a loss by hand": ({"loss": by_hand}, "T11", "torch's own loss"),
        "unfused Adam": ({"optimizer": unfused, "lr": None}, "T11", "fused=True"),
    }
    for name, (options, tactic, what) in wastes.items():
        seen = 0
        for seed in SEEDS:
            lab, _, _ = DIGITS.lab(seed, **options)
            lab.step(20)
            advice = lab.advise(steps=PLAN)
            seen += any(each.tactic == tactic and what in each.what for each in advice)
            lab.close()
        judge(f"{name}: found, of {len(SEEDS)}", seen, len(SEEDS), least=True)
    read, masks = 0, 0
    for seed in SEEDS:
        train, valid, _ = DIGITS.data(seed)
        items = gl.Samples.from_dataset(Listed(train), classes=train.classes)
        lab = DIGITS.lab(seed)[0]
        meter = lab.meter
        model = lab.trainer.network.copied(lab.trainer.initial)
        lab.close()
        given: dict[str, Any] = {"latent": DIGITS.latent, "lr": 1e-3, "threads": 1, "session": False}
        with gl.Lab(model, items, valid=valid, film=False, meter=meter, **given) as lazy:
            lazy.step(20)
            read += any(each.tactic == "T27" for each in lazy.advise(steps=PLAN))
        lab, _, _ = WATCH.lab(seed)
        lab.journal.add(RankFeatures((0, 1, 2, 3, 4, 5), 3))
        lab.step(2)
        lab.advise(steps=PLAN)
        said = [f"{each.what} {each.reason}" for each in lab.advice.looked_at if each.tactic == "T3"]
        masks += bool(said) and any("features kept" in each for each in said)
        lab.close()
    judge(f"a Dataset read twice: found, of {len(SEEDS)}", read, len(SEEDS), least=True)
    judge(f"a mask in force: found, of {len(SEEDS)}", masks, len(SEEDS), least=True)


class Listed(Dataset[Any]):
    """Rows as lists, of which a tensor is made each time one is read; reads are counted."""

    def __init__(self, part: gl.Samples):
        self.rows, self.targets, self.reads = part.x.tolist(), part.y.tolist(), 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        self.reads += 1
        return torch.tensor(self.rows[i]), self.targets[i]


def kept() -> None:
    """A Dataset whose items are held: each is read once, and the weights are the same."""
    print("\nA Dataset kept in memory.")
    train, valid, _ = DIGITS.data(400)
    weights, reads = [], 0
    for hold in (False, True):
        items = Listed(train)
        samples = gl.Samples.from_dataset(items, classes=train.classes)
        items.reads = 0
        samples = samples.kept() if hold else samples
        torch.manual_seed(0)
        trainer = gl.Trainer(DIGITS.make(), samples, valid=valid, latent=DIGITS.latent, lr=1e-3, threads=1)
        trainer.step(epochs=5)
        weights.append(torch.cat([p.detach().flatten() for p in trainer.model.parameters()]))
        reads = items.reads
        trainer.close()
    judge("reads of an item that is kept, most of them a check that it stays", reads / len(train), 1.1)
    judge("weights that differ from those of a run that reads", float((weights[0] != weights[1]).sum()), 0)


def skim() -> None:
    """Half of the easy samples skimmed, of a loop that keeps statistics as a Lab does."""
    print("\nSkimming.")
    for net in (DIGITS, MNIST):
        ratios, right = [], []
        for seed in SEEDS:
            train, valid, test = net.data(seed)
            costs, answers = [], []
            for share in (SKIM, 0.0, SKIM):  # the first of its kind in a process is dear, and not counted
                torch.manual_seed(seed)
                options: dict[str, Any] = {"latent": net.latent, "lr": 1e-3, "seed": seed, "threads": 1}
                trainer = gl.Trainer(net.make(), train, valid=valid, **options)
                if share:
                    trainer.journal.put("skim", share, until=round((1 - LAST) * net.epochs))
                begun = time.thread_time()
                trainer.step(epochs=net.epochs)
                costs.append(time.thread_time() - begun)
                with trainer.network.looking():
                    answers.append((trainer.network.forward(test.x).argmax(1) == test.y).float().numpy())
                trainer.close()
            ratios.append(costs[2] / costs[1])
            right.append(answers[2] - answers[1])
        points, _ = paired(np.concatenate(right))
        assert points is not None
        judge(f"{net.name}: joules, of the loop's", float(np.exp(np.mean(np.log(ratios)))), 0.8)
        judge(f"{net.name}: points, lower end of the interval", 100 * points[1], -1, least=True)


def searching() -> None:
    """What looking for copies takes."""
    print("\nLooking for copies.")
    for net in (DIGITS, MNIST, WATCH):
        lab, _, steps = net.lab(400)
        lab.step(100)
        begun = lab.meter.processor_seconds_of("train")
        lab.step(100)
        each = (lab.meter.processor_seconds_of("train") - begun) / 100
        find_copies(lab.trainer.train)
        start = time.thread_time()
        find_copies(lab.trainer.train)
        judge(f"{net.name}: % of the run", 100 * (time.thread_time() - start) / (each * steps), 6)
        lab.close()


def rehearsals() -> None:
    """What a rehearsal said it would take against what it took: of two twins, and beside the run. As a measure of the
    machine, how often the same rehearsal takes within a third of the same, at once after."""
    print("\nWhat rehearsals take.")
    for net in (DIGITS, MNIST):
        for done in (0.05, 0.55):
            off, again, own = [], [], 0
            for seed in range(SEEDS[0], SEEDS[0] + 10):
                lab, _, steps = net.lab(seed)
                lab.step(round(done * steps))
                advice = [
                    each
                    for each in lab.advise(steps=steps)
                    if each.how == "set-up" and each.forecast.known == "priced"
                ]
                for each in advice[:3]:
                    said = each.cost
                    took, once_more = each.rehearse(), each.rehearse()
                    assert took is not None and once_more is not None
                    off.append(took.joules.value / said.value - 1)
                    again.append(once_more.joules.value / took.joules.value - 1)
                    own += took.own
                lab.close()
            near = 100 * float(np.mean(np.abs(off) < 1 / 3))
            name = f"{net.name} at {done:.0%} of the plan: {own} of {len(off)} beside the run"
            judge(f"{name}; within a third of what they said, %", near, 90, least=True)
            print(
                f"      {np.mean(off):+.0%} in the mean; the same again within a third of the first:"
                f" {np.mean(np.abs(again) < 1 / 3):.0%}"
            )


def drift(quiet: int = 40, planted: int = 20) -> None:
    """Streams of 60 batches of 20 digits: quiet ones, and those whose labels change at batch 30."""
    print("\nDrift.")
    lab, test, steps = DIGITS.lab(400)
    lab.step(steps)
    held, model = lab.trainer.valid, lab.trainer.network.copied(lab.trainer.model.state_dict())
    lab.close()
    assert held is not None
    alarms, soon = 0, 0
    for seed in range(quiet + planted):
        rng = np.random.default_rng(400 + seed)
        watch = gl.tactics.Watch(model, held)
        for k in range(60):
            at = rng.choice(len(test), 20, replace=False)
            y = test.y[at].clone()
            if seed >= quiet and k >= 30:
                wrong = torch.from_numpy(rng.random(20) < 0.3)
                y[wrong] = (y[wrong] + 1) % 10
            told = watch.see(test.x[at], y)
            if told is not None:
                alarms += seed < quiet
                soon += seed >= quiet and 30 < told.step <= 40
                break
    judge(f"alarms in {quiet} quiet streams", alarms, 2)
    judge(f"planted changes called within ten batches, of {planted}", soon, planted - 1, least=True)


PARTS: dict[str, Callable[[], None]] = {
    "found": found,
    "kept": kept,
    "skim": skim,
    "searching": searching,
    "rehearsals": rehearsals,
    "drift": drift,
}
