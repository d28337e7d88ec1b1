"""Widen: room in a model's head for classes that its data do not have yet."""

from __future__ import annotations

import torch
from torch import nn

from . import ownership

HARDLY = -4.0  # the bias of a class that was never trained: a net sure of nothing gives it one part in fifty


def widen(model: nn.Module, layer: str, n: int) -> nn.Module:
    """Give a model's last `nn.Linear`, by its name, n more outputs that say next to nothing yet; returns the model.

    Before a new Trainer, so that classes found in the data (`Found`) are trained, too:

    >>> gl.widen(model, "head.1", 2)
    >>> trainer = gl.Trainer(model, train, latent="encoder")
    """
    if isinstance(n, bool) or not hasattr(n, "__index__") or n < 1:
        raise ValueError(f"widen adds a number of outputs from 1 up, got n={n!r}")
    modules = dict(model.named_modules())
    weighted = [
        name
        for name, module in modules.items()
        if isinstance(weight := getattr(module, "weight", None), torch.Tensor) and weight.ndim >= 2
    ]
    old = modules.get(layer)
    if type(old) is not nn.Linear or not weighted or layer != weighted[-1] or not layer:
        there = repr(weighted[-1]) if weighted else "none"
        raise ValueError(
            f"widen takes the name of the model's last nn.Linear, got {layer!r} ({type(old).__name__}); its last layer"
            f" with weights is {there}: give a head of another kind more outputs where it is made"
        )
    if old.bias is None:
        raise ValueError(
            f"layer {layer!r} has no bias, so a new output could not stay silent; make it with one"
        )
    if sum(getattr(module, "weight", None) is old.weight for module in modules.values()) > 1:
        raise ValueError(
            f"layer {layer!r} shares its weights with another layer, which would not fit any more"
        )
    ownership.release(model)
    wide = nn.Linear(
        old.in_features, old.out_features + n, device="meta", dtype=old.weight.dtype
    )  # draws nothing
    silent = old.bias.new_full((n,), HARDLY)
    for name, part, more in (
        ("weight", old.weight, old.weight.new_zeros(n, old.in_features)),
        ("bias", old.bias, silent),
    ):
        setattr(wide, name, nn.Parameter(torch.cat([part.detach(), more]), requires_grad=part.requires_grad))
    wide.train(old.training)
    home, _, name = layer.rpartition(".")
    setattr(modules[home], name, wide)
    return model
