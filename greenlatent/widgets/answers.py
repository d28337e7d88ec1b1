"""Answers: one ack or error for each edit of a page, applied once however often it is sent."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from . import protocol

log = logging.getLogger(__name__)

REMEMBERED = 4096  # answered edits, whose answer can be repeated

Answer = tuple[str, dict[str, Any]]  # "ack" or "error", and what it says


class Answers:
    """One answer for each `(client, number)`; what was sent again gets the answer of the first time."""

    def __init__(self) -> None:
        self._given: OrderedDict[tuple[str, int], Answer] = OrderedDict()
        self._lock = threading.Lock()  # one edit at a time

    def once(self, client: str, number: int, apply: Callable[[], int | None]) -> Answer:
        """The answer to this edit; `apply` returns its line, or raises, and is called the first time alone."""
        with self._lock:
            if (client, number) not in self._given:
                self._given[client, number] = _answer(apply)
                if len(self._given) > REMEMBERED:
                    self._given.popitem(last=False)
            return self._given[client, number]


def _answer(apply: Callable[[], int | None]) -> Answer:
    try:
        return "ack", {"n": protocol.plain(apply(), "the line of an edit")}
    except Exception as error:
        return "error", {"text": in_words(error)}


def asker(content: Any) -> tuple[str | None, int | None]:
    """Whose edit a malformed message was, as far as it can be told."""
    who = content if isinstance(content, dict) and content.get("type") == "edit" else {}
    client, number = who.get("client"), who.get("number")
    if type(client) is not str or type(number) is not int or abs(number) >= 2**53:
        return None, None
    return client, number


def in_words(error: Exception) -> str:
    """What the page shows: a ValueError or TypeError was written for a person; any other is logged too."""
    if isinstance(error, ValueError | TypeError) and str(error):
        return str(error)
    log.error("a handler of the page's messages failed", exc_info=error)
    return f"{type(error).__name__}: {error}"
