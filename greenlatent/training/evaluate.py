"""Evaluate: loss and accuracy of a part of the data, in a look that leaves no trace."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional as F

from ..data.samples import Samples
from ..model.network import Network
from .task_loss import OfInputs

ROWS = 1024  # samples of one pass
Change = Callable[[torch.Tensor], torch.Tensor]  # alters inputs before they are asked about
Within = Callable[[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]], torch.Tensor]


def evaluate(
    network: Network,
    part: Samples,
    change: Change | None = None,
    *,
    of_inputs: OfInputs | None = None,
    within: Within | None = None,
) -> dict[str, float]:
    """Mean loss and share of right guesses over the known labels, and how many they are, in eval mode.

    `of_inputs` is the loss of data without labels: then there is a loss, and no guess. `within` adds up over ranks.
    """

    def alone(ids: torch.Tensor) -> torch.Tensor:
        return added_up(network, part, ids, change, of_inputs)

    ids = torch.arange(len(part))
    right, total, known = (alone(ids) if within is None else within(ids, alone)).tolist()
    loss = total / known if known else math.nan
    if part.regression or of_inputs is not None:
        return {"loss": loss, "n": int(known)}
    return {"accuracy": right / known if known else math.nan, "loss": loss, "n": int(known)}


def added_up(
    network: Network, part: Samples, ids: torch.Tensor, change: Change | None, of_inputs: OfInputs | None
) -> torch.Tensor:
    """Of these samples (3,): how many were guessed right, the sum of their losses, and how many labels are known."""
    right, total, known_count = 0.0, 0.0, 0
    with network.looking():
        for some in ids.split(ROWS):
            network.goes_on()
            x = part.view(some)
            output = network.forward(x if change is None else change(x))
            if of_inputs is not None:
                total += float(of_inputs.measure(output, network.here(x)).sum())
                known_count += len(some)
                continue
            output = output if network.read is None else network.read(output)
            y = part.y[some].to(network.device)
            known = ~y.isnan() if part.regression else y >= 0
            output, y = output[known], y[known]
            if part.regression:
                total += float((output.reshape(len(y), -1)[:, 0] - y).square().sum())
            else:
                total += float(F.cross_entropy(output, y, reduction="sum"))
                right += float((output.argmax(1) == y).sum())
            known_count += len(y)
    return torch.tensor([right, total, known_count], dtype=torch.float64)


def accuracy(network: Network, part: Samples) -> float:
    """The share of right guesses over the known labels alone, as `evaluate` has it, in two thirds of the time."""
    right = 0
    with network.looking():
        for ids in torch.arange(len(part)).split(ROWS):
            network.goes_on()
            output = network.forward(part.view(ids))
            output = output if network.read is None else network.read(output)
            right += int(
                (output.argmax(1) == part.y[ids].to(network.device)).sum()
            )  # a missing label is no class
    known = int((part.y >= 0).sum())
    return right / known if known else math.nan
