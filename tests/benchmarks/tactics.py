"""What advice says, finds, costs and brings: `python -m tests.benchmarks.tactics [part ...]`.

Costs are processor seconds of the thread that trains; everything is charged but looking for advice and rehearsing,
which are printed beside. The finders were tuned on seeds 300 to 309 and 500 to 519; these are others.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.model.narrow import narrow
from greenlatent.run.setup import Setup
from greenlatent.tactics.advice import Advice
from greenlatent.tactics.altered import SAME, Altered
from greenlatent.tactics.finders.data import projected
from greenlatent.tactics.finders.model import narrower
from greenlatent.tactics.finders.training import batch, half_precision, schedule
from greenlatent.tactics.judging import KEPT
from greenlatent.tactics.offer import Asked
from greenlatent.tactics.price import Turns, low
from greenlatent.training.trainer import Trainer
from tests.benchmarks import judge

FRESH = range(400, 410)
OF_A_LAB = ("session", "projection", "shown", "budget", "region", "title", "film")


@dataclass(frozen=True)
class Net:
    """A task: its data by seed, its model, and how long the plan is."""

    name: str
    data: Callable[[int], tuple[gl.Samples, gl.Samples, gl.Samples]]  # to train on, to validate, to test
    make: Callable[[], nn.Module]
    latent: str
    epochs: int

    def lab(self, seed: int, **options: Any) -> tuple[gl.Lab, gl.Samples, int]:
        """A Lab of it, the test part, and the steps of its plan."""
        train, valid, test = self.data(seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = self.make()
        meter = gl.Meter([Model()], calibration=False)
        given = {"latent": self.latent, "lr": 1e-3, "batch_size": 64, "seed": seed, "threads": 1, **options}
        given |= {"session": False, "film": False, "meter": meter}
        steps = self.epochs * -(-len(train) // 64)
        return gl.Lab(model, train, valid=valid, **given), test, steps


def by_chance(source: Callable[[], gl.Samples], at: tuple[int, int], seed: int) -> tuple[gl.Samples, ...]:
    some = source()
    order = np.random.default_rng(seed).permutation(len(some))
    return tuple(some.take(ids) for ids in np.split(order, at))


def by_person(seed: int) -> tuple[gl.Samples, ...]:
    """Raw signals: two people to test, two to validate, six to train on."""
    some = gl.datasets.watch()
    people = np.random.default_rng(seed).permutation(np.unique(some.groups["subject"]))
    parts = [np.isin(some.groups["subject"], each) for each in (people[4:], people[2:4], people[:2])]
    return tuple(some.take(np.flatnonzero(part)) for part in parts)


def mlp(*widths: int) -> nn.Module:
    parts: list[nn.Module] = [nn.Flatten()]
    for a, b in pairwise(widths):
        parts += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def signals() -> nn.Module:
    return nn.Sequential(
        *(
            nn.Conv1d(6, 32, 7, stride=2, padding=3),
            nn.ReLU(),
            nn.Conv1d(32, 32, 5, stride=2, padding=2),
            nn.ReLU(),
        ),
        *(nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(32, 24), nn.ReLU(), nn.Linear(24, 7)),
    )


DIGITS = Net(
    "digits", partial(by_chance, gl.datasets.digits, (1000, 1350)), partial(mlp, 64, 128, 32, 10), "3", 40
)
MNIST = Net(
    "MNIST", partial(by_chance, gl.datasets.mnist5k, (3500, 4200)), partial(mlp, 784, 256, 64, 10), "3", 20
)
WATCH = Net("watch", by_person, signals, "6", 15)
DEEP = Net("MNIST, deep", MNIST.data, partial(mlp, 784, 64, 64, 64, 64, 10), "7", 10)


def trained(setup: dict[str, Any], steps: int) -> tuple[gl.Trainer, float]:
    """A trainer of it after so many steps, and what these took."""
    given = {name: value for name, value in setup.items() if name not in OF_A_LAB}
    trainer = gl.Trainer(given.pop("model"), given.pop("train"), statistics=False, **given)
    begun = time.thread_time()
    trainer.step(steps)
    return trainer, time.thread_time() - begun


def whole(lab: gl.Lab, change: Altered, steps: int) -> tuple[gl.Trainer, float]:
    """The whole plan with a change."""
    twin = lab.runner.call(lambda: change.twin(lab.trainer, steps, statistics=True))
    begun = time.thread_time()
    twin.step(change.steps(lab.trainer, steps))
    return twin, time.thread_time() - begun


def changes(lab: gl.Lab, steps: int) -> dict[str, Altered]:
    """Some of which a price is asked."""
    asked = Asked(lab.run, steps)
    found = {
        name: finder(asked)
        for name, finder in (("schedule", schedule), ("batch", batch), ("bf16", half_precision))
    }
    told = {
        name: (offer[-1] if isinstance(offer, list) else offer).altered
        for name, offer in found.items()
        if not isinstance(offer, str)
    }

    def unfused(params: Any) -> torch.optim.Optimizer:
        return torch.optim.Adam(params, lr=1e-3)

    def by_hand(output: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return -(output - output.exp().sum(1, keepdim=True).log()).gather(1, y[:, None])[:, 0]

    def half(train: gl.Samples) -> gl.Samples:
        return train.take(np.arange(0, len(train), 2))

    return told | {
        "unfused Adam": Altered({"optimizer": unfused, "lr": None}),
        "batch of 16": Altered({"batch_size": 16}),
        "batch of 32": Altered({"batch_size": 32}),
        "batch of 128": Altered({"batch_size": 128}),
        "two batches a step": Altered({"accumulate": 2}),
        "the loss by hand": Altered({"loss": by_hand}),
        "half of the rows": Altered(rows=half, share=0.5),
        "half of the width": Altered(model=lambda model: narrow(model, 0.5)),
        "a quarter of the width": Altered(model=lambda model: narrow(model, 0.25)),
    }


def truth(lab: gl.Lab, change: Altered, steps: int, pairs: int = 9) -> float:
    """What the whole plan takes with a change over without: runs in turns, who is first by turns, lower quartiles.

    The median of three pairs told .42 to .78 of the same half on a machine that others used.
    """
    costs: tuple[list[float], list[float]] = ([], [])  # without, and with
    for k in range(pairs):
        for side in (k % 2, 1 - k % 2):
            twin, cost = whole(lab, (SAME, change)[side], steps)
            twin.close()
            costs[side].append(cost)
    return low(costs[1]) / low(costs[0])


def prices() -> None:
    """Turns of twins against whole runs, with the first run of each process left out."""
    print("\nPrice: by turns, and over the whole plan.")
    errors = []
    for net in (DIGITS, MNIST, DEEP, WATCH):
        lab, _, steps = net.lab(400)
        lab.step(20)
        named = changes(lab, steps)
        found = lab.runner.call(
            lambda lab=lab, named=named, steps=steps: Turns(lab.run, steps).of(list(named.values()), 1.0)
        )
        short = min(steps, 400)
        whole(lab, SAME, 50)[0].close()
        for (name, change), one in zip(named.items(), found, strict=True):
            real = truth(lab, change, short)
            errors.append(one.ratio.value / real - 1)
            print(
                f"      {net.name}, {name}: {one.ratio} by turns, x{real:.2f} over {short} steps", flush=True
            )
        lab.close()
    near = np.mean(np.abs(errors) < 0.15)
    judge(f"prices within 15 % of the whole run, % of {len(errors)}", 100 * near, 90, least=True)


def costs(seeds: range = range(400, 405)) -> None:
    """What looking takes: warm, as the first look in a process also imports scikit-learn, and more."""
    print("\nWhat advice costs.")
    for net, steps, most in ((DIGITS, 800, 10.0), (MNIST, 0, 2.0)):
        first, _, _ = net.lab(seeds[0] + 1)
        first.step(100)
        first.advise(steps=steps or 5_000)
        first.close()
        shares, clocks = [], []
        for seed in seeds:
            lab, _, _ = net.lab(seed)
            lab.step(100)
            begun = lab.meter.processor_seconds_of("train")
            lab.step(300)
            each = (lab.meter.processor_seconds_of("train") - begun) / 300
            plan = steps or int(10 / each)
            gc.collect()  # what others left behind is no cost of this
            before, clock = lab.meter.processor_seconds_of("advise"), time.perf_counter()
            found = lab.advise(steps=plan)
            clocks.append(time.perf_counter() - clock)
            took = lab.meter.processor_seconds_of("advise") - before
            shares.append(100 * took / (plan * each))
            named = ", ".join(advice.tactic for advice in found)
            print(
                f"      {net.name}, {plan} steps of {1e3 * each:.2f} ms: {shares[-1]:.1f} %, found {named}",
                flush=True,
            )
            lab.close()
        what = f"{steps} steps" if steps else "10 s"
        judge(f"{net.name}, a plan of {what}: advice, % of it, median", float(np.median(shares)), most)
        judge(f"{net.name}, a plan of {what}: advice, seconds by the clock, longest", max(clocks), 3)


def quiet(seeds: range = range(400, 420)) -> None:
    """Sound set-ups, and the same once more."""
    print("\nWhere nothing is wasted.")
    counted, again, offered = 0, 0, 0
    for seed in seeds:
        lab, _, steps = DIGITS.lab(seed)
        found = lab.advise(steps=steps)
        counted += any(each.forecast.known == "counted" for each in found)
        offered += len(found)
        again += lab.runner.call(lambda lab=lab, steps=steps: Turns(lab.run, steps).of([SAME], 0.05))[0].saves
        lab.close()
    judge(f"savings that were counted, in seeds of {len(seeds)}", counted, 0)
    judge(f"the same once more called a saving, of {len(seeds)}", again, 0)


def best(lab: gl.Lab, steps: int) -> tuple[Advice | None, list[Advice]]:
    """The three best priced, each rehearsed once; the cheapest that lost half a point at most."""
    tried = [
        each for each in lab.advise(steps=steps) if each.how == "set-up" and each.forecast.known == "priced"
    ][:3]
    for each in tried:
        each.rehearse()
    fine = [each for each in tried if each.forecast.points is not None and each.forecast.points[0] >= -0.005]
    return min(fine, key=lambda each: each.forecast.ratio.value, default=None), tried


def chosen(seeds: range = FRESH) -> None:
    """One rehearsal of the three best priced; the whole plan with what was chosen against without."""
    print("\nChosen by one rehearsal: joules of the plan, points of test accuracy.")
    kept, lost = 0, 0
    for net in (DIGITS, MNIST):
        ratios, points, names = [], [], []
        for seed in seeds:
            lab, test, steps = net.lab(seed)
            advice, tried = best(lab, steps)
            plain, cost = whole(lab, SAME, steps)
            before = plain.evaluate(part=test)["accuracy"]
            plain.close()
            gone = {}
            for each in {*tried, *([advice] if advice else [])}:
                setup: Setup = each.apply()
                twin, spent = trained(dict(setup), setup.steps or steps)
                gone[each] = spent / cost, twin.evaluate(part=setup.inputs(test))["accuracy"] - before
                twin.close()
                if each.verdict == KEPT:
                    kept, lost = kept + 1, lost + (gone[each][1] < -0.015)
            ratio, off = gone[advice] if advice else (1.0, 0.0)
            ratios.append(ratio)
            points.append(100 * off)
            names.append(advice.tactic if advice else "none")
            lab.close()
        print(f"      {net.name}: chosen {', '.join(names)}", flush=True)
        judge(f"{net.name}: joules, of the plan's", float(np.exp(np.mean(np.log(ratios)))), 0.5)
        judge(f"{net.name}: points, mean", float(np.mean(points)), -0.5, least=True)
        judge(f"{net.name}: points, lowest", min(points), -1.5, least=True)
    share = lost / kept if kept else 0.0
    judge(f"called 'accuracy kept' and lost 1.5 points, of {kept}", share, 0.1)


def first(seeds: range = FRESH) -> None:
    """The watch, its net trained for two thirds of the plan: what is said first."""
    print("\nA problem that something simple solves: the watch.")
    linear, points, ratios = 0, [], []
    for seed in seeds:
        lab, test, steps = WATCH.lab(seed)
        lab.step(steps * 2 // 3)
        advice = lab.advise(steps=steps)[0]
        linear += advice.what in ("ridge", "logistic regression")
        net, _ = whole(lab, SAME, steps)
        if advice.how == "model":
            simple = advice.apply()
            right = (simple.predict(test) == test.y.numpy()).mean()
            points.append(100 * (right - net.evaluate(part=test)["accuracy"]))
            ratios.append(advice.forecast.ratio.value)
        print(f"      {seed}: {advice.what}", flush=True)
        net.close()
        lab.close()
    judge(f"a linear model is said first, of {len(seeds)}", linear, len(seeds), least=True)
    judge("points over the net on people nobody saw, mean", float(np.mean(points)), 5, least=True)
    judge("joules of training, of the net's, mean", float(np.mean(ratios)), 0.05)


def answering(
    plain: Trainer, twin: Trainer, through: Sequence[Setup], test: gl.Samples
) -> tuple[float, float]:
    """What an answer of a twin costs of the net's: of inputs that are projected, and of those as they come."""
    part = test
    for each in through:
        part = each.inputs(part)

    def whole_way() -> None:
        asked = test
        for each in through:
            asked = each.inputs(asked)
        twin.network.forward(asked.x)

    ways: list[Callable[[], Any]] = [
        lambda: plain.network.forward(test.x),
        lambda: twin.network.forward(part.x),
        whole_way,
    ]
    costs: list[list[float]] = [[], [], []]
    with plain.network.looking(), twin.network.looking():
        for _ in range(40):
            for way, told in zip(ways, costs, strict=True):
                begun = time.thread_time()
                way()
                told.append(time.thread_time() - begun)
    net, projected, through_all = (low(each) for each in costs)
    return projected / net, through_all / net


