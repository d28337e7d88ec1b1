"""Inputs: rows of one tensor, or items of a Dataset, read by their ids."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .seeds import state, undisturbed

KEPT_AT_MOST = 0.25  # of the machine's memory
TWICE = 32  # items that are read a second time, to see that they stay
DRAWN = (
    "items of this dataset are drawn anew each time that they are read (augmentation), so none can be kept"
)
PACK = "pack several inputs into one tensor, and take it apart in call=lambda model, x: ... of the Lab"


def memory_bytes() -> float:
    """Bytes of memory that this machine has."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return 4e9


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
    """Inputs that are read from a Dataset, item by item; `key` is where they are in an item that is a dict."""

    def __init__(self, dataset: Any, plain: Any, at: np.ndarray, key: str | None = None):
        self.dataset, self.plain, self.at, self.key = dataset, plain, at, key

    def check(self) -> None:
        """Read the first item: what cannot be an input is told of now, and not in a step."""
        if len(self):
            self.view(torch.tensor([0]))

    def __len__(self) -> int:
        return len(self.at)

    def train(self, ids: torch.Tensor) -> torch.Tensor:
        return _stacked([item_input(self.dataset[int(self.at[i])], self.key) for i in ids.tolist()])

    def view(self, ids: torch.Tensor) -> torch.Tensor:
        with undisturbed(0):  # a Dataset without a plain view augments, but always in the same way
            return _stacked([item_input(self.plain[int(self.at[i])], self.key) for i in ids.tolist()])

    def take(self, ids: np.ndarray) -> DatasetItems:
        return DatasetItems(self.dataset, self.plain, self.at[ids], self.key)

    def kept(self) -> TensorRows:
        """All items, each read once, in one tensor; raises where they do not fit, or training draws them anew."""
        if self.plain is not self.dataset:
            raise ValueError(
                "items of this dataset are augmented for training (view= is without): none can be kept"
            )
        with undisturbed(0):
            before = state()
            first = self.train(torch.tensor([0]))
            size = first.numel() * first.element_size() * len(self)
            if size > memory_bytes() * KEPT_AT_MOST:
                raise ValueError(
                    f"all inputs would take {size / 1e9:.1f} GB of this machine's {memory_bytes() / 1e9:.1f}; keep"
                    " those of a part, samples.take(ids), or read on"
                )
            rest = torch.arange(1, len(self))
            whole = torch.cat([first, *(self.train(ids) for ids in rest.split(1024))])
            drew = state() != before
        # who draws from a generator of their own is seen by what they give the second time
        spread = torch.linspace(0, len(self) - 1, min(len(self), TWICE)).long().unique()
        if drew or not torch.equal(self.train(spread), whole[spread]):
            raise ValueError(DRAWN)
        return TensorRows(whole)


def item_input(item: Any, key: str | None) -> torch.Tensor:
    """The input in an item."""
    if isinstance(item, Mapping):
        return as_inputs(_part(item, key, "x"), batch=False)
    _check_parts(item)
    return as_inputs(item[0] if isinstance(item, tuple | list) else item, batch=False)


def _check_parts(item: Any) -> None:
    if isinstance(item, tuple | list) and len(item) > 2:
        raise TypeError(
            f"items of the dataset have {len(item)} parts, where (input, label) is two: which is the label cannot be"
            f" known; {PACK}"
        )


def _stacked(inputs: list[torch.Tensor]) -> torch.Tensor:
    shapes = sorted({tuple(x.shape) for x in inputs})
    if len(shapes) > 1:
        raise ValueError(
            f"items of the dataset have inputs of shapes {shapes[0]} and {shapes[1]}; crop or pad them to one"
        )
    return torch.stack(inputs)


def _part(item: Mapping[str, Any], key: str | None, which: str) -> Any:
    """One part of an item that is a dict."""
    if key is None or key not in item:
        given = "" if key is None else f" and {key!r} is none of them"
        raise TypeError(
            f"items of the dataset are dicts with the keys {', '.join(map(repr, item))}{given}; name the key of the"
            f' input and that of the label: from_dataset(dataset, x="...", y="..."); {which}= is missing or wrong'
        )
    return item[key]


def label_of(item: Any, i: int, key: str | None = None) -> Any:
    """The label in an item."""
    if isinstance(item, Mapping):
        return _part(item, key, "y")
    _check_parts(item)
    if not isinstance(item, tuple | list) or len(item) < 2:
        raise TypeError(
            f"item {i} of the dataset is {type(item).__name__}, not (input, label); pass labels as y=,"
            " or y=[None] * len(dataset) for none"
        )
    return item[1]


def as_inputs(x: Any, batch: bool = True) -> torch.Tensor:
    """Inputs as a tensor: floats in single precision, whole numbers (tokens) as they are."""
    try:
        tensor = torch.as_tensor(np.asarray(x) if not isinstance(x, torch.Tensor) else x.detach())
    except (TypeError, ValueError) as error:
        if isinstance(x, Mapping) or (not batch and isinstance(x, tuple | list)):
            raise TypeError(
                f"x takes one array or tensor, got a {type(x).__name__} of {len(x)}; {PACK}"
            ) from error
        raise TypeError(f"x takes an array or tensor of numbers, got {type(x).__name__}: {error}") from error
    if batch and tensor.ndim == 0:
        raise ValueError("x is a single number; pass an array with one row per sample")
    if tensor.dtype in (torch.float64, torch.float16, torch.bfloat16):
        tensor = tensor.float()
    return tensor.cpu()
