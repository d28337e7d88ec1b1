"""Engines: ranks that are engines of an ipyparallel cluster, each busy with it until the end."""

from __future__ import annotations

import os
from typing import Any

from ..children import unpacked
from .follow import follow
from .wire import store_at


def is_view(ranks: Any) -> bool:
    """Whether this is a direct view, without loading ipyparallel where nobody has."""
    return type(ranks).__module__.split(".")[0] == "ipyparallel" and hasattr(ranks, "targets")


def begin(
    view: Any, tickets: list[dict[str, Any]], token: str, blob: bytes, seconds: float
) -> dict[int, Any]:
    """Send each engine its ticket, and all of them what the trainer was made of, over ipyparallel's signed channel.

    Those of a stopped cluster never answer, nor do they say so: they are given so many seconds.
    """
    client, targets = view.client, view.targets
    targets = [targets] if isinstance(targets, int) else list(targets)
    try:
        client[targets].apply_async(os.getpid).get(seconds)
        return {
            ticket["rank"]: client[target].apply_async(train_along, ticket, token, blob)
            for ticket, target in zip(tickets, targets, strict=True)
        }
    except Exception as error:
        raise RuntimeError(
            f"the engines of this view cannot be asked ({type(error).__name__}: {error}); start the cluster, and take"
            " a view of it: rc = ipyparallel.Cluster(n=2).start_and_connect_sync(); ranks=rc[:]"
        ) from error


def train_along(ticket: dict[str, Any], token: str, blob: bytes) -> None:
    """In an engine: be a rank until it is over."""
    store = store_at(ticket["host"], ticket.pop("port"), first=False, timeout=ticket["timeout"])
    follow(store, token=token, make=lambda: unpacked(blob), **ticket)