def together(seeds: range = range(400, 405)) -> None:
    """Advice followed one after the other on the MNIST net: a projection, half of the width, a falling rate.

    An answer is told of inputs that are projected, and with projecting, which can be done once and kept.
    """
    print("\nAll together on the MNIST net.")
    ratios, points, answers = [], [], []
    for seed in seeds:
        lab, test, steps = MNIST.lab(seed)
        plain, cost = whole(lab, SAME, steps)
        before = plain.evaluate(part=test)["accuracy"]
        setup, plan, through = None, steps, []
        for finder in (projected, narrower, schedule):  # each, whatever there would be time to price
            offer = finder(Asked(lab.run, plan))
            assert not isinstance(offer, str) and offer.altered is not None, offer
            setup = offer.altered.setup(lab.trainer, plan, offer.what)
            through.append(setup)
            plan = setup.steps or plan
            lab.close()
            given = {name: value for name, value in setup.items() if name not in OF_A_LAB}
            lab = gl.Lab(**given, session=False, film=False, meter=gl.Meter([Model()], calibration=False))
        assert setup is not None
        part = test
        for each in through:
            part = each.inputs(part)
        twin, spent = whole(lab, SAME, plan)
        ratios.append(spent / cost)
        points.append(100 * (twin.evaluate(part=part)["accuracy"] - before))
        answers.append(answering(plain, twin, through, test))
        for each in (plain, twin, lab):
            each.close()
    judge("joules, of the plan's", float(np.exp(np.mean(np.log(ratios)))), 0.3)
    judge("points, mean", float(np.mean(points)), -0.5, least=True)
    net, whole_way = np.mean(answers, 0)
    judge("joules of an answer, of the net's", float(net), 0.25)
    print(f"      with projecting each time: {whole_way:.2f}")


