"""A price is the ratio of turns of twins; what fails says so, and the run is as it was bit for bit."""

import math

import pytest
import torch
from torch import nn

from greenlatent.tactics.altered import SAME, Altered
from greenlatent.tactics.price import TURNS, Turns, low, ratio

from ..parts import same, weights
from .simulated import lab, scripted  # noqa: F401 - a fixture


def test_a_ratio_counts_steps_and_what_a_step_costs(scripted):  # noqa: F811
    with lab() as run:
        found = Turns(run.run, 100).of([Altered({"batch_size": 32}), Altered(share=0.5), SAME], 0.0)
        larger, half, null = (one.ratio for one in found)
    assert larger.value == pytest.approx((1 + 32 / 64) / (1 + 8 / 64) / 4, rel=0.02)
    assert half.value == pytest.approx(0.5, rel=0.02)
    assert null.value == pytest.approx(1, rel=0.02)
    assert [one.saves for one in found] == [True, True, False]
    assert all(len(one.turns) == TURNS for one in found)


class Fixed(nn.Module):
    """A model that was written for batches of eight alone."""

    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x):
        if self.training and len(x) > 8:
            raise ValueError("batches of more than 8 are <b>not</b> for me\nsecond line")
        return self.head(torch.relu(self.encoder(x)))


def test_a_change_that_fails_to_run_says_its_words_and_the_others_have_their_price(scripted):  # noqa: F811
    with lab(model=Fixed(), latent="encoder") as run:
        failed, fine = Turns(run.run, 100).of([Altered({"batch_size": 32}), Altered({"threads": 2})], 0.0)
    assert failed.words == "does not work here: batches of more than 8 are <b>not</b> for me"
    assert fine.words.startswith("dearer, x2.")


def test_pricing_changes_nothing_of_the_run():
    with lab() as run, lab() as other:
        for each in (run, other):
            each.step(5)
        torch.manual_seed(3)
        drawn = torch.rand(2)
        torch.manual_seed(3)
        threads = torch.get_num_threads()
        Turns(run.run, 50).of([Altered({"batch_size": 16}), Altered({"threads": 2})], 0.0)
        assert torch.rand(2).equal(drawn) and torch.get_num_threads() == threads
        assert len(run.journal) == 0
        for each in (run, other):
            each.step(9)
        assert same(weights(run.trainer.model), weights(other.trainer.model))


def test_the_interval_is_that_of_the_pairs_and_a_few_disturbed_turns_do_not_widen_it():
    theirs = [1.0, 1.02, 0.98, 1.01, 0.99, 1.0, 1.0, 1.01]
    mine = [0.5 * each for each in theirs]
    found = ratio(mine, theirs)
    assert found.value == pytest.approx(0.5) and found.high - found.low < 0.01
    disturbed = ratio([*mine[:-1], 5.0], theirs)
    assert disturbed.value == pytest.approx(0.5, rel=0.02) and disturbed.high < 0.6
    assert ratio([1.0], [1.0]).high == math.inf or ratio([1.0], [1.0]).high > 1e100
    assert low([3.0, 1.0, 2.0, 4.0, 5.0]) == 2.0


def test_what_is_settled_leaves_its_turns_to_what_is_not(scripted):  # noqa: F811
    with lab() as run:
        well, hardly = Turns(run.run, 100).of([Altered(share=0.5), Altered({"batch_size": 9})], 0.2)
        assert well.settled and len(well.turns) == TURNS
        assert not hardly.settled and not hardly.saves and len(hardly.turns) > TURNS
        assert len(hardly.beside) == len(hardly.turns)
        alone = Turns(run.run, 100).of([Altered(share=0.5)], 0.2)[0]
        assert len(alone.turns) > TURNS, "where nothing is open, time makes a price narrower"


def test_no_saving_is_said_that_quartiles_or_pairs_deny():
    theirs = [1.0, 1.01, 0.99, 1.0, 1.0, 1.02, 0.98, 1.0]
    lucky = ratio(
        [0.7, 0.7, 0.71, 1.0, 1.01, 1.0, 0.99, 1.0], theirs
    )  # three turns of eight while others slept
    assert lucky.value == pytest.approx(1, rel=0.02) and lucky.low < 0.8 and lucky.high > 1
    assert ratio([2.0] * 8, theirs).low > 1 > ratio([0.5] * 8, theirs).high


class Late(nn.Module):
    """A model that fails after some steps."""

    def __init__(self, steps):
        super().__init__()
        self.encoder, self.head, self.left = nn.Linear(4, 5), nn.Linear(5, 3), steps

    def forward(self, x):
        self.left -= self.training
        if self.left < 0 and len(x) > 8:
            raise ValueError("worn out")
        return self.head(torch.relu(self.encoder(x)))


def test_what_fails_once_it_has_a_price_has_none(scripted):  # noqa: F811
    with lab(model=Late(12), latent="encoder") as run:
        (found,) = Turns(run.run, 100).of([Altered({"batch_size": 9})], 0.5)
    assert found.words == "does not work here: worn out" and not found.saves and found.ratio is None
