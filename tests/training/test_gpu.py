"""On a GPU: no step waits for the device, and marks follow its time line. Its speed is for `make bench`."""

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.data.samples import Samples
from greenlatent.edits import Move, Relabel
from greenlatent.training.replay import replay
from greenlatent.training.seen import Seen
from greenlatent.training.trainer import Trainer
from tests.parts import same, weights

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use"),
]

CHANNELS, LENGTH, CLASSES = 6, 128, 6


class Windows(nn.Module):
    """A small convolutional net for windows of a wearable's signals."""

    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv1d(CHANNELS, 128, 7, padding=3), nn.BatchNorm1d(128), nn.ReLU()),
            *(nn.Conv1d(128, 256, 5, stride=2, padding=2), nn.BatchNorm1d(256), nn.ReLU()),
            *(nn.Dropout(drop), nn.Conv1d(256, 64, 5, stride=2, padding=2)),
        )
        self.head = nn.Linear(64, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(x).mean(2))


def windows(n: int) -> Samples:
    y = np.arange(n) % CLASSES
    t = np.linspace(0, 1, LENGTH, dtype=np.float32)
    rng = np.random.default_rng(0)
    x = np.sin(2 * np.pi * (3 + y[:, None, None]) * t) + rng.normal(size=(n, CHANNELS, LENGTH))
    return Samples(x.astype(np.float32), y)


def model(**options: float) -> Windows:
    torch.manual_seed(0)
    return Windows(**options)


def test_no_step_waits_for_the_device():
    trainer = Trainer(model(), windows(4096), latent="encoder", batch_size=64)
    trainer.step(Seen.EVERY)  # the next steps need no flush
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        trainer.step(Seen.EVERY - 2)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_edits_pull_on_the_device_and_a_run_repeats():
    train = windows(1024)
    first = Trainer(model(drop=0.2), train, latent="encoder", batch_size=64)
    first.step(10)
    first.journal.add(Relabel([3, 9], 1))
    first.journal.add(Move([5], "2"))
    assert first.step(1).feedback_loss > 0
    first.step(60)
    again = replay(first.journal, model(drop=0.2), train, steps=first.steps)
    for name, value in weights(first.model).items():
        assert torch.allclose(value.float(), weights(again.model)[name].float(), atol=1e-3), name


def test_looking_changes_no_weight():
    train = windows(1024)
    alone, watched = (Trainer(model(drop=0.2), train, latent="encoder", batch_size=64) for _ in range(2))
    torch.backends.cudnn.deterministic = True
    try:
        for _ in range(20):
            alone.step(2)
            watched.step(2)
            watched.evaluate(), watched.latents([1, 2, 3])
    finally:
        torch.backends.cudnn.deterministic = False
    assert same(weights(alone.model), weights(watched.model))


def test_the_meter_books_by_the_devices_time():
    with gl.Meter() as meter:
        trainer = Trainer(model(), windows(8192), latent="encoder", batch_size=256, meter=meter)
        trainer.step(300)
        torch.cuda.synchronize()
    assert meter.ledger()["train"].value > 0
