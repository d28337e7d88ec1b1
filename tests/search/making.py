"""A maker of small nets that a worker in another process can import, and data for it."""

from __future__ import annotations

import os
import time
from typing import Any

import torch
from torch import nn

import greenlatent as gl
from tests.parts import clusters

SPACE: dict[str, Any] = {"rate": (1e-3, 1e-1, "log"), "width": [4, 8, 16]}


def make(rate: float, width: int) -> dict[str, Any]:
    encoder = nn.Sequential(nn.Linear(4, width), nn.ReLU())
    return {
        "model": nn.Sequential(encoder, nn.Linear(width, 3)),
        "latent": "0",
        "batch_size": 16,
        "optimizer": lambda p: torch.optim.Adam(p, lr=rate),
    }


def price(rate: float, width: int) -> float:
    """Joules a pass, so that a search repeats bit for bit."""
    return 1e-6 * width


def data() -> tuple[gl.Samples, gl.Samples]:
    return clusters(180), clusters(60, seed=1)


def search(folder: Any = None, **options: Any) -> gl.Search:
    train, valid = data()
    given = {"space": SPACE, "epochs": 8, "price": price, "folder": folder, "sampler": "random", **options}
    return gl.Search(given.pop("make", make), train, valid=valid, **given)


def crash(rate: float, width: int) -> dict[str, Any]:
    """Ends its process in the middle of it, as for want of memory."""
    if width == 8:
        os._exit(9)
    return make(rate, width)


def hang(rate: float, width: int) -> dict[str, Any]:
    if width == 8:
        time.sleep(3600)
    return make(rate, width)
