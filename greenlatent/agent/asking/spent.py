"""Spent: what a model was used for so far, against what it may be: each call is reserved before it is made."""

from __future__ import annotations

import json
import threading
from typing import Any

from ..limits import Limits
from .powers import TOKENS
from .price import tokens
from .wire import Failed

LETTERS = 1.5  # of a text make a token at the least, as numbers are read a digit at a time


class Reached(Failed):
    """A limit that one more call could break."""


class Spent:
    """Calls, tokens and money of one agent, over all models that it asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = self.tokens = 0
        self.money = 0.0

    def reserve(self, limits: Limits, content: Any, price: tuple[float, float] | None, *, free: bool) -> None:
        """One call more with this content; raises where a limit could be broken. `free`: on this machine."""
        read = 0 if content is None else int(_letters(content) / LETTERS)
        written = 0 if content is None else TOKENS
        with self._lock:
            if self.calls + 1 > limits.calls:
                raise Reached(f"{self.calls} of {limits.calls} calls are made")
            if self.tokens + read + written > limits.tokens:
                raise Reached(
                    f"{self.tokens:,} of {limits.tokens:,} tokens are used, and the next call could take"
                    f" {read + written:,}"
                )
            if limits.money is not None and not free and content is not None:
                if price is None:
                    raise Reached(
                        f"what a call costs is unknown, so {limits.money:g} of money cannot be kept"
                    )
                if self.money + _cost(price, read, written) > limits.money:
                    raise Reached(f"{self.money:.4g} of {limits.money:g} of money is spent")
            self.calls += 1

    def count(self, content: Any, answer: Any, price: tuple[float, float] | None) -> None:
        """What an answer really took; where the server does not say, as was reserved."""
        if content is None:
            return
        read, written = tokens(answer)
        if not read and not written:
            read, written = int(_letters(content) / LETTERS), TOKENS
        with self._lock:
            self.tokens += read + written
            self.money += 0.0 if price is None else _cost(price, read, written)

    def add_calls(self, more: int) -> None:
        """Tries that a request took beyond the one that was reserved."""
        with self._lock:
            self.calls += more


def _cost(price: tuple[float, float], read: int, written: int) -> float:
    return (price[0] * read + price[1] * written) / 1e6


def _letters(content: Any) -> int:
    """Of the messages; a picture is no text, and counts as some hundred tokens."""
    letters = 0
    for message in content.get("messages", ()):
        told = message.get("content")
        for part in [told] if isinstance(told, str) else told or ():
            if isinstance(part, str):
                letters += len(part)
            else:
                letters += len(part["text"]) if "text" in part else 600
    extra = {name: content[name] for name in ("tools", "response_format") if name in content}
    return letters + len(json.dumps(extra))
