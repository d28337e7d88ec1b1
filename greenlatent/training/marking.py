"""Marking: how a trainer tells a meter what it does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch


def marks(meter: Any, device: torch.device) -> tuple[Callable[..., None], Callable[..., Any]]:
    """How to tell the meter what is done from now on, or in a `with`; on a GPU the work is done later than told."""
    if meter is None:
        return (lambda kind: None), nullcontext
    if device.type != "cuda":
        return meter.mark, meter.doing

    def moment() -> _Moment | None:
        try:
            return _Moment(device)
        except RuntimeError:  # after a device-side error there are no events: the host's time will do
            return None

    return (lambda kind: meter.mark(kind, at=moment())), (lambda kind: meter.doing(kind, at=moment))


class _Moment:
    """Now, on the GPU's time line: the meter's poller asks later when that was, so that no step waits."""

    def __init__(self, device: torch.device) -> None:
        self._event = torch.cuda.Event(enable_timing=True)
        self._event.record(torch.cuda.current_stream(device))

    def query(self) -> bool:
        return self._event.query()

    def elapsed_since(self, earlier: _Moment) -> float:
        return earlier._event.elapsed_time(self._event) / 1000
