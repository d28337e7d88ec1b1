"""Files of FashionMNIST and CIFAR-10 are read as they were written, and damaged ones refused in words."""

import gzip

import numpy as np
import pytest

import greenlatent as gl

RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 256, (64, 28, 28), np.uint8), RNG.integers(0, 10, 64, np.uint8)


def head(*numbers):
    return np.array(numbers, ">u4").tobytes()


@pytest.fixture
def fashion(tmp_path):
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(head(0x801, 64) + Y.tobytes())
    images = gzip.compress(head(0x803, 64, 28, 28) + X.tobytes())
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(images)
    return tmp_path


def test_fashion_is_read_packed_or_not(fashion):
    found = gl.datasets.fashion(fashion)
    assert found.shape == (1, 28, 28) and found.classes[9] == "ankle boot"
    assert (found.x.numpy()[:, 0] * 255 == X).all() and (found.y.numpy() == Y).all()


def test_cifar_is_read_from_its_binary_files_in_order(tmp_path):
    x, y = RNG.integers(0, 256, (64, 3072), np.uint8), RNG.integers(0, 10, 64, np.uint8)
    rows = np.concatenate([y[:, None], x], 1)
    for k in range(2):
        (tmp_path / f"data_batch_{k + 1}.bin").write_bytes(rows[32 * k : 32 * k + 32].tobytes())
    found = gl.datasets.cifar10(tmp_path)
    assert found.shape == (3, 32, 32) and (found.y.numpy() == y).all()
    assert np.allclose(found.x.numpy().reshape(64, -1) * 255, x)
    with pytest.raises(FileNotFoundError, match="binary version"):
        gl.datasets.cifar10(tmp_path, "test")
    (tmp_path / "test_batch.bin").write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="no file of images"):
        gl.datasets.cifar10(tmp_path, "test")
    rows[:, 0] = 10
    (tmp_path / "test_batch.bin").write_bytes(rows.tobytes())
    with pytest.raises(ValueError, match="there are 10 classes"):
        gl.datasets.cifar10(tmp_path, "test")


def test_what_is_damaged_or_missing_is_refused_in_words(fashion):
    with pytest.raises(FileNotFoundError, match="neither t10k-images"):
        gl.datasets.fashion(fashion, "t10k")
    with pytest.raises(ValueError, match='give "train" or "t10k"'):
        gl.datasets.fashion(fashion, "valid")
    labels = fashion / "train-labels-idx1-ubyte"
    for raw in (head(0x801, 64) + Y.tobytes()[:9], head(0x803, 64) + Y.tobytes(), b"", b"<html>"):
        labels.write_bytes(raw)
        with pytest.raises(ValueError, match="download it again"):
            gl.datasets.fashion(fashion)
    labels.write_bytes(head(0x801, 3) + Y.tobytes()[:3])
    with pytest.raises(ValueError, match="64 images and 3 labels"):
        gl.datasets.fashion(fashion)
