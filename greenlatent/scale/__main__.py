"""A rank that the first one did not start: `python -m greenlatent.scale host:port rank --make module:function`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ..children import leash, leave, unpacked
from .follow import Unwanted, follow, seat
from .ranks import parted
from .wire import store_at

LOST_SECONDS = 5.0  # within which a rank ends whose first rank is gone


def main(given: list[str] | None = None) -> int:
    """Train along; returns what a shell is told."""
    parser = argparse.ArgumentParser(prog="python -m greenlatent.scale", description=__doc__)
    parser.add_argument("address", nargs="?", help="where the first rank waits, host:port")
    parser.add_argument("rank", nargs="?", type=int, help="which rank this is, from 1 up")
    parser.add_argument("--make", help="module:function that returns the keywords of gl.Trainer as a dict")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for the first rank")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.child is not None:
        leave(_as_child(asked.child))
    if asked.address is None or asked.rank is None or asked.make is None:
        parser.error("give an address, a rank and --make, as in: node1:29500 1 --make training:make")
    try:
        return _come(asked.address, asked.rank, _named(asked.make), asked.timeout)
    except (Unwanted, ConnectionError, ValueError) as error:
        print(f"rank {asked.rank}: {error}", file=sys.stderr)
        return 1


def _as_child(parent: int) -> int:
    leash(parent)
    first, _, blob = sys.stdin.buffer.read().partition(b"\n")
    if not first:
        return 0  # no trainer came of it
    ticket = json.loads(first)
    store = store_at(ticket["host"], ticket.pop("port"), first=False, timeout=ticket["timeout"])
    try:
        follow(store, make=lambda: unpacked(blob), **ticket)
    except (Unwanted, ConnectionError):
        return 1  # the first rank has said so, or is gone
    return 0


def _come(address: str, rank: int, make: Callable[[], dict[str, Any]], timeout: float) -> int:
    host, port = parted(address)
    store = store_at(host, port, first=False, timeout=timeout)
    size, turn = seat(store, rank, address, timeout)
    eye = store_at(host, port, first=False, timeout=LOST_SECONDS)
    leash(lambda: _silent(eye))
    token = os.environ.get("GREENLATENT_TOKEN", "")
    follow(store, rank, turn, token, make, size=size, host=host, timeout=timeout)
    return 0


def _silent(store: Any) -> bool:
    """Whether the first rank's store answers no more."""
    try:
        store.check(["size"])
    except RuntimeError:
        return True
    return False


def _named(make: str) -> Callable[[], dict[str, Any]]:
    module, _, name = make.partition(":")
    if not module or not name:
        raise ValueError(f"--make is module:function, such as training:make, got {make!r}")
    sys.path.insert(0, os.getcwd())
    made = getattr(import_module(module), name)
    if not callable(made):
        raise ValueError(f"--make names {make}, which is no function")
    return made  # type: ignore[no-any-return]


if __name__ == "__main__":
    # not in order: the leash asks the store while the interpreter would be taken down under it, which aborts
    leave(main())
