"""Projections: from latents to two dimensions, in a picture that holds still."""

from __future__ import annotations

from typing import Protocol

import torch

WORSE = 0.10  # share of the variance that the frozen basis may lose against the best one


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


def _two(vectors: torch.Tensor) -> torch.Tensor:
    """The last two eigenvectors, strongest first; a single latent dimension gets a flat second axis."""
    basis = vectors[:, -2:].flip(1)
    return basis if basis.shape[1] == 2 else torch.cat([basis, torch.zeros_like(basis)], 1)
