"""Ties: the lines between ranks: a store where they meet, one group for words and one for tensors."""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

PATIENCE = timedelta(days=365)  # of a follower: a person may pause for a night
HEAD = 1024  # bytes of a message that go at once; a longer one takes a second
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def store_at(host: str, port: int, *, first: bool, timeout: float) -> dist.TCPStore:
    """Where ranks meet: the first opens it, the others find it, within so many seconds."""
    wait = timedelta(seconds=timeout)
    try:
        return dist.TCPStore(host, port, is_master=first, wait_for_workers=False, timeout=wait)
    except (RuntimeError, OSError, ValueError) as error:
        what = (
            "the address is taken, or not one of this machine: take another port"
            if first
            else "nobody is there: start the kernel's Trainer or Lab with this address first, and see that the name"
            " resolves and the port is open"
        )
        raise ConnectionError(
            f"no ranks can meet at {host}:{port}: {what}; it said: {str(error).splitlines()[0]}"
        ) from error


class Gone(ConnectionError):
    """A rank does not answer any more."""


class Ties:
    """The groups of ranks that have met, in the course of one start: nobody else can hear or speak in them.

    `seconds` is how long this rank waits for the others; None is for whoever waits for orders.
    """

    def __init__(
        self, store: Any, rank: int, size: int, turn: int, *, seconds: float | None, host: str, nccl: bool
    ):
        self.rank, self.size = rank, size
        wait = PATIENCE if seconds is None else timedelta(seconds=seconds)
        with _only_loopback(host):
            self._words: Any = dist.ProcessGroupGloo(
                dist.PrefixStore(f"{turn}/words", store), rank, size, wait
            )
            tensors = dist.PrefixStore(f"{turn}/tensors", store)
            self._tensors: Any = (
                dist.ProcessGroupNCCL(tensors, rank, size, dist.ProcessGroupNCCL.Options())
                if nccl
                else dist.ProcessGroupGloo(tensors, rank, size, wait)
            )

    def sum(self, flat: torch.Tensor) -> torch.Tensor:
        """Over all ranks, in place."""
        _done(lambda: self._tensors.allreduce([flat]))
        return flat

    def gather(self, mine: torch.Tensor) -> list[torch.Tensor]:
        """What each rank has, all of one shape."""
        parts = [torch.empty_like(mine) for _ in range(self.size)]
        whole = mine.contiguous()
        _done(lambda: self._tensors.allgather([parts], [whole]))
        return parts

    def spread(self, tensor: torch.Tensor) -> torch.Tensor:
        """The first rank's, to all, in place."""
        _done(lambda: self._tensors.broadcast([tensor], dist.BroadcastOptions()))
        return tensor

    def say(self, order: dict[str, Any]) -> None:
        """From the first rank to all."""
        text = json.dumps(order).encode()
        head = torch.zeros(HEAD, dtype=torch.uint8)
        head[:8] = _bytes(len(text).to_bytes(8, "big"))
        inside = text[: HEAD - 8]
        head[8 : 8 + len(inside)] = _bytes(inside)
        self._broadcast(head)
        if len(text) > len(inside):
            self._broadcast(_bytes(text[len(inside) :]))

    def hear(self) -> dict[str, Any]:
        """What the first rank says next; waits for it."""
        head = self._broadcast(torch.zeros(HEAD, dtype=torch.uint8)).numpy().tobytes()
        length = int.from_bytes(head[:8], "big")
        text = head[8 : 8 + min(length, HEAD - 8)]
        if length > len(text):
            rest = torch.zeros(length - len(text), dtype=torch.uint8)
            text += self._broadcast(rest).numpy().tobytes()
        order = json.loads(text)
        assert isinstance(order, dict)
        return order

    def hand_out(self, tensors: dict[str, torch.Tensor]) -> int:
        """Named tensors from the first rank to all; say their size in bytes first, by what this returns."""
        buffer = io.BytesIO()
        torch.save(tensors, buffer)
        self._blob = _bytes(buffer.getvalue())
        return len(self._blob)

    def handed_out(self, size: int | None = None) -> dict[str, torch.Tensor]:
        """Them, at every rank; the first one gives no size."""
        if size is None:
            self._broadcast(self._blob)
            del self._blob
            return {}
        blob = self._broadcast(torch.zeros(size, dtype=torch.uint8))
        loaded = torch.load(io.BytesIO(blob.numpy().tobytes()), map_location="cpu", weights_only=True)
        assert isinstance(loaded, dict)
        return loaded

    def _broadcast(self, tensor: torch.Tensor) -> torch.Tensor:
        _done(lambda: self._words.broadcast([tensor], dist.BroadcastOptions()))
        return tensor

    def close(self) -> None:
        """Let go of the connections: whoever waits at their other end hears of it. May be called twice."""
        for group in (self._words, self._tensors):
            if group is not None:
                group.abort()
        self._words = self._tensors = None  # they hold the store, and with it its port


def _done(begin: Callable[[], Any]) -> None:
    try:
        begin().wait()
    except RuntimeError as error:
        raise Gone(str(error).splitlines()[0]) from error


def _bytes(data: bytes) -> torch.Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


@contextmanager
def _only_loopback(host: str) -> Iterator[None]:
    """Gloo listens where the machine's name leads, unless it is told otherwise."""
    name, there = "GLOO_SOCKET_IFNAME", os.environ.get("GLOO_SOCKET_IFNAME")
    if host in LOOPBACK and there is None:
        os.environ[name] = next((n for _, n in socket.if_nameindex() if n in ("lo", "lo0")), "lo")
    try:
        yield
    finally:
        if there is None:
            os.environ.pop(name, None)
