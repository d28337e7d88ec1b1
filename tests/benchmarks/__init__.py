"""What `make bench` measures: ratios within one run, because machines are noisy."""

from __future__ import annotations

import statistics
from collections.abc import Callable

MISSED: list[str] = []  # figures that were judged and did not reach their number


def judge(name: str, value: float, limit: float, *, least: bool = False, unit: str = "") -> bool:
    """Print a figure beside the number to reach."""
    good = value >= limit if least else value <= limit
    word = "at least" if least else "at most"
    print(f"{'ok  ' if good else 'MISS'}  {name}: {value:.3g}{unit} ({word} {limit:g}{unit})", flush=True)
    if not good:
        MISSED.append(name)
    return good


def ratios(
    bare: Callable[[int], float], others: dict[str, Callable[[int], float]], *, steps: int, rounds: int
) -> dict[str, float]:
    """Median of bare seconds / other seconds a step, taken in turns so that a busy machine slows both alike."""
    found: dict[str, list[float]] = {name: [] for name in others}
    for _ in range(rounds):
        for name, other in others.items():
            found[name].append(bare(steps) / other(steps))
    return {name: statistics.median(values) for name, values in found.items()}
