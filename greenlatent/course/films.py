"""Films: a page for each hand-in, which plays its run as a replay shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .handin import HandIn


class Films:
    """Writes `<name of the hand-in>.html` into a folder; a name that comes twice is numbered."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._written: set[str] = set()

    def write(self, name: str, given: HandIn, options: dict[str, Any], patience: float) -> list[str]:
        """Replays it with what the lesson gave; returns why there is no film, if there is none."""
        import greenlatent as gl

        try:
            steps = given.claim["steps"]
            film = gl.Film.of(given.journal, **options, steps=steps, moves="pull", patience=patience)
        except (ValueError, TypeError, RuntimeError, TimeoutError) as error:
            return [f"it has no film: {error}"]
        film.save(self.folder / self._file(name), title=name)
        return []

    def _file(self, name: str) -> str:
        stem = re.sub(r"[^\w.-]", "_", Path(name).stem)
        number = 1
        while (file := f"{stem}.html" if number == 1 else f"{stem}-{number}.html") in self._written:
            number += 1
        self._written.add(file)
        return file
