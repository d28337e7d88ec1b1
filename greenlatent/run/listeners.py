"""Listeners: whoever hears the words of a run, and how they are called without harm to it."""

from __future__ import annotations

import logging
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
