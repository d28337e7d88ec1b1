"""Seeds: the host's generators of random numbers, all seeded at once, or left as they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def undisturbed(seed: int | None = None) -> Iterator[None]:
    """Whatever draws in here, from these seeds if given, the person's numbers go on as if it had not."""
    before = torch.random.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        if seed is not None:
            seed_all(seed)
        yield
    finally:
        torch.random.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])


def seed_all(number: int) -> None:
    """Seed every generator of the host that an augmentation may use; CUDA's are the trainer's affair."""
    torch.default_generator.manual_seed(number)
    np.random.seed(number)
    random.seed(number)


def state() -> tuple[bytes, bytes, object]:
    """Where every generator of the host stands: whether something drew is told by what it is before and after."""
    drawn: Any = np.random.get_state()
    numbers = drawn[1].tobytes() + repr(drawn[2:]).encode()
    return torch.random.get_rng_state().numpy().tobytes(), numbers, random.getstate()
