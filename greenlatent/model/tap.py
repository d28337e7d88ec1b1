"""Tap: the activations of a named layer as they pass by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

COMPILED = "_orig_mod."  # what torch.compile puts before the names of what it wraps
Pool = Callable[[torch.Tensor], torch.Tensor]


class Tap:
    """Holds the last output of one named module; `remove` leaves no trace.

    Outputs that are tuples or dicts count by their first tensor. What has more than one row per sample is
    pooled to (n, d): images and other maps (n, c, ..) by the mean over their places, sequences (n, t, d) by
    the mean over time, recurrent layers by their last time step, or by their final state where only that is used.
    `pool` replaces the rule.
    """

    def __init__(self, model: nn.Module, layer: str, pool: Pool | None = None):
        modules = modules_of(model)
        layer = layer.replace(COMPILED, "")
        if layer not in modules or not layer:
            names = ", ".join(name for name in modules if name)
            raise ValueError(
                f"the model has no layer {layer!r}; its layers are {names or 'none with a name'}"
            )
        self.layer, self._module = layer, modules[layer]
        self.pool = pool or _pool_for(modules[layer])
        self.raw: torch.Tensor | None = None
        self.outputs: list[torch.Tensor] = []  # what could be tapped of the last pass, the usual choice first
        self.final = False  # whether it is a recurrent layer's final state
        self.recording = True
        self.listener: Callable[[], None] | None = None  # called after each pass that is recorded
        self._compiled = any(COMPILED in f"{name}." for name, _ in model.named_modules())
        self._ran = False  # a probe runs every layer that is used, without graphs
        # a compiled graph that ran through the layer would hide from it what the loss asks of its output
        take = torch.compiler.disable(self._take) if self._compiled else self._take
        self._handle = self._module.register_forward_hook(take)

    def _take(self, module: nn.Module, args: Any, output: Any) -> None:
        if self.recording:
            self._ran = True
            first = output if isinstance(output, torch.Tensor) else _first_tensor(output, self.layer)
            self.raw = first if not self.final else _final_state(output)
            self.outputs = [first, _final_state(output)] if isinstance(module, nn.RNNBase) else [first]
            if self.listener is not None:
                self.listener()

    def take_final(self, used: list[bool]) -> bool:
        """Tap the final state of a recurrent layer instead, if that is what is used: `used` tells it of `outputs`."""
        if len(used) < 2 or not used[1] or not isinstance(self._module, nn.RNNBase):
            return False
        self.final, self.pool = True, _pool_of_states(self._module)
        self.raw = self.outputs[1]
        return True

    def like(self, other: Tap) -> Tap:
        """Tap the same of the layer as another one does."""
        self.final, self.pool, self._ran = other.final, other.pool, other._ran
        return self

    @property
    def latent(self) -> torch.Tensor:
        """The last output, pooled to (n, d)."""
        if self.raw is None and self._compiled and self._ran:
            raise RuntimeError(
                f"layer {self.layer!r} was not seen: this model was compiled and ran before a Trainer had it, and"
                " graphs that were made then pass by whoever looks on; call torch.compiler.reset() and make the"
                " Trainer anew, or give it the model before it runs"
            )
        if self.raw is None:
            raise RuntimeError(
                f"layer {self.layer!r} has not run: the model's forward pass does not use it;"
                " name one that it does use"
            )
        return self.raw if self.raw.ndim == 2 else self.pool(self.raw)

    def back(self, slope: torch.Tensor) -> torch.Tensor:
        """A slope on the latents (n, d), carried back to the last output as it was before it was pooled."""
        raw = self.raw
        if raw is None or raw.ndim == 2:
            return slope if raw is None else slope.to(raw.dtype)
        with torch.enable_grad():
            leaf = raw.detach().requires_grad_(True)
            (out,) = torch.autograd.grad(self.pool(leaf), leaf, slope.to(raw.dtype))
        return out

    def __reduce__(self) -> Any:
        return _deaf, ()  # a copy of the model, or a saved one, is nobody's

    def remove(self) -> None:
        """Take the hook off the model; may be called twice."""
        self._handle.remove()
        self.raw, self.outputs = None, []


def modules_of(model: nn.Module) -> dict[str, nn.Module]:
    """Its modules by the names that they had before torch.compile wrapped some of them."""
    return {f"{name}.".replace(COMPILED, "")[:-1]: module for name, module in model.named_modules()}


def _final_state(output: Any) -> torch.Tensor:
    """(layers * directions, n, d) of a GRU or RNN, and of an LSTM without its cells."""
    state = output[1]
    return state if isinstance(state, torch.Tensor) else state[0]


def _pool_of_states(module: nn.RNNBase) -> Pool:
    """The last layer's state, both directions side by side: (layers * directions, n, d) -> (n, directions * d)."""
    directions = 2 if module.bidirectional else 1
    return lambda raw: raw[-directions:].movedim(0, 1).flatten(1)


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
