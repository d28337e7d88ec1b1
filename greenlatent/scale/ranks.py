"""Ranks: who trains together: children of this kernel, engines of a cluster, or whoever comes to an address."""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from numbers import Integral
from typing import Any

from ..model import ownership
from ..training.trainer import Trainer
from . import nodes
from .engines import begin
from .follow import introduction
from .nodes import Nodes, claimed
from .packing import packed_options
from .wire import store_at

log = logging.getLogger(__name__)
HERE = "127.0.0.1"
END_SECONDS = 5.0  # that a rank which was told that it is over may take to end
# Ctrl-C pauses the first rank, and is none of their business. A session of their own would do as well, but Linux shares
# busy processors out by session, and then most of a sum is waiting for the other's turn.
APART: dict[str, Any] = {"process_group": 0} if sys.version_info >= (3, 11) else {"start_new_session": True}
STARTING_SECONDS = 300.0  # that one may take to load torch, data and model


class Ranks:
    """So many ranks: this process is the first. Without an address the others are its children; with one they are
    started by somebody else, by `python -m greenlatent.scale host:port 1 --make module:function` and so on.

    `timeout` is how many seconds the first waits for a rank that does not answer before it counts as gone. A `token`
    is a word that whoever comes to the address must know. `rank` is for scripts with a loop of their own, which run
    once a rank: which one this is.

    >>> with gl.scale.Ranks(4, address="node1:29500") as ranks:
    ...     lab = gl.Lab(model, train, latent="encoder", ranks=ranks)
    """

    size: int
    rank: int
    timeout: float
    host: str
    token: str

    def __init__(
        self,
        size: Any,
        *,
        address: str | None = None,
        timeout: float = 60.0,
        token: str | None = None,
        view: Any = None,
        rank: Any = 0,
    ):
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 2:
            raise ValueError(
                f"ranks counts processes that train together: 2 or more, or 1 to train alone, got {size!r}"
            )
        if not timeout > 0:
            raise ValueError(f"timeout is a number of seconds above 0, got {timeout!r}")
        if isinstance(rank, bool) or not isinstance(rank, Integral) or not 0 <= int(rank) < int(size):
            raise ValueError(f"rank is which of {size} this is, from 0 to {size - 1}, got {rank!r}")
        if rank and address is None:
            raise ValueError(f'rank={rank} meets the first one at an address: give address="host:port"')
        self.size, self.timeout, self._view, self.rank = int(size), float(timeout), view, int(rank)
        self.host, self._port = parted(address) if address is not None else (HERE, 0)
        self._elsewhere = address is not None and view is None
        self.token = token if token is not None else ("" if self._elsewhere else secrets.token_hex(16))
        self.turn = 0  # how often they were started
        self.store: Any = None
        self.nodes: dict[int, dict[str, Any]] = {}  # what each rank said of itself
        self.meters: Nodes | None = None  # those of other machines
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._engines: dict[int, Any] = {}
        weakref.finalize(self, _end_all, self._children)
        there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if not self._elsewhere and view is None and self.size > there:
            log.warning(
                "%d ranks on %d processors: they take turns, and no step gets faster", self.size, there
            )

    def begin(self) -> None:
        """Start those that are children, which load torch while this process makes its trainer."""
        if self._elsewhere or self._view is not None:
            return
        if self._children:
            if not any(child.stdin is None or child.stdin.closed for child in self._children.values()):
                return  # they wait for their trainer
            self.end()  # they are of another one, which hears of it
        path = os.pathsep.join(entry for entry in sys.path if entry)
        for rank in range(1, self.size):
            self._children[rank] = subprocess.Popen(
                [sys.executable, "-m", "greenlatent.scale", "--child", str(os.getpid())],
                stdin=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                **APART,
            )

    def meet(self, trainer: Trainer) -> bool:
        """Start those that are started here, and wait until all are there and train the same; whether the tensors go by
        NCCL."""
        if self.store is None:
            self.store = store_at(self.host, self._port, first=True, timeout=self.timeout)
            self.store.set("size", str(self.size))
        self.turn += 1
        claimed(self.store, self.turn, 0)
        if self._elsewhere:
            self.store.set("turn", str(self.turn))
        elif self._view is not None:
            self._begin_engines(trainer)
        else:
            self.begin()
            self._tell_children(trainer)
        self.nodes = {0: introduction(trainer, 0, self.token)}
        patience = self.timeout if self._elsewhere else max(self.timeout, STARTING_SECONDS)
        until, waited = time.monotonic() + patience, set(range(1, self.size))
        while waited:
            for rank in sorted(waited):
                if self.store.check([f"{self.turn}/hello/{rank}"]):
                    self._look_at(rank, trainer)
                    waited.discard(rank)
            if waited and (found := self.missing()):
                raise RuntimeError(f"{'; '.join(found)}; it did not come to train")
            if waited and time.monotonic() > until:
                raise TimeoutError(self._absent(waited, patience))
            time.sleep(0.01)
        self.meters = Nodes(self.store, self.turn, {said["node"] for said in self.nodes.values()})
        cards = [node["card"] for node in self.nodes.values()]
        nccl = all(cards) and len(set(cards)) == self.size
        for rank in range(1, self.size):
            self.store.set(f"{self.turn}/welcome/{rank}", json.dumps({"nccl": nccl}))
        return nccl

    @property
    def guests(self) -> bool:
        """Whether the others run somebody's own loop, as this process does."""
        others = [said for rank, said in self.nodes.items() if rank]
        return bool(others) and all(said.get("own") for said in others)

    def missing(self) -> list[str]:
        """Which ranks said why they ended, or have ended, and where they were; not those that left because of it."""
        said = []
        for rank in range(1, self.size):
            key = f"{self.turn}/error/{rank}"
            if self.store is not None and self.store.check([key]):
                said.append(f"rank {rank}{self._where(rank)} failed: {self.store.get(key).decode()}")
        for rank, child in self._children.items():
            if not said and child.poll() is not None and not self._left(rank):
                said.append(f"rank {rank}{self._where(rank)} is gone: its process {_end_of(child)}")
        for rank, engine in self._engines.items():
            if not said and engine.ready() and not self._left(rank):
                why = engine.exception(0)
                said.append(f"rank {rank}{self._where(rank)} is gone: {type(why).__name__}: {why}")
        return said

    def silent(self) -> list[str]:
        """Those that neither said nor did anything since the others heard that it is over."""
        ranks = [rank for rank in range(1, self.size) if not self._left(rank)]
        return [f"rank {rank}{self._where(rank)} did not answer" for rank in ranks]

    def _left(self, rank: int) -> bool:
        return self.store is not None and bool(self.store.check([f"{self.turn}/left/{rank}"]))

    def wait(self) -> None:
        """For those that were told that it is over."""
        until = time.monotonic() + END_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("a rank (pid %d) did not end in %g s, and is ended", child.pid, END_SECONDS)
        others = [f"{self.turn}/left/{rank}" for rank in self.nodes if rank and rank not in self._children]
        while others and not self.store.check(others) and time.monotonic() < until:
            time.sleep(0.01)  # their last ledger is still to come

    def end(self) -> None:
        """End those that were started here, whatever they are doing."""
        _end_all(self._children)
        self._engines.clear()

    def close(self) -> None:
        """End them, and let nobody come any more; may be called twice."""
        self.end()
        if self.meters is not None:
            self.meters.close()
        self.store = None

    def __enter__(self) -> Ranks:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        who = [f"rank {rank}{self._where(rank)}" for rank in sorted(self.nodes)]
        return f"Ranks({self.size}: {', '.join(who) if who else f'nobody is there yet, at {self.host}'})"

    @property
    def port(self) -> int:
        """Of the address."""
        return int(self._port if self.store is None else self.store.port)

    @property
    def address(self) -> str:
        """Where they meet."""
        return f"{self.host}:{self.port}"

    def _tell_children(self, trainer: Trainer) -> None:
        blob = packed_options(trainer)
        for rank, child in self._children.items():
            assert child.stdin is not None
            ticket = json.dumps(self._ticket(rank) | {"token": self.token})
            try:
                child.stdin.write(ticket.encode() + b"\n" + blob)
                child.stdin.close()
            except BrokenPipeError:
                pass  # it has ended: who waits for it says so

    def _begin_engines(self, trainer: Trainer) -> None:
        tickets = [self._ticket(rank) for rank in range(1, self.size)]
        blob = packed_options(trainer)
        self._engines.update(begin(self._view, tickets, self.token, blob, self.timeout))

    def _ticket(self, rank: int) -> dict[str, Any]:
        assert self.store is not None
        return {
            "host": self.host,
            "port": self.store.port,
            "rank": rank,
            "size": self.size,
            "turn": self.turn,
            "timeout": max(self.timeout, STARTING_SECONDS),
        }

    def _look_at(self, rank: int, trainer: Trainer) -> None:
        """Refuse whoever does not belong here, or would train something else."""
        said = json.loads(self.store.get(f"{self.turn}/hello/{rank}"))
        why = ""
        if not secrets.compare_digest(str(said.get("token")), self.token):
            why = "it has another token"
        else:
            self.nodes[rank] = said
            mine = self.nodes[0]
            for name in mine["header"]:
                a, b = mine["header"][name], said["header"].get(name)
                if json.loads(json.dumps(a)) != b:
                    why = why or f"its {name} is {b!r}, and {a!r} here"
            now = ownership.weights_hash(trainer.model)
            if not why and said["weights"] not in (mine["weights"], now):
                why = f"its model begins with other weights ({said['weights']}, and {mine['weights']} here)"
        if why:
            self.store.set(f"{self.turn}/welcome/{rank}", json.dumps({"refused": why}))
            raise ValueError(
                f"rank {rank}{self._where(rank)} cannot train along: {why}; all ranks need the same model,"
                " data and versions"
            )

    def _absent(self, waited: set[int], seconds: float) -> str:
        who = ", ".join(str(rank) for rank in sorted(waited))
        how = (
            f"start each by `python -m greenlatent.scale {self.address} RANK --make module:function`"
            if self._elsewhere
            else "see what they say where this kernel's messages go"
        )
        return f"rank {who} of {self.size} did not come to {self.address} within {seconds:g} s; {how}"

    def _where(self, rank: int) -> str:
        said = self.nodes.get(rank)
        if said is None:
            return ""
        here = "here" if said["node"] == nodes.node() else f"on {said['node']}"
        return f" ({here}, pid {said['pid']})"


def parted(address: str) -> tuple[str, int]:
    """Host and port of "host:port"."""
    host, _, port = str(address).rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f'address is "host:port", such as "node1:29500", got {address!r}')
    return host, int(port)


def _end_of(child: subprocess.Popen[bytes]) -> str:
    code = child.returncode
    return f"was killed by signal {-code}" if code < 0 else f"ended with {code}"


def _end_all(children: dict[int, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.kill()
        child.wait()
        if child.stdin is not None:
            with suppress(BrokenPipeError):
                child.stdin.close()
    children.clear()
