"""Notebook: outputs of a stranger's notebook that would run unasked, named, and a copy that holds none of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path
from typing import Any

from ..energy.names import count as some

LARGEST = 64 * 2**20  # bytes
STATE = "application/vnd.jupyter.widget-state+json"
PICTURES = ("image/png", "image/jpeg", "image/gif")
KERNEL = ("name", "display_name", "language")
# What a page shows as text or as a picture, whatever it holds; a view without saved widgets is empty.
HARMLESS = {
    "text/plain",
    "text/markdown",
    "text/latex",
    "application/vnd.jupyter.widget-view+json",
    *PICTURES,
}


def read(path: str | Path) -> dict[str, Any]:
    """A notebook as text and numbers; whatever is none raises a ValueError that says why."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error}") from error
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST // 2**20} MB")
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no notebook: {error}") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it is no notebook of format 4: it has no list of cells")
    return notebook


def dangers(notebook: dict[str, Any]) -> list[str]:
    """What runs when the notebook is opened, or once it is trusted, in words; code that somebody has to run is none."""
    return [*_widgets(notebook), *_outputs(notebook)]


def clean(notebook: dict[str, Any]) -> dict[str, Any]:
    """What people wrote, and nothing that was saved beside it: no outputs, widgets, or settings of page and cells."""
    about = _dict(notebook.get("metadata"))
    given = _dict(about.get("kernelspec"))
    kernel = {name: given[name] for name in KERNEL if isinstance(given.get(name), str)}
    language = _dict(about.get("language_info")).get("name")
    metadata: dict[str, Any] = {"kernelspec": kernel} if {"name", "display_name"} <= kernel.keys() else {}
    if isinstance(language, str):
        metadata["language_info"] = {"name": language}
    return {
        "cells": [_written(cell) for cell in map(_dict, notebook["cells"])],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def main(arguments: Sequence[str]) -> int:
    """`python -m greenlatent.check *.ipynb`: 0 if nothing in them is dangerous; else each has a clean copy beside it.

    None is opened: they are read as text, and nothing in them is run.
    """
    fine = True
    # not every shell makes names of a pattern
    names = [
        name
        for given in arguments
        for name in ([given] if Path(given).exists() else sorted(glob(given)) or [given])
    ]
    for path in map(Path, names):
        try:
            notebook = read(path)
            found = dangers(notebook)
            _say("danger" if found else "ok", path, *found)
            if found:
                copy = path.with_name(f"{path.stem}-clean.ipynb")
                _write(copy, clean(notebook))
                print(f"              a copy without any of it, code cells included: {copy.name}")
        except ValueError as error:
            _say("refused", path, str(error))
            found = [str(error)]
        fine = fine and not found
    print("Code cells run only when you run them. Read them first: they may do all that you may do.")
    return int(not fine)


def _widgets(notebook: dict[str, Any]) -> Iterator[str]:
    saved = _dict(notebook.get("metadata")).get("widgets")
    if not saved:
        return
    models = _dict(_dict(_dict(saved).get(STATE)).get("state"))
    code = sum("_esm" in _dict(_dict(model).get("state")) for model in models.values())
    if code:
        widgets = f"{some(code, 'saved widget')}"
        yield f"{widgets} with JavaScript (_esm) that runs when the notebook is opened, trusted or not"
    if code < len(models) or not models:
        yield "saved widgets that a page builds when the notebook is opened, trusted or not, and with them any HTML"


def _outputs(notebook: dict[str, Any]) -> Iterator[str]:
    kinds: dict[str, int] = {}
    for cell in map(_dict, notebook["cells"]):
        outputs = cell.get("outputs")
        for output in map(_dict, outputs if isinstance(outputs, list) else []):
            for kind in _dict(output.get("data")):
                if kind not in HARMLESS:
                    kinds[kind] = kinds.get(kind, 0) + 1
    for kind, count in sorted(kinds.items()):
        outputs = f"{some(count, 'saved output')} of {kind!r:.60}"
        yield f"{outputs}, which may run JavaScript once the notebook is trusted"


def _written(cell: dict[str, Any]) -> dict[str, Any]:
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    kind = cell.get("cell_type")
    if kind == "code":
        return {"cell_type": kind, "metadata": {}, "source": text, "outputs": [], "execution_count": None}
    kept: dict[str, Any] = {
        "cell_type": "markdown" if kind == "markdown" else "raw",
        "metadata": {},
        "source": text,
    }
    pictures = {
        str(name): shown
        for name, data in _dict(cell.get("attachments")).items()
        if (shown := {k: v for k, v in _dict(data).items() if k in PICTURES and isinstance(v, str)})
    }
    return {**kept, "attachments": pictures} if pictures else kept


def _write(path: Path, notebook: dict[str, Any]) -> None:
    try:
        with open(path, "x", encoding="utf-8") as file:
            json.dump(notebook, file, indent=1)
            file.write("\n")
    except FileExistsError:
        raise ValueError(
            f"there is a {path.name} already, which stays as it is; move it away, and check again"
        ) from None
    except OSError as error:
        raise ValueError(f"its clean copy cannot be written: {error}") from error


def _say(verdict: str, path: Path, *remarks: str) -> None:
    print(f"{verdict:<12}  {path.name}", *(f"\n              {remark}" for remark in remarks))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
