"""Nets: the three of a published comparison of searches; the dense ones have no activations, as published."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import nn


def dense_poly(shape: tuple[int, ...], classes: int, width: int = 64, depth: int = 3) -> nn.Module:
    """Linear layers whose widths fall as a square from `width` to the classes, with nothing between them."""
    return _dense(shape, classes, [(1 - k / depth) ** 2 for k in range(depth)], width)


def dense_linear(shape: tuple[int, ...], classes: int, width: int = 64, depth: int = 3) -> nn.Module:
    """The same with widths that fall in equal steps."""
    return _dense(shape, classes, [1 - k / depth for k in range(depth)], width)


def simple_cnn(
    shape: tuple[int, ...],
    classes: int,
    width: int = 64,
    depth: int = 3,
    *,
    convolutions: int = 1,
    relu: bool = False,
) -> nn.Module:
    """Convolutions of 16 channels, two pools, and `depth` linear layers of `width` and at last the classes."""
    rows, side = _image(shape)
    layers: list[nn.Module] = [nn.Unflatten(1, rows)] if len(shape) == 1 else []
    for k in range(convolutions):
        layers += [nn.Conv2d(16 if k else rows[0], 16, 3, padding=1), *([nn.ReLU()] if relu else [])]
    layers += [nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Flatten()]
    given = 16 * (side // 4) ** 2
    for _ in range(depth - 1):
        layers += [nn.Linear(given, width), *([nn.ReLU()] if relu else [])]
        given = width
    return nn.Sequential(nn.Sequential(*layers), nn.Linear(given, classes))


NETS = {"dense_poly": dense_poly, "dense_linear": dense_linear, "simple_cnn": simple_cnn}


def _dense(shape: tuple[int, ...], classes: int, shares: list[float], width: int) -> nn.Module:
    widths = [math.prod(shape), *(max(classes, round(width * share)) for share in shares)]
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    return nn.Sequential(nn.Sequential(nn.Flatten(), *layers), nn.Linear(widths[-1], classes))


def _image(shape: tuple[int, ...]) -> tuple[torch.Size, int]:
    """Channels and sides of what these inputs are as an image."""
    if len(shape) == 3:
        return torch.Size(shape), shape[1]
    side = math.isqrt(math.prod(shape))
    if len(shape) != 1 or side**2 != math.prod(shape):
        raise ValueError(f"simple_cnn takes images, and inputs of {shape} are none; dense_poly takes them")
    return torch.Size((1, side, side)), side
