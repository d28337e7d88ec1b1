"""A Lab beside a loop with Accelerate, as docs/integrations.md has it."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.edits import Relabel, Separate
from greenlatent.lab.lab import Lab

accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")


def fit(*edits):
    """Two epochs over two clouds; what was there at the end, and the labels that each step met."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        x = torch.randn(64, 4) + 3 * (torch.arange(64) >= 32)[:, None]
        model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    train = Samples(x, torch.arange(64) // 32, classes=["low", "high"])
    met = []
    with Lab(model, train, valid=train, latent="0", threads=1, device="cpu", session=False) as lab:
        for edit in edits:
            lab.journal.add(edit)
        accelerator = accelerate.Accelerator(cpu=True)
        prepared, optimizer = accelerator.prepare(model, torch.optim.Adam(model.parameters(), lr=0.05))
        for _epoch in range(2):
            for ids in torch.arange(64).split(16):
                with lab.around(ids) as s:
                    met.append(s.y[s.weight > 0])
                    optimizer.zero_grad()
                    output = prepared(train.x[ids])
                    loss = (F.cross_entropy(output, s.y, reduction="none") * s.weight).mean()
                    accelerator.backward(loss)
                    optimizer.step()
                    s.done(loss, output)
        lab.runner.take_back()
        return lab, lab.trainer.evaluate()["accuracy"], lab.trainer.recent, torch.cat(met)


def test_accelerate_trains_and_the_lab_watches():
    lab, accuracy, (loss, _), _ = fit()
    assert lab.trainer.steps == 8 and accuracy > 0.8 and 0 < loss < 1
    assert (lab.trainer.seen.predicted >= 0).all() and lab.energy["train"].known


def test_edits_act_in_a_loop_with_accelerate():
    _, _, (_, feedback), met = fit(Relabel(range(8), "high"), Separate("low", "high", margin=5.0))
    assert feedback > 0 and (met == 1).sum() == 2 * (32 + 8) and len(met) == 2 * 64
