"""Likeness: what samples look like, as small grey pictures in a row, for a model that sees and may be shown them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...data.samples import Samples
from ...widgets.preview import Traces

WIDE = 64  # pixels of one
GREYS = 16


def likenesses(train: Samples, ids: Sequence[int]) -> list[np.ndarray]:
    """(64, 64) of 0 to 15 for each; blank where a sample has no picture, as a text, or its preview fails."""
    return [_likeness(train, int(i)) for i in ids]


def _likeness(train: Samples, i: int) -> np.ndarray:
    try:
        value = train.preview(i) if callable(train.preview) else train.view(torch.tensor([i]))[0]
        value = value.values if isinstance(value, Traces) else value
        if isinstance(value, str | bytes):
            return _blank()
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value, dtype=np.float64)
        side = round(array.size**0.5)
        if train.preview == "image" and array.ndim == 1 and side * side == array.size:
            array = array.reshape(side, side)
        if array.ndim == 1 or train.preview == "signal":
            return _lines(np.atleast_2d(array))
        return _image(array)
    except Exception:  # the preview is a person's own function
        return _blank()


def _blank() -> np.ndarray:
    return np.full((WIDE, WIDE), GREYS - 1, dtype=np.uint8)


def _image(array: np.ndarray) -> np.ndarray:
    if array.ndim == 3:
        array = array.mean(int(np.argmin(array.shape)))  # over its channels
    grey = _levels(array)
    scale = WIDE / max(grey.shape)
    rows, columns = (np.arange(max(1, round(n * scale))) / scale for n in grey.shape)
    small = grey[np.minimum(rows.astype(int), len(grey) - 1)][
        :, np.minimum(columns.astype(int), grey.shape[1] - 1)
    ]
    found = _blank()
    found[: small.shape[0], : small.shape[1]] = small[:WIDE, :WIDE]
    return found


def _lines(signals: np.ndarray) -> np.ndarray:
    """Channels (c, t), one below the other on one scale."""
    found = _blank()
    high = WIDE // len(signals)
    if high < 2:
        return found
    levels = (GREYS - 1 - _levels(signals)) / (GREYS - 1)
    at = np.linspace(0, signals.shape[1] - 1, WIDE).astype(int)
    for k, channel in enumerate(levels[:, at]):
        rows = k * high + np.round(channel * (high - 1)).astype(int)
        for column, (above, below) in enumerate(zip(np.r_[rows[:1], rows[:-1]], rows, strict=True)):
            found[min(above, below) : max(above, below) + 1, column] = 0
    return found


def _levels(array: np.ndarray) -> np.ndarray:
    array = np.nan_to_num(array)
    low, high = array.min(), array.max()
    return np.round((array - low) / ((high - low) or 1.0) * (GREYS - 1)).astype(np.uint8)


def in_a_row(image: np.ndarray, colours: np.ndarray, looks: Sequence[np.ndarray]) -> tuple[Any, Any]:
    """A picture in a palette with the looks below it, in the order of S1, S2, ...; as many as fit beside each other."""
    greys = np.repeat(np.linspace(0, 255, GREYS).astype(np.uint8)[:, None], 3, 1)
    strip = np.zeros((WIDE, image.shape[1]), dtype=np.uint8)
    for k, look in enumerate(looks[: image.shape[1] // WIDE]):
        strip[:, k * WIDE : (k + 1) * WIDE] = look + len(colours)
    return np.concatenate([image, strip]), np.concatenate([colours, greys])
