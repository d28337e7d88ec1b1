"""Reads: the inputs of the last layers with weights, one vector a sample, cut by a fixed random projection."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
LAST = 2  # layers that are read: one alone loses 2 to 4 points on a CNN
WIDEST = 256  # numbers of a layer; more go through a projection


class Reads:
    """What some layers of a module read. Hooks stand on it only while `features` runs."""

    def __init__(self, model: nn.Module, layers: Iterable[str]):
        modules = dict(model.named_modules())
        for name in layers:
            if name not in modules:
                known = ", ".join(n for n, m in modules.items() if isinstance(m, WEIGHTED)) or "none"
                raise ValueError(f"there is no layer {name!r} to read; layers with weights are {known}")
        self.layers = tuple(layers)
        self._modules = {name: modules[name] for name in self.layers}
        self._cuts: dict[str, torch.Tensor] = {}

    @classmethod
    def found(cls, model: nn.Module, probe: Callable[[], Any], layers: Sequence[str] | None = None) -> Reads:
        """The last layers with weights in the order in which `probe`, a pass of the model, runs them last; or of the
        given ones those that run at all."""
        wanted = (
            [n for n, m in model.named_modules() if isinstance(m, WEIGHTED)] if layers is None else layers
        )
        ran = list(cls(model, wanted)._inputs(probe)[0])
        if not ran:
            raise ValueError(
                "no layer with weights (Linear, Conv) runs in this model, so there is nothing to solve from; name"
                " one whose input to read: Trainer(read=(...))"
            )
        return cls(model, ran[-LAST:] if layers is None else ran)

    @property
    def shapes(self) -> dict[str, list[int]]:
        """What tells another model: the shape of each layer's weights."""
        return {name: list(module.weight.shape) for name, module in self._modules.items()}

    def features(self, run: Callable[[], Any]) -> torch.Tensor:
        """(k, d) what the layers read during one pass, side by side, in double precision."""
        return self.beside(run)[0]

    def beside(self, run: Callable[[], Any]) -> tuple[torch.Tensor, Any]:
        """The features, and what the pass gave."""
        read, given = self._inputs(run)
        missing = [name for name in self.layers if name not in read]
        if missing:
            raise ValueError(f"layer {missing[0]!r} did not run in this pass, so what it reads is not known")
        parts = [self._cut(name, self._pooled(name, read[name])) for name in self.layers]
        return torch.cat(parts, 1), given

    def _inputs(self, run: Callable[[], Any]) -> tuple[dict[str, torch.Tensor], Any]:
        """What each layer read, in the order of their last runs: a layer that runs twice is read the last time."""
        read: dict[str, torch.Tensor] = {}

        def hook(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
            def take(_: nn.Module, given: tuple[Any, ...]) -> None:
                read.pop(name, None)
                read[name] = given[0].detach()

            return take

        with ExitStack() as stack:
            for name, module in self._modules.items():
                stack.callback(module.register_forward_pre_hook(hook(name)).remove)
            return read, run()

    def _pooled(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """(k, width): maps by the mean over their places, sequences by the mean over time, as a tap does."""
        if x.ndim > 2:
            x = (
                x.flatten(1, -2).mean(1)
                if isinstance(self._modules[name], nn.Linear)
                else x.flatten(2).mean(2)
            )
        return x

    def _cut(self, name: str, x: torch.Tensor) -> torch.Tensor:
        width = x.shape[1]
        if width <= WIDEST:
            return x.double()
        if name not in self._cuts:
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            cut = torch.randn(width, WIDEST, generator=generator, dtype=torch.float64) / width**0.5
            self._cuts[name] = cut.to(x)  # in the layer's own precision: half of the time
        return (x @ self._cuts[name]).double()
