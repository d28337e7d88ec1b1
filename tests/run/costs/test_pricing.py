"""One thread, unless a long run's own step is priced cheaper with more; what a header tells is never priced."""

import math

import pytest

import greenlatent as gl
from greenlatent.run.costs import pricing
from greenlatent.run.costs.pricing import cheapest, choose_threads
from greenlatent.training.trainer import Trainer

from ...parts import clusters, digit_samples, linear_net, net


def made(**options):
    train, valid = digit_samples()
    meter = gl.Meter(calibration=False)
    return gl.Lab(net(), train, valid=valid, latent="encoder", session=False, meter=meter, **options)


@pytest.fixture
def four(monkeypatch):
    """A machine with four cores, on which each number of threads has its price."""
    monkeypatch.setattr(pricing, "allowed_threads", lambda: 4)
    asked = []
    prices = {1: 1.0, 2: 0.4, 4: 0.6}
    monkeypatch.setattr(pricing, "_price", lambda twin, trainer, n: (asked.append(n), prices[n])[1])
    return asked


def test_none_is_one_thread_and_the_header_says_so():
    t = Trainer(linear_net(), clusters(), latent="0")
    assert t.settings.threads == t.journal.header["threads"] == 1


def test_more_threads_must_be_worth_it():
    assert cheapest({1: 1.0, 2: 0.95, 4: 1.2}) == 1
    assert cheapest({1: 1.0, 2: 0.5, 4: 0.6}) == 2
    assert cheapest({1: math.nan, 2: math.nan}) == 1
    assert cheapest({}) == 1


def test_a_long_run_is_priced_once_and_its_replay_repeats_the_choice(four, monkeypatch):
    monkeypatch.setattr(pricing, "LONG", 0.0)
    lab = made()
    try:
        lab.step(3)
        assert four == [1, 2, 4] and lab.trainer.settings.threads == 2
        lab.step(3)
        lab.trainer.reset()
        lab.step(3)
        assert four == [1, 2, 4], "asked once"
        assert lab.journal.header["threads"] == 2
        train, valid = digit_samples()
        again = gl.replay(lab.journal, net(), train, valid=valid, steps=3)
        assert again.settings.threads == 2 and again.settings.fixed
        again.close()
        assert lab.trainer.twin().settings.fixed and four == [1, 2, 4]
    finally:
        lab.close()


def test_a_short_run_and_a_given_number_are_never_priced(four):
    for options in ({}, {"threads": 1}):
        lab = made(**options)
        lab.step(3)
        assert four == [] and lab.trainer.settings.threads == 1
        lab.close()


def test_pricing_leaves_no_trace_in_the_run(four, monkeypatch):
    monkeypatch.setattr(pricing, "LONG", 0.0)
    monkeypatch.setattr(pricing, "cheapest", lambda prices: 1)
    train, valid = digit_samples()
    first, second = (
        Trainer(net(drop=0.2), train, valid=valid, latent="encoder", meter=gl.Meter(calibration=False))
        for _ in "ab"
    )
    choose_threads(first, 10)
    assert four == [1, 2, 4]
    first.step(5), second.step(5)
    assert all(
        (a == b).all() for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True)
    )
