"""Llm: a language model somewhere, as somebody names it: its address, the variable with its key, what it costs."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import transcript
from .wire import Address, Wire

KEYLIKE = re.compile(r"^(sk|pk|gsk|hf|xai|key|ghp|AIza)[-_]|[^A-Za-z0-9_]|^.{48,}$")


class Llm:
    """A model behind an address that speaks chat completions. It is examined before it is believed: docs/agent.md.

    `key` is the name of an environment variable; `name` is asked for where it is not given. `price` is money for a
    million tokens read and a million written, `joules` what a call takes, as (value, low, high) or one number, where
    nobody can read it; `zone` is where the server stands, for an estimate by EcoLogits. `record` is a file in which
    every exchange is kept. Of a run it is told numbers and names, and no input: with `previews`, one that sees is also
    shown what up to eight doubted samples look like, small and grey, below its picture.

    >>> near = gl.Llm("http://127.0.0.1:8080/v1", seconds=60)
    >>> far = gl.Llm("https://api.example.org/v1", name="large", price=(0.4, 1.6))
    """

    def __init__(
        self,
        url: str,
        *,
        name: str | None = None,
        key: str | None = None,
        seconds: float = 30,
        price: tuple[float, float] | None = None,
        zone: str | None = None,
        joules: float | tuple[float, float, float] | None = None,
        record: str | Path | None = None,
        previews: bool = False,
    ):
        self.address = Address.of(url)
        for what, text in (("name", name), ("zone", zone)):
            if text is not None and (not isinstance(text, str) or not text.strip()):
                raise TypeError(f"{what}={text!r} is no name; give a text, or leave it out")
        self.name, self.zone = name, zone
        self.key = _variable(key)
        self.seconds = _above_0("seconds", seconds, "how long an answer may take")
        self.price = _price(price)
        self.joules = _band(joules)
        self.recorder = None if record is None else transcript.Scribe(record)
        if not isinstance(previews, bool):
            raise TypeError(f"previews={previews!r}; give True, or False: no input goes along")
        self.previews = previews
        self._played: list[dict[str, Any]] | None = None

    @classmethod
    def recorded(cls, path: str | Path) -> Llm:
        """One that answers as a transcript says, and asks nobody.

        >>> lab.agent(llm=gl.Llm.recorded("smollm2.jsonl"))
        """
        lines = transcript.read(path)
        made = cls("http://127.0.0.1/v1")
        made._played = lines
        return made

    @property
    def played(self) -> bool:
        """Whether its answers come from a transcript."""
        return self._played is not None

    def transport(self, allowed: Callable[[str], bool]) -> Any:
        """Carries requests: `ask(about, path, content, stop)`; `allowed(host)` says what may leave this machine."""
        if self._played is not None:
            return transcript.Player(self._played)
        return Wire(self.address, self.seconds, allowed, self.secret)

    def secret(self) -> str | None:
        """The key as the variable has it now; it is kept nowhere."""
        if self.key is None:
            return None
        value = os.environ.get(self.key, "").strip()
        if not value or not value.isascii() or not value.isprintable():
            raise ValueError(f"the variable {self.key} holds no key; set it before you start the kernel")
        return value

    def __repr__(self) -> str:
        named = f", name={self.name!r}" if self.name else ""
        return "Llm.recorded(...)" if self.played else f"Llm({str(self.address)!r}{named})"


def _variable(key: Any) -> str | None:
    """The name of a variable that holds a key; what looks like a key itself is not printed."""
    if key is None:
        return None
    like = "key is the name of an environment variable, such as key='MY_KEY'"
    if not isinstance(key, str):
        raise TypeError(f"{like}; got {type(key).__name__}")
    if KEYLIKE.search(key):
        raise ValueError(f"{like}; what was given looks like a key itself, and belongs into such a variable")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
        raise ValueError(f"{like}; what was given is no such name")
    if not os.environ.get(key, "").strip():
        raise ValueError(f"the variable {key} is not set, or empty: set it, then start the kernel again")
    return key


def _above_0(name: str, value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}={value!r} is no number; give {what}, above 0")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name}={value:g}; give {what}: a finite number above 0")
    return float(value)


def _price(price: Any) -> tuple[float, float] | None:
    if price is None:
        return None
    like = "price is money for a million tokens read, and for a million written: price=(0.4, 1.6)"
    if not isinstance(price, tuple | list) or len(price) != 2:
        raise TypeError(f"{like}; got {price!r}")
    if any(isinstance(p, bool) or not isinstance(p, int | float) for p in price):
        raise TypeError(f"{like}; got {price!r}")
    if any(not (math.isfinite(p) and p >= 0) for p in price):
        raise ValueError(f"{like}, none below 0; got {price!r}")
    return float(price[0]), float(price[1])


def _band(joules: Any) -> tuple[float, float, float] | None:
    if joules is None:
        return None
    band = (joules,) * 3 if isinstance(joules, int | float) and not isinstance(joules, bool) else joules
    like = "joules is what a call takes: a number, or (value, low, high)"
    if not isinstance(band, tuple | list) or len(band) != 3:
        raise TypeError(f"{like}; got {joules!r}")
    if any(isinstance(j, bool) or not isinstance(j, int | float) for j in band):
        raise TypeError(f"{like}; got {joules!r}")
    if not (0 <= band[1] <= band[0] <= band[2] < math.inf):
        raise ValueError(f"{like}, 0 <= low <= value <= high; got {joules!r}")
    return float(band[0]), float(band[1]), float(band[2])
