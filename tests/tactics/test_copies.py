"""Copies: every planted copy is found and none else, whatever the data."""

import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples
from greenlatent.tactics import copies
from greenlatent.tactics.copies import find_copies, shared_rows
from tests.parts import clusters


def planted(seed: int, near: bool = False) -> tuple[Samples, set[int]]:
    """Data in which some rows copy others of their class, and which these are; the copy comes after what it copies."""
    rng = np.random.default_rng(seed)
    n, d, copied = int(rng.integers(40, 200)), int(rng.integers(2, 12)), int(rng.integers(1, 15))
    x, y = rng.normal(size=(n, d)).astype(np.float32), rng.integers(0, 3, n)
    of = rng.choice(n, copied, replace=False)
    more = x[of] + (1e-4 * rng.normal(size=(copied, d)).astype(np.float32) if near else 0)
    return Samples(np.concatenate([x, more]), np.concatenate([y, y[of]])), set(range(n, n + copied))


@pytest.mark.parametrize("near", [False, True], ids=["exact", "near"])
def test_every_planted_copy_is_found_and_none_else(near):
    missed = []
    for seed in range(100):
        data, there = planted(seed, near)
        found = find_copies(data)
        # by chance two rows of few dimensions are as near as planted ones: these are copies, too
        if not there <= set(found.spare) or (
            not near and set(found.spare) - there - {i for g in found.near for i in g}
        ):
            missed.append(seed)
        assert not found.divided
    assert missed == []


@pytest.mark.slow
def test_of_200_random_plantings_every_copy_is_found_and_none_else():
    for seed in range(400, 600):
        rng = np.random.default_rng(seed)
        n, d, copied = int(rng.integers(40, 300)), int(rng.integers(8, 64)), int(rng.integers(1, 40))
        x, y = rng.normal(size=(n, d)).astype(np.float32), rng.integers(0, 4, n)
        of = rng.integers(0, n, copied)  # the same row may be copied twice
        near = rng.random(copied) < 0.5
        more = x[of] + near[:, None] * 1e-4 * rng.normal(size=(copied, d)).astype(np.float32)
        order = rng.permutation(n + copied)
        x, y = np.concatenate([x, more])[order], np.concatenate([y, y[of]])[order]
        group = np.concatenate([np.arange(n), of])[order]  # rows that hold the same, or nearly
        first = {row: i for i, row in reversed(list(enumerate(group)))}
        expected = tuple(i for i, row in enumerate(group) if first[row] != i)
        assert find_copies(Samples(x, y)).spare == expected, seed


@pytest.mark.slow
def test_of_200_random_splits_the_twins_across_are_counted_within_one():
    for seed in range(400, 600):
        rng = np.random.default_rng(seed)
        n, d, copied = int(rng.integers(60, 300)), int(rng.integers(3, 40)), int(rng.integers(1, 40))
        x = rng.normal(size=(n, d)).astype(np.float32)
        of = rng.integers(0, n, copied)
        data = Samples(np.concatenate([x, x[of]]), np.concatenate([np.arange(n), of]) % 3)
        train, valid = data.split(valid=0.3, seed=seed)
        there = {row.numpy().tobytes() for row in train.x}
        twins = sum(row.numpy().tobytes() in there for row in valid.x)
        assert abs(len(shared_rows(valid, train)) - twins) <= 1, seed


def test_in_data_without_copies_there_are_none():
    for seed in range(30):
        x = np.random.default_rng(seed).normal(size=(150, 16)).astype(np.float32)
        assert find_copies(Samples(x, np.arange(150) % 3)).spare == ()


def test_the_same_inputs_under_different_labels_are_told_apart_and_left_to_people():
    x = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    x[7], x[20] = x[3], x[3]
    y = np.arange(30) % 2  # 3 and 7 are odd, 20 is even
    found = find_copies(Samples(x, y))
    assert found.divided == ((3, 7, 20),) and found.spare == ()


def test_chains_of_copies_are_one_group_and_one_of_it_stays():
    data = clusters(60)
    x = torch.cat([data.x, data.x[:1], data.x[:1], data.x[:1] + 1e-5])
    found = find_copies(Samples(x, torch.cat([data.y, data.y[:1].repeat(3)])))
    assert found.exact == () and found.near == ((0, 60, 61, 62),) and found.spare == (60, 61, 62)


def test_a_negative_zero_is_a_zero():
    x = np.random.default_rng(0).normal(size=(10, 2)).astype(np.float32)
    x[2], x[5] = [0.0, 1.0], [-0.0, 1.0]
    assert find_copies(Samples(x, [0, 1] * 5), near=0).exact == ()  # their labels differ
    assert find_copies(Samples(x, [0] * 10), near=0).exact == ((2, 5),)


def test_small_distances_between_large_numbers_are_seen():
    x = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32) + 1e4
    x[40] = x[3] + 0.002
    assert find_copies(Samples(x, np.zeros(50, dtype=int))).near == ((3, 40),)


def test_products_find_what_exact_distances_find(monkeypatch):
    def exact(points):
        parts = [copies._distances(points, at).min(1).values for at in copies._blocks_of(points)]
        return torch.cat(parts), copies._usual(torch.cat(parts))

    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(300, 40)).astype(np.float32) + 3.0
        x[200:] = x[:100] + 10.0 ** rng.uniform(-4, 0, size=(100, 1)).astype(np.float32) * rng.normal(
            size=(100, 40)
        )
        data = Samples(x.astype(np.float32), np.arange(300) % 2)
        found = find_copies(data)
        with monkeypatch.context() as patched:
            patched.setattr(copies, "_nearest", exact)
            assert find_copies(data).spare == found.spare and 20 < len(found.spare) < 90


def test_rows_on_both_sides_of_a_split_are_counted():
    data, _ = planted(3)
    train, valid = data.split(0.3, seed=1)
    rows = {row.tobytes() for row in train.x.numpy()}
    by_hand = [i for i, row in enumerate(valid.x.numpy()) if row.tobytes() in rows]
    assert shared_rows(valid, train) == by_hand and len(by_hand) > 0
    assert shared_rows(valid, clusters(20, d=3)) == []
