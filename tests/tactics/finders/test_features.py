"""Features that tell little are cut from inputs and from the first layer alike; a person's ranking comes first."""

import numpy as np
import torch
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.edits import RankFeatures
from greenlatent.tactics.finders import features
from greenlatent.tactics.offer import Asked

from ...parts import linear_net
from ..simulated import lab


def asked(run, steps=1000):
    return Asked(run.run, steps)


def wide(informative: int, noise: int, n: int = 200, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    x = rng.normal(size=(n, informative + noise)).astype(np.float32)
    x[:, :informative] += 6 * rng.normal(size=(3, informative))[y]
    return Samples(x, y, features=[f"f{i}" for i in range(informative + noise)])


def test_features_that_tell_little_are_cut_from_inputs_and_first_layer_alike():
    train = wide(6, 14)
    with lab(train, linear_net(20), valid=wide(6, 14, 90, 1)) as run:
        offer = features.fewer(asked(run))
        cut = offer.altered.inputs(train)
        assert set(cut.features) <= {f"f{i}" for i in range(6)} and cut.shape[0] == len(cut.features) < 7
        less = offer.altered.made(run.trainer, fresh=True)
        assert less[0].in_features == cut.shape[0] and less(cut.x).shape == (200, 3)
        kept = [int(name[1:]) for name in cut.features]
        assert torch.equal(less[0].weight, run.trainer.initial["0.weight"][:, kept])


def test_a_persons_ranking_comes_first_and_a_mask_is_called_one():
    train = wide(6, 14)
    with lab(train, linear_net(20), valid=wide(6, 14, 90, 1)) as run:
        run.journal.add(RankFeatures([3, 1, *(k for k in range(20) if k not in (1, 3))], keep=2))
        run.step()
        offer = features.fewer(asked(run))
        assert "a mask is in force: it hides features and saves nothing" in offer.why
        assert offer.altered.inputs(train).features == ("f1", "f3")


def test_channels_are_cut_from_a_convolution():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(size=(120, 6, 16)).astype(np.float32)
    x[:, :2] += 5 * y[:, None, None]
    train = Samples(x, y)
    net = nn.Sequential(
        nn.Conv1d(6, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14, 5), nn.ReLU(), nn.Linear(5, 3)
    )
    with lab(train, net, latent="3", valid=train) as run:
        offer = features.fewer(asked(run))
        cut = offer.altered.inputs(train)
        assert tuple(cut.shape) == (2, 16) and offer.altered.made(run.trainer, fresh=True)(cut.x).shape == (
            120,
            3,
        )
