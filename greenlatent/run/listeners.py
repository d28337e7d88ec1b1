"""Listeners: whoever hears the words of a run or of its thread, and how they are called without harm to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Listeners:
    """Called in the order in which they came; what one raises is logged."""

    def __init__(self) -> None:
        self._heard: list[Callable[[str], object]] = []

    def listen(self, heard: Callable[[str], object]) -> Callable[[], None]:
        """Add one; what is returned takes it away again, and may be called twice."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard) if heard in self._heard else None

    def tell(self, word: str) -> None:
        for heard in list(self._heard):
            try:
                heard(word)
            except Exception:
                log.exception("a listener of a run failed; training goes on")


class Subscribers:
    """Called at most every so many seconds each; what one raises is logged."""

    def __init__(self) -> None:
        self._entries: list[tuple[Callable[[], None], float, list[float]]] = []

    def subscribe(self, callback: Callable[[], None], every: float) -> Callable[[], None]:
        """Add one; what is returned takes it away again, and may be called twice."""
        entry = (callback, every, [0.0])
        self._entries.append(entry)
        return lambda: self._entries.remove(entry) if entry in self._entries else None

    @property
    def due(self) -> bool:
        """Whether somebody is to be called now."""
        now = time.perf_counter()
        return any(now - last[0] >= every for _, every, last in self._entries)

    def notify(self, *, due_only: bool, failed: Callable[[BaseException], None]) -> None:
        """Call those that are due, or all. `failed` hears what ends threads, such as sys.exit()."""
        now = time.perf_counter()
        for callback, every, last in list(self._entries):
            if due_only and now - last[0] < every:
                continue
            last[0] = now
            try:
                callback()
            except Exception:
                log.exception("a subscriber failed; training goes on")
            except BaseException as error:
                failed(error)
