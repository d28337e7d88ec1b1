"""Which notebook cell is being run: so that what a cell made before can end when it runs again."""

from __future__ import annotations

from IPython.core.getipython import get_ipython


def running_cell() -> tuple[str, str] | None:
    """The cell's id and the id of this run of it; None outside a notebook, or where the page tells no cell."""
    shell = get_ipython()  # type: ignore[no-untyped-call]
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else {}
    cell, run = (parent.get("metadata") or {}).get("cellId"), (parent.get("header") or {}).get("msg_id")
    return (str(cell), str(run)) if cell and run else None
