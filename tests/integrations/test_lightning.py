"""A Lab beside Lightning's own training."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from greenlatent.edits import Move, Relabel, Separate
from greenlatent.integrations import Noted
from greenlatent.lab.lab import Lab

from ..parts import digit_samples, net

try:
    import lightning.pytorch as pl
except ImportError:
    pl = pytest.importorskip("pytorch_lightning", reason="Lightning is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")
QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_progress_bar": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
}


class Module(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.met = net(), []

    def training_step(self, batch, index):
        x, y = batch
        self.met.append(y.clone())
        return F.cross_entropy(self.net(x), y)

    def validation_step(self, batch, index):
        F.cross_entropy(self.net(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-2)


def fit(edits=(), **options):
    from greenlatent.integrations.lightning import LightningCallback

    train, valid = digit_samples()
    module = Module()
    with Lab(module.net, train, valid=valid, latent="encoder", threads=1, device="cpu", session=False) as lab:
        for edit in edits:
            lab.journal.add(edit)
        noted = Noted(lab, seed=0)
        loader = DataLoader(TensorDataset(train.x, train.y.clone()), 32, sampler=noted)
        checked = DataLoader(TensorDataset(valid.x, valid.y), 256)
        fitting = pl.Trainer(
            callbacks=[LightningCallback(lab, noted)], **{"max_epochs": 2, **QUIET, **options}
        )
        fitting.fit(module, loader, checked)
        recent = lab.trainer.recent
        assert not lab.runner.running and lab.step(0).steps == 0  # the model is the Lab's again
        return lab, module, [lab.trainer.evaluate()["accuracy"], recent, dict(lab.energy)]


def test_lightning_trains_and_the_lab_watches():
    lab, _, (accuracy, (loss, _), energy) = fit()
    assert lab.trainer.steps == 80 and accuracy > 0.5 and 0 < loss < 3
    assert energy["train"].known and {"view", "evaluate"} <= set(energy)
    seen = lab.trainer.seen
    assert seen.loss.isfinite().all() and float((seen.predicted == lab.trainer.train.y).float().mean()) > 0.5


def test_edits_act_in_lightnings_steps():
    train, _ = digit_samples()
    edits = [Relabel(range(100), "3"), Move(range(200, 400), "5"), Separate("0", "1", margin=5.0)]
    _, module, (_, (_, feedback), _) = fit(edits)
    met = torch.cat(module.met[:40])
    right = train.y.clone()
    right[:100], right[200:400] = 3, 5
    assert met.bincount().tolist() == right.bincount().tolist() and feedback > 0


def test_accumulated_batches_are_steps_of_the_lab_each():
    lab, module, _ = fit(max_epochs=1, accumulate_grad_batches=2)
    assert lab.trainer.steps == 40 and len(module.met) == 40
