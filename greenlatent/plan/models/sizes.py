"""Sizes: what "small" means for each kind of model, and what a size in words, such as "64-32", says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

HEADS = 4  # of attention
WIDTHS = r"[1-9]\d{0,5}(-[1-9]\d{0,5}){0,63}"  # as a pattern
SIZES = {
    "mlp": {"small": "64", "medium": "128-64", "large": "512-256"},
    "cnn": {"small": "16-32", "medium": "32-64", "large": "64-128-128"},
    "gru": {"small": "32", "medium": "64", "large": "128-128"},
    "lstm": {"small": "32", "medium": "64", "large": "128-128"},
    "transformer": {"small": "32", "medium": "64-64", "large": "128-128-128-128"},
    # estimators of an ensemble; the others have one
    "forest": {"small": "50", "medium": "100", "large": "300"},
    "adaboost": {"small": "25", "medium": "50", "large": "200"},
    "bagging": {"small": "10", "medium": "20", "large": "50"},
    "boosting": {"small": "50", "medium": "100", "large": "300"},
    "svm": {},
    "tree": {},
    "knn": {},
    "linear": {},
}


def no_size(size: object) -> ValueError:
    """What is wrong with it, in words."""
    if isinstance(size, str) and re.fullmatch(r"[1-9]\d*(-[1-9]\d*)*", size):
        text = size if len(size) <= 60 else f"{size[:40]}..."
        return ValueError(f"size={text!r}; each width is from 1 to 999,999, and there are 64 at the most")
    return ValueError(f'size={str(size)[:60]!r}; give small, medium, large, or widths such as "64-32"')


def widths(model: str, size: str | None) -> list[int]:
    """The numbers of a size; of what has none, one estimator.

    >>> widths("mlp", "64-32")
    [64, 32]
    """
    if model not in SIZES:
        raise ValueError(
            f"model={model!r}; there are {', '.join(SIZES)}, or give a torch module, or a Workload"
        )
    if not SIZES[model]:
        return [1]
    text = SIZES[model].get("small" if size is None else size, size)
    if not isinstance(text, str) or not re.fullmatch(WIDTHS, text):
        raise no_size(size)
    found = [int(width) for width in text.split("-")]
    if model == "transformer" and (len(set(found)) > 1 or found[0] % HEADS):
        raise ValueError(
            f"size={size!r}; a transformer has one width, a multiple of {HEADS}: give 64-64 for two layers of 64"
        )
    return found


def named(model: str, size: str | None) -> str:
    """A model in words, as all of the package names it.

    >>> named("forest", None)
    'forest 50'
    """
    return f"{model} {'-'.join(map(str, widths(model, size)))}" if SIZES[model] else model


def row_shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    """The shape of one row, checked."""
    found = (shape,) if isinstance(shape, int) else tuple(shape)
    if not found or not all(isinstance(size, int) and size > 0 for size in found):
        raise ValueError(
            f"features={shape!r}; give how many there are, or the shape of one row, such as (1, 28, 28)"
        )
    return found


def as_image(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A row as a convolution reads it: channels first, then one or two directions. A square number of features is
    an image, as of digits."""
    if len(shape) == 2 or len(shape) == 3:
        return shape
    side = math.isqrt(shape[0])
    return (1, side, side) if side > 3 and side * side == shape[0] else (1, math.prod(shape))


def as_series(shape: tuple[int, ...]) -> tuple[int, int]:
    """A row as a recurrent net reads it: (channels, time), as samples have it, becomes (time, channels)."""
    if len(shape) == 1:
        return shape[0], 1
    if len(shape) == 2:
        return shape[1], shape[0]
    return shape[1], shape[0] * math.prod(shape[2:])
