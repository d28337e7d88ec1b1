"""Features: those that tell little, cut from the inputs and from the first layer alike."""

from __future__ import annotations

import math

import numpy as np
import torch

from ...data.inputs import TensorRows
from ...data.samples import Samples
from ...edits.kinds import RankFeatures
from ...model.narrow import cut, plain
from ...model.ownership import taken
from ...statistics.relevance import f_ratio
from ..altered import Altered
from ..offer import Asked, Offer
from ..price import first_line
from .training import on_our_data

TAIL, TELLING = 0.05, 0.67  # of the F-ratios of all features; of the features at most that carry the rest


def fewer(asked: Asked) -> Offer | str:
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
            return (
                "the inputs have at most three times as many numbers as the latents, so few could be left out"
            )
        values = train.x if train.x.ndim == 2 else train.x.flatten(2).mean(2)
        scores = np.nan_to_num(f_ratio(values.numpy(), train.y.numpy()).scores)
        order = np.argsort(-scores)
        enough = int(np.searchsorted(np.cumsum(scores[order]) / max(scores.sum(), 1e-12), 1 - TAIL)) + 1
        if enough > TELLING * count:
            return "nearly all features tell something of the classes"
        keep = np.sort(order[:enough])
        why = f"{count - enough} of {count} features hold {TAIL:.0%} of all F-ratios"
    if not plain(trainer.model) and taken() > 1:
        return "finding its layers would disturb another Lab that is open here: close that one, and ask again"
    try:
        cut(trainer.network.copied(trainer.initial), keep.tolist(), count)
    except ValueError as error:
        return f"the first layer cannot be cut: {first_line(error)}"
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


def with_inputs(samples: Samples, x: torch.Tensor, features: np.ndarray | None = None) -> Samples:
    """The same samples with other inputs; these of their features, or none by name."""
    part = samples.take(np.arange(len(samples)))
    part.rows = TensorRows(x.contiguous())
    names = samples.features
    part.features = None if features is None or names is None else tuple(names[i] for i in features)
    return part
