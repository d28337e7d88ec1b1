"""Processes of ours: what is sent to them by value over their own pipe, and that they end soon after us."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

LEASH_SECONDS = 0.5  # between two looks of a child at whether its parent lives


def packed(value: Any) -> bytes:
    """Anything as bytes, by value: the classes and functions of a notebook go along."""
    import cloudpickle

    return cloudpickle.dumps(value)


def unpacked(blob: bytes) -> Any:
    """What `packed` packed, in a process that got it from the one that started it."""
    import cloudpickle

    return cloudpickle.loads(blob)


def leave(code: int) -> None:
    """End this process now: to take a large interpreter down in order takes a busy machine seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def leash(gone: Callable[[], bool] | int) -> None:
    """End this process soon after its parent, or once `gone()`: whatever it is doing then nobody waits for."""
    parent = gone

    def watch() -> None:
        while not (gone() if callable(gone) else os.getppid() != parent):
            time.sleep(LEASH_SECONDS)
        leave(1)

    threading.Thread(target=watch, name="greenlatent leash", daemon=True).start()
