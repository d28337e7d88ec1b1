"""Price: joules that a call took where the meter does not look, by whoever knows best; what nobody knows is missing."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from ...energy.joules import Joules
from ...energy.meter import Meter
from ...energy.sources import Model, Rapl
from .llm import Llm


class Server:
    """The process that listens on a port of this machine, and those that it started."""

    def __init__(self, port: int):
        self._port, self._process = port, None

    @property
    def ours(self) -> bool:
        """Whether it is this very process, which the meter counts already."""
        found = self._found()
        return found is not None and found.pid == os.getpid()

    def seconds(self) -> float | None:
        """Processor seconds so far; None where nobody can tell."""
        import psutil

        found = self._found()
        if found is None:
            return None
        try:
            return sum(_busy(one) for one in (found, *found.children(recursive=True)))
        except psutil.Error:
            self._process = None
            return None

    def _found(self) -> Any:
        import psutil  # ipykernel brings it

        if self._process is None or not self._process.is_running():
            self._process = None
            try:
                listening = psutil.net_connections(kind="tcp")
            except psutil.Error:
                return None
            for one in listening:
                if one.status == psutil.CONN_LISTEN and one.pid and one.laddr.port == self._port:
                    try:
                        self._process = psutil.Process(one.pid)
                    except psutil.Error:
                        continue
        return self._process


def _busy(process: Any) -> float:
    import psutil

    try:
        times = process.cpu_times()
        return float(times.user + times.system)
    except psutil.Error:  # a worker that ended meanwhile
        return 0.0


def priced(
    meter: Meter,
    llm: Llm,
    answer: Any,
    *,
    loopback: bool,
    server: Server | None,
    before: float | None,
    seconds: float = 0.0,
) -> Joules | None:
    """Of one call; None where the meter's own readings contain it. In this order: the processor seconds of the local
    server, its own times at one busy core, what `Llm(joules=)` says, EcoLogits."""
    if loopback and (meter.on_the_wall or _counts_all(meter) or (server is not None and server.ours)):
        return None
    after = server.seconds() if loopback and server is not None else None
    if before is not None and after is not None and after > before:
        return _of_a_core(after - before)
    if loopback and (timed := _timed(answer)) is not None:
        bound = _of_a_core(timed)
        return Joules(bound.value, min(bound.low, bound.value / 2), bound.high, dict(bound.badges))
    if llm.joules is not None:
        value, low, high = llm.joules
        return Joules(value, low, high, {"given": 1.0})
    return _estimated(llm, answer, seconds) if not loopback else Joules.missing()


def _counts_all(meter: Meter) -> bool:
    """Whether the counters of the whole processor are read, which see each of its processes."""
    return Rapl.name in meter.sources


def _of_a_core(seconds: float) -> Joules:
    busy = Model(idle_watts=(0, 0, 0), memory_watts=(0, 0, 0))
    return busy.joules("agent", 0.0, seconds, 0.0)


def _timed(answer: Any) -> float | None:
    """Seconds that llama.cpp says it read and wrote; waiting for a core counts, so it is an upper bound."""
    told = answer.get("timings") if isinstance(answer, dict) else None
    if not isinstance(told, dict):
        return None
    both = [told.get("prompt_ms"), told.get("predicted_ms")]
    known = [ms for ms in both if isinstance(ms, int | float) and 0 <= ms < 1e9]
    return sum(known) / 1000 if len(known) == 2 else None


def _estimated(llm: Llm, answer: Any, seconds: float) -> Joules:
    """By EcoLogits, if it is installed (extra `footprint`); it counts written tokens only."""
    written = tokens(answer)[1]
    if not llm.name or not written or importlib.util.find_spec("ecologits") is None:
        return Joules.missing()
    try:
        from ecologits.tracers.utils import llm_impacts

        found = llm_impacts("openai", llm.name, written, seconds, llm.zone or "WOR")
        energy = found.energy.value
        low, high = (energy.min, energy.max) if hasattr(energy, "min") else (energy, energy)
        return Joules(3.6e6 * (low + high) / 2, 3.6e6 * low, 3.6e6 * high, {"ecologits": 1.0})
    except Exception:  # of a library that may change: unknown stays unknown
        return Joules.missing()


def tokens(answer: Any) -> tuple[int, int]:
    """Read and written, as the server says; (0, 0) where it says nothing."""
    told = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(told, dict):
        return 0, 0
    found = []
    for name in ("prompt_tokens", "completion_tokens"):
        value = told.get(name)
        found.append(value if isinstance(value, int) and 0 <= value < 10**9 else 0)
    return found[0], found[1]
