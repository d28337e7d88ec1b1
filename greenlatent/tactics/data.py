"""Data: copies left out, easy samples skimmed, inputs cut or projected, a dataset's items kept in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import torch

from ..data.inputs import TensorRows
from ..data.samples import Samples
from ..edits.kinds import Drop, RankFeatures
from ..energy.joules import Ratio
from ..model.narrow import begun_on, cut
from ..run.run import Run
from ..statistics.relevance import f_ratio
from ..training.trainer import Trainer
from .altered import Altered
from .copies import Copies, find_copies, shared_rows
from .offer import Asked, Offer
from .training import on_our_data

WIDE_ROWS = 4000  # numbers of an input from which on nearness is looked for in latents
SKIM, LAST = 0.5, 1 / 8  # of the easy samples; of the epochs, which meet all again
OVERHEAD = 0.2  # that a step of the smallest nets takes more, as its samples count differently
TAIL, TELLING = 0.05, 0.67  # of the F-ratios of all features; of the features at most that carry the rest
PROJECTED, VARIANCE, THIRD = 128, 0.95, 1 / 3
READING = 0.1  # of a step, below which reading is left as it is


def copies(asked: Asked) -> Offer | str:
    """Rows that copy others: one of each stays."""
    trainer = asked.run.trainer
    train, valid = trainer.train, trainer.valid
    if train.lazy:
        return "items are read one by one; keep them first (T27)"
    found = _found(trainer)
    twins = [] if valid is None else shared_rows(valid, train)
    told = _of_twins(trainer, valid, twins) if valid is not None and twins else ""
    if found.divided:
        told += f"; {len(found.divided)} groups of the same inputs have different labels: lab.suggest() shows them"
    if not found.spare:
        return "no row copies another" + told
    n, spare = len(train), found.spare
    kept = 1 - len(spare) / n
    rest = np.setdiff1d(np.arange(n), spare)
    exact = sum(len(group) - 1 for group in found.exact)
    return Offer(
        "T2",
        f"{len(spare)} of {n} rows left out, which copy others",
        f"{exact} hold the same as another of their class, {len(spare) - exact} nearly so{told}",
        altered=Altered(rows=lambda samples: samples.take(rest), share=kept),
        act=lambda run: _drop(run, spare),
        ratio=Ratio(kept, kept, kept),
        known="counted",
        accuracy=on_our_data("T2", "copies out, where a third of the rows are copies"),
        ids=spare,
    )


def _found(trainer: Trainer) -> Copies:
    """Copies of what is in force; nearness by latents that training saw where inputs are very wide."""
    train = trainer.train
    places = None
    if math.prod(train.shape) > WIDE_ROWS:
        seen = trainer.seen
        if bool((seen.step < 0).any()):
            return find_copies(train, near=0)
        places = seen.latents.cpu()
    return find_copies(train, places)


def _of_twins(trainer: Trainer, valid: Samples, twins: list[int]) -> str:
    """What validation rows with a twin in training make of its accuracy."""
    told = f"; {len(twins)} of {len(valid)} validation rows have a twin in training"
    others = np.setdiff1d(np.arange(len(valid)), twins)
    if not len(others) or not valid.classes:
        return told
    on_all, on_others = (trainer.evaluate(part=part)["accuracy"] for part in (valid, valid.take(others)))
    return f"{told}: accuracy is {on_all:.1%} on all and {on_others:.1%} on the others"


def _drop(run: Run, spare: tuple[int, ...]) -> Callable[[], object]:
    line = run.journal.add(Drop(spare), by="advice")
    return lambda: run.journal.mute(line, by="advice")


def skim(asked: Asked) -> Offer | str:
    """Half of the easy samples left out of each epoch by chance, the rest counting for them (InfoBatch)."""
    trainer = asked.run.trainer
    if trainer.train.unlabelled or trainer.train.several is not None:
        return "skimming goes by the loss of one label a sample"
    if trainer.journal.settings.get("skim"):
        return "epochs are skimmed already"
    epochs, until = _epochs(trainer, asked.steps)
    losses = trainer.seen.loss
    known = ~losses.isnan()
    if until < 3 or int(known.sum()) < 0.9 * len(losses):
        return "the plan has too few epochs" if until < 3 else "training has not met every sample yet"
    easy = float((losses[known] < losses[known].mean()).float().mean())
    share = 1 - SKIM * easy * (until - 1) / epochs
    return Offer(
        "T1",
        f"{SKIM:.0%} of the easy samples left out of each epoch by chance until epoch {until}",
        f"{easy:.0%} of the samples have a loss below the mean; the rest of them count for those left out",
        altered=Altered(
            share=share, put=lambda trainer, steps: {"skim": (SKIM, max(1, _epochs(trainer, steps)[1]))}
        ),
        act=lambda run: _skim(run, until),
        ratio=Ratio(share * (1 + OVERHEAD / 2), share, share * (1 + OVERHEAD)),
        known="counted",
        accuracy=on_our_data("T1", "InfoBatch, over the same loop"),
    )


def _epochs(trainer: Trainer, steps: int) -> tuple[float, int]:
    """How many epochs so many steps are, and the one from which all samples are met again."""
    epochs = steps * trainer.batch_size * trainer.settings.accumulate / len(trainer.train)
    return epochs, math.floor(epochs * (1 - LAST))


def _skim(run: Run, until: int) -> Callable[[], object]:
    run.journal.put("skim", SKIM, until=until, by="advice")
    return lambda: run.journal.put("skim", 0.0, by="advice")


def fewer_features(asked: Asked) -> Offer | str:
    """Features that tell little cut from the inputs and from the first layer; a person's ranking comes first."""
    trainer = asked.run.trainer
    train = trainer.train
    if train.lazy or train.regression or not train.classes:
        return "features are ranked for rows in memory that have classes"
    count = train.shape[0] if len(train.shape) else 0
    if count < 4:
        return "there are too few features"
    ranked = [e.edit for e in trainer.journal.active if isinstance(e.edit, RankFeatures)]
    if ranked:
        mask = trainer.edits.mending.features
        if mask is None or bool((mask > 0).all()):
            return "the ranking in force leaves no feature out"
        keep, why = (
            np.flatnonzero(mask.numpy() > 0),
            "a mask is in force: it hides features and saves nothing",
        )
    else:
        if math.prod(train.shape) <= 3 * trainer.dims:
            return "inputs are no wider than three times the latents"
        values = train.x if train.x.ndim == 2 else train.x.flatten(2).mean(2)
        scores = np.nan_to_num(f_ratio(values.numpy(), train.y.numpy()).scores)
        order = np.argsort(-scores)
        enough = int(np.searchsorted(np.cumsum(scores[order]) / max(scores.sum(), 1e-12), 1 - TAIL)) + 1
        if enough > TELLING * count:
            return "no long tail of features tells little"
        keep = np.sort(order[:enough])
        why = f"{count - enough} of {count} features hold {TAIL:.0%} of all F-ratios"
    kept = torch.from_numpy(keep)
    return Offer(
        "T3",
        f"{len(keep)} of {count} features kept, the others cut from the first layer, too",
        why,
        altered=Altered(
            model=lambda model: cut(model, keep.tolist(), count),
            inputs=lambda samples: with_inputs(samples, samples.x.index_select(1, kept), keep),
        ),
        accuracy=on_our_data("T3", "half of the features, cut"),
    )


