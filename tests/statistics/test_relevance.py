"""Relevance against references: scikit-learn's F and mutual information, and features that matter or do not."""

import numpy as np
import pytest
from sklearn.feature_selection import f_classif
from sklearn.metrics import mutual_info_score

from greenlatent.statistics.relevance import f_ratio, mutual_information, permutation


def classes(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Three classes: they differ in the mean on axis 0, in the spread on axis 1, and nowhere on the others."""
    random = np.random.default_rng(0)
    labels = np.arange(n) % 3
    values = random.normal(0, 1, (n, 4))
    values[:, 0] += labels
    values[:, 1] *= np.array([0.2, 1.0, 4.0])[labels]
    return values, labels


def test_the_f_ratio_is_that_of_an_analysis_of_variance():
    values, labels = classes()
    found = f_ratio(values, labels)
    np.testing.assert_allclose(found.scores, f_classif(values, labels)[0], rtol=1e-9)
    assert found.order[0] == 0 and "class means" in found.text


def test_the_f_ratio_leaves_out_gaps_infinities_and_samples_without_a_label():
    values, labels = classes()
    holes = values.copy()
    holes[::7, 0] = np.nan
    holes[1::7, 0] = np.inf
    holes[2::7, 0] = 1e35
    holes[:, 3] = np.nan
    labels[5:50] = -1
    known = np.isfinite(holes[:, 0]) & (holes[:, 0] < 1e30) & (labels >= 0)
    wanted = f_classif(values[known][:, :1], labels[known])[0]
    found = f_ratio(holes, labels).scores
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-9)
    assert np.isnan(found[3])


@pytest.mark.parametrize(
    "values, labels, wanted",
    [
        ([[1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 1], np.nan),
        ([[1.0], [1.0], [2.0], [2.0]], [0, 0, 1, 1], np.inf),
        ([[1.0], [2.0], [3.0], [4.0]], [0, 0, 0, 0], np.nan),
        ([[1.0], [2.0]], [0, 1], np.nan),
        (np.zeros((0, 1)), np.zeros(0, int), np.nan),
        ([[1e9 + 1.0], [1e9], [1e9 + 1], [1e9]], [0, 0, 1, 1], 0.0),
    ],
    ids=["constant", "apart", "one class", "no spread to know", "nothing", "far from nought"],
)
def test_odd_axes_have_an_honest_f_ratio(values, labels, wanted):
    found = f_ratio(values, labels)
    np.testing.assert_equal(found.scores, [wanted])
    assert found.order.tolist() == [0]


def test_mutual_information_is_that_of_the_stretches_less_what_chance_tells():
    values, labels = classes(6000)
    found = mutual_information(values, labels)
    for d in range(4):
        cut = np.searchsorted(np.quantile(values[:, d], np.arange(1, 16) / 16), values[:, d])
        chance = 15 * 2 / (2 * 6000)
        wanted = (mutual_info_score(cut, labels) - chance) / np.log(2)
        assert found.scores[d] == pytest.approx(max(0, wanted), abs=1e-9)
    assert found.scores[2] < 0.01 and found.scores[3] < 0.01, "chance is not taken for information"


def test_mutual_information_sees_what_the_f_ratio_does_not():
    values, labels = classes()
    assert f_ratio(values, labels).scores[1] < 10
    bits = mutual_information(values, labels).scores
    assert bits[1] > 0.3 and bits[1] > bits[0] / 2
    gaps = np.where(np.arange(600)[:, None] % 2, values, np.nan)
    assert mutual_information(gaps, labels).scores[1] > 0.3
    assert np.isnan(mutual_information(np.full((600, 1), np.nan), labels).scores[0])
    assert mutual_information(np.ones((600, 1)), labels).scores[0] == 0


def test_a_feature_that_a_loss_needs_costs_when_it_is_shuffled():
    random = np.random.default_rng(0)
    x = random.normal(0, 1, (500, 3, 20))
    wanted = 3 * x[:, 0].mean(1) + x[:, 2].mean(1)

    def loss(change):
        seen = x if change is None else change(x)
        return float(np.square(3 * seen[:, 0].mean(1) + seen[:, 2].mean(1) - wanted).mean())

    found = permutation(loss, 3, repeats=3)
    assert found.order.tolist() == [0, 2, 1]
    assert found.scores[1] == 0
    np.testing.assert_array_equal(permutation(loss, 3, repeats=3).scores, found.scores)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: f_ratio([1.0, 2.0], [0, 1]), r"values \(n, d\) and n labels"),
        (lambda: f_ratio([[1.0], [2.0]], [0]), "n labels"),
        (lambda: mutual_information([[1.0]], [0.5]), "class indices"),
        (lambda: permutation(lambda change: 0.0, 0), "at least 1 feature"),
    ],
)
def test_what_cannot_be_scored_is_refused(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
