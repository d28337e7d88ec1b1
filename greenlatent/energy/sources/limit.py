"""Limit: the watts that an NVIDIA card may draw, lowered where we may, and put back as it was."""

from __future__ import annotations

import os
from typing import Any

from ..names import count
from .channel import Unavailable
from .nvml import is_shared, visible


class PowerLimit:
    """The limit of one card, by its number among those that CUDA shows us. It is refused where the driver gives no
    rights to set it, and where others use the card, too. `close()` puts back what was before; a process that is killed
    leaves what it has set: `nvidia-smi -pl` puts that right.

    >>> limit = PowerLimit(0)
    >>> limit.set(250)
    >>> limit.close()
    """

    def __init__(self, index: int = 0):
        try:
            import pynvml
        except ImportError:
            raise Unavailable(
                "the limit of a card is set with nvidia-ml-py: pip install nvidia-ml-py"
            ) from None
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            raise Unavailable(f"no NVIDIA driver answers ({error})") from None
        self._open = True
        try:
            self._handle = self._found(index)
            self._before = int(pynvml.nvmlDeviceGetPowerManagementLimit(self._handle))
            least, most = pynvml.nvmlDeviceGetPowerManagementLimitConstraints(self._handle)
            self.least, self.most = least / 1000, most / 1000
            pynvml.nvmlDeviceSetPowerManagementLimit(
                self._handle, self._before
            )  # as it is: only who may, can
        except pynvml.NVMLError as error:
            self._shut()
            raise Unavailable(
                f"the driver does not let us set a limit ({error}): who administers this machine may,"
                " nvidia-smi -pl WATTS"
            ) from None
        except Unavailable:
            self._shut()
            raise

    def _found(self, index: int) -> Any:
        cards = visible(self._nvml, os.environ.get("CUDA_VISIBLE_DEVICES"))
        if not 0 <= index < len(cards):
            raise Unavailable(
                f"CUDA shows this process {count(len(cards), 'card')}, and none is number {index}"
            )
        handle = cards[index][1]
        if is_shared(self._nvml, handle):
            raise Unavailable(
                "other processes use this card, or it is cut by MIG: a limit would be theirs, too"
            )
        return handle

    @property
    def watts(self) -> float:
        """What it is before anything was set."""
        return self._before / 1000

    def set(self, watts: float) -> None:
        """Let it draw so many, at most."""
        if not self._open:
            raise RuntimeError("this limit was closed, and is as it was before")
        if not self.least <= watts <= self.most:
            raise ValueError(f"this card takes a limit from {self.least:g} to {self.most:g} W, got {watts!r}")
        self._nvml.nvmlDeviceSetPowerManagementLimit(self._handle, round(watts * 1000))

    def close(self) -> None:
        """Put back what was before; once."""
        if self._open:
            try:
                self._nvml.nvmlDeviceSetPowerManagementLimit(self._handle, self._before)
            finally:
                self._shut()

    def _shut(self) -> None:
        self._open = False
        self._nvml.nvmlShutdown()
