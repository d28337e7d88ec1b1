"""What is found of rows, features and how they are read; and what is left, with the reason."""

import numpy as np
import pytest
import torch
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.edits import RankFeatures
from greenlatent.tactics import data, model
from greenlatent.tactics.offer import Asked

from ..parts import clusters, linear_net, same, weights
from .simulated import lab


def asked(run, steps=1000, plan=1.0):
    return Asked(run.run, steps, plan=plan)


def test_planted_copies_are_left_out_live_put_back_and_counted():
    part = clusters(100)
    train = part.take([*range(100), *range(25)])
    with lab(train) as run:
        offer = data.copies(asked(run))
        assert offer.ids == tuple(range(100, 125)) and offer.how == "live" and offer.known == "counted"
        assert offer.ratio.value == pytest.approx(100 / 125) and len(offer.altered.rows(train)) == 100
        undo = offer.act(run.run)
        run.step()
        assert float(run.trainer.edits.mending.weights.sum()) == 100
        undo()
        run.step()
        assert float(run.trainer.edits.mending.weights.sum()) == 125


def test_twins_across_the_split_and_inputs_with_two_labels_are_told_where_no_row_is_spare():
    train = clusters(90)
    x, y = train.x.clone(), train.y.clone()
    x[4] = x[3]  # of another class
    valid = Samples(
        torch.cat([clusters(60, seed=5).x, x[10:17]]), torch.cat([clusters(60, seed=5).y, y[10:17]])
    )
    with lab(Samples(x, y), valid=valid) as run:
        run.step(5)
        told = data.copies(asked(run))
    assert isinstance(told, str) and "7 of 67 validation rows have a twin in training" in told
    assert "% on all and" in told and "1 groups of the same inputs" in told


def test_looking_for_copies_changes_nothing_of_the_run():
    with lab() as one, lab() as other:
        for run in (one, other):
            run.step(5)
        for look in (data.copies, data.skim, data.fewer_features, data.projected, data.kept, model.smaller):
            look(asked(one))
        for run in (one, other):
            run.step(20)
        assert same(weights(one.trainer.model), weights(other.trainer.model)) and len(one.journal) == 0


def test_skim_is_offered_once_every_sample_was_met_and_is_one_line_to_put_and_one_to_take_back():
    with lab() as run:
        assert "not met every sample" in data.skim(asked(run))
        run.step(40)
        offer = data.skim(asked(run))
        assert offer.how == "live" and 0.5 < offer.altered.share < 1
        twin = offer.altered.twin(run.trainer, 400)
        assert twin.journal.settings == {"skim": 0.5}
        twin.close()
        offer.act(run.run)()
        lines = [(event.name, event.value, event.until, event.by) for event in run.journal]
        assert lines == [("skim", 0.5, 58, "advice"), ("skim", 0.0, None, "advice")]
        assert "too few epochs" in data.skim(asked(run, 20))


def wide(informative: int, noise: int, n: int = 200, seed: int = 0) -> Samples:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    x = rng.normal(size=(n, informative + noise)).astype(np.float32)
    x[:, :informative] += 6 * rng.normal(size=(3, informative))[y]
    return Samples(x, y, features=[f"f{i}" for i in range(informative + noise)])


def test_features_that_tell_little_are_cut_from_inputs_and_first_layer_alike():
    train = wide(6, 14)
    with lab(train, linear_net(20), valid=wide(6, 14, 90, 1)) as run:
        offer = data.fewer_features(asked(run))
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
        offer = data.fewer_features(asked(run))
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
        offer = data.fewer_features(asked(run))
        cut = offer.altered.inputs(train)
        assert tuple(cut.shape) == (2, 16) and offer.altered.made(run.trainer, fresh=True)(cut.x).shape == (
            120,
            3,
        )


def test_wide_inputs_of_few_directions_are_projected_new_data_by_the_same_directions():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(300, 8)).astype(np.float32)
    x = places @ rng.normal(size=(8, 200)).astype(np.float32)
    train = Samples(x[:200], np.arange(200) % 3)
    with lab(train, linear_net(200), valid=Samples(x[200:], np.arange(100) % 3)) as run:
        offer = data.projected(asked(run))
        fewer = offer.altered.inputs(train)
        count = fewer.shape[0]
        assert count <= 8 and float(fewer.x.var(0).sum()) > 0.94 * float(train.x.var(0).sum())
        assert offer.altered.made(run.trainer, fresh=True)[0].in_features == count
        setup = offer.altered.setup(run.trainer, 100, offer.why)
        assert setup.inputs(Samples(x[200:], np.arange(100) % 3)).shape[0] == count


def test_directions_of_noise_are_not_projected():
    x = np.random.default_rng(0).normal(size=(400, 150)).astype(np.float32)
    with lab(Samples(x, np.arange(400) % 3), linear_net(150), valid=None) as run:
        assert "a third of the directions holds" in data.projected(asked(run))


class Slow(torch.utils.data.Dataset):
    """Items that take as long as a picture to decode."""

    def __init__(self) -> None:
        self.part = clusters(120)
        self.targets = self.part.y

    def __len__(self) -> int:
        return 120

    def __getitem__(self, i: int):
        for _ in range(300):
            x = torch.sort(self.part.x[i]).values * 0 + self.part.x[i]
        return x, int(self.targets[i])


def test_a_dataset_that_is_read_again_each_epoch_is_found_and_kept():
    train = Samples.from_dataset(Slow(), classes=clusters(3).classes)
    with lab(train) as run:
        offer = data.kept(asked(run, steps=1000, plan=2.0))
        assert offer.known == "counted" and offer.ratio.value < 0.9 and not offer.altered.inputs(train).lazy
        assert "of a step" in data.kept(asked(run, steps=1000, plan=1e6))
        assert "kept first" in data.copies(asked(run)) or "keep them first" in data.copies(asked(run))


def test_a_chain_is_offered_at_half_its_width_and_what_is_none_is_named():
    with lab() as run:
        offer = model.smaller(asked(run))
        assert offer.altered.made(run.trainer, fresh=True)[0].out_features == 2
    with lab(model=nn.Sequential(nn.Linear(4, 5), nn.LayerNorm(5), nn.Linear(5, 3))) as run:
        assert "narrow stops at layer '1'" in model.smaller(asked(run))
