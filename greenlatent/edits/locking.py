"""Locking: a file that one process at a time checks and writes, by flock or what Windows has."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds that another process may hold a file; its own write takes a thousandth of one
BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
BEYOND = 2**40  # the byte that stands for the file: on Windows nobody else could read one that is locked

_take: Callable[[int, bool], None]
unlock: Callable[[int], None]

try:
    import fcntl

    def _take(descriptor: int, shared: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)

    def unlock(descriptor: int) -> None:
        """Let others in; without a lock it does nothing."""
        with suppress(OSError):  # where there are none
            fcntl.flock(descriptor, fcntl.LOCK_UN)

except ImportError:
    try:
        import msvcrt

        def _take(descriptor: int, shared: bool) -> None:
            os.lseek(descriptor, BEYOND, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

        def unlock(descriptor: int) -> None:
            os.lseek(descriptor, BEYOND, os.SEEK_SET)
            with suppress(OSError):  # it was not locked
                msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]

    except ImportError:  # in a browser there is one process

        def _take(descriptor: int, shared: bool) -> None:
            pass

        def unlock(descriptor: int) -> None:
            pass


def lock(descriptor: int, *, shared: bool = False, patience: float = PATIENCE) -> None:
    """Wait until no other process holds the file, and keep it until `unlock` or until it is closed.

    Readers share. Where the file system knows no locks that is logged, and it goes on without.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return _take(descriptor, shared)
        except OSError as error:
            if error.errno not in BUSY:
                _warn(f"there are no locks on this file system ({error}); use it from one process")
                return
            if time.monotonic() > until:
                raise TimeoutError(
                    f"another process has held the file for {patience:.0f} s; end that one, or wait for it, and try"
                    " again"
                ) from error
        time.sleep(0.001)


@cache
def _warn(text: str) -> None:
    """Once: it is locked with every line."""
    log.warning(text)
