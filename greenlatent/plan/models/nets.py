"""Nets by name: the torch modules that words such as "cnn, 16-32" stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from .sizes import HEADS, as_image, as_series, row_shape, widths

LATENT = "latent"  # the layer whose output is the latent


class ToyNet(nn.Sequential):
    """Body, latent and head of any of them."""

    def __init__(self, body: nn.Module, dims: int, classes: int):
        super().__init__()
        self.latent, self.head = body, nn.Linear(dims, classes)


def net(model: str, size: str | None, shape: int | Sequence[int], classes: int) -> ToyNet:
    """A fresh net; its weights are drawn from torch's generator.

    >>> net("mlp", "64-32", 20, 3).head.in_features
    32
    """
    wide, row = widths(model, size), row_shape(shape)
    if model == "mlp":
        return ToyNet(_layers(math.prod(row), wide), wide[-1], classes)
    if model == "cnn":
        return _cnn(wide, as_image(row), classes)
    if model in ("gru", "lstm"):
        return ToyNet(_Recurrent(model, as_series(row), wide), wide[-1], classes)
    if model == "transformer":
        return ToyNet(_Attending(as_series(row), wide), wide[0], classes)
    raise ValueError(f"{model} is no net; nets are mlp, cnn, gru, lstm, transformer")


def _layers(dims: int, wide: list[int]) -> nn.Sequential:
    parts: list[nn.Module] = [nn.Flatten()]
    for width in wide:
        parts += [nn.Linear(dims, width), nn.ReLU()]
        dims = width
    return nn.Sequential(*parts)


def _cnn(wide: list[int], image: tuple[int, ...], classes: int) -> ToyNet:
    """Convolutions of 3 and pooling by 2, until one point is left in a direction."""
    channels, *space = image
    one = len(space) == 1
    parts: list[nn.Module] = [_Shaped(image)]
    for width in wide:
        conv = nn.Conv1d if one else nn.Conv2d
        parts += [conv(channels, width, 3, padding=1), nn.ReLU()]
        if min(space) > 1:
            parts += [nn.MaxPool1d(2) if one else nn.MaxPool2d(2)]
            space = [side // 2 for side in space]
        channels = width
    return ToyNet(nn.Sequential(*parts, nn.Flatten()), channels * math.prod(space), classes)


class _Shaped(nn.Module):
    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.shape = shape

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(len(x), *self.shape)


def _series(x: torch.Tensor, series: tuple[int, int]) -> torch.Tensor:
    """Rows as samples have them, (channels, time), as (time, channels)."""
    return x.reshape(len(x), series[1], series[0]).transpose(1, 2)


class _Recurrent(nn.Module):
    """Layers that run over time; the last state is the latent."""

    def __init__(self, model: str, series: tuple[int, int], wide: list[int]):
        super().__init__()
        self.series = series
        kind = nn.GRU if model == "gru" else nn.LSTM
        sizes = zip([series[1], *wide], wide, strict=False)
        self.layers = nn.ModuleList(kind(before, width, batch_first=True) for before, width in sizes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = _series(x, self.series)
        for layer in self.layers:
            z = layer(z)[0]
        return z[:, -1]


class _Attending(nn.Module):
    """Layers that attend to every step of time; their mean is the latent."""

    def __init__(self, series: tuple[int, int], wide: list[int]):
        super().__init__()
        width = wide[0]
        self.series, self.embed = series, nn.Linear(series[1], width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, HEADS, 2 * width, dropout=0.0, batch_first=True) for _ in wide
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.embed(_series(x, self.series))
        for layer in self.layers:
            z = layer(z)
        return z.mean(1)
