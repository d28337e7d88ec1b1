"""Deployment: a model that answers in smaller numbers, priced at the batch that it will be asked in, and alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ...energy.joules import Ratio
from ...model.network import as_evaluated
from ..judging import paired
from ..offer import Asked, Offer
from ..price import TURNS, first_line, low, ratio, thread_cost
from ..rehearsal import known, right

ROWS = 1024  # of one pass


class Halved(nn.Module):
    """A model whose multiplications are of 16 bits; it takes and gives what the model does."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, torch.bfloat16):
            return self.model(x).float()


def quantised(model: nn.Module) -> nn.Module:
    """A copy whose Linear layers hold whole numbers of 8 bits, scaled as answers come: the one place that knows how."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to move it
        return torch.ao.quantization.quantize_dynamic(model, {nn.Linear, nn.GRU, nn.LSTM}, dtype=torch.qint8)


KINDS = (
    ("int8 for answers", quantised, "wide Linear layers and batches are where it saves"),
    ("bf16 for answers", Halved, "multiplications of 16 bits may be cheaper"),
)


def smaller_numbers(asked: Asked) -> Sequence[Offer | str] | str:
    """The model as it is now, in 8 or 16 bits, if an answer is cheaper in batches of the user's size."""
    trainer = asked.run.trainer
    if not asked.answers:
        return "it makes answers cheaper, not training: say how many are planned, lab.advise(answers=10_000)"
    if trainer.device.type != "cpu" or trainer.settings.call is not None:
        return (
            "the model is on a card"
            if trainer.device.type != "cpu"
            else "the model is called by a function of yours (call=)"
        )
    model = trainer.network.copied(trainer.model.state_dict()).eval()
    part = trainer.train if trainer.valid is None else trainer.valid
    x = part.view(torch.arange(min(trainer.batch_size, len(part))))
    found: list[Offer | str] = []
    for what, make, why in KINDS:
        try:
            other = make(model).eval()
            batch, each = turns(model, other, x), turns(model, other, x[:1])
        except Exception as error:
            found.append(f"{what} does not work here: {first_line(error)}")
            continue
        many, one = ratio(batch[1], batch[0]), ratio(each[1], each[0])
        said = f"an answer takes {many} in batches of {len(x)}, {one} alone"
        if not (many.high < 1 and many.value < 0.95):
            found.append(f"{what}: {said}")
            continue
        found.append(_offer(asked, what, f"{why}: {said}", other, many, low(batch[0]) / len(x)))
    return found


def _offer(asked: Asked, what: str, why: str, other: nn.Module, many: Ratio, answer: float) -> Offer:
    trainer = asked.run.trainer
    points = None
    if trainer.valid is not None and known(trainer.valid).any() and trainer.network.read is None:
        points, _ = paired(_right(other, asked) - right(trainer))
    spent = asked.answers * answer
    whole = asked.plan + spent
    value, least, most = ((asked.plan + end * spent) / whole for end in (many.value, many.low, many.high))
    return Offer(
        "T18",
        what,
        why,
        made=lambda run: other,
        ratio=Ratio(value, least, most),
        plans=whole / asked.plan if asked.plan else 1.0,
        known="priced",
        points=points,
    )


def _right(model: nn.Module, asked: Asked) -> np.ndarray:
    """Which answers of a model to the validation part are right."""
    valid = asked.run.trainer.valid
    assert valid is not None
    found = []
    with as_evaluated(model):
        for ids in torch.arange(len(valid)).split(ROWS):
            found.append((model(valid.view(ids)).argmax(1) == valid.y[ids]).numpy())
    return np.concatenate(found)[known(valid)].astype(float)


def turns(model: nn.Module, other: nn.Module, x: torch.Tensor) -> tuple[list[float], list[float]]:
    """Seconds of a pass of both, in turns; the first of each is not counted."""
    costs: tuple[list[float], list[float]] = [], []
    with torch.no_grad():
        for turn in range(TURNS + 2):
            for each, told in zip((model, other), costs, strict=True):
                cost = thread_cost()
                each(x)
                if turn:
                    told.append(max(cost(), 1e-9))
    return costs
