"""Which samples a batch holds, whoever reads it."""

from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from greenlatent.edits import Drop, Weigh
from greenlatent.integrations import Noted

from ..parts import clusters, trainer


def beside(**options):
    run = SimpleNamespace(trainer=trainer(**options))
    return run.trainer, Noted(run, seed=1)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_batch_is_told_by_the_samples_in_it(workers):
    train = clusters()
    _, noted = beside(train=train)
    loader = DataLoader(TensorDataset(torch.arange(len(train))), 7, sampler=noted, num_workers=workers)
    for _ in range(2):
        met = []
        for (batch,) in loader:
            assert torch.equal(noted.take(len(batch)), batch)
            met += batch.tolist()
        assert sorted(met) == list(range(len(train))) and met != sorted(met)


def test_weights_count_at_once():
    run, noted = beside()
    run.journal.add(Drop([5, 6]))
    run.journal.add(Weigh([7], 3))
    run.edits.begin(0)
    ids = list(noted)
    assert not {5, 6} & set(ids) and ids.count(7) == 3 and len(ids) == len(noted)


def test_a_loader_with_another_sampler_is_found_out():
    _, noted = beside()
    with pytest.raises(RuntimeError, match="8 samples, and 0 were handed out: pass this sampler"):
        noted.take(8)
