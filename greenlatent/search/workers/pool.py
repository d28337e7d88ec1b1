"""Pool: where slices run: in this process, in processes of ours on a leash, or in anybody's Executor."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from ...children import LEASH_SECONDS, leash, packed, unpacked
from ...edits.locking import lock
from ...energy.meter import Meter
from .slice import Landing, Task, Work, Workshop

UNKNOWN = "unknown"  # what a worker answers that was not told yet what all candidates share


class _Sent:
    """What all candidates share, on its way to a worker: pickled by value, as a notebook's functions must be."""

    def __init__(self, work: Work):
        self.work, self._blob = work, packed(work)

    def __reduce__(self) -> Any:
        return unpacked, (self._blob,)


class NoHand(RuntimeError):
    """An Executor takes no more work."""


class Here:
    """On the thread that decides: slices are done by the time that they are begun."""

    elsewhere = False

    def __init__(self, work: Work, stop: Callable[[], bool]):
        self._shop, self._stop = Workshop(work, clock=time.thread_time), stop
        self._landed: list[tuple[Task, Landing | BaseException]] = []

    def free(self) -> bool:
        return not self._landed

    def get_ready(self, halted: Callable[[], bool]) -> None:
        """Nothing has to be started here."""

    def begin(self, task: Task) -> None:
        try:
            landing: Landing | BaseException = self._shop.run(task, self._stop)
        except Exception as error:
            landing = error
        self._landed.append((task, landing))

    def landed(self, timeout: float) -> list[tuple[Task, Landing | BaseException]]:
        """What has come in since."""
        landed, self._landed = self._landed, []
        return landed

    @property
    def busy(self) -> bool:
        return bool(self._landed)

    def write(self, n: int) -> None:
        """Write a checkpoint of a candidate that is alive here."""
        self._shop.write(n)

    def close(self) -> None:
        self._shop.close()


