"""Inputs: rows of one tensor, or items of a Dataset, read by their ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .seeds import undisturbed


class TensorRows:
    """Inputs that are one tensor."""

    def __init__(self, x: torch.Tensor):
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def train(self, ids: torch.Tensor) -> torch.Tensor:
        return self.x.index_select(0, ids)

    view = train

    def take(self, ids: np.ndarray) -> TensorRows:
        return TensorRows(self.x[torch.as_tensor(ids)])


class DatasetItems:
    """Inputs that are read from a Dataset, item by item."""

    def __init__(self, dataset: Any, plain: Any, at: np.ndarray):
        self.dataset, self.plain, self.at = dataset, plain, at

    def __len__(self) -> int:
        return len(self.at)

    def train(self, ids: torch.Tensor) -> torch.Tensor:
        return _stacked([_item_input(self.dataset[int(self.at[i])]) for i in ids.tolist()])

    def view(self, ids: torch.Tensor) -> torch.Tensor:
        with undisturbed(0):  # a Dataset without a plain view augments, but always in the same way
            return _stacked([_item_input(self.plain[int(self.at[i])]) for i in ids.tolist()])

    def take(self, ids: np.ndarray) -> DatasetItems:
        return DatasetItems(self.dataset, self.plain, self.at[ids])


def _item_input(item: Any) -> torch.Tensor:
    return as_inputs(item[0] if isinstance(item, tuple | list) else item, batch=False)


def _stacked(inputs: list[torch.Tensor]) -> torch.Tensor:
    shapes = sorted({tuple(x.shape) for x in inputs})
    if len(shapes) > 1:
        raise ValueError(
            f"items of the dataset have inputs of shapes {shapes[0]} and {shapes[1]}; crop or pad them to one"
        )
    return torch.stack(inputs)


def label_of(item: Any, i: int) -> Any:
    if not isinstance(item, tuple | list) or len(item) < 2:
        raise TypeError(
            f"item {i} of the dataset is {type(item).__name__}, not (input, label); pass labels as y="
        )
    return item[1]


def as_inputs(x: Any, batch: bool = True) -> torch.Tensor:
    """Inputs as a tensor: floats in single precision, whole numbers (tokens) as they are."""
    try:
        tensor = torch.as_tensor(np.asarray(x) if not isinstance(x, torch.Tensor) else x.detach())
    except (TypeError, ValueError) as error:
        raise TypeError(f"x takes an array or tensor of numbers, got {type(x).__name__}: {error}") from error
    if batch and tensor.ndim == 0:
        raise ValueError("x is a single number; pass an array with one row per sample")
    if tensor.dtype in (torch.float64, torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return tensor.cpu()
