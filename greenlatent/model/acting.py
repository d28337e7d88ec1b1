"""Acting: whether a pull on the tapped layer reaches anything that is trained, and where one would."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from .tap import Tap, modules_of

FROZEN = "nothing before it is trained (its weights are frozen)"
UNUSED = "what the model returns does not depend on its output"


def hindrance(model: nn.Module, tap: Tap, output: torch.Tensor, forward: Callable[[], torch.Tensor]) -> str:
    """Why pulls on this layer cannot act, and what would; empty where they act.

    `output` comes from a pass with gradients. A recurrent layer of which only the final state is used is tapped there
    from now on. `forward` is another such pass, made only where something is in the way.
    """
    used = _used(output, tap.outputs)
    if not used[0] and tap.take_final(used):
        return ""
    if used[0]:
        return ""
    assert tap.raw is not None
    why = UNUSED if tap.raw.requires_grad else FROZEN
    found = _layers_that_act(model, forward)
    instead = f"latent= one of {', '.join(found)}" if found else "a layer that is trained"
    return (
        f"a pull on layer {tap.layer!r} cannot act: {why}. Relabel, Weigh and Drop work all the same; for pulls tap"
        f" {instead}" + (", or unfreeze what is before it" if why == FROZEN else "")
    )


def _used(output: torch.Tensor, tensors: list[torch.Tensor]) -> list[bool]:
    """Which of these tensors the output's gradient reaches."""
    reachable = [t for t in tensors if t.requires_grad] if output.requires_grad else []
    if not reachable:
        return [False] * len(tensors)
    found = torch.autograd.grad(output.float().sum(), reachable, allow_unused=True, retain_graph=True)
    reached = {id(t) for t, gradient in zip(reachable, found, strict=True) if gradient is not None}
    return [id(t) in reached for t in tensors]


def _layers_that_act(model: nn.Module, forward: Callable[[], torch.Tensor], most: int = 5) -> list[str]:
    """The last layers of which a pull would reach something that is trained, one vector a sample each."""
    taps = [Tap(model, name) for name in modules_of(model) if name]
    try:
        output = forward()
        n = len(output)
        fit = [
            t
            for t in taps
            if t.raw is not None and t.raw.ndim >= 2 and len(t.raw) == n and t.raw is not output
        ]
        used = _used(output, [t.raw for t in fit if t.raw is not None])
        return [repr(t.layer) for t, yes in zip(fit, used, strict=True) if yes][-most:]
    finally:
        for tap in taps:
            tap.remove()
