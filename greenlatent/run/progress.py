"""Progress: how far a long piece of work is, one at a time, and calling it off."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PROGRESS_SECONDS = 0.2  # between two words about it; what is done sooner is never mentioned


class Cancelled(Exception):
    """A long piece of work was called off."""


class Progress:
    """Tells of work that takes long.

    >>> progress = Progress()
    >>> end = progress.listen(hear)  # hear(text, share), with an empty text when all is done
    >>> with progress.doing("Evaluating") as going:
    ...     while going(share):
    ...         ...
    """

    def __init__(self) -> None:
        self._heard: list[Callable[[str, float | None], object]] = []
        self._cancelled = False

    def listen(self, heard: Callable[[str, float | None], object]) -> Callable[[], None]:
        """Call back with the work and its share, on the thread that does it; returns a function that ends it."""
        self._heard.append(heard)
        return lambda: self._heard.remove(heard) if heard in self._heard else None

    def cancel(self) -> None:
        """From any thread: the work that goes on ends as soon as it asks."""
        self._cancelled = True

    @contextmanager
    def doing(self, text: str) -> Iterator[Callable[[float | None], bool]]:
        """Gives `going(share)`, which is False once the work was called off; None for an unknown share."""
        self._cancelled = told = False
        last = time.perf_counter()

        def going(share: float | None) -> bool:
            nonlocal told, last
            if time.perf_counter() - last > PROGRESS_SECONDS:
                told, last = True, time.perf_counter()
                self._tell(text, share)
            return not self._cancelled

        try:
            yield going
        finally:
            if told:
                self._tell("", None)

    def _tell(self, text: str, share: float | None) -> None:
        for heard in list(self._heard):
            heard(text, share)
