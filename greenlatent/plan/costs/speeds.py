"""Speeds: processor seconds of an operation, a FLOP, an element and a parameter, by family, on one machine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ...energy.calibration import home
from ...energy.machine import machine
from ...files import whole_or_nothing
from ..models.workload import FAMILIES, Workload

SHIPPED = Path(__file__).parents[1] / "facts" / "data" / "speeds.json"
BEYOND = 1000.0  # times as slow or as quick as the machine of the shipped speeds
TERMS = ("operations", "FLOPs", "elements", "parameters")


@dataclass(frozen=True)
class Speeds:
    """`seconds = operations * c + flops * r + elements * b`, by family, and `+ parameters * a` for all nets."""

    costs: Mapping[str, tuple[float, float, float]]
    parameter: float
    machine: str = ""
    torch: str = ""
    measured: bool = False
    clock: float = 1.0
    """Processor seconds of a fixed piece of plain Python, so that two machines can be told apart."""

    def __post_init__(self) -> None:
        lacking = set(FAMILIES) - set(self.costs)
        if lacking:
            raise ValueError(f"speeds of {', '.join(sorted(lacking))} are missing")
        numbers = [*(value for costs in self.costs.values() for value in costs), self.parameter, self.clock]
        if not all(isinstance(value, int | float) and 0 <= value < math.inf for value in numbers):
            raise ValueError("speeds are seconds, finite and at least 0")

    def terms(self, workload: Workload) -> tuple[float, float, float, float]:
        """Processor seconds of one unit, by term."""
        operation, flop, element = self.costs[workload.family]
        counts = workload.counts
        # an answer reads parameters as part of its FLOPs; only training writes them
        parameter = self.parameter if workload.kind == "train" and not workload.fit else 0.0
        return operation * counts[0], flop * counts[1], element * counts[2], parameter * counts[3]

    def seconds(self, workload: Workload) -> float:
        """Processor seconds of the whole run, on a quiet machine."""
        return sum(self.terms(workload)) * workload.steps

    def save(self) -> Path:
        """Keep them beside the calibration."""
        path = _place()
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_or_nothing(path) as part:
            part.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path


def torch_version() -> str:
    """Without importing it."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""


def _place() -> Path:
    return home() / f"speeds-{machine()}-{torch_version() or 'none'}.json"


def here() -> Speeds:
    """Those measured on this machine with this torch; else those that come with the package."""
    try:
        found = _speeds(json.loads(_place().read_text(encoding="utf-8")))
        if found.measured and found.machine == machine() and _can_be(found):
            return found
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # there are none, or what is there cannot be read: the shipped ones say that they are not measured
    return shipped()


def _can_be(found: Speeds) -> bool:
    """Whether each family has a speed, and none is beyond what any machine has beside the one that was shipped."""
    known = shipped()
    rows = [(found.costs[name], costs) for name, costs in known.costs.items()]
    slow = any(a > BEYOND * b for mine, theirs in rows for a, b in zip(mine, theirs, strict=True))
    quick = any(all(a <= b / BEYOND for a, b in zip(mine, theirs, strict=True)) for mine, theirs in rows)
    return not slow and not quick and found.parameter <= BEYOND * known.parameter


@cache
def shipped() -> Speeds:
    """Of one core of a cloud's processor of 2024: a guess for any other machine."""
    return _speeds(json.loads(SHIPPED.read_text(encoding="utf-8")))


def _speeds(told: dict[str, Any]) -> Speeds:
    costs = {str(name): tuple(map(float, values)) for name, values in told["costs"].items()}
    if any(len(values) != 3 for values in costs.values()):
        raise ValueError("a family has three speeds")
    return Speeds(**{**told, "costs": costs})


def fitted(counts: np.ndarray, seconds: np.ndarray, prior: np.ndarray, pull: float = 0.05) -> np.ndarray:
    """Non-negative speeds (k,) for counts (n, k) and seconds (n,), by least squares of relative errors.

    Three nets hardly determine three speeds. `pull` draws what they leave open towards the prior's proportions, scaled
    to this machine; without it a timing that is 10 % off can turn a speed into 0.
    """
    scale = np.median(seconds / np.maximum(counts @ prior, 1e-300))
    start = prior * scale
    kept = start > 0
    rows = counts[:, kept] * start[kept] / seconds[:, None]  # of the time, by term, were the prior right
    penalty = pull * np.eye(kept.sum())
    a = np.vstack([rows, penalty])
    b = np.concatenate([np.ones(len(rows)), np.full(kept.sum(), pull)])
    x = np.ones(kept.sum())
    square, right = a.T @ a, a.T @ b
    for _ in range(500):  # coordinate descent: exact for so few unknowns, and never below 0
        for k in range(len(x)):
            x[k] = max(0.0, x[k] + (right[k] - square[k] @ x) / square[k, k])
    found = np.zeros_like(prior)
    found[kept] = x * start[kept]
    return found
