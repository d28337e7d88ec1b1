"""Look: what one sample looks like, for a card that is hovered or a film that is sent."""

from __future__ import annotations

from typing import Any

import torch

from ..data.samples import Samples
from ..widgets.preview import Traces


def look(train: Samples, i: int) -> Any:
    """What a widget can show of a sample: an image, a signal, its traces, a text, or None; from any thread."""
    if train.preview is None or not 0 <= i < len(train):
        return None
    if callable(train.preview):
        return train.preview(i)
    x = train.view(torch.tensor([i]))[0].numpy()
    side = round(x.size**0.5)
    if train.preview == "image" and x.ndim == 1 and side * side == x.size:
        return x.reshape(side, side)  # a square image, flattened for a network without convolutions
    if train.preview == "signal" and x.ndim == 2:
        return Traces(train.features or tuple(f"channel {k + 1}" for k in range(len(x))), x)
    return " ".join(f"{v:g}" for v in x.flatten()[:50]) if train.preview == "text" else x
