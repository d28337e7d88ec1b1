"""The process behind `Embedding`: takes latents, gives pictures; knows neither torch nor the rest of the package."""

from __future__ import annotations

import json
import os
import warnings
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

LOADED = b"."  # said before the picture is begun: to load umap for the first time takes many seconds
WARM_EPOCHS = 50  # of UMAP, from the last picture: half the time of a cold start


def serve(pipe: Connection) -> None:
    """Answer requests one after another until the other side is gone."""
    if hasattr(os, "nice"):
        os.nice(10)  # training comes first
    while True:
        try:
            request = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            work = _unpack(request)
            load(work[0])
            pipe.send_bytes(LOADED)
            answer = b"=" + embed(*work).astype(np.float32).tobytes()
        except Exception as error:
            answer = b"!" + f"{type(error).__name__}: {error}".encode()
        try:
            pipe.send_bytes(answer)
        except OSError:
            return


def load(method: str) -> None:
    """Import what the method takes."""
    warnings.simplefilter("ignore")  # of numba and umap; nobody sees this process's output
    import_module("umap" if method == "umap" else "sklearn.manifold")


def embed(
    method: str, z: np.ndarray, previous: np.ndarray | None, seed: int, options: dict[str, Any]
) -> np.ndarray:
    """The picture (n, 2) of latents z (n, d), from the last picture where there is one."""
    if len(z) < 5:
        raise ValueError(f"{len(z)} samples are too few for {method}; it takes 5 or more")
    settings: dict[str, Any]
    if method == "umap":
        from umap import UMAP

        warm = {"init": _unit(previous) * 10, "n_epochs": WARM_EPOCHS} if previous is not None else {}
        settings = {"n_neighbors": min(15, len(z) - 1), "random_state": seed, **warm, **options}
        return np.asarray(UMAP(**settings).fit_transform(z))
    from sklearn.manifold import TSNE

    settings = {"perplexity": min(30.0, (len(z) - 1) / 3), "random_state": seed}
    if previous is not None:  # exaggerating again would tear apart what is already in place
        settings |= {"init": previous.copy(), "early_exaggeration": 1.0}
    settings |= options
    return np.asarray(TSNE(**settings).fit_transform(z))


def _unit(picture: np.ndarray) -> np.ndarray:
    """Centred, with a standard deviation of 1: what both methods expect of a start, up to their own factor."""
    centred = picture - picture.mean(0)
    return (centred / max(float(centred.std()), 1e-12)).astype(np.float32)


def _unpack(request: bytes) -> tuple[str, np.ndarray, np.ndarray | None, int, dict[str, Any]]:
    length = int.from_bytes(request[:4], "little")
    head = json.loads(request[4 : 4 + length])
    values = np.frombuffer(request, np.float32, offset=4 + length)
    n, d = head["n"], head["d"]
    z = values[: n * d].reshape(n, d)
    previous = values[n * d :].reshape(n, 2) if head["warm"] else None
    return head["method"], z, previous, head["seed"], head["options"]
