"""A rival that needs the same names: labels, and the covariances of old and new latents made alike (Sun and Saenko
2016)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from .nets import LATENT

BATCH = 64  # half old rows, half named ones, and as many of what is met without a name


def trained(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    parts: Sequence[torch.Tensor],
    looks: Sequence[int],
    *,
    seed: int,
    rate: float,
    weight: float,
) -> Iterator[float]:
    """Train after each look's number of steps, and yield the processor seconds so far; parts: ids of old rows, of
    named ones, and of all that are met."""
    seen: list[torch.Tensor] = []
    hook = model.get_submodule(LATENT).register_forward_hook(lambda _, __, out: seen.append(out))
    chance = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    old, named, met = parts
    seconds, done = 0.0, 0
    try:
        for steps in looks:
            begun = time.thread_time()
            for _ in range(steps - done):
                some = [_drawn(old, BATCH // 2, chance), _drawn(named, BATCH // 2, chance)]
                ids = torch.cat([*some, _drawn(met, BATCH, chance)])
                seen.clear()
                out: Any = model(x[ids])
                task = nn.functional.cross_entropy(out[:BATCH], y[ids[:BATCH]])
                z = seen[0]
                apart = torch.cov(z[: BATCH // 2].T) - torch.cov(z[BATCH // 2 :].T)
                optimizer.zero_grad()
                (task + weight * apart.square().mean()).backward()
                optimizer.step()
            done = steps
            seconds += time.thread_time() - begun
            yield seconds
    finally:
        hook.remove()


def _drawn(ids: torch.Tensor, count: int, chance: torch.Generator) -> torch.Tensor:
    return ids[torch.randint(len(ids), (count,), generator=chance)]
