import numpy as np
import pytest

import greenlatent as gl
from greenlatent.data.samples import Samples


def sensed(seed=0, n=240, classes=3, copied=False):
    """Signals of four channels: the level of a tells class 0, the size of b class 2, the others tell nothing."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    x = rng.normal(size=(n, 4, 40))
    x[:, 0] += 2.0 * (y == 0)[:, None]
    x[:, 1] *= np.where(y == 2, 3.0, 1.0)[:, None]
    if copied:
        x[:, 3] = y[:, None]
    return Samples(x.astype("f4"), y, classes=["sit", "stand", "walk"], features=["a", "b", "c", "d"])


def test_each_channel_tells_the_classes_that_it_can_and_no_others():
    found = gl.relevance.channels(sensed())
    assert found.of("sit", "stand") == ["a"] and found.of("walk", "stand") == ["b"]
    assert set(found.of("sit", "walk")) == {"a", "b"}
    assert [found.channels[k] for k in found.order[:2]] == ["a", "b"] or found.order[0] == 1
    assert found.bits.shape == found.f_ratio.shape == (4, 3) and found.null.shape == (3,)


def test_bits_of_a_pair_are_those_of_a_naive_count():
    data = sensed(copied=True)
    found, y = gl.relevance.channels(data), data.y.numpy()
    p = (y[y != 2] == 0).mean()
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    chance = 1 / (2 * (y != 2).sum() * np.log(2))
    assert found.bits[3, 0] == pytest.approx(entropy - chance)
    assert np.isinf(found.f_ratio[3]).all() and found.order[0] == 3


def test_the_f_ratio_is_that_of_scipy():
    from scipy.stats import f_oneway

    data = Samples(np.random.default_rng(1).normal(size=(50, 3)).astype("f4"), np.arange(50) % 2)
    found = gl.relevance.channels(data)
    x, y = data.x.numpy().astype(float), data.y.numpy()
    assert found.f_ratio[:, 0] == pytest.approx(f_oneway(x[y == 0], x[y == 1]).statistic)
    assert found.channels == ("feature 1", "feature 2", "feature 3")


def test_on_the_watch_a_shuffled_channel_comes_last_and_a_copied_label_first():
    watch = gl.datasets.watch()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        some = watch.take(rng.permutation(len(watch))[:800])
        x = some.x.numpy().copy()
        shuffled, copied = rng.choice(6, 2, replace=False)
        x[:, shuffled] = x[rng.permutation(800), shuffled]
        x[:, copied] = some.y.numpy()[:, None]
        found = gl.relevance.channels(Samples(x, some.y, classes=some.classes), permutations=5, seed=seed)
        assert (found.order[0], found.order[-1]) == (copied, shuffled), seed


def test_permuted_labels_are_told_by_nothing():
    data = sensed()
    told = 0
    for seed in range(20):
        y = np.random.default_rng(seed).permutation(data.y.numpy())
        told += gl.relevance.channels(Samples(data.x, y, classes=data.classes), seed=seed).tells.any(0).sum()
    assert told <= 8  # of 60 pairs; 3 are what the null promises


def test_a_table_has_a_row_a_channel_and_a_column_a_pair():
    found = gl.relevance.channels(sensed())
    frame = found.to_frame()
    assert list(frame.index) == ["a", "b", "c", "d"] and "sit | stand" in frame.columns
    assert str(found).count("bits a pair") == 4


def test_classes_that_were_mixed_overlap_in_inputs_and_latents_and_others_do_not():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 3
    x = rng.normal(size=(600, 4)) + 8 * np.eye(4)[y]
    mixed = np.where(y < 2, rng.permutation(600) % 2, 2)
    found = gl.relevance.overlap(x, mixed, classes=["sit", "stand", "walk"])
    (worst, *_) = found.pairs
    assert worst[:2] == ("sit", "stand") and worst[2] > 0.85 and found.table[0, 2] < 0.02
    assert str(found).startswith("sit and stand overlap ")
    assert str(gl.relevance.overlap(x, y)) == "no two classes overlap"
    assert gl.relevance.overlap(Samples(x.astype("f4"), y)).table[0, 1] < 0.02


def test_what_cannot_be_told_is_refused_in_words():
    with pytest.raises(ValueError, match="permutations is a number from 1 up"):
        gl.relevance.channels(sensed(), permutations=0)
    with pytest.raises(ValueError, match="labels of one class or none"):
        gl.relevance.channels(Samples(np.ones((5, 2), "f4"), np.zeros(5, int)))
    with pytest.raises(ValueError, match="channels are told apart by classes"):
        gl.relevance.channels(Samples(np.ones((5, 2), "f4"), np.ones(5)))
    with pytest.raises(ValueError, match="no class 'run'; the classes are sit, stand, walk"):
        gl.relevance.channels(sensed()).of("run", "sit")
    with pytest.raises(ValueError, match="two classes are told apart"):
        gl.relevance.channels(sensed()).of("sit", "sit")
    with pytest.raises(ValueError, match=r"overlap takes values \(n, d\)"):
        gl.relevance.overlap(np.ones(4), np.ones(4))