class Elsewhere:
    """On hands that are Executors with one process each, or on one Executor of somebody else's."""

    elsewhere = True

    def __init__(self, work: Work, hands: list[Executor], each: int, renew: Callable[[], Executor] | None):
        self._key, self._sent = os.urandom(8).hex(), _Sent(work)
        self._hands, self._each, self._renew = hands, each, renew
        self._running: dict[Future[Any], tuple[Task, int, float]] = {}
        self._late: list[tuple[Task, BaseException]] = []
        self._told: set[int] = set()

    @classmethod
    def processes(cls, work: Work, n: int) -> Elsewhere:
        """Processes of ours: each ends within a second of this one."""

        def one() -> Executor:
            return ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=leash, initargs=(os.getpid(),)
            )

        return cls(work, [one() for _ in range(n)], 1, one)

    @classmethod
    def given(cls, work: Work, executor: Executor) -> Elsewhere:
        size = (
            getattr(executor, "_max_workers", None)
            or len(getattr(executor, "view", ()) or ())
            or os.cpu_count()
        )
        return cls(work, [executor], int(size or 1), None)

    @property
    def busy(self) -> bool:
        return bool(self._running or self._late)

    def free(self) -> bool:
        return not self._late and self._free() is not None

    def _free(self) -> int | None:
        load = [0] * len(self._hands)
        for _, hand, _ in self._running.values():
            load[hand] += 1
        found = min(range(len(load)), key=load.__getitem__)
        return found if load[found] < self._each else None

    def get_ready(self, halted: Callable[[], bool]) -> None:
        """Start the workers before anything is reserved: to load torch takes one longer than a small net's slices."""
        if self._renew is None:
            return
        starting = [
            self._hands[hand].submit(_warm) for hand in range(len(self._hands)) if hand not in self._told
        ]
        while starting and not halted():
            done, _ = wait(starting, timeout=LEASH_SECONDS)
            starting = [future for future in starting if future not in done]

    def begin(self, task: Task) -> None:
        hand = self._free()
        assert hand is not None
        self._submit(task, hand)

    def _submit(self, task: Task, hand: int, *, whole: bool = False) -> None:
        sent = self._sent if whole or (self._each == 1 and hand not in self._told) else None
        self._told.add(hand)
        deadline = time.monotonic() + task["deadline"]
        try:
            future = self._hands[hand].submit(_slice, self._key, sent, task)
        except RuntimeError as error:  # it was shut down, or its process has gone
            if self._renew is None:
                self._late.append((task, NoHand(str(error))))
                return
            self._replace(hand)
            future = self._hands[hand].submit(_slice, self._key, self._sent, task)
        self._running[future] = task, hand, deadline

    def landed(self, timeout: float) -> list[tuple[Task, Landing | BaseException]]:
        """What has come in since, waiting for the first so many seconds."""
        found: list[tuple[Task, Landing | BaseException]] = list(self._late)
        self._late = []
        if self._running:
            done, _ = wait(self._running, timeout=0 if found else timeout, return_when=FIRST_COMPLETED)
            for future in done:
                task, hand, _ = self._running.pop(future)
                error = future.exception()
                if error is None and future.result() == UNKNOWN:
                    self._submit(task, hand, whole=True)
                    continue
                if isinstance(error, BrokenProcessPool) and self._renew is not None:
                    self._replace(hand)
                    error = RuntimeError("its worker ended in the middle of it")
                found.append((task, future.result() if error is None else error))
            found += self._overdue()
        return found

    def _overdue(self) -> list[tuple[Task, BaseException]]:
        found: list[tuple[Task, BaseException]] = []
        for future, (task, hand, deadline) in list(self._running.items()):
            if time.monotonic() > deadline:
                del self._running[future]
                future.cancel()
                if self._renew is not None:
                    self._replace(hand)
                found.append((task, TimeoutError(f"nothing came of it in {task['deadline']:.0f} s")))
        return found

    def _replace(self, hand: int) -> None:
        """Another process in place of one that has ended, or that hangs."""
        assert self._renew is not None
        end(self._hands[hand])
        self._hands[hand] = self._renew()
        self._told.discard(hand)

    def write(self, n: int) -> None:
        """Each slice elsewhere ends with a checkpoint."""

    def close(self) -> None:
        if self._renew is not None:
            for hand in self._hands:
                end(hand)


def end(executor: Executor) -> None:
    """End a pool of ours and its process, whatever that is doing: what counts is on disk."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join(5)


# -- in a worker ---------------------------------------------------------------------------------------------------

_SHOPS: dict[str, Workshop] = {}


def _slice(key: str, sent: _Sent | Work | None, task: Task) -> Landing | str:
    """A slice in a worker, which knows by its key what all candidates of the search share, once it was told."""
    if key not in _SHOPS:
        if sent is None:
            return UNKNOWN
        for shop in _SHOPS.values():  # a search that is over, in a worker that is not
            shop.close()
        _SHOPS.clear()
        _SHOPS[key] = Workshop(sent.work if isinstance(sent, _Sent) else sent)
    landing = _SHOPS[key].run(task)
    if (name := node()) != task["node"]:
        landing["node"] = name
        landing["metered"] = _metered(Path(task["folder"]).parent.parent / f"{name}.lock")
    return landing


_METERING = threading.Lock()
_METER: list[Any] = []  # of this worker's machine, and the file that says whose it is


def node() -> str:
    """The machine that this process runs on."""
    return platform.node()


def _metered(path: Path) -> list[Any] | None:
    """What the machine drew since its first slice, from the one worker on it that meters: the first that comes."""
    with _METERING:
        if not _METER:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("ab")
            try:
                lock(file.fileno(), patience=0)
            except TimeoutError:
                file.close()
                return None
            meter = Meter()
            meter.start()
            _METER.extend((meter, file))
    meter = _METER[0]
    spent, idle = meter.spent(), meter.idle()
    return [[j.value, j.low, j.high, dict(j.badges)] if j.known else None for j in (spent, idle)] + [
        meter.processor_seconds
    ]


def _warm() -> None:
    """Load what every slice needs: the first optimizer brings half of torch with it."""
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
