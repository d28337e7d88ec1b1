"""Notebooks: `python -m greenlatent.notebooks DIR` writes the notebooks, the course's lesson and notes on the data."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from pathlib import Path

from .files import whole_or_nothing

USAGE = "python -m greenlatent.notebooks DIR"


def write(folder: str | Path) -> tuple[list[Path], list[Path]]:
    """Write them into a folder; returns what was written, and what was there already and stays as it is.

    >>> written, kept = write("greenlatent-notebooks")
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name a folder, which is made if there is none")
    written, kept = [], []
    for name, text in _texts().items():
        path = folder / name
        if path.exists():
            kept.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_or_nothing(path) as part:
            part.write_text(text, encoding="utf-8")
        written.append(path)
    return written, kept


def _texts() -> dict[str, str]:
    """What there is to write, by its place; the sheet of the course finds its lesson where the repository has it."""
    home = Path(__file__).parent / "teaching"  # in a wheel
    home = home if home.is_dir() else Path(__file__).parents[1]
    paths = [*sorted((home / "notebooks").glob("*.ipynb")), home / "docs" / "course" / "lesson.py"]
    texts = {path.relative_to(home).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return {**texts, "data.md": _notes()}


def _notes() -> str:
    """What the data sets are, from their own docstrings."""
    from . import datasets

    notes = []
    for name in datasets.__all__:
        make = getattr(datasets, name)
        notes.append(f"## gl.datasets.{name}{inspect.signature(make)}\n\n{inspect.getdoc(make)}\n")
    return "\n".join(["# The data of the notebooks\n", "All of them work offline.\n", *notes])


def main(arguments: Sequence[str]) -> int:
    """What the command says; 0 where something, or all of it, is there now."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        asked = bool(arguments) and arguments[0] in ("-h", "--help")
        print(f"{USAGE}: write the notebooks into a folder", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        written, kept = write(arguments[0])
    except OSError as error:
        print(f"nothing more was written: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(path)
    if kept:
        print(f"{len(kept)} were there already and stay as they are: to have one anew, move it away first")
    print(f"open the first with: jupyter lab {Path(arguments[0]) / 'notebooks' / '01-quickstart.ipynb'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
