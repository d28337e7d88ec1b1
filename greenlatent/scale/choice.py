"""Choice: the company that somebody means by `ranks=`."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from ..training.company import Alone
from .engines import is_view
from .guest import Guest
from .leader import Leader
from .ranks import Ranks


def company(ranks: Any) -> Alone:
    """A number of processes on this machine, a view of ipyparallel, or `Ranks`."""
    if isinstance(ranks, Alone):
        return ranks
    if isinstance(ranks, Ranks):
        return Guest(ranks) if ranks.rank else _leading(ranks, owns=False)
    if isinstance(ranks, Integral):
        return _leading(Ranks(ranks), owns=True)
    if is_view(ranks):
        return Leader(Ranks(len(ranks) + 1, view=ranks), owns=True)
    raise TypeError(
        "ranks is a number of processes, such as 2, a view of ipyparallel, such as rc[:], or gl.scale.Ranks(...), got"
        f" {ranks!r}"
    )


def _leading(ranks: Ranks, *, owns: bool) -> Leader:
    ranks.begin()
    return Leader(ranks, owns=owns)