def projected(asked: Asked) -> Offer | str:
    """Wide inputs projected on the few directions that hold their variance, in front of the net."""
    trainer = asked.run.trainer
    train = trainer.train
    if train.lazy or len(train.shape) != 1 or train.shape[0] <= PROJECTED:
        return f"inputs are no rows of more than {PROJECTED} numbers in memory"
    from sklearn.decomposition import PCA

    width = train.shape[0]
    most = max(2, int(width * THIRD))
    fitted = PCA(min(most, len(train) - 1), svd_solver="randomized", random_state=0).fit(train.x.numpy())
    reached = np.cumsum(fitted.explained_variance_ratio_)
    if reached[-1] < VARIANCE:
        return f"a third of the directions holds {reached[-1]:.0%} of the variance"
    count = int(np.searchsorted(reached, VARIANCE)) + 1
    directions = torch.from_numpy(fitted.components_[:count]).float()
    middle = torch.from_numpy(fitted.mean_).float()
    return Offer(
        "T5",
        f"inputs projected on {count} of {width} directions",
        f"{count} directions of the training inputs hold {VARIANCE:.0%} of their variance",
        altered=Altered(
            model=lambda model: begun_on(model, count),
            inputs=lambda samples: with_inputs(samples, (samples.x - middle) @ directions.T),
        ),
        accuracy=on_our_data("T5", "PCA to 16 (digits) or 50 (MNIST)"),
    )


def kept(asked: Asked) -> Offer | str:
    """A dataset whose items are read anew each epoch, held in memory."""
    trainer = asked.run.trainer
    train = trainer.train
    if not train.lazy:
        return "inputs are in memory already"
    try:
        train.take([0, 1][: len(train)]).kept()
    except ValueError as error:
        return str(error)
    step = asked.plan / asked.steps
    ids = torch.arange(min(trainer.batch_size, len(train)))
    turns = []
    for _ in range(5):
        begun = time.process_time()
        train.inputs(ids)
        turns.append((time.process_time() - begun) / max(step, 1e-9))
    low, middle, high = (min(1.0, float(q)) for q in np.quantile(turns, (0.0, 0.25, 1.0)))
    if middle < READING:
        return f"reading takes {middle:.0%} of a step"
    epochs, _ = _epochs(trainer, asked.steps)
    again = 1 - 1 / max(1.0, epochs)  # the first epoch reads all the same
    return Offer(
        "T27",
        "items kept in memory: train.kept()",
        f"reading takes {middle:.0%} of a step, and each item is read {epochs:.0f} times",
        altered=Altered(inputs=lambda samples: samples.kept()),
        ratio=Ratio(*(1 - share * again for share in (middle, high, low))),
        known="counted",
        accuracy="the same bit for bit",
    )


def with_inputs(samples: Samples, x: torch.Tensor, features: np.ndarray | None = None) -> Samples:
    """The same samples with other inputs; these of their features, or none by name."""
    part = samples.take(np.arange(len(samples)))
    part.rows = TensorRows(x.contiguous())
    names = samples.features
    part.features = None if features is None or names is None else tuple(names[i] for i in features)
    return part
