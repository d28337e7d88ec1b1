import numpy as np
import pytest
import torch

from greenlatent.data.samples import Samples

from ..parts import clusters, linear_net, same, trainer, weights


def test_split_by_group_keeps_groups_whole_and_remembers_rows():
    data = clusters(60)
    train, valid = data.split(0.3, by="place", seed=1)
    assert not set(train.groups["place"]) & set(valid.groups["place"])
    assert sorted([*train.origin, *valid.origin]) == list(range(60))
    for part in (train, valid):
        assert torch.equal(part.x, data.x[torch.as_tensor(part.origin)])
        assert torch.equal(part.y, data.y[torch.as_tensor(part.origin)])
    assert len(valid) == pytest.approx(18, abs=3)


def test_split_without_group_spreads_classes_evenly():
    train, valid = clusters(60).split(0.3, seed=3)
    assert torch.bincount(valid.y).tolist() == [6, 6, 6] and torch.bincount(train.y).tolist() == [14, 14, 14]


def test_a_split_of_a_split_points_at_its_parent():
    train, _ = clusters(60).split(0.5, seed=0)
    inner, _ = train.split(0.5, seed=0)
    assert set(inner.origin) <= set(train.origin)


def test_split_is_the_same_for_the_same_seed_and_another_for_another():
    data = clusters(60)
    first, again, other = (data.split(0.3, seed=s)[0] for s in (1, 1, 2))
    assert (first.origin == again.origin).all() and (first.origin != other.origin).any()


def test_fingerprint_tells_data_apart():
    data = clusters(60)
    assert data.fingerprint == clusters(60).fingerprint
    relabelled = data.take(np.arange(60), y=(data.y + 1) % 3)
    train, valid = data.split(0.5, seed=0)
    assert len({s.fingerprint for s in (data, relabelled, train, valid, clusters(60, seed=1))}) == 5


def test_labels_may_be_missing_or_numbers():
    some = Samples(np.zeros((3, 2)), [-1, 0, 1])
    assert some.classes == ("0", "1") and not some.regression
    floats = Samples(np.zeros((3, 2)), [0.5, np.nan, 2.0])
    assert floats.regression and floats.classes == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"y": [0, 1]}, "y has 2 entries for 3 samples"),
        ({"y": [0, 1, 2], "classes": ["a", "b"]}, "y holds class 2, but classes names only 2"),
        ({"y": [0, 1, -2]}, "-1 means no label"),
        ({"y": [[[0]], [[1]], [[2]]]}, "one label per sample"),
        ({"y": ["a", "b", "c"], "classes": ["a", "b"]}, "name it in classes="),
        ({"y": [0, 1, 2], "classes": ["a", "a", "b"]}, "differ from each other"),
        ({"y": [0.0, 1.5, 2.0], "classes": ["a"]}, "regression"),
        ({"y": [0, 1, 2], "groups": {"subject": [1]}}, r"groups\['subject'\] has 1 entries for 3"),
        ({"y": [0, 1, 2], "weights": [1, -1, 1]}, "not negative"),
        ({"y": [0, 1, 2], "names": ["a", "a", "b"]}, "keys of rows"),
        ({"y": [0, 1, 2], "preview": "video"}, '"image", "signal", "text"'),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Samples(np.zeros((3, 2)), **arguments)


def test_unknown_group_and_impossible_split_are_named():
    data = clusters(60)
    with pytest.raises(ValueError, match="there is no group 'subject' to split by; groups: place"):
        data.split(0.3, by="subject")
    with pytest.raises(ValueError, match="between 0 and 1"):
        data.split(1.5)


class Rows(torch.utils.data.Dataset):
    """Counts how often an item is read; `noisy` stands for augmentation."""

    def __init__(self, noisy: bool, targets: bool):
        self.noisy, self.read = noisy, []
        if targets:
            self.targets = [0, 1, 0, 1]

    def __len__(self):
        return 4

    def __getitem__(self, i):
        self.read.append(i)
        return torch.full((3,), float(i)) + (100 if self.noisy else 0), i % 2


