"""Watch: a planted change is called soon, quiet streams stay quiet, and seen data are refused."""

import numpy as np
import pytest
import torch
from torch import nn

from greenlatent.data.samples import Samples
from greenlatent.tactics.watch import Watch
from greenlatent.training.trainer import Trainer
from tests.parts import clusters, linear_net, same, weights


@pytest.fixture(scope="module")
def held() -> tuple[nn.Module, Samples, Samples, Samples]:
    """A trained net; what it was trained on, held-out rows, and the stream to come."""
    rng = np.random.default_rng(0)
    y = np.arange(3000) % 3
    x = (rng.normal(size=(3, 6))[y] * 1.6 + rng.normal(size=(3000, 6))).astype(np.float32)
    train, held, stream = (
        Samples(x[at], y[at]) for at in (slice(0, 1500), slice(1500, 1800), slice(1800, 3000))
    )
    model = linear_net(d=6)
    trainer = Trainer(model, train, latent="0", seed=0)
    trainer.step(300)
    trainer.close()
    return model, train, held, stream


def batches(stream: Samples, seed: int, many: int = 60, size: int = 20):
    rng = np.random.default_rng(seed)
    for _ in range(many):
        at = rng.choice(len(stream), size, replace=False)
        yield stream.x[at], stream.y[at]


def test_quiet_streams_stay_quiet(held):
    model, train, part, stream = held
    alarms = 0
    for seed in range(40):
        watch = Watch(model, part, trained_on=train)
        alarms += any([watch.see(x, y) is not None for x, y in batches(stream, seed)])
    assert alarms <= 2


@pytest.mark.parametrize("labelled", [True, False], ids=["with labels", "without"])
def test_a_planted_change_is_called_within_ten_batches(held, labelled):
    model, train, part, stream = held
    soon = 0
    for seed in range(20):
        watch = Watch(model, part, trained_on=train)
        for k, (x, y) in enumerate(batches(stream, seed, 40)):
            if k >= 20:
                x = x if labelled else x + torch.tensor([0, 0, 1.5, 0, 0, 0])
                y = (
                    (y + (torch.rand(len(y), generator=torch.Generator().manual_seed(k)) < 0.4)) % 3
                    if labelled
                    else y
                )
            drift = watch.see(x, y if labelled else None)
            if drift is not None:
                soon += 20 < drift.step <= 30
                assert drift.what == "errors" if labelled else drift.what in ("confidence", "input 2")
                break
    assert soon >= 19


def test_a_net_that_was_always_right_does_not_alarm_at_its_first_mistakes(held):
    model, _, part, _ = held
    with torch.no_grad():
        right = (model(part.x).argmax(1) == part.y).numpy()
    watch = Watch(model, part.take(np.flatnonzero(right)))
    calm = part.take(np.flatnonzero(right)[:40])
    wrong = part.take(np.flatnonzero(~right)[:1])
    for k in range(10):
        x, y = (
            (torch.cat([calm.x[:19], wrong.x]), torch.cat([calm.y[:19], wrong.y]))
            if k == 4
            else (calm.x, calm.y)
        )
        assert watch.see(x, y) is None


def test_rows_that_the_model_was_trained_on_are_refused_by_number(held):
    model, train, part, _ = held
    mixed = Samples(torch.cat([part.x, train.x[:5]]), torch.cat([part.y, train.y[:5]]))
    with pytest.raises(ValueError, match="5 of the 305 rows held out are among those"):
        Watch(model, mixed, trained_on=train)


def test_what_may_be_done_is_tried_side_by_side_and_the_model_stays(held):
    model, _, _, stream = held
    before = weights(model)
    moved = Samples(stream.x.flip(1), stream.y)
    leave, warm, new = Watch(model, stream).options(moved, latent="0", steps=200)
    assert [o.what for o in (leave, warm, new)] == ["leave it", "warm start", "new"]
    assert leave.processor_seconds == 0 < min(warm.processor_seconds, new.processor_seconds)
    assert min(warm.accuracy, new.accuracy) > leave.accuracy and warm.low < warm.accuracy < warm.high
    assert same(weights(model), before)


def test_a_model_that_a_trainer_has_is_not_copied():
    model, data = linear_net(), clusters(60)
    watch = Watch(model, data)
    trainer = Trainer(model, data, latent="0")
    with pytest.raises(RuntimeError, match=r"close\(\) it first"):
        watch.options(data, latent="0", steps=1)
    trainer.close()


