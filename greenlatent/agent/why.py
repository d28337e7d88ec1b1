"""Why: what a run wastes joules on, of its data, its architecture or its input, each with the number behind it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..data.seeds import undisturbed
from ..energy.joules import Joules
from ..run.comparison import rough
from ..run.costs.spending import next_epoch
from ..run.run import Run
from ..training.evaluate import accuracy
from .cards import forecast
from .rules import locked, look

FROM_EPOCH = 2  # before, a net doubts what it has not learned yet
# docs/steering.md has the table behind these.
WRONG = 0.08  # of what is trained on is surely another class
FITS = 0.75  # of the rest is guessed as labelled: a net that is too small doubts right labels, too,
SURE = 0.47  # of all that it guesses otherwise is sure: that net is unsure of most
SPARE = 0.25  # of hidden units that can be switched off
FETCHING = 0.3  # of a step that goes into reading its inputs
SHARES = (0.25, 0.5, 0.75)  # of hidden units, switched off at random
DRAWS = 5  # of which units these are
FALL = 0.01  # of validation accuracy
FEWEST = 100  # validation samples by which a point can be told
BATCHES = 9  # that are read once more, of whose times the median counts


@dataclass(frozen=True)
class Cause:
    """Why a run may be wasteful: what of it (`about`), its number beside the bound, and what to do next.

    `found` is None where nobody can tell. `cost` is a forecast of what it takes to make sure.
    """

    about: str
    number: float
    bound: float
    found: bool | None
    text: str
    cost: Joules
    next: str

    def __str__(self) -> str:
        known = "not known" if math.isnan(self.number) else f"{self.number:.2f} of {self.bound:.2f}"
        return f"{self.about} ({known}): {' '.join(part for part in (self.text, self.next) if part)}"


def why(run: Run) -> tuple[Cause, ...]:
    """Data, architecture and input, in this order, from what training has seen and a few looks, which are booked as
    evaluation and change nothing; on the thread that owns the model."""
    trainer = run.trainer
    epochs = trainer.epoch + trainer.epoch_done
    if epochs < FROM_EPOCH:
        early = f"Nobody can tell before epoch {FROM_EPOCH} is over; this is epoch {trainer.epoch + 1}."
        bounds = {"data": WRONG, "architecture": SPARE, "input": FETCHING}
        return tuple(_unknown(about, bound, early) for about, bound in bounds.items())
    with trainer.doing("evaluate"):
        return _data(run), _architecture(run), _input(run)


def _unknown(about: str, bound: float, text: str) -> Cause:
    return Cause(about, math.nan, bound, None, text, Joules.missing(), "")


def _trained(run: Run) -> Joules:
    """What training took so far: to train once more takes as much."""
    return forecast(run.energy.get("train", Joules.missing()))


def _data(run: Run) -> Cause:
    trainer = run.trainer
    if said := locked(trainer.train):
        return _unknown("data", WRONG, f"There is nothing to doubt: {said}.")
    seen = look(trainer)
    if not seen.trained:
        return _unknown("data", WRONG, "Training has seen nothing yet that has a label.")
    rest = 1 - seen.share
    fits = seen.agreement / rest if rest else 0.0
    found = seen.share >= WRONG and fits >= FITS and seen.of_disagreement >= SURE
    text = (
        f"{len(seen.sure):,} of {seen.trained:,} samples ({seen.share:.1%}) are surely another class than their label;"
        f" of the rest {fits:.0%} are guessed as labelled, and it is sure of {seen.of_disagreement:.0%} of what it"
        " guesses otherwise."
    )
    if not found and seen.share >= WRONG:
        text += (
            f" That takes {FITS:.0%} and {SURE:.0%}: a model that fits too little doubts right labels, too."
        )
    cost = _trained(run) if found else Joules.missing()
    then = "Look at lab.suggest(), mend what is wrong, and train again with it: lab.again()"
    return Cause("data", seen.share, WRONG, found, text, cost, _priced(then, cost) if found else "")


def _architecture(run: Run) -> Cause:
    trainer, about = run.trainer, "architecture"
    valid = trainer.valid
    if valid is None or not valid.classes or int((valid.y >= 0).sum()) < FEWEST:
        return _unknown(about, SPARE, f"To tell takes {FEWEST} validation samples with classes, or more.")
    network = trainer.network
    with network.looking():
        network.goes_on()
        layers = _read_by(trainer.model, lambda: network.forward(valid.view(torch.arange(2))))
    if not layers:
        return _unknown(about, SPARE, "No layer of the model reads hidden units that could be switched off.")
    whole = accuracy(network, valid)
    rng = torch.Generator().manual_seed(0)
    spare, lost = 0.0, 0.0
    for share in SHARES:
        falls = []
        for _ in range(DRAWS):
            with _switched_off(layers, share, rng):
                falls.append(whole - accuracy(network, valid))
        lost = float(np.mean(falls))
        if lost >= FALL:
            break
        spare = share
    found = spare >= SPARE
    text = (
        f"{spare:.0%} of the hidden units can be switched off at random before validation accuracy falls by a point"
        f" from {whole:.1%}."
        if found
        else f"Without {SHARES[0]:.0%} of the hidden units validation accuracy falls by {100 * lost:.1f} points."
    )
    cost = _trained(run) if found else Joules.missing()
    then = (
        'A narrower model may do as well; a race tells: gl.Search(make, train, valid=valid, space={"width": [...]})'
        " with half and a quarter of the widths"
    )
    return Cause(about, spare, SPARE, found, text, cost, _priced(then, cost) if found else "")


def _read_by(model: nn.Module, forward: Callable[[], object]) -> list[nn.Module]:
    """The layers with weights that read hidden units: all that a pass calls but the first, which reads the data."""
    called: list[nn.Module] = []
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    handles = [
        module.register_forward_pre_hook(lambda module, _: called.append(module))
        for module in model.modules()
        if isinstance(module, kinds)
    ]
    try:
        forward()
    finally:
        for handle in handles:
            handle.remove()
    return list(dict.fromkeys(called))[1:]


@contextmanager
def _switched_off(layers: list[nn.Module], share: float, rng: torch.Generator) -> Iterator[None]:
    """So many of the units that each of these layers reads are 0, the others scaled up, as dropout does."""

    def hook(off: torch.Tensor, channels: int) -> Callable[[nn.Module, tuple], tuple]:
        def masked(_: nn.Module, given: tuple) -> tuple:
            x = given[0]
            return (x * off.to(x).view(-1, *[1] * channels), *given[1:])

        return masked

    handles = []
    for layer in layers:
        flat = isinstance(layer, nn.Linear)
        count = int(layer.in_features if flat else layer.in_channels)  # type: ignore[arg-type]
        off = torch.ones(count)
        off[torch.randperm(count, generator=rng)[: round(share * count)]] = 0
        off *= count / max(1.0, float(off.sum()))
        channels = 0 if flat else len(layer.kernel_size)  # type: ignore[arg-type]
        handles.append(layer.register_forward_pre_hook(hook(off, channels)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _input(run: Run) -> Cause:
    trainer, meter = run.trainer, run.meter
    if trainer.settings.workers:
        return _unknown(
            "input", FETCHING, "Workers read beside training: what it waits for them is not told apart."
        )
    steps, seconds = meter.units("train"), meter.seconds_of("train")
    if not steps or not seconds or trainer.foreign:
        return _unknown("input", FETCHING, "No step was timed yet whose inputs are read here.")
    took, worked = _read_times(run)
    number = min(1.0, took * trainer.settings.accumulate * steps / seconds)
    found = number >= FETCHING
    text = f"{number:.0%} of a step go into reading its {trainer.batch_size * trainer.settings.accumulate} samples."
    if not found:
        return Cause("input", number, FETCHING, False, text, Joules.missing(), "")
    decoding = worked >= 0.5
    text += (
        f" The processor works for {worked:.0%} of that: it decodes."
        if decoding
        else f" The processor works for {worked:.0%} of that: it waits."
    )
    then = (
        "Decode once and keep what comes of it: Samples(x, y) of arrays, or a cached Dataset; or read beside training:"
        " workers=2"
        if decoding
        else "Read beside training, workers=2, or from a faster place: a copy in memory or on a local disk"
    )
    cost = forecast(next_epoch(meter, trainer))
    return Cause("input", number, FETCHING, True, text, cost, _priced(then, cost))


def _read_times(run: Run) -> tuple[float, float]:
    """Median seconds in which a batch is read once more, and the share of them in which the processor works."""
    trainer = run.trainer
    rng = np.random.default_rng(trainer.steps)
    seconds, shares = [], []
    n, size = len(trainer.train), trainer.batch_size
    with trainer.network.looking(), undisturbed(0):  # an augmentation draws
        for _ in range(BATCHES):
            ids = torch.from_numpy(rng.choice(n, min(n, size), replace=False))
            begun, worked = time.perf_counter(), time.thread_time()
            trainer.train.inputs(ids)
            took = time.perf_counter() - begun
            seconds.append(took)
            shares.append((time.thread_time() - worked) / max(took, 1e-9))
    return float(np.median(seconds)), min(1.0, float(np.median(shares)))


def _priced(text: str, cost: Joules) -> str:
    return f"{text} (about {rough(cost)})." if cost.known else f"{text}."
