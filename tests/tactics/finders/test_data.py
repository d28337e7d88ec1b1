"""What is found of copies, shared rows, easy samples, wide inputs and items read twice, and what is done about it."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

import greenlatent as gl
from greenlatent.tactics.finders import data
from greenlatent.tactics.offer import Asked, Offer

from ...parts import clusters, linear_net, same, weights
from ..simulated import lab, scripted  # noqa: F401 - a fixture


def asked(run, steps=2000, plan=2000.0, left=1.0):
    return Asked(run.run, steps, left=lambda: left, plan=plan)


def repeated(n=100, copies=20, seed=0):
    some = clusters(n, seed=seed)
    return some.take([*range(n), *range(copies)])


def test_every_planted_copy_is_found_and_left_out_and_put_back():
    with lab(train=repeated()) as run:
        offer = next(each for each in data.copies(asked(run)) if isinstance(each, Offer))
        assert offer.ids == tuple(range(100, 120)) and offer.ratio.value == pytest.approx(100 / 120)
        assert offer.known == "counted" and offer.how == "live"
        undo = offer.act(run.run)
        run.step()
        assert run.trainer.mending.weights.sum() == 100 and run.journal.active[-1].by == "advice"
        again = data.copies(asked(run))
        assert not any(isinstance(each, Offer) for each in again), "what is left out already is not offered"
        undo()
        run.step()
        assert run.trainer.mending.weights.sum() == 120
        twin = offer.altered.twin(run.trainer, 100)
        assert len(twin.train) == 100
        twin.close()


def test_without_time_for_near_copies_exact_ones_are_found_and_it_says_so():
    with lab(train=repeated()) as run:
        offer = next(each for each in data.copies(asked(run, left=0.0)) if isinstance(each, Offer))
        assert offer.ids == tuple(range(100, 120)) and "no time for near ones" in offer.why


def test_rows_that_validation_shares_are_said_with_accuracy_on_the_others():
    train = clusters(120)
    valid = train.take(range(30)).take(range(30))
    mixed = gl.Samples(
        torch.cat([valid.x, clusters(60, seed=5).x]),
        [*valid.y.tolist(), *clusters(60).y.tolist()],
        classes=train.classes,
    )
    with lab(train=train, valid=mixed) as run:
        found = run.advise(steps=2000)
        assert found.note.startswith("30 of 90 validation rows are in training, too: accuracy looks too good")
        assert "% on the others." in found.note and str(found).startswith(found.note)


def test_equal_inputs_under_different_labels_go_to_a_person():
    train = clusters(60)
    both = gl.Samples(torch.cat([train.x, train.x[:2]]), [*train.y.tolist(), 2, 2], classes=train.classes)
    with lab(train=both) as run:
        said = [each for each in data.copies(asked(run)) if isinstance(each, str)]
        assert any("with different labels: look at samples 0, 60" in each for each in said)


def test_skimming_waits_for_an_epoch_and_is_put_and_taken_back():
    with lab() as run:
        assert "once an epoch was trained" in data.skimmed(asked(run))
        assert "too short" in data.skimmed(asked(run, steps=30))
        run.step(30)
        offer = data.skimmed(asked(run))
        assert offer.ratio.value == pytest.approx((offer.ratio.low + offer.ratio.high) / 2)
        undo = offer.act(run.run)
        assert run.journal.setting("skim").value == 0.5 and "skimmed already" in data.skimmed(asked(run))
        undo()
        assert run.journal.setting("skim").value == 0
        twin = offer.altered.twin(run.trainer, 100)
        assert twin.journal.setting("skim").value == 0.5
        twin.close()


class Slow(Dataset):
    """Items that are worked on at each reading, counted."""

    def __init__(self, n=40, noise=0.0):
        self.samples, self.noise, self.read = clusters(n), noise, 0
        self.targets = self.samples.y.tolist()

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, i):
        self.read += 1
        drawn = self.noise * torch.randn(4) if self.noise else 0.0
        return self.samples.x[i] + drawn, self.targets[i]


def test_items_that_are_read_twice_are_kept_and_training_is_the_same_bit_for_bit():
    items = Slow()
    train = gl.Samples.from_dataset(items, classes=clusters().classes)
    with lab(train=train) as run:
        offer = data.kept(asked(run, plan=1e-9))
        setup = offer.altered.setup(run.trainer, 50, "because")
        before = items.read
        with gl.Lab(**setup, session=False) as other:
            other.step(10)
            assert items.read == before
            run.step(10)
            assert same(weights(run.trainer.model), weights(other.trainer.model))


def test_what_a_read_takes_beside_its_items_is_counted_once_a_batch(monkeypatch):
    train = gl.Samples.from_dataset(Slow(), classes=clusters().classes)
    now, view, calls = [0.0], train.view, []

    def slow(ids):
        calls.append(len(ids))
        now[0] += 16.0 + len(ids) + 100.0 * (len(calls) == 1)  # the first into cold caches
        return view(ids)

    with lab(train=train, batch_size=32) as run:
        monkeypatch.setattr(run.trainer.train, "view", slow)
        monkeypatch.setattr(data.time, "thread_time", lambda: now[0])
        offer = data.kept(asked(run, plan=120.0 * asked(run).steps))
        assert offer.why.startswith("40% of a step go into reading"), "(16 + 32) of 120"


def test_items_that_are_drawn_anew_are_not_kept():
    train = gl.Samples.from_dataset(Slow(noise=1.0), classes=clusters().classes)
    with lab(train=train, valid=None) as run:
        found = run.advise(steps=2000)
        reason = next(each.reason for each in found.looked_at if each.tactic == "T27")
        assert reason == "items are drawn anew each time (augmentation)"
    with lab() as run:
        assert data.kept(asked(run)) == "the data are in memory already"


def wide(n=80, inputs=200, rank=5):
    rng = np.random.default_rng(0)
    y, centres, mixing = np.arange(n) % 3, rng.normal(size=(3, rank)) * 3, rng.normal(size=(rank, inputs))
    x = (centres[y] + rng.normal(size=(n, rank))) @ mixing
    return gl.Samples(
        x.astype(np.float32), y, classes=clusters().classes, groups={"place": np.arange(n) // 8}
    )


def test_wide_inputs_of_few_directions_are_projected_for_training_validation_and_new_data():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(200, 6), nn.ReLU(), nn.Linear(6, 3))
    with lab(train=wide(), valid=wide(40), model=model) as run:
        offer = data.projected(asked(run))
        assert "lie in 5 directions" in offer.why or "lie in 4 directions" in offer.why
        setup = offer.altered.setup(run.trainer, 100, "because")
        assert setup["train"].shape == (16,) and list(setup["train"].groups) == ["place"]
        new = setup.inputs(wide(12))
        assert new.x.shape == (12, 16)
        x = wide().x
        projected = setup["train"].x
        centred = x - x.mean(0)
        assert torch.allclose(
            projected[:, :5] @ torch.linalg.lstsq(projected[:, :5], centred).solution, centred, atol=1e-2
        )
    with gl.Lab(**setup, session=False) as frugal:
        frugal.step(300)
        assert frugal.run.evaluate(now=True) > 0.8


@pytest.mark.parametrize("kind", ["few", "convolution", "noise"])
def test_what_a_projection_would_not_help_is_left(kind):
    torch.manual_seed(0)
    images = gl.Samples(torch.randn(40, 1, 12, 12), [i % 3 for i in range(40)])
    given = {
        "few": {},
        "convolution": {
            "train": images,
            "valid": None,
            "model": nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(200, 3)),
        },
        "noise": {
            "train": gl.Samples(torch.randn(500, 150), [i % 3 for i in range(500)]),
            "valid": None,
            "model": linear_net(150),
        },
    }[kind]
    with lab(**given) as run:
        assert isinstance(data.projected(asked(run)), str)
