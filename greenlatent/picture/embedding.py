"""Embedding: UMAP and t-SNE pictures, computed in a process of their own so that training does not stall."""

from __future__ import annotations

import atexit
import json
import multiprocessing
import time
import weakref
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch

from . import embedding_worker
from .projection import PCA

METHODS = ("umap", "tsne")


class Embedding:
    """A UMAP or t-SNE picture of the latents, warm-started from the last one and turned to lie on it.

    Such a picture shows relations, not places: a drag in it can only ever mean neighbours. In a thread its work would
    halve training's steps, so one process serves all requests and is started at the first. Until the first picture is
    there, and for other samples than it was made of, the picture is that of PCA, and `named` says so.

    >>> lab = gl.Lab(model, train, latent="encoder", projection=gl.Embedding("umap"))
    """

    linear = False

    def __init__(self, method: str = "umap", *, seed: int = 0, every: float = 30.0, **options: Any):
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
        if not every > 0:
            raise ValueError(f"every is a number of seconds above 0, got {every}")
        self.method, self.seed, self.every, self.options = method, seed, every, options
        self.error: str | None = None
        self.made = 0  # pictures so far
        self.loading = False  # what the method takes is still being imported, as it is at first
        self._fallback = PCA()
        self._picture: np.ndarray | None = None
        self._asked = -np.inf
        self._busy = False
        self._begun = 0.0
        self._process: Any = None
        self._pipe: Connection | None = None
        atexit.register(_end, weakref.ref(self))

    @property
    def named(self) -> str:
        """What the picture is at the moment: the method, or the PCA that stands in for it."""
        return self.method if self._picture is not None else "pca"

    @property
    def progress(self) -> float | None:
        """Seconds that the picture is being computed for, or that what it takes is `loading`; None when none is."""
        self._collect(0.0)
        return time.monotonic() - self._begun if self._busy else None

    def fit(self, z: torch.Tensor) -> None:
        """Ask for a new picture if the last was asked for more than `every` seconds ago; never waits for it."""
        self._collect(0.0)
        self._fallback.fit(z)
        if not self._busy and time.monotonic() - self._asked > self.every:
            self.request(z)

    def request(self, z: torch.Tensor) -> None:
        """Ask for a picture of these latents (n, d) now; the newest request wins."""
        if self._busy:
            self.cancel()
        if self._process is None:
            self._start()
        latents = z.detach().cpu().numpy().astype(np.float32)
        previous = self._picture if self._picture is not None and len(self._picture) == len(latents) else None
        assert self._pipe is not None
        self._pipe.send_bytes(_pack(self.method, self.seed, self.options, latents, previous))
        self._busy, self._begun, self._asked = True, time.monotonic(), time.monotonic()

    def transform(self, z: torch.Tensor) -> torch.Tensor:
        """The newest picture (n, 2), or PCA's where there is none of so many samples."""
        self._collect(0.0)
        if self._picture is None or len(self._picture) != len(z):
            return self._fallback.transform(z)
        return torch.from_numpy(self._picture.copy())

    def wait(self, timeout: float) -> bool:
        """Wait for the picture that is being computed; False if it takes longer."""
        self._collect(timeout)
        return not self._busy

    def cancel(self) -> None:
        """Give up the picture that is being computed; the last one stays. May be called twice."""
        if self._busy:
            self.close()

    def close(self) -> None:
        """End the process; the next request starts another. May be called twice."""
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        self._busy = False
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.terminate()
            process.join()
            process.close()

    def _start(self) -> None:
        # spawn: a fork of a process with threads and torch in it may hang
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=embedding_worker.serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.loading = True

    def _collect(self, timeout: float) -> None:
        """Take the answer if it is there."""
        if not self._busy or self._pipe is None:
            return
        until = time.monotonic() + timeout
        answer = embedding_worker.LOADED
        try:
            while answer == embedding_worker.LOADED:
                if not self._pipe.poll(max(0.0, until - time.monotonic())):
                    return
                answer = self._pipe.recv_bytes()
                if self.loading:
                    self.loading, self._begun = False, time.monotonic()
        except (EOFError, OSError):
            self.error = f"the process that computes {self.method} ended"
            self.close()
            return
        self._busy = False
        if answer[:1] == b"!":
            self.error = answer[1:].decode()
            return
        self.error, self.made = None, self.made + 1
        picture = np.frombuffer(answer[1:], np.float32).reshape(-1, 2)
        self._picture = picture if self._picture is None else aligned(picture, self._picture)


def aligned(picture: np.ndarray, old: np.ndarray) -> np.ndarray:
    """A picture (n, 2) moved, turned, mirrored and scaled to lie on an old one of the same samples (Procrustes)."""
    if len(picture) != len(old):
        return picture
    a, b = picture - picture.mean(0), old - old.mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    scale = s.sum() / max(float((a * a).sum()), 1e-30)
    return (scale * a @ (u @ vt) + old.mean(0)).astype(np.float32)


def _pack(
    method: str, seed: int, options: dict[str, Any], z: np.ndarray, previous: np.ndarray | None
) -> bytes:
    """A request as bytes: nothing is pickled between the processes."""
    head = {"method": method, "seed": seed, "options": options, "n": z.shape[0], "d": z.shape[1]}
    head["warm"] = previous is not None
    text = json.dumps(head).encode()
    body = z.tobytes() + (previous.astype(np.float32).tobytes() if previous is not None else b"")
    return len(text).to_bytes(4, "little") + text + body


def _end(reference: weakref.ref[Embedding]) -> None:
    embedding = reference()
    if embedding is not None:
        embedding.close()
