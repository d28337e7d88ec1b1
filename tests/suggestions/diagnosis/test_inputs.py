import numpy as np
import pytest
import torch

from greenlatent.suggestions.diagnosis.inputs import NEIGHBOURS, read


def signals(n=200, channels=3, length=64, seed=0):
    rng = np.random.default_rng(seed)
    slow = np.sin(np.linspace(0, 6, length) + rng.uniform(0, 6, (n, channels, 1)))
    return torch.tensor(slow + 0.1 * rng.normal(size=slow.shape), dtype=torch.float32)


@pytest.mark.parametrize(
    "shape", [(120, 1), (120, 20), (120, 200), (120, 3, 32), (120, 1, 12, 12), (120, 20, 8)]
)
def test_inputs_of_every_shape_are_read(shape):
    found = read(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    assert found.near.shape == (120, NEIGHBOURS) and np.isfinite(found.broken).all()
    assert not (found.near == np.arange(120)[:, None]).any()


def test_a_dead_channel_noise_and_a_flat_top_stand_out():
    x = signals()
    x[3, 1] = 0
    x[5, 2] += torch.randn(64, generator=torch.Generator().manual_seed(1))
    x[8, 0] = (4 * x[8, 0]).clamp(-1, 1)
    found = read(x)
    assert set(np.argsort(-found.broken)[:3].tolist()) == {3, 5, 8}
    assert found.dead[3] and found.channel[[3, 5, 8]].tolist() == [1, 2, 0]
    assert not found.dead[[5, 8]].any()


def test_the_same_input_twice_is_a_copy():
    x = torch.randn(100, 6, generator=torch.Generator().manual_seed(2))
    x[70] = x[20]
    found = read(x)
    assert found.copy[70] == 20 and found.copy[20] == 70 and (found.copy >= 0).sum() == 2


def test_neighbours_are_those_of_a_naive_search():
    x = torch.randn(60, 4, generator=torch.Generator().manual_seed(3))
    found = read(x)
    apart = np.linalg.norm(found.z.numpy()[:, None] - found.z.numpy()[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (np.sort(found.near, 1) == np.sort(np.argsort(apart, 1)[:, :NEIGHBOURS], 1)).all()


def test_reading_inputs_draws_no_number_and_gives_the_same_twice():
    x = torch.randn(80, 50)
    before = torch.random.get_rng_state()
    one, two = read(x), read(x)
    assert torch.equal(before, torch.random.get_rng_state()) and torch.equal(one.z, two.z)


def test_inputs_that_never_differ_accuse_nobody():
    found = read(torch.ones(40, 5))
    assert (found.broken < 1).all()


def test_copies_are_found_wherever_the_other_one_is():
    x = torch.randn(1300, 6, generator=torch.Generator().manual_seed(0))
    others = np.setdiff1d(np.arange(1300), read(x).crowd)
    a, b = int(others[3]), int(others[-4])  # neither is among those that neighbours are looked for
    x[b] = x[a]
    found = read(x).copy
    assert found[a] == b and found[b] == a and (found >= 0).sum() == 2


def test_the_neighbours_are_the_nearest_of_the_crowd():
    x = torch.randn(900, 40, generator=torch.Generator().manual_seed(3))
    found = read(x)
    apart = torch.cdist(found.z, found.z[found.crowd])
    apart[torch.from_numpy(found.crowd), torch.arange(len(found.crowd))] = torch.inf
    nearest = found.crowd[apart.topk(NEIGHBOURS, largest=False).indices.numpy()]
    assert len(found.crowd) == 500 and (found.near == nearest).all()
