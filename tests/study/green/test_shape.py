"""Shapes: each class keeps its share, nothing knows the test part, and what cannot be split is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import chisquare

from greenlatent.study import Shape, split
from greenlatent.study.green.shape import stratified


def data(n: int = 400, k: int = 12, seed: int = 0):
    rng = np.random.default_rng(seed)
    y = rng.choice(["ham", "spam", "eggs"], n, p=[0.6, 0.3, 0.1])
    X = rng.random((n, k))
    X[:, 0] += y == "spam"
    return X, y


@given(st.integers(1, 99), st.integers(0, 50))
def test_each_class_keeps_its_share_within_a_row(percent, seed):
    _, y = data(300)
    rows = stratified(y, percent / 100, seed)
    for name in np.unique(y):
        exact = percent / 100 * (y == name).sum()
        assert abs((y[rows] == name).sum() - exact) < 1 or exact < 1
    assert len(set(rows.tolist())) == len(rows)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_strata_are_those_of_all_by_chi_square(share):
    _, y = data(1000)
    names, counts = np.unique(y, return_counts=True)
    rows = stratified(y, share, 0)
    seen = np.array([(y[rows] == name).sum() for name in names])
    assert chisquare(seen, counts * seen.sum() / counts.sum()).pvalue > 0.99


def test_one_test_part_a_seed_whatever_is_left_of_the_rest():
    X, y = data()
    one, again, other = split(X, y, 3), split(X, y, 3), split(X, y, 4)
    assert one.test.tolist() == again.test.tolist() != other.test.tolist()
    assert len(one.test) == round(0.3 * len(y)) and not set(one.test) & set(one.train)


def test_whole_groups_go_into_the_test_part():
    X, y = data()
    groups = np.arange(len(y)) // 10
    found = split(X, y, 0, by=groups)
    assert not set(groups[found.test]) & set(groups[found.train])
    assert 0.2 < len(found.test) / len(y) < 0.4


def test_a_feature_that_only_the_test_part_betrays_is_never_chosen():
    X, y = data(seed=1)
    found = split(X, y, 0)
    X[found.test, 5] = (y[found.test] == "spam") * 100.0  # nothing of it is in training
    X[found.train, 5] = 0.5
    for seed in range(20):
        taken = Shape(features=0.25).take(X[found.train], y[found.train], seed)
        assert 5 not in taken.columns and 0 in taken.columns


def test_scaling_knows_the_rows_that_are_left_and_no_others():
    X, y = data()
    taken = Shape(rows=0.2).take(X, y, 0)
    kept = X[taken.rows]
    assert np.allclose(taken.X, (kept - kept.min(0)) / (kept.max(0) - kept.min(0)))
    assert taken.apply(X * 100).max() == 1.0


def test_sparse_and_dense_give_the_same_columns():
    rng = np.random.default_rng(0)
    X = rng.poisson(0.3, (300, 40)).astype(float)
    y = (X[:, 3] + X[:, 7] > 0).astype(int)
    dense = Shape(features=0.2).take(X, y, 0)
    thin = Shape(features=0.2).take(sparse.csr_matrix(X), y, 0)
    assert dense.columns.tolist() == thin.columns.tolist() and {3, 7} <= set(dense.columns)
    assert np.allclose(dense.X, thin.X.toarray())
    assert np.allclose(dense.apply(X), thin.apply(sparse.csr_matrix(X)).toarray())


def test_so_many_labels_are_wrong_and_numbers_are_kept_as_asked():
    X, y = data()
    taken = Shape(wrong=0.3, noise="pair", numbers="uint8").take(X, y, 0)
    assert abs((taken.y != y).mean() - 0.3) < 0.02
    assert taken.X.dtype == np.uint8 and taken.X.max() == 255
    assert taken.apply(X).dtype == np.uint8


def test_copies_across_the_split_are_counted():
    X, y = data(100)
    X[50:], y[50:] = X[:50], y[:50]
    found = split(X, y, 0)
    twins = {tuple(row) for row in X[found.train]}
    assert found.copies == sum(tuple(row) in twins for row in X[found.test]) > 0


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"rows": 0}, "rows=0; give a share"),
        ({"features": 1.5}, "features=1.5"),
        ({"wrong": 1.0}, "wrong=1.0"),
        ({"noise": "salt"}, "noise='salt'"),
        ({"numbers": "int4"}, "numbers='int4'"),
    ],
)
def test_shapes_that_are_none_are_refused(given_, says):
    with pytest.raises(ValueError, match=says):
        Shape(**given_)


def test_data_that_cannot_be_split_are_refused_in_words():
    X, y = data()
    with pytest.raises(ValueError, match="pass one label a row"):
        split(X, y[:-1], 0)
    gaps = X.copy()
    gaps[3, 2] = np.nan
    with pytest.raises(ValueError, match="gaps"):
        split(gaps, y, 0)
    rare = y.copy()
    rare[:3] = "rare"
    with pytest.raises(ValueError, match="class 'rare' has 3 rows"):
        split(X, rare, 0)
    with pytest.raises(ValueError, match="one class"):
        split(X, np.zeros(len(X)), 0)
    with pytest.raises(ValueError, match="negative values"):
        Shape(features=0.5).take(sparse.csr_matrix(X - 1), y, 0)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_sparse_rows_of_either_kind_are_split_and_kept_in_bytes(kind):
    X, y = data(100)
    assert split(kind(np.vstack([X, X])), np.concatenate([y, y]), 0).copies > 0
    low = Shape(numbers="uint8").take(kind(X), y, 0).X
    assert low.dtype == np.uint8 and low.max() == 255
    with pytest.raises(ValueError, match="no sparse rows of float16"):
        Shape(numbers="float16").take(kind(X), y, 0)
