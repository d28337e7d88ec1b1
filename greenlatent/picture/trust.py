"""Trust: how far the neighbours in a picture are neighbours in the latent space, in all and point by point."""

from __future__ import annotations

import torch

NEIGHBOURS = 10


@torch.no_grad()
def doubt(z: torch.Tensor, picture: torch.Tensor, k: int = NEIGHBOURS) -> torch.Tensor:
    """For each point, the share of its k neighbours in the picture that are not among its 3k nearest in the
    latents.

    z (n, d), picture (n, 2) -> (n,) between 0 and 1. Quadratic in n: meant for a sample of some hundreds.
    """
    n = len(z)
    k = min(k, n - 1)
    if k < 1:
        return torch.zeros(n)
    near = (
        torch.cdist(picture.double(), picture.double())
        .fill_diagonal_(torch.inf)
        .topk(k, largest=False)
        .indices
    )
    true = (
        torch.cdist(z.double(), z.double())
        .fill_diagonal_(torch.inf)
        .topk(min(3 * k, n - 1), largest=False)
        .indices
    )
    found = (near[:, :, None] == true[:, None, :]).any(2)
    return 1.0 - found.float().mean(1)


@torch.no_grad()
def trustworthiness(z: torch.Tensor, picture: torch.Tensor, k: int = NEIGHBOURS) -> float:
    """Venna and Kaski's measure, 1 for a picture whose neighbours are all true; as scikit-learn's function
    of that name.

    z (n, d), picture (n, 2). Quadratic in n: meant for a sample of some hundreds.
    """
    n = len(z)
    k = min(k, (n - 1) // 2)
    if k < 1:
        return 1.0
    near = (
        torch.cdist(picture.double(), picture.double())
        .fill_diagonal_(torch.inf)
        .topk(k, largest=False)
        .indices
    )
    apart = torch.cdist(z.double(), z.double()).fill_diagonal_(-1)
    reach = apart.gather(1, near)
    rank = (apart[:, None, :] < reach[:, :, None]).sum(2)  # half of what sorting the rows would take
    excess = (rank - k).clamp(min=0).sum()
    return 1.0 - float(excess) * 2 / (n * k * (2 * n - 3 * k - 1))
