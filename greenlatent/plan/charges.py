"""Charges: what planning itself takes, kept as lines in the plan's folder."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ..energy.joules import Joules, total
from ..energy.meter import Meter
from ..files import append_line

log = logging.getLogger(__name__)


class Charges:
    """Joules of rehearsals and benchmarks, one after the other; `path` is where they are kept."""

    def __init__(self, path: Path):
        self._path = path
        self._lines = self._read()

    @property
    def total(self) -> Joules:
        return total(self._lines) if self._lines else Joules(0.0, 0.0, 0.0, {"estimate": 1.0})

    @property
    def last(self) -> Joules:
        return self._lines[-1]

    def charged(self, what: str, work: Callable[[Meter], Any], meter: Meter | None) -> Any:
        """Do something metered, and put it on the account, whatever ends it."""
        used = Meter() if meter is None else meter
        with nullcontext() if used.running else used:
            since = used.stamp()
            try:
                with used.doing("search"):
                    return work(used)
            finally:
                self._charge(what, used.spent(since))

    def _charge(self, what: str, joules: Joules) -> None:
        self._lines.append(joules)
        line: dict[str, Any] = {"at": int(time.time()), "what": what}
        if joules.known:
            line |= {
                "joules": joules.value,
                "low": joules.low,
                "high": joules.high,
                "badges": dict(joules.badges),
            }
        try:
            append_line(self._path, json.dumps(line))
        except OSError as error:
            log.warning("what planning took could not be kept (%s)", error)

    def _read(self) -> list[Joules]:
        found = []
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                told = json.loads(line)
                joules, low, high = (float(told[name]) for name in ("joules", "low", "high"))
                badges = {str(name): float(share) for name, share in (told.get("badges") or {}).items()}
                found.append(Joules(joules, low, high, badges))
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
                continue  # a line that was cut off, or a reading that nobody took
        return found
