"""Limits: what an agent may use of a run, checked before it acts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..edits.journal import Journal
from ..edits.kinds import touched
from ..energy.joules import Joules
from ..energy.names import plain

AGENT = "agent"  # by whom its edits are, and the kind of work that its looks are


@dataclass(frozen=True)
class Limits:
    """What an agent may use, over a whole run: its edits, the share of all samples that they name, those that were
    taken back included, and what it spends in joules and in seconds of the meter. `calls`, `tokens` and `money` are of
    language models; rules make no call.

    >>> gl.Limits(edits=10, share=0.2)
    """

    edits: int = 40
    share: float = 0.5
    calls: int = 50
    tokens: int = 100_000
    joules: float | None = None
    money: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name in ("edits", "calls", "tokens"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer):
                raise TypeError(f"{name}={value!r} is no whole number; give one from 1 up")
            if value < 1:
                raise ValueError(
                    f"{name}={value} allows nothing; give a whole number from 1 up, or level='suggest'"
                )
        for name in ("share", "joules", "money", "seconds"):
            value = getattr(self, name)
            if value is None and name != "share":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float | np.number):
                raise TypeError(f"{name}={value!r} is no number; give one above 0")
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name}={value:g}; give a finite number above 0")
        if self.share > 1:
            raise ValueError(
                f"share={self.share:g} is more than all samples; give a share up to 1, such as 0.5"
            )


def used(journal: Journal) -> tuple[int, set[int]]:
    """How many edits the agent made in this journal, and the samples that they name."""
    mine = [event.edit for event in journal if event.edit is not None and event.by == AGENT]
    return len(mine), {i for edit in mine for i in touched(edit)}


def reached(
    limits: Limits,
    journal: Journal,
    samples: int,
    *,
    edits: int,
    ids: set[int],
    spent: Joules,
    next_look: float,
    seconds: float,
) -> str:
    """Why so many edits more, about these samples of so many, would be over a limit; "" where they would not."""
    made, named = used(journal)
    if made + edits > limits.edits:
        return f"{made} of {limits.edits} edits are made, and the next revision could take {edits}"
    share = len(named | ids) / max(1, samples)
    if share > limits.share:
        return f"its edits would come to {share:.0%} of all samples, over the {limits.share:.0%} allowed"
    return spending(limits, spent, next_look, seconds)


def spending(limits: Limits, spent: Joules, next_look: float, seconds: float) -> str:
    """Why one look more could be over a limit of joules or seconds; "" where it could not."""
    if limits.joules is not None:
        if not spent.known:
            return f"what it spends cannot be read, so {limits.joules:g} J cannot be kept"
        if spent.high + next_look > limits.joules:
            return f"{spent} of {plain(limits.joules)} J are spent, and the next look could take {next_look:.2g} J"
    if limits.seconds is not None and seconds >= limits.seconds:
        return f"{plain(seconds)} of {plain(limits.seconds)} s are spent"
    return ""


def checked(limits: Any) -> Limits:
    """These limits, if they are some."""
    if not isinstance(limits, Limits):
        raise TypeError(f"limits={limits!r} are none; give gl.Limits(edits=40, share=0.5)")
    return limits
