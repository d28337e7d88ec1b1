"""Layers: which named modules of a model give one vector a sample, so that a picture can be made of them."""

from __future__ import annotations

import torch

from ..data.samples import Samples
from .network import Network
from .tap import Tap

MOST = 40  # that a person is offered


class _Nothing:
    """What is asked of a pass that is made for the hooks alone."""

    latent = torch.zeros(0)


def layers(network: Network, train: Samples) -> list[str]:
    """Their names in the order of the model, one for each output: a container stands for its last part.

    Costs a pass of two samples, on the thread that owns the model.
    """
    taps = [Tap(network.model, name) for name, _ in network.model.named_modules() if name]
    try:
        network.latents(train, torch.arange(2) % len(train), tap=_Nothing())  # type: ignore[arg-type]
        found: list[Tap] = []
        for tap in taps:
            if _fits(tap) and all(tap.raw is not other.raw for other in found):
                found.append(tap)
        names = [tap.layer for tap in found]
    finally:
        for tap in taps:
            tap.remove()
    if network.layer not in names:
        names.append(network.layer)
    return names[:MOST]


def _fits(tap: Tap) -> bool:
    if tap.raw is None or not tap.raw.is_floating_point() or tap.raw.ndim < 2:
        return False
    latent = tap.latent
    return latent.ndim == 2 and len(latent) == 2 and latent.shape[1] > 1