def test_regression_is_watched_by_its_squared_errors():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3)).astype(np.float32)
    y = (x.sum(1) + 0.1 * rng.normal(size=500)).astype(np.float32)
    model = nn.Linear(3, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.zero_()
    watch = Watch(model, Samples(x[:200], y[:200]))
    assert all(watch.see(x[k : k + 20], y[k : k + 20]) is None for k in range(200, 500, 20))
    found = [watch.see(x[k : k + 20], y[k : k + 20] + 1) for k in range(200, 400, 20)]
    assert any(drift is not None and drift.what == "errors" for drift in found)


def test_a_constant_input_does_not_alarm_while_it_stays_so():
    data = clusters(120)
    x = torch.cat([data.x, torch.ones(120, 1)], 1)
    watch = Watch(linear_net(d=5), Samples(x, data.y, features=["a", "b", "c", "d", "always one"]))
    assert all(watch.see(x[k : k + 30]) is None for k in (0, 30, 60, 90))
    named = [watch.see(torch.cat([data.x[:30], torch.full((30, 1), 1.5)], 1)) for _ in range(5)]
    assert any(drift is not None and drift.what == "always one" for drift in named)


def test_wrong_batches_are_refused_in_words():
    watch = Watch(linear_net(), clusters(60))
    with pytest.raises(ValueError, match=r"inputs of shape \(4,\)"):
        watch.see(torch.zeros(5, 3))
    with pytest.raises(ValueError, match="one label a row of x, 5 of them"):
        watch.see(torch.zeros(5, 4), [0, 1])
    with pytest.raises(ValueError, match="empty batch"):
        watch.see(torch.zeros(0, 4))
    with pytest.raises(ValueError, match="there is no class 'banana'"):
        watch.see(torch.zeros(1, 4), ["banana"])
    with pytest.raises(ValueError, match="20 labelled rows or more"):
        Watch(linear_net(), clusters(15))
    with pytest.raises(TypeError, match="labelled Samples"):
        Watch(linear_net(), torch.zeros(30, 4))


def test_an_input_that_is_no_number_is_a_drift_at_once_and_is_named():
    data = clusters(60)
    watch = Watch(linear_net(), Samples(data.x, data.y, features=["a", "b", "c", "d"]))
    dead = data.x[:20].clone()
    dead[3:, 2] = torch.nan
    drift = watch.see(dead, data.y[:20])
    assert drift is not None and drift.what == "c" and "no number in 17 rows" in drift.why
    assert watch.see(data.x[:20], data.y[:20]) is None


def test_one_row_and_other_types_of_numbers_are_told_apart():
    data = clusters(60)
    watch = Watch(linear_net(), data)
    with pytest.raises(ValueError, match=r"see\(x\[None\]\)"):
        watch.see(data.x[0])
    assert watch.see(data.x[:20].numpy().astype("float64")) is None
    watch.see(data.x[:20].to(torch.uint8))


def test_of_many_inputs_one_that_is_off_by_chance_makes_no_alarm():
    rng = np.random.default_rng(400)
    x = rng.exponential(size=(800, 64)).astype(np.float32)
    part, stream = (Samples(x[at], np.arange(800)[at] % 3) for at in (slice(0, 350), slice(350, 800)))
    model = linear_net(d=64)
    alarms = 0
    for seed in range(10):
        watch = Watch(model, part)
        alarms += any(watch.see(x) is not None for x, _ in batches(stream, seed))
    assert alarms <= 1


def test_what_is_no_model_and_no_samples_is_said():
    data = clusters(60)
    with pytest.raises(TypeError, match=r"lab\.trainer\.model is, got function"):
        Watch(lambda x: x, data)
    with pytest.raises(TypeError, match=r"trained_on takes Samples, .* got int"):
        Watch(linear_net(), data, trained_on=5)
    watch = Watch(linear_net(), data)
    for y in (5, torch.ones(20, 1)):
        with pytest.raises(ValueError, match=r"one label a row of x, 20 of them, got shape \("):
            watch.see(data.x[:20], y)
    assert repr(watch) == "Watch(Sequential against 60 rows held out, 2 batches seen, 0 drifts)"
