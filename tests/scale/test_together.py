"""What each rank does of a batch: its rows, and a sum that is the gradient of one process, whatever the net."""

import numpy as np
import pytest
import torch
from torch import nn

import greenlatent as gl
from greenlatent.data.samples import Samples
from greenlatent.scale.together import Together, takers
from tests.parts import clusters, linear_net, weights
from tests.scale.test_leader import apart


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 32, 33])
def test_each_row_is_one_ranks_and_nobody_has_a_single_one_of_several(count, size):
    batch = torch.arange(count)
    parts = [Together(rank, size).rows(batch, count) for rank in range(size)]
    assert sorted(torch.cat(parts).tolist()) == batch.tolist()
    assert all(len(part) != 1 for part in parts) or count == 1
    assert sum(len(part) > 0 for part in parts) == takers(count, size)


def test_rows_of_a_part_are_the_first_of_those_of_the_whole():
    for rank in range(3):
        company = Together(rank, 3)
        mine = company.rows(torch.arange(9), 9)
        part = company.rows(torch.arange(5), 9)
        assert mine[: len(part)].tolist() == part.tolist()


class Recurrent(nn.Module):
    """A sequence of rows, read by a GRU whose outputs are a tuple."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.encoder(x.view(len(x), 2, 2))[0][:, -1])


class Attending(nn.Module):
    """A transformer's layer over two places."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(2, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x.view(len(x), 2, 2))).flatten(1))


class Named(nn.Module):
    """Returns its output by name."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x):
        return {"logits": self.head(self.encoder(x).relu()), "beside": x}


def holes():
    """Clusters of which every third has no label."""
    data = clusters()
    y = np.where(np.arange(60) % 3 == 0, -1, data.y.numpy())
    return Samples(data.x, y, classes=data.classes)


def values():
    data = clusters()
    return Samples(data.x, data.x[:, 0].numpy().astype(np.float32) * 2)


class Items(torch.utils.data.Dataset):
    """Clusters, an item at a time."""

    def __init__(self):
        self.whole = clusters()

    def __len__(self):
        return len(self.whole)

    def __getitem__(self, i):
        return self.whole.x[i], int(self.whole.y[i])


CASES = {
    "three ranks, accumulated, a last batch of two": (
        lambda: linear_net(), "0", {"ranks": 3, "batch_size": 29, "accumulate": 2}, lambda: clusters(60)
    ),
    "a recurrent net": (Recurrent, "encoder", {}, clusters),
    # the bias of its keys has no gradient but rounding, which Adam would blow up to whole steps
    "a transformer": (Attending, "encoder", {"optimizer": torch.optim.SGD, "lr": 0.1}, clusters),
    "a dict, by a call of one's own": (Named, "encoder", {"call": lambda m, x: m(x)["logits"]}, clusters),
    "labels that are missing": (linear_net, "0", {"unlabelled": "keep", "loss": "gce"}, holes),
    "numbers for labels": (lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 1)), "0", {}, values),
    "bfloat16": (linear_net, "0", {"precision": "bf16"}, clusters),
    "a Dataset that workers read": (
        linear_net, "0", {"workers": 1}, lambda: Samples.from_dataset(Items(), classes=clusters().classes)
    ),
    "a scheduler": (
        linear_net, "0", {"scheduler": lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.5)}, clusters
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[pytest.mark.slow] * (k > 0)) for k, name in enumerate(CASES)]
)
def test_ranks_come_to_the_weights_of_one_process(case):
    make, layer, options, data = CASES[case]
    options = {"latent": layer, "batch_size": 8, "threads": 1} | options
    ranks, found = options.pop("ranks", 2), []
    for many in (ranks, None):
        torch.manual_seed(3)
        trainer = gl.Trainer(make(), data(), ranks=many, **options)
        trainer.step(5)
        trainer.journal.add(gl.Weigh([1, 2, 3], 2.0))
        if trainer.train.classes:
            trainer.journal.add(gl.Move([4, 5], gl.Near([7, 8])))
            trainer.journal.add(gl.Relabel([9], "class 1"))
        trainer.step(25)
        found.append(weights(trainer.model))
        losses = trainer.recent
        trainer.close()
    assert apart(*found) < (2e-2 if case == "bfloat16" else 1e-5)
    assert np.isfinite(losses).all()