def test_a_dataset_with_targets_is_wrapped_without_reading_it():
    rows = Rows(noisy=False, targets=True)
    data = Samples.from_dataset(rows)
    assert rows.read == [] and data.y.tolist() == [0, 1, 0, 1] and data.lazy


def test_a_dataset_without_targets_is_read_once_with_progress():
    rows, seen = Rows(noisy=False, targets=False), []
    data = Samples.from_dataset(rows, progress=lambda done, of: seen.append((done, of)))
    assert rows.read == [0, 1, 2, 3] and seen[-1] == (4, 4) and data.y.tolist() == [0, 1, 0, 1]


def test_view_is_the_dataset_without_augmentation():
    data = Samples.from_dataset(Rows(noisy=True, targets=True), view=Rows(noisy=False, targets=True))
    part = data.take([3, 1])
    ids = torch.tensor([0, 1])
    assert part.inputs(ids)[:, 0].tolist() == [103, 101] and part.view(ids)[:, 0].tolist() == [3, 1]
    with pytest.raises(TypeError, match=r"use inputs\(ids\)"):
        _ = part.x


def test_preview_functions_follow_a_split():
    data = Samples(np.zeros((4, 2)), [0, 1, 0, 1], preview=lambda i: f"row {i}")
    assert data.take([3]).preview(0) == "row 3"


def test_gaps_in_the_inputs_are_named_by_row():
    x = np.zeros((5, 2))
    x[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN or infinity in row 3"):
        Samples(x, [0, 1, 0, 1, 0])
    with pytest.raises(ValueError, match="infinite in row 1"):
        Samples(np.zeros((2, 2)), [0.5, np.inf])


def test_items_of_several_shapes_are_refused_in_words():
    items = [(torch.zeros(3 + i % 2), i % 3) for i in range(6)]
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(4,\); crop or pad"):
        Samples.from_dataset(items).view(torch.arange(6))


def test_a_kept_dataset_reads_each_item_once_and_trains_bit_for_bit_as_before():
    x = clusters(60).x

    class Counted(torch.utils.data.Dataset):
        targets = clusters(60).y

        def __init__(self):
            self.read = []

        def __len__(self):
            return 60

        def __getitem__(self, i):
            self.read.append(i)
            return x[i], int(self.targets[i])

    rows, ends = Counted(), []
    lazy = Samples.from_dataset(rows)
    kept = lazy.kept()
    times = [rows.read.count(i) for i in range(60)]
    assert set(times) == {1, 2} and times.count(2) == 32  # to see that they stay
    read = len(rows.read)
    assert not kept.lazy and kept.fingerprint == lazy.fingerprint
    for data in (lazy, kept):
        one = trainer(data, linear_net(), latent="0", batch_size=16)
        one.step(40)
        ends.append(weights(one.model))
    assert same(*ends) and len(rows.read) > read + 40 * 16 - 60
    assert kept.kept() is kept


def test_what_training_draws_anew_is_not_kept():
    class Noisy(Rows):
        def __getitem__(self, i):
            return torch.full((3,), float(i)) + torch.rand(3), i % 2

    class SeldomFlipped(Rows):
        def __getitem__(self, i):
            x = torch.arange(3.0) + i
            return (x.flip(0) if torch.rand(1) < 1e-6 else x), i % 2

    class OwnNumbers(Rows):
        numbers = np.random.default_rng(0)

        def __getitem__(self, i):
            return torch.full((3,), float(i)) + float(self.numbers.random()), i % 2

    before = torch.random.get_rng_state()
    for dataset in (Noisy, SeldomFlipped, OwnNumbers):
        with pytest.raises(ValueError, match="drawn anew each time"):
            Samples.from_dataset(dataset(noisy=False, targets=True)).kept()
    assert torch.equal(torch.random.get_rng_state(), before)
    with pytest.raises(ValueError, match="view= is without"):
        Samples.from_dataset(Rows(noisy=True, targets=True), view=Rows(noisy=False, targets=True)).kept()


def test_what_does_not_fit_is_not_kept_and_said_so(monkeypatch):
    monkeypatch.setattr("greenlatent.data.inputs.memory_bytes", lambda: 100.0)
    with pytest.raises(ValueError, match="all inputs would take"):
        Samples.from_dataset(Rows(noisy=False, targets=True)).kept()
