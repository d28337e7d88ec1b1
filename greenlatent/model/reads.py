"""Reads: the inputs of the last layers with weights, one vector a sample, cut by a fixed random projection."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
LAST = 2  # layers that are read; one alone loses 2 to 4 points on a CNN
WIDEST = 256  # numbers of a layer; more go through a projection


class Reads:
    """What the last weighted layers of a module read. Hooks stand on it only while `features` runs.

    `layers` names others. A layer that runs twice is read the last time; one that does not run is skipped.
    """

    def __init__(self, model: nn.Module, probe: Callable[[], Any], layers: Sequence[str] | None = None):
        """`probe()` makes one pass of the model, which tells what runs, and in which order."""
        modules = dict(model.named_modules())
        for name in layers or ():
            if name not in modules:
                known = ", ".join(n for n, m in modules.items() if isinstance(m, WEIGHTED))
                raise ValueError(f"there is no layer {name!r} to read; layers with weights are {known or 'none'}")
        wanted = [n for n, m in modules.items() if n and isinstance(m, WEIGHTED)] if layers is None else layers
        if not wanted and isinstance(model, WEIGHTED):
            wanted = [""]
        self._modules = {name: modules[name] for name in wanted}
        self._read: dict[str, torch.Tensor] = {}
        self._pass(probe)
        ran = list(self._read)  # in the order of their last run
        if not ran:
            raise ValueError(
                "no layer with weights (Linear, Conv) runs in this model, so there is nothing to solve from; name one"
                " whose input to read: Trainer(read=(...))"
            )
        self.layers = tuple(ran if layers is not None else ran[-LAST:])
        self._modules = {name: self._modules[name] for name in self.layers}
        self._cuts: dict[str, torch.Tensor | None] = {}

    def features(self, run: Callable[[], Any]) -> torch.Tensor:
        """(k, d) what the layers read during one pass, side by side, in double precision."""
        self._pass(run)
        parts = []
        for name in self.layers:
            if name not in self._read:
                raise ValueError(f"layer {name!r} did not run in this pass, and in the first it did")
            parts.append(self._cut(name, self._pooled(name)))
        self._read = {}
        return torch.cat(parts, 1)

    def _pass(self, run: Callable[[], Any]) -> None:
        self._read = {}

        def hook(name: str) -> Callable[..., None]:
            def take(_: nn.Module, args: tuple[Any, ...]) -> None:
                self._read.pop(name, None)  # so that the last run counts, and its place in the order
                self._read[name] = args[0].detach()

            return take

        with ExitStack() as stack:
            for name, module in self._modules.items():
                stack.callback(module.register_forward_pre_hook(hook(name)).remove)
            run()

    def _pooled(self, name: str) -> torch.Tensor:
        """(k, width): maps by the mean over their places, sequences by the mean over time, as a tap does."""
        x = self._read[name]
        if x.ndim > 2 and isinstance(self._modules[name], nn.Linear):
            x = x.flatten(1, -2).mean(1)
        elif x.ndim > 2:
            x = x.flatten(2).mean(2)
        return x.double()

    def _cut(self, name: str, x: torch.Tensor) -> torch.Tensor:
        width = x.shape[1]
        if width <= WIDEST:
            return x
        if name not in self._cuts:
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            cut = torch.randn(width, WIDEST, generator=generator, dtype=torch.float64) / width**0.5
            self._cuts[name] = cut.to(x.device)
        return x @ self._cuts[name]
