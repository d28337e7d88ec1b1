"""A small net and small data that tests share."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.feedback.feedback import Feedback
from greenlatent.training.trainer import Trainer


class Net(nn.Module):
    """64 pixels to a 16-d latent to 10 classes, optionally with dropout and batch norm."""

    def __init__(self, *, drop: float = 0.0, norm: bool = False):
        super().__init__()
        parts: list[nn.Module] = [nn.Linear(64, 64)]
        if norm:
            parts += [nn.BatchNorm1d(64)]
        parts += [nn.ReLU()]
        if drop:
            parts += [nn.Dropout(drop)]
        self.encoder = nn.Sequential(*parts, nn.Linear(64, 16))
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(16, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(x))


def net(seed: int = 0, **options: object) -> Net:
    """The same net for the same seed, whatever else has drawn numbers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Net(**options)  # type: ignore[arg-type]


def digit_samples(noise: str | None = None) -> tuple[Samples, Samples]:
    """1,258 digits to train on and 539 to validate."""
    return digits(noise=noise).split(0.3, seed=0)


def clusters(n: int = 60, classes: int = 3, d: int = 4, seed: int = 0) -> Samples:
    """Well-separated gaussian clusters with a `place` group of five samples each."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    centres = rng.normal(size=(classes, d)) * 4
    x = (centres[y] + rng.normal(size=(n, d))).astype(np.float32)
    return Samples(x, y, classes=[f"class {c}" for c in range(classes)], groups={"place": np.arange(n) // 5})


def linear_net(d: int = 4, classes: int = 3, seed: int = 0) -> nn.Sequential:
    """The smallest net with a named latent layer, "0"."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(d, 5), nn.ReLU(), nn.Linear(5, classes))


def trainer(train: Samples | None = None, model: nn.Module | None = None, **options: object) -> Trainer:
    """A Trainer on clusters, one thread, small batches."""
    train = clusters() if train is None else train
    options = {"latent": "0", "batch_size": 8, "threads": 1, **options}
    return Trainer(linear_net() if model is None else model, train, **options)  # type: ignore[arg-type]


def former(**options: object) -> Feedback:
    """A Feedback with options that go with the next release; what is left of the pulls is held to them until then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return Feedback(**options)  # type: ignore[arg-type]


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of everything that training may change."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Equal bit for bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
