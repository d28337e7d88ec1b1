"""Data: copies, rows that training and validation share, easy samples, projections, items that are read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np
import torch
from torch import nn

from ...data.inputs import TensorRows
from ...data.samples import Samples
from ...edits.kinds import Drop
from ...energy.joules import Ratio
from ...energy.names import count
from ...run.run import Run
from ...training.trainer import Trainer
from ..altered import Altered
from ..copies import NEAR, find_copies, shared_rows
from ..offer import Asked, Offer
from ..putting import put
from ..rehearsal import known, right

PAIR = 1.5e-10  # seconds that the distance of two rows takes, an input
WIDE, KEEPS, PART = (
    128,
    0.95,
    16,
)  # inputs from which on they are projected; of the variance; to one in so many
DIFFERS = "drawn anew each time"  # what is said of such items
FIT_ROWS = 40  # rows for each direction: more of them hardly turn it, and take as much longer
LOOK, READS = 400, 8  # rows by which a projection is judged; items that are read twice
READING = 0.1  # of a step from which on reading is worth a word
SKIM, LAST = (
    0.5,
    0.125,
)  # of the easy samples that an epoch leaves out; of the epochs, the last, that meet all


def copies(asked: Asked) -> Sequence[Offer | str]:
    """Rows that copy others: of each group one stays."""
    trainer = asked.run.trainer
    train = trainer.train
    found: list[Offer | str] = []
    if train.lazy:
        return ["a Dataset would be read whole, once more"]
    counts = np.bincount(train.y.numpy()[train.y.numpy() >= 0]) if train.classes else np.zeros(1)
    pairs = float((counts.astype(float) ** 2).sum()) * train.x[0].numel()
    near = pairs * PAIR < asked.left()
    groups = find_copies(train, near=NEAR if near else 0.0)
    on = trainer.mending.weights > 0
    spare = tuple(i for i in groups.spare if on[i])
    more = "" if near else ", exact ones alone: there was no time for near ones"
    if spare:
        rest = 1 - len(spare) / int(on.sum())
        found.append(_out(spare, rest, len(groups.exact) + len(groups.near), more))
    else:
        found.append(f"no row copies another{more}")
    if groups.divided:
        shown = ", ".join(map(str, groups.divided[0]))
        found.append(
            f"{count(len(groups.divided), 'group')} of equal inputs with different labels: look at samples {shown}"
        )
    if (
        trainer.valid is not None
        and not trainer.valid.lazy
        and (both := shared_rows(trainer.valid, train, groups.rows))
    ):
        asked.told.append(_leak(trainer, both))
    return found


def _out(spare: tuple[int, ...], rest: float, groups: int, more: str) -> Offer:
    def act(run: Run) -> Callable[[], object]:
        line = run.journal.add(Drop(spare), by="advice")

        def again(run: Run) -> Callable[[], object]:
            """By its own line: after a new edit nothing that was undone before could be done again."""
            if all(event.n != line for event in run.journal.active):
                run.journal.unmute(line, by="advice")
            return back

        def back() -> Callable[[Run], Callable[[], object]]:
            run.journal.mute(line, by="advice")
            return again

        return back

    gone = set(spare)
    return Offer(
        "T2",
        f"{count(len(spare), 'copy')} left out",
        f"in {count(groups, 'group')} of rows that are the same, or nearly, one of each stays: {rest:.2f} of an"
        f" epoch{more}",
        altered=Altered(
            rows=lambda train: train.take([i for i in range(len(train)) if i not in gone]), share=rest
        ),
        act=act,
        ratio=Ratio(rest, rest, rest),
        known="counted",
        accuracy="on our data -1.8 to +0.1 points",
        ids=spare,
    )


def _leak(trainer: Trainer, both: list[int]) -> str:
    """That rows to validate by were trained on, and what accuracy is without them."""
    valid = trainer.valid
    assert valid is not None
    said = f"{len(both):,} of {len(valid):,} validation rows are in training, too: accuracy looks too good"
    on = known(valid)
    if not on.any():
        return said
    answers, alone = right(trainer), ~np.isin(np.flatnonzero(on), both)
    return (
        f"{said}, {answers.mean():.1%} on all and {answers[alone].mean():.1%} on the others"
        if alone.any()
        else said
    )


def skimmed(asked: Asked) -> Offer | str:
    """Half of the easy samples left out of each epoch by chance, the others counting for them."""
    run, trainer = asked.run, asked.run.trainer
    train = trainer.train
    if train.unlabelled or train.several is not None:
        return "skimming goes by the loss of one label a sample"
    own = run.journal.setting("skim")
    if own is not None and own.value:
        return "easy samples are skimmed already"
    epoch = max(1.0, len(train) / (trainer.batch_size * trainer.settings.accumulate))
    epochs = asked.steps / epoch
    if epochs < 8:
        return f"a plan of {epochs:.1f} epochs is too short to leave samples out of some"
    losses = trainer.seen.loss
    seen = ~losses.isnan()
    if int(seen.sum()) < len(train) / 2:
        return "what is easy is known once an epoch was trained"
    easy = float((losses < losses.nanmean()).float().mean())
    last = max(1, round((1 - LAST) * epochs))
    left = max(0.0, (last - trainer.epoch) / max(1.0, epochs - trainer.epoch))  # of what there is to come
    rest = 1 - SKIM * easy * left
    most = min(1.0, rest + 0.1)  # choosing takes something, too

    return Offer(
        "T1",
        f"half of the easy samples left out of each epoch, until epoch {last}",
        f"{easy:.0%} of the samples have less than the mean loss",
        altered=Altered(share=rest, put={"skim": SKIM}),
        act=lambda run: put(run, "skim", SKIM, until=last),
        ratio=Ratio((rest + most) / 2, rest, most),
        known="priced",
        accuracy="not known here; on our data -1.2 to -0.1 points",
    )


def kept(asked: Asked) -> Offer | str:
    """Items of a Dataset, read once and held."""
    trainer = asked.run.trainer
    train = trainer.train
    if not train.lazy:
        return "the data are in memory already"
    if trainer.settings.workers:
        return "workers read beside training"
    epochs = asked.steps * trainer.batch_size * trainer.settings.accumulate / len(train)
    if epochs <= 1:
        return "no item is read twice"
    few = np.arange(min(READS, len(train)))
    try:
        train.take(few).kept()
    except ValueError as error:
        return "items are drawn anew each time (augmentation)" if DIFFERS in str(error) else str(error)
    one, all_few = _read(train, few[:1]), _read(train, few)
    item = max(0.0, all_few - one) / max(
        1, len(few) - 1
    )  # what a read takes beside its items is once a batch
    reading = (one + item * (trainer.batch_size - 1)) * trainer.settings.accumulate
    step = asked.plan / asked.steps
    share = min(1.0, reading / step) if step > 0 else 0.0
    if share < READING:
        return f"{share:.0%} of a step go into reading"
    rest = 1 - share * (1 - 1 / epochs)
    return Offer(
        "T27",
        "samples.kept(), each item read once",
        f"{share:.0%} of a step go into reading, and each item is read {epochs:.0f} times",
        altered=Altered(inputs=lambda samples: samples.kept()),
        ratio=Ratio(rest, max(0.0, rest - 0.15), min(1.0, rest + 0.15)),
        known="priced",
        accuracy="the same bit for bit",
    )


def _read(train: Samples, rows: np.ndarray) -> float:
    """Processor seconds of reading these, while nobody disturbs it."""
    found = []
    for _ in range(3):
        begun = time.thread_time()
        train.view(torch.from_numpy(rows))
        found.append(time.thread_time() - begun)
    return min(found)


class Projected:
    """Inputs as a few numbers: the directions in which the training part varies most, fitted on it alone."""

    def __init__(self, train: Samples, count: int):
        x = train.x.flatten(1).float()
        mean = x.mean(0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            if len(x) > FIT_ROWS * count:
                x = x[torch.randperm(len(x))[: FIT_ROWS * count]]
            self.axes = torch.pca_lowrank(x - mean, q=count, center=False, niter=2)[2]  # (inputs, count)
        self.middle = mean @ self.axes  # taken away after: wide rows are read once and written never

    def __call__(self, samples: Samples) -> Samples:
        if samples.lazy:
            raise TypeError("a projection takes data in memory; keep a Dataset's items first: samples.kept()")
        part = copy(samples)  # an answer is asked of one row, and copying it would cost more than the net
        part.rows = TensorRows(samples.x.flatten(1).float() @ self.axes - self.middle)
        part.features, part.preview = None, samples.preview if callable(samples.preview) else None
        return part


def projected(asked: Asked) -> Offer | str:
    """Wide inputs, of which a few directions hold nearly all: a projection before a net that reads as many."""
    trainer = asked.run.trainer
    train = trainer.train
    if train.lazy:
        return "a Dataset would be read whole, once more"
    if not train.x.is_floating_point():
        return "the inputs are no numbers to project"
    width = int(train.x[0].numel())
    if width <= WIDE:
        return f"a projection pays where inputs are wide, more than {WIDE} numbers, and these have {width}"
    first = _first(trainer.model)
    if first is None or first[1].in_features != width:
        return "the first layer is none that reads all inputs at once"
    some = (
        train.x[torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:LOOK]]
        .flatten(1)
        .float()
    )
    some = some - some.mean(0)
    values = torch.linalg.eigvalsh(some @ some.T).flip(0).clamp(min=0)  # as many as rows; the rest is 0
    if not values.sum() > 0:
        return "the inputs do not vary"
    needed = int((values.cumsum(0) / values.sum() < KEEPS).sum()) + 1
    if needed > width / 3:
        return f"{KEEPS:.0%} of the variance take {needed} of {width} directions"
    count = max(1, width // PART // PART) * PART  # whole sixteens, which processors multiply at once
    made: list[Projected] = []  # fitted once it is asked for

    def project(samples: Samples) -> Samples:
        if not made:
            made.append(Projected(train, count))
        return made[0](samples)

    return Offer(
        "T5",
        f"a projection to {count} in front of the net",
        f"{KEEPS:.0%} of the variance of {width} inputs lie in {needed} directions",
        altered=Altered(model=lambda model: _reading(model, count), inputs=project),
        accuracy="not known here; on our data +0.8 to +0.9 points",
    )


def _first(model: nn.Module) -> tuple[str, nn.Linear] | None:
    """The first layer with weights, where it is Linear."""
    for name, module in model.named_modules():
        if next(iter(module.parameters(recurse=False)), None) is not None:
            return (name, module) if type(module) is nn.Linear and name else None
    return None


def _reading(model: nn.Module, count: int) -> nn.Module:
    """A copy's first layer begun anew for so many inputs."""
    found = _first(model)
    assert found is not None
    name, old = found
    new: Any = nn.Linear(count, old.out_features, bias=old.bias is not None)
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, new)
    return model
