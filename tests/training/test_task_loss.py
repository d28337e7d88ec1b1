"""What is minimised for labels as people hold them, through step, evaluation, journal and replay."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.edits import Drop, Link, Move, Near, Relabel, Weigh
from greenlatent.training import task_loss
from greenlatent.training.replay import replay
from greenlatent.training.trainer import Trainer

from ..parts import same, weights


def points(n=48, d=4):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(0))


def small(out, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, out))


OPTIONS = {"latent": "0", "batch_size": 16, "threads": 1, "seed": 3}


def table():
    x = points()
    return (torch.stack([x[:, 0] > 0, x[:, 1] > 0, x[:, 2] > 0.5], 1)).float()


def several(label="b", y=None):
    return Samples(points(), table() if y is None else y, classes=["a", "b", "c"], label=label)


KINDS = {
    "texts": lambda: (Samples(points(), ["up" if v > 0 else "down" for v in points()[:, 0]]), 2),
    "gaps": lambda: (Samples(points(), [None, *(["up", "down"][int(v > 0)] for v in points()[1:, 0])]), 2),
    "one-hot": lambda: (Samples(points(), F.one_hot((points()[:, 0] > 0).long())), 2),
    "one logit": lambda: (Samples(points(), points()[:, 0] > 0), 1),
    "several": lambda: (several(), 3),
    "none": lambda: (Samples(points(), None), 4),
}
EDITS = [Link([1], [2], alike=False), Move([3], Near([4, 5, 6])), Weigh([7], 2), Drop([8])]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_on_labels_of_every_kind_replays_bit_for_bit(kind):
    train, out = KINDS[kind]()
    trainer = Trainer(small(out), train, valid=train, **OPTIONS)
    trainer.step(4)
    for edit in EDITS:
        trainer.journal.add(edit)
    if train.classes:
        trainer.journal.add(Relabel([9, 10], train.classes[1]))
    trainer.step(6)
    trainer.close()
    again = replay(trainer.journal, small(out), train, valid=train)
    assert same(weights(trainer.model), weights(again.model)) and again.steps == 10
    torch.testing.assert_close(trainer.seen.loss, again.seen.loss, rtol=0, atol=0, equal_nan=True)
    found = again.evaluate()
    assert found["n"] and ("accuracy" in found) == bool(train.classes)


def loop(model, loss, steps=6):
    """The trainer's order and optimizer, without the trainer."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    order = torch.randperm(48, generator=torch.Generator().manual_seed(3)).split(16)
    for ids in (*order, *order)[:3]:
        optimizer.zero_grad()
        loss(model(points()[ids]), ids).backward()
        optimizer.step()
    return weights(model)


def near(a, b):
    return all(torch.allclose(a[name], b[name], atol=1e-6) for name in a)


@pytest.mark.parametrize("loss", [None, nn.BCEWithLogitsLoss(), "float"])
def test_one_logit_is_trained_by_binary_cross_entropy(loss):
    y = points()[:, 0] > 0
    expected = loop(small(1), lambda out, ids: F.binary_cross_entropy_with_logits(out[:, 0], y[ids].float()))
    if loss == "float":

        def loss(output, y):
            return F.binary_cross_entropy_with_logits(output[:, 0], y.float(), reduction="none")

    trainer = Trainer(small(1), Samples(points(), y), loss=loss, **OPTIONS)
    trainer.step(3)
    assert near(weights(trainer.model), expected)
    guessed = (trainer.model(points())[:, 0] > 0).float()
    assert trainer.evaluate()["accuracy"] == pytest.approx(float((guessed == y).float().mean()))


def test_of_several_labels_all_are_trained():
    expected = loop(small(3), lambda out, ids: F.binary_cross_entropy_with_logits(out, table()[ids]))
    for label in ("a", "c"):  # whichever is shown
        trainer = Trainer(small(3), several(label), **OPTIONS)
        trainer.step(3)
        assert near(weights(trainer.model), expected)


def test_an_edit_changes_the_shown_label_alone_and_unknown_ones_do_not_count():
    y = table()
    y[5:9, 0] = torch.nan
    mended = y.clone()
    mended[:, 1] = 1
    known = ~mended.isnan()

    def loss(out, ids):
        each = F.binary_cross_entropy_with_logits(out, mended[ids].nan_to_num(), reduction="none")
        return ((each * known[ids]).sum(1) / known[ids].sum(1)).mean()

    expected = loop(small(3), loss)
    trainer = Trainer(small(3), several(y=y), **OPTIONS)
    trainer.journal.add(Relabel(range(48), "b"))
    trainer.step(3)
    assert near(weights(trainer.model), expected)


def test_without_labels_an_autoencoder_is_trained_on_its_inputs():
    expected = loop(small(4), lambda out, ids: F.mse_loss(out, points()[ids]))
    trainer = Trainer(small(4), Samples(points(), None), **OPTIONS)
    trainer.step(3)
    assert near(weights(trainer.model), expected)
    assert trainer.evaluate()["loss"] == pytest.approx(
        float(F.mse_loss(trainer.model(points()).detach(), points()))
    )
    assert trainer.seen.loss.isfinite().all() and (trainer.seen.predicted == -1).all()


def test_contrastive_training_takes_outputs_of_any_shape():
    def loss(output, x):
        return -(output[0] * output[1]).sum(1)

    def call(model, x):
        return torch.stack([model(x), model(x.flip(1))])

    trainer = Trainer(small(3), Samples(points(), None), loss=loss, call=call, **OPTIONS)
    before = trainer.evaluate()["loss"]
    assert trainer.step(epochs=2).steps == 6
    assert trainer.evaluate()["loss"] < before


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Trainer(small(3), Samples(points(), None), **OPTIONS), r"no labels \(y=None\): pass loss="),
        (
            lambda: Trainer(small(4), Samples(points(), None), loss=lambda o, x: o.mean(), **OPTIONS),
            r"\(output, x\) -> one value",
        ),
        (lambda: Trainer(small(3), several(), loss="gce", **OPTIONS), "about one class per sample"),
        (lambda: Trainer(small(3), several(), loss=lambda o, y: o.mean(), **OPTIONS), "0, 1 and NaN"),
    ],
)
def test_a_loss_that_does_not_fit_is_refused_with_one_that_does(make, words):
    with pytest.raises(ValueError, match=words):
        make().step()


def test_a_backward_pass_from_each_loss_is_that_of_the_weighted_mean_bit_for_bit():
    torch.manual_seed(0)
    counts, ids = torch.tensor([1.0, 2.0] * 40), torch.randperm(80)[:37]
    y = torch.randint(0, 5, (37,))
    here, there = (torch.randn(37, 5, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    here.requires_grad_(), there.requires_grad_()
    slope = counts[ids] / 37
    each, same_slope, mean = task_loss.weighed(here, y, slope)
    assert same_slope is slope
    each.backward(slope)
    whole = F.cross_entropy(there, y, reduction="none") @ slope
    whole.backward()
    assert torch.equal(here.grad, there.grad) and torch.equal(mean, whole.detach())
    assert (
        float(mean) == pytest.approx(float((each.detach() * counts[ids]).sum() / 37))
        and not mean.requires_grad
    )
