"""Nodes: one meter on each machine that ranks run on, and what they read added up at the first rank."""

from __future__ import annotations

import json
import logging
import platform
import threading
import time
from typing import Any

from ..energy.joules import Joules, total
from ..energy.meter import Meter

log = logging.getLogger(__name__)
TELL_SECONDS = 1.0  # between two ledgers that a node sends
SILENT_SECONDS = 5.0  # after which a node that tells nothing counts as not read


def node() -> str:
    """The machine that this process runs on."""
    return platform.node()


def claimed(store: Any, turn: int, rank: int) -> bool:
    """Whether this rank is the one that meters its machine: the first that asks there. The kernel's meter has all of
    its own machine, its children with it."""
    return bool(store.compare_set(f"{turn}/node/{node()}", "", str(rank)).decode() == str(rank))


class Teller:
    """Sends the ledger of a node's meter to the first rank, until it is closed."""

    def __init__(self, store: Any, turn: int, meter: Meter):
        self._store, self._key, self._meter = store, f"{turn}/ledger/{node()}", meter
        self._count, self._over = 0, threading.Event()
        self._tell()
        self._thread = threading.Thread(target=self._go_on, name="greenlatent node", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell a last time, and end."""
        self._over.set()
        self._thread.join(TELL_SECONDS)
        self._tell()
        self._meter.stop()

    def _go_on(self) -> None:
        while not self._over.wait(TELL_SECONDS):
            self._tell()

    def _tell(self) -> None:
        self._count += 1
        lines = {
            kind: [j.value, j.low, j.high, dict(j.badges), j.coverage]
            for kind, j in self._meter.ledger().items()
            if j.known
        }
        try:
            self._store.set(self._key, json.dumps({"count": self._count, "lines": lines}))
        except RuntimeError:
            log.info("the first rank is gone, and with it who adds joules up")
            self._over.set()


class Nodes:
    """At the first rank: charges its meter what the other machines told of since the last time."""

    def __init__(self, store: Any, turn: int, names: set[str]):
        self._store, self._turn = store, turn
        self._names = sorted(names - {node()})
        now = time.monotonic()
        self._told: dict[str, dict[str, list[Any]]] = {name: {} for name in self._names}
        self._heard: dict[str, tuple[int, float]] = {name: (0, now) for name in self._names}
        self._silent: set[str] = set()
        self._lock = threading.Lock()

    def hear(self, meter: Meter | None) -> None:
        """Charge what is new; a machine that is silent for long lowers the coverage of training, once."""
        with self._lock:
            if meter is not None and self._store is not None:
                self._hear(meter)

    def close(self) -> None:
        """Nobody tells anything more; what was told stays."""
        with self._lock:
            self._store = None

    def _hear(self, meter: Meter) -> None:
        for name in self._names:
            key, now = f"{self._turn}/ledger/{name}", time.monotonic()
            none: dict[str, Any] = {"count": 0, "lines": {}}
            found = json.loads(self._store.get(key)) if self._store.check([key]) else none
            count, at = self._heard[name]
            if found["count"] == count:
                if now - at > SILENT_SECONDS and name not in self._silent:
                    self._silent.add(name)
                    meter.charge("train", Joules.missing())
                continue
            self._heard[name] = found["count"], now
            self._silent.discard(name)
            for kind, line in found["lines"].items():
                before = self._told[name].get(kind)
                more = _since(line, before)
                if more is not None:
                    meter.charge(kind, more)
            self._told[name] = found["lines"]

    @property
    def totals(self) -> dict[str, Joules]:
        """Joules of each other machine so far; one that told nothing is missing, not 0."""
        return {
            name: total(Joules(v, low, high, b, coverage=c) for v, low, high, b, c in lines.values())
            if (lines := self._told[name])
            else Joules.missing()
            for name in self._names
        }


def _since(line: list[Any], before: list[Any] | None) -> Joules | None:
    """What came to a line; its ends move with its value."""
    value, low, high, badges, coverage = line
    more = value - (before[0] if before else 0.0)
    if more <= 0:
        return None
    share = more / value
    return Joules(more, low * share, high * share, badges, coverage=coverage)