def stops(seeds: range = range(400, 405)) -> None:
    """Plans that are twice too long, and plans that are right."""
    print("\nPausing when looks bring no more.")
    for net, epochs, most in ((DIGITS, 100, 0.7), (MNIST, 45, 0.7), (DIGITS, 40, 1.12), (MNIST, 20, 1.12)):
        ratios, points = [], []
        for seed in seeds:
            lab, test, steps = net.lab(seed)
            steps = steps // net.epochs * epochs
            plain, cost = whole(lab, SAME, steps)
            advice = next(each for each in lab.advise(steps=steps) if each.tactic == "stop")
            advice.apply()
            kinds = ("train", "evaluate")
            before = sum(lab.meter.processor_seconds_of(kind) for kind in kinds)
            lab.start(steps)
            lab.wait()
            spent = sum(lab.meter.processor_seconds_of(kind) for kind in kinds) - before
            ratios.append(spent / cost)
            found = lab.trainer.evaluate(part=test)["accuracy"]
            points.append(100 * (found - plain.evaluate(part=test)["accuracy"]))
            plain.close()
            lab.close()
        name = f"{net.name}, {epochs} epochs"
        judge(f"{name}: joules, of the plan's", float(np.exp(np.mean(np.log(ratios)))), most)
        judge(f"{name}: points, mean", float(np.mean(points)), -0.7, least=True)
        judge(f"{name}: points, lowest", min(points), -1.5, least=True)


PARTS: dict[str, Callable[[], None]] = {
    "prices": prices,
    "costs": costs,
    "quiet": quiet,
    "chosen": chosen,
    "first": first,
    "together": together,
    "stops": stops,
}


def main(names: Sequence[str] = ()) -> None:
    from tests.benchmarks import planted

    parts = {**PARTS, **planted.PARTS}
    for name in names or parts:
        parts[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
