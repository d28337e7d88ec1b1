"""Work: one long piece of work at a time, which the page sees going on and may call off."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 0.2  # seconds between two words about it


class Cancelled(Exception):
    """Somebody called a long piece of work off."""


class Work:
    """Tells of what takes long; what is done sooner than `EVERY` is never mentioned.

    >>> work = Work(tell)  # tell(text, share), with an empty text when all is done
    >>> with work.doing("Evaluating") as progress:
    ...     while progress(share):
    ...         ...
    """

    def __init__(self, tell: Callable[[str, float | None], None]):
        self._tell = tell
        self._cancelled = False

    def cancel(self) -> None:
        """From any thread: the work that goes on ends as soon as it asks."""
        self._cancelled = True

    @contextmanager
    def doing(self, text: str) -> Iterator[Callable[[float | None], bool]]:
        """Gives `progress(share)`, which is False once somebody has called it off; None for an unknown share."""
        self._cancelled = told = False
        last = time.perf_counter()

        def progress(share: float | None) -> bool:
            nonlocal told, last
            if time.perf_counter() - last > EVERY:
                told, last = True, time.perf_counter()
                self._tell(text, share)
            return not self._cancelled

        try:
            yield progress
        finally:
            if told:
                self._tell("", None)
