"""A run whose work has scripted costs, so that no test hangs on how loaded a machine is."""

from __future__ import annotations

import pytest

import greenlatent as gl
from greenlatent.energy import Model
from greenlatent.tactics import price, rehearsal

from ..parts import clusters, linear_net


def cost(trainer) -> float:
    """Of a step: fixed, and for each sample; dearer with several threads, unfused, by hand, in half precision."""
    settings = trainer.settings
    fixed = 1.0 + (not trainer.stepper.optimizer.defaults.get("fused")) + callable(settings.loss)
    return fixed * (3.0 if settings.threads > 1 else 1.0) + trainer.batch_size / 64 * (
        2.0 if settings.precision == "bf16" else 1.0
    )


@pytest.fixture
def scripted(monkeypatch):
    """Costs as `cost` has them, in turns that differ a little."""
    turns = iter(range(10**6))

    def clock(run, trainer):
        before = trainer.steps
        return lambda: (trainer.steps - before) * cost(trainer) * (1 + 0.001 * (next(turns) % 7))

    monkeypatch.setattr(price, "clock", clock)
    monkeypatch.setattr(rehearsal, "clock", clock)


def lab(train=None, model=None, **options) -> gl.Lab:
    """A small Lab without a session, charged by the model of a machine."""
    train = clusters(120) if train is None else train
    given = {"latent": "0", "batch_size": 8, "valid": clusters(90, seed=0), "session": False, "film": False}
    meter = gl.Meter([Model()], calibration=False)
    return gl.Lab(linear_net() if model is None else model, train, meter=meter, **{**given, **options})


def by_hand(output, y):
    """Cross-entropy, written out."""
    return -(output - output.exp().sum(1, keepdim=True).log()).gather(1, y[:, None])[:, 0]
