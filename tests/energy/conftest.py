"""A driver of simulated cards, for whoever reads or caps one."""

from functools import partial

import pytest

from .fake_nvml import installed


@pytest.fixture
def install(monkeypatch):
    """`install(card, ...)` is the driver of these cards."""
    return partial(installed, monkeypatch)
