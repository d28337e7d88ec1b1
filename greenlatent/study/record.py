"""Log: a long experiment as JSON lines, which goes on where it was cut off."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Log:
    """Lines of one experiment, each on disk before `add` returns; one that a crash cut off is dropped, and only that.

    `about` tells experiments apart; `take(line)` hears each line that is there already.
    """

    def __init__(self, path: str | os.PathLike[str] | None, about: str, take: Callable[[Line], None]):
        self.path = None if path is None else Path(path)
        known = None
        if self.path is not None and self.path.exists():
            known = self._read(self.path, take)
        if known is None:
            self.add({"about": about})
        elif known != about:
            raise ValueError(
                f"{path} is the record of another comparison ({known}), this one is {about}; choose another path"
            )

    def add(self, line: Line) -> None:
        """Write a line, whole and on disk before this returns."""
        if self.path is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, path: Path, take: Callable[[Line], None]) -> str | None:
        """What the file says that it is about; None where it says nothing."""
        raw, about = path.read_bytes(), None
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):  # the process was killed in mid-line
            with path.open("r+b") as file:
                file.truncate(whole)
        for number, text in enumerate(raw[:whole].decode("utf-8").splitlines(), 1):
            try:
                line = json.loads(text)
                if "about" in line:
                    about = line["about"]
                else:
                    take(line)
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path} line {number} is no line of a comparison: {error}") from error
        return about


def words(data: Any) -> str:
    """What data are, for a record: as they describe themselves, else by name."""
    return data.describe() if hasattr(data, "describe") else getattr(data, "__name__", type(data).__name__)
