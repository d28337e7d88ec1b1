"""Projections: from latents to a picture that holds still, and how far that picture can be trusted."""

from __future__ import annotations

from typing import Protocol

import torch

WORSE = 0.10  # share of the variance that the frozen basis may lose against the best one
NEIGHBOURS = 10


class Projection(Protocol):
    """What the Lab needs of a projection; write one's own with these two methods."""

    def fit(self, z: torch.Tensor) -> None:
        """Adapt to the latents z (n, d); called before each frame with the same samples in order."""

    def transform(self, z: torch.Tensor) -> torch.Tensor:
        """The picture (n, 2) of the latents z (n, d)."""


class PCA:
    """The two directions of most variance, frozen until they no longer describe the data.

    A new basis is turned to lie on the old picture (orthogonal Procrustes), so that a refit looks like the
    data moving and not like the camera.
    """

    linear = True

    def __init__(self) -> None:
        self.basis: torch.Tensor | None = None  # (d, 2)
        self.mean: torch.Tensor | None = None  # (d,)

    @torch.no_grad()
    def fit(self, z: torch.Tensor) -> None:
        """Keep the basis while it captures nearly as much variance as the best one; else turn to that."""
        z = z.double()
        mean = z.mean(0)
        centred = z - mean
        covariance = centred.T @ centred / max(1, len(z))
        if not covariance.isfinite().all():
            raise ValueError(
                "the latents are not finite, so there is no picture of them: training has diverged; start again with a"
                " lower learning rate; where no step was done yet, the inputs hold NaN or infinity"
            )
        values, vectors = torch.linalg.eigh(covariance)
        total = values.sum().clamp(min=1e-30)
        if self.basis is not None and self.mean is not None and self.basis.shape[0] == z.shape[1]:
            captured = (self.basis.T @ covariance @ self.basis).trace()
            if (values[-2:].sum() - captured) / total <= WORSE:
                return
            old = (z - self.mean) @ self.basis
            basis = _two(vectors)
            u, _, vt = torch.linalg.svd((centred @ basis).T @ (old - old.mean(0)))
            self.basis = basis @ (u @ vt)
        else:
            basis = _two(vectors)
            strongest = basis.abs().argmax(0)
            self.basis = basis * basis[strongest, torch.arange(2)].sign()
        self.mean = mean

    @torch.no_grad()
    def transform(self, z: torch.Tensor) -> torch.Tensor:
        """The picture (n, 2)."""
        if self.basis is None or self.mean is None:
            raise RuntimeError("fit comes before transform")
        return ((z.double() - self.mean) @ self.basis).float()


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


def _two(vectors: torch.Tensor) -> torch.Tensor:
    """The last two eigenvectors, strongest first; a single latent dimension gets a flat second axis."""
    basis = vectors[:, -2:].flip(1)
    return basis if basis.shape[1] == 2 else torch.cat([basis, torch.zeros_like(basis)], 1)
