"""Carry: stale latents mapped to the present by landmarks, by one affine map for each age."""

from __future__ import annotations

import torch

# landmarks for each age band of the stale latents, which has a map of its own: the more bands, the closer
BAND = 64
RIDGE = 0.03


def carry(old: torch.Tensor, age: torch.Tensor, landmarks: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Latents (n, d) of now, from old ones (n, d) of these ages (n,) in steps and what the landmarks (m,) are in truth
    (m, d)."""
    out = old.clone()
    bands = max(1, len(landmarks) // BAND)
    edges = torch.quantile(
        age[:: max(1, len(age) // 10_000)], torch.linspace(0, 1, bands + 1)[1:-1].to(age.device)
    )
    band = torch.bucketize(age, edges)
    for b in range(bands):
        rows, fit = band == b, (band == b)[landmarks]
        out[rows] = _affine(old[landmarks][fit], true[fit], old[rows])
    out[landmarks] = true
    return out


def _affine(x: torch.Tensor, y: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Points (k, d) under the ridge-fitted affine map that takes x (m, d) to y (m, d)."""
    if not len(x) or not len(points):
        return points
    x_mean, y_mean = x.mean(0), y.mean(0)
    a, b = x - x_mean, y - y_mean
    # the ridge pulls toward the identity: where landmarks are few, the cloud keeps its shape and only shifts
    eye = torch.eye(x.shape[1], device=x.device)
    ridge = RIDGE * (a.square().sum() / len(eye)).clamp(min=1e-12) * eye
    linear = torch.linalg.solve(a.T @ a + ridge, a.T @ b + ridge)
    return (points - x_mean) @ linear + y_mean
