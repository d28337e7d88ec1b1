import numpy as np
import pytest
import torch

import greenlatent as gl
from greenlatent.data.samples import Samples
from greenlatent.datasets.disturbing import KINDS, disturb


def signals(n=12):
    x = np.random.default_rng(0).normal(size=(n, 6, 20)).astype("f4")
    names = [f"c{k}" for k in range(6)]
    return Samples(x, np.arange(n) % 3, groups={"who": np.arange(n) // 4}, features=names, preview="signal")


@pytest.mark.parametrize("kind", KINDS)
def test_severity_nought_changes_nothing_and_the_same_seed_gives_the_same(kind):
    data = signals().take([3, 1, 7, 8, 9, 2])
    still, once, twice = (disturb(data, kind, severity=s, seed=4) for s in (0, 0.4, 0.4))
    assert np.allclose(still.x, data.x, atol=1e-6) and still.y.tolist() == data.y.tolist()
    assert np.array_equal(once.x, twice.x) and once.y.tolist() == twice.y.tolist()
    assert once.origin.tolist() == data.origin.tolist() and once.features == data.features
    assert once.groups["who"].tolist() == data.groups["who"].tolist() and once.classes == data.classes
    assert not np.array_equal(once.x, data.x) or once.y.tolist() != data.y.tolist()


def test_a_turn_keeps_the_length_of_each_triple_and_half_a_turn_twice_is_none():
    data = signals()
    turned = disturb(data, "rotate", severity=0.3, seed=1)
    length = [np.linalg.norm(np.asarray(s.x).reshape(12, 2, 3, 20), axis=2) for s in (data, turned)]
    assert np.allclose(*length, atol=1e-4)
    twice = disturb(disturb(data, "rotate", severity=1, seed=1), "rotate", severity=1, seed=1)
    assert np.allclose(twice.x, data.x, atol=1e-4)


def test_noise_is_of_the_size_of_each_channel():
    data = signals(400)
    louder = Samples(data.x * torch.tensor([1, 1, 1, 1, 1, 10.0])[:, None], data.y)
    added = (disturb(louder, "noise", severity=0.5, seed=0).x - louder.x).numpy().std(axis=(0, 2))
    assert added == pytest.approx([0.5] * 5 + [5.0], rel=0.1)


def test_dropout_kills_whole_channels_and_a_shift_only_moves():
    data = signals(100)
    dead = (disturb(data, "dropout", severity=0.25, seed=0).x == 0).numpy()
    assert (dead.all(2) == dead.any(2)).all() and dead.mean() == pytest.approx(0.25, abs=0.06)
    moved = disturb(data, "shift", severity=0.5, seed=0)
    assert np.array_equal(np.sort(moved.x, 2), np.sort(data.x, 2)) and not np.array_equal(moved.x, data.x)


def test_labels_of_others_and_of_nobody_are_told_apart():
    data = signals(300)
    y = data.y.clone()
    y[:30] = -1
    wrong = disturb(data.take(np.arange(300), y=y), "label", severity=0.2, seed=0).y
    assert (wrong[:30] == -1).all() and (wrong[30:] != y[30:]).float().mean() == pytest.approx(0.2, abs=0.01)


def test_regression_and_images_are_disturbed_too():
    assert disturb(Samples(np.ones((9, 4), "f4"), np.arange(9.0)), "noise", severity=1).regression
    assert disturb(Samples(np.ones((9, 1, 4, 4), "f4"), np.arange(9) % 2), "dropout", severity=1).x.sum() == 0


def test_what_cannot_be_is_refused_in_words():
    for options, said in (
        ({"kind": "heat"}, "kind is 'rotate'"),
        ({"severity": 1.5}, "from 0 .not at all. to 1"),
        ({"severity": "much"}, "from 0 .not at all. to 1"),
        ({"kind": "label", "severity": 0.9}, "0.5 at most"),
        ({"seed": -1}, "from 0 up"),
    ):
        with pytest.raises(ValueError, match=said):
            disturb(signals(), **options)
    with pytest.raises(ValueError, match="channels in threes"):
        gl.datasets.disturb(Samples(np.ones((9, 4), "f4"), np.arange(9) % 2), kind="rotate")
