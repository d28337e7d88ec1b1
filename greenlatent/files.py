"""Files: written whole or not at all, at places that can be written, with cells that no spreadsheet runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Where a spreadsheet may begin to read a formula: at a cell's start, after white space that it drops, and after a
# semicolon, a separator in half of the world. Full-width signs count as well. energy/record.py knows the same.
_FORMULA = re.compile("^(?=[\\t\\r\\n])|(^|[;\\t\\r\\n])(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


@contextmanager
def whole_or_nothing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Where to write what is to be the file at `path`: a file beside it, which takes its place once it is whole.

    >>> with whole_or_nothing("mine.json") as part:
    ...     part.write_text("{}")
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    yield part
    os.replace(part, path)


def cell(value: Any) -> Any:
    """A value for a CSV; text that a spreadsheet would run as a formula gets a quote before it."""
    return _FORMULA.sub(lambda found: f"{found[1] or ''}'", value) if isinstance(value, str) else value


def next_folder(home: Path, name: str) -> Path:
    """A new folder `name-1` in `home`, or with the next number that is free, whoever else makes one now."""
    n = 1
    while True:
        folder = home / f"{name}-{n}"
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            n += 1


def place(path: str | os.PathLike[str]) -> Path:
    """Where a file is to go, if one can be written there."""
    given = path
    path = Path(path)
    if not path.name or path.is_dir():
        raise IsADirectoryError(f"{str(given)!r} is a folder; name a file in it, such as mine.zip")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {path.parent} for {path.name}; make it, or choose another"
        )
    return path


def append_line(path: Path, line: str) -> None:
    """Write a line, whole, and see that it is on the disk: after one that was cut off it begins a new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (line + "\n").encode()
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = b"\n" + text
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
