"""The notebook cell that is being run: what it shows, and what it made before, which ends when it runs again."""

from __future__ import annotations

import weakref
from typing import Any, Protocol

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

VIEW = "application/vnd.jupyter.widget-view+json"


class Closes(Protocol):
    def close(self) -> None: ...


# notebook cell -> the run that made them, and what it made
_CELLS: dict[str, tuple[str, weakref.WeakSet[Closes]]] = {}


def end_former() -> None:
    """A cell that runs again replaces what it made before: its threads end, even if it makes a new model each time."""
    here = running_cell()
    if here is not None and here[0] in _CELLS and _CELLS[here[0]][0] != here[1]:
        for made in list(_CELLS.pop(here[0])[1]):
            made.close()


def remember(made: Closes) -> None:
    """This was made by the cell that is running."""
    here = running_cell()
    if here is not None:
        _CELLS.setdefault(here[0], (here[1], weakref.WeakSet()))[1].add(made)


def show(what: Any, instead: str) -> None:
    """A widget, below what the cell has shown so far; `instead` is what a reader without the kernel sees."""
    publish_display_data({VIEW: what.get_view_spec(), "text/plain": instead})


def running_cell() -> tuple[str, str] | None:
    """The cell's id and the id of this run of it; None outside a notebook, or where the page tells no cell."""
    shell = get_ipython()  # type: ignore[no-untyped-call]
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else {}
    cell, run = (parent.get("metadata") or {}).get("cellId"), (parent.get("header") or {}).get("msg_id")
    return (str(cell), str(run)) if cell and run else None
