"""Skim: easy samples are left out by chance, the rest of them count for all, and a journal repeats it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from greenlatent.data.samples import Samples
from greenlatent.datasets import digits
from greenlatent.edits import Journal, Relabel, Separate, Weigh
from greenlatent.feedback import Feedback
from greenlatent.training.replay import replay
from greenlatent.training.sampling.sampler import Sampler
from greenlatent.training.sampling.skim import Skim
from greenlatent.training.trainer import Trainer
from tests.parts import clusters, linear_net, net, same, weights


def trainer(**options) -> Trainer:
    return Trainer(net(), digits().split(0.3, seed=0)[0], latent="encoder", seed=0, **options)


def coins(seed, n):
    return torch.rand(n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_whom_it_leaves_out_says_nothing_of_how_often_a_weighed_sample_comes():
    drawn = coins(0, 100_000)
    dealt = Skim(0.5, None, lambda: (drawn > 0).float() * torch.arange(100_000)).deal(1, drawn)
    assert dealt is not None
    out, rare = dealt[0][:50_000], drawn[:50_000] < 0.3
    assert (
        abs(float(out[rare].float().mean()) - 0.5) < 0.02
        and abs(float(out[~rare].float().mean()) - 0.5) < 0.02
    )


def test_only_samples_below_the_mean_are_left_out_and_the_rest_of_them_count_for_all():
    losses = torch.tensor(np.random.default_rng(0).exponential(size=100_000), dtype=torch.float32)
    losses[:100] = torch.nan
    dealt = Skim(0.5, None, lambda: losses).deal(3, coins(7, 100_000))
    assert dealt is not None
    out, counts = dealt
    easy = losses < losses.nanmean()
    assert not (out & ~easy).any() and abs(float(out[easy].float().mean()) - 0.5) < 0.01
    assert (counts[~easy] == 1).all() and (counts[easy & ~out] == 2).all()
    assert float(counts[~out].sum()) == pytest.approx(100_000, rel=0.01)


def test_the_gradient_is_the_same_on_average():
    model, data = linear_net(), clusters(300)
    losses = F.cross_entropy(model(data.x), data.y, reduction="none").detach()
    whole = torch.autograd.grad(F.cross_entropy(model(data.x), data.y, reduction="sum"), model[0].weight)[0]
    sums = []
    for epoch in range(400):
        dealt = Skim(0.5, None, lambda: losses).deal(epoch, coins(epoch, 300))
        assert dealt is not None
        out, counts = dealt
        per_sample = F.cross_entropy(model(data.x[~out]), data.y[~out], reduction="none")
        sums.append(torch.autograd.grad((per_sample * counts[~out]).sum(), model[0].weight)[0])
    assert float((torch.stack(sums).mean(0) - whole).norm() / whole.norm()) < 0.05


def test_the_first_epoch_and_those_from_until_on_meet_all():
    one = trainer(batch_size=32)
    one.journal.put("skim", 0.5, until=3)
    met = []
    for _ in range(5):
        before = one.passes
        one.step(epochs=1)
        met.append(one.passes - before)
    n = len(one.train)
    assert met[0] == met[3] == met[4] == n
    assert 0.5 * n < met[1] < 0.8 * n and 0.5 * n < met[2] < 0.8 * n


def test_edited_samples_that_join_a_skimmed_batch_take_nothing_from_the_others_loss():
    def trained(loss):
        one = Trainer(linear_net(), clusters(300), latent="0", loss=loss, feedback=Feedback(every=1))
        one.journal.put("skim", 0.5)
        one.journal.add(Separate((0, 1, 2), (100, 101, 102)))
        one.step(epochs=4)
        return weights(one.model)

    mine = trained(
        lambda output, y: F.cross_entropy(output, y, reduction="none")
    )  # a mean over those with a label
    assert all(
        torch.allclose(a, b, atol=1e-5) for a, b in zip(trained(None).values(), mine.values(), strict=True)
    )


def test_with_zero_all_are_met_again_from_the_next_epoch_on():
    one = trainer()
    one.journal.put("skim", 0.5)
    one.step(epochs=2)
    assert one.stepper.sampler.counts is not None
    one.journal.put("skim", 0)
    one.step(epochs=2)
    before = one.passes
    one.step(epochs=1)
    assert one.passes - before == len(one.train) and one.stepper.sampler.counts is None


def test_the_order_of_what_is_met_is_that_of_a_run_that_meets_all():
    orders = []
    for skim in (None, Skim(0.5, None, lambda: torch.arange(20.0))):
        sampler = Sampler(20, 4, seed=3)
        sampler.skim = skim
        while sampler.epoch < 1:
            sampler.next(4)
        orders.append(sampler.ahead().tolist())
    whole, skimmed = orders
    assert 10 <= len(skimmed) < len(whole)
    assert skimmed == [i for i in whole if i in skimmed]


def test_a_sample_that_counts_twice_is_left_out_twice():
    sampler = Sampler(20, 4, seed=3)
    sampler.skim = Skim(0.9, None, lambda: torch.arange(20.0))
    sampler.weigh(np.full(20, 2.0))
    while sampler.epoch < 1:
        sampler.next(4)
    times = np.bincount(sampler.ahead().numpy(), minlength=20)
    assert set(times.tolist()) <= {0, 1, 2} and (times == 0).sum() >= 7


def test_a_replay_from_the_journal_is_bit_for_bit_the_run(tmp_path: Path):
    one = trainer(journal=Journal(tmp_path / "j.jsonl"))
    one.step(20)
    one.journal.put("skim", 0.5, until=6)
    one.step(60)
    one.journal.add(Relabel([3, 4], "3"))
    one.journal.add(Weigh([10, 11], 3.0))
    one.step(70)
    one.close()
    again = replay(Journal.load(tmp_path / "j.jsonl"), net(), one.train)
    assert same(weights(again.model), weights(one.model))


def test_a_checkpoint_in_the_middle_of_a_skimmed_epoch_goes_on_bit_for_bit(tmp_path: Path):
    one = trainer()
    one.journal.put("skim", 0.5)
    one.step(50)
    one.save(tmp_path)
    one.step(50)
    journal = Journal()
    for event in one.journal:
        journal.repeat(event)
    again = Trainer.load(tmp_path, net(1), one.train, journal=journal)
    again.step(50)
    assert same(weights(again.model), weights(one.model))


def test_a_run_without_statistics_is_skimmed_by_the_same_losses():
    ends = []
    for statistics in (True, False):
        one = trainer(statistics=statistics)
        one.journal.put("skim", 0.5)
        one.step(80)
        ends.append(weights(one.model))
    assert same(*ends)


def test_a_run_that_begins_anew_is_skimmed_as_before():
    one = trainer()
    one.journal.put("skim", 0.5)
    one.step(epochs=4)
    passes, ended = one.passes, weights(one.model)
    one.reset()
    one.step(epochs=4)
    assert one.passes == passes < 4 * len(one.train) and same(weights(one.model), ended)


@pytest.mark.parametrize(
    ("share", "until"), [(1.0, None), (-0.1, None), (float("nan"), None), (True, None), (0.5, 0)]
)
def test_a_share_or_an_epoch_that_cannot_be_is_refused_in_words(share, until):
    one = trainer()
    with pytest.raises(ValueError, match=r"skim is|until is the epoch"):
        one.journal.put("skim", share, until=until)
    assert len(one.journal) == 0


def test_data_without_one_label_a_sample_is_refused_in_words():
    data = Samples(np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32), None)
    journal = Journal()
    journal.bind(data, {})
    with pytest.raises(ValueError, match="one label a sample"):
        journal.put("skim", 0.5)


def test_a_replay_of_a_skimmed_run_with_another_thread_count_is_the_same_run_but_for_last_bits(
    tmp_path: Path,
):
    one = trainer(journal=Journal(tmp_path / "j.jsonl"), threads=1)
    one.journal.put("skim", 0.5, until=5, by="advice")
    one.step(30)
    one.journal.put("threads", 2, by="advice")
    one.step(60)
    one.close()
    journal = Journal.load(tmp_path / "j.jsonl")
    again = replay(journal, net(), one.train)
    assert same(weights(again.model), weights(one.model)) and again.passes == one.passes
    again.close()
    other = replay(journal, net(), one.train, threads=2)
    assert other.journal.header["threads"] == 2 and journal.header["threads"] == 1
    assert abs(other.passes - one.passes) <= 0.02 * one.passes
    with torch.no_grad():
        a, b = (each.model(one.train.x).argmax(1) for each in (one, other))
    assert float((a == b).float().mean()) > 0.98
