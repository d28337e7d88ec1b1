"""Tap: the activations of a named layer as they pass by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Pool = Callable[[torch.Tensor], torch.Tensor]


class Tap:
    """Holds the last output of one named module; `remove` leaves no trace.

    Outputs that are tuples or dicts count by their first tensor. What has more than one row per sample is
    pooled to (n, d): images and other maps (n, c, ..) by the mean over their places, sequences (n, t, d) by
    the mean over time, recurrent layers by their last time step. `pool` replaces the rule.
    """

    def __init__(self, model: nn.Module, layer: str, pool: Pool | None = None):
        modules = dict(model.named_modules())
        if layer not in modules or not layer:
            names = ", ".join(name for name in modules if name)
            raise ValueError(
                f"the model has no layer {layer!r}; its layers are {names or 'none with a name'}"
            )
        self.layer = layer
        self.pool = pool or _pool_for(modules[layer])
        self.raw: torch.Tensor | None = None
        self.recording = True
        self.listener: Callable[[], None] | None = None  # called after each pass that is recorded
        self._handle = modules[layer].register_forward_hook(self._take)

    def _take(self, module: nn.Module, args: Any, output: Any) -> None:
        if self.recording:
            self.raw = output if isinstance(output, torch.Tensor) else _first_tensor(output, self.layer)
            if self.listener is not None:
                self.listener()

    @property
    def latent(self) -> torch.Tensor:
        """The last output, pooled to (n, d)."""
        if self.raw is None:
            raise RuntimeError(
                f"layer {self.layer!r} has not run: the model's forward pass does not use it;"
                " name one that it does use"
            )
        return self.raw if self.raw.ndim == 2 else self.pool(self.raw)

    def __reduce__(self) -> Any:
        return _deaf, ()  # a copy of the model, or a saved one, is nobody's

    def remove(self) -> None:
        """Take the hook off the model; may be called twice."""
        self._handle.remove()
        self.raw = None


def _deaf() -> Tap:
    tap = Tap.__new__(Tap)
    tap.recording = False
    return tap


def _first_tensor(output: Any, layer: str) -> torch.Tensor:
    values = output.values() if isinstance(output, dict) else output
    for value in values if isinstance(values, tuple | list | type({}.values())) else ():
        if isinstance(value, torch.Tensor):
            return value
    raise TypeError(f"layer {layer!r} returns {type(output).__name__} without a tensor; tap another layer")


def _pool_for(module: nn.Module) -> Pool:
    if isinstance(module, nn.RNNBase):
        return (lambda raw: raw[:, -1]) if module.batch_first else (lambda raw: raw[-1])
    # a 3-d output is (n, channels, places) after a convolution and (n, time, d) after anything else
    leaves = [m for m in module.modules() if not list(m.children())]
    maps = (nn.Conv1d, nn.BatchNorm1d, nn.modules.pooling._MaxPoolNd, nn.modules.pooling._AvgPoolNd)
    named = [leaf for leaf in leaves if list(leaf.parameters(recurse=False)) or isinstance(leaf, maps)]
    channels_first = bool(named) and isinstance(named[-1], maps)

    def pool(raw: torch.Tensor) -> torch.Tensor:
        if raw.ndim == 2:
            return raw
        if raw.ndim == 3:
            return raw.mean(2 if channels_first else 1)
        return raw.flatten(2).mean(2) if raw.ndim > 3 else raw.reshape(len(raw), -1)

    return pool
