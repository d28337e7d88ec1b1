import numpy as np
import pytest
import torch

from greenlatent.suggestions.diagnosis.inputs import read
from greenlatent.suggestions.diagnosis.second import RIDGE, linear, neighbours, overlaps, votes

from ...parts import clusters


def test_the_linear_look_is_that_of_a_model_fitted_without_the_sample():
    rng = np.random.default_rng(0)
    z, given = torch.tensor(rng.normal(size=(30, 3)), dtype=torch.float32), np.arange(30) % 3
    given[4] = -1
    x = (z - z.mean(0)) / z.std(0, correction=0)
    x = np.c_[x.numpy(), np.ones(30)].astype(float)
    y = np.eye(3)[given] * (given >= 0)[:, None]
    found = linear(z, given, 3)
    for i in (0, 4, 17):
        rest = (np.arange(30) != i) & (given >= 0)
        a = x[rest].T @ x[rest] + RIDGE * 30 * np.eye(4)
        said = np.clip(x[i] @ np.linalg.solve(a, x[rest].T @ y[rest]), 0, 1)
        assert found[i] == pytest.approx(said / said.sum(), abs=1e-4)


def test_votes_are_shares_and_nobody_votes_where_nobody_has_a_label():
    data = clusters(n=90)
    found = read(data.x)
    vote = votes(found, data.y.numpy(), 3)
    assert vote.sum(1) == pytest.approx(1, abs=1e-5) and (vote.argmax(1) == data.y.numpy()).mean() > 0.95
    assert votes(found, np.full(90, -1), 3).sum() == 0
    assert neighbours(found, np.full(90, -1), 3).sum() == 0


def test_classes_that_are_apart_overlap_by_nothing_and_shuffled_ones_by_about_all():
    data = clusters(n=600)
    y = data.y.numpy().copy()
    inside = y < 2
    y[inside] = np.random.default_rng(0).permutation(y[inside])
    found = overlaps(votes(read(data.x), y, 3), y)
    assert found[0, 1] == found[1, 0] > 0.85 and found[0, 2] < 0.05 and found[2, 2] == 0
