"""Lines: the form in which single facts are told, to a model in a run and in its trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...energy.joules import Joules


def group(handle: str, n: int, given: str, guess: str, belief: float, sure: float, where: str = "") -> str:
    """Samples of one label that look like another class."""
    inside = f" in {where}" if where else ""
    return f'{handle}: {n} labelled "{given}"{inside}, seen as "{guess}", belief {share(belief)}, sure {share(sure)}'


def single(handle: str, given: str, guess: str, belief: float, sure: float) -> str:
    """One sample whose label looks wrong."""
    return f'{handle}: labelled "{given}", seen as "{guess}", belief {share(belief)}, sure {share(sure)}'


def share(value: float) -> str:
    return f"{100 * value:.0f}%"


def amount(joules: Joules | None) -> str:
    """Joules and their interval, without how they are known."""
    if joules is None or not joules.known:
        return "unknown"
    return f"{joules.value:.3g} J ({joules.low:.3g}-{joules.high:.3g})"


def listed(name: str, parts: Sequence[Any]) -> list[str]:
    """A line of parts, or none."""
    return [f"{name}: {'; '.join(map(str, parts))}"] if parts else []
