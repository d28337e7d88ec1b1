"""Separable: a copy whose convolutions filter each channel alone and mix channels after, with fresh weights."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)


def parted(model: nn.Module, least: int) -> list[str]:
    """The convolutions of so many channels at least that have a cheaper form: what is wide, mixes channels, and looks
    at more than one place."""
    return [
        name
        for name, each in model.named_modules()
        if type(each) in CONVOLUTIONS
        and each.groups == 1
        and each.out_channels >= least
        and each.in_channels > 1
        and max(each.kernel_size) > 1
    ]


def separable(model: nn.Module, *, least: int = 17, seed: int = 0) -> nn.Module:
    """A copy with each of these convolutions as two: one filter a channel, then a mixture of channels at each place.

    It takes (kernel + channels) multiplications a number where a full one takes kernel x channels, at the cost of a
    call more. Weights of those that are replaced are begun anew.

    >>> cheaper = separable(model)
    """
    names = parted(model, least)
    if not names:
        raise ValueError(f"no convolution of this model mixes {least} channels or more")
    made = copy.deepcopy(model)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name in names:
            if not name:
                return _parts(made)
            home, _, last = name.rpartition(".")
            old = made.get_submodule(name)
            setattr(made.get_submodule(home), last, _parts(old))
    return made


def _parts(old: Any) -> nn.Sequential:
    kind = type(old)
    like = {"device": old.weight.device, "dtype": old.weight.dtype}
    shape = {name: getattr(old, name) for name in ("stride", "padding", "dilation", "padding_mode")}
    own = kind(
        old.in_channels, old.in_channels, old.kernel_size, groups=old.in_channels, bias=False, **shape, **like
    )
    mixed = kind(old.in_channels, old.out_channels, 1, bias=old.bias is not None, **like)
    return nn.Sequential(own, mixed).train(old.training).requires_grad_(old.weight.requires_grad)
