"""Folders: images that somebody downloaded, FashionMNIST as it is published and CIFAR-10 in its binary version."""

from __future__ import annotations

import gzip
from os import PathLike
from pathlib import Path

import numpy as np

from ..data.samples import Samples

FASHION = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
IMAGES, LABELS = 0x803, 0x801  # the first number of a file of images, of labels
MOST = 100_000  # images of a file: more is no file of these
CIFAR_ROW = 1 + 3 * 32 * 32


def fashion(folder: str | PathLike[str], part: str = "train") -> Samples:
    """FashionMNIST from its four files, (n, 1, 28, 28) from 0 to 1; `part` is "train" or "t10k".

    >>> train = gl.datasets.fashion("data/FashionMNIST/raw")
    """
    if part not in ("train", "t10k"):
        raise ValueError(f'part={part!r}; give "train" or "t10k"')
    x = _idx(Path(folder), f"{part}-images-idx3-ubyte", IMAGES, 28 * 28)
    y = _idx(Path(folder), f"{part}-labels-idx1-ubyte", LABELS, 1)[:, 0]
    if len(x) != len(y):
        raise ValueError(f"{folder} has {len(x)} images and {len(y)} labels of {part!r}; download both again")
    return _samples(x.reshape(-1, 1, 28, 28), y, FASHION)


def cifar10(folder: str | PathLike[str], part: str = "train") -> Samples:
    """CIFAR-10 from the files of its binary version, (n, 3, 32, 32) from 0 to 1; `part` is "train" or "test". The
    Python version is pickled, which is never read here.

    >>> test = gl.datasets.cifar10("data/cifar-10-batches-bin", "test")
    """
    if part not in ("train", "test"):
        raise ValueError(f'part={part!r}; give "train" or "test"')
    pattern = "data_batch_*.bin" if part == "train" else "test_batch.bin"
    files = sorted(Path(folder).glob(pattern))
    if not files:
        raise FileNotFoundError(f"{folder} has no {pattern}; unpack the binary version of CIFAR-10 there")
    rows = []
    for file in files:
        if file.stat().st_size % CIFAR_ROW or not 0 < file.stat().st_size <= MOST * CIFAR_ROW:
            raise ValueError(f"{file} is no file of images of {CIFAR_ROW} bytes each; download it again")
        rows.append(np.frombuffer(file.read_bytes(), np.uint8).reshape(-1, CIFAR_ROW))
    found = np.concatenate(rows)
    return _samples(found[:, 1:].reshape(-1, 3, 32, 32), found[:, 0], CIFAR)


def _idx(folder: Path, name: str, magic: int, each: int) -> np.ndarray:
    """(n, each) bytes of a file in the format of MNIST, packed or not."""
    plain, packed = folder / name, folder / f"{name}.gz"
    most = 16 + MOST * each
    if plain.is_file():
        with plain.open("rb") as file:
            raw = file.read(most + 1)
    elif packed.is_file():
        with gzip.open(packed) as file:
            raw = file.read(most + 1)
    else:
        raise FileNotFoundError(
            f"{folder} has neither {name} nor {name}.gz; download FashionMNIST's files there"
        )
    head = 16 if magic == IMAGES else 8
    if len(raw) < head or len(raw) > most:
        raise ValueError(f"{name} has {len(raw)} bytes and is no such file; download it again")
    numbers = np.frombuffer(raw[:head], ">u4").tolist()
    sizes = [28, 28] if magic == IMAGES else []
    if numbers[0] != magic or numbers[2:] != sizes or len(raw) != head + numbers[1] * each:
        raise ValueError(f"{name} is damaged, or of another format; download it again")
    return np.frombuffer(raw[head:], np.uint8).reshape(-1, each)


def _samples(x: np.ndarray, y: np.ndarray, classes: tuple[str, ...]) -> Samples:
    if len(y) and y.max() >= len(classes):
        raise ValueError(
            f"a label is {y.max()}, and there are {len(classes)} classes; download the files again"
        )
    return Samples(x.astype("f4") / 255, y.astype("i8"), classes=list(classes), preview="image")
